"""The real server of the API in a thread, and readers of its answers."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from service.api import make_api
from service.api.serving import DrainingServer, make_server
from service.assembly import Warmline
from service.demo import FOLDER

PARCEL: dict[str, Any] = json.loads((FOLDER / "2-late-parcel.json").read_text(encoding="utf-8"))
"""A late parcel and an anxious customer."""
EVENTS = {"accept": "text/event-stream"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A server that runs."""

    app: Warmline
    url: str
    server: DrainingServer
    thread: threading.Thread

    def stop(self) -> None:
        """Tell it to stop, as SIGTERM does."""
        self.server.should_exit = True

    def client(self) -> httpx.Client:
        """A client with connections of its own."""
        return httpx.Client(base_url=self.url, timeout=60)

    def async_client(self) -> httpx.AsyncClient:
        """The same for a loop."""
        limits = httpx.Limits(max_connections=200)
        return httpx.AsyncClient(base_url=self.url, timeout=60, limits=limits)


@contextmanager
def serving(app: Warmline) -> Iterator[Served]:
    """The API of the program on a free port, until the block ends."""
    app.warm()
    server = make_server(make_api(app), app, host="127.0.0.1", port=0)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield Served(app=app, url=f"http://127.0.0.1:{port}", server=server, thread=thread)
    finally:
        server.should_exit = True
        thread.join()


def events_of(text: str) -> list[tuple[str, Any]]:
    """Name and payload of every server-sent event."""
    told = []
    for block in text.strip().split("\n\n"):
        name, data = block.split("\n")
        told.append((name.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return told


def ticket(number: int) -> dict[str, Any]:
    """The parcel's ticket under another id."""
    return {**PARCEL, "id": f"t{number}"}
