"""Neighbours as a parameter of a sampler describes them: a number for the exact search, or an object that searches."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np

from gpu_smotetomek.arrays import dispatch, indexing, matrices, torch_interop
from gpu_smotetomek.memo import recall_for
from gpu_smotetomek.neighbors import SearchSelector
from gpu_smotetomek.resampling import Batch, describe_rows, nearest_neighbors
from gpu_smotetomek.typing import Array, Integers


@dataclass(frozen=True)
class NeighborFinder:
    """Finds the neighbours of rows of a batch, either k of them or as many as an object lists.

    Parameters
    ----------
    name : str
        The parameter, for error messages.
    batch : Batch
    selector : SearchSelector
    k : int or None
        Neighbours of a row; None for an object.
    estimator : object with `kneighbors`, or None
        Its own `n_neighbors` counts the row itself.
    may_shrink : bool
        Whether an object lists fewer neighbours in a class with too few rows.
    """

    name: str
    batch: Batch
    selector: SearchSelector
    k: int | None = None
    estimator: Any = None
    may_shrink: bool = False

    @property
    def declared_k(self) -> int | None:
        """Neighbours of a row that the object lists, the row itself left out; None where it does not say."""
        n_neighbors = getattr(self.estimator, "n_neighbors", None)
        return int(n_neighbors) - 1 if isinstance(n_neighbors, Integral) else None

    def find_in_class(self, queries: Array, rows: Array) -> tuple[Array, Array | None]:
        """Neighbours among `rows` of a class, and their distances where they are known; fewer than k where these are few.

        A single row is its own neighbour.
        """
        n = int(rows.shape[0])
        if n == 1 and (self.k is not None or self.may_shrink):
            distances = dispatch.namespace(queries).zeros_like(
                queries[:, None], dtype=dispatch.namespace(queries).float64
            )
            return queries[:, None], distances
        if self.k is not None:
            return nearest_neighbors(self.batch, queries, rows, min(self.k, n - 1), self.selector)
        shrinks = self.may_shrink and self.declared_k is not None and self.declared_k >= n
        return self._search_by_estimator(queries, rows, n if shrinks else None), None

    def find_in_table(self, queries: Array) -> tuple[Array, Array | None]:
        """Neighbours among all rows, and their distances where they are known.

        Raises
        ------
        ValueError
            If there are no more than k rows.
        """
        n = len(self.batch.codes)
        if not queries.shape[0]:  # nothing is to grow, so any table has rows enough
            xp, empty = dispatch.namespace(queries), queries[:, None]
            return empty, xp.zeros_like(empty, dtype=xp.float64)
        rows = indexing.AllExcept(n, np.empty(0, np.int64)).asarray_like(queries)
        if self.k is None:
            return self._search_by_estimator(queries, rows, None), None
        if n <= self.k:
            raise ValueError(
                f"{self.name}={self.k} needs at least {self.k + 1} rows, and X has {n}: lower {self.name} to {n - 1} or less"
            )
        return nearest_neighbors(self.batch, queries, rows, self.k, self.selector)

    def _search_by_estimator(self, queries: Array, rows: Array, n_neighbors: int | None) -> Array:
        """The neighbours (m, n_neighbors − 1) that the object finds for `queries` among `rows`, in its order.

        The query itself is dropped by its number, or the last column if the list lacks it. The object receives rows of the
        caller's library.
        """
        return recall_for(
            self.selector.ctx.memo,
            self.batch,
            lambda: ("neighbors of an object", self.name, describe_rows(queries), describe_rows(rows)),
            lambda: self._run_estimator(queries, rows, n_neighbors),
        )

    def _run_estimator(self, queries: Array, rows: Array, n_neighbors: int | None) -> Array:
        P = self._take_rows(rows)
        Q = P if queries is rows else self._take_rows(queries)
        options = {} if n_neighbors is None else {"n_neighbors": n_neighbors}
        found = dispatch.to_numpy(self.estimator.fit(P).kneighbors(Q, return_distance=False, **options))
        own = np.searchsorted(dispatch.to_numpy_int64(rows), dispatch.to_numpy_int64(queries))
        positions = drop_own_positions(found.astype(np.int64, copy=False), own, self.name)
        return indexing.take_1d(rows, dispatch.asarray_like(positions, self.batch.X))

    def _take_rows(self, rows: Array) -> Array:
        P = matrices.take_rows(self.batch.scaled.X, rows)
        P = torch_interop.to_torch(P) if self.selector.ctx.views_torch else P
        if not dispatch.is_numpy_or_sparse(P) and type(self.estimator).__module__.startswith("sklearn."):
            raise ValueError(
                f"{self.name}={self.estimator!r} of scikit-learn searches NumPy arrays, and X is none (it is on "
                f"{dispatch.device_name(P)!r}): give a number of neighbors, or an object that takes arrays of X's library"
            )
        return P


def drop_own_positions(found: Integers, own: Integers, name: str) -> Integers:
    """Lists (m, k) from lists (m, k + 1) of which row i lists `own[i]` itself, or loses its last entry where it does not.

    Examples
    --------
    >>> import numpy as np
    >>> drop_own_positions(np.array([[3, 0, 1], [2, 3, 0]]), np.array([0, 1]), "k_neighbors")
    array([[3, 1],
           [2, 3]])
    """
    m, width = found.shape
    if width < 2:
        raise ValueError(
            f"the {name} object asks for n_neighbors=1, which is the row itself; give it n_neighbors=k + 1"
        )
    is_own = found == own[:, None]
    is_own[~is_own.any(axis=1), -1] = True
    first = is_own.argmax(axis=1)[:, None] == np.arange(width)[None, :]
    return np.asarray(found[~first].reshape(m, width - 1))
