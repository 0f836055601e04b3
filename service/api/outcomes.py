"""`POST /v1/drafts/{id}/outcome`: what the agent did with a draft, its final text checked again."""

from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from service.api.drafts import Key, unknown_draft
from service.api.once import KeyReused
from service.assembly import Warmline
from service.errors import BadTicket
from service.store import KeyTaken, Outcome, OutcomeKind
from service.ticket import MAX_TEXT_CHARS, read_ticket
from service.wire import finding_json

router = APIRouter(tags=["drafts"])


class OutcomeBody(BaseModel):
    """What the agent did with a draft."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: OutcomeKind
    reason: str = Field(default="", max_length=500)
    final_text: str = Field(default="", max_length=MAX_TEXT_CHARS)
    """What was sent to the customer; empty if rejected."""


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
        return unknown_draft(draft_id)
    findings: list[dict[str, Any]] = []
    if body.final_text.strip():
        ticket = read_ticket(stored.ticket, where=f"draft {draft_id}", answerable=False)
        examined = await app.think(lambda: app.examine(body.final_text, ticket))
        findings = [finding_json(each) for each in examined.findings]
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
            raise KeyReused(str(idempotency_key)) from None
    return JSONResponse({"draft": draft_id, "kind": body.kind, "findings": findings, "repeated": repeated})
