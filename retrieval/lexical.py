"""BM25 over numpy arrays that can be memory-mapped: terms as 64-bit fingerprints, postings term by term."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retrieval.postings import HAN, MOST, Analyse, Postings, chunks, collect, load_arrays
from retrieval.ranking import Ranking
from retrieval.tokenising import fingerprint
from retrieval.wording import analysed

_ADDED = ("idf", "parts", "shape")
"""What weighing adds to the postings it stands beside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LexicalIndex:
    """A BM25 index; rows are numbers from 0 in the order the texts came."""

    vocabulary: NDArray[np.uint64]
    starts: NDArray[np.int64]
    rows: NDArray[np.int32]
    idf: NDArray[np.float32]
    """Inverse document frequency times the weight of the token's class."""
    parts: NDArray[np.uint8]
    """Saturated frequency of the term in the row, in steps of `unit`."""
    shape: NDArray[np.float64]
    """Number of rows, and the unit of `parts`."""

    @property
    def size(self) -> int:
        """How many rows there are."""
        return int(self.shape[0])

    def score(self, weights: Mapping[str, float]) -> NDArray[np.float32]:
        """The score of every row for weighted tokens."""
        scores = np.zeros(self.size, dtype=np.float32)
        for token, place in self.places(weights).items():
            start, end = self.starts[place], self.starts[place + 1]
            scores[self.rows[start:end]] += self.parts[start:end] * self._factor(place, weights[token])
        return scores

    def frequency(self, token: str) -> int:
        """How many rows hold a token."""
        return self.frequencies([token])[token]

    def frequencies(self, words: Sequence[str]) -> dict[str, int]:
        """How many rows hold each token."""
        places = self.places(words)
        return {
            word: int(self.starts[places[word] + 1] - self.starts[places[word]]) if word in places else 0
            for word in words
        }

    def explain(
        self, row: int, weights: Mapping[str, float], places: Mapping[str, int]
    ) -> list[tuple[str, float]]:
        """The tokens that gave a row its score, and how much each, most first; `places` is from places()."""
        given = []
        for token, place in places.items():
            start, end = int(self.starts[place]), int(self.starts[place + 1])
            spot = start + int(self.rows[start:end].searchsorted(row))
            if spot < end and self.rows[spot] == row:
                given.append((token, float(self.parts[spot] * self._factor(place, weights[token]))))
        return sorted(given, key=lambda pair: (-pair[1], pair[0]))

    def places(self, wanted: Iterable[str]) -> dict[str, int]:
        """Where the known ones of some tokens stand in the vocabulary."""
        words = list(wanted)
        if not words or not len(self.vocabulary):
            return {}
        prints = np.fromiter(map(fingerprint, words), dtype=np.uint64, count=len(words))
        places = np.minimum(self.vocabulary.searchsorted(prints), len(self.vocabulary) - 1)
        known = self.vocabulary[places] == prints
        return {
            word: int(place) for word, place, is_known in zip(words, places, known, strict=True) if is_known
        }

    def _factor(self, place: int, weight: float) -> np.float32:
        return np.float32(weight * self.shape[1] * self.idf[place])

    @staticmethod
    def load(folder: Path) -> "LexicalIndex":
        """The index of a folder, memory-mapped."""
        return LexicalIndex(**load_arrays(folder, LexicalIndex.__slots__))


def build_lexical(texts: Iterable[str], ranking: Ranking, *, analyse: Analyse = analysed) -> LexicalIndex:
    """Texts as an index."""
    return weighed(collect(texts, analyse=analyse), ranking)


def weigh(folder: Path, ranking: Ranking) -> None:
    """Write the weights beside the postings of a folder."""
    index = weighed(Postings.load(folder), ranking)
    for name in _ADDED:
        np.save(folder / f"{name}.npy", getattr(index, name), allow_pickle=False)


def weighed(postings: Postings, ranking: Ranking) -> LexicalIndex:
    """Postings with BM25's weights. Long rows are held back less where nearly all tokens are Latin."""
    size, frequency = len(postings.lengths), np.diff(postings.starts)
    total = int(frequency.sum())
    han = int(frequency[postings.classes == HAN].sum())
    b = ranking.b_latin if total and han / total < 0.1 else ranking.b_han
    weights = np.array([1.0, 1.0, ranking.sounds, ranking.pieces, ranking.concepts])
    idf = np.log1p((size - frequency + 0.5) / (frequency + 0.5)) * weights[postings.classes]
    mean = float(postings.lengths.mean()) if size else 1.0
    held = (ranking.k1 * (1 - b + b * postings.lengths / max(mean, 1.0))).astype(np.float32)
    unit = (ranking.k1 + 1) / MOST
    parts = np.empty(len(postings.rows), np.uint8)
    for part in chunks(len(parts)):
        count = postings.counts[part].astype(np.float32)
        parts[part] = np.maximum(1, np.round(count * MOST / (count + held[postings.rows[part]])))
    return LexicalIndex(
        vocabulary=postings.vocabulary, starts=postings.starts, rows=postings.rows,
        idf=idf.astype(np.float32), parts=parts, shape=np.array([size, unit]),
    )  # fmt: skip
