"""How well a policy sentence answers an issue: its traits, and the weight each of them has."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import TypeAdapter, ValidationError

from prompts.playbook import Playbook
from retrieval.snippet import Hit
from service.analysis import Fact
from service.composing.overlap import Rarity, letters, pairs
from service.composing.rewording import Reworder
from service.errors import SettingsError
from service.facts.computing import fact_key, in_period
from service.facts.reading import LEVEL, conditions
from service.facts.rule import Rule
from service.facts.sentence import Sentence
from service.facts.timeline import truth_of
from service.facts.vocabulary import Finder, any_of, topics_in, vocabulary

LAW = "_law"
WEIGHTS = Path(__file__).parent / "weights.yaml"
TRAITS = (
    "always", "rank_own", "rank_other", "score", "law",
    "words", "coverage", "letters", "lead", "section", "title", "body",
    "term", "term_section", "term_title",
    "topic_first", "topic_further", "topic_other", "topic_heading",
    "facet", "figure", "computed",
    "true", "unknown", "false", "heading_false", "in_period", "out_of_period", "passed",
    "goods", "other_goods", "other_row", "strange_row", "own_row",
    "first", "late", "long", "short", "dangling", "denied",
    "cell", "column",
)  # fmt: skip


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
    others: frozenset[str] = frozenset()
    """Word pairs that only the names of other goods found have."""
    products: frozenset[str] = frozenset()
    """Ids of the products that are meant."""


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


class Weigher:
    """Weighs the sentences found for one issue."""

    def __init__(
        self, text: str, *, query: int, playbook: Playbook, known: Known, hits: Sequence[Hit],
        reworder: Reworder, language: str,
    ) -> None:  # fmt: skip
        self._text, self._query, self._playbook = text, query, playbook
        self._known, self._reworder = known, reworder
        self._rarity = Rarity(hits)
        self._wanted, self._letters = pairs(text), letters(text)
        self._all = self._rarity.sum(self._wanted) or 1.0
        self._facets = _facet_finder().names(text)
        self._terms = playbook.terms.zh if language == "zh" else (*playbook.terms.en, *playbook.terms.zh)
        self._top = max((hit.score for hit in hits), default=1.0) or 1.0

    def traits(
        self, sentence: Sentence, hit: Hit, rank: int, own: Sequence[Rule], rows: Sequence[str]
    ) -> dict[str, float]:
        """The traits of a sentence (TRAITS) that are not zero."""
        found: dict[str, float] = {
            "always": 1.0,
            **self._searched(hit, rank),
            **self._worded(sentence, hit),
            **self._termed(sentence, hit, own),
            **self._conditioned(sentence, hit.snippet.heading, own),
            **self._placed(sentence, rows),
        }
        return {name: float(value) for name, value in found.items() if value}

    def _searched(self, hit: Hit, rank: int) -> dict[str, float]:
        near = 1.0 / (1 + 0.35 * rank)
        mine = hit.query == self._query
        return {
            "rank_own": near if mine else 0.0,
            "rank_other": 0.0 if mine else near,
            "score": max(0.0, hit.score / self._top),
            "law": hit.snippet.shop == LAW,
        }

    def _worded(self, sentence: Sentence, hit: Hit) -> dict[str, float]:
        title, _, section = hit.snippet.heading.rpartition(" · ")
        own = pairs(sentence.text) & self._wanted
        shared = self._rarity.sum(own)
        return {
            "words": min(4.0, shared),
            "coverage": shared / self._all,
            "letters": min(4.0, self._rarity.sum(self._letters & letters(sentence.text))),
            "lead": min(2.0, self._rarity.sum(pairs(sentence.lead) & self._wanted - own)),
            "section": min(2.0, self._rarity.sum(pairs(section) & self._wanted)),
            "title": min(2.0, self._rarity.sum(pairs(title) & self._wanted)),
            "body": min(2.0, self._rarity.sum(pairs(hit.snippet.text) & self._wanted - own)),
        }

    def _termed(self, sentence: Sentence, hit: Hit, own: Sequence[Rule]) -> dict[str, float]:
        title, _, section = hit.snippet.heading.rpartition(" · ")
        topics = {rule.topic for rule in own} - {""}
        first, further = set(self._playbook.topics[:1]), set(self._playbook.topics[1:])
        kinds = {"duration" if rule.kind == "window" else rule.kind for rule in own}
        if _step_pattern().search(sentence.text):
            kinds.add("steps")
        wanted = {kind for facet in self._facets for kind in vocabulary().facets[facet].prefers}
        return {
            "term": min(3, sum(term in sentence.text for term in self._terms)),
            "term_section": any(term in section for term in self._terms),
            "term_title": any(term in title for term in self._terms),
            "topic_first": bool(topics & first),
            "topic_further": bool(topics & further) and not topics & first,
            "topic_other": bool(topics) and not topics & (first | further),
            "topic_heading": bool(topics_in(hit.snippet.heading) & first),
            "facet": bool(kinds & wanted),
            "figure": bool(kinds & {"duration", "cutoff", "money", "percent"}),
            "computed": any(fact_of(rule, self._known.facts) for rule in own),
            "denied": any(rule.kind == "stance" and rule.allowed is False for rule in own),
        }

    def _conditioned(self, sentence: Sentence, heading: str, own: Sequence[Rule]) -> dict[str, float]:
        named = conditions(f"{sentence.lead}。{sentence.text}")
        named |= {name for rule in own for name in rule.conditions if name.startswith(LEVEL)}
        truths = [truth_of(self._known.truths, name) for name in named]
        within = in_period(sentence, self._known.paid)
        passed = {
            fact.passed for rule in own if (fact := fact_of(rule, self._known.facts)) and _customers(rule)
        }
        return {
            "true": truths.count(True),
            "unknown": truths.count(None),
            "false": truths.count(False),
            "heading_false": sum(
                truth_of(self._known.truths, name) is False for name in _heads(heading) - named
            ),
            "in_period": within is True,
            "out_of_period": within is False,
            "passed": passed == {True},
        }

    def _placed(self, sentence: Sentence, rows: Sequence[str]) -> dict[str, float]:
        said = self._known.said | self._wanted
        meant = bool(sentence.row) and bool(pairs(sentence.row) & said)
        own = bool(pairs(sentence.text) & self._known.goods)
        length = len(sentence.text)
        return {
            "other_goods": bool(pairs(sentence.text) & self._known.others) and not own,
            "goods": min(2, len(pairs(sentence.text) & self._known.goods - self._wanted)),
            "own_row": meant,
            "strange_row": bool(sentence.row) and not meant,
            "other_row": bool(sentence.row) and not meant and any(pairs(row) & said for row in rows),
            "first": sentence.position == 0,
            "late": min(1.0, sentence.position / 6),
            "long": 1.0 if length > 90 else 0.4 if length > 65 else 0.0,
            "short": length < 8,
            "dangling": self._reworder.dangling(sentence.text),
        }

    def cell_traits(self, cell: Sentence, hit: Hit, rank: int, *, asked: bool) -> dict[str, float]:
        """The traits of a cell of the catalogue; `asked`: the question names its column."""
        found = {
            "always": 1.0,
            **self._searched(hit, rank),
            **self._worded(cell, hit),
            "term": min(3, sum(term in f"{cell.row}{cell.text}" for term in self._terms)),
            "cell": 1.0,
            "column": asked,
        }
        return {name: float(value) for name, value in found.items() if value}

    def to_the_point(self, sentence: Sentence, hit: Hit, own: Sequence[Rule]) -> bool:
        """Whether it shares a word with the question, a term with the playbook, or a topic with both."""
        section = hit.snippet.heading.rpartition(" · ")[2]
        text = f"{section} {sentence.lead} {sentence.text}"
        return (
            bool(pairs(text) & self._wanted)
            or any(term in text for term in self._terms)
            or any(rule.topic in self._playbook.topics for rule in own)
        )


def weigh(traits: Mapping[str, float]) -> float:
    """The sum of the traits by their weights."""
    table = weights()
    return sum(table[name] * value for name, value in traits.items())


@cache
def weights() -> Mapping[str, float]:
    """The shipped weights; read once, when first needed."""
    return load_weights(WEIGHTS)


def load_weights(path: Path) -> Mapping[str, float]:
    """A file of the shape of `weights.yaml`. Raises SettingsError naming the file and field."""
    data: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    try:
        read = TypeAdapter(dict[str, float]).validate_python(data)
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        field = ".".join(str(part) for part in problem["loc"]) or "file"
        raise SettingsError(f"{path}: {field}: {problem['msg']}; expected `trait: number`") from error
    for name in sorted(set(read) ^ set(TRAITS)):
        raise SettingsError(f"{path}: {name}: expected exactly the traits {', '.join(TRAITS)}")
    return read


def _heads(heading: str) -> frozenset[str]:
    """The conditions under which a whole section stands: what its own heading says, and for which goods
    its document is; a document on several matters says nothing of each section."""
    title, _, section = heading.rpartition(" · ")
    known = vocabulary().conditions
    goods = {name for name in conditions(title) if name in known and known[name].product}
    return conditions(section) | goods


def _customers(rule: Rule) -> bool:
    return bool(rule.topic) and vocabulary().topics[rule.topic].who == "customer"


@cache
def _facet_finder() -> Finder:
    return Finder.of((name, facet.customer) for name, facet in vocabulary().facets.items())


@cache
def _step_pattern() -> re.Pattern[str]:
    return any_of(vocabulary().steps)
