"""`/v1/drafts`: a ticket in, a checked draft out, as JSON or as a stream of events; and its outcome."""

import asyncio
import hashlib
import json
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import UTC, datetime
from typing import Annotated, Any
from weakref import WeakValueDictionary

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field
from sse_starlette import EventSourceResponse, ServerSentEvent

from service.assembly import Warmline
from service.errors import BadTicket
from service.event import Done, Event, Failed
from service.store import KeyTaken, Outcome, OutcomeKind, StoredDraft
from service.ticket import MAX_TEXT_CHARS, Ticket, read_ticket, require_answer_to, require_question
from service.wire import draft_json, event_json, finding_json

log = logging.getLogger(__name__)
router = APIRouter(tags=["drafts"])

Key = Annotated[
    str | None,
    Header(alias="Idempotency-Key", min_length=1, max_length=200, description="The same key, one draft."),
]
_locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()


class OutcomeBody(BaseModel):
    """What the agent did with a draft."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: OutcomeKind
    reason: str = Field(default="", max_length=500)
    final_text: str = Field(default="", max_length=MAX_TEXT_CHARS)
    """What was sent to the customer; empty if rejected."""


@router.post("/drafts", response_model=None)
async def make_draft(
    request: Request,
    ticket: Ticket,
    idempotency_key: Key = None,
    template: Annotated[str | None, Query(description="Like reply or reply@1.")] = None,
    candidate: Annotated[int, Query(ge=0, le=4, description="0: the best decision.")] = 0,
) -> Response:
    """A draft of the ticket: JSON, or server-sent events if the client accepts `text/event-stream`.

    Events: `analysis`, `evidence`, `instant`, `token`…, `findings`, `done`; or `failed` with a reason.
    """
    require_answer_to(ticket, where="body")
    require_question(ticket, where="body")
    app: Warmline = request.app.state.app
    body_hash = _hash(ticket, template, candidate)
    lock = _locks.setdefault(idempotency_key, asyncio.Lock()) if idempotency_key else asyncio.Lock()
    streams = "text/event-stream" in request.headers.get("accept", "")
    async with lock:
        stored = await app.store.draft_by_key(idempotency_key) if idempotency_key else None
        if stored:
            return _again(stored, body_hash, streams)
        events = app.drafts(
            ticket,
            app.request(
                template=template, candidate=candidate, idempotency_key=idempotency_key, body_hash=body_hash
            ),
        )
        # The first event comes before the answer begins, so that a mistake in the request is a status code.
        first = await anext(events)
        if not streams:
            return JSONResponse(draft_json(await _finished(events)))
    return EventSourceResponse(_told(first, events), sep="\n")


@router.get("/drafts/{draft_id}")
async def get_draft(request: Request, draft_id: str) -> JSONResponse:
    """A stored draft with its ticket, its evidence and its outcomes."""
    app: Warmline = request.app.state.app
    stored = await app.store.draft(draft_id)
    if stored is None:
        return _unknown(draft_id)
    outcomes = await app.store.outcomes(draft_id)
    return JSONResponse(
        {
            **stored.draft,
            "at": stored.at.isoformat(),
            "ticket": stored.ticket,
            "evidence": stored.evidence,
            "instant": stored.instant,
            "outcomes": [
                {
                    "at": each.at.isoformat(),
                    "kind": each.kind,
                    "reason": each.reason,
                    "final_text": each.final_text,
                }
                for each in outcomes
            ],
        }
    )


@router.post("/drafts/{draft_id}/outcome")
async def give_outcome(
    request: Request, draft_id: str, body: OutcomeBody, idempotency_key: Key = None
) -> JSONResponse:
    """Keep what the agent did; the final text is checked again and its findings come back."""
    app: Warmline = request.app.state.app
    if body.kind != "rejected" and not body.final_text.strip():
        raise BadTicket(
            f"body: final_text: empty; expected the text that was sent, for outcome {body.kind!r}"
        )
    stored = await app.store.draft(draft_id)
    if stored is None:
        return _unknown(draft_id)
    findings: list[dict[str, Any]] = []
    if body.final_text.strip():
        ticket = read_ticket(stored.ticket, where=f"draft {draft_id}", answerable=False)
        findings = [finding_json(each) for each in app.examine(body.final_text, ticket).findings]
    outcome = Outcome(
        draft_id=draft_id,
        at=datetime.now(UTC),
        kind=body.kind,
        reason=body.reason,
        final_text=body.final_text,
        findings=findings,
        idempotency_key=idempotency_key,
    )
    repeated = False
    try:
        await app.store.save_outcome(outcome)
    except KeyTaken:
        repeated = True
        same = [
            each for each in await app.store.outcomes(draft_id) if each.idempotency_key == idempotency_key
        ]
        if not same or (same[0].kind, same[0].final_text) != (body.kind, body.final_text):
            return _conflict(str(idempotency_key))
    return JSONResponse({"draft": draft_id, "kind": body.kind, "findings": findings, "repeated": repeated})


async def _finished(events: AsyncGenerator[Event, None]) -> Any:
    async with aclosing(events):
        async for event in events:
            if isinstance(event, Done):
                return event.draft
    raise AssertionError("a stream of events ends with `done`")


async def _told(first: Event, events: AsyncGenerator[Event, None]) -> AsyncGenerator[ServerSentEvent, None]:
    """The events as the API streams them; a client that leaves closes the model's connection, too."""
    async with aclosing(events):
        yield _sse(first)
        try:
            async for event in events:
                yield _sse(event)
        except Exception:
            log.exception("a draft broke off")
            yield _sse(Failed(reason="the draft broke off; the log says why; ask again"))


def _sse(event: Event) -> ServerSentEvent:
    name, payload = event_json(event)
    return _sent(name, payload)


def _sent(name: str, payload: dict[str, Any]) -> ServerSentEvent:
    return ServerSentEvent(event=name, data=json.dumps(payload, ensure_ascii=False, default=str), sep="\n")


def _again(stored: StoredDraft, body_hash: str, streams: bool) -> Response:
    if stored.body_hash != body_hash:
        return _conflict(str(stored.idempotency_key))
    if not streams:
        return JSONResponse(stored.draft)

    async def once() -> AsyncGenerator[ServerSentEvent, None]:
        yield _sent("done", stored.draft)

    return EventSourceResponse(once(), sep="\n")


def _hash(ticket: Ticket, template: str | None, candidate: int) -> str:
    return hashlib.sha256(f"{ticket.model_dump_json()}/{template}/{candidate}".encode()).hexdigest()


def _unknown(draft_id: str) -> JSONResponse:
    return _problem(404, "UnknownDraft", f"draft {draft_id!r}: there is none of that id")


def _conflict(key: str) -> JSONResponse:
    return _problem(409, "KeyTaken", f"Idempotency-Key {key!r}: used before with another body; use a new key")


def _problem(status: int, kind: str, message: str) -> JSONResponse:
    return JSONResponse({"error": {"type": kind, "message": message}}, status_code=status)
