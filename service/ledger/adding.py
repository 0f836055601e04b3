"""Sums a text does before the customer's eyes: 459元 less 30 and 20 is 409元."""

from dataclasses import replace
from decimal import Decimal
from itertools import combinations

from service.ledger.proving import Bench, Proof, is_compensation

MOST_PARTS = 8
"""With more amounts than that any figure could be made of some of them."""


def add_up(proofs: tuple[Proof, ...], bench: Bench) -> tuple[Proof, ...]:
    """The proofs, where an amount that follows from supported amounts of the same text is supported too."""
    parts = {
        proof.mention.high
        for proof in proofs
        if proof.mention.unit == "yuan"
        and proof.support == "supported"
        and isinstance(proof.mention.high, Decimal)
    }
    if not 2 <= len(parts) <= MOST_PARTS:
        return proofs
    made = _made(parts)
    return tuple(
        replace(proof, support="supported", by=("arithmetic",), rival=None, said="")
        if proof.support != "supported" and proof.mention.high in made and _may(proof, bench)
        else proof
        for proof in proofs
    )


def _may(proof: Proof, bench: Bench) -> bool:
    return proof.mention.unit == "yuan" and not is_compensation(proof.mention, bench)


def _made(parts: set[Decimal]) -> set[Decimal]:
    found: set[Decimal] = set()
    for one, other in combinations(sorted(parts), 2):
        found |= {one + other, other - one}
    for low, middle, high in combinations(sorted(parts), 3):
        found.add(high - middle - low)
    return {value for value in found if value > 0}
