"""Take rows from dense and sparse matrices, put matrices together, scale rows to float64, and find the ranges of columns."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse

from gpu_smotetomek.arrays import sparse_rows
from gpu_smotetomek.arrays.dispatch import (
    ArrayKind,
    array_kind,
    as_float64,
    get_device,
    is_sparse,
    is_torch,
    namespace,
    numpy_dtype,
    promote_to_float64,
    supports_assignment,
)
from gpu_smotetomek.arrays.lazy_rows import LazyRows
from gpu_smotetomek.typing import Array

WIDE_UNSIGNED = {f"torch.uint{bits}": f"int{bits}" for bits in (16, 32, 64)}
"""Dtypes without `take` and `max` in torch, and the signed dtypes of the same size."""


def take_dense_rows(X: Array, rows: Array) -> Array:
    """Take rows of X as a dense matrix (m, d) in X's dtype; arrays of any dimensions keep the shape of their rows."""
    if isinstance(X, np.ndarray):
        return X.take(rows, axis=0) if X.flags.c_contiguous else X[rows]
    if isinstance(X, LazyRows):
        return X.take(rows)
    if is_sparse(X):
        return X[rows].toarray()
    if str(X.dtype) in WIDE_UNSIGNED:
        return with_memory_format(namespace(X).take(view_signed(X), rows, axis=0).view(X.dtype), like=X)
    return with_memory_format(namespace(X).take(X, rows, axis=0), like=X)


def view_signed(X: Array) -> Array:
    """Reinterpret X in a dtype of the same size that supports `take`."""
    return X.view(getattr(namespace(X), WIDE_UNSIGNED[str(X.dtype)])) if str(X.dtype) in WIDE_UNSIGNED else X


def take_rows(X: Array, rows: Array) -> Array:
    """Take rows of X; a sparse matrix stays sparse."""
    return X[rows] if is_sparse(X) else take_dense_rows(X, rows)


def sparse_like(values: np.ndarray[Any, Any], X: Array) -> Array:
    """Convert a dense block to the sparse class, format and dtype of X."""
    return type(X)(values, dtype=X.dtype)


def compact_rows(X: np.ndarray[Any, Any], rows: np.ndarray[Any, Any], size: int) -> np.ndarray[Any, Any]:
    """Move the given rows (ascending) to the top of X in place, `size` at a time; return a view of them, (m, d)."""
    moved = np.flatnonzero(rows != np.arange(len(rows)))
    for start in range(int(moved[0]) if len(moved) else len(rows), len(rows), size):
        block = rows[start : start + size]
        X[start : start + len(block)] = X[block]
    return X[: len(rows)]


def concat_rows(parts: list[Array]) -> Array:
    """Stack matrices of one kind vertically; sparse ones keep their format and class."""
    if len(parts) == 1:
        return parts[0]
    if is_sparse(parts[0]):
        return sparse.vstack(parts, format=parts[0].format, dtype=parts[0].dtype)
    return namespace(parts[0]).concat(parts, axis=0)


def take_and_append(X: Array, rows: Array, more: Array) -> Array:
    """Return rows of an array followed by `more` rows, in new memory, without temporaries where the library can write.

    X may have any number of dimensions; a tensor in one of torch's memory formats gives a tensor in the same one.
    """
    xp, n = namespace(X), int(rows.shape[0])
    if not supports_assignment(X):
        return xp.concat([take_dense_rows(X, rows), more], axis=0)
    shape = (n + int(more.shape[0]), *X.shape[1:])
    if is_torch(X):
        out = xp.empty(shape, dtype=X.dtype, device=get_device(X), memory_format=memory_format(X))
        xp.index_select(view_signed(X), 0, rows, out=view_signed(out[:n]))
    else:
        out = xp.empty(shape, dtype=X.dtype, device=get_device(X))
        X.take(rows, axis=0, out=out[:n])
    out[n:] = more
    return out


def memory_format(X: Array) -> Any:
    """Return the memory format of a tensor: `channels_last`, `channels_last_3d`, or the contiguous one for all others."""
    xp = namespace(X)
    last = {4: xp.channels_last, 5: xp.channels_last_3d}.get(len(X.shape))
    has_format = last is not None and not X.is_contiguous() and X.is_contiguous(memory_format=last)
    return last if has_format else xp.contiguous_format


def with_memory_format(X: Array, like: Array) -> Array:
    """Return an array in the memory format of another one: a copy where `like` is a tensor in one of torch's own formats."""
    is_image = is_torch(X) and len(X.shape) in (4, 5)
    return X.contiguous(memory_format=memory_format(like)) if is_image else X


