"""Sums a text does before the customer's eyes: 459元 less 30 and 20 is 409元, two at 128元 are 256元."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import replace
from decimal import Decimal
from itertools import combinations, permutations

from service.ledger.proving import Proof, is_compensation
from service.ledger.supporting import Bench

MOST_PARTS = 8
"""With more figures than that any other could be made of some of them."""
MOST_TIMES = 6
"""So many of one thing are still reckoned with at sight."""
ROUGHLY = Decimal("0.1")
"""约 and 不到 stand for a figure this near, as a share of it."""
Parts = dict[str, set[Decimal]]


def add_up(proofs: tuple[Proof, ...], bench: Bench) -> tuple[Proof, ...]:
    """The proofs, where a figure that follows from supported figures of the same text is supported too."""
    parts: Parts = defaultdict(set)
    for proof in proofs:
        mention = proof.mention
        if proof.support == "supported" and isinstance(mention.high, Decimal) and mention.unit != "clock":
            parts[mention.unit].add(mention.high)
    return tuple(_summed(proof, parts, bench) for proof in proofs)


def _summed(proof: Proof, parts: Parts, bench: Bench) -> Proof:
    mention, known = proof.mention, parts.get(proof.mention.unit, set())
    if proof.support == "supported" or len(known) > MOST_PARTS or is_compensation(mention, bench):
        return proof
    inside = bench.text[slice(*mention.clause)]
    made = set(_sums(known)) if mention.kind == "money" else set()
    if bench.words.find("computed", inside):
        made |= set(_multiples(known))
    rough = bench.words.find("roughly", bench.text[mention.clause[0] : mention.span[0]])
    if not _among(mention.high, made, ROUGHLY if rough else Decimal(0)):
        return proof
    return replace(proof, support="supported", by=("arithmetic",), rival=None, said="")


def _among(value: object, made: Collection[Decimal], tolerance: Decimal) -> bool:
    return isinstance(value, Decimal) and any(abs(value - one) <= one * tolerance for one in made)


def _sums(parts: set[Decimal]) -> Iterator[Decimal]:
    for one, other in combinations(sorted(parts), 2):
        yield one + other
        yield other - one
    for low, middle, high in combinations(sorted(parts), 3):
        yield high + middle + low
        if high > middle + low:
            yield high - middle - low


def _multiples(parts: set[Decimal]) -> Iterator[Decimal]:
    for one in parts:
        yield from (one * times for times in range(2, MOST_TIMES + 1))
        yield from (one / times for times in range(2, MOST_TIMES + 1))
    for one, other in permutations(parts, 2):
        yield from (gap for times in range(2, MOST_TIMES + 1) if (gap := abs(one * times - other)))
