"""A generation built aside: table, BM25, vectors, probes, manifest; nothing of it is live yet."""

import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.adapters.chroma import ChromaVectors
from retrieval.adapters.truth import Truth
from retrieval.document import Document, plain
from retrieval.embedding import Embedder, Vectors
from retrieval.errors import RetrievalError
from retrieval.generation import Manifest, flush, hash_files
from retrieval.lexical import weigh
from retrieval.postings import Part, Postings, collected, merge
from retrieval.ranking import Ranking
from retrieval.splitting import Entry, entries
from retrieval.table import KINDS, EntryTable, entry_key
from retrieval.versions import settled
from retrieval.wording import analysed

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


def snippets_of(documents: Iterable[Document]) -> Iterator[Entry]:
    """The entries drafts may find, in the order of a generation; versions of one id come together."""
    return (entry for document in settled(documents) for entry in entries(document))


def build(
    folder: Path, *, manifest: Manifest, truth: Truth, embedder: Embedder, ranking: Ranking,
    previous: Previous | None, progress: Progress,
) -> Manifest:  # fmt: skip
    """Write a whole generation of what the truth says into a new folder and return its manifest."""
    facts = _facts(folder, truth)
    table = EntryTable.save(folder / "entries", snippets_of(truth.documents()))
    progress("snippets", len(table), len(table))
    origin = _origin(table, previous)
    knows = previous is not None and previous.manifest.vocabulary == manifest.vocabulary
    _words(folder / "lexical", table, origin, previous if knows else None, ranking, progress)
    dropped = _vectors(folder, table, origin, embedder, previous, progress)
    _probe(folder, table, embedder)
    counts: dict[str, int] = {kind: int((table.kind == place).sum()) for place, kind in enumerate(KINDS)}
    manifest = replace(
        manifest,
        fingerprint=facts["fingerprint"],
        source=facts["source"],
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        embedder=embedder.name,
        dimensions=embedder.dimensions,
        counts={"documents": truth.size(), "snippets": len(table), **counts},
        dropped=dropped,
        files=hash_files(folder),
    )
    (folder / "manifest.json").write_text(manifest.to_json(), encoding="utf-8")
    flush(folder)
    return manifest


def _facts(folder: Path, truth: Truth) -> dict[str, str]:
    """Write what the truth knows beside the documents; what of it the manifest repeats is returned."""
    facts = truth.facts()
    repeated = {name: facts.pop(name, "") for name in ("fingerprint", "source")}
    (folder / "shop.json").write_text(json.dumps(facts, ensure_ascii=False), encoding="utf-8")
    return repeated


def _origin(table: EntryTable, previous: Previous | None) -> NDArray[np.int64]:
    """For each row the row of the previous generation that searches the same under the same key, or -1."""
    none = np.full(len(table), -1, dtype=np.int64)
    if previous is None:
        return none
    old = EntryTable.load(previous.folder / "entries")
    places = np.array(old.rows_of(table.keys), dtype=np.int64)
    same = (places >= 0) & (old.searched[places] == table.searched) if len(old) else places >= 0
    origin = np.where(same, places, -1)
    return origin if (np.diff(origin[origin >= 0]) > 0).all() else none


def _words(
    folder: Path, table: EntryTable, origin: NDArray[np.int64], previous: Previous | None, ranking: Ranking,
    progress: Progress,
) -> None:  # fmt: skip
    """Write the word index; rows known before are taken over from the previous generation."""
    if previous is None:
        origin = np.full(len(table), -1, dtype=np.int64)
    kept, fresh = np.flatnonzero(origin >= 0), np.flatnonzero(origin < 0)
    parts: list[Part] = []
    if previous is not None and len(kept):
        old = previous.folder / "lexical"
        numbers = np.full(len(Postings.load(old).lengths), -1, dtype=np.int64)
        numbers[origin[kept]] = kept
        parts.append(Part(folder=old, numbers=numbers))
    with TemporaryDirectory(prefix=".words-", dir=folder.parent) as spare:
        texts = (table.entry(int(row)).searched for row in fresh)
        done = 0
        for part in collected(texts, fresh, Path(spare)):
            parts.append(part)
            done += len(part.numbers)
            progress("words", done, len(fresh))
        merge(parts, len(table), folder)
    weigh(folder, ranking)


def _vectors(
    folder: Path, table: EntryTable, origin: NDArray[np.int64], embedder: Embedder,
    previous: Previous | None, progress: Progress,
) -> int:  # fmt: skip
    """Write the vector index; unchanged rows are taken over from the previous generation."""
    target = folder / "vectors"
    gone, dropped = _gone(table, origin, previous)
    mends = (
        previous is not None
        and previous.manifest.embedder == embedder.name
        and dropped <= AFRESH * max(len(table), 1)
    )
    todo = np.flatnonzero(origin < 0) if mends else np.arange(len(table))
    if previous is not None and mends:
        shutil.copytree(previous.folder / "vectors", target)
        index = ChromaVectors.open(target, embedder=embedder.name)
        index.drop(gone)
    else:
        index = ChromaVectors.create(target, embedder=embedder.name, dimensions=embedder.dimensions)
    try:
        for start in range(0, len(todo), EMBED_AT_ONCE):
            found = [table.entry(int(row)) for row in todo[start : start + EMBED_AT_ONCE]]
            vectors = embedded(embedder, [entry.searched for entry in found])
            index.put([entry_key(entry.snippet) for entry in found], vectors)
            progress("vectors", start + len(found), len(todo))
        if index.count() != len(table):
            raise RetrievalError(
                f"vector index holds {index.count()} rows; expected {len(table)}: sync again"
            )
    finally:
        index.close()
    return dropped if mends else 0


def _gone(table: EntryTable, origin: NDArray[np.int64], previous: Previous | None) -> tuple[list[str], int]:
    """Keys that are no more, and how many rows of the vector graph are stale by now."""
    if previous is None:
        return [], 0
    old = EntryTable.load(previous.folder / "entries")
    gone = np.flatnonzero(~np.isin(old.keys, table.keys))
    changed = int((origin < 0).sum())
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


def _probe(folder: Path, table: EntryTable, embedder: Embedder) -> None:
    step = max(1, len(table) // PROBES)
    found = {row: table.entry(row) for row in list(range(0, len(table), step))[:PROBES]}
    texts = [entry.searched for entry in found.values()]
    probes = [
        {"row": row, "key": entry_key(entry.snippet), "tokens": list(dict.fromkeys(analysed(entry.searched)))}
        for row, entry in found.items()
    ]
    (folder / "probes.json").write_text(json.dumps(probes, ensure_ascii=False), encoding="utf-8")
    vectors = embedded(embedder, texts) if texts else np.zeros((0, embedder.dimensions), np.float32)
    np.save(folder / "probes.npy", vectors, allow_pickle=False)


def shop_facts(**facts: Any) -> dict[str, Any]:
    """Values as plain JSON data."""
    return json.loads(json.dumps(facts, default=plain))  # type: ignore[no-any-return]
