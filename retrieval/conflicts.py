"""What two documents in force say differently of one right."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

from retrieval.errors import RetrievalError
from retrieval.figures import Claim, claims, figure_spans
from retrieval.frontmatter import load_mapping
from retrieval.knowledge import Knowledge
from retrieval.snippet import LAW, Snippet
from retrieval.tokenising import fold, is_exact, stem, tokens
from retrieval.wording import load_wording

FILE = Path(__file__).with_name("conflicts.yaml")
SAME_RIGHT = 0.4
"""Share of topic words two sentences have in common when they speak of one right."""
ENOUGH = 3
"""Topic words in common from which one sentence may say more than the other; else it is an exception."""
COMMON = 40
"""A word pair in more sentences than this says nothing about what they have in common."""
_CLAUSE_ENDS = re.compile(r"[，,、：:]")
_RUN = re.compile(r"[a-z']+|[^\W\d_a-z]+")


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
class Vocabulary:
    """The contents of `conflicts.yaml`."""

    neutral: re.Pattern[str]
    little: frozenset[str]
    """Single characters that are nothing where they are left over."""
    equal: Mapping[str, str]
    """Word → the first of its line."""
    equal_pattern: re.Pattern[str]
    units: Mapping[str, tuple[str, float]]
    """Unit → the measure it is compared in, and how much of that it is."""
    dates: Any

    def leveled(self, text: str) -> str:
        """The text with words that mean the same made one."""
        return self.equal_pattern.sub(lambda found: self.equal[found.group()], fold(text))

    def measured(self, unit: str, value: str) -> tuple[str, float]:
        """A figure in the measure its unit is compared in."""
        measure, size = self.units.get(unit, (unit, 1.0))
        return measure, float(value) * size


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stated:
    """A sentence with a figure, and where it stands."""

    snippet: Snippet
    claim: Claim
    topic: frozenset[str]
    """Words and pairs of characters of `narrowing`."""
    figures: frozenset[tuple[str, float]]
    """(measure, amount), dates left out."""
    narrowing: str
    """What it is about, without words that narrow nothing."""
    all_words: str
    """All that it says."""
    partial: bool
    """Whether it is the first clause of a sentence: what the others narrow is then unknown."""


def conflicts(knowledge: Knowledge, *, at: date) -> list[Conflict]:
    """Pairs of sentences from two documents in force that differ in a figure, the likest first."""
    return found_in(knowledge.all_in_force(at, kinds=("policy",)))


def found_in(snippets: Iterable[Snippet]) -> list[Conflict]:
    """The same among any snippets."""
    stated = [one for snippet in snippets for one in _stated(snippet)]
    by_word: dict[str, list[int]] = defaultdict(list)
    for place, one in enumerate(stated):
        for word in one.topic:
            by_word[word].append(place)
    pairs: set[tuple[int, int]] = set()
    for places in by_word.values():
        if len(places) <= COMMON:
            pairs.update(combinations(places, 2))
    found = [
        conflict
        for first, second in pairs
        if (conflict := _conflict(stated[first], stated[second])) is not None
    ]
    return sorted(found, key=lambda one: (-one.alike, one.one.key, one.other.key))


def _stated(snippet: Snippet) -> Iterator[_Stated]:
    """The sentences of a snippet that state figures, and the first clauses of those that state several."""
    known = load_vocabulary()
    whole = [(claim, False) for claim in claims(snippet.text)]
    parts = [(part, True) for claim, _ in whole if len(claim.figures) > 1 for part in _first_clause(claim)]
    for claim, partial in (*whole, *parts):
        folded = known.dates.sub(" ", fold(claim.sentence))
        figures = frozenset(known.measured(*figure) for rest in claims(folded) for figure in rest.figures)
        narrowing = _narrowing(folded) if figures else ""
        if topic := frozenset(word for word in tokens(narrowing) if is_exact(word) and len(word) > 1):
            yield _Stated(
                snippet=snippet, claim=claim, topic=topic, figures=figures, narrowing=narrowing,
                all_words=known.leveled(folded), partial=partial,
            )  # fmt: skip


def _first_clause(claim: Claim) -> Iterator[Claim]:
    """What a sentence's first clause states; later ones speak of what the earlier ones named."""
    yield from claims(_CLAUSE_ENDS.split(claim.sentence, maxsplit=1)[0])


def _narrowing(folded: str) -> str:
    """What a sentence says up to the end of its last figure's clause, or of the next that says anything."""
    spans = figure_spans(folded)
    for end in (*(found.start() for found in _CLAUSE_ENDS.finditer(folded, spans[-1][1])), len(folded)):
        pieces, start = [], 0
        for first, last in [*spans, (end, end)]:
            pieces.append(folded[start:first])
            start = last
        if rest := _content(" ".join(pieces)):
            return rest
    return ""


