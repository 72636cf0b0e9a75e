"""Groups of equal rows: thousands of copies of a row are searched as one."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gpu_smotetomek.arrays import dispatch, indexing, matrices, sparse_rows, topk
from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.neighbors.projection import MAX_SAMPLE_ROWS
from gpu_smotetomek.neighbors.scaled_rows import ScaledRows
from gpu_smotetomek.typing import Array, NeighborLists

MAX_SAMPLE_VALUES = 2**17  # rows times features of a sample that shows whether rows are repeated
MIN_ROWS_PER_GROUP = 2  # average size of the groups from which grouping pays before any search

SearchDistinct = Callable[[Array, int, Array | None], NeighborLists]
"""From distinct queries, k and their radius to the k nearest other representatives of each."""


@dataclass(frozen=True)
class DuplicateGroups:
    """Equal rows in groups; two groups may still be equal, which costs time but changes no answer.

    Attributes
    ----------
    rows : int64 array (n,)
        Group after group, ascending within each.
    start, size : int64 arrays (g,)
        First position in `rows`, and number of rows, of each group, ordered by the first row of the groups.
    searched : int64 array (n,)
        The same rows, ascending.
    group : int64 array (n,)
        Group of each row of `searched`.
    """

    rows: Array
    start: Array
    size: Array
    searched: Array
    group: Array

    @property
    def representatives(self) -> Array:
        """The first row of each group (g,), ascending."""
        return indexing.take_1d(self.rows, self.start)

    @classmethod
    def from_rows(cls, scaled: ScaledRows, rows: Array, ctx: ExecutionContext) -> DuplicateGroups:
        """Group some rows (n,), ascending: sort them by a weighted sum of their features, then compare neighbours."""
        xp, n, take, searched = dispatch.namespace(rows), int(rows.shape[0]), indexing.take_1d, rows
        keys = ctx.map_rows("equal rows", lambda block: row_keys(scaled, rows[block]), n, 24.0 * scaled.d)
        by_key = xp.argsort(xp.concat(keys), stable=True)
        rows = take(rows, by_key)

        def equals_next(block: slice) -> Array:
            if scaled.is_thin:
                following = rows[block.start + 1 : block.stop + 1]
                first = scaled.as_csr.float64_rows(rows[block])
                return sparse_rows.equal_rows(first, scaled.as_csr.float64_rows(following))
            columns = scaled.float64_columns(rows[block.start : block.stop + 1])
            return xp.all(columns[:, 1:] == columns[:, :-1], axis=0)

        equal = ctx.map_rows("equal rows", equals_next, n - 1, 24.0 * scaled.d)
        is_first = ~xp.concat([xp.zeros_like(rows[:1], dtype=xp.bool), *equal])
        start = indexing.flatnonzero(is_first)
        size = xp.concat([start[1:], xp.full_like(start[:1], n)]) - start
        order = xp.argsort(take(rows, start))
        number = xp.arange(start.shape[0], dtype=xp.int64, device=dispatch.get_device(start))
        group = take(indexing.inverse_permute(number, order), indexing.ragged_arange(size)[0])
        group = indexing.inverse_permute(group, by_key)
        return cls(rows, take(start, order), take(size, order), searched, group)

    def kneighbors(
        self, queries: Array, k: int, radius: Array | None, search: SearchDistinct, ctx: ExecutionContext
    ) -> NeighborLists:
        """The k nearest other rows of each query (m,) by (distance, row number); equal queries are searched once.

        Parameters
        ----------
        queries : int64 array (m,)
        k : int
        radius : float64 array (m,) or None
            Distances beyond which entries may be missing.
        search : callable
            Searches the representatives.
        ctx : ExecutionContext
        """
        xp, take = dispatch.namespace(queries), indexing.take_1d
        distinct, owner = self._merge_queries(queries)
        if radius is not None:
            none = xp.zeros_like(distinct, dtype=xp.float64)
            radius = -indexing.scatter_min(none, owner, -radius)
        lists = search(distinct, k, radius)

        def expand_block(block: slice) -> NeighborLists:
            return self._expand_neighbors(NeighborLists(*(part[block, :] for part in lists)), distinct[block], k + 1)

        n_distinct = int(distinct.shape[0])
        parts = ctx.map_rows("equal rows", expand_block, n_distinct, 64.0 * (k + 1) ** 2)
        lists = topk.concat_lists(parts, axis=0)

        def select_block(block: slice) -> NeighborLists:
            own = take(owner, xp.arange(block.start, block.stop, dtype=xp.int64, device=dispatch.get_device(owner)))
            return leave_out(NeighborLists(*(matrices.take_dense_rows(part, own) for part in lists)), queries[block])

        parts = ctx.map_rows("equal rows", select_block, int(queries.shape[0]), 64.0 * (k + 1))
        return topk.concat_lists(parts, axis=0)

    def _merge_queries(self, queries: Array) -> tuple[Array, Array]:
        """Distinct queries (q,), ascending, and the position (m,) of each query's own among them.

        The representative of its group stands for a query among the rows, and each other query for itself.
        """
        xp, n, take = dispatch.namespace(queries), int(self.searched.shape[0]), indexing.take_1d
        position = indexing.clip(xp.searchsorted(self.searched, queries), 0, n - 1)
        inside = take(self.searched, position) == queries
        distinct = xp.where(inside, take(self.representatives, take(self.group, position)), queries)
        ordered = xp.sort(distinct)
        is_first = xp.concat([xp.ones_like(ordered[:1], dtype=xp.bool), ordered[1:] != ordered[:-1]])
        ordered = take(ordered, indexing.flatnonzero(is_first))
        return ordered, xp.searchsorted(ordered, distinct)

    def _expand_neighbors(self, lists: NeighborLists, queries: Array, width: int) -> NeighborLists:
        """The `width` nearest rows by (distance, row number), from the nearest other representatives of distinct queries.

        A query that is a representative counts among its rows. A row among the k nearest others comes after the first row of
        every group that is nearer, or as near with an earlier first row. So, apart from the query's own group, it is in the
        first k groups, and among the first k rows of its group, or k + 1 of the own one.
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
        position = xp.arange(width, dtype=self.start.dtype, device=dispatch.get_device(found))
        exists = position < indexing.take_1d(self.size, groups)[:, :, None]
        members = xp.where(exists, indexing.take_1d(self.start, groups)[:, :, None] + position, 0)
        members = indexing.take_1d(self.rows, members)
        sq_distances = xp.where(exists, sq_distances[:, :, None], math.inf)
        sq_distances, members = (xp.reshape(values, (values.shape[0], -1)) for values in (sq_distances, members))
        return topk.sort_by_distance(sq_distances, members, width)


