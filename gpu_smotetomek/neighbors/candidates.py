"""Candidates: lists that a backend proposes, each with the certified lower end of the distance of all that it left out."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from gpu_smotetomek import arrays
from gpu_smotetomek.neighbors.protocol import TINY32, TINY64, U32, U64, Backend, Index
from gpu_smotetomek.neighbors.space import Space
from gpu_smotetomek.typing import Array


def unlisted(backend: Backend, a: Array, T: Array, d: int, n: int) -> Array:
    """Lower end of the distance, as received, of a row that is not in a list whose largest returned square is T.

    Such a row at distance δ has norm at most a + δ, and a returned square of at least T, so δ² + error(a, a + δ) ≥ T. The
    smallest such δ is at most √T, hence δ² ≥ T − error(a, a + √T): the error is non-decreasing in both norms.
    """
    xp = arrays.namespace(T)
    zero = xp.zeros_like(T)
    T = xp.maximum(T, zero)
    return xp.sqrt(xp.maximum(T - backend.error(a, a + xp.sqrt(T), d=d, n=n), zero)) * (1 - 2.0**-40)


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

    space: Space
    rows: Array
    backend: Backend

    @property
    def n(self) -> int:
        return int(self.rows.shape[0])

    @cached_property
    def _whole(self) -> tuple[Index, bool]:
        """The index of all rows, and whether some are outlying. Those stand at the centre: listed in vain, never missed."""
        return self._build(self.rows)

    def _build(self, rows: Array) -> tuple[Index, bool]:
        work = self.space.work
        values, far = self.space.candidates(rows, self.backend.dtype)
        with work.pools():
            return self.backend.build(values, work), far is not None

    def _indexes(self) -> Iterator[tuple[int, int, tuple[Index, bool]]]:
        """First row, rows and index of each part: one of dense rows, as many as the budget asks for of sparse ones."""
        if not arrays.is_sparse(self.space.X):
            yield 0, self.n, self._whole
            return
        for block in self.space.work.blocks(self.n, self.space.work.rows(16.0 * self.space.d)):
            yield block.start, block.stop - block.start, self._build(self.rows[block])

    def lists(self, queries: Array, k: int) -> tuple[Array, Array]:
        """Listed rows (m, min(k, n)) and the certified lower end (m,), in scaled units, of the distance of every other row."""
        work, xp = self.space.work, arrays.namespace(queries)
        if not queries.shape[0]:
            return xp.zeros((0, min(k, self.n)), dtype=xp.int64), xp.zeros((0,), dtype=xp.float64)
        blocks = work.blocks(int(queries.shape[0]), work.rows(16.0 * self.space.d + 32 * k))
        parts = work.each("search", lambda block: self._lists(queries[block], min(k, self.n)), blocks, threaded=False)
        listed, low = (xp.concat([part[i] for part in parts], axis=0) for i in (0, 1))
        return listed, low

    def _lists(self, queries: Array, k: int) -> tuple[Array, Array]:
        space, dtype, work = self.space, self.backend.dtype, self.space.work
        x, far = space.candidates(queries, dtype)
        best: list[tuple[Array, Array]] = []
        any_far = False
        for start, rows, (index, some_far) in self._indexes():
            with work.pools():
                T, at = index.search(x, min(k, rows))
            best, any_far = [arrays.smallest_of([*best, (T, at + start)], k)], any_far or some_far
        T, at = best[0]
        return arrays.take_flat(self.rows, at), self._low(arrays.norms(x), T, k, far, any_far)

    def _low(self, a: Array, T: Array, k: int, far: Array | None, any_far: bool) -> Array:
        space, dtype, xp = self.space, self.backend.dtype, arrays.namespace(a)
        low = xp.full_like(a, math.inf)
        if k < self.n:
            received = unlisted(self.backend, a, arrays.in_float64(xp.max(T, axis=1)), space.d, self.n)
            u, tiny = (U32, TINY32) if dtype == "float32" else (U64, TINY64)
            # either row, of norm a and at most a + δ, was rounded when it was centred, turned and stored
            u = u * (1 + 1e-5) + space.frame.rounding(space.d)
            low = received * (1 - space.frame.stretch(space.d)) - u * (2 * a + received) - 2 * math.sqrt(space.d) * tiny
        if any_far:  # such a row is beyond the limit in one feature at least
            low = xp.minimum(low, space.frame.limit(dtype) * (1 - 1e-6) - a)
        low = low * 2.0 ** -space.frame.exponent(dtype)
        return low if far is None else xp.where(far, xp.zeros_like(low), low)
