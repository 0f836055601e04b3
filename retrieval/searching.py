"""Search over one index: BM25 and vectors, fused by score, filtered by date and kind, explained."""

import logging
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from threading import Lock
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from retrieval.embedding import Embedder, Vectors
from retrieval.errors import EmbedderFailed
from retrieval.lexical import LexicalIndex
from retrieval.query import EVIDENCE, Query
from retrieval.ranking import Ranking
from retrieval.snippet import Hit, SnippetKind
from retrieval.table import KINDS, EntryTable
from retrieval.tokenising import CONCEPT, PIECE, SOUND, is_exact, loose, tokens
from retrieval.wording import load_wording

_LOG = logging.getLogger(__name__)
_DAYS_KEPT = 32
DOUBT = 4.0
"""A word is taken for a typo where its sound is in more than this many times as many rows as itself."""
RERANKED = 30
"""Hits a reranker reads."""
STRANGE_HALF = 10.0
"""Rows that use a customer's phrase at which its translation counts half."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One row that one query found."""

    row: int
    score: float
    lexical_rank: int | None
    vector_rank: int | None
    cosine: float
    notes: tuple[str, ...] = ()


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
        self._analyse, self._reranker = analyse, reranker
        self._strange: dict[str, float] = {}
        self._lock = Lock()

    def search(self, queries: Sequence[Query], *, k: int) -> list[Hit]:
        """The best hits of every query in turn: all the first ones, then all the second ones…"""
        ranked = [self.rank(query) for query in queries]
        best: dict[int, tuple[int, float, int, Found]] = {}
        for number, found in enumerate(ranked):
            for place, one in enumerate(found):
                claim = (place, -one.score, number, one)
                if one.row not in best or claim[:3] < best[one.row][:3]:
                    best[one.row] = claim
        order = sorted(best.values(), key=lambda claim: claim[:3])
        asked = [self.weights(query) for query in queries]
        places = [self._lexical.places(weights) for weights in asked]
        hits = []
        for _, _, number, one in self._balanced(self._distinct(order), queries)[:k]:
            why = self._why(one, asked[number], places[number])
            snippet = self._table.entry(one.row).snippet
            hits.append(Hit(snippet=snippet, score=round(one.score, 6), why=why, query=number))
        return hits

    def rank(self, query: Query) -> list[Found]:
        """Every row one query finds, best first; how many are wanted makes no difference to the order."""
        mask = self._mask(query)
        weights = self.weights(query)
        lexical = np.where(mask, self._lexical.score(weights), np.float32(0))
        first = _best(lexical, self._ranking.pool)
        second = self._near(query, mask)
        scores = self._fused(first, lexical, second)
        notes = self._weighed(scores, query, mask)
        ranks = {row: place for place, row in enumerate(first, start=1)}
        near = {row: (place, cosine) for place, (row, cosine) in enumerate(second, start=1)}
        ordered = sorted(scores, key=lambda row: (-round(scores[row], 9), row))
        found = [
            Found(
                row=row,
                score=scores[row],
                lexical_rank=ranks.get(row),
                vector_rank=near[row][0] if row in near else None,
                cosine=near[row][1] if row in near else 0.0,
                notes=tuple(notes.get(row, ())),
            )
            for row in ordered
        ]
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

    def weights(self, query: Query) -> dict[str, float]:
        """Every token of a query once, with the highest weight it earns."""
        wording = load_wording()
        weights = dict.fromkeys(self._words(wording.strong_part(query.text)), 1.0)
        for token in self._words(query.text):
            weights.setdefault(token, self._ranking.weak)
        for share, text in [(1.0, query.text), *((self._ranking.context, text) for text in query.context)]:
            for concept, strange in wording.meant(text, self._strangeness).items():
                weights.setdefault(CONCEPT + concept, share * strange)
                for token in wording.written[concept]:
                    weights.setdefault(token, self._ranking.wording * share * strange)
        for text in query.context:
            for token in self._words(text):
                weights.setdefault(token, self._ranking.context)
        for word in query.terms:
            for token in self._words(word):
                weights.setdefault(token, self._ranking.terms)
        return self._without_certain(weights, query)

    def _words(self, text: str) -> list[str]:
        return [token for token in self._analyse(text) if not token.startswith(CONCEPT)]

    def _without_certain(self, weights: dict[str, float], query: Query) -> dict[str, float]:
        """The weights without the sounds and pieces of words the corpus knows: those are no typos."""
        stands_for: dict[str, str] = {}
        for text in (query.text, *query.context, *query.terms):
            for token, exact in loose(text).items():
                stands_for.setdefault(token, exact)
        wanted = {token for token in weights if token.startswith((SOUND, PIECE))}
        known = self._lexical.frequencies(
            [*wanted, *(stands_for[token] for token in wanted if token in stands_for)]
        )
        return {
            token: weight
            for token, weight in weights.items()
            if token not in wanted or known[token] > DOUBT * known.get(stands_for.get(token, ""), 0)
        }

    def coverage(self, text: str, row: int) -> float:
        """Share of a question's weight that a row holds, 0 to 1; unknown words count as rare ones."""
        wanted = self._analyse(load_wording().strong_part(text)) or self._analyse(text)
        weights = dict.fromkeys((token for token in wanted if is_exact(token) and len(token) > 1), 1.0)
        places = self._lexical.places(weights)
        rare = float(np.log1p((len(self._table) + 0.5) / 0.5))
        total = sum(float(self._lexical.idf[places[token]]) if token in places else rare for token in weights)
        held = sum(
            float(self._lexical.idf[places[token]])
            for token, _ in self._lexical.explain(row, weights, places)
        )
        wording = load_wording()
        meant = wording.meant(text, self._strangeness)
        widened = {token for concept in meant for token in wording.written[concept]}
        spread = self._lexical.explain(row, dict.fromkeys(widened, 1.0), self._lexical.places(widened))
        return max(held / total if total else 0.0, min(1.0, len(spread) / 6))

    def _strangeness(self, phrase: str) -> float:
        """1 for a phrase this corpus never uses, falling to 0 the more rows use all of its parts."""
        known = self._strange.get(phrase)
        if known is None:
            parts = [token for token in self._analyse(phrase) if len(token) > 1 and is_exact(token)]
            rows = min((self._lexical.frequency(token) for token in parts), default=0)
            known = self._strange[phrase] = STRANGE_HALF / (STRANGE_HALF + rows)
        return known

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

    def _weighed(
        self, scores: dict[int, float], query: Query, mask: NDArray[np.bool_]
    ) -> dict[int, list[str]]:
        """Apply what is known beside the words: the law pack counts less, the product at hand more."""
        ranking, table = self._ranking, self._table
        notes: dict[int, list[str]] = {}
        for row in scores:
            if table.law[row]:
                scores[row] *= ranking.law
                notes.setdefault(row, []).append(f"law ×{ranking.law}")
        if not query.product_ids:
            return notes
        named = {name for product in query.product_ids for name in (product, self._categories.get(product))}
        meant = {row for name in named if name for row in table.limited.get(name, ()) if mask[row]}
        for rows in table.limited.values():
            for row in rows:
                if row in scores and row not in meant and KINDS[table.kind[row]] == "policy":
                    meant_not = scores[row] * ranking.other_product
                    if not notes.get(row, [""])[-1].startswith("other"):
                        scores[row] = meant_not
                        notes.setdefault(row, []).append(f"other product ×{ranking.other_product}")
        for row in sorted(meant):
            is_product = KINDS[table.kind[row]] == "product"
            if is_product or row in scores:
                added = ranking.named_product if is_product else ranking.covers_product
                scores[row] = scores.get(row, 0.0) + added
                notes.setdefault(row, []).append(f"product at hand +{added}")
        return notes

    def _distinct(
        self, order: Sequence[tuple[int, float, int, Found]]
    ) -> list[tuple[int, float, int, Found]]:
        """The first of every group of rows that say the same."""
        seen: set[tuple[int, int]] = set()
        kept = []
        for claim in order:
            row = claim[3].row
            words = (int(self._table.kind[row]), int(self._table.words[row]))
            if words not in seen:
                seen.add(words)
                kept.append(claim)
        return kept

    def _balanced(
        self, order: list[tuple[int, float, int, Found]], queries: Sequence[Query]
    ) -> list[tuple[int, float, int, Found]]:
        """Policies and products in turn where one kind would crowd out the other.

        Among the first n at most half, rounded up, are products, and of one product one piece at a time:
        naming a product brings all its relatives, but what was asked is usually a rule.
        """
        if len({kind for query in queries for kind in (query.kinds or EVIDENCE)}) < 2:
            return order
        product = KINDS.index("product")
        waiting = {True: deque[Any](), False: deque[Any]()}
        for claim in order:
            waiting[int(self._table.kind[claim[3].row]) == product].append(claim)
        result: list[tuple[int, float, int, Found]] = []
        products = 0
        while waiting[True] or waiting[False]:
            first = min((kind for kind in waiting if waiting[kind]), key=lambda kind: waiting[kind][0][:3])
            if first and waiting[False] and products >= (len(result) + 2) // 2 - (len(result) > 2):
                first = False
            products += first
            result.append(waiting[first].popleft())
        return result

    def _why(self, found: Found, weights: Mapping[str, float], places: Mapping[str, int]) -> str:
        parts = []
        if found.lexical_rank is not None:
            given = self._lexical.explain(found.row, weights, places)
            exact = [(token, score) for token, score in given if is_exact(token)]
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
