"""The words from which policy sentences are read (`words.yaml`), checked and compiled once."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from service.errors import SettingsError

_ENDINGS = ("ing", "ed", "es", "s", "d")

WORDS = Path(__file__).parent / "words.yaml"


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Topic(_Record):
    """What a rule can be about."""

    who: str
    """`customer` or `shop`: who must act in time."""
    from_: str
    words: tuple[str, ...]


class Condition(_Record):
    """When a sentence holds."""

    policy: tuple[str, ...]
    without: tuple[str, ...] = ()
    customer: tuple[str, ...] = ()
    not_customer: tuple[str, ...] = ()
    """Customer's words by which it does not hold; they are looked for first."""
    product: tuple[str, ...] = ()
    status: tuple[str, ...] = ()
    late: bool = False
    """It holds when the order is overdue."""
    method: tuple[str, ...] = ()
    """Words of a refund's payment method."""
    against: tuple[str, ...] = ()


class Facet(_Record):
    """What a question is after."""

    customer: tuple[str, ...]
    prefers: tuple[str, ...]


class People(_Record):
    """Whom goods are for."""

    said: tuple[str, ...]
    """How customers name them."""
    marks: tuple[str, ...]
    """How a catalogue marks goods for them."""


class Goods(_Record):
    """How the columns of a catalogue are called, and what customers call them."""

    columns: dict[str, tuple[str, ...]]
    """Role → headings: `size_chart`, `stock`, `restock`, `warranty`, `highlight`, `hidden`."""
    questions: dict[str, tuple[str, ...]]
    """Heading → words of a question about it."""
    labels: dict[str, str]
    """English heading → Chinese."""
    height: tuple[str, ...]
    weight: tuple[str, ...]
    other_measures: tuple[str, ...]
    people: dict[str, People]
    under: tuple[str, ...]
    """Words after an amount that make it a ceiling."""


class Vocabulary(_Record):
    """All of `words.yaml`."""

    numerals: dict[str, float]
    units: dict[str, tuple[str, ...]]
    money: tuple[str, ...]
    money_before: tuple[str, ...]
    range_marks: tuple[str, ...]
    at_most: tuple[str, ...]
    inclusive: tuple[str, ...]
    beyond: tuple[str, ...]
    """Before a duration: what lies outside it is spoken of, so it grants nothing."""
    cutoff_after: tuple[str, ...]
    afternoon: tuple[str, ...]
    same_day: tuple[str, ...]
    next_day: tuple[str, ...]
    anchors: dict[str, tuple[str, ...]]
    anchor_marks: tuple[str, ...]
    between: tuple[str, ...]
    counting: tuple[str, ...]
    starting: tuple[str, ...]
    topics: dict[str, Topic]
    topicless: tuple[str, ...]
    """Words that hold a topic's word and are not about it."""
    conditions: dict[str, Condition]
    payers: dict[str, tuple[str, ...]]
    ways: dict[str, tuple[str, ...]]
    stances: dict[str, tuple[str, ...]]
    caps: dict[str, tuple[str, ...]]
    facets: dict[str, Facet]
    staff: tuple[str, ...]
    drops: tuple[str, ...]
    pending: tuple[str, ...]
    negators: tuple[str, ...]
    intact: tuple[str, ...]
    steps: tuple[str, ...]
    wishes: dict[str, tuple[str, ...]]
    steer: dict[str, tuple[str, ...]]
    personal: tuple[str, ...]
    """Words of reductions that not everybody gets."""
    small: tuple[str, ...]
    levels: str
    """Pattern of the names of member levels."""
    patterns: dict[str, str]
    regions: dict[str, str]
    """Region → its English name."""
    choices: tuple[str, ...]
    """Words by which a policy lets the customer choose."""
    goods: Goods


@dataclass(frozen=True, slots=True)
class Finder:
    """Finds which id's words stand where; longer words win over shorter ones at the same place."""

    pattern: re.Pattern[str]
    ids: dict[str, str]

    @classmethod
    def of(cls, words: Iterable[tuple[str, Iterable[str]]]) -> "Finder":
        """A finder of several ids' words; of two ids with one word the first keeps it.

        Words of the id "" are masked: they are found and mean nothing.
        """
        ids: dict[str, str] = {}
        for name, spellings in words:
            for word in spellings:
                ids.setdefault(word.lower(), name)
        return cls(pattern=any_of(ids), ids=ids)

    def all(self, text: str) -> list[tuple[int, int, str]]:
        """Start, end and id of every occurrence, from left to right."""
        spans = ((found.span(), self._id(found.group().lower())) for found in self.pattern.finditer(text))
        return [(*span, name) for span, name in spans if name]

    def _id(self, word: str) -> str:
        return next(self.ids[form] for form in (word, *_stems(word)) if form in self.ids)

    def names(self, text: str) -> frozenset[str]:
        """The ids that occur."""
        return frozenset(name for _, _, name in self.all(text))


def any_of(words: Iterable[str]) -> re.Pattern[str]:
    """A pattern for any of the words, longest first; Latin words match whole, or with a common ending."""
    ordered = sorted(set(words), key=lambda word: (-len(word), word))
    parts = [
        rf"\b{re.escape(word)}(?:{'|'.join(_ENDINGS)})?\b" if _latin(word) else re.escape(word)
        for word in ordered
    ]
    return re.compile("|".join(parts) or r"(?!)", re.IGNORECASE)


def _latin(word: str) -> bool:
    return word.isascii() and word[0].isalpha() and word[-1].isalpha()


def _stems(word: str) -> Iterable[str]:
    return (word.removesuffix(ending) for ending in _ENDINGS if word.endswith(ending))


@cache
def vocabulary() -> Vocabulary:
    """The shipped words; read once, when first needed."""
    return load_vocabulary(WORDS)


def load_vocabulary(path: Path) -> Vocabulary:
    """A file of the shape of `words.yaml`.

    Raises SettingsError naming the file and field that does not fit.
    """
    data: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    for topic in data.get("topics", {}).values():
        topic["from_"] = topic.pop("from", None)
    try:
        return Vocabulary.model_validate(data)
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        field = ".".join(str(part) for part in problem["loc"])
        raise SettingsError(f"{path}: {field}: {problem['msg']}; see the comments in the file") from error


@cache
def topic_finder() -> Finder:
    """Finds topics."""
    masks = ("", vocabulary().topicless)
    return Finder.of([masks, *((name, topic.words) for name, topic in vocabulary().topics.items())])


@lru_cache(maxsize=50_000)
def topics_in(text: str) -> frozenset[str]:
    """The topics a text names."""
    return topic_finder().names(text)


@cache
def anchor_finder() -> Finder:
    """Finds anchor events."""
    return Finder.of([("", vocabulary().topicless), *vocabulary().anchors.items()])


@cache
def condition_finder() -> Finder:
    """Finds conditions in policy wording; masked words come first and mean nothing."""
    masks = [("", word.without) for word in vocabulary().conditions.values()]
    own: list[tuple[str, tuple[str, ...]]] = [
        (name, condition.policy) for name, condition in vocabulary().conditions.items()
    ]
    return Finder.of([*own, *masks])


@cache
def wish_finder() -> Finder:
    """Finds what a customer's words ask for."""
    return Finder.of(vocabulary().wishes.items())


@cache
def pattern(name: str) -> re.Pattern[str]:
    """A pattern of `words.yaml`, compiled."""
    return re.compile(vocabulary().patterns[name])
