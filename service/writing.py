"""One model draft in the making: streamed, held against the guard, checked, repaired once, or given up."""

import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import partial
from time import perf_counter
from typing import Any, Protocol, TypeVar

from prompts.library import Library
from prompts.template import find
from service.case import Case
from service.checks import Examination, examine
from service.draft import Citation, Draft, Provenance, Usage, Writer
from service.edge import Guard, require_usable
from service.edge.deadline import within
from service.errors import ModelError
from service.model import Message, Model
from service.privacy import Masker
from service.prompting import (
    MAX_PROMPT_TOKENS,
    MarkerStripper,
    Prompt,
    read_answer,
    repair_messages,
    reply_messages,
)
from service.replyclock import reply_left_s

log = logging.getLogger(__name__)
T = TypeVar("T")

LONGEST_PLACEHOLDER = 40
"""Characters a placeholder of masked personal data can have; nothing longer is held back."""


class Think(Protocol):
    """Runs a pure function where it holds nobody up."""

    def __call__(self, work: Callable[[], T], /) -> Awaitable[T]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Pen:
    """What a model's draft is written with."""

    model: Model
    library: Library
    guard: Guard
    parameters: Mapping[str, Any]
    think: Think
    template: str = "reply"
    max_prompt_tokens: int = MAX_PROMPT_TOKENS


