"""The snippets of a generation as a table: columns to filter by in memory, the words on disk."""

import json
import mmap
from array import array
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retrieval.snippet import LAW, Snippet, SnippetKind
from retrieval.splitting import Entry
from retrieval.tokenising import fingerprint, fold

KINDS: tuple[SnippetKind, ...] = ("policy", "product", "phrase")
_COLUMNS = (
    "start", "end", "kind", "law", "words", "searched", "keys", "ids", "offsets", "documents", "spans",
)  # fmt: skip
_CODES = {
    "start": "i", "end": "i", "kind": "B", "law": "B", "words": "Q", "searched": "Q", "keys": "Q", "ids": "Q",
    "offsets": "q", "documents": "Q", "versions": "Q",
}  # fmt: skip
"""Types of the columns while they grow; `versions` become `spans`."""
_print = fingerprint.__wrapped__
_FIELDS = tuple(field.name for field in fields(Snippet))
_FIRST, _LAST = date.min.toordinal(), date.max.toordinal()


def entry_key(snippet: Snippet) -> str:
    """The snippet's key in a generation: the law pack's are marked, for a shop may use the same ids."""
    return f"{LAW}/{snippet.key}" if snippet.shop == LAW else snippet.key


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryTable:
    """Rows are numbers from 0; every column has one value per row."""

    start: NDArray[np.int32]
    end: NDArray[np.int32]
    kind: NDArray[np.uint8]
    law: NDArray[np.bool_]
    words: NDArray[np.uint64]
    """Fingerprint of the text: rows of one value say the same."""
    searched: NDArray[np.uint64]
    """Fingerprint of all that is searched: unchanged means the vector still holds."""
    keys: NDArray[np.uint64]
    ids: NDArray[np.uint64]
    offsets: NDArray[np.int64]
    documents: NDArray[np.uint64]
    """Fingerprint of the document: rows of one value are its sections."""
    spans: NDArray[np.int32]
    """First and last row of document versions that have siblings, with their group: shape (n, 3)."""
    limited: Mapping[str, Sequence[int]]
    """Product id or category → rows limited to it."""
    lines: mmap.mmap | bytes
    by_key: tuple[NDArray[np.uint64], NDArray[np.int64]]
    by_id: tuple[NDArray[np.uint64], NDArray[np.int64]]

    def __len__(self) -> int:
        return len(self.kind)

    def entry(self, row: int) -> Entry:
        """The entry of a row, read from disk."""
        data = json.loads(self.lines[int(self.offsets[row]) : int(self.offsets[row + 1])])
        also = data.pop("also", "")
        for field in ("effective_from", "effective_to"):
            data[field] = date.fromisoformat(data[field]) if data[field] else None
        data["applies_to"] = tuple(data["applies_to"])
        return Entry(snippet=Snippet(**data), also=also)

    def rows_of_keys(self, keys: Sequence[str]) -> list[int]:
        """The row of each key, -1 where there is none."""
        return self.rows_of(np.fromiter(map(fingerprint, keys), dtype=np.uint64, count=len(keys)))

    def rows_of(self, wanted: NDArray[np.uint64]) -> list[int]:
        """The row of each key's fingerprint, -1 where there is none."""
        ordered, rows = self.by_key
        if not len(ordered):
            return [-1] * len(wanted)
        places = np.minimum(np.searchsorted(ordered, wanted), len(ordered) - 1)
        found = np.where(ordered[places] == wanted, rows[places], -1)
        return [int(row) for row in found]

    def rows_of_id(self, identity: str) -> list[int]:
        """The rows of a snippet id: its versions."""
        ordered, rows = self.by_id
        wanted = np.uint64(fingerprint(identity))
        first, last = (int(np.searchsorted(ordered, wanted, side=side)) for side in ("left", "right"))
        return sorted(int(row) for row in rows[first:last])

    def in_force(self, day: date) -> NDArray[np.bool_]:
        """Which rows hold on a day: valid, and of the newest valid version of their document."""
        number = day.toordinal()
        valid: NDArray[np.bool_] = (self.start <= number) & (self.end >= number)
        newest: dict[int, int] = {}
        for place, (first, _, group) in enumerate(self.spans):
            if valid[first]:
                newest[int(group)] = place
        for place, (first, last, group) in enumerate(self.spans):
            if newest.get(int(group), place) != place:
                valid[first : last + 1] = False
        return valid

    def of_kinds(self, kinds: Sequence[SnippetKind]) -> NDArray[np.bool_]:
        """Which rows are of one of these kinds."""
        return np.isin(self.kind, [KINDS.index(kind) for kind in kinds])

    @staticmethod
    def save(folder: Path, entries: Iterable[Entry]) -> "EntryTable":
        """Write entries as a table, one by one. They come by document, its versions by their start."""
        folder.mkdir(parents=True, exist_ok=True)
        columns = {name: array(code) for name, code in _CODES.items()}
        limited: dict[str, list[int]] = defaultdict(list)
        offset = 0
        with (folder / "entries.jsonl").open("wb") as file:
            for row, entry in enumerate(entries):
                line = _line(entry)
                file.write(line)
                columns["offsets"].append(offset)
                offset += len(line)
                for name, value in _values(entry).items():
                    columns[name].append(value)
                for name in entry.snippet.applies_to:
                    limited[name].append(row)
        columns["offsets"].append(offset)
        arrays = {name: np.array(column) for name, column in columns.items()}
        arrays["law"] = arrays["law"].astype(np.bool_)
        arrays["spans"] = _spans(arrays["documents"], arrays.pop("versions"))
        for name, column in arrays.items():
            np.save(folder / f"{name}.npy", column, allow_pickle=False)
        (folder / "limited.json").write_text(json.dumps(limited, ensure_ascii=False), encoding="utf-8")
        return EntryTable.load(folder)

    @staticmethod
    def load(folder: Path) -> "EntryTable":
        """The table of a folder."""
        columns = {name: np.load(folder / f"{name}.npy", allow_pickle=False) for name in _COLUMNS}
        with (folder / "entries.jsonl").open("rb") as file:
            empty = not (folder / "entries.jsonl").stat().st_size
            lines = b"" if empty else mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        return EntryTable(
            **columns,
            limited=json.loads((folder / "limited.json").read_text(encoding="utf-8")),
            lines=lines,
            by_key=_sorted(columns["keys"]),
            by_id=_sorted(columns["ids"]),
        )


