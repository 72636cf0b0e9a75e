"""Gather, scatter and grouping by index, which the array API standard lacks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from gpu_smotetomek.arrays.cupy_kernels import scatter_min_float64
from gpu_smotetomek.arrays.dispatch import asarray_like, get_device, is_cupy, is_torch, namespace, supports_assignment
from gpu_smotetomek.typing import Array, Integers


def flatnonzero(mask: Array) -> Array:
    """Return the positions of the true entries of a mask, ascending, int64."""
    return namespace(mask).nonzero(mask)[0]


def count_nonzero(mask: Array) -> int:
    return int(namespace(mask).count_nonzero(mask))


def all_true(like: Array) -> Array:
    """Return a mask of the shape of `like`, true everywhere."""
    return namespace(like).ones_like(like, dtype=namespace(like).bool)


def take_1d(values: Array, positions: Array) -> Array:
    """Return values[positions] for one-dimensional values and positions of any shape."""
    xp = namespace(values)
    if len(positions.shape) == 1:
        return xp.take(values, positions)
    return xp.reshape(xp.take(values, xp.reshape(positions, (-1,))), positions.shape)


def flatten(values: Array) -> Array:
    """Return the entries of an array, row after row, (m,)."""
    return namespace(values).reshape(values, (-1,))


def clip(values: Array, lower: float | None, upper: float | None) -> Array:
    """Clip values to an interval; a bound of None is no bound."""
    if isinstance(values, np.ndarray) or is_cupy(values):  # the function of CuPy's namespace starts ten kernels
        return values.clip(lower, upper)
    return namespace(values).clip(values, lower, upper)


def scatter_set(target: Array, rows: Array, values: Array) -> Array:
    """Return `target` with `values` at `rows` (distinct, ascending); in place where the library can."""
    if rows.shape[0] == target.shape[0]:
        return values
    if supports_assignment(target):
        target[rows] = values
        return target
    if not rows.shape[0]:
        return target
    xp = namespace(target)  # the standard has no scatter: look up each row number of the target in `rows`
    all_rows = xp.arange(target.shape[0], dtype=rows.dtype, device=get_device(target))
    positions = clip(xp.searchsorted(rows, all_rows), 0, rows.shape[0] - 1)
    sources = xp.where(xp.take(rows, positions) == all_rows, target.shape[0] + positions, all_rows)
    return xp.take(xp.concat([target, values], axis=0), sources, axis=0)


def inverse_permute(values: Array, order: Array) -> Array:
    """Undo `values = xp.take(original, order)`: return the original (m,)."""
    xp = namespace(values)
    if not supports_assignment(values):
        return xp.take(values, xp.argsort(order))
    out = xp.empty_like(values)
    out[order] = values
    return out


def mask_from_indices(like: Array, rows: list[Array]) -> Array:
    """Return a mask of the shape (n,) of `like` that is true at all `rows`, given as one or more arrays of row numbers."""
    xp = namespace(like)
    mask = xp.zeros_like(like, dtype=xp.bool)
    if not supports_assignment(like):
        distinct = xp.unique_values(xp.concat(rows))
        return scatter_set(mask, distinct, xp.ones_like(distinct, dtype=xp.bool))
    for part in rows:
        mask[part] = True
    return mask


@dataclass(frozen=True)
class AllExcept:
    """The numbers 0 … n − 1 without those `left_out` (ascending). Only these few are copied to a device, which makes the rest.

    Examples
    --------
    >>> import numpy as np
    >>> rows = AllExcept(5, np.array([1, 2]))
    >>> len(rows), np.asarray(rows)
    (3, array([0, 3, 4]))
    """

    n: int
    left_out: Integers

    def __len__(self) -> int:
        return self.n - len(self.left_out)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Integers:
        if not len(self.left_out):
            return np.arange(self.n, dtype=dtype)
        is_left = np.ones(self.n, bool)
        is_left[self.left_out] = False
        return np.flatnonzero(is_left).astype(np.int64 if dtype is None else dtype, copy=False)

    def asarray_like(self, X: Array) -> Array:
        """Return the numbers, int64, in X's library and on its device."""
        xp, device = namespace(X), get_device(X)
        if not len(self.left_out):
            return xp.arange(self.n, dtype=xp.int64, device=device)
        like = xp.empty(self.n, dtype=xp.bool, device=device)
        return flatnonzero(~mask_from_indices(like, [asarray_like(self.left_out, X)]))


