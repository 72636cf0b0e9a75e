"""Synthetic rows from their plan: s = p + g (q − p), with imbalanced-learn's arithmetic and one rounding."""

from __future__ import annotations

from typing import Any

import numpy as np

from gpu_smotetomek.arrays import cupy_kernels, dispatch, matrices
from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.typing import Array


def append_synthetic(
    X: Array, plan: tuple[Array, Array, Array], dtypes: tuple[Any, ...] | None, work: ExecutionContext
) -> Array:
    """X and below it the synthetic rows of a plan (n + m, d), in X's kind and dtype, each column rounded to its own dtype.

    The difference is taken in the dtype of X, product and sum in float64 (all in longdouble where X is), then the value is
    rounded once; differences of integers are taken in float64 and the value goes to the nearest integer.

    Parameters
    ----------
    X : array (n, d)
    plan : (base, neighbor, gap), each (m,), beside X
    dtypes : dtypes (d,), or None
        The columns' own, where they differ from X's.

    Examples
    --------
    >>> import numpy as np
    >>> plan = np.array([0, 1]), np.array([1, 0]), np.array([0.25, 0.25])
    >>> append_synthetic(np.array([[0.0], [4.0]]), plan, None, ExecutionContext())
    array([[0.],
           [4.],
           [1.],
           [3.]])
    """
    (n, d), m = X.shape, int(plan[2].shape[0])
    size = work.rows_in_cache(32.0 * d)
    blocks = work.blocks(m, size)

    def part(block: slice) -> Array:
        base, neighbor, gap = (values[block] for values in plan)
        with np.errstate(over="ignore"):  # `refuse_overflow` tells
            return cast_columns(
                interpolate(matrices.take_dense_rows(X, base), matrices.take_dense_rows(X, neighbor), gap),
                X.dtype,
                dtypes,
            )

    if isinstance(X, np.ndarray):
        out = np.empty((n + m, d), X.dtype)

        def copy(block: slice) -> None:
            out[block] = X[block]

        def fill(block: slice) -> None:
            out[n + block.start : n + block.stop] = part(block)

        work.map_blocks("copy", copy, work.blocks(n, size))
        work.map_blocks("write", fill, blocks)
        return out
    if dispatch.is_sparse(X):
        parts = [matrices.sparse_like(block, X) for block in work.map_blocks("write", part, blocks)]
        return matrices.concat_rows([X, *parts])
    if cupy_kernels.has_kernels(X) and dtypes is None:
        parts = [cupy_kernels.interpolate(X, *plan)]
    else:
        parts = work.map_blocks("write", part, blocks, threaded=False)
    return dispatch.namespace(X).concat([X, *parts], axis=0)


def interpolate(P: Array, Q: Array, gap: Array) -> Array:
    """P + gap (Q − P) before the last rounding; multiply and add apart, for a fused one gives other bits."""
    xp = dispatch.namespace(P)
    if not xp.isdtype(P.dtype, "real floating"):
        P, Q = dispatch.as_float64(P), dispatch.as_float64(Q)
    step = dispatch.promote_to_float64(Q - P) * gap[:, None]
    return step + dispatch.promote_to_float64(P)


def cast_columns(values: Array, dtype: Any, dtypes: tuple[Any, ...] | None) -> Array:
    """Values in `dtype`, each column having been rounded to its own."""
    xp = dispatch.namespace(values)
    if dtypes is not None:
        columns = [cast_column(values[:, column], np.dtype(own)) for column, own in enumerate(dtypes)]
        return xp.stack([xp.astype(column, dtype, copy=False) for column in columns], axis=1)
    if not xp.isdtype(dtype, "real floating"):
        values = xp.round(values)
    return xp.astype(values, dtype, copy=False)


def cast_column(values: Array, own: np.dtype[Any]) -> Array:
    """Float64 values of one column of a frame in its own dtype."""
    xp = dispatch.namespace(values)
    return xp.astype(xp.round(values) if own.kind in "iub" else values, getattr(xp, own.name, own))


def check_overflow(synthetic: Array, exponent: int) -> None:
    """Raise where rows were so far apart that their difference is no number of their dtype.

    Raises
    ------
    ValueError
        With the dtype; only data whose scale 2**exponent says that it fills the dtype is looked at.
    """
    dtype = dispatch.numpy_dtype(synthetic)
    if dtype.kind != "f" or 500 - exponent < np.finfo(dtype).maxexp:
        return
    values = synthetic.data if dispatch.is_sparse(synthetic) else synthetic
    xp = dispatch.namespace(values)
    if not bool(xp.all(xp.isfinite(values))):
        raise ValueError(
            f"SMOTE cannot interpolate rows whose difference is beyond {dtype}; divide X by 2, or convert it to a wider dtype"
        )


def check_large_integers(X: Array, rows: Array, dtypes: tuple[Any, ...] | None, work: ExecutionContext) -> None:
    """Raise where an integer of these rows is beyond 2⁵³.

    Raises
    ------
    ValueError
        float64 skips integers there, so a synthetic value between two of them could not be written.
    """
    xp = dispatch.namespace(X)
    if dtypes is None:
        wide = list(range(X.shape[1])) if X.dtype in (xp.int64, xp.uint64) else []
    else:
        wide = [column for column, own in enumerate(dtypes) if np.dtype(own) in (np.int64, np.uint64)]
    for block in work.blocks(int(rows.shape[0]) if wide else 0, work.rows_in_cache(16.0 * X.shape[1])):
        values = dispatch.as_float64(matrices.take_dense_rows(X, rows[block]))  # rounds 2⁵³ + 1 to 2⁵³
        if dtypes is not None:
            values = xp.take(values, dispatch.asarray_like(np.array(wide), values), axis=1)
        if float(xp.max(xp.abs(values))) >= 2.0**53:
            raise ValueError(
                "SMOTE cannot interpolate integers of 2**53 or more in size, which float64 skips; divide them, "
                "subtract an offset, or convert them to float"
            )
