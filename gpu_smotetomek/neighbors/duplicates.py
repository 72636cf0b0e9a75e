"""Rows that are equal: found once, so that thousands of copies are searched as one."""

from __future__ import annotations

import math
from dataclasses import dataclass

from gpu_smotetomek.arrays import dispatch, indexing, matrices, topk
from gpu_smotetomek.neighbors.scaled_rows import ScaledRows
from gpu_smotetomek.typing import Array

GOLDEN = (math.sqrt(5) - 1) / 2


@dataclass(frozen=True)
class DuplicateGroups:
    """Equal rows side by side; two groups may still be equal, which costs time and no more.

    Attributes
    ----------
    rows : int64 array (n,)
        Group after group, ascending within each.
    start, size : int64 arrays (g,)
        Of each group, in the order of their first rows.
    """

    rows: Array
    start: Array
    size: Array

    @property
    def representatives(self) -> Array:
        """The first row of each group (g,), ascending."""
        return matrices.take_dense_rows(self.rows, self.start)

    @classmethod
    def from_rows(cls, space: ScaledRows, rows: Array) -> DuplicateGroups:
        """Of some rows of a space (n,), ascending: sorted by a weighted sum of their features, then compared."""
        xp = dispatch.namespace(rows)
        blocks = space.work.blocks(int(rows.shape[0]), space.work.rows_in_cache(24.0 * space.d))
        keys = xp.concat(space.work.map_blocks("equal rows", lambda block: row_keys(space, rows[block]), blocks))
        rows = matrices.take_dense_rows(rows, xp.argsort(keys, stable=True))

        def follows(block: slice) -> Array:
            some = space.columns(rows[block]), space.columns(rows[block.start + 1 : block.stop + 1])
            return xp.all(some[0] == some[1], axis=0)

        blocks = space.work.blocks(int(rows.shape[0]) - 1, space.work.rows_in_cache(32.0 * space.d))
        same = [xp.zeros_like(rows[:1], dtype=xp.bool), *space.work.map_blocks("equal rows", follows, blocks)]
        start = indexing.flatnonzero(~xp.concat(same))
        size = xp.concat([start[1:], xp.full_like(start[:1], rows.shape[0])]) - start
        order = xp.argsort(matrices.take_dense_rows(rows, start))
        return cls(rows, matrices.take_dense_rows(start, order), matrices.take_dense_rows(size, order))

    def expand_neighbors(self, D: Array, found: Array, queries: Array, k: int) -> tuple[Array, Array]:
        """The k nearest other rows by (distance, row number), from the k nearest other first rows and their squares.

        A row among the k nearest comes after the first row of every group that is nearer, or as near with an earlier first
        row. So, the query's own group apart, it is in the first k groups, and among the first k + 1 of its group.
        """
        xp, first, last = dispatch.namespace(found), self.representatives, int(self.start.shape[0]) - 1
        own = indexing.clip(
            xp.searchsorted(first, queries), 0, last
        )  # the group of a query that is a first row was left out
        zero = xp.zeros_like(D[:, 0])
        at_own = xp.where(matrices.take_dense_rows(first, own) == queries, zero, zero + math.inf)
        D = xp.concat([at_own[:, None], D], axis=1)
        at = xp.reshape(xp.searchsorted(first, xp.reshape(found, (-1,))), found.shape)
        at = xp.concat([own[:, None], indexing.clip(at, 0, last)], axis=1)
        place = xp.arange(k + 1, dtype=self.start.dtype, device=dispatch.get_device(found))
        there = place < indexing.take_flat(self.size, at)[:, :, None]
        listed = xp.where(there, indexing.take_flat(self.start, at)[:, :, None] + place, 0)
        listed = indexing.take_flat(self.rows, listed)
        there = there & (listed != queries[:, None, None])
        D = xp.where(there, D[:, :, None], math.inf)
        return topk.sort_by_distance(xp.reshape(D, (D.shape[0], -1)), xp.reshape(listed, (D.shape[0], -1)), k)


def row_keys(space: ScaledRows, rows: Array) -> Array:
    """A number (m,) a row, the same for equal rows: features weighted and summed in order."""
    columns = space.columns(rows) - space.projection.centre[:, None]
    total: Array = 0.0
    for feature in range(space.d):
        total = total + columns[feature, :] * (0.5 + (feature + 1) * GOLDEN % 1.0)
    return total
