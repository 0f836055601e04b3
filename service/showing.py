"""A case as the plain values that templates take: words, numbers, lists, nothing that computes."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from prompts.playbook import Playbook
from prompts.taxonomy import Taxonomy
from retrieval.order import Order
from retrieval.product import Product
from service.analysis import Fact, Issue
from service.case import Case

_LAST_EVENTS = 6
_LONGEST_QUOTE = 120
"""Characters of the customer's words repeated beside an issue; the turn itself is shown whole."""
_LONGEST_NOTE = 500
_STRONG = 2
"""Emotion strength from which a playbook's order for strong emotion holds."""
_CHARS_PER_HAN = 3
"""An English reply needs about this many characters for what a Chinese one says in one (P09 limits)."""


def case_inputs(
    case: Case, playbooks: Mapping[str, Playbook], taxonomy: Taxonomy | None, decision: str
) -> dict[str, Any]:
    """Everything a template may say about a case, but its sources and turns."""
    names = _names(taxonomy, case.analysis.language) if taxonomy else {}
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
        "cause": _short(analysis.cause),
        "risks": list(analysis.risks),
        "escalate": analysis.escalation.needed,
        "missing": [names.get(slot, slot) for slot in analysis.missing],
        "facts": [
            {
                "key": fact.key,
                "value": _value(fact, case.now.tzinfo),
                "derivation": fact.derivation,
                "passed": bool(fact.passed),
            }
            for fact in case.facts
        ],
        "order": _order(case.ticket.order, ZoneInfo(case.shop.timezone)) if case.ticket.order else None,
        "order_line": order_line(case.ticket.order),
        "products": [_product(product) for product in case.products],
        "kind": case.ticket.trigger.kind if case.ticket.trigger else "",
        "note": case.ticket.trigger.note if case.ticket.trigger else "",
    }


def _value(fact: Fact, zone: Any) -> str:
    """A fact's value as a person writes it: no time zone, no ISO marks where they can go."""
    if fact.kind == "datetime" and fact.value[-6:-5] in ("+", "-"):
        return _clock(datetime.fromisoformat(fact.value), zone)
    return fact.value.replace("T", " ") if fact.kind == "datetime" else fact.value


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
        "words": _short(issue.text),
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
        "notes": _short(order.notes or "", _LONGEST_NOTE),
    }


def order_line(order: Order | None) -> str:
    """An order in one line: number, status, items; empty if there is none."""
    if order is None:
        return ""
    items = ", ".join(f"{each.name or each.product_id} ×{each.qty}" for each in order.items)
    return " · ".join(part for part in (order.order_id, order.status, items) if part)


def _product(product: Product) -> dict[str, Any]:
    specs = [{"name": name, "value": _short(value)} for name, value in product.specs.items()]
    return {"name": product.name, "price": product.price, "specs": specs}


def _clock(at: datetime | None, zone: Any) -> str:
    return at.astimezone(zone).strftime("%Y-%m-%d %H:%M") if at else ""


def _short(text: str, longest: int = _LONGEST_QUOTE) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"
