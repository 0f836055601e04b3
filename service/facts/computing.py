"""Computing facts: policy rules applied to the order's timeline."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from retrieval.product import Product
from retrieval.shop import Shop
from retrieval.snippet import Hit
from service.analysis import Analysis, Fact
from service.facts.measure import durations, period
from service.facts.reading import clamp, rules
from service.facts.rule import Rule
from service.facts.sentence import Sentence
from service.facts.timeline import Moment, holds, timeline, truths
from service.facts.vocabulary import vocabulary
from service.facts.workdays import deadline, workdays
from service.ticket import Ticket

_CENT = Decimal("0.01")
_SHIFT_MIN = 8 * 60
"""Longer waits than a working day are counted by the clock."""


def compute(
    ticket: Ticket,
    analysis: Analysis,
    hits: Sequence[Hit],
    shop: Shop,
    *,
    products: Sequence[Product] = (),
) -> tuple[Fact, ...]:
    """Every deadline and amount that the hits' sentences and the order decide.

    `products`: the catalogue, for the warranty that an entry states. A rule whose conditions are known to
    be false, or whose anchor event has no date, makes no fact.
    """
    known = truths(ticket, analysis)
    events = timeline(ticket.order, shop)
    now = ticket.now.astimezone(ZoneInfo(shop.timezone))
    found: list[Fact] = []
    for hit in hits:
        if hit.snippet.kind == "product" and not set(hit.snippet.applies_to) & set(analysis.product_ids):
            continue
        for rule in rules(hit.snippet):
            if holds(rule.conditions, known):
                found += _applied(rule, events, ticket, now)
    found += _warranties(products, analysis, events, now)
    found += _order_facts(ticket, events, now)
    found += service_facts(shop, now)
    return tuple(_distinct(found))


def _warranties(
    products: Sequence[Product], analysis: Analysis, events: Mapping[str, Moment], now: datetime
) -> Iterator[Fact]:
    """Until when the one product meant is under the warranty that its catalogue entry states."""
    event = events.get("delivered")
    meant = [product for product in products if product.id in analysis.product_ids[:1]]
    names = vocabulary().goods.columns["warranty"]
    for product in meant if event else ():
        stated = next((value for name, value in product.specs.items() if name.lower() in names), "")
        found = durations(stated)
        if len(found) >= 1 and found[0].low == found[0].high and event:
            end = deadline(event.at, found[0].high, found[0].unit)
            last = (end - timedelta(days=1)).date()
            yield Fact(
                key="product.warranty_until",
                kind="date",
                value=last.isoformat(),
                derivation=f"{event.field} {event.at:%m-%d} + {stated} → {last} 24:00 ({product.id})",
                sources=(f"product-{product.id}", event.field),
                passed=end <= now,
            )


def fact_key(rule: Rule) -> str:
    """The name of a rule's fact: `return:no_reason.until`, `dispatch.due`, `compensation.amount`."""
    marks = "".join(f":{name}" for name in sorted(rule.conditions) if ":" not in name)
    marks = ":".join(marks.split(":")[:2])
    if rule.kind in {"percent", "money"}:
        return f"{rule.topic}{marks}.amount"
    who = vocabulary().topics[rule.topic].who if rule.topic else "customer"
    return f"{rule.topic}{marks}.{'until' if who == 'customer' else 'due'}"


def _applied(rule: Rule, events: Mapping[str, Moment], ticket: Ticket, now: datetime) -> Iterator[Fact]:
    event = events.get(rule.anchor)
    if rule.kind == "window" and rule.topic and rule.duration and event and _valid(rule, events):
        if rule.duration.low != rule.duration.high and vocabulary().topics[rule.topic].who == "customer":
            return  # a right "of one to two years" is decided elsewhere
        end = deadline(event.at, rule.duration.high, rule.duration.unit, inclusive=rule.inclusive)
        yield _deadline_fact(rule, event, end, now, f"+ {rule.said}")
    elif rule.kind == "cutoff" and rule.cutoff and event and _valid(rule, events):
        yield _cutoff_fact(rule, event, now)
    elif rule.kind == "percent" and rule.topic == "compensation" and ticket.order:
        yield from _percent_fact(rule, ticket)


def in_period(sentence: Sentence, paid: date | None) -> bool | None:
    """Whether an order paid on that day falls into the dates a sentence names; None if it names none."""
    if paid is None:
        return None
    named = period(f"{sentence.lead} {sentence.text}", near=paid)
    return None if named is None else named.start <= paid <= named.end


def _valid(rule: Rule, events: Mapping[str, Moment]) -> bool:
    paid = events.get("paid")
    return in_period(rule.sentence, paid.at.date() if paid else None) is not False


def _deadline_fact(rule: Rule, event: Moment, end: datetime, now: datetime, how: str) -> Fact:
    exact = rule.duration is not None and rule.duration.unit in {"hour", "minute"}
    shown = f"{end:%m-%d %H:%M}" if exact else f"{end - timedelta(days=1):%m-%d} 24:00"
    return Fact(
        key=fact_key(rule),
        kind="datetime" if exact else "date",
        value=end.isoformat(timespec="minutes") if exact else (end - timedelta(days=1)).date().isoformat(),
        derivation=f"{event.field} {event.at:%m-%d %H:%M} {how} → {shown} ({rule.sentence.snippet})",
        sources=(rule.sentence.snippet, event.field),
        passed=end <= now,
    )


