"""When the events of an order happened, in the shop's time zone, and what is true of the case."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from retrieval.order import Order
from retrieval.product import Product
from retrieval.shop import Shop
from service.analysis import Analysis
from service.facts.reading import LEVEL
from service.facts.vocabulary import Condition, anchor_finder, any_of, vocabulary
from service.ticket import Ticket


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """An event of the order, and the field that says so."""

    at: datetime
    field: str


def timeline(order: Order | None, shop: Shop) -> dict[str, Moment]:
    """The known anchor events (ids of `words.yaml` anchors) of an order."""
    if order is None:
        return {}
    zone = ZoneInfo(shop.timezone)
    found: dict[str, Moment] = {}
    for anchor, field in (("paid", "paid_at"), ("shipped", "shipped_at"), ("delivered", "delivered_at")):
        moment: datetime | None = getattr(order, field)
        if moment:
            found[anchor] = Moment(at=moment.astimezone(zone), field=f"order.{field}")
    last = order.last_event
    if last and last.at:
        found["last_scan"] = Moment(at=last.at.astimezone(zone), field="order.tracking")
    found.update(_returning(order, zone))
    return found


def _returning(order: Order, zone: ZoneInfo) -> dict[str, Moment]:
    found: dict[str, Moment] = {}
    dated = [(index, refund) for index, refund in enumerate(order.refunds) if refund.at]
    if dated:
        index, refund = dated[-1]
        if refund.at:
            moment = Moment(at=refund.at.astimezone(zone), field=f"order.refunds[{index}].at")
            found["requested"] = moment
            if not any(word in (refund.state or "").lower() for word in vocabulary().pending):
                found.update(approved=moment, refunded=moment)
    for event in order.tracking:
        if event.at and event.event and "received_back" in anchor_finder().names(event.event):
            found["received_back"] = Moment(at=event.at.astimezone(zone), field="order.tracking")
    return found


def truths(
    ticket: Ticket, analysis: Analysis, *, text: str = "", products: Sequence[Product] = ()
) -> dict[str, bool]:
    """What is known about each condition: true, false, or absent when nothing is known.

    `text` is what the customer says of the matter (default: the whole message).
    """
    said = text or ticket.question
    goods = _goods(ticket, analysis, products)
    known: dict[str, bool] = {}
    for name, condition in vocabulary().conditions.items():
        answer = _truth(condition, said, goods, ticket)
        if answer is not None:
            known[name] = answer
    for name, condition in vocabulary().conditions.items():
        if known.get(name):
            for other in condition.against:
                known.setdefault(other, False)
    level = _level(ticket)
    if level:
        known[f"={level}"] = True
    return known


def truth_of(known: Mapping[str, bool], name: str) -> bool | None:
    """Whether a condition is known to be true or false; member levels are held against the customer's."""
    if not name.startswith(LEVEL):
        return known.get(name)
    held = [key.removeprefix("=") for key in known if key.startswith("=")]
    if not held:
        return None
    wanted = name.removeprefix(LEVEL).split("|")
    return any(each in level or level in each for each in wanted for level in held)


def _level(ticket: Ticket) -> str:
    for person in (ticket.customer, ticket.order.customer if ticket.order else None):
        if person and person.member_level:
            return person.member_level
    return ""


def _goods(ticket: Ticket, analysis: Analysis, products: Sequence[Product]) -> str:
    """Names of what the case is about; its category only if that is a plain one (`fruit`)."""
    items = ticket.order.items if ticket.order else ()
    meant = [product for product in products if product.id in analysis.product_ids]
    names = [
        *(f"{item.name or ''} {item.spec or ''}" for item in items),
        *(product.name for product in meant),
    ]
    names += [product.category for product in meant if len(product.category) <= _PLAIN_CATEGORY]
    return " ".join(names)


def _truth(condition: Condition, said: str, goods: str, ticket: Ticket) -> bool | None:
    order = ticket.order
    if condition.late and _pattern(condition.customer).search(said):
        return True
    if condition.late:
        due = order.promised_ship_by if order and order.status == "paid" else None
        return due <= ticket.now if due else None
    if condition.status and order and order.status in _AFTER_SALE:
        return (order.shipped_at is None) == ("paid" in condition.status)
    if condition.status:
        return ticket.order.status in condition.status if ticket.order else None
    methods = [refund.method for refund in ticket.order.refunds if refund.method] if ticket.order else []
    if condition.method and methods:
        return any(word in methods[-1].lower() for word in condition.method)
    if condition.not_customer and _pattern(condition.not_customer).search(said):
        return False
    if condition.customer and _pattern(condition.customer).search(said):
        return True
    if condition.product:
        if any(word in goods for word in condition.product):
            return True
        return False if goods.strip() else None
    return None


_PLAIN_CATEGORY = 4
_AFTER_SALE = frozenset({"returning", "refunding", "refunded", "closed"})
"""Statuses that an order can reach before and after it was shipped."""


@lru_cache(maxsize=500)
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    return any_of(words)


def holds(conditions: frozenset[str], known: Mapping[str, bool]) -> bool:
    """Whether none of the conditions is known to be false; a member level must be known to be true."""
    truths = {name: truth_of(known, name) for name in conditions}
    return all(truth or (truth is None and not name.startswith(LEVEL)) for name, truth in truths.items())
