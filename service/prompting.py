"""A case, written out for a model: the messages, and which source has which number."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from prompts.playbook import Playbook
from prompts.taxonomy import Taxonomy
from prompts.template import Section, Template, render
from retrieval.snippet import Snippet
from service.case import Case
from service.citing import Answer, MarkerStripper, read_answer
from service.draft import Finding
from service.fitting import Fitted, ShownTurn, decisive_keys, estimate_tokens, fit
from service.model import Message
from service.showing import case_inputs

__all__ = ["Answer", "MarkerStripper", "Prompt", "read_answer", "repair_messages", "reply_messages"]

MAX_PROMPT_TOKENS = 6_000
"""Fits every endpoint in use with room for the answer; eight snippets of 350 characters need half of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """What a model is sent for one case."""

    messages: tuple[Message, ...]
    sources: tuple[Snippet, ...]
    """Source `[1]` is the first."""
    canary: str
    """A string that only the instructions hold: in an answer it proves a leak."""
    tokens: int
    """Estimated, on the safe side."""
    dropped: tuple[str, ...] = ()
    """Keys of snippets left out for the budget: never one that decides the case."""
    omitted_turns: int = 0
    customer_turns: tuple[str, ...] = ()
    """What the customer said, as shown: a reply that repeats it at length is an echo."""


def reply_messages(
    case: Case,
    *,
    template: Template,
    playbooks: Mapping[str, Playbook],
    taxonomy: Taxonomy | None = None,
    decision: str = "",
    instruction: str | None = None,
    canary: str | None = None,
    max_tokens: int = MAX_PROMPT_TOKENS,
) -> Prompt:
    """The messages for a reply (template `reply`) or an agent's own start (`outreach`).

    `taxonomy` gives intents and asks their names; without it their ids are shown. `decision`: the
    playbook decision ids already taken, joined by `+`; without it all of an intent's are shown.
    `instruction` replaces the ticket's. Raises PromptTooLong if what decides the case alone does not fit.
    """
    secret = canary if canary is not None else canary_for(template, case.shop.id)
    inputs = case_inputs(case, playbooks, taxonomy, decision)
    inputs |= {"canary": secret, "instruction": _steer(case, instruction)}
    fixed = estimate_tokens("".join(section.text for section in _rendered(template, inputs, Fitted())))
    fitted = fit(case.snippets, _turns(case), decisive=decisive_keys(case), budget=max_tokens - fixed)
    messages = tuple(
        Message(role=section.role, text=section.text) for section in _rendered(template, inputs, fitted)
    )
    return Prompt(
        messages=messages,
        sources=fitted.snippets,
        canary=secret,
        tokens=sum(estimate_tokens(message.text) for message in messages),
        dropped=fitted.dropped,
        omitted_turns=fitted.omitted_turns,
        customer_turns=tuple(turn.text for turn in fitted.turns if turn.role == "customer"),
    )


def repair_messages(
    prompt: Prompt, text: str, findings: Sequence[Finding], *, template: Template, max_chars: int
) -> Prompt:
    """The same prompt with the stopped draft and what the checks say about it, for one rewrite.

    `text` is the model's own, with its markers.
    """
    told = [
        {"quote": each.quote, "why": each.why, "replacement": each.fix.replacement if each.fix else ""}
        for each in findings
    ]
    sections = render(template, findings=told, max_chars=max_chars)
    messages = (
        *prompt.messages,
        Message(role="assistant", text=text),
        *(Message(role=section.role, text=section.text) for section in sections),
    )
    tokens = sum(estimate_tokens(message.text) for message in messages)
    return replace(prompt, messages=messages, tokens=tokens)


def canary_for(template: Template, shop: str) -> str:
    """The canary of a template in a shop: the same for every ticket, so that the prefix stays cacheable."""
    return "WL-" + hashlib.sha256(f"{template.hash}/{shop}".encode()).hexdigest()[:12].upper()


def _rendered(template: Template, inputs: Mapping[str, Any], fitted: Fitted) -> tuple[Section, ...]:
    filled = dict(inputs) | {
        "sources": [_source(number, each) for number, each in enumerate(fitted.snippets, start=1)],
        "turns": [{"role": turn.role, "text": turn.text, "answer": turn.answer} for turn in fitted.turns],
        "omitted_turns": fitted.omitted_turns,
    }
    return render(template, **{name: filled[name] for name in template.inputs if name in filled})


def _source(number: int, snippet: Snippet) -> dict[str, Any]:
    start, end = snippet.effective_from, snippet.effective_to
    valid = f"{start or ''} – {end or ''}" if start or end else ""
    return {
        "number": number,
        "kind": snippet.kind,
        "heading": snippet.heading or snippet.id,
        "valid": valid,
        "text": snippet.text,
    }


def _turns(case: Case) -> tuple[ShownTurn, ...]:
    burst = set(case.ticket.burst)
    return tuple(
        ShownTurn(role=turn.role, text=turn.text, answer=index in burst)
        for index, turn in enumerate(case.ticket.conversation)
    )


def _steer(case: Case, instruction: str | None) -> str:
    return (case.ticket.instruction if instruction is None else instruction) or ""
