"""Asking the judge: one criterion, one draft, critique first, the draft between random delimiters."""

import hashlib
import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from eval.judging.criterion import Criterion
from eval.limiting import Limiter, patiently
from eval.metrics.score import Score
from eval.scenario import Scenario
from prompts.template import Template, find, render
from service.analysis import Language
from service.edge.caching import AnswerStore, cache_key
from service.errors import ModelAnswerUnusable, ModelUnavailable
from service.model import Message, Model, Reply, answer

PARSER_VERSION = 1
PARAMETERS: Mapping[str, Any] = {
    "temperature": 0,
    "max_tokens": 600,
    "response_format": {"type": "json_object"},
}


class Opinion(BaseModel):
    """What a judge says, exactly in this shape."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    critique: str
    quote: str = ""
    verdict: Literal["pass", "fail", "cannot_judge"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exhibit:
    """A draft to be judged, with what the judge may hold it against."""

    scenario: Scenario
    reply: str
    language: Language = "zh"
    order_line: str = ""
    sources: Sequence[Mapping[str, Any]] = ()
    """Each with number, heading, text."""
    facts: Sequence[Mapping[str, Any]] = ()
    """Each with value, derivation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """A model with the judge's prompt."""

    model: Model
    templates: Mapping[str, Template]
    parameters: Mapping[str, Any] = field(default_factory=lambda: dict(PARAMETERS))
    new_delimiter: Callable[[], str] = lambda: f"=-={secrets.token_hex(8)}=-="
    """Random per call, so that no draft can close it."""
    limiter: Limiter = field(default_factory=lambda: Limiter(most=16))
    answers: AnswerStore | None = None
    """Where verdicts are kept; None: every one is asked for anew."""

    def fingerprint(self, criterion: Criterion) -> str:
        """What a certificate is keyed by: model, endpoint, parameters, prompt, criterion, parser."""
        parts = [
            self.model.name,
            self.model.endpoint,
            json.dumps(dict(self.parameters), sort_keys=True),
            *(find(self.templates, "judge", language).hash for language in ("zh", "en")),
            criterion.hash,
            str(PARSER_VERSION),
        ]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]

    def messages(self, exhibit: Exhibit, criterion: Criterion) -> tuple[Message, ...]:
        """What the judge is sent."""
        question = criterion.question(exhibit.language)
        sections = render(
            find(self.templates, "judge", exhibit.language),
            criterion=question.criterion,
            passes_when=question.passes_when,
            fails_when=question.fails_when,
            delimiter=self.new_delimiter(),
            reply=exhibit.reply,
            **background(exhibit),
        )
        return tuple(Message(role=section.role, text=section.text) for section in sections)

    async def score(self, exhibit: Exhibit, name: str, criterion: Criterion, *, repeat: int = 0) -> Score:
        """The score of one criterion: 1 or 0, or a status that says why there is none."""
        metric = f"judge.{name}"
        key = self._key(exhibit, criterion, repeat)
        if self.answers and (kept := self.answers.get(key)):
            return read_opinion(metric, str(kept["text"]))
        try:
            reply = await self.ask(self.messages(exhibit, criterion))
        except (ModelUnavailable, ModelAnswerUnusable) as error:
            return Score(metric=metric, status="judge_error", reason=str(error))
        score = read_opinion(metric, reply.text)
        if self.answers and score.status != "judge_invalid":
            self.answers.put(key, {"text": reply.text, "model": reply.model})
        return score

    async def ask(self, messages: Sequence[Message]) -> Reply:
        """The model's whole answer. Raises ModelError."""
        reply, _ = await patiently(
            lambda: answer(self.model, messages, parameters=self.parameters), self.limiter
        )
        return reply

    async def ask_kept(self, messages: Sequence[Message]) -> str:
        """The model's whole answer, or the kept one to the same words. Raises ModelError."""
        key = cache_key(self.model, messages, self.parameters)
        if self.answers and (kept := self.answers.get(key)):
            return str(kept["text"])
        reply = await self.ask(messages)
        if self.answers:
            self.answers.put(key, {"text": reply.text, "model": reply.model})
        return reply.text

    def _key(self, exhibit: Exhibit, criterion: Criterion, repeat: int) -> str:
        """Everything a verdict depends on; the delimiter, drawn anew for every call, is not among it."""
        asked = [
            self.fingerprint(criterion),
            exhibit.language,
            background(exhibit),
            exhibit.reply,
            repeat,
        ]
        canonical = json.dumps(asked, ensure_ascii=False, sort_keys=True, default=str)
        return hashlib.sha256(canonical.encode()).hexdigest()


def background(exhibit: Exhibit) -> dict[str, Any]:
    """What a judge may hold a draft against, as templates name it."""
    return {
        "now": str(exhibit.scenario.now),
        "order_line": exhibit.order_line,
        "sources": list(exhibit.sources),
        "facts": list(exhibit.facts),
        "turns": _turns(exhibit.scenario),
    }


def read_opinion(metric: str, text: str) -> Score:
    """The score that a judge's answer amounts to; what is not exactly the asked shape is invalid."""
    try:
        opinion = Opinion.model_validate_json(text.strip())
    except ValidationError:
        return Score(metric=metric, status="judge_invalid", reason=f"not the asked JSON: {text[:80]!r}")
    if not opinion.critique.strip():
        return Score(metric=metric, status="judge_invalid", reason="a verdict without a critique")
    if opinion.verdict == "cannot_judge":
        return Score(metric=metric, status="n/a", reason=opinion.critique)
    return Score(metric=metric, value=1.0 if opinion.verdict == "pass" else 0.0, reason=opinion.critique)


def _turns(scenario: Scenario) -> list[dict[str, Any]]:
    customers = [at for at, turn in enumerate(scenario.conversation) if turn.role == "customer"]
    last = customers[-1] if customers else -1
    return [
        {"role": turn.role, "text": turn.text, "answer": at == last}
        for at, turn in enumerate(scenario.conversation)
    ]
