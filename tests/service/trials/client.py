"""A raw client: one request, one connection, nothing in between; cheap enough to ask a thousand at once."""

import asyncio
import json
import time
from dataclasses import dataclass
from typing import Any

from service.demo import FOLDER

PARCEL: dict[str, Any] = json.loads((FOLDER / "2-late-parcel.json").read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back."""

    status: int
    """0: the connection broke before a whole answer was there."""
    body: bytes
    took_s: float
    first_s: float
    """Seconds to the first byte."""

    def json(self) -> Any:
        """The body, read."""
        return json.loads(self.body)


async def post(port: int, body: Any, *, key: str | None = None, agent: str = "") -> Answer:
    """One draft asked for."""
    raw = json.dumps(body).encode()
    head = "POST /v1/drafts HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    head += f"Content-Length: {len(raw)}\r\nConnection: close\r\n"
    head += f"Idempotency-Key: {key}\r\n" if key else ""
    head += f"X-Agent: {agent}\r\n" if agent else ""
    return await exchange(port, head.encode() + b"\r\n" + raw)


async def exchange(port: int, request: bytes) -> Answer:
    """These bytes sent, and the whole answer read."""
    began = time.perf_counter()
    first_s = 0.0
    got = b""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(request)
        await writer.drain()
        while piece := await reader.read(65_536):
            first_s = first_s or time.perf_counter() - began
            got += piece
        writer.close()
    except OSError:
        pass
    took_s = time.perf_counter() - began
    return Answer(**_read(got), took_s=took_s, first_s=first_s or took_s)


def ticket(number: int) -> dict[str, Any]:
    """The parcel's ticket under another id."""
    return {**PARCEL, "id": f"t{number}"}


def _read(got: bytes) -> dict[str, Any]:
    head, end, body = got.partition(b"\r\n\r\n")
    if not end:
        return {"status": 0, "body": b""}
    fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
    status = int(head.split(b" ", 2)[1])
    if b"content-length" in fields and len(body) < int(fields[b"content-length"]):
        return {"status": 0, "body": body}
    return {"status": status, "body": body}
