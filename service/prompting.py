"""A case, written out for a model: the messages, and which source has which number."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from prompts.playbook import Playbook
from prompts.taxonomy import Taxonomy
from prompts.template import Section, Template, render
from retrieval.order import Order
from retrieval.product import Product
from retrieval.snippet import Snippet
from service.analysis import Issue
from service.case import Case
from service.citing import Answer, MarkerStripper, read_answer
from service.draft import Finding
from service.fitting import Fitted, ShownTurn, decisive_keys, estimate_tokens, fit
from service.model import Message

__all__ = ["Answer", "MarkerStripper", "Prompt", "read_answer", "repair_messages", "reply_messages"]

MAX_PROMPT_TOKENS = 6_000
"""Fits every endpoint in use with room for the answer; eight snippets of 350 characters need half of it."""
_LAST_EVENTS = 6
_STRONG = 2
"""Emotion strength from which a playbook's order for strong emotion holds."""
_CHARS_PER_HAN = 3
"""An English reply needs about this many characters for what a Chinese one says in one (P09 limits)."""


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
    names = _names(taxonomy, case.analysis.language) if taxonomy else {}
    inputs = _case_inputs(case, playbooks, names, decision)
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


def _case_inputs(
    case: Case, playbooks: Mapping[str, Playbook], names: Mapping[str, str], decision: str
) -> dict[str, Any]:
    analysis = case.analysis
    issues = [
        _issue(number, issue, case, playbooks.get(issue.intent), names, decision)
        for number, issue in enumerate(analysis.issues, start=1)
    ]
    return _shop_inputs(case) | {
        "now": _clock(case.now, case.now.tzinfo),
        "channel": case.ticket.channel,
        "customer": case.ticket.nickname or "",
        "issues": issues,
        "guides": [guide for issue in issues for guide in issue["guides"]],
        "never": [never for issue in issues for never in issue["never"]],
        "moves": _moves(case, playbooks),
        "emotion": analysis.emotion,
        "strength": analysis.strength,
        "cause": analysis.cause,
        "risks": list(analysis.risks),
        "escalate": analysis.escalation.needed,
        "missing": [names.get(slot, slot) for slot in analysis.missing],
        "facts": [
            {"value": fact.value, "derivation": fact.derivation, "passed": bool(fact.passed)}
            for fact in case.facts
        ],
        "order": _order(case.ticket.order, ZoneInfo(case.shop.timezone)) if case.ticket.order else None,
        "order_line": order_line(case.ticket.order),
        "products": [_product(product) for product in case.products],
        "kind": case.ticket.trigger.kind if case.ticket.trigger else "",
        "note": case.ticket.trigger.note if case.ticket.trigger else "",
    }


def _names(taxonomy: Taxonomy, language: str) -> dict[str, str]:
    asks = {id_: ask.en if language == "en" else ask.zh for id_, ask in taxonomy.asks.items()}
    intents = {id_: kind.means if language == "en" else kind.zh for id_, kind in taxonomy.intents.items()}
    return asks | intents


def _shop_inputs(case: Case) -> dict[str, Any]:
    shop, voice, levels = case.shop, case.shop.voice, case.shop.service_levels
    limits = shop.authority.get(case.role)
    stretch = _CHARS_PER_HAN if case.analysis.language == "en" else 1
    return {
        "shop_name": shop.name or shop.id,
        "agent_name": voice.agent_name,
        "address": voice.address,
        "style": voice.style,
        "emoji": voice.emoji,
        "closing": voice.closing,
        "max_chars": levels.chat_max_chars * stretch,
        "compensation_max": limits.compensation_max if limits else 0,
        "verify_back_min": levels.verify_back_min,
        "supervisor_back_min": levels.supervisor_back_min,
    }


def _issue(
    number: int, issue: Issue, case: Case, book: Playbook | None, names: Mapping[str, str], decision: str
) -> dict[str, Any]:
    told: dict[str, Any] = {
        "number": number,
        "intent": names.get(issue.intent, issue.intent),
        "words": issue.text,
        "when": "",
        "guides": [],
        "offers": [],
        "never": [],
        "follow_up": "",
    }
    if book is None:
        return told
    language = case.analysis.language
    taken = set(decision.split("+"))
    chosen = [each for each in book.decisions if {each.id, f"{book.intent}.{each.id}"} & taken]
    return told | {
        "when": getattr(book.when, language),
        "guides": [getattr(each.guide, language) for each in chosen or book.decisions],
        "offers": [getattr(offer.what, language) for offer in book.offers],
        "never": list(book.never.of(language)),
        "follow_up": getattr(book.follow_up, language),
    }


def _moves(case: Case, playbooks: Mapping[str, Playbook]) -> list[str]:
    book = playbooks.get(case.analysis.issues[0].intent) if case.analysis.issues else None
    if book is None:
        return []
    moves = book.moves.strong if case.analysis.strength >= _STRONG else book.moves.calm
    return [move for move in moves if move != "ask" or case.analysis.missing]


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


def _order(order: Order, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "order_id": order.order_id,
        "status": order.status,
        "items": [
            {
                "name": each.name or each.product_id or "",
                "spec": each.spec,
                "qty": each.qty,
                "paid": each.paid,
            }
            for each in order.items
        ],
        "paid_at": _clock(order.paid_at, zone),
        "promised_ship_by": _clock(order.promised_ship_by, zone),
        "shipped_at": _clock(order.shipped_at, zone),
        "carrier": order.carrier,
        "tracking_no": order.tracking_no,
        "tracking": [
            {"at": _clock(each.at, zone), "place": each.place or "", "event": each.event or ""}
            for each in order.tracking[-_LAST_EVENTS:]
        ],
        "delivered_at": _clock(order.delivered_at, zone),
        "refunds": [
            {name: (value or "") for name, value in each.model_dump().items()} | {"at": _clock(each.at, zone)}
            for each in order.refunds
        ],
        "promises": [{"text": each.text, "due": _clock(each.due, zone)} for each in order.promises_made],
        "notes": order.notes,
    }


def order_line(order: Order | None) -> str:
    """An order in one line: number, status, items; empty if there is none."""
    if order is None:
        return ""
    items = ", ".join(f"{each.name or each.product_id} ×{each.qty}" for each in order.items)
    return " · ".join(part for part in (order.order_id, order.status, items) if part)


def _product(product: Product) -> dict[str, Any]:
    specs = [{"name": name, "value": value} for name, value in product.specs.items()]
    return {"name": product.name, "price": product.price, "specs": specs}


def _steer(case: Case, instruction: str | None) -> str:
    return (case.ticket.instruction if instruction is None else instruction) or ""


def _clock(at: datetime | None, zone: Any) -> str:
    return at.astimezone(zone).strftime("%Y-%m-%d %H:%M") if at else ""
