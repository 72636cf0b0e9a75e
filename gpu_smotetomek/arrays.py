"""The one file that knows array libraries: rows out of a matrix, distances between them, and the door to the host."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import array_api_compat as compat
import numpy as np
from scipy import sparse

from gpu_smotetomek.typing import Array, Integers, Namespace


def is_sparse(X: Array) -> bool:
    return bool(sparse.issparse(X))


def namespace(X: Array) -> Namespace:
    """The functions of X's library; a sparse matrix lives among NumPy's."""
    if isinstance(X, np.ndarray) or is_sparse(X):
        return compat.array_namespace(np.empty(0))
    return compat.array_namespace(X)


def device_of(X: Array) -> Any:
    return "cpu" if is_sparse(X) else compat.device(X)


def device_name(X: Array) -> str:
    """'cpu', 'cuda' or 'cuda:N': what the fitted attribute `device_` says."""
    device = device_of(X)
    if compat.is_cupy_array(X):
        return f"cuda:{device.id}" if device.id else "cuda"
    return str(device)


def on_host(X: Array) -> bool:
    return isinstance(X, np.ndarray) or is_sparse(X)


def to_host(values: Array) -> np.ndarray[Any, Any]:
    """The one way from a device to the host: class counts, link counts and row numbers, never rows."""
    if isinstance(values, np.ndarray):
        return values
    if compat.is_cupy_array(values):
        return values.get()  # type: ignore[no-any-return]
    if compat.is_torch_array(values):
        return values.detach().cpu().numpy()  # type: ignore[no-any-return]
    return np.from_dlpack(values.to_device(namespace(values).__array_namespace_info__().default_device()))


def beside(values: np.ndarray[Any, Any], X: Array) -> Array:
    """Host values placed beside X, on its device and in its library."""
    if on_host(X):
        return values
    return namespace(X).asarray(values if values.flags.writeable else values.copy(), device=device_of(X))


def take(X: Array, rows: Array) -> Array:
    """Rows of X as a dense matrix (m, d) in X's dtype."""
    if is_sparse(X):
        return X[rows].toarray()
    if isinstance(X, np.ndarray):
        return X.take(rows, axis=0) if X.flags.c_contiguous else X[rows]
    return namespace(X).take(X, rows, axis=0)


def select(X: Array, rows: Array) -> Array:
    """Rows of X in X's own kind: sparse stays sparse."""
    return X[rows] if is_sparse(X) else take(X, rows)


def sparse_like(values: np.ndarray[Any, Any], X: Array) -> Array:
    """A dense block in the sparse class, format and dtype of X."""
    return type(X)(values, dtype=X.dtype)


def at_least_float64(values: Array) -> Array:
    """Floats in float64; longdouble stays."""
    return values if isinstance(values, np.ndarray) and values.dtype == np.longdouble else in_float64(values)


def numpy_dtype(X: Array) -> np.dtype[Any]:
    """The NumPy dtype of X's entries."""
    return X.dtype if on_host(X) else to_host(X[:0, :]).dtype  # type: ignore[no-any-return]


def in_float64(values: Array) -> Array:
    xp = namespace(values)
    return values if values.dtype == xp.float64 else xp.astype(values, xp.float64)


def columns(X: Array, rows: Array, factors: tuple[float, ...] = ()) -> Array:
    """Rows of X as float64 columns (d, m), multiplied by `factors` one after another (powers of two: exact)."""
    values = take(X, rows)
    if isinstance(values, np.ndarray):
        wide = (
            values.dtype if values.dtype == np.longdouble else np.float64
        )  # longdouble is scaled before it is rounded
        out = values.T.astype(wide, order="C")
        for factor in factors:
            out *= factor
        return out.astype(np.float64, copy=False)
    out = namespace(values).matrix_transpose(in_float64(values))
    for factor in factors:
        out = out * factor
    return out


def without(columns: Array, features: Array | None) -> Array:
    """Columns (d, m) in which these features are 0."""
    if features is None:
        return columns
    xp = namespace(columns)
    numbers = xp.arange(columns.shape[0], dtype=features.dtype, device=device_of(columns))
    out = xp.any(numbers[:, None] == features[None, :], axis=1)
    return xp.where(out[:, None], xp.zeros_like(columns), columns)


def rows_in_float64(X: Array, rows: Array, factors: tuple[float, ...]) -> Array:
    """Rows of X, (m, d) in float64, multiplied by `factors`: the transpose of `columns`, a copy of its own."""
    values = take(X, rows)
    if isinstance(values, np.ndarray):
        wide = np.longdouble if values.dtype == np.longdouble else np.float64
        out = values.astype(wide)
        for factor in factors:
            np.multiply(out, factor, out=out)
        return out.astype(np.float64, copy=False)
    out = in_float64(values)
    for factor in factors:
        out = out * factor
    return out


