"""Vectors in embedded Chroma: one collection per directory, our own vectors, no network."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from retrieval.embedding import Vectors
from retrieval.errors import GenerationDamaged

COLLECTION = "snippets"
BATCH = 2_000
"""Rows per call: well below Chroma's limit, large enough that overhead does not count."""
GRAPH = {
    "space": "ip",
    "max_neighbors": 32,
    "ef_construction": 100,
    "ef_search": 300,
    "sync_threshold": 1_000,
}
"""Measured on 20,000 rows: with Chroma's own 16 neighbours a quarter of a small outlying group is lost."""


class ChromaVectors:
    """A vector index on one directory, which belongs to one process: see `safety.md`, finding 1."""

    def __init__(self, client: Any, collection: Any) -> None:
        self._client, self._collection = client, collection

    @staticmethod
    def create(directory: Path, *, embedder: str, dimensions: int) -> "ChromaVectors":
        """An empty index in a new directory."""
        client = _client(directory)
        collection = client.create_collection(
            COLLECTION,
            embedding_function=None,
            metadata={"embedder": embedder, "dimensions": dimensions},
            configuration={"hnsw": GRAPH},
        )
        return ChromaVectors(client, collection)

    @staticmethod
    def open(directory: Path, *, embedder: str) -> "ChromaVectors":
        """An index that exists. Raises GenerationDamaged if it cannot be opened or is another's."""
        try:
            client = _client(directory)
            collection = client.get_collection(COLLECTION, embedding_function=None)
        except Exception as error:
            raise GenerationDamaged(f"{directory}: Chroma cannot open it: {error}") from error
        made_by = (collection.metadata or {}).get("embedder")
        if made_by != embedder:
            client.close()
            raise GenerationDamaged(
                f"{directory}: made by embedder {made_by}, but {embedder} is configured; "
                "make them anew: warmline kb rebuild --shop SHOP"
            )
        return ChromaVectors(client, collection)

    def put(self, keys: Sequence[str], vectors: Vectors) -> None:
        """Add or replace rows."""
        for start in range(0, len(keys), BATCH):
            part = slice(start, start + BATCH)
            self._collection.upsert(ids=list(keys[part]), embeddings=vectors[part])

    def drop(self, keys: Sequence[str]) -> None:
        """Remove rows."""
        for start in range(0, len(keys), BATCH):
            self._collection.delete(ids=list(keys[start : start + BATCH]))

    def count(self) -> int:
        """How many rows there are."""
        return int(self._collection.count())

    def keys(self) -> set[str]:
        """The keys of all rows."""
        return set(self._collection.get(include=[])["ids"])

    def nearest(self, vector: Vectors, count: int) -> list[tuple[str, float]]:
        """Keys of the nearest rows with their cosine, best first; ties by key."""
        if count < 1 or not np.any(vector):
            return []
        found = self._collection.query(
            query_embeddings=vector.reshape(1, -1), n_results=count, include=["distances"]
        )
        pairs = zip(found["ids"][0], found["distances"][0], strict=True)
        return sorted(((key, 1.0 - float(far)) for key, far in pairs), key=lambda pair: (-pair[1], pair[0]))

    def close(self) -> None:
        """Let go of the directory."""
        self._client.close()


@contextmanager
def borrowed(directory: Path, into: Path, *, embedder: str) -> Iterator[ChromaVectors]:
    """The index of a published directory, opened on a copy that is removed afterwards."""
    shutil.copytree(directory, into)
    try:
        vectors = ChromaVectors.open(into, embedder=embedder)
        try:
            yield vectors
        finally:
            vectors.close()
    finally:
        shutil.rmtree(into, ignore_errors=True)


def _client(directory: Path) -> Any:
    import chromadb
    from chromadb.config import Settings

    return chromadb.PersistentClient(str(directory), settings=Settings(anonymized_telemetry=False))
