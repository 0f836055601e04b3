"""Connections that only sit there cost others nothing (R9)."""

import socket
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest

from service.api import serving as limits
from service.assembly import Warmline
from tests.service.api.serving import serving

Made = Callable[..., Warmline]


def connected(url: str) -> socket.socket:
    parts = urlsplit(url)
    assert parts.hostname and parts.port
    made = socket.create_connection((parts.hostname, parts.port), timeout=20)
    made.settimeout(20)
    return made


def closed(connection: socket.socket) -> bool:
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


def test_one_address_holds_only_so_many_connections_and_others_are_still_served(
    with_model: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MOST_PER_ADDRESS", 8)
    with serving(with_model(model="none")) as served:
        held = [connected(served.url) for _ in range(20)]
        assert all(closed(each) for each in held[8:])
        for each in held:
            each.close()
        with served.client() as client:
            for _ in range(50):
                try:
                    assert client.get("/healthz").status_code == 200
                    break
                except OSError:
                    continue


def test_a_connection_that_says_nothing_is_closed(with_model: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "SILENT_S", 0.1)
    with serving(with_model(model="none")) as served:
        silent = connected(served.url)
        assert closed(silent)
        halting = connected(served.url)
        halting.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127")
        assert closed(halting)
        for each in (silent, halting):
            each.close()