def leave_out(lists: NeighborLists, queries: Array) -> NeighborLists:
    """Leave out each query from its list (m, k + 1), or the last entry where the query is not in it."""
    xp, k = dispatch.namespace(queries), int(lists.indices.shape[1]) - 1
    is_query = (lists.indices == queries[:, None]) & ~xp.isinf(lists.sq_distances)
    is_listed, place = xp.any(is_query, axis=1), xp.argmax(xp.astype(is_query, xp.int8), axis=1)
    columns = xp.arange(k, dtype=xp.int64, device=dispatch.get_device(queries))
    follows = is_listed[:, None] & (columns >= place[:, None])
    return NeighborLists(*(xp.where(follows, part[:, 1:], part[:, :-1]) for part in lists))


def row_keys(scaled: ScaledRows, rows: Array) -> Array:
    """A number (m,) for each row, the same for equal rows: the weighted sum of its features, in order.

    The weights are random, so that few rows with small integers have the same sum.
    """
    weights = np.random.RandomState(0).uniform(0.5, 1.5, scaled.d)
    if scaled.is_thin:
        centred = sparse_rows.subtract_row(scaled.as_csr.float64_rows(rows), scaled.projection.centre)
        return sparse_rows.weighted_sums(centred, weights)
    columns = scaled.centred_columns(rows)
    total: Array = 0.0
    for feature, weight in enumerate(weights.tolist()):
        total = total + columns[feature, :] * weight
    return total


def repeats_rows(scaled: ScaledRows, rows: Array, ctx: ExecutionContext, least_share: float = 0.0) -> bool:
    """Whether a sample of rows (n,) repeats so many that grouping pays before any search.

    Of g equally large groups, a sample of s rows has about s² / 2 g repetitions. Where nearly all rows of the sample are
    repetitions, that is too few to tell, but there are then at most s groups or so.

    Parameters
    ----------
    scaled : ScaledRows
    rows : int64 array (n,)
    ctx : ExecutionContext
    least_share : float
        Share of the sample that has to be repetitions at least.
    """
    n, affordable = int(rows.shape[0]), ctx.rows_per_block(24.0 * scaled.d)
    size = min(n, MAX_SAMPLE_ROWS, MAX_SAMPLE_VALUES // scaled.d, affordable)
    if size < 2 or dispatch.is_sparse(scaled.X):
        return False
    xp = dispatch.namespace(rows)
    keys = xp.sort(row_keys(scaled, rows[:: -(-n // size)]))
    size = int(keys.shape[0])
    n_repeats = indexing.count_nonzero(keys[1:] == keys[:-1])
    return n_repeats >= max(least_share * size, min(size / 2, MIN_ROWS_PER_GROUP * size**2 / (2 * n)))
