"""Shops of four trades and four plain corpora, with questions: how often the right snippet is found.

python -m tests.retrieval.measuring [--misses]

Weights and vocabulary may be tuned on what is called dev; of the gate only the figures are looked at.
"""

import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from rich.console import Console
from rich.table import Table

from retrieval.bench import measure, settings
from retrieval.catalogue import product_document
from retrieval.embedding import Embedder, HashedEmbedder, Vectors
from retrieval.judged import Judged, passages
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
GATE = ("pets",)
"""Trades of which only the figures are looked at."""


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
    return [
        _trade(path) for folder in (CORPORA, CORPORA / "heldout") for path in sorted(folder.glob("*.yaml"))
    ]


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


def judged_sets() -> Iterator[tuple[str, Judged]]:
    """Every corpus with its questions; of a plain one every second question is the gate's."""
    for trade in trades():
        part = "gate" if trade.name in GATE else "dev"
        yield f"{trade.name}, {part}", _judged({e.snippet.id: e for e in trade.entries}, trade.asked)
    for path in sorted((CORPORA / "plain").glob("*.yaml")):
        data: Mapping[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
        rows = ((name, "", words) if isinstance(words, str) else (name, *words)
                for name, words in data["documents"].items())  # fmt: skip
        corpus = passages(rows)
        asked = [(text, tuple(right)) for text, *right in data["queries"]]
        for start, part in enumerate(("dev", "gate")):
            yield f"{path.stem}, {part}", _judged(corpus, asked[start::2])


def _judged(corpus: Mapping[str, Entry], asked: Sequence[tuple[str, tuple[str, ...]]]) -> Judged:
    return Judged(
        corpus=corpus,
        queries={str(number): text for number, (text, _) in enumerate(asked)},
        qrels={
            str(number): {name: 1.0 for name in corpus if name in right or name.partition("#")[0] in right}
            for number, (_, right) in enumerate(asked)
        },
    )


def main(arguments: Sequence[str]) -> None:
    """Print nDCG@10 of the default and its rivals on every set, and with --misses what was not among five."""
    columns = settings(compare=True)
    table = Table("set", "documents", "questions", "@5", "@10", *(setting.name for setting in columns))
    for name, judged in judged_sets():
        rows = [measure(judged, setting) for setting in columns]
        best = max(row.ndcg_10 for row in rows)
        cells = (f"{row.ndcg_10:.3f}{'*' if row.ndcg_10 == best else ''}" for row in rows)
        first = rows[0]
        table.add_row(
            name, str(first.documents), str(first.queries), f"{first.recall_5:.3f}",
            f"{first.recall_10:.3f}", *cells,
        )  # fmt: skip
    Console(width=180).print(table)
    if "--misses" in arguments:
        _print_misses()


def _print_misses() -> None:
    for trade in trades():
        if trade.name in GATE:
            continue
        with tempfile.TemporaryDirectory() as spare:
            for text, place, first in ranks(trade, searcher(trade.entries, Path(spare))):
                if place is None or place > 5:
                    sys.stdout.write(f"{trade.name} {place} {text} → {first}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
