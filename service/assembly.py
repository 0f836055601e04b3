"""The composition root: the one place where settings become working parts."""

import asyncio
import uuid
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from importlib.metadata import version
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from prompts.library import Library, load_library
from prompts.template import find
from retrieval.snippet import Snippet
from service import drafting
from service.case import Case
from service.checks import Examination
from service.draft import Draft, Provenance
from service.drafting import Desk, Request
from service.edge import FairQueue, Guard, asking_agent
from service.edge.usable import warm
from service.endpoints import Purpose
from service.event import Done, Event
from service.model import Message, Model
from service.models import Models
from service.observing import Observer, watched
from service.observing.logs import log_draft
from service.preparing import prepare, prepare_given
from service.privacy import Masker
from service.prompting import MAX_PROMPT_TOKENS, reply_messages
from service.refining import Refiner
from service.rewriting import Rewriting, rewrite
from service.shelves import Shelves
from service.store import Store
from service.summarising import Note, note_of
from service.ticket import Ticket, Turn
from service.writing import Pen, check

T = TypeVar("T")
WAIT_S = 5.0
"""Seconds a server's draft may wait for its turn."""
PATIENCE_S = 60.0
"""Seconds after which a draft that was let in gives up waiting all the same."""
DRAIN_REST_S = 3.0
"""Seconds beyond `drain_s` in which drafts that were cut short are checked and stored."""
THINKERS = 2
"""Threads that understand, compose and check: more would only wait for one another."""


