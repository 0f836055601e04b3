"""One ticket, one draft: the main line, as a stream of events."""

import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import datetime
from time import perf_counter
from typing import Any

from prompts.library import Library
from prompts.template import find
from service.case import Case
from service.checks import Examination, examine
from service.composing import compose
from service.draft import Citation, Draft, Provenance, Usage
from service.edge import Guard, require_usable
from service.errors import ModelError
from service.event import (
    AnalysisReady,
    Done,
    Event,
    EvidenceReady,
    FindingsReady,
    InstantReady,
    Token,
)
from service.model import Model
from service.preparing import Searchable, prepare
from service.privacy import Masker
from service.prompting import MarkerStripper, Prompt, read_answer, repair_messages, reply_messages
from service.store import Store, StoredDraft
from service.ticket import Ticket
from service.wire import draft_json, event_json

log = logging.getLogger(__name__)

LONGEST_PLACEHOLDER = 40
"""Characters a placeholder of masked personal data can have; nothing longer is held back."""


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
    model: Model | None
    parameters: dict[str, Any]
    """Sampling parameters of a model call."""
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    version: str
    knowledge_of: Callable[[str | None], Any]
    """Shop id → its Knowledge; None: the shop of tickets that name none."""
    guard: Guard
    """What a model's answer is held against before it is a reply at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A text with its citations, before it is checked."""

    text: str
    citations: tuple[Citation, ...]
    provenance: Provenance


async def draft(ticket: Ticket, *, desk: Desk, request: Request) -> AsyncGenerator[Event, None]:
    """The events of one draft: analysis, evidence, instant, token…, findings, done.

    The instant draft comes before any model is asked; a model that fails costs quality, never an answer.
    """
    ms: dict[str, float] = {}
    start = perf_counter()
    # Both are looked up before any work, so that an unknown one is said at once.
    knowledge: Searchable = desk.knowledge_of(ticket.shop)
    find(desk.library.templates, request.template, "zh")
    case = prepare(ticket, knowledge=knowledge, library=desk.library, role=request.role, ms=ms)
    yield AnalysisReady(analysis=case.analysis)
    evidence = EvidenceReady(hits=case.hits, facts=case.facts)
    yield evidence

    provenance = Provenance(
        snippets=tuple(hit.snippet.key for hit in case.hits),
        knowledge=str(getattr(knowledge, "generation", "")),
        warmline=desk.version,
    )
    instant = instant_draft(
        case, library=desk.library, draft_id=desk.new_id(), provenance=provenance, request=request, ms=ms
    )
    ms["instant"] = (perf_counter() - start) * 1000
    instant = replace(instant, ms=dict(ms))
    yield InstantReady(draft=instant)

    final = instant
    if desk.model:
        writing = ModelWriting(case, instant, desk=desk, model=desk.model, template=request.template, ms=ms)
        async with aclosing(writing.tokens()) as tokens:
            async for text in tokens:
                yield Token(text=text)
        final = writing.draft
    yield FindingsReady(findings=final.findings, commitments=final.commitments)

    ms["total"] = (perf_counter() - start) * 1000
    final = replace(final, ms=dict(ms))
    await desk.store.save_draft(
        StoredDraft(
            id=final.id,
            at=desk.clock(),
            shop=knowledge.shop.id,
            ticket=ticket.model_dump(mode="json", exclude_defaults=True),
            draft=draft_json(final),
            evidence=event_json(evidence)[1],
            instant=draft_json(instant) if final is not instant and final.writer == "model" else None,
            idempotency_key=request.idempotency_key,
            body_hash=request.body_hash,
        )
    )
    yield Done(draft=final)


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
    return _finished(
        case,
        Written(
            text=composed.text,
            citations=composed.citations,
            provenance=replace(provenance, decision=composed.decision),
        ),
        examination,
        draft_id=draft_id,
        handover=composed.handover,
        writer="composer",
    )


def check(text: str, case: Case, library: Library) -> Examination:
    """The findings and the ledger of any text."""
    return examine(text, case, rulepacks=library.rulepacks, lexicon=library.lexicon)


