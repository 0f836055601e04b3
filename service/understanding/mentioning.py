"""Facts the customer mentions: numbers of orders and parcels, sums, dates, spans of time, sizes, products."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal

from prompts.factwords import FactWords
from prompts.wordlist import Words
from retrieval.order import Order
from retrieval.product import Product
from service.analysis import Mentioned
from service.understanding.dating import dates
from service.understanding.naming import named
from service.understanding.numbers import number

_ISO = {"D": "P{}D", "M": "P{}M", "Y": "P{}Y", "TH": "PT{}H", "TM": "PT{}M"}


def mentioned(
    text: str,
    folded: str,
    *,
    now: datetime,
    words: FactWords,
    order: Order | None,
    products: Sequence[Product],
) -> tuple[Mentioned, ...]:
    """Every fact in the text, by place; where two readings overlap, the more specific one stays."""
    found: list[Mentioned] = []
    taken = bytearray(len(folded))

    def keep(kind: str, span: tuple[int, int], value: str) -> None:
        start, end = span
        if start < end and not any(taken[start:end]):
            taken[start:end] = b"\1" * (end - start)
            found.append(
                Mentioned(kind=kind, text=text[start:end], value=value, span=span)  # type: ignore[arg-type]
            )

    for kind, span in _known_numbers(folded, order):
        keep(kind, span, text[span[0] : span[1]])
    for span, product in named(folded, products, order):
        keep("product", span, product)
    for kind, patterns in (
        ("tracking_no", words.tracking_context),
        ("tracking_no", words.tracking_no),
        ("order_no", words.order_no_context),
    ):
        for span in _grouped(folded, patterns):
            keep(kind, span, text[span[0] : span[1]].upper())
    for span, day in dates(folded, now.date(), words):
        keep("date", span, day.isoformat())
    for span in _grouped(folded, words.order_no):
        keep("order_no", span, text[span[0] : span[1]])
    for span, value in _durations(folded, words):
        keep("duration", span, value)
    for span, value in _sums(folded, words.amount, words):
        keep("amount", span, value)
    for span in _grouped(folded, words.size):
        keep("size", span, folded[span[0] : span[1]].strip().upper())
    for span, value in _sums(folded, words.quantity, words):
        keep("quantity", span, value)
    return tuple(sorted(found, key=lambda fact: fact.span))


def _known_numbers(text: str, order: Order | None) -> Iterator[tuple[str, tuple[int, int]]]:
    if order is None:
        return
    for kind, known in (("order_no", order.order_id), ("tracking_no", order.tracking_no)):
        start = text.find(known.lower()) if known else -1
        if known and start >= 0:
            yield kind, (start, start + len(known))


def _grouped(text: str, patterns: Words) -> Iterator[tuple[int, int]]:
    """Spans of the one group that took part in each match."""
    for match in patterns.matches(text):
        group = next((i for i, said in enumerate(match.groups(), start=1) if said), 0)
        yield match.span(group)


def _sums(text: str, patterns: Words, words: FactWords) -> Iterator[tuple[tuple[int, int], str]]:
    for span in _grouped(text, patterns):
        value = number(text[span[0] : span[1]], words)
        if value is not None:
            yield span, plain(value)


def _durations(text: str, words: FactWords) -> Iterator[tuple[tuple[int, int], str]]:
    for name, value in words.halves.items():
        start = text.find(name)
        if start >= 0:
            yield (start, start + len(name)), value
    for unit, patterns in words.duration.items():
        for match in patterns.matches(text):
            count = number(next((said for said in match.groups() if said), ""), words)
            if count is None or (unit == "Y" and count >= 1000):
                continue
            value = f"P{plain(count * 7)}D" if unit == "W" else _ISO[unit].format(plain(count))
            yield match.span(), value


def plain(value: Decimal) -> str:
    """A decimal without exponent or trailing zeros."""
    shown = format(value.normalize(), "f")
    return shown if shown != "-0" else "0"