@dataclass
class Warmline(Shelves):
    """The program, assembled. Parts are made when first needed and closed by `close`."""

    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    new_id: Callable[[], str] = lambda: uuid.uuid4().hex
    queue: FairQueue | None = None
    """A server's: so many drafts at once, fairly between agents."""
    observers: list[Observer] = field(default_factory=lambda: [log_draft])
    """Told of every draft."""

    @cached_property
    def library(self) -> Library:
        """Everything under `prompts/`."""
        return load_library(cache=self.settings.home / "learned")

    @cached_property
    def store(self) -> Store:
        """Where drafts and outcomes are kept."""
        from service.adapters.sql_store import open_store

        return open_store(self.settings.store_url)

    @cached_property
    def models(self) -> Models | None:
        """Every model of the settings, or None when the composer writes alone."""
        settings = self.settings
        if settings.plan is None:
            return None
        cache = settings.home / "answers.db" if settings.answer_cache else None
        return Models(settings.plan, key_of=settings.key_of, cache=cache)

    @property
    def model(self) -> Model | None:
        """The model that drafts are asked of."""
        return self.model_for("draft")

    def model_for(self, purpose: Purpose) -> Model | None:
        """The model that is asked for this purpose."""
        return self.models.of(purpose) if self.models else None

    def _parameters(self, purpose: Purpose) -> Mapping[str, Any]:
        return self.models.plan.use(purpose).parameters if self.models else {}

    @cached_property
    def _thinkers(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(max_workers=THINKERS, thread_name_prefix="warmline-think")

    async def think(self, work: Callable[[], T], /) -> T:
        """The result of pure work, done aside: a server's streams and refusals do not wait for it."""
        return await asyncio.get_running_loop().run_in_executor(self._thinkers, work)

    def require_model_and_template(self) -> None:
        """Raise SettingsError or UnknownTemplate now, in one line, if a draft could not use them later."""
        find(self.library.templates, self.settings.template, "zh")
        if self.settings.plan:
            from service.adapters.endpoint import require_any

            require_any(
                [(each, self.settings.key_of(each)) for each in self.settings.plan.asked_for("draft")]
            )

    @cached_property
    def desk(self) -> Desk:
        """What drafting works with."""
        return Desk(
            library=self.library,
            store=self.store,
            pen=self._pen,
            refiner=self._refiner,
            clock=self.clock,
            new_id=self.new_id,
            version=version("warmline"),
            knowledge_of=self.knowledge,
            think=self.think,
        )

    @property
    def _pen(self) -> Pen | None:
        if self.model is None:
            return None
        return Pen(
            model=self.model,
            library=self.library,
            guard=self.guard,
            parameters=self._parameters("draft"),
            think=self.think,
            max_prompt_tokens=self.models.plan.use("draft").max_prompt_tokens
            if self.models
            else MAX_PROMPT_TOKENS,
        )

    @property
    def _refiner(self) -> Refiner | None:
        model = self.model_for("analysis")
        if model is None or self.settings.refine_below <= 0:
            return None
        return Refiner(
            model=model,
            library=self.library,
            parameters=self._parameters("analysis"),
            think=self.think,
            below=self.settings.refine_below,
        )

    @cached_property
    def guard(self) -> Guard:
        """What a model's answer is held against; it remembers every template's words, so it is made once."""
        folding = self.library.rulepacks.folding
        return Guard(
            words=self.library.answers,
            templates=tuple(self.library.templates.values()),
            fold=lambda text: folding.fold(text).text,
        )

    def warm(self, shop: str | None = None) -> None:
        """Do now what the first draft of a shop would otherwise wait for."""
        knowledge = self.knowledge(shop)
        turn = Turn(role="customer", text=knowledge.shop.name or knowledge.shop.id)
        self.case(Ticket(id="warm", shop=shop, now=self.clock(), conversation=(turn,)))
        if self.models:
            warm(self.guard)

    def drafts(self, ticket: Ticket, request: Request | None = None) -> AsyncGenerator[Event, None]:
        """The events of one draft. Raises what a person can mend before the first event.

        In a server it waits for its turn: raises ModelUnavailable (`overloaded`) if there is none.
        """
        made = drafting.draft(ticket, desk=self.desk, request=request or self.request())
        return watched(made if self.queue is None else self._in_turn(made), ticket, self.observers)

    async def _in_turn(self, events: AsyncGenerator[Event, None]) -> AsyncGenerator[Event, None]:
        assert self.queue is not None
        agent = asking_agent.get()
        # Who would wait too long hears it at once; who was let in to wait is not sent away later.
        if refusal := self.queue.refusal(agent, wait_s=WAIT_S):
            raise refusal
        async with self.queue.turn(agent, wait_s=PATIENCE_S), aclosing(events):
            async for event in events:
                yield event

    async def drain(self) -> None:
        """Let no draft in any more, and wait until those under way are done or cut short."""
        if self.models:
            self.models.stop(within_s=self.settings.drain_s)
        if self.queue:
            with suppress(TimeoutError):
                await asyncio.wait_for(self.queue.drain(), self.settings.drain_s + DRAIN_REST_S)

    def request(self, **given: Any) -> Request:
        """A request with the settings' template and role, where none is given."""
        defaults = {"template": self.settings.template, "role": self.settings.role}
        return Request(**{**defaults, **{name: value for name, value in given.items() if value is not None}})

    async def draft(self, ticket: Ticket, request: Request | None = None) -> Draft:
        """The finished draft of a ticket."""
        final: Draft | None = None
        async for event in self.drafts(ticket, request):
            if isinstance(event, Done):
                final = event.draft
        assert final is not None
        return final

    def candidates(self, ticket: Ticket, count: int) -> list[Draft]:
        """The composer's drafts that differ by decision, best first; fewer if the playbook has fewer."""
        case = self.case(ticket)
        made: dict[str, Draft] = {}
        for candidate in range(count):
            draft = drafting.instant_draft(
                case,
                library=self.library,
                draft_id=self.new_id(),
                provenance=Provenance(warmline=version("warmline")),
                request=self.request(candidate=candidate),
            )
            made.setdefault(draft.provenance.decision, draft)
        return list(made.values())

    def case(
        self,
        ticket: Ticket,
        *,
        snippets: Sequence[Snippet] | None = None,
        role: str | None = None,
        also: str = "",
    ) -> Case:
        """All that is known about a ticket; with `snippets`, they are its only sources."""
        role = role or self.settings.role
        if snippets is None:
            knowledge = self.knowledge(ticket.shop)
            return prepare(ticket, knowledge=knowledge, library=self.library, role=role, also=also)
        return prepare_given(
            ticket,
            snippets=snippets,
            shop=self.shop_or_defaults(ticket.shop),
            library=self.library,
            role=role,
        )

    def examine(
        self,
        text: str,
        ticket: Ticket,
        snippets: Sequence[Snippet] | None = None,
        *,
        role: str | None = None,
    ) -> Examination:
        """The findings and the ledger of any text, also a human's."""
        return check(text, self.case(ticket, snippets=snippets, role=role, also=text), self.library)

    async def rewrite(self, text: str, how: str, *, shop: str | None = None) -> Rewriting:
        """The text said another way. Raises ServiceError."""
        known = self.knowledge(shop).shop
        return await rewrite(
            text,
            how=how,
            model=self.model_for("rewrite"),
            templates=self.library.templates,
            rulepacks=self.library.rulepacks,
            guard=self.guard,
            today=self.clock().astimezone(ZoneInfo(known.timezone)).date(),
            parameters=self._parameters("rewrite"),
            style=known.voice.style,
            shop=known.id,
        )

    async def summary(self, ticket: Ticket) -> Note:
        """The hand-over note of a conversation."""
        return await note_of(
            self.case(ticket),
            library=self.library,
            model=self.model_for("summary"),
            guard=self.guard,
            parameters=self._parameters("summary"),
        )

    def prompt(self, ticket: Ticket, template: str) -> tuple[Message, ...]:
        """What a model would be sent for a ticket, personal data masked. Raises UnknownTemplate."""
        case = self.case(ticket)
        prompt = reply_messages(
            case,
            template=find(self.library.templates, template, case.analysis.language),
            playbooks=self.library.playbooks,
            taxonomy=self.library.taxonomy,
        )
        masker = Masker(self.library.rulepacks)
        return tuple(replace(each, text=masker.mask(each.text)) for each in prompt.messages)

    async def close(self) -> None:
        """Give back what was opened."""
        if models := self.__dict__.get("models"):
            await models.aclose()
        if "store" in self.__dict__:
            await self.store.close()
