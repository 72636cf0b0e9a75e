"""Rows within a small radius of many queries, by a tree over few principal axes: on these, no two rows are farther apart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.spatial import cKDTree

from gpu_smotetomek.arrays import dispatch, indexing
from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.neighbors.backends.kdtree import LEAF_ROWS, needs_balanced_tree
from gpu_smotetomek.neighbors.exact import ExactSearch
from gpu_smotetomek.neighbors.scaled_rows import ScaledRows
from gpu_smotetomek.typing import Array, Floats, Integers

AXIS_SECONDS, AXIS_SECONDS_PER_ROW, AXIS_SECONDS_PER_QUERY = 5e-3, 0.35e-6, 3e-6  # of a tree and its queries
LIST_SECONDS_PER_PAIR = 3e-9  # of a list, by a backend other than a tree
MOST_PAIRS_PER_QUERY = 32.0  # rows near a query on the axes: with more, their distances cost more than lists
AXIS_MARGIN = 1 + 2.0**-20  # covers the rounding of the tree, at most 4 n roundings of a squared distance
SAMPLED_AXIS_ROWS, SAMPLED_AXIS_QUERIES = 1024, 64  # whose pairs tell how many rows are within a radius
QUERIES_PER_CALL = 1024  # of the tree
BYTES_PER_LISTED_PAIR = 128.0  # an integer object of Python in a list, and arrays of the pairs


@dataclass(frozen=True)
class AxisTree:
    """Some rows of a dense NumPy matrix on the widest axes, at most three, and queries that each have a radius.

    Parameters
    ----------
    scaled : ScaledRows
    rows : int64 array (n,)
        The searched rows.
    queries : int64 array (m,)
    radius : float64 array (m,)
        In scaled units.
    ctx : ExecutionContext
    """

    scaled: ScaledRows
    rows: Integers
    queries: Integers
    radius: Floats
    ctx: ExecutionContext

    def estimate_pairs(self) -> float:
        """Rows within the radius of a query on the axes, on average over a fixed sample."""
        rows = self.rows[:: -(-len(self.rows) // SAMPLED_AXIS_ROWS)]
        sample = slice(None, None, -(-len(self.queries) // SAMPLED_AXIS_QUERIES))
        points, reach = self._points(self.queries[sample]), self._reach(self.radius[sample])[:, None]
        is_near = np.ones((len(points), len(rows)), bool)
        for of_queries, of_rows in zip(points.T, self._points(rows).T, strict=True):
            is_near &= np.abs(of_queries[:, None] - of_rows) <= reach
        return float(is_near.mean()) * len(self.rows)

    def count_rows(self) -> Integers:
        """Number (m,) of the rows within the radius of each query on the axes: at least of those within it."""

        def count(block: slice) -> Integers:
            return np.asarray(
                self._tree.query_ball_point(self._query_points[block], self._limit[block], return_length=True)
            )

        parts = self.ctx.map_blocks("tree", count, self.ctx.blocks(len(self.queries), QUERIES_PER_CALL))
        return np.concatenate([np.empty(0, np.int64), *parts])

    def list_pairs(self, positions: Integers, counts: Integers) -> Iterator[tuple[Integers, Integers]]:
        """Pairs of a query, by its position, and a row within its radius, for these queries, as many as the budget holds.

        Pairs beyond the radius may be listed too. All pairs of a query come together.

        Parameters
        ----------
        positions : int64 array (q,)
        counts : int64 array (q,)
            Of `count_rows`.
        """
        for block in indexing.split_by_total(counts, self.ctx.rows_per_block(BYTES_PER_LISTED_PAIR)):
            chosen = positions[block]
            lists = self._tree.query_ball_point(self._query_points[chosen], self._limit[chosen], return_sorted=False)
            near = np.fromiter((row for listed in lists for row in listed), np.int64, int(counts[block].sum()))
            yield np.repeat(chosen, counts[block]), self.rows[near]

    @cached_property
    def _tree(self) -> cKDTree:
        points = self._points(self.rows)
        return cKDTree(points, leafsize=LEAF_ROWS, compact_nodes=False, balanced_tree=needs_balanced_tree(points))

    @cached_property
    def _query_points(self) -> Floats:
        return self._points(self.queries)

    @cached_property
    def _limit(self) -> Floats:
        return self._reach(self.radius)

    def _points(self, rows: Integers) -> Floats:
        return np.column_stack(self.scaled.leading_coordinates(rows, self.ctx))

    def _reach(self, radius: Floats) -> Floats:
        """The radius on the axes that holds all rows within `radius`."""
        return radius * AXIS_MARGIN + 2 * self.scaled.leading_coordinate_error


def choose_axis_tree(search: ExactSearch, queries: Array, radius: Array, n_lists: int) -> AxisTree | None:
    """A tree of the rows of a search around queries (m,), where it is estimated to cost less than so many lists; else None."""
    ctx, scaled, n = search.ctx, search.scaled, int(search.rows.shape[0])
    is_free = ctx.backend == "auto" and ctx.kind is dispatch.ArrayKind.NUMPY and ctx.out_of_core_device is None
    if not is_free or search.backend is None or search.uses_tree or dispatch.is_sparse(scaled.X) or not len(queries):
        return None
    seconds = AXIS_SECONDS + AXIS_SECONDS_PER_ROW * n + AXIS_SECONDS_PER_QUERY * len(queries)
    if seconds >= LIST_SECONDS_PER_PAIR * n_lists * n:
        return None
    tree = AxisTree(scaled, search.rows, queries, radius, ctx)
    return tree if tree.estimate_pairs() <= MOST_PAIRS_PER_QUERY else None
