"""Rows in cells: a query with a radius passes by all cells beyond it, by the few features that part them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gpu_smotetomek.typing import Array

MAX_LEAF_ROWS = 1024  # rows of a cell at most
LEAF_ROWS_MULTIPLE = 16  # rows that kernels take at once: cells are multiples of it, but one
SPLIT_SAMPLE_ROWS = 256  # rows of a part that say along which feature it is halved
WORTHWHILE_FROM_ROWS = 2**17  # rows from which parting them costs little beside passing by some

Rows = NDArray[np.int64]
Floats = NDArray[np.floating]
Search = Callable[[Floats, Floats, int], tuple[Floats, Rows]]
"""Of queries, the rows of a cell and k: squares and places."""


@dataclass(frozen=True)
class Split:
    """A part of the rows, halved: `feature` is at most `value` before `middle` and at least `value` from there on.

    `low` and `high` are what that feature was already held between.
    """

    feature: int
    value: float
    low: float
    high: float
    middle: int


def is_worthwhile(n: int, k: int) -> bool:
    """Whether lists of k among n rows are worth parting them; a cell has at least k rows."""
    return n >= WORTHWHILE_FROM_ROWS and 2 * (k + LEAF_ROWS_MULTIPLE) <= MAX_LEAF_ROWS


class LeafTree:
    """Rows (n, d) on the host, halved again and again along the feature that varies most.

    Friedman, Bentley and Finkel, *An algorithm for finding best matches in logarithmic expected time* (1977), with cells of
    as many rows as a matrix product is fast for. The distance of a query to a cell is that to the half spaces around it, and
    changes by one feature a level (Arya and Mount, *Algorithms for fast vector quantization*, 1993). Each level errs by at
    most 4 roundings of the sum, in float64; a cell is passed by with 2⁻³⁰ of it to spare.
    """

    def __init__(self, X: Floats) -> None:
        self.X, self.order = X, np.arange(len(X), dtype=np.int64)
        self.splits: dict[tuple[int, int], Split] = {}
        everything = np.full(X.shape[1], np.inf)
        todo = [(0, len(X), -everything, everything)]
        while todo:
            start, stop, low, high = todo.pop()
            if stop - start > MAX_LEAF_ROWS:
                halving = self._split(start, stop, low, high)
                before, after = high.copy(), low.copy()
                before[halving.feature] = after[halving.feature] = halving.value
                todo += [(start, halving.middle, low, before), (halving.middle, stop, after, high)]

    def _split(self, start: int, stop: int, low: Floats, high: Floats) -> Split:
        part = self.order[start:stop]
        feature = int(self.X[part[:: -(-len(part) // SPLIT_SAMPLE_ROWS)]].var(axis=0, dtype=np.float64).argmax())
        values, half = self.X[part, feature], len(part) // (2 * LEAF_ROWS_MULTIPLE) * LEAF_ROWS_MULTIPLE
        around = np.argpartition(values, half)
        self.order[start:stop] = part[around]
        value = float(values[around[half]])
        halving = Split(feature, value, float(low[feature]), float(high[feature]), start + half)
        self.splits[start, stop] = halving
        return halving

    def reached_leaves(self, queries: Floats, most: Floats) -> Iterator[tuple[Rows, Rows]]:
        """Rows of each cell, and the queries (places) to which some of it may be nearer than the root of `most` (m,)."""
        columns = np.ascontiguousarray(queries.T, dtype=np.float64)
        most = most * (1 + 2.0**-30)
        todo = [(0, len(self.order), np.arange(len(queries)), np.zeros(len(queries)))]
        while todo:
            start, stop, near, squares = todo.pop()
            reached = squares <= most[near]
            if not reached.all():
                near, squares = near[reached], squares[reached]
            if not len(near):
                continue
            if (start, stop) not in self.splits:
                yield self.order[start:stop], near
                continue
            half = self.splits[start, stop]
            before, after = added_sq_distances(half, columns[half.feature, near])
            todo += [(start, half.middle, near, squares + before), (half.middle, stop, near, squares + after)]

    def search(self, queries: Floats, k: int, radius: Floats, search: Search) -> tuple[Array, Array]:
        """As `Index.search` does, by `search` in each cell that is near enough, where `worth` says so."""
        most = radius * radius
        D = np.full((len(queries), k), np.inf, dtype=queries.dtype)
        found = np.zeros((len(queries), k), dtype=np.int64)
        for rows, near in self.reached_leaves(queries, most):
            squares, places = search(queries[near], self.X[rows], k)
            merge_leaf_lists(D, found, near, squares, rows, places)
        D[most[:, None] < D] = np.inf  # rows that were passed by may be nearer than these
        return D, found


def added_sq_distances(half: Split, x: Floats) -> tuple[Floats, Floats]:
    """By how much the squared distance to each half exceeds that to the whole, for queries with entries x."""
    over = x - half.value
    already = np.maximum(np.maximum(x - half.high, half.low - x), 0)
    more = np.maximum(over * over - already * already, 0)
    return np.where(over > 0, more, 0), np.where(over < 0, more, 0)


def merge_leaf_lists(D: Floats, found: Rows, near: Rows, squares: Floats, rows: Rows, places: Rows) -> None:
    """Keep the smallest squares of the queries `near`, of those that are there and those of a cell's rows."""
    k = D.shape[1]
    if k == 1:
        better = squares[:, 0] < D[near, 0]
        which = near[better]
        D[which, 0], found[which, 0] = squares[better, 0], rows[places[better, 0]]
        return
    both, numbers = np.hstack([D[near], squares]), np.hstack([found[near], rows[places]])
    smallest = np.argpartition(both, k - 1, axis=1)[:, :k]
    D[near], found[near] = np.take_along_axis(both, smallest, 1), np.take_along_axis(numbers, smallest, 1)