class ModelWriting:
    """Streams what may be shown, then holds the checked draft.

    If the model fails, or its text stays blocked after one repair, the instant draft stands, with the
    reason in its provenance; what the model had written by then is kept as `partial`, never as the text.
    """

    def __init__(self, case: Case, instant: Draft, *, pen: Pen, ms: dict[str, float]) -> None:
        self.draft = instant
        self._case, self._instant, self._pen, self._ms = case, instant, pen, ms
        self._language = case.analysis.language
        name = "outreach" if case.ticket.trigger and pen.template == "reply" else pen.template
        self._template = find(pen.library.templates, name, self._language)
        self._masker = Masker(pen.library.rulepacks)
        self._usage = instant.provenance.usage or Usage()
        self._resolved, self._endpoint = pen.model.name, pen.model.endpoint
        self._left_s = reply_left_s(case)
        self._began = perf_counter()
        self._shown: list[str] = []

    async def tokens(self) -> AsyncGenerator[str, None]:
        """Stretches of the draft as they come, markers removed and personal data restored."""
        try:
            prompt, messages = await self._pen.think(self._asked)
            answer: list[str] = []
            shown, held = MarkerStripper(), ""
            async for text in self._ask(messages):
                self._ms.setdefault("first_token", self._since_ms())
                answer.append(text)
                ready, held = whole_placeholders(held + shown.feed(text))
                if ready:
                    yield self._show(ready)
            if rest := held + shown.finish():
                yield self._show(rest)
            self.draft = await self._pen.think(partial(self._examined, "".join(answer), prompt))
            if self.draft.blocked:
                self.draft = await self._repaired("".join(answer), self.draft, prompt)
        except ModelError as error:
            self.draft = self._fallen_back(error.kind, str(error))
        self._ms["model"] = self._since_ms()

    def _asked(self) -> tuple[Prompt, list[Message]]:
        library = self._pen.library
        prompt = reply_messages(
            self._case,
            template=self._template,
            playbooks=library.playbooks,
            taxonomy=library.taxonomy,
            decision=self._instant.provenance.decision,
            max_tokens=self._pen.max_prompt_tokens,
        )
        return prompt, self._masked(prompt)

    def _masked(self, prompt: Prompt) -> list[Message]:
        return [replace(each, text=self._masker.mask(each.text)) for each in prompt.messages]

    async def _ask(self, messages: list[Message]) -> AsyncGenerator[str, None]:
        left_s = None if self._left_s is None else max(0.0, self._left_s - self._since_ms() / 1000)
        asked = self._pen.model.stream(messages, parameters=self._pen.parameters)
        async with aclosing(within(asked, limit_s=left_s)) as chunks:
            async for chunk in chunks:
                self._resolved = chunk.model or self._resolved
                self._endpoint = chunk.endpoint or self._endpoint
                if chunk.usage:
                    self._usage += chunk.usage
                if chunk.text:
                    yield chunk.text

    def _show(self, text: str) -> str:
        restored = self._masker.restore(text)
        self._shown.append(restored)
        return restored

    def _examined(self, answer: str, prompt: Prompt, repair_for: tuple[str, ...] = ()) -> Draft:
        """The answer as a checked draft. Raises ModelAnswerUnusable if it is no reply at all."""
        read = read_answer(self._masker.restore(answer), prompt.sources)
        require_usable(
            read.text,
            prompt=prompt,
            template=self._template,
            language=self._language,
            guard=self._pen.guard,
        )
        start = perf_counter()
        examination = check(read.text, self._case, self._pen.library)
        self._ms["check"] = self._ms.get("check", 0) + (perf_counter() - start) * 1000
        return finished(
            self._case,
            read.text,
            read.citations,
            examination,
            provenance=self._provenance(repair_for),
            draft_id=self._instant.id,
            handover=self._instant.handover,
            writer="model",
        )

    def _provenance(self, repair_for: tuple[str, ...]) -> Provenance:
        return replace(
            self._instant.provenance,
            template=self._template.id,
            template_hash=self._template.hash,
            model=self._resolved,
            endpoint=self._endpoint,
            parameters=dict(self._pen.parameters),
            usage=self._usage,
            repaired=bool(repair_for),
            repair_for=repair_for,
        )

    async def _repaired(self, answer: str, blocked: Draft, prompt: Prompt) -> Draft:
        """One rewrite with the findings as instruction; the instant draft if that does not help."""
        start = perf_counter()
        asked_for = _blocking(blocked)
        again = repair_messages(
            prompt,
            self._masker.mask(answer),
            blocked.findings,
            template=find(self._pen.library.templates, "repair", self._language),
            max_chars=self._case.shop.service_levels.chat_max_chars,
        )
        try:
            text = "".join([each async for each in self._ask(self._masked(again))])
            mended = await self._pen.think(partial(self._examined, text, prompt, asked_for))
        except ModelError as error:
            mended, why = blocked, f"and the repair failed: {error}"
        else:
            why = "after one repair"
        self._ms["repair"] = (perf_counter() - start) * 1000
        if not mended.blocked:
            return mended
        kinds = ", ".join(_blocking(mended))
        reason = f"the model's draft was still blocked {why} ({kinds})"
        return self._fallen_back("blocked", reason, repair_for=asked_for, whole=True)

    def _fallen_back(
        self, kind: str, reason: str, *, repair_for: tuple[str, ...] = (), whole: bool = False
    ) -> Draft:
        log.info("model draft given up: %s", kind)
        provenance = replace(
            self._instant.provenance,
            fallback=reason,
            fallback_kind=kind,
            usage=self._usage,
            repair_for=repair_for,
        )
        cut = "" if whole else "".join(self._shown)
        status = "partial" if cut and self._instant.status == "ready" else self._instant.status
        return replace(self._instant, provenance=provenance, partial=cut, status=status)

    def _since_ms(self) -> float:
        return (perf_counter() - self._began) * 1000


def whole_placeholders(text: str) -> tuple[str, str]:
    """The text up to a placeholder that is not yet whole, and the rest to hold back."""
    cut = text.rfind("⟨")
    if cut < 0 or "⟩" in text[cut:] or len(text) - cut > LONGEST_PLACEHOLDER:
        return text, ""
    return text[:cut], text[cut:]


def check(text: str, case: Case, library: Library) -> Examination:
    """The findings and the ledger of any text."""
    return examine(text, case, rulepacks=library.rulepacks, lexicon=library.lexicon)


def finished(
    case: Case,
    text: str,
    citations: tuple[Citation, ...],
    examination: Examination,
    *,
    provenance: Provenance,
    draft_id: str,
    handover: str,
    writer: Writer,
) -> Draft:
    """The parts of a checked draft put together."""
    made = Draft(
        id=draft_id,
        ticket_id=case.ticket.id,
        text=text,
        writer=writer,
        analysis=case.analysis,
        citations=citations,
        commitments=examination.commitments,
        findings=examination.findings,
        provenance=provenance,
        handover=handover,
    )
    return replace(made, status="blocked") if made.blocked else made


def _blocking(draft: Draft) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.type for each in draft.findings if each.severity == "block"))
