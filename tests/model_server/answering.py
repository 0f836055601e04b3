"""One connection of the server: right answers, and wrong ones on purpose."""

import asyncio
import json
import socket
import struct
from collections.abc import Callable, Iterator
from typing import Any

from tests.model_server.behaviour import Behaviour

_LINGER_RESET = struct.pack("ii", 1, 0)
_STREAM_HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n"
    b"Cache-Control: no-cache\r\nTransfer-Encoding: chunked\r\n\r\n"
)
_HUGE = 12_000_000
_FAR_FUTURE_S = 3_600.0
_REASONS = {200: "OK", 302: "Found", 400: "Bad Request", 401: "Unauthorized", 404: "Not Found"}
_STATUS_FAULTS = {
    "rate_limited": (429, "rate_limit_exceeded", "slow down"),
    "quota": (429, "insufficient_quota", "you have used up your quota"),
    "server_error": (500, "server_error", "something broke"),
    "overloaded": (503, "overloaded", "try later"),
    "unauthorised": (401, "invalid_api_key", "incorrect API key provided"),
    "unknown_model": (404, "model_not_found", "the model does not exist"),
    "bad_request": (400, "invalid_request_error", "a parameter is not supported"),
}


class Gone(Exception):
    """The client left before the answer was whole."""


class Connection:
    """Writes one answer to a client."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def json(self, body: Any, *, status: int = 200, headers: str = "") -> None:
        """A whole JSON answer."""
        await self._whole(status, "application/json", json.dumps(body).encode(), headers)

    async def error(self, status: int, message: str, *, code: str = "error", headers: str = "") -> None:
        """An error in OpenAI's shape."""
        body = {"error": {"message": message, "type": code, "code": code, "param": None}}
        await self.json(body, status=status, headers=headers)

    async def chat(self, asked: dict[str, Any], how: Behaviour, *, fault: str, text: str) -> None:
        """A chat completion with these words, and this fault if any."""
        if fault in _STATUS_FAULTS:
            status, code, message = _STATUS_FAULTS[fault]
            wait = f"Retry-After: {how.retry_after}\r\n" if how.retry_after else ""
            await self.error(status, message, code=code, headers=wait)
        elif fault == "redirect":
            await self.json({}, status=302, headers="Location: http://127.0.0.1:9/elsewhere\r\n")
        elif fault == "reset_before":
            self._reset()
        elif fault == "hang":
            await self._pause(_FAR_FUTURE_S)
        elif fault == "html":
            await self._whole(200, "text/html", b"<!doctype html><title>Sign in</title><p>Welcome", "")
        elif asked.get("stream") and fault != "json":
            await self._stream(asked, how, fault=fault, text=text)
        else:
            await self._pause(how.first_token_s)
            await self.json(_completion(asked, text, "length" if fault == "length" else "stop"))

    async def _stream(self, asked: dict[str, Any], how: Behaviour, *, fault: str, text: str) -> None:
        await self._pause(how.first_token_s)
        self._writer.write(_STREAM_HEAD)
        pieces = _pieces(text, how.piece_chars) if fault not in ("empty", "refusal") else iter(())
        if fault == "endless":
            pieces = _forever(text)
        for index, piece in enumerate(pieces):
            if index == how.after and fault in _MID:
                await self._break(fault)
                return
            if index and how.between_s:
                await self._pause(how.between_s)
            await self._send(_event(asked, piece), drip_s=how.between_s if fault == "drip" else 0)
        if fault == "refusal":
            delta = {"refusal": "我不能回答这个。"}
            await self._send(_sse(asked, {"choices": [{"index": 0, "delta": delta, "finish_reason": None}]}))
        if fault not in ("no_finish", "malformed_json"):
            await self._send(_event(asked, "", finish=_FINISH.get(fault, "stop")))
        if how.usage and fault != "no_finish":
            await self._send(_usage(asked, text))
        if fault != "no_done":
            await self._send(b"data: [DONE]\n\n")
        self._writer.write(b"0\r\n\r\n")
        await self._drain()

    async def _break(self, fault: str) -> None:
        if fault == "reset_mid":
            self._reset()
        elif fault == "hang_mid":
            await self._pause(_FAR_FUTURE_S)
        else:
            await self._send(_WRONG[fault]())
            self._writer.write(b"0\r\n\r\n")
            await self._drain()

    async def _send(self, event: bytes, *, drip_s: float = 0) -> None:
        for part in [event] if not drip_s else [event[i : i + 1] for i in range(len(event))]:
            if drip_s:
                await self._pause(drip_s)
            self._writer.write(b"%x\r\n%s\r\n" % (len(part), part))
        await self._drain()

    async def _whole(self, status: int, kind: str, body: bytes, headers: str) -> None:
        reason = _REASONS.get(status, "Error")
        head = f"HTTP/1.1 {status} {reason}\r\nContent-Type: {kind}\r\n{headers}"
        head += f"Content-Length: {len(body)}\r\n\r\n"
        self._writer.write(head.encode() + body)
        await self._drain()

    async def _drain(self) -> None:
        if self._reader.at_eof():
            raise Gone
        await self._writer.drain()

    async def _pause(self, seconds: float) -> None:
        """Waits, and notices a client that leaves meanwhile."""
        if seconds <= 0:
            return
        until = asyncio.get_running_loop().time() + seconds
        while (left := until - asyncio.get_running_loop().time()) > 0:
            if self._reader.at_eof():
                raise Gone
            await asyncio.sleep(min(left, 0.02))

    def _reset(self) -> None:
        sock = self._writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_RESET)
        transport = self._writer.transport
        transport.abort()
        raise ConnectionResetError


