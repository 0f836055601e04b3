"""The product's own writer, for a whole suite: it keeps no drafts, and waits and asks again as a run does."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, cast

from eval.ablating import Ablation, Given
from eval.drafting import Drafter
from eval.errors import EvalError
from eval.limiting import Limiter
from eval.suite import read_suite
from service import drafting
from service.assembly import Warmline
from service.draft import Draft
from service.drafting import Desk, Request
from service.event import Done
from service.model import Model
from service.models import Models
from service.settings import Settings
from service.store import Store, StoredDraft
from service.ticket import Ticket
from service.writing import Pen

AT_ONCE = 16
"""Drafts under way in one worker of a cluster."""


class NotKept:
    """A store that forgets: drafts of an evaluation are no agent's."""

    async def save_draft(self, stored: StoredDraft) -> None:
        """Nothing."""


@dataclass(slots=True)
class BulkWriter:
    """An `eval.seams.Writer` that drafts as the product does."""

    desk: Desk
    request: Request
    models: Models | None = None
    knowledge_for: Callable[[Ticket, Any], Any] | None = None
    """What a ticket's writer is given instead of the shop's knowledge: see `eval.ablating`."""

    async def draft(self, ticket: Ticket) -> Draft:
        """The finished draft. Raises ServiceError."""
        desk = self.desk
        if self.knowledge_for:
            known, swap = desk.knowledge_of, self.knowledge_for
            desk = replace(desk, knowledge_of=lambda shop: swap(ticket, known(shop)))
        async for event in drafting.draft(ticket, desk=desk, request=self.request):
            if isinstance(event, Done):
                return event.draft
        raise EvalError(f"{ticket.id}: the writer ended without a draft")

    async def close(self) -> None:
        """Gives connections back."""
        if self.models:
            await self.models.aclose()


def bulk_writer(
    program: Warmline, *, knowledge_for: Callable[[Ticket, Any], Any] | None = None
) -> BulkWriter:
    """The program's writer, for a run."""
    settings, models = program.settings, None
    desk = replace(program.desk, store=cast(Store, NotKept()))
    if settings.plan and desk.pen:
        cache = None if settings.answer_cache is False else settings.home / "answers.db"
        models = Models(settings.plan, key_of=settings.key_of, cache=cache, in_bulk=True)
        desk = replace(desk, pen=replace(desk.pen, model=models.of("draft")))
    return BulkWriter(desk=desk, request=program.request(), models=models, knowledge_for=knowledge_for)


def writer_with(program: Warmline, model: Model) -> BulkWriter:
    """The program's writer with another model: one that records or replays."""
    settings = program.settings
    pen = Pen(
        model=model,
        library=program.library,
        guard=program.guard,
        parameters={"temperature": settings.temperature, "max_tokens": settings.max_tokens},
        think=program.think,
    )
    desk = replace(program.desk, store=cast(Store, NotKept()), pen=pen)
    return BulkWriter(desk=desk, request=program.request())


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How another process makes the same writer: small enough to be sent there."""

    settings: Settings
    shop: str
    given: Given = "real"
    suites: tuple[str, ...] = ()

    def open(self) -> Drafter:
        """The drafter, assembled here."""
        program = Warmline(settings=self.settings)
        swap = None
        if self.given != "real":
            swap = Ablation(self.given, {one.id: one for one in read_suite(*self.suites).scenarios})
        return Drafter(
            writer=bulk_writer(program, knowledge_for=swap),
            shelf=program.knowledge(self.shop),
            limiter=Limiter(most=AT_ONCE),
            fallback_fails=program.model is not None,
        )
