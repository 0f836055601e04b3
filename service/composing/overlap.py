"""What two texts have in common: pairs of characters, words, and how telling each of them is."""

import math
import re
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache

from retrieval.snippet import Hit
from service.facts.sentence import sentences
from service.facts.vocabulary import vocabulary

_LATIN = re.compile(r"[a-z0-9]{2,}")
_CHINESE = re.compile(r"[\u3400-\u9fff]+")


@lru_cache(maxsize=50_000)
def pairs(text: str) -> frozenset[str]:
    """Pairs of Chinese characters, and Latin words and digit runs."""
    text = text.lower()
    chinese = (run[i : i + 2] for run in _CHINESE.findall(text) for i in range(len(run) - 1))
    return frozenset(chinese).union(_LATIN.findall(text)).difference(vocabulary().small)


@lru_cache(maxsize=50_000)
def letters(text: str) -> frozenset[str]:
    """Its Chinese characters."""
    return frozenset("".join(_CHINESE.findall(text)))


class Rarity:
    """How telling a word is among the sentences found: 1 if one of them has it, near 0 if all do."""

    def __init__(self, hits: Iterable[Hit]) -> None:
        texts = [f"{hit.snippet.heading} {each.text}" for hit in hits for each in sentences(hit.snippet)]
        self._count = Counter(word for text in texts for word in (*pairs(text), *letters(text)))
        self._most = math.log(1 + len(texts)) or 1.0

    def of(self, word: str) -> float:
        """Between 0 and 1."""
        return max(0.0, 1 - math.log(max(1, self._count[word])) / self._most)

    def sum(self, words: Iterable[str]) -> float:
        """Of several words."""
        return sum(map(self.of, words))
