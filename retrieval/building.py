"""A generation built aside: table, BM25, vectors, probes, manifest; nothing of it is live yet."""

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from retrieval.adapters.chroma import ChromaVectors
from retrieval.document import Document
from retrieval.embedding import Embedder, Vectors
from retrieval.errors import RetrievalError
from retrieval.generation import Manifest, flush, hash_files
from retrieval.lexical import Postings, collect, grown, weighed
from retrieval.ranking import Ranking
from retrieval.splitting import Entry, entries
from retrieval.table import KINDS, EntryTable, entry_key
from retrieval.tokenising import tokens
from retrieval.versions import settled

Progress = Callable[[str, int, int], None]
"""Called with a stage, how many are done, and of how many."""
EMBED_AT_ONCE = 1_000
PROBES = 32
"""Rows whose own text and vector must find them: known answers for the check before publishing."""
AFRESH = 0.25
"""Above this share of changed or dropped rows the vector graph is built anew instead of mended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Previous:
    """The live generation, whose vectors are reused for unchanged snippets."""

    folder: Path
    manifest: Manifest


def snippets_of(documents: Sequence[Document]) -> list[Entry]:
    """The entries drafts may find, in the order of a generation."""
    return [entry for document in settled(documents) for entry in entries(document)]


def build(
    folder: Path, *, manifest: Manifest, documents: Sequence[Document], facts: dict[str, Any],
    embedder: Embedder, ranking: Ranking, previous: Previous | None, progress: Progress,
) -> Manifest:  # fmt: skip
    """Write a whole generation into a new folder and return its manifest."""
    found = snippets_of(documents)
    progress("snippets", len(found), len(found))
    table = EntryTable.save(folder / "entries", found)
    origin = _origin(table, previous)
    _words(folder / "lexical", found, origin, previous, ranking)
    progress("words", len(found), len(found))
    dropped = _vectors(folder, table, found, origin, embedder, previous, progress)
    _probe(folder, found, embedder)
    (folder / "shop.json").write_text(json.dumps(facts, ensure_ascii=False), encoding="utf-8")
    counts: dict[str, int] = {kind: int((table.kind == place).sum()) for place, kind in enumerate(KINDS)}
    manifest = replace(
        manifest,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        embedder=embedder.name,
        dimensions=embedder.dimensions,
        counts={"documents": len(documents), "snippets": len(found), **counts},
        dropped=dropped,
        files=hash_files(folder),
    )
    (folder / "manifest.json").write_text(manifest.to_json(), encoding="utf-8")
    flush(folder)
    return manifest


def _origin(table: EntryTable, previous: Previous | None) -> list[int]:
    """For each row the row of the previous generation that searches the same under the same key, or -1."""
    if previous is None:
        return [-1] * len(table)
    old = EntryTable.load(previous.folder / "entries")
    places = np.array(old.rows_of(table.keys), dtype=np.int64)
    same = (places >= 0) & (old.searched[places] == table.searched) if len(old) else places >= 0
    origin = [int(place) for place in np.where(same, places, -1)]
    kept = [place for place in origin if place >= 0]
    return origin if kept == sorted(kept) else [-1] * len(table)


def _words(
    folder: Path, found: Sequence[Entry], origin: Sequence[int], previous: Previous | None, ranking: Ranking
) -> None:
    """Write the word index; its arrays are gone from memory when this returns."""
    postings = _postings(found, origin, previous)
    postings.save(folder)
    weighed(postings, ranking).save(folder)


def _postings(found: Sequence[Entry], origin: Sequence[int], previous: Previous | None) -> Postings:
    fresh = collect(found[row].searched for row, place in enumerate(origin) if place < 0)
    if previous is None or len(fresh.lengths) == len(found):
        return fresh
    return grown(Postings.load(previous.folder / "lexical"), origin, fresh)


def _vectors(
    folder: Path, table: EntryTable, found: Sequence[Entry], origin: Sequence[int], embedder: Embedder,
    previous: Previous | None, progress: Progress,
) -> int:  # fmt: skip
    """Write the vector index; unchanged rows are taken over from the previous generation."""
    keys = [entry_key(entry.snippet) for entry in found]
    target = folder / "vectors"
    gone, dropped = _gone(table, origin, previous)
    mends = (
        previous is not None
        and previous.manifest.embedder == embedder.name
        and dropped <= AFRESH * max(len(keys), 1)
    )
    todo = [row for row, place in enumerate(origin) if place < 0 or not mends]
    if previous is not None and mends:
        shutil.copytree(previous.folder / "vectors", target)
        index = ChromaVectors.open(target, embedder=embedder.name)
        index.drop(gone)
    else:
        index = ChromaVectors.create(target, embedder=embedder.name, dimensions=embedder.dimensions)
    try:
        for start in range(0, len(todo), EMBED_AT_ONCE):
            rows = todo[start : start + EMBED_AT_ONCE]
            vectors = embedded(embedder, [found[row].searched for row in rows])
            index.put([keys[row] for row in rows], vectors)
            progress("vectors", min(start + EMBED_AT_ONCE, len(todo)), len(todo))
        if index.count() != len(keys):
            raise RetrievalError(f"vector index holds {index.count()} rows; expected {len(keys)}: sync again")
    finally:
        index.close()
    return dropped if mends else 0


def _gone(table: EntryTable, origin: Sequence[int], previous: Previous | None) -> tuple[list[str], int]:
    """Keys that are no more, and how many rows of the vector graph are stale by now."""
    if previous is None:
        return [], 0
    old = EntryTable.load(previous.folder / "entries")
    gone = np.flatnonzero(~np.isin(old.keys, table.keys))
    changed = sum(place < 0 for place in origin)
    keys = [entry_key(old.entry(int(row)).snippet) for row in gone]
    return keys, previous.manifest.dropped + len(gone) + changed


def embedded(embedder: Embedder, texts: Sequence[str]) -> Vectors:
    """Vectors of texts, held against what the embedder says of itself."""
    vectors = np.asarray(embedder.embed(texts), dtype=np.float32)
    if vectors.shape != (len(texts), embedder.dimensions):
        raise RetrievalError(
            f"embedder {embedder.name} gave vectors of shape {vectors.shape}; "
            f"expected {(len(texts), embedder.dimensions)}: set its dimensions to what the model gives"
        )
    if not np.isfinite(vectors).all():
        raise RetrievalError(f"embedder {embedder.name} gave numbers that are not finite; sync again")
    return vectors


def _probe(folder: Path, found: Sequence[Entry], embedder: Embedder) -> None:
    step = max(1, len(found) // PROBES)
    rows = list(range(0, len(found), step))[:PROBES]
    texts = [found[row].searched for row in rows]
    probes = [
        {"row": row, "key": entry_key(found[row].snippet), "tokens": list(dict.fromkeys(tokens(text)))}
        for row, text in zip(rows, texts, strict=True)
    ]
    (folder / "probes.json").write_text(json.dumps(probes, ensure_ascii=False), encoding="utf-8")
    vectors = embedded(embedder, texts) if texts else np.zeros((0, embedder.dimensions), np.float32)
    np.save(folder / "probes.npy", vectors, allow_pickle=False)


def shop_facts(**facts: Any) -> dict[str, Any]:
    """Values as plain JSON data."""
    return json.loads(json.dumps({name: _plain(value) for name, value in facts.items()}, default=str))  # type: ignore[no-any-return]


def _plain(value: Any) -> Any:
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    if hasattr(value, "__dataclass_fields__"):
        return asdict(value)
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value
