"""Choosing the policy sentences that answer an issue: by words, topic, condition and what is asked."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from prompts.playbook import Playbook
from retrieval.snippet import Hit
from service.analysis import Fact, Issue
from service.composing.rewording import Reworder
from service.composing.wording import has_chinese
from service.facts.computing import fact_key, in_period
from service.facts.reading import conditions, rules
from service.facts.rule import Rule
from service.facts.sentence import Sentence, sentences
from service.facts.timeline import truth_of
from service.facts.vocabulary import Finder, any_of, topics_in, vocabulary

LAW = "_law"
_OTHER_ROW = 1.5
FLOOR = 2.3
"""Least score of a sentence that is taken for an answer (tuned on the drafts read)."""
_LATIN = re.compile(r"[a-z0-9]{2,}")
_CHINESE = re.compile(r"[\u3400-\u9fff]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A sentence that may answer, and how well."""

    sentence: Sentence
    hit: Hit
    score: float
    content: float
    """The part of the score that its own words earn, without the search's rank."""
    rules: tuple[Rule, ...]
    to_the_point: bool = True
    """Whether it shares a word with the question, a term with the playbook, or a topic with both."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of the case when sentences are weighed."""

    truths: Mapping[str, bool]
    goods: frozenset[str]
    """Word pairs of the product's name."""
    said: frozenset[str]
    """Word pairs of the product's name, its category and the customer's words."""
    facts: tuple[Fact, ...]
    paid: date | None

    def fit(self, own: Sequence[Rule], sentence: Sentence) -> float:
        """For this order: a period it was paid in, a deadline that is past."""
        within = in_period(sentence, self.paid)
        fit = 0.0 if within is None else 0.6 if within else -1.6
        passed = {fact.passed for rule in own if (fact := fact_of(rule, self.facts)) and _customers(rule)}
        return fit - (0.9 if passed == {True} else 0.0)


def _customers(rule: Rule) -> bool:
    return bool(rule.topic) and vocabulary().topics[rule.topic].who == "customer"


def fact_of(rule: Rule, facts: Sequence[Fact]) -> Fact | None:
    """The fact that was computed from a rule."""
    if rule.kind not in {"window", "cutoff", "percent", "money"}:
        return None
    key = fact_key(rule)
    return next(
        (
            fact
            for fact in facts
            if fact.key.partition("#")[0] == key
            and rule.sentence.snippet in fact.sources
            and (not rule.said or rule.said in fact.derivation)
        ),
        None,
    )


def candidates(
    issue: Issue,
    *,
    query: int,
    hits: Sequence[Hit],
    playbook: Playbook,
    known: Known,
    reworder: Reworder,
    language: str,
) -> tuple[Candidate, ...]:
    """The sentences that may be told to the customer, best first."""
    wanted = pairs(issue.text)
    facets = _facets(issue.text)
    terms = playbook.terms.zh if language == "zh" else (*playbook.terms.en, *playbook.terms.zh)
    found = []
    ranks: dict[int, int] = {}
    for hit in hits:
        rank = ranks.get(hit.query, 0)
        if hit.snippet.kind != "policy":
            continue
        ranks[hit.query] = rank + 1
        near = _nearness(hit, rank, query)
        heading = _heading_fit(hit.snippet.heading, wanted, terms, playbook)
        read = rules(hit.snippet)
        read_rows = tuple(each.row for each in sentences(hit.snippet) if each.row)
        for sentence in sentences(hit.snippet):
            if has_chinese(sentence.text) != (language == "zh") or reworder.internal(sentence.text):
                continue
            own = tuple(rule for rule in read if rule.sentence == sentence)
            score = near + heading + _word_fit(sentence, wanted, terms)
            score += _topic_fit(own, playbook) + _facet_fit(sentence, own, facets)
            score += _condition_fit(sentence, hit.snippet.heading, known) - _clumsiness(sentence, reworder)
            score += known.fit(own, sentence) + 0.2 * min(2, len(pairs(sentence.text) & known.goods - wanted))
            score -= _OTHER_ROW if _other_row(sentence, read_rows, known.said | wanted) else 0.0
            found.append(
                Candidate(
                    sentence=sentence,
                    hit=hit,
                    score=score,
                    content=score - near,
                    rules=own,
                    to_the_point=_to_the_point(sentence, hit, own, wanted, terms, playbook),
                )
            )
    return tuple(sorted(found, key=lambda each: (-each.score, each.sentence.snippet, each.sentence.position)))