def squares(A: Array, B: Array) -> Array:
    """Squared Euclidean distances between columns: sum over the first axis of (A - B)², the other axes broadcast.

    Direct differences in float64, features in order, a separate multiply and add: the same bits in every block, thread
    and device. `sum`, `einsum` and fused multiply-adds give other bits.
    """
    if isinstance(A, np.ndarray):
        total = np.zeros(np.broadcast_shapes(A.shape[1:], B.shape[1:]))
        difference = np.empty_like(total)
        for a, b in zip(A, B, strict=True):
            np.subtract(a, b, out=difference)
            np.multiply(difference, difference, out=difference)
            np.add(total, difference, out=total)
        return total
    summed: Array = 0.0
    for feature in range(A.shape[0]):
        difference = A[feature, ...] - B[feature, ...]
        summed = summed + difference * difference
    return summed


def norms(x: Array) -> Array:
    """Euclidean norms (m,) of rows, in float64, rounded up."""
    if isinstance(x, np.ndarray):
        squared = np.einsum("ij,ij->i", x, x, dtype=np.float64)
        return np.sqrt(squared) * (1 + 2.0**-40)
    xp, x = namespace(x), in_float64(x)
    return xp.sqrt(xp.sum(x * x, axis=1)) * (1 + 2.0**-40)


def column_norms(columns: Array) -> Array:
    """Euclidean norms (m,) of float64 columns (d, m), rounded up."""
    return namespace(columns).sqrt(squares(columns, columns * 0)) * (1 + 2.0**-40)


def square_norms(x: Array) -> Array:
    """Squared norms (m,) of rows in their own dtype, summed in float64: two roundings."""
    if isinstance(x, np.ndarray):
        return np.einsum("ij,ij->i", x, x, dtype=np.float64).astype(x.dtype)
    xp = namespace(x)
    return xp.astype(xp.sum(x * x, axis=1, dtype=xp.float64), x.dtype)


def with_norms(x: Array, factor: int, *, norm_last: bool) -> Array:
    """Rows (m, d + 2): `factor` times x, then 1 and ‖x‖², or ‖x‖² and 1."""
    norm = square_norms(x)
    if isinstance(x, np.ndarray):
        out = np.empty((len(x), x.shape[1] + 2), x.dtype)
        np.multiply(x, x.dtype.type(factor), out=out[:, :-2])
        out[:, -1 if norm_last else -2], out[:, -2 if norm_last else -1] = norm, 1
        return out
    xp = namespace(x)
    ends = [norm[:, None], xp.ones_like(x[:, :1])]
    return xp.concat([x * factor, *(reversed(ends) if norm_last else ends)], axis=1)


def smallest(D: Array, k: int) -> tuple[Array, Array]:
    """The k smallest entries of each row of D (all where there are fewer) and their column numbers, in no promised order."""
    xp = namespace(D)
    if k >= D.shape[1]:
        return D, xp.broadcast_to(xp.arange(D.shape[1], device=device_of(D)), D.shape)
    if k == 1:
        at = xp.expand_dims(xp.argmin(D, axis=1), axis=1)
    elif compat.is_torch_array(D):
        at = D.topk(k, dim=1, largest=False, sorted=False).indices
    elif isinstance(D, np.ndarray) or compat.is_cupy_array(D):
        at = xp.argpartition(D, k - 1, axis=1)[:, :k]
    else:
        at = xp.argsort(D, axis=1)[:, :k]
    return xp.take_along_axis(D, at, axis=1), at


def beside_each_other(lists: list[tuple[Array, Array]]) -> tuple[Array, Array]:
    """Lists of (values, rows) joined along their second axis."""
    if len(lists) == 1:
        return lists[0]
    xp = namespace(lists[0][0])
    return xp.concat([values for values, _ in lists], axis=1), xp.concat([rows for _, rows in lists], axis=1)


def smallest_of(lists: list[tuple[Array, Array]], k: int) -> tuple[Array, Array]:
    """The k smallest of several lists of (values, rows), in no promised order."""
    values, rows = beside_each_other(lists)
    if values.shape[1] <= k:
        return values, rows
    values, at = smallest(values, k)
    return values, namespace(rows).take_along_axis(rows, at, axis=1)


@contextmanager
def full_precision(like: Array) -> Iterator[None]:
    """Float32 products in float32: torch may be told to take fewer digits, for which no bound is proven."""
    if not compat.is_torch_array(like):
        yield
        return
    import torch

    wanted = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("highest")
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(wanted)


def buffer(like: Array, size: int) -> np.ndarray[Any, Any] | None:
    """Room for `size` numbers of the dtype of `like` on the host; None elsewhere, where a library keeps pools of its own."""
    return np.empty(size, like.dtype) if isinstance(like, np.ndarray) else None