def indices_like(rows: Integers | AllExcept, X: Array) -> Array:
    """Return row numbers in X's library and on its device."""
    return rows.asarray_like(X) if isinstance(rows, AllExcept) else asarray_like(rows, X)


def scatter_min(target: Array, rows: Array, values: Array) -> Array:
    """Return `target` with entry rows[i] lowered to values[i] where that is less, for each i; in place where the library can."""
    if isinstance(target, np.ndarray):
        np.minimum.at(target, rows, values)
        return target
    if is_cupy(target):  # whose own minimum.at rounds float64 to float32
        return scatter_min_float64(target, rows, namespace(values).ascontiguousarray(values))
    if is_torch(target):
        return target.scatter_reduce_(0, rows, values, "amin")
    xp = namespace(target)
    if not rows.shape[0]:
        return target
    order = xp.argsort(values, stable=True)
    order = xp.take(order, xp.argsort(xp.take(rows, order), stable=True))
    rows, values = xp.take(rows, order), xp.take(values, order)
    is_first = xp.concat([xp.ones_like(rows[:1], dtype=xp.bool), rows[1:] != rows[:-1]])  # the least value of each row
    first = xp.nonzero(is_first)[0]
    rows, values = xp.take(rows, first), xp.take(values, first)
    return scatter_set(target, rows, xp.minimum(xp.take(target, rows), values))


def group_by(owners: Array, n: int) -> tuple[Array, Array, Array]:
    """Group the positions of `owners` (values 0 … n − 1) by owner.

    Returns
    -------
    order : array (m,)
        Positions sorted by owner, in any order within one owner.
    starts, counts : arrays (n,)
        First entry of each owner in `order`, and the number of its entries.

    Examples
    --------
    >>> import numpy as np
    >>> group_by(np.array([2, 0, 2]), 3)
    (array([1, 0, 2]), array([0, 1, 1]), array([1, 0, 2]))
    """
    xp = namespace(owners)
    if isinstance(owners, np.ndarray):  # a transposition of CSR rows sorts by counting
        m = len(owners)
        rows = csr_array((np.empty(m, np.int8), owners, np.arange(m + 1)), shape=(m, n)).tocsc()
        starts = rows.indptr.astype(np.int64)
        return rows.indices.astype(np.int64), starts[:-1], np.diff(starts)
    order = xp.argsort(owners, stable=False)
    starts = xp.searchsorted(xp.take(owners, order), xp.arange(n + 1, device=get_device(owners)))
    return order, starts[:-1], starts[1:] - starts[:-1]


def ragged_arange(counts: Array) -> tuple[Array, Array]:
    """Enumerate the entries of lists of these lengths: the list of each entry, and its position in that list.

    Examples
    --------
    >>> import numpy as np
    >>> ragged_arange(np.array([2, 0, 1]))
    (array([0, 0, 2]), array([0, 1, 0]))
    """
    xp, device = namespace(counts), get_device(counts)
    ends = np.cumsum(counts) if isinstance(counts, np.ndarray) else xp.cumulative_sum(counts)  # NumPy has it since 2.1
    starts = ends - counts
    if is_cupy(counts):  # whose `repeat` copies list after list
        total = int(ends[-1]) if counts.shape[0] else 0
        owner = xp.searchsorted(ends, xp.arange(total, dtype=ends.dtype), side="right")
    else:
        owner = xp.repeat(xp.arange(counts.shape[0], dtype=xp.int64, device=device), counts)
    return owner, xp.arange(owner.shape[0], dtype=xp.int64, device=device) - xp.take(starts, owner)


def split_by_total(lengths: Integers, total: int, first: int = 0) -> Iterator[slice]:
    """Yield consecutive entries, numbered from `first`, whose lengths sum to at most `total`; a longer entry stands alone."""
    ends = np.cumsum(lengths)
    start = 0
    while start < len(ends):
        before = ends[start - 1] if start else 0
        stop = max(start + 1, int(np.searchsorted(ends, before + total, side="right")))
        yield slice(first + start, first + stop)
        start = stop
