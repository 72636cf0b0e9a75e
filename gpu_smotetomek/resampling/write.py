"""Synthetic rows from their plan: s = p + g (q − p), with imbalanced-learn's arithmetic and one rounding."""

from __future__ import annotations

from typing import Any

import numpy as np

from gpu_smotetomek import arrays
from gpu_smotetomek.typing import Array, Floats, Integers
from gpu_smotetomek.work import Work


def write(X: Array, plan: tuple[Integers, Integers, Floats], dtypes: tuple[Any, ...] | None, work: Work) -> Array:
    """Synthetic rows (m, d) of X's kind and dtype, each column rounded to its own dtype.

    The difference is taken in the dtype of X, product and sum in float64 (all in longdouble where X is), then the value is
    rounded once; differences of integers are taken in float64 and the value goes to the nearest integer.

    Parameters
    ----------
    X : array (n, d)
    plan : (base, neighbor, gap), each (m,), on the host
    dtypes : dtypes (d,), or None
        The columns' own, where they differ from X's.

    Examples
    --------
    >>> import numpy as np
    >>> write(np.array([[0.0], [4.0]]), (np.array([0, 1]), np.array([1, 0]), np.array([0.25, 0.25])), None, Work())
    array([[1.],
           [3.]])
    """
    m, d = len(plan[2]), int(X.shape[1])
    blocks = work.blocks(m, work.cached(32.0 * d))

    def part(block: slice) -> Array:
        base, neighbor, gap = (arrays.beside(values[block], X) for values in plan)
        with np.errstate(over="ignore"):  # `refuse_overflow` tells
            return rounded(between(arrays.take(X, base), arrays.take(X, neighbor), gap), X.dtype, dtypes)

    if isinstance(X, np.ndarray):
        out = np.empty((m, d), X.dtype)

        def fill(block: slice) -> None:
            out[block] = part(block)

        work.each("write", fill, blocks)
        return out
    if arrays.is_sparse(X):
        return arrays.concat_rows(
            [arrays.sparse_like(block, X) for block in [np.empty((0, d), X.dtype), *work.each("write", part, blocks)]]
        )
    if arrays.has_kernels(X) and dtypes is None:
        return arrays.interpolated(X, *(arrays.beside(values, X) for values in plan))
    xp = arrays.namespace(X)
    return xp.concat([X[:0, :], *work.each("write", part, blocks, threaded=False)], axis=0)


def between(P: Array, Q: Array, gap: Array) -> Array:
    """P + gap (Q − P) before the last rounding; multiply and add apart, for a fused one gives other bits."""
    xp = arrays.namespace(P)
    if not xp.isdtype(P.dtype, "real floating"):
        P, Q = arrays.in_float64(P), arrays.in_float64(Q)
    step = arrays.at_least_float64(Q - P) * gap[:, None]
    return step + arrays.at_least_float64(P)


def rounded(values: Array, dtype: Any, dtypes: tuple[Any, ...] | None) -> Array:
    """Values in `dtype`, each column having been rounded to its own."""
    if dtypes is not None:
        for column, own in enumerate(dtypes):  # frames live on the host
            kept = np.rint(values[:, column]) if np.dtype(own).kind in "iub" else values[:, column]
            values[:, column] = kept.astype(own)
        return values.astype(dtype, copy=False)
    xp = arrays.namespace(values)
    if not xp.isdtype(dtype, "real floating"):
        values = xp.round(values)
    return xp.astype(values, dtype, copy=False)


def refuse_overflow(synthetic: Array, exponent: int) -> None:
    """Raise where rows were so far apart that their difference is no number of their dtype.

    Raises
    ------
    ValueError
        With the dtype; only data whose scale 2**exponent says that it fills the dtype is looked at.
    """
    dtype = arrays.numpy_dtype(synthetic)
    if dtype.kind != "f" or 500 - exponent < np.finfo(dtype).maxexp:
        return
    values = synthetic.data if arrays.is_sparse(synthetic) else synthetic
    xp = arrays.namespace(values)
    if not bool(xp.all(xp.isfinite(values))):
        raise ValueError(
            f"SMOTE cannot interpolate rows whose difference is beyond {dtype}; divide X by 2, or convert it to a wider dtype"
        )


def refuse_large_integers(X: Array, rows: Array, dtypes: tuple[Any, ...] | None, work: Work) -> None:
    """Raise where an integer of these rows is beyond 2⁵³.

    Raises
    ------
    ValueError
        float64 skips integers there, so a synthetic value between two of them could not be written.
    """
    xp = arrays.namespace(X)
    if dtypes is None:
        wide = list(range(X.shape[1])) if X.dtype in (xp.int64, xp.uint64) else []
    else:
        wide = [column for column, own in enumerate(dtypes) if np.dtype(own) in (np.int64, np.uint64)]
    for block in work.blocks(int(rows.shape[0]) if wide else 0, work.cached(16.0 * X.shape[1])):
        values = arrays.in_float64(arrays.take(X, rows[block]))  # rounds 2⁵³ + 1 to 2⁵³
        if float(xp.max(xp.abs(values if dtypes is None else values[:, wide]))) >= 2.0**53:
            raise ValueError(
                "SMOTE cannot interpolate integers of 2**53 or more in size, which float64 skips; divide them, "
                "subtract an offset, or convert them to float"
            )