def _cutoff_fact(rule: Rule, event: Moment, now: datetime) -> Fact:
    """The day by which an order paid before (or after) the cut-off is due."""
    calendar = workdays()
    day = event.at.date()
    weekdays_only = any(word in rule.sentence.text for word in vocabulary().units["workday"])
    late = event.at.time() >= (rule.cutoff or time.max)
    if late or (weekdays_only and not calendar.is_workday(day)):
        day = calendar.after(day, 1) if weekdays_only else day + timedelta(days=1)
    end = datetime.combine(day + timedelta(days=1), time(), event.at.tzinfo)
    return _deadline_fact(rule, event, end, now, f"({rule.said})")


def _percent_fact(rule: Rule, ticket: Ticket) -> Iterator[Fact]:
    paid = paid_total(ticket)
    if paid is None or rule.percent is None or rule.per_day:
        return
    raw = paid * rule.percent / 100
    value = clamp(raw, minimum=rule.minimum, maximum=rule.maximum).quantize(_CENT, ROUND_HALF_UP)
    yield Fact(
        key=fact_key(rule),
        kind="money",
        value=f"{value}",
        amount=value,
        derivation=f"{paid} × {rule.percent}% = {raw:.2f} → {value} ({rule.sentence.snippet})",
        sources=(rule.sentence.snippet, "order.items"),
    )


def paid_total(ticket: Ticket) -> Decimal | None:
    """What was really paid for the order's items, if every line says so."""
    items = ticket.order.items if ticket.order else ()
    paid = [item.paid for item in items if item.paid is not None]
    return sum(paid, Decimal(0)) if paid and len(paid) == len(items) else None


def _order_facts(ticket: Ticket, events: Mapping[str, Moment], now: datetime) -> Iterator[Fact]:
    order = ticket.order
    if order is None:
        return
    paid = paid_total(ticket)
    if paid is not None:
        yield Fact(
            key="order.paid_total",
            kind="money",
            value=f"{paid}",
            amount=paid,
            derivation="sum of order.items[].paid",
            sources=("order.items",),
        )
    if order.promised_ship_by:
        due = order.promised_ship_by.astimezone(now.tzinfo)
        yield Fact(
            key="order.ship_by",
            kind="datetime",
            value=due.isoformat(timespec="minutes"),
            derivation=f"order.promised_ship_by {due:%m-%d %H:%M}",
            sources=("order.promised_ship_by",),
            passed=due <= now,
        )
    for key, anchor in (
        ("order.idle_days", "last_scan"),
        ("order.delivered_days", "delivered"),
        ("order.shipped_days", "shipped"),
        ("order.paid_days", "paid"),
    ):
        event = events.get(anchor)
        if event and event.at <= now:
            days = (now.date() - event.at.date()).days
            yield Fact(
                key=key,
                kind="duration",
                value=f"P{days}D",
                derivation=f"{event.field} {event.at:%m-%d} → {now:%m-%d}",
                sources=(event.field,),
            )


def service_facts(shop: Shop, now: datetime) -> Iterator[Fact]:
    """By when the customer hears back, from the shop's service levels and working hours."""
    levels = shop.service_levels
    for key, minutes, name in (
        ("service.verify_by", levels.verify_back_min, "verify_back_min"),
        ("service.supervisor_by", levels.supervisor_back_min, "supervisor_back_min"),
        ("service.follow_up_by", levels.follow_up_h * 60, "follow_up_h"),
    ):
        due = in_working_hours(now, minutes, shop)
        yield Fact(
            key=key,
            kind="datetime",
            value=due.isoformat(timespec="minutes"),
            derivation=f"{now:%m-%d %H:%M} + {minutes} min → {due:%m-%d %H:%M}",
            sources=(f"shop.service_levels.{name}", "shop.working_hours"),
            passed=False,
        )


def in_working_hours(now: datetime, minutes: int, shop: Shop) -> datetime:
    """`now + minutes`, counted from the next opening when the shop is closed, and not past closing."""
    if minutes > _SHIFT_MIN:
        return next_opening(now + timedelta(minutes=minutes), shop).replace(second=0, microsecond=0)
    start = next_opening(now, shop)
    due = start + timedelta(minutes=minutes)
    closing = _closing(start, shop)
    if due > closing:
        due = next_opening(closing, shop) + (due - closing)
    return due.replace(second=0, microsecond=0)


def next_opening(moment: datetime, shop: Shop) -> datetime:
    """The moment itself when the shop is open, otherwise when it opens next."""
    hours = shop.working_hours
    opens = _clock(hours.start)
    for ahead in range(8):
        day = (moment + timedelta(days=ahead)).date()
        if day.isoweekday() not in hours.days:
            continue
        opening = datetime.combine(day, time(), moment.tzinfo) + opens
        if ahead == 0 and opening <= moment < _closing(opening, shop):
            return moment
        if opening > moment:
            return opening
    return moment


def _closing(moment: datetime, shop: Shop) -> datetime:
    start, end = _clock(shop.working_hours.start), _clock(shop.working_hours.end)
    midnight = datetime.combine(moment.date(), time(), moment.tzinfo)
    return midnight + (end if end > start else end + timedelta(days=1))


def _clock(text: str) -> timedelta:
    hour, _, minute = text.partition(":")
    return timedelta(hours=int(hour), minutes=int(minute or 0))


def _distinct(facts: Iterable[Fact]) -> Iterator[Fact]:
    """One fact per key and value, with the sources of all; a second value under one key is `key#2`."""
    found: dict[str, dict[str, Fact]] = {}
    for fact in facts:
        values = found.setdefault(fact.key, {})
        same = values.get(fact.value)
        sources = dict.fromkeys((*same.sources, *fact.sources)) if same else ()
        values[fact.value] = replace(same, sources=tuple(sources)) if same else fact
    for key, values in found.items():
        for number, fact in enumerate(values.values(), 1):
            yield fact if number == 1 else replace(fact, key=f"{key}#{number}")