def append_repeated(X: Array, more: Array, times: np.ndarray[Any, Any]) -> Array:
    """Return the rows of an array, one- or two-dimensional, followed by row i of `more` times[i] times, in new memory."""
    xp, n = namespace(X), int(X.shape[0])
    starts = n + np.concatenate([[0], np.cumsum(times)])
    if not supports_assignment(X):
        runs = [xp.broadcast_to(more[i : i + 1, ...], (int(size), *more.shape[1:])) for i, size in enumerate(times)]
        return xp.concat([X, *runs], axis=0)
    out = xp.empty((int(starts[-1]), *X.shape[1:]), dtype=X.dtype, device=get_device(X))
    out[:n] = X
    for i, start in enumerate(starts[:-1]):
        out[start : starts[i + 1]] = more[i]
    return out


def float64_columns(X: Array, rows: Array, factors: tuple[float, ...] = ()) -> Array:
    """Return rows of X as float64 columns (d, m), multiplied by `factors` one after another (powers of two, hence exact)."""
    values = take_dense_rows(X, rows)
    if isinstance(values, np.ndarray):
        out = values.T.astype(_scaling_dtype(values), order="C")
        for factor in factors:
            out *= factor
        return out.astype(np.float64, copy=False)
    out = namespace(values).matrix_transpose(as_float64(values))
    for factor in factors:
        out = out * factor
    return out


def float64_rows(X: Array, rows: Array, factors: tuple[float, ...]) -> Array:
    """Return rows of X as float64 rows (m, d), multiplied by `factors`: the transpose of `float64_columns`, always a copy."""
    values = take_dense_rows(X, rows)
    if isinstance(values, np.ndarray):
        out = values.astype(_scaling_dtype(values))
        for factor in factors:
            out *= factor
        return out.astype(np.float64, copy=False)
    out = as_float64(values)
    for factor in factors:
        out = out * factor
    return out


def _scaling_dtype(values: np.ndarray[Any, Any]) -> Any:
    """Return the dtype in which values are scaled: longdouble is scaled before it is rounded to float64."""
    return np.longdouble if values.dtype == np.longdouble else np.float64


def zero_features(columns: Array, features: Array | None) -> Array:
    """Return columns (d, m) with these features set to 0."""
    if features is None:
        return columns
    xp = namespace(columns)
    all_features = xp.arange(columns.shape[0], dtype=features.dtype, device=get_device(columns))
    is_zero = xp.any(all_features[:, None] == features[None, :], axis=1)
    return xp.where(is_zero[:, None], xp.zeros_like(columns), columns)


FOLDED_ROWS = {ArrayKind.NUMPY: 32, ArrayKind.CUPY: 4096}
"""Rows that are joined to one wide row before `max` and `min`: along short rows NumPy is slow, and CuPy has a thread a column."""


def column_max_min(X: Array) -> tuple[Array, Array]:
    """Return the largest and the least entry of each column of X (n, d), n and d at least 1."""
    xp, n, fold = namespace(X), int(X.shape[0]), FOLDED_ROWS.get(array_kind(X))
    if fold is None or n < 2 * fold or not X.flags.c_contiguous:
        return xp.max(X, axis=0), xp.min(X, axis=0)
    wide, rest = xp.reshape(X[: n - n % fold], (n // fold, -1)), X[n - n % fold :]
    high, low = (xp.reshape(part, (fold, -1)) for part in (xp.max(wide, axis=0), xp.min(wide, axis=0)))
    return xp.max(xp.concat([high, rest]), axis=0), xp.min(xp.concat([low, rest]), axis=0)


def count_bytes(X: Array) -> int:
    """Return the bytes that the entries of a matrix take; those of a sparse matrix with their positions."""
    if is_sparse(X):
        return int(X.data.nbytes + X.indices.nbytes + X.indptr.nbytes)
    return int(X.shape[0]) * int(X.shape[1]) * int(getattr(X.dtype, "itemsize", 0) or numpy_dtype(X).itemsize)


def feature_ranges(X: Array) -> tuple[Array, Array]:
    """Return the largest and the least value of each feature (d,), in float64 (longdouble where X is); X has a row."""
    if is_sparse(X):
        high, low = sparse_rows.csr_column_max_min(X)
    else:
        xp = namespace(X)
        values = xp.astype(X, xp.uint8) if X.dtype == xp.bool else X
        if str(X.dtype) in WIDE_UNSIGNED:
            values = as_float64(X)
        high, low = column_max_min(values)
    return promote_to_float64(high), promote_to_float64(low)


def max_half_range(X: Array) -> Any:
    """Return the largest half range of a feature, max/2 − min/2, in float64 (longdouble where X is); it never overflows."""
    if X.shape[0] == 0 or X.shape[1] == 0:
        return 0.0
    high, low = feature_ranges(X)
    half_ranges = high / 2 - low / 2
    return np.max(half_ranges) if isinstance(high, np.ndarray) else float(namespace(high).max(half_ranges))
