"""What the desk does: each action of an agent as the screens that follow from it."""

import logging
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from datetime import UTC, datetime
from time import monotonic
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from prompts.taxonomy import load_taxonomy
from service.assembly import Warmline
from service.demo import waiting_tickets
from service.draft import Draft
from service.edge import asking_agent
from service.errors import BadTicket, UnknownOrder
from service.event import Done, Event, EvidenceReady, InstantReady, Token
from service.store import OutcomeKind
from service.ticket import Ticket, Turn, read_ticket
from ui.desk.choosing import PERSON_CAN_MEND, STEERED, Choosing
from ui.desk.keeping import keep_outcome
from ui.desk.pasting import read_pasted
from ui.desk.saying import Saying
from ui.desk.screens import MAX_CHARS, Screen, Screens
from ui.desk.sitting import MAX_PASTED, Sitting, Work

log = logging.getLogger(__name__)

TOKENS_SHOWN_EVERY_S = 0.06
"""A person reads no faster, and every showing is a message to the browser."""
STEER_CHARS = 2_000


class Attendant:
    """The desk in one language, over an assembled program."""

    def __init__(self, app: Warmline, language: str) -> None:
        self.app = app
        self.language = language
        shop = app.knowledge().shop
        self.say = Saying(language, load_taxonomy(), shop.timezone)
        self.screens = Screens(app, self.say)
        self.choosing = Choosing(app, self.screens, self.say)

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

    def paste(self, sitting: Sitting, text: str, order_id: str | None) -> str:
        """Put a pasted conversation into the queue; its id. Raises BadTicket, UnknownOrder."""
        now = datetime.now(ZoneInfo(self.screens.shop(sitting).timezone))
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

    # --- drafting ----------------------------------------------------------------------------------

    async def open(
        self, sitting: Sitting, ticket: str, kept: str = "", steer: str = ""
    ) -> AsyncGenerator[Screen, None]:
        """Bring a conversation onto the desk. `kept`, `steer`: what was typed before, which stays."""
        work = sitting.works.get(ticket)
        if work is None:
            return
        sitting.current = ticket
        if kept.strip():
            work.text, work.typed = kept, True
        work.steer = work.steer or steer[:STEER_CHARS]
        yield {"steer": work.steer}
        if work.draft is None:
            async with aclosing(self.draft(sitting)) as screens:
                async for screen in screens:
                    yield screen
            return
        sitting.begin()
        yield await self.screens.whole(sitting, work, reached="done")

    async def draft(self, sitting: Sitting) -> AsyncGenerator[Screen, None]:
        """A new draft for the conversation on the desk, as it comes. Typed text stays."""
        work = sitting.work
        if work is None:
            return
        run = sitting.begin()
        asking_agent.set(f"desk-{id(sitting)}")
        work.stale = False
        try:
            ticket = work.ticket.model_copy(update={"instruction": work.steer.strip() or None})
            async with aclosing(self.app.drafts(ticket)) as events:
                async for screen in self._told(sitting, work, events):
                    if sitting.run != run:
                        return
                    yield screen
        except PERSON_CAN_MEND as error:
            yield self.screens.noted(work, str(error))
        except Exception:
            log.exception("a draft broke off")
            yield self.screens.noted(work, self.say("desk_broke_off"))

    async def redraft(self, sitting: Sitting, steer: str) -> AsyncGenerator[Screen, None]:
        """Draft again with the agent's steer; the new text replaces what stands there."""
        if sitting.work is not None:
            sitting.work.steer, sitting.work.typed = steer[:STEER_CHARS], False
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

    async def fill(self, sitting: Sitting, given: Mapping[str, str]) -> AsyncGenerator[Screen, None]:
        """Draft again with facts that were missing, as if the customer had said them."""
        work = sitting.work
        known = {slot: " ".join(value.split()) for slot, value in given.items() if value.strip()}
        if work is None or not known:
            return
        if number := known.pop("order_no", None):
            try:
                order = self.app.order(work.ticket.shop or sitting.shop, number)
            except UnknownOrder:
                yield self.screens.noted(work, self.say("desk_unknown_order", order=number))
                return
            work.ticket = work.ticket.model_copy(update={"order": order})
        if known:
            language = work.draft.analysis.language if work.draft else self.language
            said = "; ".join(f"{self.say.ask(slot, language)}: {value}" for slot, value in known.items())
            work.ticket = _with_said(work.ticket, said[:MAX_CHARS], sitting.clock(work))
        if work.pasted:
            yield {"pasted": self.pasted(sitting)}
        async with aclosing(self.draft(sitting)) as screens:
            async for screen in screens:
                yield screen

    async def hear(self, sitting: Sitting, text: str) -> AsyncGenerator[Screen, None]:
        """The customer wrote again: the message joins the conversation, the draft is marked as stale."""
        work = sitting.work
        if work is None or work.draft is None or not text.strip():
            return
        turn = Turn(role="customer", text=text.strip()[:MAX_CHARS], at=sitting.clock(work))
        turns = (*work.ticket.conversation, turn)
        work.ticket = work.ticket.model_copy(update={"conversation": turns, "answer_to": None})
        work.stale, work.ways = True, ()
        if work.pasted:
            yield {"pasted": self.pasted(sitting)}
        yield await self.screens.whole(sitting, work, reached="done")

    async def reword(self, sitting: Sitting, how: str, text: str) -> AsyncGenerator[Screen, None]:
        """The text said another way: by the model, or drafted again with that steer where there is none."""
        work = sitting.work
        if how not in self.choosing.rewritings() or work is None:
            return
        if how in STEERED and self.app.model_for("rewrite") is None:
            screens = self.redraft(sitting, self.say(f"desk_verb_{how}"))
        else:
            screens = self.choosing.reworded(sitting, how, text)
        async with aclosing(screens):
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
        return await self.screens.whole(sitting, work, reached="done")

    # --- the text ----------------------------------------------------------------------------------

    async def typed(self, sitting: Sitting, ticket: str, text: str) -> Screen:
        """The findings and the ledger of what the agent has just written."""
        work = sitting.works.get(ticket)
        if work is None or ticket != sitting.current or work.draft is None:
            return {}
        work.text, work.typed = text, text != work.draft.text
        return await self.screens.checked(work)

    async def finish(
        self, sitting: Sitting, text: str, *, reason: str | None = None, acknowledged: bool = False
    ) -> Screen:
        """Keep what the agent did with the draft: sent as it was, edited, or rejected with a reason."""
        work = sitting.work
        if work is None or work.draft is None:
            return {}
        work.text = text
        examination = await self.screens.examined(work)
        blocked = any(each.severity == "block" for each in examination.findings)
        if reason is None and not text.strip():
            return self.screens.noted(work, self.say("desk_empty_text"))
        if reason is None and blocked and not acknowledged:
            return self.screens.noted(work, self.say("desk_acknowledge_first"))
        kind: OutcomeKind = (
            "rejected" if reason is not None else "sent" if text == work.draft.text else "edited"
        )
        await keep_outcome(self.app, work, kind=kind, reason=reason or "", findings=examination.findings)
        sitting.begin()
        sitting.current = sitting.next_after(work.ticket.id)
        work.outcome = kind
        return {**self.screens.waiting(sitting), "pasted": self.pasted(sitting)}

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
                yield await self.screens.whole(sitting, work, reached="model" if model else "done")
            elif isinstance(event, Token):
                streamed += event.text
                if not work.typed and monotonic() - shown_at > TOKENS_SHOWN_EVERY_S:
                    shown_at = monotonic()
                    yield {"draft": streamed}
            elif isinstance(event, Done) and model:
                self._settle(work, event.draft)
                yield {
                    **await self.screens.whole(sitting, work, reached="done"),
                    **await self.choosing.ways(sitting),
                }

    @staticmethod
    def _settle(work: Work, final: Draft) -> None:
        if work.typed:
            work.offered = final if final.writer == "model" else None
        else:
            work.draft, work.text = final, final.text


def _with_said(ticket: Ticket, text: str, at: datetime) -> Ticket:
    """The ticket with one more message at the end of the burst that is answered."""
    turns, last = ticket.conversation, (ticket.burst or (len(ticket.conversation) - 1,))[-1]
    turn = Turn(role="customer", text=text, at=turns[last].at if turns else at)
    more = (*turns[: last + 1], turn, *turns[last + 1 :])
    return ticket.model_copy(update={"conversation": more, "answer_to": last + 1})