class ModelWriting:
    """One model draft in the making: streams what may be shown, then holds the checked draft.

    If the model fails, or its text stays blocked after one repair, the instant draft stands, with the
    reason in its provenance.
    """

    def __init__(
        self, case: Case, instant: Draft, *, desk: Desk, model: Model, template: str, ms: dict[str, float]
    ) -> None:
        self.draft = instant
        self._case, self._instant, self._desk, self._model, self._ms = case, instant, desk, model, ms
        self._language = case.analysis.language
        name = "outreach" if case.ticket.trigger and template == "reply" else template
        self._template = find(desk.library.templates, name, self._language)
        self._masker = Masker(desk.library.rulepacks)
        self._usage = Usage()
        self._resolved = model.name

    async def tokens(self) -> AsyncGenerator[str, None]:
        """Stretches of the draft as they come, markers removed and personal data restored."""
        start = perf_counter()
        library = self._desk.library
        try:
            prompt = reply_messages(
                self._case,
                template=self._template,
                playbooks=library.playbooks,
                taxonomy=library.taxonomy,
                decision=self._instant.provenance.decision,
            )
            answer: list[str] = []
            shown = MarkerStripper()
            held = ""
            async for text in self._ask(prompt):
                self._ms.setdefault("first_token", (perf_counter() - start) * 1000)
                answer.append(text)
                ready, held = whole_placeholders(held + shown.feed(text))
                if ready:
                    yield self._masker.restore(ready)
            if rest := held + shown.finish():
                yield self._masker.restore(rest)
            self.draft = self._examined("".join(answer), prompt)
            if self.draft.blocked:
                self.draft = await self._repaired("".join(answer), self.draft, prompt)
        except ModelError as error:
            log.info("model draft given up: %s", type(error).__name__)
            self.draft = self._fallen_back(str(error))
        self._ms["model"] = (perf_counter() - start) * 1000

    async def _ask(self, prompt: Prompt) -> AsyncGenerator[str, None]:
        messages = [replace(each, text=self._masker.mask(each.text)) for each in prompt.messages]
        async with aclosing(self._model.stream(messages, parameters=self._desk.parameters)) as chunks:
            async for chunk in chunks:
                self._resolved = chunk.model or self._resolved
                if chunk.usage:
                    self._usage = _sum(self._usage, chunk.usage)
                if chunk.text:
                    yield chunk.text

    def _examined(self, answer: str, prompt: Prompt, *, repaired: bool = False) -> Draft:
        read = read_answer(self._masker.restore(answer), prompt.sources)
        library = self._desk.library
        require_usable(
            read.text,
            prompt=prompt,
            template=self._template,
            language=self._language,
            guard=self._desk.guard,
        )
        provenance = replace(
            self._instant.provenance,
            template=self._template.id,
            template_hash=self._template.hash,
            model=self._resolved,
            endpoint=self._model.endpoint,
            parameters=dict(self._desk.parameters),
            usage=self._usage,
            repaired=repaired,
        )
        start = perf_counter()
        examination = check(read.text, self._case, library)
        self._ms["check"] = self._ms.get("check", 0) + (perf_counter() - start) * 1000
        return _finished(
            self._case,
            Written(text=read.text, citations=read.citations, provenance=provenance),
            examination,
            draft_id=self._instant.id,
            handover=self._instant.handover,
            writer="model",
        )

    async def _repaired(self, answer: str, blocked: Draft, prompt: Prompt) -> Draft:
        """One rewrite with the findings as instruction."""
        again = repair_messages(
            prompt,
            self._masker.mask(answer),
            blocked.findings,
            template=find(self._desk.library.templates, "repair", self._language),
            max_chars=self._case.shop.service_levels.chat_max_chars,
        )
        try:
            mended = self._examined("".join([text async for text in self._ask(again)]), prompt, repaired=True)
        except ModelError as error:
            mended = blocked
            log.info("repair given up: %s", type(error).__name__)
        if not mended.blocked:
            return mended
        kinds = ", ".join(dict.fromkeys(each.type for each in mended.findings if each.severity == "block"))
        return self._fallen_back(f"the model's draft was still blocked after one repair ({kinds})")

    def _fallen_back(self, reason: str) -> Draft:
        provenance = replace(self._instant.provenance, fallback=reason, usage=self._usage)
        return replace(self._instant, provenance=provenance)


def whole_placeholders(text: str) -> tuple[str, str]:
    """The text up to a placeholder that is not yet whole, and the rest to hold back."""
    cut = text.rfind("⟨")
    if cut < 0 or "⟩" in text[cut:] or len(text) - cut > LONGEST_PLACEHOLDER:
        return text, ""
    return text[:cut], text[cut:]


def _finished(
    case: Case, written: Written, examination: Examination, *, draft_id: str, handover: str, writer: Any
) -> Draft:
    made = Draft(
        id=draft_id,
        ticket_id=case.ticket.id,
        text=written.text,
        writer=writer,
        analysis=case.analysis,
        citations=written.citations,
        commitments=examination.commitments,
        findings=examination.findings,
        provenance=written.provenance,
        handover=handover,
    )
    return replace(made, status="blocked") if made.blocked else made


def _sum(one: Usage, other: Usage) -> Usage:
    cost = None if one.cost is None and other.cost is None else (one.cost or 0) + (other.cost or 0)
    return Usage(
        input_tokens=one.input_tokens + other.input_tokens,
        output_tokens=one.output_tokens + other.output_tokens,
        cost=cost,
    )
