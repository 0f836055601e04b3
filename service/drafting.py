"""One ticket, one draft: the main line, as a stream of events."""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from time import perf_counter
from typing import Any

from prompts.library import Library
from prompts.template import find
from service.case import Case
from service.composing import compose
from service.draft import Draft, Provenance, Usage
from service.event import (
    AnalysisReady,
    Done,
    Event,
    EvidenceReady,
    FindingsReady,
    InstantReady,
    Token,
)
from service.preparing import Searchable, prepare
from service.refining import Refiner
from service.store import Store, StoredDraft
from service.ticket import Ticket
from service.wire import draft_json, event_json
from service.writing import ModelWriting, Pen, Think, check, finished


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is asked for beside the ticket itself."""

    template: str = "reply"
    role: str = "agent"
    candidate: int = 0
    """Which decision the composer takes: 0 is the best."""
    idempotency_key: str | None = None
    body_hash: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What drafting works with; made once by the composition root."""

    library: Library
    store: Store
    pen: Pen | None
    """None: the composer writes alone."""
    refiner: Refiner | None
    """None: what the rules understand stands."""
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    version: str
    knowledge_of: Callable[[str | None], Any]
    """Shop id → its Knowledge; None: the shop of tickets that name none."""
    think: Think


async def draft(ticket: Ticket, *, desk: Desk, request: Request) -> AsyncGenerator[Event, None]:
    """The events of one draft: analysis, evidence, instant, token…, findings, done.

    The instant draft comes before any model is asked; a model that fails costs quality, never an answer.
    Where a model understood the message better than the rules, the first three come a second time.
    """
    start = perf_counter()
    find(desk.library.templates, request.template, "zh")  # an unknown one is said before any work
    making = _Making(ticket, desk=desk, request=request)
    knowledge: Searchable = await desk.think(partial(desk.knowledge_of, ticket.shop))
    instant = None
    async with aclosing(making.instant(knowledge)) as events:
        async for event in events:
            instant = event.draft if isinstance(event, InstantReady) else instant
            yield event
    assert instant is not None and making.case is not None
    final = instant
    if desk.pen:
        pen = replace(desk.pen, template=request.template)
        writing = ModelWriting(making.case, instant, pen=pen, ms=making.ms)
        async with aclosing(writing.tokens()) as tokens:
            async for text in tokens:
                yield Token(text=text)
        final = writing.draft
    yield FindingsReady(findings=final.findings, commitments=final.commitments)
    making.ms["total"] = (perf_counter() - start) * 1000
    final = replace(final, ms=dict(making.ms))
    await desk.store.save_draft(_stored(making, final, instant, shop=knowledge.shop.id))
    yield Done(draft=final)


class _Making:
    """One draft while it is made: what is understood and found so far."""

    def __init__(self, ticket: Ticket, *, desk: Desk, request: Request) -> None:
        self.ticket, self.desk, self.request = ticket, desk, request
        self.ms: dict[str, float] = {}
        self.case: Case | None = None
        self.evidence = EvidenceReady(hits=(), facts=())
        self._id = desk.new_id()
        self._refined_by: str | None = None
        self._usage: Usage | None = None

    async def instant(self, knowledge: Searchable) -> AsyncGenerator[Event, None]:
        """Analysis, evidence and the instant draft; all three again if a model sees more in the message."""
        start = perf_counter()
        async with aclosing(self._round(knowledge, start)) as events:
            async for event in events:
                yield event
        refiner = self.desk.refiner
        if refiner is None or self.case is None or not refiner.doubts(self.case.analysis):
            return
        refined = await refiner.refined(self.ticket, self.case.analysis, list(knowledge.products.values()))
        self.ms["refine"] = (perf_counter() - start) * 1000 - self.ms["instant"]
        self._usage, self._refined_by = refined.usage, refined.model
        if refined.analysis == self.case.analysis:
            return
        async with aclosing(self._round(knowledge, start, analysis=refined.analysis)) as events:
            async for event in events:
                yield event

    async def _round(self, knowledge: Searchable, start: float, **given: Any) -> AsyncGenerator[Event, None]:
        desk = self.desk
        case = await desk.think(
            partial(
                prepare,
                self.ticket,
                knowledge=knowledge,
                library=desk.library,
                role=self.request.role,
                ms=self.ms,
                **given,
            )
        )
        self.case = case
        yield AnalysisReady(analysis=case.analysis)
        self.evidence = EvidenceReady(hits=case.hits, facts=case.facts)
        yield self.evidence
        provenance = Provenance(
            snippets=tuple(hit.snippet.key for hit in case.hits),
            knowledge=str(getattr(knowledge, "generation", "")),
            warmline=desk.version,
            refined_by=self._refined_by,
            usage=self._usage,
        )
        instant = await desk.think(
            partial(
                instant_draft,
                case,
                library=desk.library,
                draft_id=self._id,
                provenance=provenance,
                request=self.request,
                ms=self.ms,
            )
        )
        self.ms.setdefault("instant", (perf_counter() - start) * 1000)
        yield InstantReady(draft=replace(instant, ms=dict(self.ms)))


def instant_draft(
    case: Case,
    *,
    library: Library,
    draft_id: str,
    provenance: Provenance,
    request: Request,
    ms: dict[str, float] | None = None,
) -> Draft:
    """The composer's draft, checked like any other."""
    ms = {} if ms is None else ms
    start = perf_counter()
    composed = compose(
        case, playbooks=library.playbooks, phrasebook=library.phrasebook, candidate=request.candidate
    )
    ms["compose"] = (perf_counter() - start) * 1000
    start = perf_counter()
    examination = check(composed.text, case, library)
    ms["check"] = (perf_counter() - start) * 1000
    return finished(
        case,
        composed.text,
        composed.citations,
        examination,
        provenance=replace(provenance, decision=composed.decision),
        draft_id=draft_id,
        handover=composed.handover,
        writer="composer",
    )


def _stored(making: _Making, final: Draft, instant: Draft, *, shop: str) -> StoredDraft:
    return StoredDraft(
        id=final.id,
        at=making.desk.clock(),
        shop=shop,
        ticket=making.ticket.model_dump(mode="json", exclude_defaults=True),
        draft=draft_json(final),
        evidence=event_json(making.evidence)[1],
        instant=draft_json(instant) if final.writer == "model" else None,
        idempotency_key=making.request.idempotency_key,
        body_hash=making.request.body_hash,
    )
