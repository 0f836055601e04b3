"""What customers say beside what policies write: weak words, and concepts that widen a question."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from retrieval.errors import RetrievalError
from retrieval.frontmatter import load_mapping
from retrieval.tokenising import fold, stem, tokens

FILE = Path(__file__).with_name("wording.yaml")
_WORD = re.compile(r"[a-z0-9']+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """The vocabulary of `wording.yaml`, ready to be held against questions."""

    weak: re.Pattern[str]
    phrases: Mapping[str, tuple[str, ...]]
    """Phrase → concepts."""
    written: Mapping[str, tuple[str, ...]]
    """Concept → tokens to search as well."""

    def strong_part(self, text: str) -> str:
        """The question without the words that name nothing."""
        return self.weak.sub(" ", fold(text))

    def widened(self, text: str, strangeness: Callable[[str], float]) -> dict[str, float]:
        """Tokens a question's concepts add, each with how strange (0 to 1) the phrase is to the corpus.

        A corpus that speaks as its customers do (a list of asked questions) needs no translation.
        """
        folded = fold(text)
        words = f" {' '.join(stem(word) for word in _WORD.findall(folded))} "
        found = {
            phrase
            for phrase in self.phrases
            if (f" {phrase} " in words if phrase.isascii() else phrase in folded)
        }
        weights: dict[str, float] = {}
        for phrase in sorted(found):
            share = strangeness(phrase)
            for concept in self.phrases[phrase]:
                for token in self.written[concept]:
                    weights[token] = max(share, weights.get(token, 0.0))
        return weights


@cache
def load_wording(path: Path = FILE) -> Wording:
    """The wording of a file. Raises RetrievalError naming file and field."""
    data = load_mapping(path.read_text(encoding="utf-8"), where=path.name)
    for name in ("weak", "weak_latin", "concepts"):
        if name not in data:
            raise RetrievalError(f"{path.name}: {name}: missing; expected weak, weak_latin, concepts")
    phrases: dict[str, tuple[str, ...]] = {}
    written: dict[str, tuple[str, ...]] = {}
    for concept, lists in data["concepts"].items():
        said, words = (
            _words(lists, f"{path.name}: concepts.{concept}", name) for name in ("said", "written")
        )
        for phrase in said:
            key = (
                " ".join(stem(word) for word in _WORD.findall(fold(phrase)))
                if phrase.isascii()
                else fold(phrase)
            )
            phrases[key] = (*phrases.get(key, ()), str(concept))
        written[str(concept)] = tuple(dict.fromkeys(token for word in words for token in tokens(word)))
    latin = "|".join(re.escape(str(word)) for word in data["weak_latin"])
    han = "|".join(sorted(map(re.escape, map(str, data["weak"])), key=len, reverse=True))
    return Wording(
        weak=re.compile(rf"{han}|\b(?:{latin})\b"),
        phrases=phrases,
        written=written,
    )


def _words(lists: Any, where: str, name: str) -> list[str]:
    words = lists.get(name) if isinstance(lists, dict) else None
    if not isinstance(words, list) or not words:
        raise RetrievalError(f"{where}.{name}: expected a list of words")
    return [str(word) for word in words]
