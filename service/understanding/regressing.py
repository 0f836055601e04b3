"""Ridge regression on sparse rows, by conjugate gradients: exact enough in two dozen passes."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Places = NDArray[np.intp]
_PASSES = 40
_CLOSE = 1e-3
"""Relative residual at which the weights no longer change a decision."""


def ridge(
    rows: Sequence[tuple[Places, Floats]], wanted: Floats, counts: Floats, *, columns: int, shrinkage: float
) -> Floats:
    """Weights that map sparse rows (positions, values) to what is wanted, one column per target.

    `counts` says how much each row counts for each target; 0 leaves it out.
    """
    matrix = _matrix(rows, columns)
    turned = matrix.T.tocsr()
    weights = np.zeros((columns, wanted.shape[1]), dtype=np.float32)
    residual = turned @ (wanted * counts)
    direction, size = residual.copy(), (residual**2).sum(axis=0)
    goal = _CLOSE**2 * size.max()
    for _ in range(_PASSES):
        if size.max() <= goal:
            break
        image = turned @ ((matrix @ direction) * counts) + np.float32(shrinkage) * direction
        step = size / np.maximum((direction * image).sum(axis=0), 1e-20)
        weights += step * direction
        residual -= step * image
        new = (residual**2).sum(axis=0)
        direction = residual + (new / np.maximum(size, 1e-20)) * direction
        size = new
    return weights


def _matrix(rows: Sequence[tuple[Places, Floats]], columns: int) -> Any:
    from scipy.sparse import csr_matrix

    ends = np.cumsum([0, *(len(at) for at, _ in rows)])
    values = np.concatenate([value for _, value in rows]).astype(np.float32)
    return csr_matrix((values, np.concatenate([at for at, _ in rows]), ends), shape=(len(rows), columns))
