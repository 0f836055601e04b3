"""How good a shop's knowledge is: what nobody can answer, what contradicts, what rests on a policy."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from typing import Literal

import numpy as np

from retrieval.document import Document
from retrieval.embedding import HashedEmbedder
from retrieval.figures import Claim, claims
from retrieval.knowledge import Knowledge
from retrieval.query import Query
from retrieval.snippet import LAW, Snippet
from retrieval.splitting import entries

COVERED = 0.45
"""Share of a question's weight that its best hit must hold for the hit to be good."""
ALIKE = 0.45
"""Cosine above which two questions are one."""
SAME_RIGHT = 0.4
"""Share of topic words two sentences have in common when they speak of one right."""
COMMON = 40
"""A word pair in more sentences than this says nothing about what they have in common."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """Something that may rest on a policy."""

    kind: Literal["scenario", "phrase", "draft"]
    id: str
    snippets: tuple[str, ...] = ()
    """Snippet ids it names, with or without `@version`."""
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resting:
    """A use that rests on the policy, and how that is known."""

    use: Use
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """What a new version changes in one section."""

    snippet: str
    before: str
    after: str
    figures_gone: tuple[str, ...]
    figures_new: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Impact:
    """What rests on a policy, and what a new version of it would change."""

    policy: str
    resting: tuple[Resting, ...]
    edits: tuple[Edit, ...]


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


def impact(knowledge: Knowledge, policy: str, *, uses: Iterable[Use], new: Document | None = None) -> Impact:
    """What rests on a policy, by naming it or by stating its figures, and what a new version changes."""
    snippets = knowledge.of_document(policy)
    known = [claim for snippet in snippets for claim in claims(snippet.text)]
    resting = [Resting(use=use, why=why) for use in uses if (why := _rests(use, policy, known))]
    return Impact(policy=policy, resting=tuple(resting), edits=tuple(_edits(snippets, new)) if new else ())


def _rests(use: Use, policy: str, known: Sequence[Claim]) -> str:
    named = [name for name in use.snippets if name.partition("@")[0].partition("#")[0] == policy]
    if named:
        return f"names {named[0]}"
    for claim in claims(use.text):
        for other in known:
            shared = claim.topic & other.topic
            if (
                claim.figures & other.figures
                and len(shared) >= 2
                and len(shared) >= SAME_RIGHT * len(claim.topic)
            ):
                return f"states the same figure: {other.sentence[:60]}"
    return ""


def _edits(snippets: Sequence[Snippet], new: Document) -> Iterator[Edit]:
    newest = {snippet.id: snippet for snippet in snippets}
    after = {entry.snippet.id: entry.snippet.text for entry in entries(new)}
    for name in dict.fromkeys([*newest, *after]):
        before, now = newest[name].text if name in newest else "", after.get(name, "")
        if before == now:
            continue
        old, fresh = (
            {f"{value} {unit}" for c in claims(text) for unit, value in c.figures} for text in (before, now)
        )
        yield Edit(
            snippet=name, before=before, after=now,
            figures_gone=tuple(sorted(old - fresh)), figures_new=tuple(sorted(fresh - old)),
        )  # fmt: skip
