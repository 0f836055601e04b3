"""The server under the API: so many connections per address, none that stays silent, and an orderly end."""

import asyncio
import gc
import sys
from collections import Counter
from collections.abc import Callable
from typing import Any, ClassVar

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from service.assembly import Warmline

MAX_CONNECTIONS = 2_048
MOST_PER_ADDRESS = 256
"""Connections of one address: a page holds six; a chat tool or a proxy, some dozens."""
SILENT_S = 10.0
"""Seconds within which a connection must have sent the head of a request."""
STOP_WITHIN_S = 3
"""Seconds that other answers (pages left open) have after the drafts are done."""
ON_THE_WIRE_S = 0.3
"""Seconds for what was sent before anyone could know to be read and answered, with a refusal if need be."""
BACKLOG = 4_096
SWITCH_S = 0.001
"""Streams and refusals wait so long for a thread that thinks, not Python's five milliseconds."""


class BoundedProtocol(HttpToolsProtocol):
    """HTTP/1.1 with a limit per address, and a limit on silence (R9)."""

    _open: ClassVar[Counter[str]] = Counter()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Let it in, or close it at once."""
        super().connection_made(transport)
        self._address = self.client[0] if self.client else ""
        self._open[self._address] += 1
        self._silence = self.loop.call_later(SILENT_S, transport.abort)
        if self._open[self._address] > MOST_PER_ADDRESS:
            transport.abort()

    def on_headers_complete(self) -> None:
        """A request has come."""
        self._silence.cancel()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Count it out."""
        self._silence.cancel()
        self._open[self._address] -= 1
        super().connection_lost(exc)


class DrainingServer(uvicorn.Server):
    """Told to stop, it takes nothing new, lets drafts finish or be cut short and stored, then ends."""

    def __init__(self, config: uvicorn.Config, app: Warmline, started: Callable[[], None]) -> None:
        super().__init__(config)
        self._app = app
        self._say_started = started

    async def startup(self, sockets: Any = None) -> None:
        """Listen, and say so."""
        sys.setswitchinterval(SWITCH_S)
        gc.freeze()  # what is loaded stays: collecting it stops everything for a quarter of a second
        await super().startup(sockets=sockets)
        self._say_started()

    async def shutdown(self, sockets: Any = None) -> None:
        """Drafts first, then everything else; who comes meanwhile hears that the service is stopping."""
        if not self.force_exit:
            await self._app.drain()
            await asyncio.sleep(ON_THE_WIRE_S)
        await super().shutdown(sockets=sockets)


def make_server(
    web: FastAPI, app: Warmline, *, host: str, port: int, started: Callable[[], None] = lambda: None
) -> DrainingServer:
    """A server for the API, alone or with a desk on it; `run()` serves until it is told to stop."""
    config = uvicorn.Config(
        web,
        host=host,
        port=port,
        http=BoundedProtocol,
        ws="none",
        log_config=None,
        access_log=False,
        limit_concurrency=MAX_CONNECTIONS,
        backlog=BACKLOG,
        timeout_graceful_shutdown=STOP_WITHIN_S,
        server_header=False,
    )
    return DrainingServer(config, app, started)