def _line(entry: Entry) -> bytes:
    data = {name: getattr(entry.snippet, name) for name in _FIELDS}
    if entry.also:
        data["also"] = entry.also
    return json.dumps(data, ensure_ascii=False, default=str).encode() + b"\n"


def _values(entry: Entry) -> dict[str, int]:
    """What the columns say of an entry."""
    snippet = entry.snippet
    return {
        "start": _day(snippet.effective_from, _FIRST),
        "end": _day(snippet.effective_to, _LAST),
        "kind": KINDS.index(snippet.kind),
        "law": snippet.shop == LAW,
        "words": _print("".join(fold(snippet.text).split())),
        "searched": _print(entry.searched),
        "keys": _print(entry_key(snippet)),
        "ids": _print(snippet.id),
        "documents": _print(f"{snippet.shop}/{snippet.document}"),
        "versions": _print(snippet.version),
    }


def _day(day: date | None, default: int) -> int:
    return default if day is None else day.toordinal()


def _sorted(prints: NDArray[np.uint64]) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    order = np.argsort(prints, kind="stable")
    return prints[order], order


def _spans(documents: NDArray[np.uint64], versions: NDArray[np.uint64]) -> NDArray[np.int32]:
    """(first row, last row, group) of every document version that has siblings, oldest first."""
    if not len(documents):
        return np.zeros((0, 3), np.int32)
    starts = (documents[1:] != documents[:-1]) | (versions[1:] != versions[:-1])
    first = np.concatenate(([0], np.flatnonzero(starts) + 1))
    last = np.concatenate((first[1:], [len(documents)])) - 1
    _, group, versions_of = np.unique(documents[first], return_inverse=True, return_counts=True)
    return np.stack((first, last, group), axis=1)[versions_of[group] > 1].astype(np.int32)
