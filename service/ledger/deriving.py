"""Figures that follow from others: order day plus policy duration, share of the price, price difference."""

from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

from prompts.words import Words
from service.case import Case
from service.facts.workdays import workdays
from service.ledger.mention import Mention
from service.ledger.source import Source, record

MINUTES_PER_DAY = 1440
CENT = Decimal("0.01")
LONGEST_WORKDAYS = 60
"""Longer spans in working days are not counted out."""


def derived(case: Case, known: tuple[Source, ...], words: Words) -> tuple[Source, ...]:
    """Dates and amounts that can be worked out from the sources."""
    return (*_deadlines(case, known, words), *_amounts(case, known))


def _deadlines(case: Case, known: tuple[Source, ...], words: Words) -> Iterator[Source]:
    starts = [
        (source.key, m.low)
        for source in known
        if source.voice == "order"
        for m in source.mentions
        if m.unit == "day"
    ]
    starts = list(dict.fromkeys([*starts, ("now", case.now.date())]))
    order = case.ticket.order
    sent = order is None or order.shipped_at is not None
    for source in known:
        if source.voice not in {"policy", "ours"}:
            continue
        for mention in source.mentions:
            if mention.kind != "duration" or mention.denied:
                continue
            allowed = {f"order.{name}" for name in words.tables["starts"].get(mention.head, "").split()}
            allowed = allowed & {key for key, _ in starts} or ({"now"} if allowed else set())
            if sent and "dispatch" in mention.topics:  # what is sent again counts from today
                allowed |= {"now"}
            for key, start in starts:
                if allowed and key not in allowed:
                    continue
                assert isinstance(start, date)
                mentions = tuple(last_day(start, mention, whole) for whole in {mention.low, mention.high})
                ends = tuple(found for found in mentions if found is not None)
                if ends:
                    yield Source(key=f"{source.key}+{key}", voice="fact", mentions=ends)


def last_day(start: date, duration: Mention, length: object) -> Mention | None:
    """The last day of a period that begins after a day."""
    assert isinstance(length, Decimal)
    if duration.unit == "workday" and length > LONGEST_WORKDAYS:
        return None
    if duration.unit == "workday":
        end = workdays().after(start, int(length))
    elif duration.unit == "month":
        end = add_months(start, int(length))
    else:
        end = start + timedelta(days=min(int(-(-length // MINUTES_PER_DAY)), 3660))
    found = record("date", end, "day")
    return Mention(
        kind="date",
        span=(0, 0),
        low=end,
        high=end,
        unit="day",
        clause=found.clause,
        head=duration.head,
        topics=duration.topics,
        places=duration.places,
        vague=duration.vague,
    )


def add_months(start: date, count: int) -> date:
    """The same day `count` months later, or the month's last."""
    years, month = divmod(start.month - 1 + count, 12)
    year = start.year + years
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))


def _amounts(case: Case, known: tuple[Source, ...]) -> Iterator[Source]:
    paid = {
        m.low
        for s in known
        if s.key.startswith("order.items")
        for m in s.mentions
        if m.kind == "money" and m.low
    }
    prices = {p.price for p in case.products if p.price is not None}
    for source in known:
        if source.voice not in {"policy", "ours"}:
            continue
        for m in source.mentions:
            if m.unit == "percent" and paid:
                amounts = {
                    (value * m.high / 100).quantize(CENT)
                    for value in paid
                    if isinstance(value, Decimal) and isinstance(m.high, Decimal)
                }
                yield Source(
                    key=f"{source.key}+order.items",
                    voice="fact",
                    mentions=tuple(record("money", amount, "any") for amount in amounts),
                )
    for value in paid:
        for price in prices:
            if isinstance(value, Decimal) and value > price:
                yield Source(
                    key="order.items-product.price",
                    voice="fact",
                    mentions=(record("money", value - price, "any", "price_protection"),),
                )
