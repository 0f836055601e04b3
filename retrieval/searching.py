"""Search over one index: BM25 and vectors, fused by score, filtered by date and kind, explained."""

import logging
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from threading import Lock
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from retrieval.arranging import Found, arranged
from retrieval.embedding import Embedder, Vectors
from retrieval.errors import EmbedderFailed
from retrieval.interpreting import Interpreter
from retrieval.lexical import LexicalIndex
from retrieval.query import EVIDENCE, Query
from retrieval.ranking import Ranking
from retrieval.snippet import Hit, SnippetKind
from retrieval.table import KINDS, EntryTable
from retrieval.tokenising import PIECE, SOUND, tokens
from retrieval.weighing import Weighing

_LOG = logging.getLogger(__name__)
_DAYS_KEPT = 32
WEAK = 0.1
"""Vectors with less say than this are asked only where words found little: they cost more than they bring."""
FEW = 20
"""Rows that are little."""
RERANKED = 30
"""Hits a reranker reads."""


class Nearest(Protocol):
    """Where vectors are looked up."""

    def nearest(self, vector: Vectors, count: int) -> list[tuple[str, float]]:
        """Keys of the nearest rows with their cosine, best first."""
        ...


class Reranker(Protocol):
    """What orders the first hits anew, by reading them."""

    def rerank(self, question: str, texts: Sequence[str]) -> list[float]:
        """A score for each text, higher is better; raises EmbedderFailed."""
        ...


