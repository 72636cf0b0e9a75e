"""Select the smallest distances of each query.

- `smallest`: k smallest entries of each row of a matrix, in any order.
- `smallest_of`: k smallest of several neighbor lists, in any order.
- `update_smallest`: k smallest of a neighbor list and a further tile of distances, in any order.
- `stable_smallest`: k smallest entries of each row, sorted by (value, column).
- `sort_by_distance`: neighbor lists sorted by (distance, row number).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from gpu_smotetomek.arrays.dispatch import get_device, is_cupy, is_torch, namespace
from gpu_smotetomek.arrays.indexing import take_1d
from gpu_smotetomek.typing import Array, NeighborLists

TIGHTEN_BOUND_SHARE = 8  # a bound that more than one entry in 8 of a tile does not exceed is replaced by a tighter one
GROUP_ENTRIES = 16  # entries of a group that its minimum represents
SORT_ABOVE_K = 8  # longer lists are sorted; up to here k minima are faster


def smallest(values: Array, k: int) -> tuple[Array, Array]:
    """Return the k smallest entries of each row (all where there are fewer) and their columns, in any order."""
    xp = namespace(values)
    if k >= values.shape[1]:
        return values, xp.broadcast_to(xp.arange(values.shape[1], device=get_device(values)), values.shape)
    if k == 1:
        columns = xp.expand_dims(xp.argmin(values, axis=1), axis=1)
    elif is_torch(values):
        columns = values.topk(k, dim=1, largest=False, sorted=False).indices
    elif isinstance(values, np.ndarray) or is_cupy(values):
        columns = xp.argpartition(values, k - 1, axis=1)[:, :k]
    else:
        columns = xp.argsort(values, axis=1)[:, :k]
    return xp.take_along_axis(values, columns, axis=1), columns


def concat_lists(lists: Sequence[tuple[Array, Array]], axis: int = 1) -> NeighborLists:
    """Join neighbor lists: those of the same queries along axis 1, those of further queries along axis 0."""
    if len(lists) == 1:
        return NeighborLists(*lists[0])
    xp = namespace(lists[0][0])
    return NeighborLists(*(xp.concat(parts, axis=axis) for parts in zip(*lists, strict=True)))


def smallest_of(lists: Sequence[tuple[Array, Array]], k: int) -> NeighborLists:
    """Return the k smallest entries of several neighbor lists of the same queries, in any order."""
    joined = concat_lists(lists)
    if joined.sq_distances.shape[1] <= k:
        return joined
    sq_distances, columns = smallest(joined.sq_distances, k)
    return NeighborLists(sq_distances, namespace(columns).take_along_axis(joined.indices, columns, axis=1))


def update_smallest(
    best: NeighborLists | None, tile: Array, start: int, k: int, upper_bound: Array | None = None
) -> NeighborLists:
    """Return the k smallest entries of `best` and of a tile (m, w), whose columns are the rows from `start` on, in any order.

    The result shares no memory with the tile. Entries above the upper bound (m,), for NumPy only, may be left out: an infinity
    stands for each.
    """
    if isinstance(tile, np.ndarray) and k > 1:
        if best is None and upper_bound is not None:
            best = NeighborLists(np.full((len(tile), k), np.inf, tile.dtype), np.zeros((len(tile), k), np.int64))
        if best is not None and best.sq_distances.shape[1] == k:
            bound = best.sq_distances.max(axis=1)
            return _merge_below(best, tile, start, bound if upper_bound is None else np.minimum(bound, upper_bound), k)
        if best is None and tile.shape[1] >= 2 * GROUP_ENTRIES * k:
            none = NeighborLists(np.empty((len(tile), 0), tile.dtype), np.empty((len(tile), 0), np.int64))
            return _merge_below(none, tile, start, _kth_smallest_bound(tile, k), k)
    xp = namespace(tile)
    sq_distances, columns = smallest(tile, k)
    if isinstance(tile, np.ndarray) and sq_distances is tile:
        sq_distances = tile.copy()  # the caller overwrites its tile
    lists = NeighborLists(sq_distances, xp.astype(columns, xp.int64) + start)
    return smallest_of([lists] if best is None else [best, lists], k)


def _kth_smallest_bound(tile: np.ndarray[Any, Any], k: int) -> np.ndarray[Any, Any]:
    """Return an upper bound (m,) on the k-th smallest entry of each row, exceeded by most entries: the k-th group minimum."""
    n_groups = tile.shape[1] // GROUP_ENTRIES
    minima = tile[:, :n_groups].copy()
    for start in range(n_groups, n_groups * GROUP_ENTRIES, n_groups):  # NumPy reduces a middle axis at half this speed
        np.minimum(minima, tile[:, start : start + n_groups], out=minima)
    return np.partition(minima, k - 1, axis=1)[:, k - 1]


def _merge_below(
    best: NeighborLists, tile: np.ndarray[Any, Any], start: int, bound: np.ndarray[Any, Any], k: int
) -> NeighborLists:
    """Update `best` by the few entries of a tile that do not exceed a bound (m,): a tenth of the time of a selection."""
    n_best, inside = best.sq_distances.shape[1], bound[:, None] >= tile
    if np.count_nonzero(inside) > tile.size // TIGHTEN_BOUND_SHARE and tile.shape[1] >= 2 * GROUP_ENTRIES * k:
        # a bound that nothing exceeds would cost many times as much as the tile
        inside = np.minimum(bound, _kth_smallest_bound(tile, k))[:, None] >= tile
    query, column = np.divmod(np.flatnonzero(inside), tile.shape[1])
    if not len(query):
        return best
    counts = np.bincount(query, minlength=len(tile))
    position = n_best + np.arange(len(query)) - (np.cumsum(counts) - counts)[query]
    shape = len(tile), n_best + int(counts.max())
    joined = NeighborLists(np.full(shape, np.inf, tile.dtype), np.zeros(shape, np.int64))
    joined.sq_distances[:, :n_best], joined.indices[:, :n_best] = best
    joined.sq_distances[query, position], joined.indices[query, position] = tile[query, column], column + start
    return smallest_of([joined], k)


def stable_smallest(sq_distances: Array, rows: Array, k: int) -> NeighborLists:
    """Return the k smallest entries of each row, sorted by (value, column), and the `rows` (n,) of their columns."""
    xp = namespace(sq_distances)
    k = min(k, int(sq_distances.shape[1]))
    if k > SORT_ABOVE_K:
        columns = (
            _stable_argsmallest(sq_distances, k)
            if isinstance(sq_distances, np.ndarray)
            else xp.argsort(sq_distances, axis=1, stable=True)[:, :k]
        )
        return NeighborLists(xp.take_along_axis(sq_distances, columns, axis=1), take_1d(rows, columns))
    all_columns = xp.arange(sq_distances.shape[1], device=get_device(sq_distances))[None, :]
    columns, values = [], []
    for _ in range(k):  # argmin returns the first of equal entries
        column = xp.argmin(sq_distances, axis=1)[:, None]
        values.append(xp.take_along_axis(sq_distances, column, axis=1))
        columns.append(column)
        sq_distances = xp.where(all_columns == column, xp.full_like(sq_distances, math.inf), sq_distances)
    return NeighborLists(xp.concat(values, axis=1), take_1d(rows, xp.concat(columns, axis=1)))


def _stable_argsmallest(values: np.ndarray[Any, Any], k: int) -> np.ndarray[Any, Any]:
    """Return the columns of the k smallest entries, sorted by (value, column): a selection, and a sort where the k-th is tied."""
    if k == values.shape[1]:
        return np.argsort(values, axis=1, stable=True)
    columns = np.argpartition(values, k - 1, axis=1)[:, :k]
    kth = np.take_along_axis(values, columns[:, k - 1 :], axis=1)
    columns.sort(axis=1)
    order = np.argsort(np.take_along_axis(values, columns, axis=1), axis=1, stable=True)
    columns = np.take_along_axis(columns, order, axis=1)
    tied = np.flatnonzero((kth >= values).sum(axis=1) > k)
    columns[tied] = np.argsort(values[tied], axis=1, stable=True)[:, :k]
    return columns


def sort_by_distance(sq_distances: Array, rows: Array, k: int) -> NeighborLists:
    """Return the first k entries of each neighbor list, sorted by (distance, row number)."""
    lists = NeighborLists(sq_distances, rows)
    if sq_distances.shape[1] == 1:
        return lists
    xp = namespace(sq_distances)
    lists = _reorder(lists, xp.argsort(rows, axis=1, stable=True))
    return _reorder(lists, xp.argsort(lists.sq_distances, axis=1, stable=True)[:, : min(k, int(rows.shape[1]))])


def _reorder(lists: NeighborLists, order: Array) -> NeighborLists:
    xp = namespace(order)
    return NeighborLists(*(xp.take_along_axis(part, order, axis=1) for part in lists))
