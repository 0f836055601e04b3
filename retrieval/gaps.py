"""What customers ask and the knowledge does not answer."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from retrieval.embedding import HashedEmbedder
from retrieval.knowledge import Knowledge
from retrieval.query import Query

COVERED = 0.45
"""Share of a question's weight that its best hit must hold for the hit to be good."""
ALIKE = 0.45
"""Cosine above which two questions are one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Questions of one kind that found nothing good."""

    count: int
    questions: tuple[str, ...]
    """Up to five different ones, the commonest first."""
    nearest: str
    """Id of the best snippet that was found; empty: none."""
    covered: float
    """Mean share of the questions that their best hit holds."""


def gaps(knowledge: Knowledge, questions: Iterable[str], *, at: date) -> list[Gap]:
    """Logged questions that found nothing good, those alike together, the commonest first."""
    counted = Counter(" ".join(question.split()) for question in questions if question.strip())
    poor: list[tuple[str, str, float]] = []
    for question in counted:
        hits = knowledge.search([Query(text=question, at=at)], k=1)
        covered = knowledge.coverage(question, hits[0].snippet) if hits else 0.0
        if covered < COVERED:
            poor.append((question, hits[0].snippet.id if hits else "", covered))
    poor.sort(key=lambda one: (-counted[one[0]], one[0]))
    found = []
    for group in _alike([question for question, _, _ in poor]):
        members = [poor[place] for place in group]
        found.append(
            Gap(
                count=sum(counted[question] for question, _, _ in members),
                questions=tuple(question for question, _, _ in members[:5]),
                nearest=members[0][1],
                covered=round(sum(covered for _, _, covered in members) / len(members), 3),
            )
        )
    return sorted(found, key=lambda gap: (-gap.count, gap.questions))


def _alike(texts: Sequence[str]) -> Iterator[list[int]]:
    """Groups of like texts: each joins the first group whose leader it is close to."""
    vectors = HashedEmbedder().embed(texts)
    leaders: list[int] = []
    groups: dict[int, list[int]] = {}
    for place, vector in enumerate(vectors):
        cosines = vectors[leaders] @ vector if leaders else np.zeros(0)
        best = int(cosines.argmax()) if len(cosines) else -1
        if best >= 0 and cosines[best] >= ALIKE:
            groups[leaders[best]].append(place)
        else:
            leaders.append(place)
            groups[place] = [place]
    yield from groups.values()
