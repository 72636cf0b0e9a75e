"""Backend `kdtree`: scipy's tree over rows on their principal axes; fastest where the rows lie near few dimensions."""

from __future__ import annotations

from functools import cache

import numpy as np
from scipy.spatial import cKDTree

from gpu_smotetomek.arrays.dispatch import HOST_KINDS
from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.neighbors.protocol import U64, Backend, Index, gamma
from gpu_smotetomek.typing import Array, Integers, NeighborLists

LEAF_ROWS = 32
MIN_GROUP_QUERIES, MAX_GROUP_QUERIES = 128, 4096  # queries of one call to the tree, whose results fit into the cache
MIN_QUERY_GROUPS = 64  # of a large search, so that threads end together
SORT_FROM_QUERIES = 1024  # with fewer, sorting costs more than the cache saves
GRID_AXES, GRID_BITS = 3, 20  # axes that order queries, and bits of a cell's number


def needs_balanced_tree(X: Array) -> bool:
    """Whether some axis spreads over so many scales that a sliding midpoint would cut off a few rows at a time."""
    sample = np.abs(X[:: max(1, len(X) // 1000)])
    top = sample.max(axis=0, initial=0.0)
    return bool((top > 2.0**7 * np.median(sample, axis=0))[top > 0].any())


def spatial_keys(points: Array) -> Integers:
    """Integers (m,) whose order keeps near points together: the bits of two or three coordinates, in turn.

    The coordinates are counted in cells of a grid. Points beyond the outer hundredths of a sample fall into the outer cells.
    """
    axes = points[:, :GRID_AXES].T
    bits = GRID_BITS // max(1, len(axes))
    keys = np.zeros(len(points), np.int64)
    for axis, values in enumerate(axes):
        low, high = np.quantile(values[:: max(1, len(values) // 1000)], [0.01, 0.99])
        width = (high - low) / 2**bits or 1.0
        cells = ((values - low) / width).clip(0, 2**bits - 1).astype(np.int64)
        keys |= np.take(spread_bits(bits, len(axes)) << axis, cells)
    return keys


@cache
def spread_bits(bits: int, step: int) -> Integers:
    """For each number of so many bits, the number that has them `step` places apart."""
    numbers = np.arange(2**bits)
    return sum(((numbers >> bit & 1) << (step * bit) for bit in range(bits)), np.zeros_like(numbers))


class KDTreeIndex:
    def __init__(self, X: Array, ctx: ExecutionContext) -> None:
        self.ctx = ctx
        # an unbalanced tree builds fastest, but its depth, and so its time, has no bound on rows that spread over powers of two
        self.tree = cKDTree(X, leafsize=LEAF_ROWS, balanced_tree=needs_balanced_tree(X))

    def search(self, queries: Array, k: int, radius: Array | None = None) -> NeighborLists:
        m = len(queries)
        lists = NeighborLists(np.empty((m, k)), np.empty((m, k), np.int64))
        order, groups = self._group_queries(queries, radius)

        def search_group(block: slice) -> None:
            group = order[block]
            group_radius = np.inf if radius is None else float(radius[group].max())  # the tree takes one radius a call
            distances, indices = self.tree.query(queries[group], k, distance_upper_bound=group_radius)
            lists.sq_distances[group] = (distances**2).reshape(-1, k)
            lists.indices[group] = np.where(indices < self.tree.n, indices, 0).reshape(-1, k)

        self.ctx.map_blocks("tree", search_group, groups)
        return lists

    def _group_queries(self, queries: Array, radius: Array | None) -> tuple[Integers, list[slice]]:
        """An order of the queries (m,), and consecutive groups of it, each of queries whose radii have the same octave.

        Queries that follow one another are near each other, so that the nodes and rows that they read are in the cache. Those of
        the longest radii come first, so that the threads end together.
        """
        m = len(queries)
        octaves = np.zeros(m, np.int64) if radius is None else -np.frexp(radius)[1].astype(np.int64)
        keys = octaves if m < SORT_FROM_QUERIES else (octaves << GRID_BITS) | spatial_keys(queries)
        order = np.argsort(keys)
        steps = np.flatnonzero(np.diff(octaves[order])) + 1
        size = max(MIN_GROUP_QUERIES, min(MAX_GROUP_QUERIES, -(-m // MIN_QUERY_GROUPS)))
        ends = zip([0, *steps.tolist()], [*steps.tolist(), m], strict=True)
        return order, [block for start, stop in ends for block in self.ctx.blocks(stop - start, size, start)]


class KDTree(Backend):
    name = "kdtree"
    dtype = "float64"
    array_kinds = HOST_KINDS
    is_serial = True

    def build(self, X: Array, ctx: ExecutionContext) -> Index:
        return KDTreeIndex(X, ctx)

    def relative_error(self, *, d: int, n: int) -> float:
        """The tree's sums and its pruning err in proportion to the distance: differences are taken first.

        A rooted and squared sum of d squares errs by γ_{d+4}. The squared distance to a box never shrinks on the way down: it
        changes once a level, by a subtraction and an addition of numbers that are no larger than its final value, and a tree of n
        rows has at most 2 n levels. What a feature contributed before is subtracted as it was added, so its own roundings do not
        accumulate.
        """
        return gamma(d + 4 + 4 * n, U64)

    def error(self, a: Array, b: Array, *, d: int, n: int) -> Array:
        """The squares may lose this much to underflow."""
        del n
        return 0 * (a + b) + d * 2.0**-1020
