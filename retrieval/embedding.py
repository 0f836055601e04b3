"""Embedders: text as vectors. The embedded default needs no weights: it hashes the search tokens."""

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from retrieval.tokenising import PIECE, SOUND, fingerprint, tokens

Vectors = NDArray[np.float32]


class Embedder(Protocol):
    """Text as unit vectors. Every implementation passes `tests/retrieval/contracts.py`."""

    @property
    def name(self) -> str:
        """Model and dimensions: vectors of another name are never compared."""
        ...

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        ...

    @property
    def weight(self) -> float:
        """Share of the vector list in the fusion, 0 to 1: small for weak vectors, a half for a real model."""
        ...

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One row of length 1 per text (zeros for a text without words)."""
        ...


class HashedEmbedder:
    """Search tokens hashed into signed places: the same on every machine, no model, no download."""

    def __init__(self, dimensions: int = 512) -> None:
        self._dimensions = dimensions

    @property
    def name(self) -> str:
        """Identity of the vectors; the number after `v` changes with the recipe."""
        return f"hashed-{self._dimensions}-v2"

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        return self._dimensions

    @property
    def weight(self) -> float:
        """Enough to part near-equals: measured on nine own sets, each 0.1 more costs half a point."""
        return 0.02

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One unit row per text."""
        vectors = np.zeros((len(texts), self._dimensions), dtype=np.float32)
        for row, text in enumerate(texts):
            counted = Counter(tokens(text))
            if not counted:
                continue
            spots, weights = zip(*map(_spot, counted), strict=True)
            tf = np.fromiter(counted.values(), dtype=np.float32, count=len(counted))
            vectors[row] = np.bincount(
                np.array(spots) % self._dimensions,
                weights=np.array(weights) * tf * 1.9 / (tf + 0.9),
                minlength=self._dimensions,
            )
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        np.divide(vectors, norms, out=vectors, where=norms > 0)
        return vectors


@lru_cache(maxsize=1 << 18)
def _spot(token: str) -> tuple[int, float]:
    """Where a token goes, and its signed weight, a stand-in for rarity: pairs and words say most."""
    mark = fingerprint(token)
    weight = 0.3 if token.startswith((SOUND, PIECE)) else 0.35 if len(token) == 1 else 1.0
    return mark & 0x7FFF_FFFF_FFFF_FFFF, weight if mark >> 63 else -weight
