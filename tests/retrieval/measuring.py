"""Shops of three trades and what their customers write: how often the right snippet is found.

python -m tests.retrieval.measuring [--misses]
"""

import statistics
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from retrieval.catalogue import product_document
from retrieval.embedding import Embedder, HashedEmbedder, Vectors
from retrieval.lexical import build_lexical
from retrieval.product import Product
from retrieval.query import Query
from retrieval.ranking import Ranking, load_ranking
from retrieval.searching import Searcher
from retrieval.snippet import Snippet
from retrieval.splitting import Entry, entries
from retrieval.table import EntryTable, entry_key

CORPORA = Path(__file__).with_name("corpora")
DAY = date(2026, 11, 20)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trade:
    """One shop's entries, and questions with the ids that answer them."""

    name: str
    entries: tuple[Entry, ...]
    asked: tuple[tuple[str, tuple[str, ...]], ...]


class ExactVectors:
    """Nearest rows by looking at all of them: what an index approximates."""

    def __init__(self, keys: Sequence[str], vectors: Vectors) -> None:
        self._keys, self._vectors = keys, vectors

    def nearest(self, vector: Vectors, count: int) -> list[tuple[str, float]]:
        """Keys of the nearest rows with their cosine."""
        cosines = self._vectors @ vector
        order = np.lexsort((np.arange(len(cosines)), -cosines))[:count]
        return [(self._keys[row], float(cosines[row])) for row in order]


def trades() -> list[Trade]:
    """The corpora beside this file."""
    return [_trade(path) for folder in (CORPORA, CORPORA / "heldout") for path in sorted(folder.glob("*.yaml"))]


def _trade(path: Path) -> Trade:
    data: Mapping[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    found = [
        Entry(
            snippet=Snippet(
                id=f"{name}#{anchor}",
                text=text,
                heading=f"{policy['title']} · {heading}",
                kind="policy",
                shop=path.stem,
            )
        )
        for name, policy in data["policies"].items()
        for anchor, (heading, text) in policy["sections"].items()
    ]
    for identity, name, category, price, specs in data["products"]:
        product = Product(id=identity, name=name, category=category, price=price, specs=specs)
        found += entries(product_document(product, shop=path.stem))
    return Trade(
        name=path.stem, entries=tuple(found), asked=tuple((text, tuple(ids)) for text, ids in data["queries"])
    )


def searcher(
    found: Sequence[Entry], folder: Path, *, ranking: Ranking | None = None, embedder: Embedder | None = None
) -> Searcher:
    """Search over entries with exact vectors."""
    ranking, embedder = ranking or load_ranking(), embedder or HashedEmbedder()
    vectors = ExactVectors(
        [entry_key(entry.snippet) for entry in found], embedder.embed([entry.searched for entry in found])
    )
    return Searcher(
        table=EntryTable.save(folder, found), lexical=build_lexical((e.searched for e in found), ranking),
        vectors=lambda: vectors, embedder=embedder, ranking=ranking, categories={},
    )  # fmt: skip


def ranks(trade: Trade, search: Searcher) -> list[tuple[str, int | None, list[str]]]:
    """For every question the rank of the first right snippet, and what came first."""
    rows = []
    for text, right in trade.asked:
        ids = [hit.snippet.id for hit in search.search([Query(text=text, at=DAY)], k=30)]
        rows.append((text, next((place for place, i in enumerate(ids, 1) if i in right), None), ids[:3]))
    return rows


def figures(places: Sequence[int | None]) -> str:
    """Share found first, among three, five and ten, and the mean reciprocal rank."""
    share = {cut: sum(p is not None and p <= cut for p in places) / len(places) for cut in (1, 3, 5, 10)}
    mrr = statistics.fmean(1 / p if p else 0.0 for p in places)
    return " ".join(f"@{cut} {value:.3f}" for cut, value in share.items()) + f" mrr {mrr:.3f}"


def main(arguments: Sequence[str]) -> None:
    """Print the figures of every trade, and with --misses what was not among the first five."""
    import tempfile

    everything: list[int | None] = []
    for trade in trades():
        with tempfile.TemporaryDirectory() as spare:
            rows = ranks(trade, searcher(trade.entries, Path(spare)))
        places = [place for _, place, _ in rows]
        everything += places
        sys.stdout.write(f"{trade.name:12} {figures(places)}\n")
        if "--misses" in arguments:
            for text, place, first in rows:
                if place is None or place > 3:
                    sys.stdout.write(f"    {place} {text} → {first}\n")
    sys.stdout.write(f"{'all':12} {figures(everything)}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
