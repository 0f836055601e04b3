"""What several queries found, as one list: each query's best first, nothing twice, no kind crowded out."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from retrieval.query import EVIDENCE, Query
from retrieval.table import KINDS, EntryTable

_PRODUCT = KINDS.index("product")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One row that one query found."""

    row: int
    score: float
    lexical_rank: int | None
    vector_rank: int | None
    cosine: float
    notes: tuple[str, ...] = ()


Claim = tuple[int, float, int, Found]
"""Place in its query's list, score downwards, number of the query, what it found: the best sorts first."""


def arranged(ranked: Sequence[Sequence[Found]], queries: Sequence[Query], table: EntryTable) -> list[Claim]:
    """All the first ones, then all the second ones…"""
    best: dict[int, Claim] = {}
    for number, found in enumerate(ranked):
        for place, one in enumerate(found):
            claim = (place, -one.score, number, one)
            if one.row not in best or claim[:3] < best[one.row][:3]:
                best[one.row] = claim
    order = sorted(best.values(), key=lambda claim: claim[:3])
    return _balanced(_distinct(order, table), queries, table)


def _distinct(order: Sequence[Claim], table: EntryTable) -> list[Claim]:
    """The first of every group of rows that say the same."""
    seen: set[tuple[int, int]] = set()
    kept = []
    for claim in order:
        row = claim[3].row
        words = (int(table.kind[row]), int(table.words[row]))
        if words not in seen:
            seen.add(words)
            kept.append(claim)
    return kept


def _balanced(order: list[Claim], queries: Sequence[Query], table: EntryTable) -> list[Claim]:
    """Policies and products in turn where one kind would crowd out the other.

    Among the first n at most half, rounded up, are products, and of one product one piece at a time:
    naming a product brings all its relatives, but what was asked is usually a rule.
    """
    if len({kind for query in queries for kind in (query.kinds or EVIDENCE)}) < 2:
        return order
    waiting = {True: deque[Any](), False: deque[Any]()}
    for claim in order:
        waiting[int(table.kind[claim[3].row]) == _PRODUCT].append(claim)
    result: list[Claim] = []
    products = 0
    while waiting[True] or waiting[False]:
        first = min((kind for kind in waiting if waiting[kind]), key=lambda kind: waiting[kind][0][:3])
        if first and waiting[False] and products >= (len(result) + 2) // 2 - (len(result) > 2):
            first = False
        products += first
        result.append(waiting[first].popleft())
    return result
