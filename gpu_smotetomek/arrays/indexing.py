"""What the array API standard lacks: values put, marked and lowered at given places."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import array_api_compat as compat
import numpy as np

from gpu_smotetomek.arrays.cupy_kernels import scatter_min_float64
from gpu_smotetomek.arrays.dispatch import asarray_like, get_device, namespace
from gpu_smotetomek.typing import Array, Integers


def flatnonzero(mask: Array) -> Array:
    """Numbers of the true entries of a mask, ascending, int64."""
    return namespace(mask).nonzero(mask)[0]


def count_nonzero(mask: Array) -> int:
    return int(namespace(mask).count_nonzero(mask))


def take_flat(values: Array, at: Array) -> Array:
    """values[at] for one-dimensional values and positions of any shape."""
    xp = namespace(values)
    if len(at.shape) == 1:
        return xp.take(values, at)
    return xp.reshape(xp.take(values, xp.reshape(at, (-1,))), at.shape)


def clip(values: Array, least: float | None, most: float | None) -> Array:
    """Values no less than `least` and no more than `most`; None: no end."""
    if compat.is_cupy_array(values):  # in whose namespace it takes ten steps
        return values.clip(least, most)
    return namespace(values).clip(values, least, most)


def scatter_set(target: Array, rows: Array, values: Array) -> Array:
    """`target` with `values` at `rows` (distinct, ascending); in place where the library can."""
    if rows.shape[0] == target.shape[0]:
        return values
    if isinstance(target, np.ndarray) or compat.is_cupy_array(target) or compat.is_torch_array(target):
        target[rows] = values
        return target
    xp = namespace(target)  # the standard has no scatter: look each entry's number up among the rows
    if not rows.shape[0]:
        return target
    numbers = xp.arange(target.shape[0], dtype=rows.dtype, device=get_device(target))
    at = clip(xp.searchsorted(rows, numbers), 0, rows.shape[0] - 1)
    chosen = xp.where(xp.take(rows, at) == numbers, target.shape[0] + at, numbers)
    return xp.take(xp.concat([target, values], axis=0), chosen, axis=0)


def inverse_permute(values: Array, order: Array) -> Array:
    """Values (m,) that were taken by `order`, back in their places."""
    xp = namespace(values)
    if isinstance(values, np.ndarray) or compat.is_cupy_array(values) or compat.is_torch_array(values):
        out = xp.empty_like(values)
        out[order] = values
        return out
    return xp.take(values, xp.argsort(order))


def mask_from_indices(values: Array, rows: list[Array]) -> Array:
    """Mask (n,) of the entries of `values` (n,) whose numbers occur in any of `rows`."""
    xp = namespace(values)
    if isinstance(values, np.ndarray) or compat.is_cupy_array(values) or compat.is_torch_array(values):
        mask = xp.zeros_like(values, dtype=xp.bool)
        for some in rows:
            mask[some] = True
        return mask
    found = xp.unique_values(xp.concat(rows))
    return scatter_set(xp.zeros_like(values, dtype=xp.bool), found, xp.ones_like(found, dtype=xp.bool))


@dataclass(frozen=True)
class AllExcept:
    """The numbers 0 … n − 1 but for those that are `out`, ascending: as few as these go to a device, which makes the many.

    Examples
    --------
    >>> import numpy as np
    >>> rest = Rest(5, np.array([1, 2]))
    >>> len(rest), np.asarray(rest)
    (3, array([0, 3, 4]))
    """

    n: int
    left_out: Integers

    def __len__(self) -> int:
        return self.n - len(self.left_out)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Integers:
        return np.delete(np.arange(self.n, dtype=dtype), self.left_out)

    def asarray_like(self, X: Array) -> Array:
        """The numbers, int64, in X's library and on its device."""
        xp, device = namespace(X), get_device(X)
        if not len(self.left_out):
            return xp.arange(self.n, dtype=xp.int64, device=device)
        everyone = xp.zeros(self.n, dtype=xp.bool, device=device)
        return flatnonzero(~mask_from_indices(everyone, [asarray_like(self.left_out, X)]))


def indices_like(rows: Integers | AllExcept, X: Array) -> Array:
    """Row numbers placed beside X, on its device and in its library."""
    return rows.asarray_like(X) if isinstance(rows, AllExcept) else asarray_like(rows, X)


def scatter_min(target: Array, rows: Array, values: Array) -> Array:
    """`target` with each entry lowered to the least of the `values` whose row it is; in place where the library can."""
    if isinstance(target, np.ndarray):
        np.minimum.at(target, rows, values)
        return target
    if compat.is_cupy_array(target):  # whose own minimum.at rounds float64 to float32
        return scatter_min_float64(target, rows, namespace(values).ascontiguousarray(values))
    if compat.is_torch_array(target):
        return target.scatter_reduce_(0, rows, values, "amin")
    xp = namespace(target)
    if not rows.shape[0]:
        return target
    order = xp.argsort(values, stable=True)
    order = xp.take(order, xp.argsort(xp.take(rows, order), stable=True))
    rows, values = xp.take(rows, order), xp.take(values, order)
    least = xp.nonzero(xp.concat([rows[:1] == rows[:1], rows[1:] != rows[:-1]]))[0]
    rows, values = xp.take(rows, least), xp.take(values, least)
    return scatter_set(target, rows, xp.minimum(xp.take(target, rows), values))


def group_by(owners: Array, n: int) -> tuple[Array, Array, Array]:
    """Entries owner by owner, in no order among one's; and of each owner, 0 … n − 1, the first place of its own and their number.

    Examples
    --------
    >>> import numpy as np
    >>> grouped(np.array([2, 0, 2]), 3)
    (array([1, 0, 2]), array([0, 1, 1]), array([1, 0, 2]))
    """
    xp = namespace(owners)
    order = xp.argsort(owners, stable=False)
    if isinstance(owners, np.ndarray):
        numbers = np.bincount(owners, minlength=n)
        return order, np.cumsum(numbers) - numbers, numbers
    places = xp.searchsorted(xp.take(owners, order), xp.arange(n + 1, device=get_device(owners)))
    return order, places[:-1], places[1:] - places[:-1]


def ragged_arange(counts: Array) -> tuple[Array, Array]:
    """For lists of these lengths laid end to end: whose entry each is, and its place in that list.

    Examples
    --------
    >>> import numpy as np
    >>> expanded(np.array([2, 0, 1]))
    (array([0, 0, 2]), array([0, 1, 0]))
    """
    xp, device = namespace(counts), get_device(counts)
    ends = np.cumsum(counts) if isinstance(counts, np.ndarray) else xp.cumulative_sum(counts)  # NumPy has it since 2.1
    starts = ends - counts
    if compat.is_cupy_array(counts):  # whose `repeat` copies list after list
        total = int(ends[-1]) if counts.shape[0] else 0
        owner = xp.searchsorted(ends, xp.arange(total, dtype=ends.dtype), side="right")
    else:
        owner = xp.repeat(xp.arange(counts.shape[0], dtype=xp.int64, device=device), counts)
    return owner, xp.arange(owner.shape[0], dtype=xp.int64, device=device) - xp.take(starts, owner)
