"""Sums a text does before the customer's eyes: 459元 less 30 and 20 is 409元, two at 128元 are 256元."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import replace
from decimal import Decimal
from itertools import chain, combinations, permutations, product

from service.ledger.proving import Proof, is_compensation
from service.ledger.supporting import STRONG, Bench

MOST_PARTS = 12
"""With more figures than that any other could be made of some of them."""
MOST_STEPS = 3
"""A sum of sums is followed so far."""
ROUGHLY = Decimal("0.1")
"""约 and 不到 stand for a figure this near, as a share of it."""
CENT = Decimal("0.01")
COUNT = re.compile(r"(?<![\d.])\d{1,2}(?![\d.])")
Parts = dict[str, set[Decimal]]


def add_up(proofs: tuple[Proof, ...], bench: Bench) -> tuple[Proof, ...]:
    """The proofs, where a figure that follows from supported figures is supported too."""
    for _ in range(MOST_STEPS):
        said = _said(proofs)
        summed = tuple(_summed(proof, said, bench) for proof in proofs)
        if summed == proofs:
            break
        proofs = summed
    return proofs


def _said(proofs: tuple[Proof, ...]) -> Parts:
    said: Parts = defaultdict(set)
    for proof in proofs:
        mention = proof.mention
        if proof.support == "supported" and isinstance(mention.high, Decimal) and mention.unit != "clock":
            said[mention.unit].add(mention.high)
    return said


def _summed(proof: Proof, said: Parts, bench: Bench) -> Proof:
    mention = proof.mention
    if proof.support == "supported" or mention.kind == "date" or is_compensation(mention, bench):
        return proof
    computes = bench.words.find("computed", bench.text[slice(*mention.clause)])
    made = _made(mention.unit, mention.kind == "money", computes, said, bench)
    rough = bench.words.find("roughly", bench.text[mention.clause[0] : mention.span[0]])
    if not _among(mention.high, made, ROUGHLY if rough else Decimal(0)):
        return proof
    return replace(proof, support="supported", by=("arithmetic",), rival=None, said="")


def _made(unit: str, money: bool, computes: bool, said: Parts, bench: Bench) -> Iterator[Decimal]:
    """What can be worked out: sums of what the text says, and, where it reckons, of what is known."""
    parts = said.get(unit, set())
    if money and 2 <= len(parts) <= MOST_PARTS:
        yield from _sums(parts)
    shares = said.get("percent", set()) | said.get("price", set())
    if money:
        yield from ((one * share / 100).quantize(CENT) for one, share in product(parts, shares))
        yield from (abs(one - other) for one, other in product(parts, _known(unit, bench)))
    if not computes:
        return
    known = parts | (_known(unit, bench) if money else set())
    if len(known) > MOST_PARTS:
        known = parts
    gaps = {abs(one - other) for one, other in permutations(known, 2)}
    times = {Decimal(found) for found in COUNT.findall(bench.text)} | said.get("any", set()) | _counts(bench)
    whole = set(chain(known, gaps, (one * count for one, count in product(known | gaps, times))))
    yield from whole
    yield from ((one * share / 100).quantize(CENT) for one, share in product(whole, shares))
    yield from (abs(one - other) for one, other in product(whole, known))
    yield from (one / count for one, count in product(known, times) if count > 1)


def _known(unit: str, bench: Bench) -> set[Decimal]:
    return {
        mention.high
        for source in bench.known
        if source.voice in STRONG
        for mention in source.mentions
        if mention.kind == "money" and mention.unit in {unit, "any"} and isinstance(mention.high, Decimal)
    }


def _counts(bench: Bench) -> set[Decimal]:
    """How many of a thing were bought, a pair of anything, and numbers in words (两片)."""
    order = bench.case.ticket.order
    bought = {Decimal(item.qty) for item in order.items if item.qty} if order else set[Decimal]()
    words = bench.words.tables["pairs"]
    return bought | {Decimal(value) for word, value in words.items() if word in bench.text}


def _among(value: object, made: Collection[Decimal] | Iterator[Decimal], tolerance: Decimal) -> bool:
    return isinstance(value, Decimal) and any(abs(value - one) <= one * tolerance for one in made if one)


def _sums(parts: set[Decimal]) -> Iterator[Decimal]:
    for one, other in combinations(sorted(parts), 2):
        yield one + other
        yield other - one
    for low, middle, high in combinations(sorted(parts), 3):
        yield high + middle + low
        if high > middle + low:
            yield high - middle - low
