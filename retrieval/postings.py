"""Which token stands in which row how often, as numpy arrays: collected in memory, merged on disk."""

from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from retrieval.tokenising import CONCEPT, PIECE, SOUND, fingerprint, is_han
from retrieval.wording import analysed

Analyse = Callable[[str], list[str]]
CHUNK = 1_000_000
"""Postings sorted at a time: bounds memory while building."""
MOST = 255
"""Frequencies are kept in one byte each."""
ROWS_AT_ONCE = 10_000
"""Rows collected in memory before they go to disk: about 100 MB of words and their places."""
HAN, LATIN, SOUNDS, PIECES, CONCEPTS = range(5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Postings:
    """All that weighing needs, and all that growing needs."""

    vocabulary: NDArray[np.uint64]
    """Sorted fingerprints."""
    classes: NDArray[np.uint8]
    """Of each term: Chinese, Latin, sound, piece or concept."""
    starts: NDArray[np.int64]
    """Where each term's postings start; one more than there are terms."""
    rows: NDArray[np.int32]
    """Rows of each term, ascending."""
    counts: NDArray[np.uint8]
    lengths: NDArray[np.uint32]
    """Tokens of each row."""

    def save(self, folder: Path) -> None:
        """Write the arrays into a folder."""
        folder.mkdir(parents=True, exist_ok=True)
        for name in Postings.__slots__:
            np.save(folder / f"{name}.npy", getattr(self, name), allow_pickle=False)

    @staticmethod
    def load(folder: Path) -> "Postings":
        """The postings of a folder, memory-mapped."""
        return Postings(**load_arrays(folder, Postings.__slots__))


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Some of an index's rows: the folder of their postings, and the number of each in the whole."""

    folder: Path
    numbers: NDArray[np.int64]
    """Ascending; -1 where a row is gone."""

    @property
    def postings(self) -> Postings:
        """Mapped anew each time, so that what was read does not stay in memory."""
        return Postings.load(self.folder)


def collect(texts: Iterable[str], *, analyse: Analyse = analysed) -> Postings:
    """The postings of texts, in memory."""
    vocabulary: defaultdict[str, int] = defaultdict()
    vocabulary.default_factory = vocabulary.__len__
    ids, counts, spans, lengths = array("I"), bytearray(), array("I"), array("I")
    for text in texts:
        found = analyse(text)
        counted = Counter(found)
        ids.fromlist(list(map(vocabulary.__getitem__, counted)))
        values = list(counted.values())
        counts += bytes(values if max(values, default=0) <= MOST else [min(value, MOST) for value in values])
        spans.append(len(counted))
        lengths.append(len(found))
    terms = np.frombuffer(ids, np.uint32) if ids else np.zeros(0, np.uint32)
    ends = np.cumsum(np.array(spans, np.int64))
    return _sorted(vocabulary, terms, ends, np.frombuffer(counts, np.uint8), np.array(lengths, np.uint32))


def collected(
    texts: Iterable[str], numbers: NDArray[np.int64], spare: Path, *, at_once: int = ROWS_AT_ONCE
) -> Iterator[Part]:
    """The postings of texts, so many rows at a time, on disk below `spare`; `numbers` are their rows."""
    waiting = iter(texts)
    for first in range(0, len(numbers), at_once):
        some = numbers[first : first + at_once]
        folder = spare / str(first)
        collect(islice(waiting, len(some))).save(folder)
        yield Part(folder=folder, numbers=some)


def merge(parts: Sequence[Part], size: int, folder: Path, *, at_once: int = CHUNK) -> None:
    """Write the postings of `size` rows of which every part has some: as if all were collected at once.

    `at_once` postings are merged at a time.
    """
    vocabulary = np.unique(np.concatenate([np.zeros(0, np.uint64), *(p.postings.vocabulary for p in parts)]))
    classes = np.empty(len(vocabulary), np.uint8)
    sizes, frequency = (np.zeros(len(vocabulary), np.int64) for _ in range(2))
    lengths = np.zeros(size, np.uint32)
    for part in parts:
        postings, kept = part.postings, part.numbers >= 0
        places = np.searchsorted(vocabulary, postings.vocabulary)
        classes[places] = postings.classes
        sizes[places] += np.diff(postings.starts)
        lengths[part.numbers[kept]] = postings.lengths[kept]
    total = sum(map(_kept, parts))
    folder.mkdir(parents=True, exist_ok=True)
    with _growing(folder / "rows.npy", np.int32, total) as rows, \
         _growing(folder / "counts.npy", np.uint8, total) as counts:  # fmt: skip
        for first, last in _blocks(sizes, at_once):
            found, often, frequency[first:last] = _merged(vocabulary[first:last], parts, size)
            rows.write(found.tobytes())
            counts.write(often.tobytes())
    used = frequency > 0
    starts = np.concatenate(([0], np.cumsum(frequency[used]))).astype(np.int64)
    rest = {"vocabulary": vocabulary[used], "classes": classes[used], "starts": starts, "lengths": lengths}
    for name, values in rest.items():
        np.save(folder / f"{name}.npy", values, allow_pickle=False)


@contextmanager
def _growing(file: Path, kind: type[np.generic], length: int) -> Iterator[BinaryIO]:
    """An array file of a known length, written from its start to its end."""
    described = {"descr": np.dtype(kind).str, "fortran_order": False, "shape": (length,)}
    with file.open("wb") as stream:
        np.lib.format.write_array_header_1_0(stream, described)
        yield stream


def load_arrays(folder: Path, names: Iterable[str]) -> dict[str, Any]:
    """Arrays of a folder by name, memory-mapped."""
    return {
        name: np.asarray(np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False)) for name in names
    }