class Searcher:
    """Answers queries over one generation; safe to share between threads."""

    def __init__(
        self,
        *,
        table: EntryTable,
        lexical: LexicalIndex,
        vectors: Callable[[], Nearest | None],
        embedder: Embedder,
        ranking: Ranking,
        categories: Mapping[str, str],
        analyse: Callable[[str], list[str]] = tokens,
        reranker: Reranker | None = None,
    ) -> None:
        self._table, self._lexical, self._vectors = table, lexical, vectors
        self._embedder, self._ranking, self._categories = embedder, ranking, categories
        self._masks: OrderedDict[tuple[date, tuple[SnippetKind, ...]], NDArray[np.bool_]] = OrderedDict()
        self._interpreter, self._reranker = Interpreter(lexical, ranking, analyse), reranker
        self._limited = np.zeros(len(table), np.bool_)
        """Rows that hold for some products only."""
        for rows in table.limited.values():
            self._limited[list(rows)] = True
        self._lock = Lock()

    def search(self, queries: Sequence[Query], *, k: int) -> list[Hit]:
        """The best hits of every query in turn: all the first ones, then all the second ones…"""
        asked = [self._interpreter.weights(query) for query in queries]
        ranked = [self._rank(query, weights) for query, weights in zip(queries, asked, strict=True)]
        places = [self._lexical.places(weights) for weights in asked]
        hits = []
        for _, _, number, one in arranged(ranked, queries, self._table)[:k]:
            why = self._why(one, asked[number], places[number])
            snippet = self._table.entry(one.row).snippet
            hits.append(Hit(snippet=snippet, score=round(one.score, 6), why=why, query=number))
        return hits

    def rank(self, query: Query) -> list[Found]:
        """Every row one query finds, best first; how many are wanted makes no difference to the order."""
        return self._rank(query, self._interpreter.weights(query))

    def coverage(self, text: str, row: int) -> float:
        """Share of a question's weight that a row holds, 0 to 1."""
        return self._interpreter.coverage(text, row)

    def _rank(self, query: Query, weights: Mapping[str, float]) -> list[Found]:
        mask = self._mask(query)
        lexical = np.where(mask, self._lexical.score(weights), np.float32(0))
        first = _best(lexical, self._ranking.pool)
        is_asked = self._embedder.weight >= WEAK or len(first) < FEW
        second = self._near(query, mask) if is_asked else []
        weighing = Weighing(
            self._fused(first, lexical, second),
            table=self._table,
            ranking=self._ranking,
            limited=self._limited,
        )
        weighing.all(query, mask, self._categories)
        ranks = {row: place for place, row in enumerate(first, start=1)}
        near = {row: (place, cosine) for place, (row, cosine) in enumerate(second, start=1)}
        scores = weighing.scores
        found = []
        for row in sorted(scores, key=lambda row: (-round(scores[row], 9), row)):
            place, cosine = near.get(row, (None, 0.0))
            found.append(
                Found(
                    row=row,
                    score=scores[row],
                    lexical_rank=ranks.get(row),
                    vector_rank=place,
                    cosine=cosine,
                    notes=tuple(weighing.notes.get(row, ())),
                )
            )
        return self._reranked(query, found)

    def _reranked(self, query: Query, found: list[Found]) -> list[Found]:
        """The first RERANKED anew ordered, where a reranker is configured and answers."""
        first = found[:RERANKED]
        if self._reranker is None or len(first) < 2:
            return found
        texts = [self._table.entry(one.row).searched for one in first]
        try:
            scores = self._reranker.rerank(query.text, texts)
        except EmbedderFailed as error:
            _LOG.warning("not reranked: %s", error)
            return found
        order = sorted(range(len(first)), key=lambda place: (-scores[place], place))
        kept = sorted((one.score for one in first), reverse=True)
        return [
            replace(first[place], score=score, notes=(*first[place].notes, f"reranked from #{place + 1}"))
            for place, score in zip(order, kept, strict=True)
        ] + found[RERANKED:]

    def _mask(self, query: Query) -> NDArray[np.bool_]:
        kinds = tuple(sorted(set(query.kinds or EVIDENCE), key=KINDS.index))
        key = (query.at, kinds)
        with self._lock:
            mask = self._masks.get(key)
            if mask is None:
                mask = self._table.in_force(query.at) & self._table.of_kinds(kinds)
                self._masks[key] = mask
                while len(self._masks) > _DAYS_KEPT:
                    self._masks.popitem(last=False)
        return mask

    def _near(self, query: Query, mask: NDArray[np.bool_]) -> list[tuple[int, float]]:
        """Rows of the vector list, filtered after fetching: a filter inside Chroma is far slower."""
        vectors = self._vectors() if self._embedder.weight > 0 else None
        if vectors is None:
            return []
        try:
            vector = self._embedder.embed(["\n".join([*query.context[-2:], query.text])])[0]
        except EmbedderFailed as error:
            _LOG.warning("searched by words only: %s", error)
            return []
        pool, total = self._ranking.pool, len(self._table)
        rows: list[tuple[int, float]] = []
        for count in (pool, pool * 8):
            pairs = vectors.nearest(vector, min(count, total))
            places = self._table.rows_of_keys([key for key, _ in pairs])
            rows = [
                (row, cosine)
                for row, (_, cosine) in zip(places, pairs, strict=True)
                if row >= 0 and mask[row] and cosine > 0
            ]
            if len(rows) >= pool // 4 or count >= total:
                break
        return rows[:pool]

    def _fused(
        self, first: Sequence[int], lexical: NDArray[np.float32], second: Sequence[tuple[int, float]]
    ) -> dict[int, float]:
        share = self._embedder.weight if second else 0.0
        floor = float(lexical[first[-1]]) if len(first) >= self._ranking.pool else 0.0
        scores = _spread({row: float(lexical[row]) for row in first}, floor, 1 - share)
        cosines = dict(second)
        for row, score in _spread(cosines, min(cosines.values(), default=0.0), share).items():
            scores[row] = scores.get(row, 0.0) + score
        return scores

    def _why(self, found: Found, weights: Mapping[str, float], places: Mapping[str, int]) -> str:
        parts = []
        if found.lexical_rank is not None:
            given = self._lexical.explain(found.row, weights, places)
            exact = [(token, score) for token, score in given if not token.startswith((SOUND, PIECE))]
            shown = ", ".join(f"{token} {score:.1f}" for token, score in (exact or given)[:4])
            parts.append(f"words #{found.lexical_rank} ({shown})")
        if found.vector_rank is not None:
            parts.append(f"vectors #{found.vector_rank} ({found.cosine:.2f})")
        return "; ".join([*parts, *found.notes])


def _best(scores: NDArray[np.float32], count: int) -> list[int]:
    """Rows with the highest scores above 0, best first, ties by row."""
    if len(scores) > count * 4:
        cut = np.partition(scores, len(scores) - count)[len(scores) - count]
        rows = np.flatnonzero(scores >= max(cut, np.finfo(np.float32).tiny))
    else:
        rows = np.flatnonzero(scores > 0)
    order = np.lexsort((rows, -scores[rows]))[:count]
    return [int(row) for row in rows[order]]


def _spread(scores: Mapping[int, float], floor: float, share: float) -> dict[int, float]:
    """Scores between floor and their maximum, as 0 to share."""
    top = max(scores.values(), default=0.0)
    width = top - floor
    if width <= 0:
        return dict.fromkeys(scores, share)
    return {row: share * (score - floor) / width for row, score in scores.items()}
