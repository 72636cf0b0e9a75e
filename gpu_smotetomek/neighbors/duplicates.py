"""Rows that are equal: found once, so that thousands of copies are searched as one."""

from __future__ import annotations

import math
from dataclasses import dataclass

from gpu_smotetomek import arrays
from gpu_smotetomek.neighbors.scaled_rows import Space
from gpu_smotetomek.typing import Array

GOLDEN = (math.sqrt(5) - 1) / 2


@dataclass(frozen=True)
class Groups:
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
    def first(self) -> Array:
        """The first row of each group (g,), ascending."""
        return arrays.take(self.rows, self.start)

    @classmethod
    def of(cls, space: Space, rows: Array) -> Groups:
        """Of some rows of a space (n,), ascending: sorted by a weighted sum of their features, then compared."""
        xp = arrays.namespace(rows)
        blocks = space.work.blocks(int(rows.shape[0]), space.work.cached(24.0 * space.d))
        keys = xp.concat(space.work.each("equal rows", lambda block: key(space, rows[block]), blocks))
        rows = arrays.take(rows, xp.argsort(keys, stable=True))

        def follows(block: slice) -> Array:
            some = space.columns(rows[block]), space.columns(rows[block.start + 1 : block.stop + 1])
            return xp.all(some[0] == some[1], axis=0)

        blocks = space.work.blocks(int(rows.shape[0]) - 1, space.work.cached(32.0 * space.d))
        same = [xp.zeros_like(rows[:1], dtype=xp.bool), *space.work.each("equal rows", follows, blocks)]
        start = arrays.rows_where(~xp.concat(same))
        size = xp.concat([start[1:], xp.full_like(start[:1], rows.shape[0])]) - start
        order = xp.argsort(arrays.take(rows, start))
        return cls(rows, arrays.take(start, order), arrays.take(size, order))

    def nearest(self, D: Array, found: Array, queries: Array, k: int) -> tuple[Array, Array]:
        """The k nearest other rows by (distance, row number), from the k nearest other first rows and their squares.

        A row among the k nearest comes after the first row of every group that is nearer, or as near with an earlier first
        row. So, the query's own group apart, it is in the first k groups, and among the first k + 1 of its group.
        """
        xp, first, last = arrays.namespace(found), self.first, int(self.start.shape[0]) - 1
        own = arrays.clipped(
            xp.searchsorted(first, queries), 0, last
        )  # the group of a query that is a first row was left out
        zero = xp.zeros_like(D[:, 0])
        at_own = xp.where(arrays.take(first, own) == queries, zero, zero + math.inf)
        D = xp.concat([at_own[:, None], D], axis=1)
        at = xp.reshape(xp.searchsorted(first, xp.reshape(found, (-1,))), found.shape)
        at = xp.concat([own[:, None], arrays.clipped(at, 0, last)], axis=1)
        place = xp.arange(k + 1, dtype=self.start.dtype, device=arrays.device_of(found))
        there = place < arrays.take_flat(self.size, at)[:, :, None]
        listed = xp.where(there, arrays.take_flat(self.start, at)[:, :, None] + place, 0)
        listed = arrays.take_flat(self.rows, listed)
        there = there & (listed != queries[:, None, None])
        D = xp.where(there, D[:, :, None], math.inf)
        return arrays.sorted_by_distance(xp.reshape(D, (D.shape[0], -1)), xp.reshape(listed, (D.shape[0], -1)), k)


def key(space: Space, rows: Array) -> Array:
    """A number (m,) a row, the same for equal rows: features weighted and summed in order."""
    columns = space.columns(rows) - space.frame.centre[:, None]
    total: Array = 0.0
    for feature in range(space.d):
        total = total + columns[feature, :] * (0.5 + (feature + 1) * GOLDEN % 1.0)
    return total