@lru_cache(maxsize=50_000)
def pairs(text: str) -> frozenset[str]:
    """Pairs of Chinese characters, and Latin words and digit runs."""
    text = text.lower()
    chinese = (run[i : i + 2] for run in _CHINESE.findall(text) for i in range(len(run) - 1))
    return frozenset(chinese).union(_LATIN.findall(text)).difference(vocabulary().small)


def _nearness(hit: Hit, rank: int, query: int) -> float:
    """How well the search liked it; `rank` counts within the issue's own query."""
    near = 2.0 / (1 + 0.35 * rank) + 0.6 * max(0.0, min(1.0, hit.score))
    if hit.query != query:
        near -= 0.6
    return near - (1.6 if hit.snippet.shop == LAW else 0.0)


@lru_cache(maxsize=50_000)
def _heading_words(heading: str) -> frozenset[str]:
    return pairs(heading)


def _heading_fit(heading: str, wanted: frozenset[str], terms: tuple[str, ...], playbook: Playbook) -> float:
    words = _heading_words(heading)
    shared = len(words & wanted)
    topics = topics_in(heading)
    return (
        0.35 * min(3, shared)
        + (0.35 if any(term in heading for term in terms) else 0.0)
        + (0.3 if topics & set(playbook.topics[:1]) else 0.0)
    )


def _word_fit(sentence: Sentence, wanted: frozenset[str], terms: tuple[str, ...]) -> float:
    words = pairs(f"{sentence.lead} {sentence.text}")
    shared = len(words & wanted)
    named = sum(term in sentence.text for term in terms)
    return 0.3 * min(5, shared) + 0.1 * min(3, named)


def _topic_fit(own: Iterable[Rule], playbook: Playbook) -> float:
    topics = {rule.topic for rule in own}
    best = 0.0
    for place, topic in enumerate(playbook.topics):
        if topic in topics:
            best = max(best, 0.8 - 0.2 * place)
    return best


@lru_cache(maxsize=5_000)
def _facets(text: str) -> frozenset[str]:
    return _facet_finder().names(text)


@lru_cache(maxsize=1)
def _facet_finder() -> Finder:
    return Finder.of((name, facet.customer) for name, facet in vocabulary().facets.items())


@lru_cache(maxsize=1)
def _step_pattern() -> re.Pattern[str]:
    return any_of(vocabulary().steps)


def _facet_fit(sentence: Sentence, own: tuple[Rule, ...], facets: frozenset[str]) -> float:
    kinds = {"duration" if rule.kind == "window" else rule.kind for rule in own}
    if _step_pattern().search(sentence.text):
        kinds.add("steps")
    wanted = {kind for facet in facets for kind in vocabulary().facets[facet].prefers}
    figure = 0.25 if kinds & {"duration", "cutoff", "money", "percent"} else 0.0
    return figure + (0.5 if kinds & wanted else 0.0)


def _condition_fit(sentence: Sentence, heading: str, known: Known) -> float:
    fit = 0.0
    own = conditions(f"{sentence.lead}。{sentence.text}")
    for name in conditions(heading) - own:
        fit -= 3.0 if truth_of(known.truths, name) is False else 0.0
    for name in own:
        truth = truth_of(known.truths, name)
        fit += 0.45 if truth else -0.15 if truth is None else -3.0
    return fit


def _to_the_point(
    sentence: Sentence,
    hit: Hit,
    own: tuple[Rule, ...],
    wanted: frozenset[str],
    terms: tuple[str, ...],
    playbook: Playbook,
) -> bool:
    section = hit.snippet.heading.rpartition(" · ")[2]
    text = f"{section} {sentence.lead} {sentence.text}"
    return (
        bool(pairs(text) & wanted)
        or any(term in text for term in terms)
        or any(rule.topic in playbook.topics for rule in own)
    )


def _other_row(sentence: Sentence, rows: tuple[str, ...], said: frozenset[str]) -> bool:
    """Whether it is a row of a table in which another row is the one spoken of."""
    return bool(sentence.row) and not _meant(sentence.row, said) and any(_meant(row, said) for row in rows)


def _meant(row: str, said: frozenset[str]) -> bool:
    return bool(pairs(row) & said)


def _clumsiness(sentence: Sentence, reworder: Reworder) -> float:
    length = len(sentence.text)
    clumsy = 0.5 if length > 90 else 0.2 if length > 65 else 0.25 if length < 8 else 0.0
    return clumsy + (0.6 if reworder.dangling(sentence.text) else 0.0)
