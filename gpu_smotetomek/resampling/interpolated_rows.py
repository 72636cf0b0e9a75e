"""Synthetic rows that are computed when they are taken."""

from __future__ import annotations

from typing import Any

import numpy as np

from gpu_smotetomek.arrays.lazy_rows import LazyRows
from gpu_smotetomek.resampling.interpolation import cast_columns, interpolate
from gpu_smotetomek.resampling.lineage import Lineage
from gpu_smotetomek.typing import Integers

VALUES_AT_ONCE, MIN_ROWS_AT_ONCE = (
    2**16,
    64,
)  # rows that are computed at once: their float64 temporaries stay in the cache


class InterpolatedRows(LazyRows):
    """The synthetic rows of a lineage, with the bits that `interpolation.append_synthetic` writes.

    Parameters
    ----------
    X : array (n, d)
        The rows of the parents, on the host.
    lineage : Lineage
        Parents as rows of X.
    dtypes : dtypes (d,), or None
        Those of the columns, where they differ from X's.

    Examples
    --------
    >>> import numpy as np
    >>> lineage = Lineage(np.array([0, 1]), np.array([1, 0]), np.array([0.25, 0.5]), np.array([4.0, 4.0]))
    >>> InterpolatedRows(np.array([[0.0], [4.0]]), lineage, None).take(np.array([1, 0])).tolist()
    [[2.0], [1.0]]
    """

    def __init__(self, X: np.ndarray[Any, Any], lineage: Lineage, dtypes: tuple[Any, ...] | None) -> None:
        self.X, self.lineage, self.dtypes = X, lineage, dtypes
        self.shape, self.dtype = (lineage.n_synthetic, int(X.shape[1])), X.dtype

    def take(self, rows: Integers) -> np.ndarray[Any, Any]:
        """Return the rows (m, d) with these numbers, in new memory."""
        base, neighbor, gap, _ = self.lineage.columns
        out = np.empty((len(rows), self.shape[1]), self.dtype)
        size = max(MIN_ROWS_AT_ONCE, VALUES_AT_ONCE // max(1, self.shape[1]))
        for start in range(0, len(rows), size):
            block = rows[start : start + size]
            P, Q = (self.X.take(parents[block], axis=0) for parents in (base, neighbor))
            with np.errstate(over="ignore"):  # `check_overflow` raises where rows are written
                out[start : start + size] = cast_columns(interpolate(P, Q, gap[block]), self.dtype, self.dtypes)
        return out
