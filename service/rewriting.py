"""Rewriting a finished reply in one way, with its facts and commitments held still."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, get_args

from prompts.rulepack import RulePacks
from prompts.template import Template, find, render
from service.analysis import Language
from service.citing import read_answer
from service.draft import Usage
from service.edge.usable import Guard, require_usable, speaks
from service.errors import ModelAnswerUnusable, ModelUnavailable, RewriteRefused
from service.ledger.differences import Difference, differences
from service.model import Message, Model, answer
from service.privacy import Masker
from service.prompting import Prompt, canary_for

TRANSLATE = "translate"
LONGEST = 4_000
"""Characters of a text that is rewritten: ten times a long chat reply."""


@dataclass(frozen=True, slots=True, kw_only=True)
class How:
    """One way to rewrite."""

    verb: str
    """warmer | shorter | formal | clearer | translate"""
    target: Language | None = None
    """The language to translate into."""

    def __str__(self) -> str:
        return f"{self.verb}:{self.target}" if self.target else self.verb


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewriting:
    """A rewritten text, not yet checked like a draft."""

    text: str
    how: How
    lost: tuple[Difference, ...] = ()
    """What binds in the original and is no longer said: shown to the agent."""
    template: str
    model: str | None = None
    usage: Usage | None = None


def ways(templates: Mapping[str, Template]) -> tuple[str, ...]:
    """Every way there is, as it is written: the verbs of the template, and a translation per language."""
    verbs = find(templates, "rewrite", "zh").words["how"]
    return (*verbs, *(f"{TRANSLATE}:{target}" for target in get_args(Language)))


def read_how(written: str, templates: Mapping[str, Template]) -> How:
    """`warmer`, `translate:en`…

    Raises RewriteRefused naming the ways there are.
    """
    known = ways(templates)
    if written not in known:
        raise RewriteRefused(f"how: {written!r} is no way to rewrite; expected {', '.join(known)}")
    verb, _, target = written.partition(":")
    return How(verb=verb, target=target or None)  # type: ignore[arg-type]


async def rewrite(
    text: str,
    *,
    how: str,
    model: Model | None,
    templates: Mapping[str, Template],
    rulepacks: RulePacks,
    guard: Guard,
    today: date,
    parameters: Mapping[str, Any],
    style: str = "",
    shop: str = "",
) -> Rewriting:
    """The text, rewritten by the model; personal data does not leave.

    Raises RewriteRefused for a way or a text that cannot be, ModelUnavailable (`no_model`) without a
    model, and ModelAnswerUnusable (`changed`) if the model adds an amount, date, right or promise.
    """
    way = read_how(how, templates)
    if not text.strip() or len(text) > LONGEST:
        raise RewriteRefused(f"text: expected 1 to {LONGEST} characters to rewrite, got {len(text)}")
    if model is None:
        raise ModelUnavailable(
            f"rewrite {way}: needs a model, and none is set; set OPENAI_BASE_URL and OPENAI_API_KEY, "
            "or edit the text by hand",
            kind="no_model",
            retryable=False,
        )
    language: Language = "en" if speaks(text) == "en" else "zh"
    template = find(templates, "rewrite", language)
    masker = Masker(rulepacks)
    prompt = _prompt(masker.mask(text), way, template, style=masker.mask(style), shop=shop)
    reply = await answer(model, prompt.messages, parameters=parameters)
    said = read_answer(masker.restore(reply.text), ()).text
    require_usable(said, prompt=prompt, template=template, language=way.target or language, guard=guard)
    changed = differences(text, said, rulepacks=rulepacks, today=today)
    if added := [each.value for each in changed if each.change == "added"]:
        raise ModelAnswerUnusable(
            f"rewrite {way}: the model added what the text does not say ({', '.join(added)}); "
            "the text stays as it is",
            kind="changed",
        )
    return Rewriting(
        text=said,
        how=way,
        lost=tuple(each for each in changed if each.change == "lost"),
        template=template.id,
        model=reply.model,
        usage=reply.usage,
    )


def _prompt(text: str, way: How, template: Template, *, style: str, shop: str) -> Prompt:
    canary = canary_for(template, shop)
    sections = render(template, style=style, canary=canary, how=way.verb, target=way.target or "", text=text)
    messages = tuple(Message(role=section.role, text=section.text) for section in sections)
    return Prompt(messages=messages, sources=(), canary=canary, tokens=0)
