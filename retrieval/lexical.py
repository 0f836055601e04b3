"""BM25 over numpy arrays that can be memory-mapped: terms as 64-bit fingerprints, postings term by term."""

from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.ranking import Ranking
from retrieval.tokenising import PIECE, SOUND, fingerprint, is_han, tokens

Analyse = Callable[[str], list[str]]
_CHUNK = 4_000_000
"""Postings sorted at a time: bounds memory while building."""
_MOST = 255
"""Frequencies and their saturated parts are kept in one byte each."""
_HAN, _LATIN, _SOUND, _PIECE = range(4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Postings:
    """Which token stands in which row how often: all that weighing needs, and all that growing needs."""

    vocabulary: NDArray[np.uint64]
    """Sorted fingerprints."""
    classes: NDArray[np.uint8]
    """Of each term: Chinese, Latin, sound or piece."""
    starts: NDArray[np.int64]
    """Where each term's postings start; one more than there are terms."""
    rows: NDArray[np.int32]
    """Rows of each term, ascending."""
    counts: NDArray[np.uint8]
    lengths: NDArray[np.uint32]
    """Tokens of each row."""

    def save(self, folder: Path) -> None:
        """Write the arrays into a folder."""
        _save(folder, self, Postings.__slots__)

    @staticmethod
    def load(folder: Path) -> "Postings":
        """The postings of a folder, memory-mapped."""
        return Postings(**_load(folder, Postings.__slots__))


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

    def save(self, folder: Path) -> None:
        """Write the arrays into a folder."""
        _save(folder, self, LexicalIndex.__slots__)

    @staticmethod
    def load(folder: Path) -> "LexicalIndex":
        """The index of a folder, memory-mapped."""
        return LexicalIndex(**_load(folder, LexicalIndex.__slots__))


def build_lexical(texts: Iterable[str], ranking: Ranking, *, analyse: Analyse = tokens) -> LexicalIndex:
    """Texts as an index."""
    return weighed(collect(texts, analyse=analyse), ranking)


def collect(texts: Iterable[str], *, analyse: Analyse = tokens) -> Postings:
    """The postings of texts."""
    vocabulary: defaultdict[str, int] = defaultdict()
    vocabulary.default_factory = vocabulary.__len__
    ids, counts, spans, lengths = array("I"), bytearray(), array("I"), array("I")
    for text in texts:
        found = analyse(text)
        counted = Counter(found)
        ids.fromlist(list(map(vocabulary.__getitem__, counted)))
        values = list(counted.values())
        counts += bytes(
            values if max(values, default=0) <= _MOST else [min(value, _MOST) for value in values]
        )
        spans.append(len(counted))
        lengths.append(len(found))
    terms = np.frombuffer(ids, np.uint32) if ids else np.zeros(0, np.uint32)
    ends = np.cumsum(np.array(spans, np.int64))
    return _sorted(vocabulary, terms, ends, np.frombuffer(counts, np.uint8), np.array(lengths, np.uint32))


def _sorted(
    vocabulary: Mapping[str, int], terms: NDArray[np.uint32], ends: NDArray[np.int64],
    counts: NDArray[np.uint8], lengths: NDArray[np.uint32],
) -> Postings:  # fmt: skip
    """Postings in row order, row by row until its end, brought into term order a chunk at a time."""
    prints = np.fromiter(map(fingerprint, vocabulary), np.uint64, len(vocabulary))
    classes = np.fromiter(map(_class, vocabulary), np.uint8, len(vocabulary))
    order = np.argsort(prints, kind="stable")
    place_of = np.empty(len(order), dtype=np.int64)
    place_of[order] = np.arange(len(order))
    frequency = np.zeros(len(order), np.int64)
    for begin in range(0, len(terms), _CHUNK):
        frequency += np.bincount(terms[begin : begin + _CHUNK], minlength=len(order))
    frequency = frequency[order]
    starts = np.concatenate(([0], np.cumsum(frequency))).astype(np.int64)
    filled = starts[:-1].copy()
    new_rows, new_counts = np.empty(len(terms), np.int32), np.empty(len(terms), np.uint8)
    for begin in range(0, len(terms), _CHUNK):
        part = slice(begin, begin + _CHUNK)
        places = place_of[terms[part]]
        sort = np.argsort(places, kind="stable")
        found, first, many = np.unique(places[sort], return_index=True, return_counts=True)
        target = np.repeat(filled[found] - first, many) + np.arange(len(sort))
        filled[found] += many
        new_rows[target] = np.searchsorted(ends, begin + sort, side="right")
        new_counts[target] = counts[part][sort]
    return Postings(
        vocabulary=prints[order], classes=classes[order], starts=starts,
        rows=new_rows, counts=new_counts, lengths=lengths,
    )  # fmt: skip


def grown(old: Postings, origin: Sequence[int], fresh: Postings, *, at_once: int = _CHUNK) -> Postings:
    """The postings of rows of which some are old: the same as if all were collected anew.

    `origin` gives for each new row its old one, ascending, or -1; `fresh` has the -1 rows, in order.
    `at_once` postings are merged at a time.
    """
    source = np.array(origin, dtype=np.int64)
    kept, added = np.flatnonzero(source >= 0), np.flatnonzero(source < 0)
    now = np.full(len(old.lengths), -1, dtype=np.int64)
    now[source[kept]] = kept
    vocabulary = np.union1d(old.vocabulary, fresh.vocabulary)
    classes = np.empty(len(vocabulary), np.uint8)
    sizes = np.zeros(len(vocabulary), np.int64)
    for part in (old, fresh):
        places = np.searchsorted(vocabulary, part.vocabulary)
        classes[places] = part.classes
        sizes[places] += np.diff(part.starts)
    rows, counts, frequency = [np.zeros(0, np.int32)], [np.zeros(0, np.uint8)], [np.zeros(0, np.int64)]
    for first, last in _blocks(sizes, at_once):
        words = vocabulary[first:last]
        found = _merged(words, ((old, now), (fresh, added)), len(source))
        rows.append(found[0])
        counts.append(found[1])
        frequency.append(found[2])
    often = np.concatenate(frequency)
    used = often > 0
    lengths = np.empty(len(source), np.uint32)
    lengths[kept], lengths[added] = old.lengths[source[kept]], fresh.lengths
    return Postings(
        vocabulary=vocabulary[used], classes=classes[used],
        starts=np.concatenate(([0], np.cumsum(often[used]))).astype(np.int64),
        rows=np.concatenate(rows), counts=np.concatenate(counts), lengths=lengths,
    )  # fmt: skip


def _blocks(sizes: NDArray[np.int64], at_once: int) -> Iterator[tuple[int, int]]:
    """Ranges of terms whose postings fit in a chunk (or one term alone)."""
    ends = np.cumsum(sizes)
    first = 0
    while first < len(sizes):
        before = int(ends[first - 1]) if first else 0
        last = max(first + 1, int(np.searchsorted(ends, before + at_once, side="right")))
        yield first, last
        first = last


def _merged(
    words: NDArray[np.uint64], parts: Iterable[tuple[Postings, NDArray[np.int64]]], size: int
) -> tuple[NDArray[np.int32], NDArray[np.uint8], NDArray[np.int64]]:
    """Rows, counts and frequency of some terms, from several postings whose rows are numbered anew."""
    keys, counts = [], []
    for part, numbers in parts:
        first = int(np.searchsorted(part.vocabulary, words[0], side="left"))
        last = int(np.searchsorted(part.vocabulary, words[-1], side="right"))
        start, end = int(part.starts[first]), int(part.starts[last])
        places = np.searchsorted(words, part.vocabulary[first:last])
        terms = np.repeat(places, np.diff(part.starts[first : last + 1]))
        rows = numbers[part.rows[start:end]]
        keys.append((terms * size + rows)[rows >= 0])
        counts.append(part.counts[start:end][rows >= 0])
    merged = np.concatenate(keys)
    order = np.argsort(merged, kind="stable")
    terms, rows = np.divmod(merged[order], max(size, 1))
    frequency = np.bincount(terms, minlength=len(words)).astype(np.int64)
    return rows.astype(np.int32), np.concatenate(counts)[order], frequency


def weighed(postings: Postings, ranking: Ranking) -> LexicalIndex:
    """Postings with BM25's weights. Long rows are held back less where nearly all tokens are Latin."""
    size, frequency = len(postings.lengths), np.diff(postings.starts)
    total = int(frequency.sum())
    han = int(frequency[postings.classes == _HAN].sum())
    b = ranking.b_latin if total and han / total < 0.1 else ranking.b_han
    weights = np.array([1.0, 1.0, ranking.sounds, ranking.pieces])
    idf = np.log1p((size - frequency + 0.5) / (frequency + 0.5)) * weights[postings.classes]
    mean = float(postings.lengths.mean()) if size else 1.0
    held = (ranking.k1 * (1 - b + b * postings.lengths / max(mean, 1.0))).astype(np.float32)
    unit = (ranking.k1 + 1) / _MOST
    parts = np.empty(len(postings.rows), np.uint8)
    for begin in range(0, len(parts), _CHUNK):
        part = slice(begin, begin + _CHUNK)
        count = postings.counts[part].astype(np.float32)
        parts[part] = np.maximum(1, np.round(count * _MOST / (count + held[postings.rows[part]])))
    return LexicalIndex(
        vocabulary=postings.vocabulary, starts=postings.starts, rows=postings.rows,
        idf=idf.astype(np.float32), parts=parts, shape=np.array([size, unit]),
    )  # fmt: skip


def _class(token: str) -> int:
    if token.startswith(SOUND):
        return _SOUND
    if token.startswith(PIECE):
        return _PIECE
    return _HAN if is_han(token) else _LATIN


def _save(folder: Path, arrays: object, names: Iterable[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        np.save(folder / f"{name}.npy", getattr(arrays, name), allow_pickle=False)


def _load(folder: Path, names: Iterable[str]) -> dict[str, Any]:
    return {
        name: np.asarray(np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False)) for name in names
    }
