"""What the desk does when the agent does something; every answer is a screen: part name → what it shows."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from datetime import UTC, datetime
from time import monotonic
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from prompts.errors import PromptError
from prompts.taxonomy import load_taxonomy
from retrieval.errors import RetrievalError
from retrieval.query import Query
from retrieval.shop import Shop
from retrieval.snippet import Snippet
from service.assembly import Warmline
from service.checks import Examination
from service.demo import waiting_tickets
from service.draft import Draft
from service.errors import BadTicket, ServiceError
from service.event import Done, Event, EvidenceReady, InstantReady, Token
from service.store import OutcomeKind
from service.ticket import MAX_TEXT_CHARS, Ticket, read_ticket
from ui.desk.keeping import keep_outcome
from ui.desk.panels import choices, proof
from ui.desk.panels.case import case
from ui.desk.panels.talk import talk
from ui.desk.panels.waiting import waiting
from ui.desk.pasting import read_pasted
from ui.desk.saying import Saying
from ui.desk.sitting import MAX_PASTED, Sitting, Work, order_line

log = logging.getLogger(__name__)

Screen = dict[str, Any]
PERSON_CAN_MEND = (ServiceError, RetrievalError, PromptError)
TOKENS_SHOWN_EVERY_S = 0.06
"""A person reads no faster, and every showing is a message to the browser."""
MAX_CHARS = MAX_TEXT_CHARS
"""Of the editor's text: what a ticket's turn may have."""
WAYS = 4
PHRASES = 12


class Attendant:
    """The desk in one language, over an assembled program."""

    def __init__(self, app: Warmline, language: str) -> None:
        self.app = app
        self.language = language
        shop = app.knowledge().shop
        self.say = Saying(language, load_taxonomy(), shop.timezone)

    # --- the queue ---------------------------------------------------------------------------------

    def sit(self, pasted: Sequence[dict[str, Any]] = ()) -> Sitting:
        """A new session: the conversations that wait, and those this browser pasted earlier."""
        sitting = Sitting(shop=self.app.default_shop())
        for record in list(pasted)[-MAX_PASTED:]:
            try:
                ticket = read_ticket(record, where="paste")
            except BadTicket:
                continue  # kept by an older version; the text itself is still in the browser
            sitting.add([ticket.model_copy(update={"now": datetime.now(UTC)})], pasted=True)
        sitting.add(waiting_tickets())
        return sitting

    def waiting(self, sitting: Sitting) -> Screen:
        """The queue as it stands."""
        return {"queue": waiting(sitting, self._shop(sitting).service_levels, self.say)}

    def paste(self, sitting: Sitting, text: str, order_id: str | None) -> str:
        """Put a pasted conversation into the queue; its id. Raises BadTicket, UnknownOrder."""
        now = datetime.now(ZoneInfo(self._shop(sitting).timezone))
        ticket = Ticket(
            id=f"paste-{uuid4().hex[:12]}",
            shop=sitting.shop,
            now=now,
            conversation=read_pasted(text, now),
            order=self.app.order(sitting.shop, order_id) if order_id else None,
        )
        sitting.add([ticket], pasted=True)
        return ticket.id

    def pasted(self, sitting: Sitting) -> list[dict[str, Any]]:
        """The pasted conversations that wait, for the browser to keep."""
        return [
            work.ticket.model_dump(mode="json", exclude_defaults=True)
            for work in sitting.works.values()
            if work.pasted and not work.outcome
        ][-MAX_PASTED:]

    def orders(self, shop: str) -> list[tuple[str, str]]:
        """The shop's orders as (line, id), to search in."""
        return [(order_line(order), order.order_id) for order in self.app.knowledge(shop).orders.values()]

    # --- drafting ----------------------------------------------------------------------------------

    async def open(self, sitting: Sitting, ticket: str, kept: str = "") -> AsyncGenerator[Screen, None]:
        """Bring a conversation onto the desk. `kept`: what the agent had typed before, which stays."""
        work = sitting.works.get(ticket)
        if work is None:
            return
        sitting.current = ticket
        if kept.strip():
            work.text, work.typed = kept, True
        if work.draft is None:
            async with aclosing(self.draft(sitting)) as screens:
                async for screen in screens:
                    yield screen
            return
        sitting.begin()
        yield await self._whole(sitting, work, reached="done")

    async def draft(self, sitting: Sitting) -> AsyncGenerator[Screen, None]:
        """A new draft for the conversation on the desk, as it comes. Typed text stays."""
        work = sitting.work
        if work is None:
            return
        run = sitting.begin()
        try:
            ticket = work.ticket.model_copy(update={"instruction": work.steer.strip() or None})
            async with aclosing(self.app.drafts(ticket)) as events:
                async for screen in self._told(sitting, work, events):
                    if sitting.run != run:
                        return
                    yield screen
        except PERSON_CAN_MEND as error:
            yield self._noted(work, str(error))
        except Exception:
            log.exception("a draft broke off")
            yield self._noted(work, self.say("desk_broke_off"))

    async def redraft(self, sitting: Sitting, steer: str) -> AsyncGenerator[Screen, None]:
        """Draft again with the agent's steer; the new text replaces what stands there."""
        if sitting.work is not None:
            sitting.work.steer, sitting.work.typed = steer[:2_000], False
        async with aclosing(self.draft(sitting)) as screens:
            async for screen in screens:
                yield screen

    async def attach(self, sitting: Sitting, order_id: str | None) -> AsyncGenerator[Screen, None]:
        """Draft again with another order, or none."""
        work = sitting.work
        if work is not None:
            shop = work.ticket.shop or sitting.shop
            order = self.app.order(shop, order_id) if order_id else None
            work.ticket = work.ticket.model_copy(update={"order": order})
        async with aclosing(self.draft(sitting)) as screens:
            async for screen in screens:
                yield screen

    async def answer(self, sitting: Sitting, index: str) -> AsyncGenerator[Screen, None]:
        """Draft again, as an answer to another turn of the customer's."""
        work = sitting.work
        turns = work.ticket.conversation if work else ()
        if work is None or not index.isdigit() or int(index) >= len(turns):
            return
        if turns[int(index)].role != "customer":
            return
        work.ticket = work.ticket.model_copy(update={"answer_to": int(index)})
        async with aclosing(self.draft(sitting)) as screens:
            async for screen in screens:
                yield screen

    async def stop(self, sitting: Sitting) -> Screen:
        """Give up the model's draft; what was typed, else the instant draft, stands."""
        sitting.begin()
        work = sitting.work
        if work is None or work.draft is None:
            return {}
        if not work.typed:
            work.text = work.draft.text
        return await self._whole(sitting, work, reached="done")

    # --- the text ----------------------------------------------------------------------------------

    async def typed(self, sitting: Sitting, ticket: str, text: str) -> Screen:
        """The findings and the ledger of what the agent has just written."""
        work = sitting.works.get(ticket)
        if work is None or ticket != sitting.current or work.draft is None:
            return {}
        work.text, work.typed = text, text != work.draft.text
        return await self._checked(work)

    async def ways(self, sitting: Sitting) -> Screen:
        """Drafts that decide otherwise than the one on the desk."""
        work = sitting.work
        if work is None or work.draft is None:
            return {}
        if not work.ways:
            made = await asyncio.to_thread(self.app.candidates, work.ticket, WAYS)
            work.ways = tuple(each for each in made if each.text != work.draft.text)
        titles = [
            choices.title_of(each.provenance.decision, dict(self.app.library.playbooks), self.language)
            for each in work.ways
        ]
        return {"ways": choices.ways(work.ways, work.offered, titles, self.say)}

    async def take(self, sitting: Sitting, way: str) -> Screen:
        """Put another draft onto the desk."""
        work = sitting.work
        if work is None:
            return {}
        if way == "offered":
            chosen, work.offered = work.offered, None
        else:
            chosen = work.ways[int(way)] if way.isdigit() and int(way) < len(work.ways) else None
        if chosen is None:
            return {}
        sitting.begin()
        work.draft, work.text, work.typed = chosen, chosen.text, False
        return await self._whole(sitting, work, reached="done")

    def phrases(self, sitting: Sitting, wanted: str) -> Screen:
        """The shop's quick phrases for what was searched, or for what the customer asks."""
        work = sitting.work
        if work is None:
            return {}
        text = wanted.strip() or work.ticket.question
        query = Query(text=text[:500] or " ", at=work.ticket.now.date(), kinds=("phrase",))
        found = self.app.knowledge(work.ticket.shop).search([query], k=PHRASES)
        shown = [hit.snippet for hit in found]
        return {"phrases": choices.phrases(shown, work.ticket.nickname, self.say)}

    async def finish(
        self, sitting: Sitting, text: str, *, reason: str | None = None, acknowledged: bool = False
    ) -> Screen:
        """Keep what the agent did with the draft: sent as it was, edited, or rejected with a reason."""
        work = sitting.work
        if work is None or work.draft is None:
            return {}
        work.text = text
        examination = await self._examined(work)
        blocked = any(each.severity == "block" for each in examination.findings)
        if reason is None and not text.strip():
            return self._noted(work, self.say("desk_empty_text"))
        if reason is None and blocked and not acknowledged:
            return self._noted(work, self.say("desk_acknowledge_first"))
        kind: OutcomeKind = (
            "rejected" if reason is not None else "sent" if text == work.draft.text else "edited"
        )
        await keep_outcome(self.app, work, kind=kind, reason=reason or "", findings=examination.findings)
        sitting.begin()
        sitting.current = sitting.next_after(work.ticket.id)
        work.outcome = kind
        return {**self.waiting(sitting), "pasted": self.pasted(sitting)}

    # --- screens -----------------------------------------------------------------------------------

    async def _told(
        self, sitting: Sitting, work: Work, events: AsyncGenerator[Event, None]
    ) -> AsyncGenerator[Screen, None]:
        model = self.app.model is not None
        streamed, shown_at = "", 0.0
        async for event in events:
            if isinstance(event, EvidenceReady):
                work.hits, work.facts = event.hits, event.facts
            elif isinstance(event, InstantReady):
                work.draft, work.ways, work.offered = event.draft, (), None
                work.text = work.text if work.typed else event.draft.text
                yield await self._whole(sitting, work, reached="model" if model else "done")
            elif isinstance(event, Token):
                streamed += event.text
                if not work.typed and monotonic() - shown_at > TOKENS_SHOWN_EVERY_S:
                    shown_at = monotonic()
                    yield {"draft": streamed}
            elif isinstance(event, Done) and model:
                self._settle(work, event.draft)
                yield {**await self._whole(sitting, work, reached="done"), **await self.ways(sitting)}

    @staticmethod
    def _settle(work: Work, final: Draft) -> None:
        if work.typed:
            work.offered = final if final.writer == "model" else None
        else:
            work.draft, work.text = final, final.text

    async def _whole(self, sitting: Sitting, work: Work, *, reached: str) -> Screen:
        orders = self.orders(work.ticket.shop or sitting.shop)
        return {
            **self.waiting(sitting),
            "talk": talk(work.ticket, self.say),
            "case": case(work, self.say),
            "orders": (orders, work.ticket.order.order_id if work.ticket.order else None),
            "steer": work.steer,
            "draft": work.text,
            **await self._checked(work, reached=reached),
        }

    async def _checked(self, work: Work, *, reached: str = "done") -> Screen:
        assert work.draft is not None
        examination = await self._examined(work)
        known: dict[str, Snippet] = {hit.snippet.key: hit.snippet for hit in work.hits}
        written = work.draft.text
        standing = [each for each in work.draft.citations if written[slice(*each.span)].strip() in work.text]
        model = self.app.model is not None
        return {
            "progress": proof.progress(
                reached, self.say, draft=work.draft, model=model, note=self._note(work)
            ),
            "findings": proof.findings(work.text, examination.findings, self.say),
            "ledger": proof.ledger(work.text, examination.commitments, self.say),
            "sources": proof.sources(written, standing, known, self.say),
            "blocked": any(each.severity == "block" for each in examination.findings),
            "sent": self.say("desk_sent" if work.text == written else "desk_edited"),
        }

    async def _examined(self, work: Work) -> Examination:
        draft = work.draft
        if draft is not None and work.text == draft.text:
            return Examination(findings=draft.findings, commitments=draft.commitments)
        if not work.text.strip():
            return Examination(findings=(), commitments=())
        return await asyncio.to_thread(self.app.examine, work.text[:MAX_CHARS], work.ticket)

    def _note(self, work: Work) -> str:
        if work.offered is not None:
            return self.say("desk_models_draft_waits")
        fallback = work.draft.provenance.fallback if work.draft else None
        return self.say("fallback", reason=fallback) if fallback else ""

    def _noted(self, work: Work, note: str) -> Screen:
        return {"progress": proof.progress("done", self.say, draft=work.draft, note=note, model=False)}

    def _shop(self, sitting: Sitting) -> Shop:
        return self.app.knowledge(sitting.shop).shop
