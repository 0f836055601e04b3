"""What two documents in force say differently of one right."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date
from itertools import combinations

from retrieval.figures import Claim, claims
from retrieval.knowledge import Knowledge
from retrieval.snippet import LAW, Snippet

SAME_RIGHT = 0.4
"""Share of topic words two sentences have in common when they speak of one right."""
COMMON = 40
"""A word pair in more sentences than this says nothing about what they have in common."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """Two sentences in force that give different figures for what seems one right."""

    one: Snippet
    one_sentence: str
    other: Snippet
    other_sentence: str
    unit: str
    figures: tuple[str, str]
    alike: float
    """Share of topic words in common."""


def conflicts(knowledge: Knowledge, *, at: date) -> list[Conflict]:
    """Pairs of sentences from two documents in force that differ in a figure, the likest first."""
    stated: list[tuple[Snippet, Claim]] = []
    for snippet in knowledge.all_in_force(at, kinds=("policy",)):
        heading = [claim for claim in claims(snippet.text) if claim.topic]
        stated += [(snippet, claim) for claim in heading]
    by_word: dict[str, list[int]] = defaultdict(list)
    for place, (_, claim) in enumerate(stated):
        for word in claim.topic:
            by_word[word].append(place)
    pairs: Counter[tuple[int, int]] = Counter()
    for places in by_word.values():
        if len(places) <= COMMON:
            pairs.update(combinations(places, 2))
    found = [
        conflict
        for (first, second), shared in pairs.items()
        if shared >= 3 and (conflict := _conflict(*stated[first], *stated[second])) is not None
    ]
    return sorted(found, key=lambda one: (-one.alike, one.one.key, one.other.key))


def _conflict(one: Snippet, said: Claim, other: Snippet, heard: Claim) -> Conflict | None:
    if one.document == other.document or one.shop == other.shop == LAW:
        return None
    if one.applies_to and other.applies_to and not set(one.applies_to) & set(other.applies_to):
        return None
    alike = len(said.topic & heard.topic) / min(len(said.topic), len(heard.topic))
    if alike < SAME_RIGHT:
        return None
    for unit in sorted({unit for unit, _ in said.figures} & {unit for unit, _ in heard.figures}):
        here, there = ({value for u, value in claim.figures if u == unit} for claim in (said, heard))
        if not here & there:
            return Conflict(
                one=one, one_sentence=said.sentence, other=other, other_sentence=heard.sentence,
                unit=unit, figures=("/".join(sorted(here)), "/".join(sorted(there))), alike=round(alike, 3),
            )  # fmt: skip
    return None
