"""A long conversation as a hand-over note, so that the customer never has to repeat the story (P06, P19).

A model's note where one is set and does its job, else the composer's.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from prompts.library import Library
from prompts.rulepack import RulePacks
from prompts.template import Template, find, render
from service.case import Case
from service.composing import compose
from service.draft import Usage, Writer
from service.edge.usable import Guard, require_usable
from service.errors import ModelError, ModelUnavailable
from service.fitting import ShownTurn, estimate_tokens, fit
from service.model import Message, Model, Reply, answer
from service.privacy import Masker
from service.prompting import MAX_PROMPT_TOKENS, Prompt, canary_for
from service.showing import order_line

NOTE_CHARS = 400
"""A note that a supervisor reads in half a minute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What the next person reads first."""

    text: str
    writer: Writer
    model: str | None = None
    usage: Usage | None = None
    fallback: str | None = None
    """Why the model's note was not used."""


async def note_of(
    case: Case, *, library: Library, model: Model | None, guard: Guard, parameters: Mapping[str, Any]
) -> Note:
    """The note of a conversation, whether it must be escalated or is just passed on."""
    if model is None:
        return Note(text=composed_note(case, library), writer="composer")
    try:
        reply = await summarise(
            case,
            model=model,
            templates=library.templates,
            rulepacks=library.rulepacks,
            guard=guard,
            parameters=parameters,
        )
    except ModelError as error:
        return Note(text=composed_note(case, library), writer="composer", fallback=str(error))
    return Note(text=reply.text, writer="model", model=reply.model, usage=reply.usage)


def composed_note(case: Case, library: Library) -> str:
    """The composer's hand-over, which it writes for whatever must go to somebody else."""
    passed_on = replace(case.analysis, escalation=replace(case.analysis.escalation, needed=True))
    made = compose(
        replace(case, analysis=passed_on), playbooks=library.playbooks, phrasebook=library.phrasebook
    )
    return made.handover


async def summarise(
    case: Case,
    *,
    model: Model | None,
    templates: Mapping[str, Template],
    rulepacks: RulePacks,
    guard: Guard,
    parameters: Mapping[str, Any],
) -> Reply:
    """The note, with personal data restored.

    Raises ModelUnavailable (`no_model`) without a model: the composer's own hand-over stands then.
    """
    if model is None:
        raise ModelUnavailable(
            "summary: needs a model, and none is set; set OPENAI_BASE_URL and OPENAI_API_KEY",
            kind="no_model",
            retryable=False,
        )
    template = find(templates, "summary", case.analysis.language)
    prompt = summary_prompt(case, template=template)
    masker = Masker(rulepacks)
    messages = [replace(each, text=masker.mask(each.text)) for each in prompt.messages]
    reply = await answer(model, messages, parameters=parameters)
    note = masker.restore(reply.text).strip()
    require_usable(note, prompt=prompt, template=template, language=case.analysis.language, guard=guard)
    return replace(reply, text=note)


def summary_prompt(
    case: Case, *, template: Template, max_chars: int = NOTE_CHARS, max_tokens: int = MAX_PROMPT_TOKENS
) -> Prompt:
    """The messages for a note; the oldest turns give way if the conversation is too long."""
    ticket = case.ticket
    turns = tuple(ShownTurn(role=turn.role, text=turn.text) for turn in ticket.conversation)
    fitted = fit((), turns, decisive=frozenset(), budget=max_tokens)
    shown = range(len(turns) - len(fitted.turns), len(turns))
    canary = canary_for(template, case.shop.id)
    sections = render(
        template,
        canary=canary,
        max_chars=max_chars,
        now=case.now.strftime("%Y-%m-%d %H:%M"),
        order_line=order_line(ticket.order),
        turns=[
            {
                "number": index + 1,
                "role": ticket.conversation[index].role,
                "at": _clock(case, index),
                "text": turn.text,
            }
            for index, turn in zip(shown, fitted.turns, strict=True)
        ],
        promises=[
            {
                "text": each.text,
                "due": each.due.astimezone(case.now.tzinfo).strftime("%m-%d %H:%M") if each.due else "",
            }
            for each in (ticket.order.promises_made if ticket.order else ())
        ],
        reasons=", ".join(case.analysis.escalation.reasons),
    )
    messages = tuple(Message(role=section.role, text=section.text) for section in sections)
    tokens = sum(estimate_tokens(message.text) for message in messages)
    return Prompt(
        messages=messages, sources=(), canary=canary, tokens=tokens, omitted_turns=fitted.omitted_turns
    )


def _clock(case: Case, index: int) -> str:
    at = case.ticket.conversation[index].at
    return at.astimezone(case.now.tzinfo).strftime("%m-%d %H:%M") if at else ""
