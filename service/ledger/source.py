"""What a commitment may rest on: snippets, order, conversation, computed facts, service levels."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Literal

from prompts.folding import Folding
from prompts.words import Words, clause
from retrieval.order import Order
from retrieval.snippet import Snippet
from service.case import Case
from service.ledger.mention import SENTENCE_END, Kind, Mention, Value
from service.ledger.reading import read
from service.ledger.rights import Claim, grants

KEY_PARTS = re.compile(r"[:.]")
Voice = Literal["policy", "stale", "order", "ours", "customer", "fact", "service"]
"""Who says it. `ours`: an agent earlier in the conversation; it binds like a policy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One text or record, with the figures in it."""

    key: str
    voice: Voice
    text: str = ""
    mentions: tuple[Mention, ...] = ()
    claims: tuple[Claim, ...] = ()
    """Rights it grants or denies, for voices that can."""


def sources(case: Case, words: Words, folding: Folding, *, rights: bool) -> tuple[Source, ...]:
    """Everything that can support or contradict a commitment of this case; `rights` only when asked for."""
    today = case.now.date()
    found = [
        source for hit in case.hits for source in _snippet(hit.snippet, case, words, folding, rights=rights)
    ]
    found += [
        Source(key=fact.key, voice="fact", mentions=tuple(_fact(case, i, words)))
        for i, fact in enumerate(case.facts)
    ]
    for index, turn in enumerate(case.ticket.conversation):
        text = folding.fold(turn.text).text
        said_on = turn.at.astimezone(case.now.tzinfo).date() if turn.at else today
        found.append(
            Source(
                key=f"conversation[{index}]",
                voice="customer" if turn.role == "customer" else "ours",
                text=text,
                mentions=read(text, words, said_on),
                claims=tuple(grants(text, words, source=True)) if rights and turn.role == "agent" else (),
            )
        )
    if case.ticket.order:
        found += list(_order(case.ticket.order, case, words, folding))
    for product in case.products:
        listed = "\n".join([product.name, *(f"{name} {value}" for name, value in product.specs.items())])
        text = folding.fold(listed).text
        mentions = read(text, words, today)
        if product.price is not None:
            mentions += (record("money", product.price, "any", "price"),)
        found.append(Source(key=f"product:{product.id}", voice="policy", text=text, mentions=mentions))
    if case.ticket.instruction:
        text = folding.fold(case.ticket.instruction).text
        found.append(
            Source(key="instruction", voice="customer", text=text, mentions=read(text, words, today))
        )
    return tuple(found)


def record(kind: Kind, value: Value, unit: str, topic: str = "") -> Mention:
    """A figure of a record: no text, no clause."""
    topics = frozenset([topic]) if topic else frozenset[str]()
    return Mention(
        kind=kind, span=(0, 0), low=value, high=value, unit=unit, clause=(0, 0), head=topic, topics=topics
    )


def _snippet(
    snippet: Snippet, case: Case, words: Words, folding: Folding, *, rights: bool
) -> Iterator[Source]:
    text = folding.fold(snippet.text).text
    heading = folding.fold(snippet.heading).text
    title = folding.fold(f"{snippet.heading} {snippet.document} {snippet.id}").text
    extra = frozenset(name for _, _, found in words.scan("topic", title) for name in found.split("_and_"))
    mentions = tuple(
        replace(m, topics=m.topics | extra, head=m.head or next(iter(sorted(extra)), ""))
        for m in read(text, words, case.now.date())
    )
    days = decisive_days(case)
    valid = any(snippet.in_force(day) for day in days)
    past = _over(text, mentions, min(days), words) if valid else []
    over = [m for m in mentions if any(a <= m.span[0] < b for a, b in past)]
    if any("coupon" in m.topics for m in over):  # a promotion that is over takes all it gave with it
        valid, over = False, []
    yield Source(
        key=snippet.key,
        voice="policy" if valid else "stale",
        text=text,
        mentions=tuple(m for m in mentions if m not in over),
        claims=tuple(grants(f"{heading}\n{text}", words, source=True)) if rights else (),
    )
    if over:
        yield Source(key=snippet.key, voice="stale", text=text, mentions=tuple(over))


def _over(text: str, mentions: tuple[Mention, ...], day: date, words: Words) -> list[tuple[int, int]]:
    """The sentences that name a period of their own which was over on that day."""
    over: list[tuple[int, int]] = []
    for mention in mentions:
        span = clause(text, *mention.span, stops=SENTENCE_END)
        if mention.unit != "day" or span in over or not words.find("promotion_words", text[slice(*span)]):
            continue
        ends = [m.low for m in mentions if m.unit == "day" and span[0] <= m.span[0] < span[1]]
        if all(isinstance(end, date) and end < day for end in ends):
            over.append(span)
    return over


def decisive_days(case: Case) -> tuple[date, ...]:
    """Today, and the day the order was paid: rights follow the order, procedures today."""
    order = case.ticket.order
    paid = order.paid_at.astimezone(case.now.tzinfo).date() if order and order.paid_at else None
    return (case.now.date(), paid) if paid else (case.now.date(),)


def _fact(case: Case, index: int, words: Words) -> Iterator[Mention]:
    fact = case.facts[index]
    topic = next(
        (
            known[part]
            for part in reversed(KEY_PARTS.split(fact.key))
            if part in (known := words.tables["fact_topics"])
        ),
        "",
    )
    try:
        match fact.kind:
            case "date":
                yield record("date", date.fromisoformat(fact.value), "day", topic)
            case "datetime":
                yield from _moment(datetime.fromisoformat(fact.value), case, topic)
            case "money":
                yield record(
                    "money", fact.amount if fact.amount is not None else Decimal(fact.value), "any", topic
                )
            case "duration" | "text":
                yield from read(fact.value, words, case.now.date())
    except (ValueError, ArithmeticError):
        return


def _moment(at: datetime, case: Case, topic: str) -> Iterator[Mention]:
    local = at.astimezone(case.now.tzinfo) if at.tzinfo else at
    yield record("date", local.date(), "day", topic)
    yield record("date", Decimal(local.hour * 60 + local.minute), "clock", topic)
    if local.hour == local.minute == 0:  # the end of the day before
        yield record("date", local.date() - timedelta(days=1), "day", topic)


def _order(order: Order, case: Case, words: Words, folding: Folding) -> Iterator[Source]:
    moments = {
        "paid_at": ("payment", order.paid_at),
        "promised_ship_by": ("dispatch", order.promised_ship_by),
        "shipped_at": ("dispatch", order.shipped_at),
        "delivered_at": ("delivery", order.delivered_at),
    }
    for name, (topic, at) in moments.items():
        if at:
            yield Source(key=f"order.{name}", voice="order", mentions=tuple(_moment(at, case, topic)))
    for index, event in enumerate(order.tracking):
        text = folding.fold(f"{event.place or ''} {event.event or ''}").text
        mentions = read(text, words, case.now.date()) + (
            tuple(_moment(event.at, case, "delivery")) if event.at else ()
        )
        yield Source(key=f"order.tracking[{index}]", voice="order", text=text, mentions=mentions)
    for index, refund in enumerate(order.refunds):
        text = folding.fold(f"{refund.state or ''} {refund.note or ''}").text
        mentions = read(text, words, case.now.date())
        yield Source(key=f"order.refunds[{index}]", voice="order", text=text, mentions=mentions)
    yield from _money_of(order, case)
    for index, item in enumerate(order.items):
        text = folding.fold(f"{item.name or ''} {item.spec or ''}").text
        yield Source(
            key=f"order.items[{index}]", voice="order", text=text, mentions=read(text, words, case.now.date())
        )
    for index, promise in enumerate(order.promises_made):
        text = folding.fold(promise.text).text
        said = promise.at.astimezone(case.now.tzinfo).date() if promise.at else case.now.date()
        mentions = read(text, words, said) + (tuple(_moment(promise.due, case, "")) if promise.due else ())
        yield Source(key=f"order.promises_made[{index}]", voice="ours", text=text, mentions=mentions)


def _money_of(order: Order, case: Case) -> Iterator[Source]:
    paid = [item.paid for item in order.items if item.paid is not None]
    for index, item in enumerate(order.items):
        mentions: list[Mention] = []
        if item.paid is not None:
            mentions.append(record("money", item.paid, "any", "price"))
            if item.qty and item.qty > 1:
                mentions.append(record("money", (item.paid / item.qty).quantize(Decimal("0.01")), "any"))
        if item.qty is not None:
            mentions.append(record("quantity", Decimal(item.qty), "any"))
        yield Source(key=f"order.items[{index}]", voice="order", mentions=tuple(mentions))
    counts = [item.qty or 1 for item in order.items]
    if len(counts) > 1:
        totals = (
            record("quantity", Decimal(sum(counts)), "any"),
            record("quantity", Decimal(len(counts)), "any"),
        )
        yield Source(key="order.items", voice="order", mentions=totals)
    if len(paid) > 1:
        yield Source(
            key="order.items",
            voice="order",
            mentions=(record("money", sum(paid, Decimal(0)), "any", "price"),),
        )
    for index, refund in enumerate(order.refunds):
        dated = tuple(_moment(refund.at, case, "refund")) if refund.at else ()
        amount = (record("money", refund.amount, "any", "refund"),) if refund.amount is not None else ()
        yield Source(key=f"order.refunds[{index}]", voice="order", mentions=dated + amount)
