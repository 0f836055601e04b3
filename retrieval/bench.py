"""Retrieval measured on judged corpora: quality and speed of one setting beside others.

Documents are indexed whole, one row each, and searched exactly as a shop's snippets are.
"""

import math
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import chain
from pathlib import Path

from retrieval.embedding import Embedder, HashedEmbedder
from retrieval.judged import Judged, read_judged
from retrieval.lexical import LexicalIndex, weigh
from retrieval.postings import collect
from retrieval.query import Query
from retrieval.ranking import Ranking, load_ranking
from retrieval.searching import Nearest, Searcher
from retrieval.splitting import Entry
from retrieval.table import EntryTable, entry_key
from retrieval.tokenising import is_exact, tokens
from retrieval.wording import analysed

_DAY = date(2026, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One way to retrieve."""

    name: str
    ranking: Ranking
    embedder: Embedder | None
    """None: words only."""
    analyse: Callable[[str], list[str]] = analysed
    plain: bool = False
    """Whether a heading counts like any other words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchRow:
    """How one setting did. Quality figures are means over the queries that have a right answer."""

    setting: str
    documents: int
    queries: int
    recall_1: float
    recall_5: float
    recall_10: float
    ndcg_10: float
    mrr_10: float
    index_s: float
    query_p50_ms: float
    query_p95_ms: float


def settings(embedder: Embedder | None = None, *, compare: bool = False) -> list[Setting]:
    """The configured retriever first; with compare also what it is made of, and a dictionary's words."""
    ranking = load_ranking()
    default = Setting(name="default", ranking=ranking, embedder=embedder or HashedEmbedder())
    if not compare:
        return [default]
    bare = replace(ranking, sounds=0.0, pieces=0.0, wording=0.0, concepts=0.0, siblings=0.0, weak=1.0)
    plain = [("BM25 over characters", _characters), *_dictionary()]
    return [
        default,
        replace(default, name="without vectors", embedder=None),
        replace(default, name="without concepts", ranking=replace(ranking, wording=0.0, concepts=0.0)),
        Setting(name="vectors alone", ranking=replace(ranking, k1=0.0), embedder=_Alone(default.embedder)),
        *(Setting(name=name, ranking=bare, embedder=None, analyse=cut, plain=True) for name, cut in plain),
    ]


def bench(folder: Path, *, embedder: Embedder | None = None, compare: bool = False) -> list[BenchRow]:
    """Measure the configured retriever, or a table of settings, on a folder."""
    judged = read_judged(folder)
    return [measure(judged, setting) for setting in settings(embedder, compare=compare)]


def measure(judged: Judged, setting: Setting) -> BenchRow:
    """Index the corpus in one setting and ask every query that has a right answer."""
    asked = {
        name: text
        for name, text in judged.queries.items()
        if any(grade > 0 for grade in judged.qrels.get(name, {}).values())
    }
    with tempfile.TemporaryDirectory(prefix="warmline-bench-") as spare:
        started = time.perf_counter()
        index = Bench.build(judged.corpus, setting, Path(spare))
        index_s = time.perf_counter() - started
        index.ask(next(iter(asked.values()), ""), 10)
        found, took = {}, []
        for name, text in asked.items():
            started = time.perf_counter()
            found[name] = index.ask(text, 10)
            took.append((time.perf_counter() - started) * 1000)
        index.close()
    return BenchRow(
        setting=setting.name,
        documents=len(judged.corpus),
        queries=len(asked),
        **_quality(found, judged.qrels),
        index_s=round(index_s, 3),
        query_p50_ms=round(_percentile(took, 50), 3),
        query_p95_ms=round(_percentile(took, 95), 3),
    )


class Bench:
    """A corpus indexed as a shop's snippets are, without a shop around it."""

    def __init__(self, searcher: Searcher, ids: Sequence[str], close: Callable[[], None]) -> None:
        self.searcher, self._ids, self.close = searcher, ids, close

    @staticmethod
    def build(corpus: Mapping[str, Entry], setting: Setting, folder: Path) -> "Bench":
        """Index a corpus into a folder."""
        entries = [_flat(entry) if setting.plain else entry for entry in corpus.values()]
        table = EntryTable.save(folder / "entries", entries)
        collect((entry.searched for entry in entries), analyse=setting.analyse).save(folder / "lexical")
        weigh(folder / "lexical", setting.ranking)
        vectors, close = _vectors(folder, entries, setting.embedder)
        searcher = Searcher(
            table=table, lexical=LexicalIndex.load(folder / "lexical"), vectors=lambda: vectors,
            embedder=setting.embedder or HashedEmbedder(), ranking=setting.ranking, categories={},
            analyse=setting.analyse,
        )  # fmt: skip
        return Bench(searcher, list(corpus), close)

    def ask(self, text: str, count: int) -> list[str]:
        """Ids of the best documents, best first."""
        return [self._ids[found.row] for found in self.searcher.rank(Query(text=text, at=_DAY))[:count]]


def _vectors(
    folder: Path, entries: Sequence[Entry], embedder: Embedder | None
) -> tuple[Nearest | None, Callable[[], None]]:
    if embedder is None or not entries:
        return None, lambda: None
    from retrieval.adapters.chroma import ChromaVectors
    from retrieval.building import EMBED_AT_ONCE, embedded

    index = ChromaVectors.create(folder / "vectors", embedder=embedder.name, dimensions=embedder.dimensions)
    for start in range(0, len(entries), EMBED_AT_ONCE):
        part = entries[start : start + EMBED_AT_ONCE]
        vectors = embedded(embedder, [entry.searched for entry in part])
        index.put([entry_key(entry.snippet) for entry in part], vectors)
    return index, index.close


class _Alone:
    """An embedder whose list is the only one."""

    def __init__(self, embedder: Embedder | None) -> None:
        self._embedder = embedder or HashedEmbedder()
        self.name, self.dimensions, self.weight = self._embedder.name, self._embedder.dimensions, 1.0
        self.embed = self._embedder.embed


def _flat(entry: Entry) -> Entry:
    words = "\n".join(part for part in (entry.snippet.heading, entry.snippet.text) if part)
    return Entry(snippet=replace(entry.snippet, heading="", text=words))


def _characters(text: str) -> list[str]:
    return [token for token in tokens(text) if is_exact(token)]


def _dictionary() -> Iterator[tuple[str, Callable[[str], list[str]]]]:
    """jieba's words, where it is installed: what most Chinese search starts from."""
    import importlib.util

    if importlib.util.find_spec("jieba") is None:
        return
    jieba = importlib.import_module("jieba")

    def words(text: str) -> list[str]:
        return [word for word in jieba.lcut(text.lower()) if word.strip()]

    yield "BM25 over words", words
    yield "BM25 over both", lambda text: list(chain(_characters(text), words(text)))


def _quality(
    found: Mapping[str, Sequence[str]], qrels: Mapping[str, Mapping[str, float]]
) -> dict[str, float]:
    """Recall, nDCG (gain: the grade; discount: log2 of rank + 1) and MRR, each a mean over queries."""
    rows = []
    for name, ids in found.items():
        right = {document: grade for document, grade in qrels[name].items() if grade > 0}
        ideal = _gain(sorted(right.values(), reverse=True)[:10])
        first = next((rank for rank, document in enumerate(ids, start=1) if document in right), None)
        rows.append(
            [len(set(ids[:cut]) & set(right)) / len(right) for cut in (1, 5, 10)]
            + [_gain([right.get(document, 0.0) for document in ids]) / ideal, 1 / first if first else 0.0]
        )
    names = ("recall_1", "recall_5", "recall_10", "ndcg_10", "mrr_10")
    means = [statistics.fmean(column) for column in zip(*rows, strict=True)] if rows else [math.nan] * 5
    return {name: round(mean, 4) for name, mean in zip(names, means, strict=True)}


def _gain(grades: Sequence[float]) -> float:
    return sum(grade / math.log2(rank + 1) for rank, grade in enumerate(grades, start=1))


def _percentile(values: Sequence[float], percent: int) -> float:
    ordered = sorted(values)
    return (
        ordered[min(len(ordered) - 1, math.ceil(len(ordered) * percent / 100) - 1)] if ordered else math.nan
    )