def product(A: Array, B: Array, out: np.ndarray[Any, Any] | None) -> Array:
    """A Bᵀ, on the host into the beginning of a buffer: fresh pages would cost as much as the product."""
    if out is None:
        with full_precision(A):
            return A @ namespace(A).matrix_transpose(B)
    m, n = A.shape[0], B.shape[0]
    return np.matmul(A, B.T, out=out[: m * n].reshape(m, n))


def keep_smallest(best: tuple[Array, Array] | None, D: Array, start: int, k: int) -> tuple[Array, Array]:
    """The k smallest of `best` (values, rows) and of a further tile D (m, w), whose columns are the rows from `start` on."""
    if isinstance(D, np.ndarray) and k > 1:
        if best is None and D.shape[1] > 8 * k:  # a selection among a few columns first: the others pass a comparison
            few = max(4 * k, D.shape[1] // 16)
            best, D, start = keep_smallest(None, D[:, :few], start, k), D[:, few:], start + few
        if best is not None and best[0].shape[1] == k:
            return _kept(best, D, start)
    xp = namespace(D)
    D, at = smallest(D, k)
    at = xp.astype(at, xp.int64) + start
    return smallest_of([(D, at)] if best is None else [best, (D, at)], k)


def _kept(best: tuple[Array, Array], D: Array, start: int) -> tuple[Array, Array]:
    """`keep_smallest` by a comparison with the k-th best, which few entries pass: a tenth of the time of a selection."""
    values, rows = best
    k = values.shape[1]
    row, column = np.divmod(np.flatnonzero(values.max(axis=1)[:, None] > D), D.shape[1])
    if not len(row):
        return best
    counts = np.bincount(row, minlength=len(D))
    place = np.arange(len(row)) - (np.cumsum(counts) - counts)[row]
    more = (
        np.full((len(D), k + int(counts.max())), np.inf, D.dtype),
        np.zeros((len(D), k + int(counts.max())), np.int64),
    )
    more[0][:, :k], more[1][:, :k] = values, rows
    more[0][row, k + place], more[1][row, k + place] = D[row, column], column + start
    return smallest_of([more], k)


def first_smallest(D: Array, rows: Array, k: int) -> tuple[Array, Array]:
    """The first k of each row of D by (value, column), and the `rows` (n,) that the columns stand for."""
    xp = namespace(D)
    k = min(k, int(D.shape[1]))
    if k > 8:
        at = _first(D, k) if isinstance(D, np.ndarray) else xp.argsort(D, axis=1, stable=True)[:, :k]
        return xp.take_along_axis(D, at, axis=1), take_flat(rows, at)
    columns, found, values = xp.arange(D.shape[1], device=device_of(D))[None, :], [], []
    for _ in range(k):  # a minimum is its first occurrence
        at = xp.argmin(D, axis=1)[:, None]
        values.append(xp.take_along_axis(D, at, axis=1))
        found.append(at)
        D = xp.where(columns == at, xp.full_like(D, math.inf), D)  # an infinity that is found again pads with self
    return xp.concat(values, axis=1), take_flat(rows, xp.concat(found, axis=1))


def _first(D: np.ndarray[Any, Any], k: int) -> np.ndarray[Any, Any]:
    """Columns of the first k of each row of D by (value, column): a selection, and a sort where the k-th value is tied."""
    if k == D.shape[1]:
        return np.argsort(D, axis=1, stable=True)
    at = np.argpartition(D, k - 1, axis=1)[:, :k]
    last = np.take_along_axis(D, at[:, k - 1 :], axis=1)
    tied = np.flatnonzero((last >= D).sum(axis=1) > k)
    at[tied] = np.argsort(D[tied], axis=1, stable=True)[:, :k]
    return at


def sorted_by_distance(D: Array, rows: Array, k: int) -> tuple[Array, Array]:
    """The first k of each list by (distance, row number)."""
    xp = namespace(D)
    if D.shape[1] == 1:
        return D, rows
    order = xp.argsort(rows, axis=1, stable=True)
    D, rows = xp.take_along_axis(D, order, axis=1), xp.take_along_axis(rows, order, axis=1)
    order = xp.argsort(D, axis=1, stable=True)[:, : min(k, int(D.shape[1]))]
    return xp.take_along_axis(D, order, axis=1), xp.take_along_axis(rows, order, axis=1)


def take_flat(values: Array, at: Array) -> Array:
    """values[at] for one-dimensional values and positions of any shape."""
    xp = namespace(values)
    return xp.reshape(xp.take(values, xp.reshape(at, (-1,))), at.shape)


def put_rows(target: Array, rows: Array, values: Array) -> Array:
    """`target` with `values` at `rows` (distinct, ascending); in place where the library can."""
    if rows.shape[0] == target.shape[0]:
        return values
    if isinstance(target, np.ndarray) or compat.is_cupy_array(target) or compat.is_torch_array(target):
        target[rows] = values
        return target
    xp = namespace(target)  # the standard has no scatter: look each entry's number up among the rows
    if not rows.shape[0]:
        return target
    numbers = xp.arange(target.shape[0], dtype=rows.dtype, device=device_of(target))
    at = xp.clip(xp.searchsorted(rows, numbers), 0, rows.shape[0] - 1)
    chosen = xp.where(xp.take(rows, at) == numbers, target.shape[0] + at, numbers)
    return xp.take(xp.concat([target, values], axis=0), chosen, axis=0)


def unsorted(values: Array, order: Array) -> Array:
    """Values (m,) that were taken by `order`, back in their places."""
    xp = namespace(values)
    if isinstance(values, np.ndarray) or compat.is_cupy_array(values) or compat.is_torch_array(values):
        out = xp.empty_like(values)
        out[order] = values
        return out
    return xp.take(values, xp.argsort(order))


def marked(values: Array, rows: list[Array]) -> Array:
    """Mask (n,) of the entries of `values` (n,) whose numbers occur in any of `rows`."""
    xp = namespace(values)
    if isinstance(values, np.ndarray) or compat.is_cupy_array(values) or compat.is_torch_array(values):
        mask = xp.zeros_like(values, dtype=xp.bool)
        for some in rows:
            mask[some] = True
        return mask
    found = xp.unique_values(xp.concat(rows))
    return put_rows(xp.zeros_like(values, dtype=xp.bool), found, xp.ones_like(found, dtype=xp.bool))


def minimum_at(target: Array, rows: Array, values: Array) -> Array:
    """`target` with each entry lowered to the least of the `values` whose row it is; in place where the library can."""
    if isinstance(target, np.ndarray) or compat.is_cupy_array(target):
        namespace(target).minimum.at(target, rows, values)
        return target
    if compat.is_torch_array(target):
        return target.scatter_reduce_(0, rows, values, "amin")
    xp = namespace(target)
    order = xp.argsort(values, stable=True)
    order = xp.take(order, xp.argsort(xp.take(rows, order), stable=True))
    rows, values = xp.take(rows, order), xp.take(values, order)
    least = xp.nonzero(xp.concat([rows[:1] == rows[:1], rows[1:] != rows[:-1]]))[0]
    rows, values = xp.take(rows, least), xp.take(values, least)
    return put_rows(target, rows, xp.minimum(xp.take(target, rows), values))


def expanded(counts: Array) -> tuple[Array, Array]:
    """For lists of these lengths laid end to end: whose entry each is, and its place in that list.

    Examples
    --------
    >>> import numpy as np
    >>> expanded(np.array([2, 0, 1]))
    (array([0, 0, 2]), array([0, 1, 0]))
    """
    xp, device = namespace(counts), device_of(counts)
    owner = xp.repeat(xp.arange(counts.shape[0], dtype=xp.int64, device=device), counts)
    starts = xp.cumulative_sum(counts) - counts
    return owner, xp.arange(owner.shape[0], dtype=xp.int64, device=device) - xp.take(starts, owner)


def count(mask: Array) -> int:
    return int(namespace(mask).count_nonzero(mask))


def rows_where(mask: Array) -> Array:
    """Numbers of the true entries of a mask, ascending, int64."""
    return namespace(mask).nonzero(mask)[0]


def concat_rows(parts: list[Array]) -> Array:
    """Matrices of one kind below each other; sparse ones keep their format and class."""
    if len(parts) == 1:
        return parts[0]
    if is_sparse(parts[0]):
        return sparse.vstack(parts, format=parts[0].format, dtype=parts[0].dtype)
    return namespace(parts[0]).concat(parts, axis=0)


def half_ranges(X: Array) -> Any:
    """The largest half range of a feature, max/2 − min/2, in float64 (longdouble where X is): nothing overflows."""
    if X.shape[0] == 0 or X.shape[1] == 0:
        return 0.0
    if is_sparse(X):
        high, low = X.max(axis=0).toarray().ravel(), X.min(axis=0).toarray().ravel()
    else:
        xp = namespace(X)
        values = xp.astype(X, xp.uint8) if X.dtype == xp.bool else X
        high, low = xp.max(values, axis=0), xp.min(values, axis=0)
    if not (isinstance(high, np.ndarray) and high.dtype == np.longdouble):
        high, low = in_float64(high), in_float64(low)
    return (
        np.max(high / 2 - low / 2) if isinstance(high, np.ndarray) else float(namespace(high).max(high / 2 - low / 2))
    )


def host_rows(rows: Array) -> Integers:
    return to_host(rows).astype(np.int64, copy=False)
