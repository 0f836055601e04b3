"""What a product costs under the promotion that runs now, reckoned from its sentence."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from service.composing.composition import Source
from service.composing.overlap import pairs
from service.composing.selecting import Candidate
from service.facts.computing import in_period
from service.facts.measure import number
from service.facts.sentence import Sentence
from service.facts.vocabulary import pattern, vocabulary

_STOPS = re.compile(r"[，。；;,]")
_LISTED = "、"
"""The mark between goods that are listed one by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deal:
    """A price after a reduction that everybody gets."""

    off: Decimal
    price: Decimal
    source: Source


def deal(price: Decimal, name: str, ranked: Sequence[Candidate], today: date) -> Deal | None:
    """The price after the best-fitting threshold reduction of the sentences, if it reaches the threshold.

    `name`: what the product and its category are called. Coupons, which must be claimed, and reductions
    for some customers or days only are left out.
    """
    for each in ranked:
        if each.cell or in_period(each.sentence, today) is False:
            continue
        off = max(_reductions(each.sentence, price, name), default=Decimal(0))
        if off:
            source = Source(each.sentence.snippet, each.sentence.quote)
            return Deal(off=off, price=price - off, source=source)
    return None


def _holds_for(goods: str, name: str) -> bool:
    """Whether the words before a reduction list no goods, or these among others."""
    return _LISTED not in goods or bool(pairs(goods) & pairs(name))


def _reductions(sentence: Sentence, price: Decimal, name: str) -> Iterator[Decimal]:
    text = sentence.text
    found = list(pattern("money_off").finditer(text))
    if not found or not _holds_for(f"{sentence.lead}{text[: found[0].start()]}", name):
        return
    for match in found:
        end = next((stop.start() for stop in _STOPS.finditer(text, match.end())), len(text))
        clause = f"{sentence.lead}{text[:end]}"
        if any(word in clause for word in vocabulary().personal):
            continue
        over, off = number(match["over"]), number(match["off"])
        if over and price >= over:
            yield off * (price // over) if match["every"] else off