def _content(text: str) -> str:
    """A text without the words that narrow nothing."""
    known = load_vocabulary()
    rest = load_wording().strong_part(known.neutral.sub(" ", known.leveled(text)))
    return " ".join(_RUN.findall(rest))


def _conflict(one: _Stated, other: _Stated) -> Conflict | None:
    here, there = one.snippet, other.snippet
    if here.document == there.document or here.shop == there.shop == LAW:
        return None
    if LAW in (here.shop, there.shop) and _is_kinder(one, other):
        return None
    if here.applies_to and there.applies_to and not set(here.applies_to) & set(there.applies_to):
        return None
    shared = len(one.topic & other.topic)
    alike = shared / min(len(one.topic), len(other.topic))
    own = _has_its_own(one, other) + _has_its_own(other, one)
    if alike < SAME_RIGHT or own == 2 or (own == 1 and shared < ENOUGH):
        return None
    if (one.partial or other.partial) and (own or one.topic != other.topic):
        return None
    measure = _differing(one.figures, other.figures)
    if measure is None:
        return None
    return Conflict(
        one=here, one_sentence=one.claim.sentence, other=there, other_sentence=other.claim.sentence,
        unit=measure, figures=(_said(one, measure), _said(other, measure)), alike=round(alike, 3),
    )  # fmt: skip


def _is_kinder(one: _Stated, other: _Stated) -> bool:
    """Whether the shop's figures are all at least the law's: more than the law asks is no contradiction."""
    law, shop = (one, other) if one.snippet.shop == LAW else (other, one)
    asked = dict(law.figures)
    return all(amount >= asked.get(measure, amount) for measure, amount in shop.figures)


def _differing(one: frozenset[tuple[str, float]], other: frozenset[tuple[str, float]]) -> str | None:
    """The measure in which two sentences differ; rows of a table of tiers differ in everything: none."""
    if min(len(one), len(other)) > 1 and not one & other:
        return None
    for measure in sorted({name for name, _ in one} & {name for name, _ in other}):
        if not {amount for name, amount in one if name == measure} & {
            amount for name, amount in other if name == measure
        }:
            return measure
    return None


def _said(stated: _Stated, measure: str) -> str:
    """The figures of a measure as the sentence gives them."""
    units = load_vocabulary().units
    return "/".join(
        sorted(
            f"{value} {unit}"
            for unit, value in stated.claim.figures
            if units.get(unit, (unit, 1.0))[0] == measure
        )
    )


def _has_its_own(one: _Stated, other: _Stated) -> bool:
    """Whether a sentence narrows what it says by a word that the other does not have at all."""
    little = load_vocabulary().little
    stems = {stem(word) for word in _RUN.findall(other.all_words) if word.isascii()}
    for run in _RUN.findall(one.narrowing):
        if run.isascii():
            if stem(run) not in stems:
                return True
        elif set(_missing(run, other.all_words)) - little:
            return True
    return False


def _missing(run: str, text: str) -> Iterator[str]:
    """The characters of a run that a text has in no pair with their neighbours."""
    if len(run) == 1:
        pairs = [run in text, False]
    else:
        pairs = [False, *(first + second in text for first, second in pairwise(run)), False]
    return (char for place, char in enumerate(run) if not pairs[place] and not pairs[place + 1])


@cache
def load_vocabulary(path: Path = FILE) -> Vocabulary:
    """The vocabulary of a file. Raises RetrievalError naming file and field."""
    import re2

    data: Mapping[str, Any] = load_mapping(path.read_text(encoding="utf-8"), where=path.name)
    for name, kind in (("neutral", list), ("equal", list), ("units", dict), ("dates", list)):
        if not isinstance(data.get(name), kind):
            raise RetrievalError(f"{path.name}: {name}: missing, or not a {kind.__name__}")
    words = [fold(str(word)) for word in data["neutral"]]
    equal = {fold(str(word)): fold(str(line[0])) for line in data["equal"] for word in line}
    return Vocabulary(
        neutral=_either(word for word in words if len(word) > 1),
        little=frozenset(word for word in words if len(word) == 1),
        equal=equal,
        equal_pattern=_either(equal),
        units={
            str(unit): (str(measure), float(size))
            for measure, sizes in data["units"].items()
            for unit, size in sizes.items()
        },
        dates=re2.compile("|".join(map(str, data["dates"]))),
    )


def _either(words: Iterable[str]) -> re.Pattern[str]:
    """A pattern for any of some words, longer ones first; Latin ones whole."""
    longest = sorted(words, key=len, reverse=True)
    return re.compile(
        "|".join(rf"\b{re.escape(word)}\b" if word.isascii() else re.escape(word) for word in longest)
    )