_MID = frozenset(
    {"reset_mid", "hang_mid", "malformed_sse", "malformed_json", "wrong_schema", "error_event", "huge"}
)
_FINISH = {"length": "length", "filtered": "content_filter"}
_WRONG: dict[str, Callable[[], bytes]] = {
    "malformed_sse": lambda: b'data: {"choices": [{"delta": {"conten\n\n',
    "malformed_json": lambda: b"data: {]\n\n",
    "wrong_schema": lambda: b'data: {"choices": [{"delta": ["a"], "index": 0}]}\n\n',
    "error_event": lambda: b'data: {"error": {"message": "the engine stopped", "type": "server_error"}}\n\n',
    "huge": lambda: b'data: {"choices": [{"index": 0, "delta": {"content": "' + b"x" * _HUGE + b'"}}]}\n\n',
}


def _pieces(text: str, size: int) -> Iterator[str]:
    for start in range(0, len(text), size):
        yield text[start : start + size]


def _forever(text: str) -> Iterator[str]:
    while True:
        yield text


def _event(asked: dict[str, Any], text: str, *, finish: str | None = None) -> bytes:
    delta = {"role": "assistant", "content": text} if finish is None else {}
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return _sse(asked, {"choices": [choice]})


def _usage(asked: dict[str, Any], text: str) -> bytes:
    return _sse(asked, {"choices": [], "usage": _counted(asked, text)})


def _sse(asked: dict[str, Any], body: dict[str, Any]) -> bytes:
    head = {"id": "chatcmpl-test", "object": "chat.completion.chunk", "created": 0}
    return b"data: " + json.dumps(head | {"model": _resolved(asked)} | body).encode() + b"\n\n"


def _completion(asked: dict[str, Any], text: str, finish: str) -> dict[str, Any]:
    message = {"role": "assistant", "content": text}
    return {
        "id": "chatcmpl-test",
        "object": "chat.completion",
        "created": 0,
        "model": _resolved(asked),
        "choices": [{"index": 0, "message": message, "finish_reason": finish}],
        "usage": _counted(asked, text),
    }


def _counted(asked: dict[str, Any], text: str) -> dict[str, int]:
    sent = sum(len(str(message.get("content", ""))) for message in asked.get("messages", []))
    return {"prompt_tokens": sent, "completion_tokens": len(text), "total_tokens": sent + len(text)}


def _resolved(asked: dict[str, Any]) -> str:
    return str(asked.get("model", "")).partition("?")[0] + "-2026-11-01"
