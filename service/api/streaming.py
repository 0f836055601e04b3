"""Answers that end when their reader goes: a stream of server-sent events, or one JSON document."""

import asyncio
import json
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import anyio
from fastapi import Request
from fastapi.responses import JSONResponse, Response, StreamingResponse
from starlette.types import Send

from service.api.once import Told

log = logging.getLogger(__name__)

_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
_CLOSE_WITHIN_S = 5.0
_GONE = 499
"""What nobody reads any more."""


class EventStream(StreamingResponse):
    """Server-sent events. A reader who leaves closes the model's connection, too."""

    def __init__(self, first: Told, rest: AsyncGenerator[Told, None]) -> None:
        self._events = _written(first, rest)
        super().__init__(self._events, media_type="text/event-stream", headers=_HEADERS)

    async def stream_response(self, send: Send) -> None:
        """As it comes; closed to the end even when it is cancelled."""
        try:
            await super().stream_response(send)
        finally:
            with anyio.move_on_after(_CLOSE_WITHIN_S, shield=True):
                await self._events.aclose()


async def last_of(events: AsyncGenerator[Told, None], request: Request) -> Response:
    """The last event's payload as JSON, unless the reader has gone before: then nothing is made any more."""
    asked = asyncio.create_task(_last(events))
    gone = asyncio.create_task(_gone(request))
    try:
        await asyncio.wait((asked, gone), return_when=asyncio.FIRST_COMPLETED)
        if asked.done():
            return JSONResponse(asked.result())
        return Response(status_code=_GONE)
    finally:
        for task in (asked, gone):
            task.cancel()
        await asyncio.gather(asked, gone, return_exceptions=True)


async def _written(first: Told, rest: AsyncGenerator[Told, None]) -> AsyncGenerator[str, None]:
    async with aclosing(rest):
        yield _sse(first)
        try:
            async for told in rest:
                yield _sse(told)
        except Exception:
            log.exception("a draft broke off")
            yield _sse(("failed", {"reason": "the draft broke off; the log says why; ask again"}))


def _sse(told: Told) -> str:
    name, payload = told
    return f"event: {name}\ndata: {json.dumps(payload, ensure_ascii=False, default=str)}\n\n"


async def _last(events: AsyncGenerator[Told, None]) -> dict[str, Any]:
    last: dict[str, Any] = {}
    async with aclosing(events):
        async for _, payload in events:
            last = payload
    return last


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
