"""Rows out of a matrix, dense or sparse, and matrices out of rows."""

from __future__ import annotations

from typing import Any

import array_api_compat as compat
import numpy as np
from scipy import sparse

from gpu_smotetomek.arrays.dispatch import as_float64, get_device, is_sparse, namespace
from gpu_smotetomek.typing import Array

WIDE_UNSIGNED = {
    f"torch.uint{bits}": f"int{bits}" for bits in (16, 32, 64)
}  # torch takes no rows of them, and no maximum


def take_dense_rows(X: Array, rows: Array) -> Array:
    """Rows of X as a dense matrix (m, d) in X's dtype."""
    if is_sparse(X):
        return X[rows].toarray()
    if isinstance(X, np.ndarray):
        return X.take(rows, axis=0) if X.flags.c_contiguous else X[rows]
    if str(X.dtype) in WIDE_UNSIGNED:
        return namespace(X).take(view_signed(X), rows, axis=0).view(X.dtype)
    return namespace(X).take(X, rows, axis=0)


def view_signed(X: Array) -> Array:
    """The same bits in a dtype of which rows can be taken."""
    return X.view(getattr(namespace(X), WIDE_UNSIGNED[str(X.dtype)])) if str(X.dtype) in WIDE_UNSIGNED else X


def take_rows(X: Array, rows: Array) -> Array:
    """Rows of X in X's own kind: sparse stays sparse."""
    return X[rows] if is_sparse(X) else take_dense_rows(X, rows)


def sparse_like(values: np.ndarray[Any, Any], X: Array) -> Array:
    """A dense block in the sparse class, format and dtype of X."""
    return type(X)(values, dtype=X.dtype)


def compact_rows(X: np.ndarray[Any, Any], rows: np.ndarray[Any, Any], size: int) -> np.ndarray[Any, Any]:
    """The rows (m, d) with these numbers, ascending, moved to the top of X, `size` at a time."""
    moved = np.flatnonzero(rows != np.arange(len(rows)))
    for start in range(int(moved[0]) if len(moved) else len(rows), len(rows), size):
        some = rows[start : start + size]
        X[start : start + len(some)] = X[some]
    return X[: len(rows)]


def concat_rows(parts: list[Array]) -> Array:
    """Matrices of one kind below each other; sparse ones keep their format and class."""
    if len(parts) == 1:
        return parts[0]
    if is_sparse(parts[0]):
        return sparse.vstack(parts, format=parts[0].format, dtype=parts[0].dtype)
    return namespace(parts[0]).concat(parts, axis=0)


def take_and_append(X: Array, rows: Array, more: Array) -> Array:
    """Rows of an array on a device, then `more` rows, in new memory: at once where the library can write into it."""
    xp, n = namespace(X), int(rows.shape[0])
    if not (compat.is_cupy_array(X) or compat.is_torch_array(X)):
        return xp.concat([take_dense_rows(X, rows), more], axis=0)
    out = xp.empty((n + more.shape[0], X.shape[1]), dtype=X.dtype, device=get_device(X))
    if compat.is_torch_array(X):
        xp.index_select(view_signed(X), 0, rows, out=view_signed(out[:n]))
    else:
        X.take(rows, axis=0, out=out[:n])
    out[n:] = more
    return out


def append_repeated(X: Array, more: Array, times: np.ndarray[Any, Any]) -> Array:
    """Rows of an array on a device, of one dimension or two, then each of `more` as often as `times` says, in new memory."""
    xp, n = namespace(X), int(X.shape[0])
    starts = n + np.concatenate([[0], np.cumsum(times)])
    if not (compat.is_cupy_array(X) or compat.is_torch_array(X)):
        runs = [xp.broadcast_to(more[i : i + 1, ...], (int(size), *more.shape[1:])) for i, size in enumerate(times)]
        return xp.concat([X, *runs], axis=0)
    out = xp.empty((int(starts[-1]), *X.shape[1:]), dtype=X.dtype, device=get_device(X))
    out[:n] = X
    for i, start in enumerate(starts[:-1]):
        out[start : starts[i + 1]] = more[i]
    return out


