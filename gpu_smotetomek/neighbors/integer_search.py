"""Nearest rows among rows of small integers: their products are exact in float32, so products decide, ties included."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gpu_smotetomek.arrays import distances, matrices, topk
from gpu_smotetomek.neighbors.backends.matmul import THREADED_FROM_PAIRS
from gpu_smotetomek.neighbors.exact import ExactSearch
from gpu_smotetomek.neighbors.scaled_rows import ScaledRows
from gpu_smotetomek.typing import Array, Floats, Integers, NeighborLists

LARGEST_SQ_NORM = 2.0**22  # of a centred row: then no part of an expanded squared distance exceeds 2**24
MOST_KEYED_ROWS = 2**29  # a squared distance and a row number fit into the 53 bits of a float64 number
KEYED_TILE = 256, 2048  # queries and rows of a tile, whose keys stay in the cache
BYTES_PER_INTEGER = 12.0  # of a row: in float32, and once more with norms
LEAST_KEYED_QUERIES = 64  # fewer cost less than to read all rows


@dataclass(frozen=True)
class IntegerSearch(ExactSearch):
    """A search among rows that may all be small integers: lists of k rows then come from products, without a certificate."""

    def kneighbors(self, queries: Array, k: int, radius: Array | None = None) -> NeighborLists:
        """As `ExactSearch.kneighbors`."""
        if radius is not None or not self._suits(queries, k):
            return super().kneighbors(queries, k, radius)
        centre = matrices.float64_rows(self.scaled.X, self.rows[:1], ())
        rows = self._centre_integers(self.rows, centre)
        points = rows if rows is None or queries is self.rows else self._centre_integers(queries, centre)
        if rows is None or points is None:
            return super().kneighbors(queries, k, radius)
        self.statistics.settled_by_stage["integers"] += len(queries)
        self.statistics.queries_by_backend["xp"] += len(queries)
        return self.rerank(queries, self.rows[self._nearest_positions(queries, points, rows, k)], k)

    def _suits(self, queries: Array, k: int) -> bool:
        """Whether all k rows exist, the rows fit into the budget, and equal rows are not searched once for all instead."""
        m, n = len(queries), len(self.rows)
        n_bytes = BYTES_PER_INTEGER * float(self.scaled.d) * (m + n)
        if m < LEAST_KEYED_QUERIES or not k < n <= MOST_KEYED_ROWS or 2 * n_bytes > self.ctx.memory_limit:
            return False
        return not (self.may_group(queries) and self.repeats_rows)

    def _centre_integers(self, rows: Integers, centre: Floats) -> Array | None:
        """Centred rows (m, d) in float32; None where they are no integers, or products may be inexact."""
        out = np.empty((len(rows), self.scaled.d), np.float32)
        for block in self.ctx.blocks(len(rows), self.ctx.rows_in_cache(32.0 * self.scaled.d)):
            values = matrices.float64_rows(self.scaled.X, rows[block], ())
            if np.abs(values).max(initial=0) > LARGEST_SQ_NORM or not (values == np.rint(values)).all():
                return None
            values -= centre
            if not (np.einsum("ij,ij->i", values, values) <= LARGEST_SQ_NORM).all():
                return None
            out[block] = values
        return out

    def _nearest_positions(self, queries: Integers, points: Array, rows: Array, k: int) -> Integers:
        """Positions (m, k) among the rows of the nearest ones to each query but itself, by (distance, position).

        A squared distance is an integer, as is every part of it in any order of summation, and at most 2**24. Times n, plus the
        position of the row, it is a key that no two rows share.
        """
        ctx, n = self.ctx, len(rows)
        points = distances.append_norms(points, 1, norm_last=False)
        rows = distances.append_norms(rows, -2, norm_last=True)
        own = np.searchsorted(self.rows, queries)
        is_own = self.rows.take(own, mode="clip") == queries
        width = min(KEYED_TILE[1], n)

        def search_block(block: slice) -> Integers:
            best, inside = None, np.flatnonzero(is_own[block])
            buffer = distances.allocate_tile(points, (block.stop - block.start) * width)
            for start in range(0, n, width):
                keys = distances.matmul_transposed(points[block], rows[start : start + width], buffer).astype(
                    np.float64
                )
                keys *= n
                keys += np.arange(start, start + keys.shape[1])
                column = own[block][inside] - start
                here = (column >= 0) & (column < keys.shape[1])
                keys[inside[here], column[here]] = np.inf
                best = topk.update_smallest(best, keys, start, k)
            assert best is not None
            return np.asarray(best.indices)

        size = min(KEYED_TILE[0], ctx.rows_per_block(16.0 * width))
        with ctx.single_threaded_blas():
            blocks, threaded = ctx.blocks(len(queries), size), len(queries) * n >= THREADED_FROM_PAIRS
            return np.concatenate(ctx.map_blocks("tiles", search_block, blocks, threaded=threaded))


def may_hold_integers(scaled: ScaledRows, rows: Array) -> bool:
    """Whether the first of these rows of a dense NumPy matrix are integers."""
    X = scaled.X
    if (
        not isinstance(X, np.ndarray)
        or X.dtype == np.longdouble
        or scaled.is_mixed
        or scaled.ignored_features is not None
    ):
        return False
    first = matrices.float64_rows(X, rows[:2], ())
    return bool((first == np.rint(first)).all())
