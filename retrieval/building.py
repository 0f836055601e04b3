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
from retrieval.lexical import build_lexical
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
    lexical = build_lexical((entry.searched for entry in found), ranking)
    lexical.save(folder / "lexical")
    progress("words", len(found), len(found))
    dropped = _vectors(folder, table, found, embedder, previous, progress)
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


def _vectors(
    folder: Path, table: EntryTable, found: Sequence[Entry], embedder: Embedder,
    previous: Previous | None, progress: Progress,
) -> int:  # fmt: skip
    """Write the vector index; unchanged rows are taken over from the previous generation."""
    keys = [entry_key(entry.snippet) for entry in found]
    target = folder / "vectors"
    kept, gone, dropped = _kept(table, keys, previous, embedder)
    todo = [row for row, key in enumerate(keys) if key not in kept]
    if previous is not None and kept:
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
    return dropped


def _kept(
    table: EntryTable, keys: Sequence[str], previous: Previous | None, embedder: Embedder
) -> tuple[set[str], list[str], int]:
    """Keys whose vectors still hold, keys to drop, and rows dropped so far."""
    if previous is None or previous.manifest.embedder != embedder.name:
        return set(), [], 0
    old = EntryTable.load(previous.folder / "entries")
    places = old.rows_of_keys(keys)
    kept = {
        key
        for row, (key, place) in enumerate(zip(keys, places, strict=True))
        if place >= 0 and old.searched[place] == table.searched[row]
    }
    now = set(map(int, table.keys))
    gone = [
        entry_key(old.entry(row).snippet) for row, print_ in enumerate(old.keys) if int(print_) not in now
    ]
    dropped = previous.manifest.dropped + len(gone) + len(keys) - len(kept)
    if dropped > AFRESH * max(len(keys), 1):
        return set(), [], 0
    return kept, gone, dropped


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
