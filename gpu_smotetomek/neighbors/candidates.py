"""Candidates: lists that a backend proposes, each with the certified lower end of the distance of all that it left out."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from gpu_smotetomek.arrays import dispatch, distances, indexing, topk
from gpu_smotetomek.neighbors import scaled_rows
from gpu_smotetomek.neighbors.protocol import TINY32, TINY64, U32, U64, Backend, Index
from gpu_smotetomek.neighbors.scaled_rows import ScaledRows
from gpu_smotetomek.typing import Array


def unreturned_lower_bound(backend: Backend, a: Array, T: Array, d: int, n: int) -> Array:
    """Lower end of the distance, as received, of a row that is not in a list whose largest returned square is T.

    Such a row at distance δ has norm at most a + δ, and a returned square of at least T, so (1 + ρ) δ² + error(a, a + δ) ≥ T
    with ρ the relative error. The smallest such δ is at most √T, hence (1 + ρ) δ² ≥ T − error(a, a + √T): the error is
    non-decreasing in both norms.
    """
    xp = dispatch.namespace(T)
    zero = xp.zeros_like(T)
    T = xp.maximum(T, zero)
    left = xp.maximum(T - backend.error(a, a + xp.sqrt(T), d=d, n=n), zero)
    return xp.sqrt(left / (1 + backend.relative_error(d=d, n=n))) * (1 - 2.0**-40)


HOST_BLOCK = 16384, 2**29  # queries at least, and pairs about, between two reports of progress
DEVICE_BLOCK = 2**16, 2**36  # on a GPU, which wants many queries at once


@dataclass(frozen=True)
class Candidates:
    """Rows of a space under one backend.

    Parameters
    ----------
    space : Space
    rows : int64 array (n,)
        The searched rows, ascending.
    backend : Backend
    """

    space: ScaledRows
    rows: Array
    backend: Backend

    @property
    def n(self) -> int:
        return int(self.rows.shape[0])

    @cached_property
    def _index(self) -> tuple[Index, bool]:
        """The index of all rows, and whether some are outlying. Those stand at the centre: listed in vain, never missed."""
        return self._build(self.rows)

    @cached_property
    def refined(self) -> Candidates | None:
        """The same rows under the finer way of the backend, where it has one; nothing is built again."""
        backend = self.backend.refinement
        if backend is None:
            return None
        finer, (index, far) = Candidates(self.space, self.rows, backend), self._index
        finer.__dict__["_index"] = index.refined(), far  # type: ignore[attr-defined]
        return finer

    def _build(self, rows: Array) -> tuple[Index, bool]:
        work = self.space.work
        values, far, _ = scaled_rows.project(self.space, rows, self.backend.dtype)
        with work.limit_thread_pools():
            return self.backend.build(values, work), far is not None

    def _indexes(self) -> Iterator[tuple[int, int, tuple[Index, bool]]]:
        """First row, rows and index of each part: one of dense rows, as many as the budget asks for of sparse ones."""
        if not dispatch.is_sparse(self.space.X):
            yield 0, self.n, self._index
            return
        for block in self.space.work.blocks(self.n, self.space.work.rows_per_block(16.0 * self.space.d)):
            yield block.start, block.stop - block.start, self._build(self.rows[block])

    def search(self, queries: Array, k: int, radius: Array | None = None) -> tuple[Array, Array]:
        """Listed rows (m, min(k, n)) and the certified lower end (m,), in scaled units, of the distance of every other row.

        Rows beyond the radius (m,), in scaled units, need not be listed: a query's own number stands for each, and the lower
        end is a little beyond the radius then.
        """
        work, xp = self.space.work, dispatch.namespace(queries)
        if not queries.shape[0]:
            none = xp.zeros_like(queries, dtype=xp.float64)
            return xp.broadcast_to(queries[:, None], (0, min(k, self.n))), none
        least, pairs = DEVICE_BLOCK if dispatch.is_cuda(self.space.X) else HOST_BLOCK
        most = None if self.backend.needs_all_queries else max(least, pairs // self.n)
        size = work.rows_per_block(16.0 * self.space.d + 32 * k, most)

        def part(block: slice) -> tuple[Array, Array]:
            return self._search_block(queries[block], min(k, self.n), None if radius is None else radius[block])

        parts = work.map_blocks("search", part, work.blocks(int(queries.shape[0]), size), threaded=False)
        listed, low = (xp.concat([part[i] for part in parts], axis=0) for i in (0, 1))
        return listed, low

    def _search_block(self, queries: Array, k: int, radius: Array | None) -> tuple[Array, Array]:
        space, work, xp = self.space, self.space.work, dispatch.namespace(queries)
        x, far, deviations = scaled_rows.project(space, queries, self.backend.dtype)
        a, turned = distances.row_norms(x), self._rotation_error(queries, deviations)
        radius = None if radius is None else self._search_radius(radius, a, turned)
        best: list[tuple[Array, Array]] = []
        any_far = False
        for start, rows, (index, some_far) in self._indexes():
            with work.limit_thread_pools():
                T, at = index.search(x, min(k, rows), radius)
            best, any_far = [topk.smallest_of([*best, (T, at + start)], k)], any_far or some_far
        T, listed = best[0][0], indexing.take_flat(self.rows, best[0][1])
        last = dispatch.as_float64(xp.max(T, axis=1))
        if radius is not None:
            listed = xp.where(xp.isinf(T), queries[:, None], listed)
            last = xp.minimum(last, radius * radius)  # where fewer were found, all others are beyond
        complete = k == self.n and not (radius is not None and bool(xp.any(xp.isinf(T))))
        return listed, self._lower_bound(a, turned, None if complete else last, far, any_far)

    def _storage_error(self) -> tuple[float, float]:
        """Of a row that was centred and stored: relative to its norm, and absolute."""
        u, tiny = (U32, TINY32) if self.backend.dtype == "float32" else (U64, TINY64)
        return u * (1 + 1e-5) + 2 * U64, math.sqrt(self.space.d) * tiny

    def _rotation_error(self, queries: Array, deviations: Array | None) -> Array:
        """What turning may have moved each query by, in candidate units, relative to its norm with all features counted."""
        frame, dtype = self.space.projection, self.backend.dtype
        if frame.axes_for(dtype) is None:
            return 0.0
        deviations = scaled_rows.centred_norms(self.space, queries) if deviations is None else deviations
        return deviations * (frame.rotation_error(self.space.d) * 2.0 ** frame.exponent(dtype))

    def _search_radius(self, radius: Array, a: Array, turned: Array) -> Array:
        """The radius, in candidate units, that a backend is asked for so that all within `radius` is certified."""
        relative, tiny = self._storage_error()
        exponent = self.space.projection.exponent(self.backend.dtype)
        radius = indexing.clip(radius, 0, 2.0 ** (505 - exponent))  # its square is a number
        radius = radius * (2.0**exponent * (1 + 2.0**-20))
        radius = radius + 2 * (relative * (2 * a + radius) + turned + tiny)
        share = 1 + self.backend.relative_error(d=self.space.d, n=self.n)
        with np.errstate(over="ignore"):  # of rows far out: an infinite radius asks for all
            error = self.backend.error(a, a + 2 * radius, d=self.space.d, n=self.n)
            return dispatch.namespace(a).sqrt(share * radius * radius + error) * (1 + 2.0**-30)

    def _lower_bound(self, a: Array, turned: Array, last: Array | None, far: Array | None, any_far: bool) -> Array:
        """Lower end for queries of norms a, from the largest returned square; None: every row is listed.

        Either row was rounded when it was stored, by its norm as received: a, and at most a + δ for one at δ. And when it was
        turned, by its norm with all features counted: f for the query; a row whose norm is beyond f + 2 δ is at least 2 δ
        away for that alone, so turning costs the others at most 2 f + 2 δ.
        """
        space, dtype, xp = self.space, self.backend.dtype, dispatch.namespace(a)
        low = xp.full_like(a, math.inf)
        if last is not None:
            received = unreturned_lower_bound(self.backend, a, last, space.d, self.n)
            relative, tiny = self._storage_error()
            share = 1 - space.projection.axes_error(space.d) - 2 * space.projection.rotation_error(space.d)
            low = received * share - relative * (2 * a + received) - 2 * turned - 2 * tiny
        if any_far:  # such a row is beyond the limit in one feature at least
            low = xp.minimum(low, space.projection.outlier_limit(dtype) * (1 - 1e-6) - a)
        low = low * 2.0 ** -space.projection.exponent(dtype)
        return low if far is None else xp.where(far, xp.zeros_like(low), low)
