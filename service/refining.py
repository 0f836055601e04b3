"""A second look at a message that the rules are unsure of: a model's, held to the taxonomy's words."""

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from prompts.library import Library
from prompts.template import find, render
from retrieval.product import Product
from service.analysis import Analysis, Escalation, Issue
from service.draft import Usage
from service.errors import ModelAnswerUnusable, ModelError
from service.fitting import ShownTurn, estimate_tokens, fit
from service.model import Message, Model, answer
from service.privacy import Masker
from service.showing import order_line
from service.ticket import Ticket, first_problem
from service.understanding import understand
from service.writing import Think

log = logging.getLogger(__name__)

_SURE = 0.9
"""Confidence of an issue that a model named without saying how sure it is."""
_MOST_ISSUES = 6


class _Said(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", str_strip_whitespace=True)


class _SaidIssue(_Said):
    intent: str
    words: str = ""
    confidence: float = Field(default=_SURE, ge=0, le=1)


class _SaidAnalysis(_Said):
    issues: tuple[_SaidIssue, ...] = Field(min_length=1, max_length=_MOST_ISSUES)
    emotion: str = "calm"
    strength: Annotated[int, Field(ge=0, le=3)] = 0
    cause: str = ""
    risks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Refined:
    """What is understood now, and what it cost."""

    analysis: Analysis
    model: str | None = None
    """None if nothing usable was answered: the analysis is as it was."""
    usage: Usage | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refiner:
    """Asks a model about messages that the rules are unsure of."""

    model: Model
    library: Library
    parameters: Mapping[str, Any]
    think: Think
    below: float
    """Confidence of an issue under which the model is asked."""
    max_prompt_tokens: int = 6_000

    def doubts(self, analysis: Analysis) -> bool:
        """Whether a second look is worth its price."""
        return any(issue.confidence < self.below for issue in analysis.issues)

    async def refined(self, ticket: Ticket, analysis: Analysis, products: Sequence[Product]) -> Refined:
        """The model's view in the rules' shape; the rules' own if it fails or leaves the vocabulary."""
        try:
            masker, messages = await self.think(partial(self._asked, ticket, analysis))
            reply = await answer(self.model, messages, parameters=self.parameters)
            said = read_analysis(masker.restore(reply.text), self.library)
        except ModelError as error:
            log.info("analysis not refined: %s", error.kind)
            return Refined(analysis=analysis)
        seen = await self.think(partial(self._merged, ticket, analysis, said, products))
        return Refined(analysis=seen, model=reply.model or self.model.name, usage=reply.usage)

    def _asked(self, ticket: Ticket, analysis: Analysis) -> tuple[Masker, list[Message]]:
        masker = Masker(self.library.rulepacks)
        messages = analysis_messages(
            ticket, analysis, library=self.library, max_tokens=self.max_prompt_tokens
        )
        return masker, [replace(each, text=masker.mask(each.text)) for each in messages]

    def _merged(
        self, ticket: Ticket, analysis: Analysis, said: _SaidAnalysis, products: Sequence[Product]
    ) -> Analysis:
        """The model's issues and feelings; risks and escalation only ever grow."""
        issues = tuple(_issue(each, ticket.question) for each in said.issues)
        again = understand(
            ticket,
            lexicon=self.library.lexicon,
            playbooks=self.library.playbooks,
            products=products,
            issues=issues,
        )
        more = tuple(risk for risk in said.risks if risk not in analysis.risks)
        reasons = tuple(dict.fromkeys((*analysis.escalation.reasons, *again.escalation.reasons, *more)))
        return replace(
            again,
            emotion=said.emotion,
            strength=said.strength,
            cause=said.cause if said.cause in ticket.question else again.cause,
            risks=tuple(dict.fromkeys((*analysis.risks, *again.risks, *more))),
            escalation=Escalation(needed=bool(reasons), reasons=reasons),
        )


def analysis_messages(
    ticket: Ticket, analysis: Analysis, *, library: Library, max_tokens: int
) -> tuple[Message, ...]:
    """What a model is asked about a message; the oldest turns give way if it is too long."""
    template = find(library.templates, "analysis", analysis.language)
    english = analysis.language == "en"
    words = library.taxonomy
    burst = set(ticket.burst)
    turns = tuple(
        ShownTurn(role=turn.role, text=turn.text, answer=index in burst)
        for index, turn in enumerate(ticket.conversation)
    )

    def filled(shown: Sequence[ShownTurn]) -> tuple[Message, ...]:
        sections = render(
            template,
            intents=[
                {"id": id_, "means": kind.means if english else kind.zh}
                for id_, kind in words.intents.items()
                if kind.family != "outreach"
            ],
            emotions=list(words.emotions),
            risks=[
                {"id": id_, "means": kind.means if english else kind.zh} for id_, kind in words.risks.items()
            ],
            slots=[{"id": id_, "means": ask.en if english else ask.zh} for id_, ask in words.asks.items()],
            turns=[{"role": turn.role, "text": turn.text, "answer": turn.answer} for turn in shown],
            order_line=order_line(ticket.order),
            guess=list(analysis.intents),
        )
        return tuple(Message(role=section.role, text=section.text) for section in sections)

    fixed = sum(estimate_tokens(message.text) for message in filled(()))
    return filled(fit((), turns, decisive=frozenset(), budget=max_tokens - fixed).turns)


def read_analysis(text: str, library: Library) -> _SaidAnalysis:
    """A model's answer, held to the taxonomy. Raises ModelAnswerUnusable naming what does not fit."""
    start, end = text.find("{"), text.rfind("}")
    try:
        said = _SaidAnalysis.model_validate(json.loads(text[start : end + 1]))
    except ValidationError as error:
        raise _unusable(first_problem(error)) from error
    except (json.JSONDecodeError, RecursionError) as error:
        raise _unusable("no JSON object") from error
    words = library.taxonomy
    named = (
        ("intent", {each.intent for each in said.issues}, words.intents),
        ("emotion", {said.emotion}, words.emotions),
        ("risk", set(said.risks), words.risks),
    )
    for what, labels, known in named:
        if unknown := labels - set(known):
            raise _unusable(f"{what} {min(unknown)!r} is not in the taxonomy")
    return said


def _issue(said: _SaidIssue, question: str) -> Issue:
    """The issue where its words stand; over the whole message if they are not the customer's."""
    start = question.find(said.words) if said.words else -1
    span = (start, start + len(said.words)) if start >= 0 else (0, len(question))
    return Issue(intent=said.intent, confidence=said.confidence, span=span, text=question[slice(*span)])


def _unusable(what: str) -> ModelAnswerUnusable:
    return ModelAnswerUnusable(f"analysis: {what}", kind="malformed")
