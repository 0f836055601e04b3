"""BM25 over numpy arrays that can be memory-mapped: terms as 64-bit fingerprints, postings term by term."""

from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retrieval.ranking import Ranking
from retrieval.tokenising import PIECE, SOUND, fingerprint, is_han, tokens

_ARRAYS = ("vocabulary", "starts", "idf", "rows", "parts")
_STEPS = 255
"""Saturated term frequencies are kept in one byte."""
_CHUNK = 4_000_000
"""Postings sorted at a time: bounds memory while building."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LexicalIndex:
    """A BM25 index; rows are numbers from 0 in the order the texts came."""

    vocabulary: NDArray[np.uint64]
    """Sorted fingerprints."""
    starts: NDArray[np.int64]
    """Where each term's postings start; one more than there are terms."""
    idf: NDArray[np.float32]
    """Inverse document frequency times the weight of the token's class."""
    rows: NDArray[np.int32]
    parts: NDArray[np.uint8]
    """Saturated frequency of the term in the row, in steps of `unit`."""
    size: int
    unit: float

    def score(self, weights: Mapping[str, float]) -> NDArray[np.float32]:
        """The score of every row for weighted tokens."""
        scores = np.zeros(self.size, dtype=np.float32)
        for place, weight in self._found(weights):
            start, end = self.starts[place], self.starts[place + 1]
            factor = np.float32(weight * self.unit * self.idf[place])
            scores[self.rows[start:end]] += self.parts[start:end] * factor
        return scores

    def explain(self, row: int, weights: Mapping[str, float]) -> list[tuple[str, float]]:
        """The tokens that gave a row its score, and how much each, most first."""
        given = []
        for token, weight in weights.items():
            for place, _ in self._found({token: weight}):
                start, end = int(self.starts[place]), int(self.starts[place + 1])
                spot = start + int(np.searchsorted(self.rows[start:end], row))
                if spot < end and self.rows[spot] == row:
                    given.append((token, float(weight * self.unit * self.idf[place] * self.parts[spot])))
        return sorted(given, key=lambda pair: (-pair[1], pair[0]))

    def _found(self, weights: Mapping[str, float]) -> list[tuple[int, float]]:
        if not weights or not len(self.vocabulary):
            return []
        wanted = np.fromiter((fingerprint(token) for token in weights), dtype=np.uint64, count=len(weights))
        places = np.searchsorted(self.vocabulary, wanted)
        places[places == len(self.vocabulary)] = 0
        known = self.vocabulary[places] == wanted
        return [
            (int(place), weight)
            for place, weight, is_known in zip(places, weights.values(), known, strict=True)
            if is_known
        ]

    def save(self, folder: Path) -> None:
        """Write the arrays into a folder."""
        folder.mkdir(parents=True, exist_ok=True)
        for name in _ARRAYS:
            np.save(folder / f"{name}.npy", getattr(self, name), allow_pickle=False)
        np.save(folder / "shape.npy", np.array([self.size, self.unit]), allow_pickle=False)

    @staticmethod
    def load(folder: Path) -> "LexicalIndex":
        """The index of a folder, memory-mapped."""
        size, unit = np.load(folder / "shape.npy", allow_pickle=False)
        arrays = {
            name: np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False) for name in _ARRAYS
        }
        return LexicalIndex(size=int(size), unit=float(unit), **arrays)


def build_lexical(
    texts: Iterable[str], ranking: Ranking, *, analyse: Callable[[str], list[str]] = tokens
) -> LexicalIndex:
    """Index texts. Length is held back more in Chinese than in Latin text, by the share of each."""
    vocabulary: dict[str, int] = {}
    ids, counts, spans, lengths = array("I"), array("B"), array("I"), array("d")
    han = total = 0
    for text in texts:
        counted = Counter(analyse(text))
        ids.extend([vocabulary.setdefault(token, len(vocabulary)) for token in counted])
        counts.extend([min(count, _STEPS) for count in counted.values()])
        spans.append(len(counted))
        lengths.append(counted.total())
        han += sum(map(is_han, counted))
        total += len(counted)
    b = ranking.b_latin if total and han / total < 0.1 else ranking.b_han
    return _assembled(vocabulary, ids, counts, spans, lengths, k1=ranking.k1, b=b, ranking=ranking)


def _assembled(
    vocabulary: Mapping[str, int], ids: "array[int]", counts: "array[int]", spans: "array[int]",
    lengths: "array[float]", *, k1: float, b: float, ranking: Ranking,
) -> LexicalIndex:  # fmt: skip
    size = len(spans)
    term_of = np.frombuffer(ids, dtype=np.uint32) if ids else np.zeros(0, np.uint32)
    prints = np.fromiter(map(fingerprint, vocabulary), dtype=np.uint64, count=len(vocabulary))
    order = np.argsort(prints, kind="stable")
    place_of = np.empty(len(order), dtype=np.int64)
    place_of[order] = np.arange(len(order))
    frequency = np.bincount(term_of, minlength=len(vocabulary))[order]
    starts = np.concatenate(([0], np.cumsum(frequency))).astype(np.int64)
    classes = np.fromiter(
        (_class_weight(token, ranking) for token in vocabulary), np.float32, len(vocabulary)
    )
    idf = (np.log1p((size - frequency + 0.5) / (frequency + 0.5)) * classes[order]).astype(np.float32)
    length = np.frombuffer(lengths, dtype=np.float64) if size else np.zeros(0)
    held = k1 * (1 - b + b * length / max(float(length.mean()), 1.0)) if size else length
    unit = (k1 + 1) / _STEPS
    rows, parts = np.empty(len(term_of), np.int32), np.empty(len(term_of), np.uint8)
    row_of = np.repeat(np.arange(size, dtype=np.int32), np.frombuffer(spans, np.uint32) if size else 0)
    tf = np.frombuffer(counts, dtype=np.uint8) if counts else np.zeros(0, np.uint8)
    filled = starts[:-1].copy()
    for begin in range(0, len(term_of), _CHUNK):
        chunk = slice(begin, begin + _CHUNK)
        places = place_of[term_of[chunk]]
        sort = np.argsort(places, kind="stable")
        ordered = places[sort]
        terms, first, many = np.unique(ordered, return_index=True, return_counts=True)
        target = np.repeat(filled[terms] - first, many) + np.arange(len(ordered))
        filled[terms] += many
        row = row_of[chunk][sort]
        count = tf[chunk][sort].astype(np.float32)
        rows[target] = row
        parts[target] = np.maximum(1, np.round(count * (k1 + 1) / (count + held[row]) / unit))
    return LexicalIndex(
        vocabulary=prints[order], starts=starts, idf=idf, rows=rows, parts=parts, size=size, unit=unit
    )


def _class_weight(token: str, ranking: Ranking) -> float:
    if token.startswith(SOUND):
        return ranking.sounds
    return ranking.pieces if token.startswith(PIECE) else 1.0
