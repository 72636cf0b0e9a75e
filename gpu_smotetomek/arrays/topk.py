"""The smallest of many, in one pass over a tile."""

from __future__ import annotations

import math
from typing import Any

import array_api_compat as compat
import numpy as np

from gpu_smotetomek.arrays.dispatch import get_device, namespace
from gpu_smotetomek.arrays.indexing import take_flat
from gpu_smotetomek.typing import Array

RECOMPUTE_BOUND_SHARE = 8  # a tile of which one entry in so many passes a bound has a better one
GROUP_ENTRIES = 16  # entries of a group whose minimum stands for it


def smallest(D: Array, k: int) -> tuple[Array, Array]:
    """The k smallest entries of each row of D (all where there are fewer) and their column numbers, in no promised order."""
    xp = namespace(D)
    if k >= D.shape[1]:
        return D, xp.broadcast_to(xp.arange(D.shape[1], device=get_device(D)), D.shape)
    if k == 1:
        at = xp.expand_dims(xp.argmin(D, axis=1), axis=1)
    elif compat.is_torch_array(D):
        at = D.topk(k, dim=1, largest=False, sorted=False).indices
    elif isinstance(D, np.ndarray) or compat.is_cupy_array(D):
        at = xp.argpartition(D, k - 1, axis=1)[:, :k]
    else:
        at = xp.argsort(D, axis=1)[:, :k]
    return xp.take_along_axis(D, at, axis=1), at


def concat_lists(lists: list[tuple[Array, Array]]) -> tuple[Array, Array]:
    """Lists of (values, rows) joined along their second axis."""
    if len(lists) == 1:
        return lists[0]
    xp = namespace(lists[0][0])
    return xp.concat([values for values, _ in lists], axis=1), xp.concat([rows for _, rows in lists], axis=1)


def smallest_of(lists: list[tuple[Array, Array]], k: int) -> tuple[Array, Array]:
    """The k smallest of several lists of (values, rows), in no promised order."""
    values, rows = concat_lists(lists)
    if values.shape[1] <= k:
        return values, rows
    values, at = smallest(values, k)
    return values, namespace(rows).take_along_axis(rows, at, axis=1)


def update_smallest(
    best: tuple[Array, Array] | None, D: Array, start: int, k: int, most: Array | None = None
) -> tuple[Array, Array]:
    """The k smallest of `best` (values, rows) and of a further tile D (m, w), whose columns are the rows from `start` on.

    What is larger than `most` (m,), on the host, may be left out: an infinity stands for it then.
    """
    if isinstance(D, np.ndarray) and k > 1:
        if best is None and most is not None:
            best = np.full((len(D), k), np.inf, D.dtype), np.zeros((len(D), k), np.int64)
        if best is not None and best[0].shape[1] == k:
            bound = best[0].max(axis=1)
            return _merge_below(best, D, start, bound if most is None else np.minimum(bound, most), k)
        if best is None and D.shape[1] >= 2 * GROUP_ENTRIES * k:
            none = np.empty((len(D), 0), D.dtype), np.empty((len(D), 0), np.int64)
            return _merge_below(none, D, start, _kth_smallest_bound(D, k), k)
    xp = namespace(D)
    D, at = smallest(D, k)
    at = xp.astype(at, xp.int64) + start
    return smallest_of([(D, at)] if best is None else [best, (D, at)], k)


def _kth_smallest_bound(D: np.ndarray[Any, Any], k: int) -> np.ndarray[Any, Any]:
    """A value (m,) that at least k entries of each row of D do not pass, and few more: the k-th of minima of groups."""
    m, w = D.shape
    minima = D[:, : w - w % GROUP_ENTRIES].reshape(m, GROUP_ENTRIES, -1).min(axis=1)
    return np.partition(minima, k - 1, axis=1)[:, k - 1]


def _merge_below(
    best: tuple[Array, Array], D: np.ndarray[Any, Any], start: int, bound: np.ndarray[Any, Any], k: int
) -> tuple[Array, Array]:
    """`keep_smallest` of the few entries that do not pass a bound (m,): a tenth of the time of a selection."""
    values, rows = best
    had, inside = values.shape[1], bound[:, None] >= D
    if np.count_nonzero(inside) > D.size // RECOMPUTE_BOUND_SHARE and D.shape[1] >= 2 * GROUP_ENTRIES * k:
        # a bound that lets all in would cost many times the tile
        inside = np.minimum(bound, _kth_smallest_bound(D, k))[:, None] >= D
    row, column = np.divmod(np.flatnonzero(inside), D.shape[1])
    if not len(row):
        return best
    counts = np.bincount(row, minlength=len(D))
    place = np.arange(len(row)) - (np.cumsum(counts) - counts)[row]
    width = had + int(counts.max())
    more = np.full((len(D), width), np.inf, D.dtype), np.zeros((len(D), width), np.int64)
    more[0][:, :had], more[1][:, :had] = values, rows
    more[0][row, had + place], more[1][row, had + place] = D[row, column], column + start
    return smallest_of([more], k)


def stable_smallest(D: Array, rows: Array, k: int) -> tuple[Array, Array]:
    """The first k of each row of D by (value, column), and the `rows` (n,) that the columns stand for."""
    xp = namespace(D)
    k = min(k, int(D.shape[1]))
    if k > 8:
        at = _stable_argsmallest(D, k) if isinstance(D, np.ndarray) else xp.argsort(D, axis=1, stable=True)[:, :k]
        return xp.take_along_axis(D, at, axis=1), take_flat(rows, at)
    columns, found, values = xp.arange(D.shape[1], device=get_device(D))[None, :], [], []
    for _ in range(k):  # a minimum is its first occurrence
        at = xp.argmin(D, axis=1)[:, None]
        values.append(xp.take_along_axis(D, at, axis=1))
        found.append(at)
        D = xp.where(columns == at, xp.full_like(D, math.inf), D)  # an infinity that is found again pads with self
    return xp.concat(values, axis=1), take_flat(rows, xp.concat(found, axis=1))


def _stable_argsmallest(D: np.ndarray[Any, Any], k: int) -> np.ndarray[Any, Any]:
    """Columns of the first k of each row of D by (value, column): a selection, and a sort where the k-th value is tied."""
    if k == D.shape[1]:
        return np.argsort(D, axis=1, stable=True)
    at = np.argpartition(D, k - 1, axis=1)[:, :k]
    last = np.take_along_axis(D, at[:, k - 1 :], axis=1)
    at.sort(axis=1)
    at = np.take_along_axis(at, np.argsort(np.take_along_axis(D, at, axis=1), axis=1, stable=True), axis=1)
    tied = np.flatnonzero((last >= D).sum(axis=1) > k)
    at[tied] = np.argsort(D[tied], axis=1, stable=True)[:, :k]
    return at


def sort_by_distance(D: Array, rows: Array, k: int) -> tuple[Array, Array]:
    """The first k of each list by (distance, row number)."""
    xp = namespace(D)
    if D.shape[1] == 1:
        return D, rows
    order = xp.argsort(rows, axis=1, stable=True)
    D, rows = xp.take_along_axis(D, order, axis=1), xp.take_along_axis(rows, order, axis=1)
    order = xp.argsort(D, axis=1, stable=True)[:, : min(k, int(D.shape[1]))]
    return xp.take_along_axis(D, order, axis=1), xp.take_along_axis(rows, order, axis=1)
