"""Candidate lists of a backend, each with a certified lower bound on the distance of every row that is not in it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, cast

import numpy as np

from gpu_smotetomek.arrays import dispatch, distances, indexing, sparse_rows, topk
from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.neighbors.protocol import TINY32, TINY64, U32, U64, Backend, Index, RefinableIndex
from gpu_smotetomek.neighbors.scaled_csr import OUTLIER_LIMIT
from gpu_smotetomek.neighbors.scaled_mixed import ScaledMixed
from gpu_smotetomek.neighbors.scaled_rows import ProjectedRows, ScaledRows
from gpu_smotetomek.typing import Array, NeighborLists

HOST_BLOCK = 16384, 2**29  # least queries, and about the most pairs, between two calls of a progress callback
SERIAL_BLOCK = 2**12, 2**18  # least and most queries of each thread, which are faster the more there are
DEVICE_BLOCK = 2**16, 2**36  # on a GPU, which needs many queries at once


def unreturned_lower_bound(backend: Backend, a: Array, largest: Array, d: int, n: int) -> Array:
    """Lower bound on the distance of a query to any row that the backend did not return, between rows as received.

    `largest` is the largest squared distance T that it returned. A row that it did not return, at distance δ, has norm at most
    a + δ and a returned squared distance of at least T, so (1 + ρ) δ² + error(a, a + δ) ≥ T with ρ the relative error. The
    smallest such δ is at most √T, hence (1 + ρ) δ² ≥ T − error(a, a + √T), as the error does not fall when a norm grows.
    """
    xp = dispatch.namespace(largest)
    zero = xp.zeros_like(largest)
    largest = xp.maximum(largest, zero)
    remainder = xp.maximum(largest - backend.error(a, a + xp.sqrt(largest), d=d, n=n), zero)
    return xp.sqrt(remainder / (1 + backend.relative_error(d=d, n=n))) * (1 - 2.0**-40)


class CandidateLists(NamedTuple):
    """Rows (m, k) near each query, and a lower bound (m,) on the distance of every other row, in scaled units."""

    indices: Array
    lower_bound: Array


@dataclass(frozen=True)
class CandidateSearch:
    """Some rows of a matrix, searched by one backend.

    Parameters
    ----------
    scaled : ScaledRows
    rows : int64 array (n,)
        The searched rows, ascending.
    backend : Backend
    ctx : ExecutionContext
    """

    scaled: ScaledRows
    rows: Array
    backend: Backend
    ctx: ExecutionContext

    @property
    def n(self) -> int:
        """Number of searched rows."""
        return int(self.rows.shape[0])

    @cached_property
    def refined(self) -> CandidateSearch | None:
        """The same index searched by the backend's refinement, where it has one; nothing is built again."""
        backend = self.backend.refinement
        if backend is None:
            return None
        refined, (index, has_outliers) = CandidateSearch(self.scaled, self.rows, backend, self.ctx), self._index
        refined.__dict__["_index"] = cast(RefinableIndex, index).refined(), has_outliers
        return refined

    def build(self) -> None:
        """Build the index of all rows, which is otherwise built by the first search."""
        self._index  # noqa: B018

    def build_in_background(self) -> AbstractContextManager[object]:
        """Build it on another thread, if threads may run; leaving the `with` statement waits for it.

        What goes wrong there is raised by the first search, which builds again.
        """
        if self.ctx.n_concurrent < 2 or dispatch.is_sparse(self.scaled.X):
            return nullcontext()
        return self.ctx.in_background(self.build)

    def search(self, queries: Array, k: int, radius: Array | None = None) -> CandidateLists:
        """List min(k, n) rows for each query, with the lower bound on the distance of every other row.

        Rows beyond the radius (m,), in scaled units, may be left out: the query's own number stands for each, and the lower
        bound is then a little beyond the radius.
        """
        xp, m = dispatch.namespace(queries), int(queries.shape[0])
        if not m:
            none = xp.zeros_like(queries, dtype=xp.float64)
            return CandidateLists(xp.broadcast_to(queries[:, None], (0, min(k, self.n))), none)
        own = self._projected_rows if queries is self.rows and self._projects_once else None

        def search_block(block: slice) -> CandidateLists:
            projected = None if own is None else own.slice(block)
            return self._search_block(
                queries[block], projected, min(k, self.n), None if radius is None else radius[block]
            )

        blocks, threaded = self._query_blocks(m, k), self.backend.is_serial and not dispatch.is_sparse(self.scaled.X)
        if threaded:
            self.build()  # once, before the threads start
        with self.ctx.single_threaded_blas() if threaded else nullcontext():
            parts = self.ctx.map_blocks("search", search_block, blocks, threaded=threaded)
        return CandidateLists(*(xp.concat([part[i] for part in parts], axis=0) for i in (0, 1)))

    @property
    def _projects_once(self) -> bool:
        """Whether a search of rows among themselves may keep their coordinates, from the index to the queries."""
        if self._is_sparse:
            return 4 * self._bytes_per_row * self.n <= self.ctx.memory_limit
        dtype = self.backend.dtype
        n_bytes = self.n * self.scaled.projection.rank(dtype, self.scaled.d) * np.dtype(dtype).itemsize
        return not dispatch.is_sparse(self.scaled.X) and n_bytes <= self.ctx.memory_limit // 4

    @cached_property
    def _projected_rows(self) -> ProjectedRows:
        return self._project(self.rows)

    def _project(self, rows: Array) -> ProjectedRows:
        if self._is_sparse:
            values, outliers = self.scaled.as_csr.project(rows, self.scaled.projection.centre, self._exponent)
            return ProjectedRows(values, outliers, None)
        if self.backend.takes_codes:
            return cast(ScaledMixed, self.scaled).project_with_codes(rows, self.backend.dtype, self.ctx)
        return self.scaled.project(rows, self.backend.dtype, self.ctx)

    @property
    def _is_sparse(self) -> bool:
        """Whether the backend receives sparse rows: centred and scaled as for float32, but neither rounded nor rotated."""
        return self.backend.takes_sparse_rows

    @property
    def _exponent(self) -> int:
        """Candidate units are scaled units times 2**exponent."""
        return self.scaled.projection.exponent("float32" if self._is_sparse else self.backend.dtype)

    @property
    def _bytes_per_row(self) -> float:
        """Temporaries of the coordinates of a row."""
        if self._is_sparse:
            return 4 * sparse_rows.BYTES_PER_ENTRY * sparse_rows.mean_row_entries(self.scaled.X)
        return 16.0 * self.scaled.d

    @cached_property
    def _index(self) -> tuple[Index, bool]:
        """The index of all rows, and whether some are outliers. Outliers stand at the centre, and `_lower_bound` covers them."""
        return self._build(self.rows)

    def _build(self, rows: Array) -> tuple[Index, bool]:
        is_known = rows is self.rows and "_projected_rows" in self.__dict__
        projected = self._projected_rows if is_known else self._project(rows)
        with self.ctx.limit_library_threads():
            return self.backend.build(projected.coordinates, self.ctx), projected.outliers is not None

    def _indexes(self) -> Iterator[tuple[int, int, tuple[Index, bool]]]:
        """First row, size and index of each part: one part of dense rows, as many as the budget needs of sparse ones."""
        if self._is_sparse or not dispatch.is_sparse(self.scaled.X):
            yield 0, self.n, self._index
            return
        for block in self.ctx.blocks(self.n, self.ctx.rows_per_block(16.0 * self.scaled.d)):
            yield block.start, block.stop - block.start, self._build(self.rows[block])

    def _query_blocks(self, m: int, k: int) -> list[slice]:
        least, pairs = DEVICE_BLOCK if self.ctx.kind.is_gpu else HOST_BLOCK
        at_most = None if self.backend.needs_all_queries else max(least, pairs // self.n)
        if self.backend.is_serial:
            at_most = min(SERIAL_BLOCK[1], max(SERIAL_BLOCK[0], -(-m // self.ctx.n_concurrent)))
        return self.ctx.blocks(m, self.ctx.rows_per_block(self._bytes_per_row + 32 * k, at_most))

    def _search_block(
        self, queries: Array, projected: ProjectedRows | None, k: int, radius: Array | None
    ) -> CandidateLists:
        xp = dispatch.namespace(queries)
        if projected is None:
            projected = self._project(queries)
        x, outliers, centred_norms = projected
        a = sparse_rows.norms(x) if self._is_sparse else distances.row_norms(x)
        rotation_error = self._rotation_error(queries, centred_norms)
        radius = None if radius is None else self._search_radius(radius, a, rotation_error)
        best, any_outlier = list[NeighborLists](), False
        for start, n_rows, (index, has_outliers) in self._indexes():
            with self.ctx.limit_library_threads():
                sq_distances, positions = index.search(x, min(k, n_rows), radius)
            best = [topk.smallest_of([*best, NeighborLists(sq_distances, positions + start)], k)]
            any_outlier |= has_outliers
        sq_distances, indices = best[0].sq_distances, indexing.take_1d(self.rows, best[0].indices)
        largest, is_complete = dispatch.as_float64(xp.max(sq_distances, axis=1)), k == self.n
        if radius is not None:
            is_missing = xp.isinf(sq_distances)
            indices = xp.where(is_missing, queries[:, None], indices)
            largest = xp.minimum(largest, radius * radius)  # where fewer rows were returned, all others are beyond
            is_complete = is_complete and not bool(xp.any(is_missing))
        bound = self._lower_bound(a, rotation_error, None if is_complete else largest, outliers, any_outlier)
        return CandidateLists(indices, bound)

    def _storage_error(self) -> tuple[float, float]:
        """Error of a row that was centred and stored: relative to its norm, and absolute."""
        u, tiny = (U32, TINY32) if self.backend.dtype == "float32" else (U64, TINY64)
        return u * (1 + 1e-5) + 2 * U64, math.sqrt(self.scaled.d) * tiny

    def _rotation_error(self, queries: Array, centred_norms: Array | None) -> Array:
        """How far the rotation may have moved each query, in candidate units, relative to its norm over all features."""
        projection, dtype = self.scaled.projection, self.backend.dtype
        if self._is_sparse or projection.axes_for(dtype) is None:
            return 0.0
        if centred_norms is None:
            centred_norms = self.scaled.centred_norms(queries, self.ctx)
        return centred_norms * (projection.rotation_error(self.scaled.d) * 2.0**self._exponent)

    def _search_radius(self, radius: Array, a: Array, rotation_error: Array) -> Array:
        """The radius for the backend, in candidate units, that certifies all rows within `radius`."""
        relative, tiny = self._storage_error()
        exponent = self._exponent
        radius = indexing.clip(radius, 0, 2.0 ** (510 - exponent))  # so that its square is finite
        radius = radius * (2.0**exponent * (1 + 2.0**-20))
        radius = radius + 2 * (relative * (2 * a + radius) + rotation_error + tiny)
        share = 1 + self.backend.relative_error(d=self.scaled.d, n=self.n)
        with np.errstate(over="ignore"):  # for rows far out, an infinite radius requests all rows
            error = self.backend.error(a, a + 2 * radius, d=self.scaled.d, n=self.n)
            return dispatch.namespace(a).sqrt(share * radius * radius + error) * (1 + 2.0**-30)

    def _lower_bound(
        self, a: Array, rotation_error: Array, largest: Array | None, outliers: Array | None, any_outlier: bool
    ) -> Array:
        """Lower bound for queries of norms a, from the largest returned squared distance; None: every row is listed.

        Storing rounds either row, in proportion to its norm as received: a, and at most a + δ for a row at δ. Rotating rounds it
        in proportion to its norm over all features, f for the query. A row whose norm is beyond f + 2 δ is at least 2 δ away
        for that alone, so rotation costs the other rows at most 2 f + 2 δ.
        """
        projection, dtype, xp = self.scaled.projection, self.backend.dtype, dispatch.namespace(a)
        bound = xp.full_like(a, math.inf)
        if largest is not None:
            received = unreturned_lower_bound(self.backend, a, largest, self.scaled.d, self.n)
            relative, tiny = self._storage_error()
            share = 1 - projection.axes_error(self.scaled.d) - 2 * projection.rotation_error(self.scaled.d)
            bound = received * share - relative * (2 * a + received) - 2 * rotation_error - 2 * tiny
        if any_outlier:  # an outlier is beyond the limit in one feature at least
            limit = OUTLIER_LIMIT if self._is_sparse else projection.outlier_limit(dtype)
            bound = xp.minimum(bound, limit * (1 - 1e-6) - a)
        bound = bound * 2.0**-self._exponent
        return bound if outliers is None else xp.where(outliers, xp.zeros_like(bound), bound)
