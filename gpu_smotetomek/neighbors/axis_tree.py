"""Rows within a small radius of many queries, by a tree over few principal axes: on these, no two rows are farther apart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.spatial import cKDTree

from gpu_smotetomek.arrays import indexing
from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.neighbors.backends.kdtree import LEAF_ROWS, needs_balanced_tree
from gpu_smotetomek.neighbors.scaled_rows import ScaledRows
from gpu_smotetomek.typing import Floats, Integers

AXIS_MARGIN = 1 + 2.0**-20  # covers the rounding of the tree, at most 4 n roundings of a squared distance
SAMPLED_AXIS_ROWS, SAMPLED_AXIS_QUERIES = 2048, 64  # whose pairs tell how many rows are within a radius
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
        points, others = self._points(self.queries[sample]), self._points(rows)
        is_near = np.abs(points[:, None, :] - others) <= self._reach(self.radius[sample])[:, None, None]
        return float(is_near.all(axis=2).mean()) * len(self.rows)

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
