"""What is known beside the words: whose policy it is, which product is at hand, what stands around it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from retrieval.query import Query
from retrieval.ranking import Ranking
from retrieval.table import KINDS, EntryTable

_POLICY, _PRODUCT = KINDS.index("policy"), KINDS.index("product")


class Weighing:
    """The scores of one query's rows, changed in place, with a note for every change."""

    def __init__(
        self,
        scores: dict[int, float],
        *,
        table: EntryTable,
        ranking: Ranking,
        limited: NDArray[np.bool_],
    ) -> None:
        self.scores, self._table, self._ranking, self._limited = scores, table, ranking, limited
        self.notes: defaultdict[int, list[str]] = defaultdict(list)

    def all(self, query: Query, mask: NDArray[np.bool_], categories: Mapping[str, str]) -> None:
        """The law pack counts less, the product at hand and sections among good ones more."""
        for row in self.scores:
            if self._table.law[row]:
                self._times(row, self._ranking.law, "law")
        if query.product_ids:
            names = {name for each in query.product_ids for name in (each, categories.get(each))}
            self._products({row for name in names if name for row in self._rows(name, mask)})
        self._siblings()

    def _rows(self, name: str, mask: NDArray[np.bool_]) -> Iterable[int]:
        return (row for row in self._table.limited.get(name, ()) if mask[row])

    def _products(self, meant: set[int]) -> None:
        """Policies of other products count less; the product's own pieces and policies more."""
        for row in self.scores.keys() - meant:
            if self._limited[row] and self._table.kind[row] == _POLICY:
                self._times(row, self._ranking.other_product, "other product")
        for row in sorted(meant):
            is_product = self._table.kind[row] == _PRODUCT
            if is_product or row in self.scores:
                added = self._ranking.named_product if is_product else self._ranking.covers_product
                self.scores[row] = self.scores.get(row, 0.0) + added
                self.notes[row].append(f"product at hand +{added}")

    def _siblings(self) -> None:
        """A section gains from the two best others of its policy: a document that fits holds what fits."""
        documents: defaultdict[int, list[int]] = defaultdict(list)
        for row in self.scores:
            if self._table.kind[row] == _POLICY:
                documents[int(self._table.documents[row])].append(row)
        for rows in documents.values():
            best = [*sorted((self.scores[row] for row in rows), reverse=True)[:3], 0.0, 0.0]
            for row in rows if len(rows) > 1 else ():
                score = self.scores[row]
                others = sum(best[:3]) - score if score >= best[2] else best[0] + best[1]
                self.scores[row] = score + self._ranking.siblings * others / 2

    def _times(self, row: int, factor: float, why: str) -> None:
        self.scores[row] *= factor
        self.notes[row].append(f"{why} ×{factor}")
