"""The server: HTTP/1.1 over asyncio in a thread of its own, so that it can break every rule on purpose."""

import asyncio
import json
import threading
from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Self

from tests.model_server.answering import Connection, Gone
from tests.model_server.behaviour import MIXED, Behaviour, read_behaviour
from tests.model_server.writers import WRITERS, embedding

_LARGEST_HEAD = 65_536


@dataclass
class ModelServer:
    """Use as a context manager; `url` is the endpoint, up to and including `/v1`.

    The model name of a call chooses how it is answered (see Behaviour). `answers` are used up first, one
    per call, whatever the name; `behaviour` replaces what a name without a query means.
    """

    behaviour: Behaviour | None = None
    port: int = 0
    answers: deque[str] = field(default_factory=deque)
    requests: list[dict[str, Any]] = field(default_factory=list)
    """Bodies of the calls received, as parsed; `_path` is added."""
    counts: Counter[str] = field(default_factory=Counter)
    """`calls`, `streams`, `whole` (answers sent to the end), `gone` (the client left early), `open` (in
    flight now), `most_open`, and every fault by its name."""
    keep_requests: bool = True

    def __enter__(self) -> Self:
        self._loop = asyncio.new_event_loop()
        started = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(started,), daemon=True)
        self._thread.start()
        started.wait()
        return self

    def __exit__(self, *exc: object) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    @property
    def url(self) -> str:
        """The endpoint."""
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def texts(self) -> list[str]:
        """What each call sent to the model: its messages' texts joined by newlines."""
        return [
            "\n".join(str(message["content"]) for message in body.get("messages", []))
            for body in self.requests
        ]

    def script(self, *answers: str) -> None:
        """Queues answers for the next calls."""
        self.answers.extend(answers)

    def reset(self) -> None:
        """Forgets scripts, requests and counts."""
        self.answers.clear()
        self.requests.clear()
        self.counts.clear()

    def _run(self, started: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._start())
        started.set()
        self._loop.run_forever()

    async def _start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, backlog=2048)
        self.port = self._server.sockets[0].getsockname()[1]
        self._tasks: set[asyncio.Task[Any]] = set()

    async def _stop(self) -> None:
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        try:
            while request := await _read_request(reader):
                self.counts["open"] += 1
                self.counts["most_open"] = max(self.counts["most_open"], self.counts["open"])
                try:
                    await self._answer(Connection(reader, writer), *request)
                finally:
                    self.counts["open"] -= 1
        except (Gone, ConnectionError, asyncio.IncompleteReadError):
            self.counts["gone"] += 1
        except asyncio.CancelledError:
            pass
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _answer(self, connection: Connection, method: str, path: str, raw: bytes) -> None:
        if path == "/control":
            await connection.json(self._control(raw))
        elif path == "/v1/models":
            names = sorted(WRITERS)
            await connection.json(
                {"object": "list", "data": [{"id": each, "object": "model"} for each in names]}
            )
        elif method == "POST" and path in ("/v1/chat/completions", "/v1/embeddings"):
            body = json.loads(raw)
            self._record(path, body)
            if path.endswith("embeddings"):
                await connection.json(_embeddings(body))
            else:
                await self._chat(connection, body)
        else:
            await connection.error(404, f"no such path: {method} {path}")

    async def _chat(self, connection: Connection, body: dict[str, Any]) -> None:
        model = str(body.get("model", ""))
        self.counts["calls"] += 1
        self.counts[f"model:{model}"] += 1
        try:
            behaviour = read_behaviour(model, otherwise=self.behaviour)
            scripted = self.answers.popleft() if self.answers else behaviour.text
            text = scripted or WRITERS[behaviour.writer](body["messages"])
        except (ValueError, KeyError) as error:
            await connection.error(404, f"model {model!r} does not exist: {error}")
            return
        fault = behaviour.fault if behaviour.strikes(self.counts[f"model:{model}"]) else ""
        if fault == "mixed":
            fault = MIXED[self.counts["mixed"] % len(MIXED)]
            self.counts["mixed"] += 1
        if fault:
            self.counts[fault] += 1
        self.counts["streams"] += bool(body.get("stream"))
        await connection.chat(body, behaviour, fault=fault, text=text)
        self.counts["whole"] += not fault

    def _record(self, path: str, body: dict[str, Any]) -> None:
        if self.keep_requests:
            self.requests.append(body | {"_path": path})

    def _control(self, raw: bytes) -> dict[str, Any]:
        asked = json.loads(raw) if raw else {}
        if asked.get("reset"):
            self.reset()
        self.script(*asked.get("answers", []))
        if "behaviour" in asked:
            self.behaviour = Behaviour(**asked["behaviour"])
        return {"counts": dict(self.counts), "requests": len(self.requests), "queued": len(self.answers)}


async def _read_request(reader: asyncio.StreamReader) -> tuple[str, str, bytes] | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    method, path, _ = first.split(" ", 2)
    return method, path.partition("?")[0], body


def _embeddings(body: dict[str, Any]) -> dict[str, Any]:
    texts: Iterable[str] = [body["input"]] if isinstance(body["input"], str) else body["input"]
    data = [
        {"object": "embedding", "index": index, "embedding": embedding(text)}
        for index, text in enumerate(texts)
    ]
    usage = {"prompt_tokens": sum(len(text) for text in texts), "total_tokens": 0}
    return {"object": "list", "data": data, "model": body.get("model", ""), "usage": usage}
