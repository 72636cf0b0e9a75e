"""Groups of equal rows: thousands of copies of a row are searched as one."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from gpu_smotetomek.arrays import dispatch, indexing, sparse_rows, topk
from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.neighbors.scaled_rows import ScaledRows
from gpu_smotetomek.typing import Array, NeighborLists

GOLDEN = (math.sqrt(5) - 1) / 2


@dataclass(frozen=True)
class DuplicateGroups:
    """Equal rows in groups; two groups may still be equal, which costs time but changes no answer.

    Attributes
    ----------
    rows : int64 array (n,)
        Group after group, ascending within each.
    start, size : int64 arrays (g,)
        First position in `rows`, and number of rows, of each group, ordered by the first row of the groups.
    """

    rows: Array
    start: Array
    size: Array

    @property
    def representatives(self) -> Array:
        """The first row of each group (g,), ascending."""
        return indexing.take_1d(self.rows, self.start)

    @classmethod
    def from_rows(cls, scaled: ScaledRows, rows: Array, ctx: ExecutionContext) -> DuplicateGroups:
        """Group some rows (n,), ascending: sort them by a weighted sum of their features, then compare neighbours."""
        xp, n, take = dispatch.namespace(rows), int(rows.shape[0]), indexing.take_1d
        keys = ctx.map_rows("equal rows", lambda block: row_keys(scaled, rows[block]), n, 24.0 * scaled.d)
        rows = take(rows, xp.argsort(xp.concat(keys), stable=True))

        def equals_next(block: slice) -> Array:
            if scaled.is_thin:
                following = rows[block.start + 1 : block.stop + 1]
                return sparse_rows.equal_rows(
                    scaled.as_csr.float64_rows(rows[block]), scaled.as_csr.float64_rows(following)
                )
            columns = scaled.float64_columns(rows[block])
            return xp.all(columns == scaled.float64_columns(rows[block.start + 1 : block.stop + 1]), axis=0)

        equal = ctx.map_rows("equal rows", equals_next, n - 1, 32.0 * scaled.d)
        start = indexing.flatnonzero(~xp.concat([xp.zeros_like(rows[:1], dtype=xp.bool), *equal]))
        size = xp.concat([start[1:], xp.full_like(start[:1], rows.shape[0])]) - start
        order = xp.argsort(take(rows, start))
        return cls(rows, take(start, order), take(size, order))

    def expand_neighbors(self, lists: NeighborLists, queries: Array, k: int) -> NeighborLists:
        """The k nearest other rows by (distance, row number), from the k nearest other representatives.

        A row among the k nearest comes after the first row of every group that is nearer, or as near with an earlier first
        row. So, apart from the query's own group, it is in the first k groups, and among the first k + 1 of its group.
        """
        sq_distances, found = lists
        xp, first, last = dispatch.namespace(found), self.representatives, int(self.start.shape[0]) - 1
        # the search left out the group of a query that is a representative
        own = indexing.clip(xp.searchsorted(first, queries), 0, last)
        zero = xp.zeros_like(sq_distances[:, 0])
        to_own = xp.where(indexing.take_1d(first, own) == queries, zero, zero + math.inf)
        sq_distances = xp.concat([to_own[:, None], sq_distances], axis=1)
        groups = xp.reshape(xp.searchsorted(first, xp.reshape(found, (-1,))), found.shape)
        groups = xp.concat([own[:, None], indexing.clip(groups, 0, last)], axis=1)
        position = xp.arange(k + 1, dtype=self.start.dtype, device=dispatch.get_device(found))
        exists = position < indexing.take_1d(self.size, groups)[:, :, None]
        members = xp.where(exists, indexing.take_1d(self.start, groups)[:, :, None] + position, 0)
        members = indexing.take_1d(self.rows, members)
        exists = exists & (members != queries[:, None, None])
        sq_distances = xp.where(exists, sq_distances[:, :, None], math.inf)
        sq_distances, members = (xp.reshape(values, (values.shape[0], -1)) for values in (sq_distances, members))
        return topk.sort_by_distance(sq_distances, members, k)


def row_keys(scaled: ScaledRows, rows: Array) -> Array:
    """A number (m,) for each row, the same for equal rows: the weighted sum of its features, in order."""
    if scaled.is_thin:
        centred = sparse_rows.subtract_row(scaled.as_csr.float64_rows(rows), scaled.projection.centre)
        return sparse_rows.weighted_sums(centred, 0.5 + np.arange(1.0, scaled.d + 1.0) * GOLDEN % 1.0)
    columns = scaled.float64_columns(rows) - scaled.projection.centre[:, None]
    total: Array = 0.0
    for feature in range(scaled.d):
        total = total + columns[feature, :] * (0.5 + (feature + 1) * GOLDEN % 1.0)
    return total
