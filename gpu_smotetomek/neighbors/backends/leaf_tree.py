"""A shallow k-d tree with leaves of about 1000 rows; leaves farther than the query's radius are skipped."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from gpu_smotetomek.typing import Integers, NeighborLists

MAX_LEAF_ROWS = 1024
LEAF_ROWS_MULTIPLE = 16  # kernels take so many rows at once; all leaves but one are multiples
SPLIT_SAMPLE_ROWS = 256  # sampled rows of a node that choose the feature of its split
WORTHWHILE_FROM_LEAVES = 8  # fewer leaves leave out few rows
WORTHWHILE_FROM_QUERIES = 256  # building the tree takes about as long as the products of so many queries with all rows
SELECTIVE_SHARE = 0.4  # a tree that leaves a larger share of the pairs saves nothing, as its products are smaller

Reals: TypeAlias = npt.NDArray[np.floating]
LeafSearch: TypeAlias = Callable[[Integers, Integers], tuple[Reals, Integers]]
"""Maps positions of queries and the rows of a leaf to neighbor lists of positions in the leaf."""


@dataclass(frozen=True)
class Split:
    """The split of a node: `feature` is at most `value` in rows before `middle`, and at least `value` from there on.

    `lower` and `upper` bound that feature in the whole node.
    """

    feature: int
    value: float
    lower: float
    upper: float
    middle: int


def is_tree_worthwhile(n: int, n_queries: int, k: int) -> bool:
    """Whether a tree may save time for lists of k among n rows; a leaf has at least k rows."""
    is_large = n >= WORTHWHILE_FROM_LEAVES * MAX_LEAF_ROWS and n_queries >= WORTHWHILE_FROM_QUERIES
    return is_large and 2 * (k + LEAF_ROWS_MULTIPLE) <= MAX_LEAF_ROWS


class LeafTree:
    """NumPy rows (n, d), split in two again and again at the median of the feature with the largest variance.

    The tree is that of Friedman, Bentley and Finkel, *An algorithm for finding best matches in logarithmic expected time* (1977),
    with leaves large enough for fast matrix products. The squared distance of a query to a leaf is that to its box, and changes
    by one feature a level (Arya and Mount, *Algorithms for fast vector quantization*, 1993). Each level errs by at most 4
    roundings of the sum, in float64; a leaf is skipped only if its distance exceeds the radius by a factor of 1 + 2⁻³⁰.
    """

    def __init__(self, X: Reals) -> None:
        self.order = np.arange(len(X), dtype=np.int64)
        self.splits: dict[tuple[int, int], Split] = {}
        infinity = np.full(X.shape[1], np.inf)
        nodes = [(0, len(X), -infinity, infinity)]
        while nodes:
            start, stop, lower, upper = nodes.pop()
            if stop - start > MAX_LEAF_ROWS:
                split = self._split_node(X, (start, stop), (lower, upper))
                upper_before, lower_after = upper.copy(), lower.copy()
                upper_before[split.feature] = lower_after[split.feature] = split.value
                nodes += [(start, split.middle, lower, upper_before), (split.middle, stop, lower_after, upper)]

    def _split_node(self, X: Reals, node: tuple[int, int], box: tuple[Reals, Reals]) -> Split:
        (start, stop), (lower, upper) = node, box
        rows = self.order[start:stop]
        feature = int(X[rows[:: -(-len(rows) // SPLIT_SAMPLE_ROWS)]].var(axis=0, dtype=np.float64).argmax())
        values, half = X[rows, feature], len(rows) // (2 * LEAF_ROWS_MULTIPLE) * LEAF_ROWS_MULTIPLE
        partition = np.argpartition(values, half)
        self.order[start:stop] = rows[partition]
        value = float(values[partition[half]])
        split = Split(feature, value, float(lower[feature]), float(upper[feature]), start + half)
        self.splits[start, stop] = split
        return split

    def find_leaves(self, queries: Reals, sq_radius: Reals) -> Iterator[tuple[Integers, Integers]]:
        """Yield the rows of each leaf, and the positions of the queries that have part of it within their squared radius (m,)."""
        columns = np.ascontiguousarray(queries.T, dtype=np.float64)
        sq_radius = sq_radius * (1 + 2.0**-30)
        nodes = [(0, len(self.order), np.arange(len(queries)), np.zeros(len(queries)))]
        while nodes:
            start, stop, positions, sq_distances = nodes.pop()
            within = sq_distances <= sq_radius[positions]
            if not within.all():
                positions, sq_distances = positions[within], sq_distances[within]
            if not len(positions):
                continue
            if (start, stop) not in self.splits:
                yield self.order[start:stop], positions
                continue
            split = self.splits[start, stop]
            before, after = sq_distance_increases(split, columns[split.feature, positions])
            nodes.append((start, split.middle, positions, sq_distances + before))
            nodes.append((split.middle, stop, positions, sq_distances + after))

    def is_selective(self, queries: Reals, radius: Reals) -> bool:
        """Whether the radii leave out most pairs of a query and a row."""
        within = sum(len(rows) * len(positions) for rows, positions in self.find_leaves(queries, radius * radius))
        return within <= SELECTIVE_SHARE * len(queries) * len(self.order)

    def search(self, queries: Reals, k: int, radius: Reals, search_leaf: LeafSearch) -> NeighborLists:
        """Search as `Index.search` does, by `search_leaf` in each leaf within the radius of some queries."""
        sq_radius, shape = radius * radius, (len(queries), k)
        best = NeighborLists(np.full(shape, np.inf, dtype=queries.dtype), np.zeros(shape, dtype=np.int64))
        for rows, positions in self.find_leaves(queries, sq_radius):
            sq_distances, leaf_positions = search_leaf(positions, rows)
            merge_leaf_lists(best, positions, sq_distances, rows[leaf_positions])
        best.sq_distances[sq_radius[:, None] < best.sq_distances] = np.inf  # skipped rows may be nearer than these
        return best


def sq_distance_increases(split: Split, x: Reals) -> tuple[Reals, Reals]:
    """Return how much farther than the node each of its two parts is, in squared distance, from queries with entries x."""
    beyond = x - split.value
    outside = np.maximum(np.maximum(x - split.upper, split.lower - x), 0)
    increase = np.maximum(beyond * beyond - outside * outside, 0)
    return np.where(beyond > 0, increase, 0), np.where(beyond < 0, increase, 0)


def merge_leaf_lists(best: NeighborLists, positions: Integers, sq_distances: Reals, rows: Integers) -> None:
    """Update the lists of the queries at `positions`, in place, with the neighbor lists of a leaf."""
    k = best.sq_distances.shape[1]
    if k == 1:
        nearer = sq_distances[:, 0] < best.sq_distances[positions, 0]
        updated = positions[nearer]
        best.sq_distances[updated, 0], best.indices[updated, 0] = sq_distances[nearer, 0], rows[nearer, 0]
        return
    joined = np.hstack([best.sq_distances[positions], sq_distances])
    joined_rows = np.hstack([best.indices[positions], rows])
    columns = np.argpartition(joined, k - 1, axis=1)[:, :k]
    best.sq_distances[positions] = np.take_along_axis(joined, columns, 1)
    best.indices[positions] = np.take_along_axis(joined_rows, columns, 1)
