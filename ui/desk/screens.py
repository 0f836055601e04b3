"""The screens of the desk: each a mapping from a part's name to what it shows."""

import asyncio
from typing import Any

from retrieval.shop import Shop
from retrieval.snippet import Snippet
from service.assembly import Warmline
from service.checks import Examination
from service.ticket import MAX_TEXT_CHARS
from ui.desk.panels import proof
from ui.desk.panels.case import case
from ui.desk.panels.talk import talk
from ui.desk.panels.waiting import waiting
from ui.desk.saying import Saying
from ui.desk.sitting import Sitting, Work, order_line

Screen = dict[str, Any]
MAX_CHARS = MAX_TEXT_CHARS
"""Of the editor's text: what a ticket's turn may have."""


class Screens:
    """What is shown of a sitting, in one language."""

    def __init__(self, app: Warmline, say: Saying) -> None:
        self._app, self._say = app, say

    def waiting(self, sitting: Sitting) -> Screen:
        """The queue as it stands."""
        return {"queue": waiting(sitting, self.shop(sitting).service_levels, self._say)}

    def orders(self, shop: str) -> list[tuple[str, str]]:
        """The shop's orders as (line, id), to search in."""
        return [(order_line(order), order.order_id) for order in self._app.knowledge(shop).orders.values()]

    async def whole(self, sitting: Sitting, work: Work, *, reached: str, note: str = "") -> Screen:
        """Everything about the conversation on the desk but the agent's steer, which is the agent's."""
        orders = self.orders(work.ticket.shop or sitting.shop)
        return {
            **self.waiting(sitting),
            "talk": talk(work.ticket, self._say),
            "case": case(work, self._say),
            "orders": (orders, work.ticket.order.order_id if work.ticket.order else None),
            "draft": work.text,
            **await self.checked(work, reached=reached, note=note),
        }

    async def checked(self, work: Work, *, reached: str = "done", note: str = "") -> Screen:
        """The findings, the ledger and the sources of the text as it stands."""
        assert work.draft is not None
        examination = await self.examined(work)
        known: dict[str, Snippet] = {hit.snippet.key: hit.snippet for hit in work.hits}
        written = work.draft.text
        standing = [each for each in work.draft.citations if written[slice(*each.span)].strip() in work.text]
        return {
            **self._progress(work, reached, note or self._standing_note(work)),
            "findings": proof.findings(work.text, examination.findings, self._say, ticket=work.ticket.id),
            "ledger": proof.ledger(work.text, examination.commitments, self._say),
            "sources": proof.sources(written, standing, known, self._say),
            "blocked": any(each.severity == "block" for each in examination.findings),
            "sent": self._say("desk_sent" if work.text == written else "desk_edited"),
        }

    async def examined(self, work: Work) -> Examination:
        """What the checks say about the text as it stands."""
        draft = work.draft
        if draft is not None and work.text == draft.text:
            return Examination(findings=draft.findings, commitments=draft.commitments)
        if not work.text.strip():
            return Examination(findings=(), commitments=())
        return await asyncio.to_thread(self._app.examine, work.text[:MAX_CHARS], work.ticket)

    def noted(self, work: Work, note: str) -> Screen:
        """A word to the agent; the rest stays as it is."""
        return self._progress(work, "done", note)

    def shop(self, sitting: Sitting) -> Shop:
        """The shop that a sitting works for."""
        return self._app.knowledge(sitting.shop).shop

    def _progress(self, work: Work, reached: str, note: str) -> Screen:
        model = self._app.model is not None
        shown = proof.progress(reached, self._say, draft=work.draft, model=model, note=note, stale=work.stale)
        return {"progress": shown}

    def _standing_note(self, work: Work) -> str:
        if work.offered is not None:
            return self._say("desk_models_draft_waits")
        fallback = work.draft.provenance.fallback if work.draft else None
        return self._say("fallback", reason=fallback) if fallback else ""