def chunks(count: int) -> Iterator[slice]:
    """Slices that cover so many postings, a chunk at a time."""
    return (slice(begin, begin + CHUNK) for begin in range(0, count, CHUNK))


def _sorted(
    vocabulary: Mapping[str, int], terms: NDArray[np.uint32], ends: NDArray[np.int64],
    counts: NDArray[np.uint8], lengths: NDArray[np.uint32],
) -> Postings:  # fmt: skip
    """Postings in row order, row by row until its end, brought into term order a chunk at a time."""
    prints = np.fromiter(map(fingerprint.__wrapped__, vocabulary), np.uint64, len(vocabulary))
    classes = np.fromiter(map(_class, vocabulary), np.uint8, len(vocabulary))
    order = np.argsort(prints, kind="stable")
    place_of = np.empty(len(order), dtype=np.int64)
    place_of[order] = np.arange(len(order))
    frequency = np.zeros(len(order), np.int64)
    for part in chunks(len(terms)):
        frequency += np.bincount(terms[part], minlength=len(order))
    frequency = frequency[order]
    starts = np.concatenate(([0], np.cumsum(frequency))).astype(np.int64)
    filled = starts[:-1].copy()
    new_rows, new_counts = np.empty(len(terms), np.int32), np.empty(len(terms), np.uint8)
    for part in chunks(len(terms)):
        places = place_of[terms[part]]
        sort = np.argsort(places, kind="stable")
        found, first, many = np.unique(places[sort], return_index=True, return_counts=True)
        target = np.repeat(filled[found] - first, many) + np.arange(len(sort))
        filled[found] += many
        new_rows[target] = np.searchsorted(ends, part.start + sort, side="right")
        new_counts[target] = counts[part][sort]
    return Postings(
        vocabulary=prints[order], classes=classes[order], starts=starts,
        rows=new_rows, counts=new_counts, lengths=lengths,
    )  # fmt: skip


def _kept(part: Part) -> int:
    """How many of a part's postings are of rows that are still there."""
    rows = part.postings.rows
    if (part.numbers >= 0).all():
        return len(rows)
    return sum(int((part.numbers[rows[some]] >= 0).sum()) for some in chunks(len(rows)))


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
    words: NDArray[np.uint64], parts: Iterable[Part], size: int
) -> tuple[NDArray[np.int32], NDArray[np.uint8], NDArray[np.int64]]:
    """Rows, counts and frequency of some terms, from several parts."""
    keys, counts = [], []
    for part in parts:
        old = part.postings
        first = int(np.searchsorted(old.vocabulary, words[0], side="left"))
        last = int(np.searchsorted(old.vocabulary, words[-1], side="right"))
        start, end = int(old.starts[first]), int(old.starts[last])
        places = np.searchsorted(words, old.vocabulary[first:last])
        terms = np.repeat(places, np.diff(old.starts[first : last + 1]))
        rows = part.numbers[old.rows[start:end]]
        keys.append((terms * size + rows)[rows >= 0])
        counts.append(old.counts[start:end][rows >= 0])
    merged = np.concatenate(keys)
    order = np.argsort(merged, kind="stable")
    terms, rows = np.divmod(merged[order], max(size, 1))
    frequency = np.bincount(terms, minlength=len(words)).astype(np.int64)
    return rows.astype(np.int32), np.concatenate(counts)[order], frequency


def _class(token: str) -> int:
    if token.startswith(SOUND):
        return SOUNDS
    if token.startswith(PIECE):
        return PIECES
    if token.startswith(CONCEPT):
        return CONCEPTS
    return HAN if is_han(token) else LATIN
