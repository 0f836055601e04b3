"""The HTTP client under a model: refuses what is no stream, and stops reading what has no end."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any
from urllib.parse import urlsplit

import httpx2

_OK = 200
_STREAM = "text/event-stream"


class AnswerTooBig(Exception):
    """More bytes came than any answer needs."""


class WrongContentType(Exception):
    """A successful answer that is not an event stream."""


def open_client(
    *, endpoint: str, connect_s: float, read_s: float, max_bytes: int, max_connections: int
) -> httpx2.AsyncClient:
    """A client for one endpoint, which the caller closes. Never follows a redirect to elsewhere."""
    secure = urlsplit(endpoint).scheme == "https"
    limits = httpx2.Limits(max_connections=max_connections, max_keepalive_connections=max_connections)
    return httpx2.AsyncClient(
        verify=secure,
        limits=limits,
        timeout=httpx2.Timeout(read_s, connect=connect_s),
        headers={"Accept-Encoding": "identity"},
        event_hooks={"response": [_check_type, _Cap(max_bytes)]},
    )


async def _check_type(response: httpx2.Response) -> None:
    if response.status_code != _OK or response.request.method != "POST":
        return
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != _STREAM:
        await response.aclose()
        raise WrongContentType(
            f"answered {kind or 'no content type'} where an event stream was expected; "
            "is the address right, up to and including /v1?"
        )


class _Cap:
    """A response hook that lets so many bytes pass and no more."""

    def __init__(self, max_bytes: int) -> None:
        self._max = max_bytes

    async def __call__(self, response: httpx2.Response) -> None:
        response.stream = _CappedStream(response.stream, self._max)


class _CappedStream(httpx2.AsyncByteStream):
    def __init__(self, inner: Any, limit: int) -> None:
        self._inner = inner
        self._limit = limit

    async def __aiter__(self) -> AsyncIterator[bytes]:
        seen = 0
        async with aclosing(aiter(self._inner)) as pieces:
            async for piece in pieces:
                seen += len(piece)
                if seen > self._limit:
                    raise AnswerTooBig(f"sent more than {self._limit} bytes")
                yield piece

    async def aclose(self) -> None:
        await self._inner.aclose()
