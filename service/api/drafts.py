"""`/v1/drafts`: a ticket in, a checked draft out, as JSON or as a stream of events."""

import hashlib
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import JSONResponse, Response

from service.api.once import told_once
from service.api.streaming import EventStream, last_of
from service.assembly import Warmline
from service.ticket import Ticket, require_answer_to, require_question

router = APIRouter(tags=["drafts"])

Key = Annotated[
    str | None,
    Header(alias="Idempotency-Key", min_length=1, max_length=200, description="The same key, one draft."),
]


@router.post("/drafts", response_model=None)
async def make_draft(
    request: Request,
    ticket: Ticket,
    idempotency_key: Key = None,
    template: Annotated[str | None, Query(description="Like reply or reply@1.")] = None,
    candidate: Annotated[int, Query(ge=0, le=4, description="0: the best decision.")] = 0,
) -> Response:
    """A draft of the ticket: JSON, or server-sent events if the client accepts `text/event-stream`.

    Events: `analysis`, `evidence`, `instant` (these three again if a model understood more), `token`…,
    `findings`, `done`; or `failed` with a reason. 429 with Retry-After when too many are under way.
    """
    require_answer_to(ticket, where="body")
    require_question(ticket, where="body")
    app: Warmline = request.app.state.app
    body_hash = _hash(ticket, template, candidate)
    asked = app.request(
        template=template, candidate=candidate, idempotency_key=idempotency_key, body_hash=body_hash
    )
    events = told_once(
        lambda: app.drafts(ticket, asked), store=app.store, key=idempotency_key, body_hash=body_hash
    )
    if "text/event-stream" not in request.headers.get("accept", ""):
        return await last_of(events, request)
    # The first event comes before the answer begins, so that a mistake in the request is a status code.
    return EventStream(await anext(events), events)


@router.get("/drafts/{draft_id}")
async def get_draft(request: Request, draft_id: str) -> JSONResponse:
    """A stored draft with its ticket, its evidence and its outcomes."""
    app: Warmline = request.app.state.app
    stored = await app.store.draft(draft_id)
    if stored is None:
        return unknown_draft(draft_id)
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


def unknown_draft(draft_id: str) -> JSONResponse:
    """The answer about a draft that is not there."""
    message = f"draft {draft_id!r}: there is none of that id"
    return JSONResponse({"error": {"type": "UnknownDraft", "message": message}}, status_code=404)


def _hash(ticket: Ticket, template: str | None, candidate: int) -> str:
    return hashlib.sha256(f"{ticket.model_dump_json()}/{template}/{candidate}".encode()).hexdigest()
