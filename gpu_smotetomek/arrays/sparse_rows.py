"""Rows of a CSR matrix that stay sparse: float64 rows, their distances and norms, synthetic rows, ranges of columns.

Sums run over stored entries in the order of the features. A feature that is not stored would add an exact zero, so distances
and norms have the bits of those of dense rows in `distances`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse

from gpu_smotetomek.arrays.dispatch import is_sparse
from gpu_smotetomek.typing import Array, Floats, Integers

BYTES_PER_ENTRY = 12  # of a matrix of float64 with int32 indices
COUNTED_ENTRIES = 2**14  # of those that show how often features are stored
DENSE_FEATURES_PER_ENTRY = 16  # dense features that are subtracted, squared and added in the time of a stored entry


def to_canonical_csr(X: Array) -> Array:
    """Return a sparse matrix as CSR with one entry for each stored feature, in order; X itself where it is that already."""
    X = X.tocsr()
    if not X.has_canonical_format:
        X = X.copy()
        X.sum_duplicates()
    return X


def narrow_indices(X: Array) -> Array:
    """Return a CSR matrix with indices of 32 bits, which some of scikit-learn requires; X itself where they do not fit."""
    if X.indices.dtype == np.int32 or max(X.nnz, *X.shape) > np.iinfo(np.int32).max:
        return X
    return type(X)((X.data, X.indices.astype(np.int32), X.indptr.astype(np.int32)), shape=X.shape)


def mean_row_entries(X: Array) -> float:
    """Return the mean number of stored entries of a row."""
    return float(X.nnz) / max(1, int(X.shape[0]))


def mean_shared_entries(X: Array) -> float:
    """Return about the mean number of features that two rows of a CSR matrix both store, from a part of the entries."""
    step = max(1, X.nnz // COUNTED_ENTRIES)
    counts = np.bincount(X.indices[::step]).astype(np.float64)
    # a pair of entries of a feature is counted with probability 1/step², an entry and itself with 1/step
    return float(counts @ (counts - 1) * step**2 + counts.sum() * step) / max(1, int(X.shape[0])) ** 2


def is_thin(X: Array) -> bool:
    """Whether X is sparse, and its stored entries are so few that sparse rows are faster than dense ones."""
    return is_sparse(X) and DENSE_FEATURES_PER_ENTRY * mean_row_entries(X) <= X.shape[1]


def take_float64_rows(X: Array, rows: Integers, factors: tuple[float, ...], ignored: Integers | None = None) -> Array:
    """Return rows of X in float64, multiplied by `factors` (powers of two) one after another; `ignored` features are zero."""
    A = X[rows]
    values = A.data.astype(np.longdouble if A.data.dtype == np.longdouble else np.float64)
    with np.errstate(over="ignore"):
        for factor in factors:
            values *= factor
    if ignored is not None:
        values[np.isin(A.indices, ignored)] = 0
    A = sparse.csr_array((values.astype(np.float64, copy=False), A.indices, A.indptr), shape=A.shape)
    return to_canonical_csr(A)


def csr_sq_distances(A: Array, B: Array) -> Floats:
    """Return squared distances (m,) between the rows of two canonical CSR matrices (m, d) of float64."""
    return csr_sq_norms(A - B)


def csr_sq_norms(A: Array) -> Floats:
    """Return squared norms (m,) of canonical rows in float64: a product with ones adds one entry after another."""
    squares = sparse.csr_array((A.data * A.data, A.indices, A.indptr), shape=A.shape)
    return np.asarray(squares @ np.ones(A.shape[1]))


def norms(A: Array) -> Floats:
    """Return the Euclidean norms (m,) of canonical rows, rounded up."""
    return np.asarray(np.sqrt(csr_sq_norms(A)) * (1 + 2.0**-40))


def weighted_sums(A: Array, weights: Array) -> Floats:
    """Return the sum (m,) of the features of each row, in order, multiplied by weights (d,)."""
    return np.asarray(A @ weights)


def equal_rows(A: Array, B: Array) -> Array:
    """Return a mask (m,) of the rows that are equal in two matrices (m, d); a difference leaves out what is exactly zero."""
    return np.diff((A - B).indptr) == 0


def subtract_row(A: Array, row: Floats) -> Array:
    """Return A minus a row (d,), in which few features are not zero; these are stored in every row of the result."""
    features, m = np.flatnonzero(row), int(A.shape[0])
    if not len(features):
        return A
    repeated = sparse.csr_array(
        (np.tile(row[features], m), np.tile(features, m), np.arange(m + 1) * len(features)), shape=A.shape
    )
    return A - repeated


def clear_infinite_features(A: Array) -> Integers | None:
    """Set the features (f,) of which an entry is infinite to zero, in place, and return them; None if there is none."""
    infinite = np.unique(A.indices[np.isinf(A.data)])
    if not len(infinite):
        return None
    A.data[np.isin(A.indices, infinite)] = 0
    return infinite.astype(np.int64)


def empty_rows(A: Array, is_emptied: Array) -> Array:
    """Return A with zeros for the entries of the rows of a mask (m,), whatever they are."""
    values = np.where(np.repeat(is_emptied, np.diff(A.indptr)), 0.0, A.data)
    return sparse.csr_array((values, A.indices, A.indptr), shape=A.shape)


def rows_beyond(A: Array, limit: float) -> Array:
    """Return a mask (m,) of the rows with an entry that is larger in size than the limit, or NaN."""
    is_beyond = np.zeros(A.shape[0], bool)
    if len(A.data):
        is_beyond[np.searchsorted(A.indptr, np.flatnonzero(~(np.abs(A.data) <= limit)), side="right") - 1] = True
    return is_beyond


def scale_rows(A: Array, factors: Floats) -> Array:
    """Return A with each row multiplied by a factor (m,)."""
    values = A.data * np.repeat(factors, np.diff(A.indptr))
    return type(A)((values, A.indices, A.indptr), shape=A.shape)


def interpolate(P: Array, Q: Array, gap: Floats, dtype: np.dtype[Any], factor: Floats | None = None) -> Array:
    """Return `interpolate_wide` in `dtype`; zeros are not stored."""
    out = interpolate_wide(P, Q, gap, dtype, factor).astype(dtype, copy=False)
    out.eliminate_zeros()
    return out


def interpolate_wide(P: Array, Q: Array, gap: Floats, dtype: np.dtype[Any], factor: Floats | None = None) -> Array:
    """Return P + gap · factor (Q − P) in float64, longdouble where P is, entry by entry as for dense rows.

    Parameters
    ----------
    P, Q : canonical CSR matrices (m, d) of `dtype`
    gap : float64 array (m,)
    dtype : dtype
        Integers are subtracted in float64 and rounded to the nearest.
    factor : float64 array (m,), or None
        The product with the difference is rounded to the dtype of the difference; None is 1.
    """
    if dtype.kind != "f":
        P, Q = P.astype(np.float64), Q.astype(np.float64)
    wide = np.result_type(P.dtype, np.float64)
    difference = (Q - P).astype(wide, copy=False)
    if factor is not None:
        difference = scale_rows(difference, factor).astype(P.dtype, copy=False).astype(wide, copy=False)
    out = scale_rows(difference, gap) + P.astype(wide, copy=False)
    if dtype.kind != "f":
        np.round(out.data, out=out.data)
    return out


def csr_column_max_min(X: Array) -> tuple[Array, Array]:
    """Return the largest and the least entry of each column (d,), zeros that are not stored included; X has a row."""
    X = to_canonical_csr(X)
    is_full = np.bincount(X.indices, minlength=X.shape[1]) == X.shape[0]
    start = np.where(is_full, X[:1].toarray().ravel(), np.zeros(1, X.dtype))  # zero is an entry of all other columns
    high, low = start.copy(), start.copy()
    np.maximum.at(high, X.indices, X.data)
    np.minimum.at(low, X.indices, X.data)
    return high, low
