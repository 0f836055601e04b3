"""What the agent did with a draft, kept in the store."""

from collections.abc import Sequence
from datetime import UTC, datetime

from service.assembly import Warmline
from service.draft import Draft, Finding
from service.event import EvidenceReady
from service.store import KeyTaken, Outcome, OutcomeKind, StoredDraft
from service.wire import draft_json, event_json, finding_json
from ui.desk.panels.proof import fingerprint
from ui.desk.sitting import Work


async def keep_outcome(
    app: Warmline, work: Work, *, kind: OutcomeKind, reason: str, findings: Sequence[Finding]
) -> None:
    """Store an outcome with the findings on the final text; the same click twice is one outcome."""
    draft = work.draft
    assert draft is not None
    await _keep_draft(app, work, draft)
    outcome = Outcome(
        draft_id=draft.id,
        at=datetime.now(UTC),
        kind=kind,
        reason=reason,
        final_text=work.text,
        findings=[finding_json(each) for each in findings],
        idempotency_key=f"desk:{draft.id}:{kind}:{fingerprint(work.text)}",
    )
    try:
        await app.store.save_outcome(outcome)
    except KeyTaken:
        return


async def _keep_draft(app: Warmline, work: Work, draft: Draft) -> None:
    """A draft that was taken from the choices, or cut off before it was whole, is not in the store yet."""
    if await app.store.draft(draft.id) is not None:
        return
    evidence = EvidenceReady(hits=work.hits, facts=work.facts)
    stored = StoredDraft(
        id=draft.id,
        at=datetime.now(UTC),
        shop=app.knowledge(work.ticket.shop).shop.id,
        ticket=work.ticket.model_dump(mode="json", exclude_defaults=True),
        draft=draft_json(draft),
        evidence=event_json(evidence)[1],
    )
    try:
        await app.store.save_draft(stored)
    except KeyTaken:
        return  # the stream that made it kept it in the meantime
