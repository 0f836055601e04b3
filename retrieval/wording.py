"""Customers' and policies' words: the weak ones, and the concepts that join two ways of saying a thing."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from operator import add
from pathlib import Path
from typing import Any

from retrieval.errors import RetrievalError
from retrieval.frontmatter import load_mapping
from retrieval.tokenising import CONCEPT, fold, is_exact, stem, tokens

FILE = Path(__file__).with_name("wording.yaml")
GAP = "…"
"""Stands in a phrase for a few characters of anything but punctuation."""
_GAP_CHARS = 6
_WORD = re.compile(r"[a-z0-9']+")
_STOP = re.compile(r"[^\w\s]|\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrases:
    """Phrases with the concepts they stand for, to be found in texts by how they begin."""

    han: Mapping[str, tuple[tuple[str, str, str], ...]]
    """First two characters, or the only one → (up to the gap, after it, the phrase)."""
    latin: Mapping[str, tuple[tuple[list[str], str], ...]]
    """First word → (words in their basic form, the phrase)."""
    concepts: Mapping[str, tuple[str, ...]]

    def find(self, text: str) -> Iterator[str]:
        """The phrases of a text, as often as they stand in it."""
        folded = fold(text)
        pairs = map(add, folded, f"{folded[1:]} ")
        for place, starts in enumerate(zip(folded, pairs, strict=True)):
            for start in starts:
                for head, tail, phrase in self.han.get(start, ()):
                    if folded.startswith(head, place) and (
                        not tail or tail in _after(folded, place + len(head), len(tail))
                    ):
                        yield phrase
        words = _words(folded)
        for place, first in enumerate(words):
            for wanted, phrase in self.latin.get(first, ()):
                if words[place : place + len(wanted)] == wanted:
                    yield phrase


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """The vocabulary of `wording.yaml`, ready to be held against questions and documents."""

    weak: re.Pattern[str]
    said: Phrases
    either: Phrases
    """Said or written."""
    written: Mapping[str, tuple[str, ...]]
    """Concept → tokens to search as well."""

    def strong_part(self, text: str) -> str:
        """The question without the words that name nothing."""
        return self.weak.sub(" ", fold(text))

    def meant(self, text: str, strangeness: Callable[[str], float]) -> dict[str, float]:
        """The concepts of a question, each with how strange (0 to 1) its phrase is to the corpus.

        A corpus that speaks as its customers do (a list of asked questions) needs no translation.
        """
        found: dict[str, float] = {}
        for phrase in dict.fromkeys(self.said.find(text)):
            share = strangeness(phrase)
            for concept in self.said.concepts[phrase]:
                found[concept] = max(share, found.get(concept, 0.0))
        return found


def analysed(text: str) -> list[str]:
    """The tokens of a text for the index: its words, and a mark for every concept phrase in it."""
    phrases = load_wording().either
    marks = [CONCEPT + concept for phrase in phrases.find(text) for concept in phrases.concepts[phrase]]
    return tokens(text) + marks


@cache
def load_wording(path: Path = FILE) -> Wording:
    """The wording of a file. Raises RetrievalError naming file and field."""
    data = load_mapping(path.read_text(encoding="utf-8"), where=path.name)
    for name in ("weak", "weak_latin", "concepts"):
        if name not in data:
            raise RetrievalError(f"{path.name}: {name}: missing; expected weak, weak_latin, concepts")
    said: list[tuple[str, str]] = []
    written: list[tuple[str, str]] = []
    for concept, lists in data["concepts"].items():
        for name, pairs in (("said", said), ("written", written)):
            pairs += [(word, str(concept)) for word in _list(lists, f"{path.name}: concepts.{concept}", name)]
    searched: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for word, concept in written:
        searched[concept] |= dict.fromkeys(t for t in tokens(word) if is_exact(t) and len(t) > 1)
    latin = "|".join(re.escape(str(word)) for word in data["weak_latin"])
    han = "|".join(sorted(map(re.escape, map(str, data["weak"])), key=len, reverse=True))
    return Wording(
        weak=re.compile(rf"{han}|\b(?:{latin})\b"),
        said=_phrases(said),
        either=_phrases(said + written),
        written={concept: tuple(words) for concept, words in searched.items()},
    )


def _phrases(pairs: Iterable[tuple[str, str]]) -> Phrases:
    concepts: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for word, concept in pairs:
        concepts[fold(word)][concept] = None
    han: defaultdict[str, tuple[tuple[str, str, str], ...]] = defaultdict(tuple)
    latin: defaultdict[str, tuple[tuple[list[str], str], ...]] = defaultdict(tuple)
    for phrase in concepts:
        if phrase.isascii():
            words = _words(phrase)
            latin[words[0]] += ((words, phrase),)
        else:
            head, _, tail = phrase.replace("...", GAP).strip(GAP).partition(GAP)
            han[head[:2]] += ((head, tail, phrase),)
    return Phrases(han=han, latin=latin, concepts={word: tuple(found) for word, found in concepts.items()})


def _words(folded: str) -> list[str]:
    return [stem(word) for word in _WORD.findall(folded)]


def _after(text: str, start: int, length: int) -> str:
    """What a phrase's second part is looked for in: a few characters, up to the next punctuation mark."""
    return _STOP.split(text[start : start + _GAP_CHARS + length], maxsplit=1)[0]


def _list(lists: Any, where: str, name: str) -> list[str]:
    words = lists.get(name) if isinstance(lists, dict) else None
    if not isinstance(words, list) or not words:
        raise RetrievalError(f"{where}.{name}: expected a list of words")
    return [str(word) for word in words]
