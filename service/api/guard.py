"""What every request passes through: room for it, a bound on its size, headers for the browser."""

import json
from math import ceil

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.assembly import WAIT_S
from service.edge import FairQueue, asking_agent
from service.errors import ModelUnavailable

AGENT_HEADER = b"x-agent"
"""Who asks, where a chat tool asks for many: turns are fair between these. Else the client's address."""

HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (
        b"content-security-policy",
        b"default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
        b"img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; "
        b"base-uri 'self'; form-action 'self'; object-src 'none'",
    ),
]


class SecureHeaders:
    """Adds the security headers to every HTTP response."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", []), *HEADERS]}
            await send(message)

        await self._app(scope, receive, with_headers if scope["type"] == "http" else send)


class BodyLimit:
    """Answers 413 as soon as a body is, or says it is, larger than the limit; nothing is kept of it."""

    def __init__(self, app: ASGIApp, *, max_bytes: int) -> None:
        self._app = app
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        said = dict(scope["headers"]).get(b"content-length", b"0")
        if not said.isdigit() or int(said) > self._max_bytes:
            await self._refuse(send)
            return
        # Read before the application sees it: the bound is small, and what parses bodies swallows errors.
        messages: list[Message] = []
        seen = 0
        while not messages or messages[-1].get("more_body"):
            messages.append(await receive())
            seen += len(messages[-1].get("body", b""))
            if seen > self._max_bytes:
                await self._refuse(send)
                return

        async def replayed() -> Message:
            return messages.pop(0) if messages else await receive()

        await self._app(scope, replayed, send)

    async def _refuse(self, send: Send) -> None:
        message = f"body: more than {self._max_bytes:,} bytes; send one ticket at a time"
        await _say(send, 413, "BodyTooLarge", message, [(b"connection", b"close")])


class Shed:
    """Answers 429 or 503 before anything is read, when a draft asked for now would find no room."""

    def __init__(self, app: ASGIApp, *, queue: FairQueue) -> None:
        self._app = app
        self._queue = queue

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST" or not scope["path"].startswith("/v1/drafts"):
            await self._app(scope, receive, send)
            return
        agent = _agent(scope)
        asking_agent.set(agent)
        refusal = self._queue.refusal(agent, wait_s=WAIT_S) if scope["path"] == "/v1/drafts" else None
        if refusal is None:
            await self._app(scope, receive, send)
        else:
            headers = [(name.encode(), value.encode()) for name, value in retry_after(refusal).items()]
            await _say(send, status_of(refusal), "Overloaded", str(refusal), headers)


def status_of(error: ModelUnavailable) -> int:
    """429 if another moment will do, 503 if this process or its model will not."""
    return 429 if error.kind == "overloaded" else 503


def retry_after(error: ModelUnavailable) -> dict[str, str]:
    """The header that says when to come back."""
    return {"Retry-After": str(ceil(error.retry_after_s))} if error.retry_after_s else {}


def _agent(scope: Scope) -> str:
    named = dict(scope["headers"]).get(AGENT_HEADER)
    client = scope.get("client")
    return named.decode("latin-1")[:100] if named else (client[0] if client else "")


async def _say(send: Send, status: int, kind: str, message: str, headers: list[tuple[bytes, bytes]]) -> None:
    body = json.dumps({"error": {"type": kind, "message": message}}).encode()
    plain = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": [*plain, *headers]})
    await send({"type": "http.response.body", "body": body})