def float64_columns(X: Array, rows: Array, factors: tuple[float, ...] = ()) -> Array:
    """Rows of X as float64 columns (d, m), multiplied by `factors` one after another (powers of two: exact)."""
    values = take_dense_rows(X, rows)
    if isinstance(values, np.ndarray):
        wide = (
            values.dtype if values.dtype == np.longdouble else np.float64
        )  # longdouble is scaled before it is rounded
        out = values.T.astype(wide, order="C")
        for factor in factors:
            out *= factor
        return out.astype(np.float64, copy=False)
    out = namespace(values).matrix_transpose(as_float64(values))
    for factor in factors:
        out = out * factor
    return out


def float64_rows(X: Array, rows: Array, factors: tuple[float, ...]) -> Array:
    """Rows of X, (m, d) in float64, multiplied by `factors`: the transpose of `columns`, a copy of its own."""
    values = take_dense_rows(X, rows)
    if isinstance(values, np.ndarray):
        wide = np.longdouble if values.dtype == np.longdouble else np.float64
        out = values.astype(wide)
        for factor in factors:
            np.multiply(out, factor, out=out)
        return out.astype(np.float64, copy=False)
    out = as_float64(values)
    for factor in factors:
        out = out * factor
    return out


def zero_features(columns: Array, features: Array | None) -> Array:
    """Columns (d, m) in which these features are 0."""
    if features is None:
        return columns
    xp = namespace(columns)
    numbers = xp.arange(columns.shape[0], dtype=features.dtype, device=get_device(columns))
    out = xp.any(numbers[:, None] == features[None, :], axis=1)
    return xp.where(out[:, None], xp.zeros_like(columns), columns)


FOLDED_ROWS = {"numpy": 32, "cupy": 4096}
"""Rows side by side that extremes are first taken of: NumPy takes short rows one by one, and CuPy a thread a column."""


def column_max_min(X: Array) -> tuple[Array, Array]:
    """Largest and least entry of each column of X (n, d), n and d at least 1."""
    xp, n = namespace(X), int(X.shape[0])
    fold = FOLDED_ROWS["cupy" if compat.is_cupy_array(X) else "numpy"]
    folds = (isinstance(X, np.ndarray) or compat.is_cupy_array(X)) and X.flags.c_contiguous
    if not (folds and n >= 2 * fold):
        return xp.max(X, axis=0), xp.min(X, axis=0)
    wide, rest = xp.reshape(X[: n - n % fold], (n // fold, -1)), X[n - n % fold :]
    high, low = (xp.reshape(part, (fold, -1)) for part in (xp.max(wide, axis=0), xp.min(wide, axis=0)))
    return xp.max(xp.concat([high, rest]), axis=0), xp.min(xp.concat([low, rest]), axis=0)


def max_half_range(X: Array) -> Any:
    """The largest half range of a feature, max/2 − min/2, in float64 (longdouble where X is): nothing overflows."""
    if X.shape[0] == 0 or X.shape[1] == 0:
        return 0.0
    if is_sparse(X):
        high, low = X.max(axis=0).toarray().ravel(), X.min(axis=0).toarray().ravel()
    else:
        xp = namespace(X)
        values = xp.astype(X, xp.uint8) if X.dtype == xp.bool else X
        if str(X.dtype) in WIDE_UNSIGNED:
            values = as_float64(X)
        high, low = column_max_min(values)
    if not (isinstance(high, np.ndarray) and high.dtype == np.longdouble):
        high, low = as_float64(high), as_float64(low)
    return (
        np.max(high / 2 - low / 2) if isinstance(high, np.ndarray) else float(namespace(high).max(high / 2 - low / 2))
    )
