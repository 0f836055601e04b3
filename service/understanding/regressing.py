"""Ridge regression on sparse rows, by conjugate gradients: exact enough in a dozen passes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Places = NDArray[np.intp]
_PASSES = 25
"""More than any fit of a few thousand short messages has needed."""
_CLOSE = 1e-3
"""Relative residual at which the weights no longer change a decision."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sparse:
    """A matrix kept by its entries, ordered once by row and once by column."""

    columns: int
    rows: Places
    at: Places
    values: Floats
    by_column: Places
    """Order of the entries by column."""
    row_starts: Places
    filled: Places
    """Rows that have entries; so on for columns."""
    column_starts: Places
    used: Places
    height: int

    @classmethod
    def of(cls, entries: Sequence[tuple[Places, Floats]], *, columns: int) -> "Sparse":
        """The matrix whose rows have those positions and values."""
        rows = np.repeat(np.arange(len(entries)), [len(at) for at, _ in entries])
        at = np.concatenate([at for at, _ in entries])
        by_column = np.argsort(at, kind="stable")
        filled, row_starts = np.unique(rows, return_index=True)
        used, column_starts = np.unique(at[by_column], return_index=True)
        return cls(
            columns=columns,
            rows=rows,
            at=at,
            values=np.concatenate([value for _, value in entries]).astype(np.float32),
            by_column=by_column,
            row_starts=row_starts,
            filled=filled,
            column_starts=column_starts,
            used=used,
            height=len(entries),
        )

    def times(self, weights: Floats) -> Floats:
        """The matrix times a dense one."""
        out = np.zeros((self.height, weights.shape[1]), dtype=np.float32)
        out[self.filled] = np.add.reduceat(weights[self.at] * self.values[:, None], self.row_starts)
        return out

    def transposed_times(self, dense: Floats) -> Floats:
        """The transposed matrix times a dense one."""
        out = np.zeros((self.columns, dense.shape[1]), dtype=np.float32)
        order = self.by_column
        scaled = dense[self.rows[order]] * self.values[order, None]
        out[self.used] = np.add.reduceat(scaled, self.column_starts)
        return out


def ridge(matrix: Sparse, wanted: Floats, shrinkage: float) -> Floats:
    """Weights that map the matrix to what is wanted, one column per target."""
    weights = np.zeros((matrix.columns, wanted.shape[1]), dtype=np.float32)
    residual = matrix.transposed_times(wanted)
    direction, size = residual.copy(), (residual**2).sum(axis=0)
    goal = _CLOSE**2 * size.max()
    for _ in range(_PASSES):
        if size.max() <= goal:
            break
        image = matrix.transposed_times(matrix.times(direction)) + np.float32(shrinkage) * direction
        step = size / np.maximum((direction * image).sum(axis=0), 1e-20)
        weights += step * direction
        residual -= step * image
        new = (residual**2).sum(axis=0)
        direction = residual + (new / np.maximum(size, 1e-20)) * direction
        size = new
    return weights.astype(np.float32)
