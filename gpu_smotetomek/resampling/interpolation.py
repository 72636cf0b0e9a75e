"""Synthetic rows s = p + g (q − p), with imbalanced-learn's arithmetic and a single final rounding."""

from __future__ import annotations

from typing import Any

import numpy as np

from gpu_smotetomek.arrays import cupy_kernels, dispatch, matrices, narrow_floats, sparse_rows
from gpu_smotetomek.execution import CACHE_BYTES, ExecutionContext
from gpu_smotetomek.neighbors.scaled_csr import split_by_entries
from gpu_smotetomek.typing import Array

THREADED_FROM_WRITTEN_BLOCKS = 8  # cached blocks; fewer are written in the time that threads need to start

LEAST_WRITTEN_ROWS = 4  # of a block


def append_synthetic(
    X: Array,
    parents: tuple[Array, Array, Array],
    dtypes: tuple[Any, ...] | None,
    ctx: ExecutionContext,
    factor: Array | None = None,
) -> Array:
    """X followed by its synthetic rows (n + m, d), in X's kind and dtype, each column rounded to its own dtype.

    The difference is computed in the dtype of X, product and sum in float64 (all in longdouble where X is), then the value is
    rounded once. Differences of integers are computed in float64, and the value is rounded to the nearest integer.

    Parameters
    ----------
    X : array (n, d)
    parents : (base, neighbor, gap), each (m,), on the device of X
    dtypes : dtypes (d,), or None
        Those of the columns, where they differ from X's.
    ctx : ExecutionContext
    factor : float64 array (m,), or None
        Multiplies the difference of the parents, which is rounded to its dtype before the gap multiplies it; None is 1.

    Examples
    --------
    >>> import numpy as np
    >>> parents = np.array([0, 1]), np.array([1, 0]), np.array([0.25, 0.25])
    >>> append_synthetic(np.array([[0.0], [4.0]]), parents, None, ExecutionContext())
    array([[0.],
           [4.],
           [1.],
           [3.]])
    """
    (n, d), m, bytes_per_row = X.shape, int(parents[2].shape[0]), 32.0 * X.shape[1]

    def interpolate_block(block: slice) -> Array:
        base, neighbor, gap = (values[block] for values in parents)
        P, Q = matrices.take_dense_rows(X, base), matrices.take_dense_rows(X, neighbor)
        with np.errstate(over="ignore"):  # `check_overflow` raises
            return cast_columns(interpolate(P, Q, gap, slice_factor(factor, block)), X.dtype, dtypes)

    if isinstance(X, np.ndarray):
        out = np.empty((n + m, d), X.dtype)

        def copy(block: slice) -> None:
            out[block] = X[block]

        def fill(block: slice) -> None:
            out[n + block.start : n + block.stop] = interpolate_block(block)

        ctx.map_rows("copy", copy, n, bytes_per_row, threaded_from=THREADED_FROM_WRITTEN_BLOCKS)
        # few rows at a time where they are wide: fresh memory for large temporaries takes longer than the arithmetic
        size = min(
            ctx.rows_in_cache(bytes_per_row), max(LEAST_WRITTEN_ROWS, int(CACHE_BYTES // max(1.0, bytes_per_row)))
        )
        blocks = ctx.blocks(m, size)
        ctx.map_blocks("write", fill, blocks, threaded=len(blocks) >= THREADED_FROM_WRITTEN_BLOCKS)
        return out
    if dispatch.is_sparse(X) and dtypes is None:
        return append_sparse(X, parents, ctx, factor)
    if dispatch.is_sparse(X):
        parts = ctx.map_rows("write", lambda block: matrices.sparse_like(interpolate_block(block), X), m, bytes_per_row)
        return matrices.concat_rows([X, *parts])
    if cupy_kernels.has_kernels(X) and dtypes is None and factor is None:
        parts = [cupy_kernels.interpolate(X, *parents)]
    else:
        parts = ctx.map_rows("write", interpolate_block, m, bytes_per_row, threaded_from=None)
    return dispatch.namespace(X).concat([X, *parts], axis=0)


def slice_factor(factor: Array | None, block: slice) -> Array | None:
    """The factors of a block of rows."""
    return None if factor is None else factor[block]


def append_sparse(
    X: Array, parents: tuple[Array, Array, Array], ctx: ExecutionContext, factor: Array | None = None
) -> Array:
    """CSR rows followed by their synthetic rows, whose stored features are those of either parent that are not zero."""
    counts = np.diff(X.indptr)

    def interpolate_block(block: slice) -> Array:
        base, neighbor, gap = (values[block] for values in parents)
        with np.errstate(over="ignore", invalid="ignore"):  # `check_overflow` raises
            return sparse_rows.interpolate(X[base], X[neighbor], gap, X.dtype, slice_factor(factor, block))

    blocks = split_by_entries(counts[parents[0]] + counts[parents[1]], ctx)
    return matrices.concat_rows([X, *ctx.map_blocks("write", interpolate_block, blocks)])


def interpolate(P: Array, Q: Array, gap: Array, factor: Array | None = None) -> Array:
    """P + gap · factor (Q − P) before the last rounding; products and sum are separate, as fused ones give other bits."""
    xp = dispatch.namespace(P)
    if not xp.isdtype(P.dtype, "real floating"):
        P, Q = dispatch.as_float64(P), dispatch.as_float64(Q)
    difference = Q - P
    if factor is not None:
        difference = xp.astype(dispatch.promote_to_float64(difference) * factor[:, None], difference.dtype, copy=False)
    step = dispatch.promote_to_float64(difference)
    step *= gap[:, None]
    return step + dispatch.promote_to_float64(P)


def cast_columns(values: Array, dtype: Any, dtypes: tuple[Any, ...] | None) -> Array:
    """Values in `dtype`, each column first rounded to its own dtype where `dtypes` gives one."""
    xp = dispatch.namespace(values)
    if dtypes is not None and narrow_floats.is_bfloat16(np.dtype(dtypes[0])):  # of a tensor, hence of all columns
        values = narrow_floats.round_to_format(values, narrow_floats.FORMAT_OF_BFLOAT16)
    elif dtypes is not None:
        columns = [cast_column(values[:, column], np.dtype(own)) for column, own in enumerate(dtypes)]
        return xp.stack([xp.astype(column, dtype, copy=False) for column in columns], axis=1)
    elif not xp.isdtype(dtype, "real floating"):
        values = xp.round(values)
    elif dtype == getattr(xp, "float16", None) and not isinstance(values, np.ndarray):  # torch and CuPy round twice
        values = narrow_floats.round_to_format(values, narrow_floats.FORMAT_OF_FLOAT16)
    return xp.astype(values, dtype, copy=False)


def cast_column(values: Array, dtype: np.dtype[Any]) -> Array:
    """Float64 values of one column in its own dtype."""
    xp = dispatch.namespace(values)
    return xp.astype(xp.round(values) if dtype.kind in "iub" else values, getattr(xp, dtype.name, dtype))


def check_overflow(synthetic: Array, exponent: int | None) -> None:
    """Raise if the difference of two parents overflowed the dtype of the rows.

    Only data whose scale 2**exponent shows that it fills the dtype is inspected, or data of unknown scale.

    Raises
    ------
    ValueError
        If a synthetic value is not finite.
    """
    dtype = dispatch.numpy_dtype(synthetic)
    if dtype.kind != "f" or (exponent is not None and 500 - exponent < np.finfo(dtype).maxexp):
        return
    values = synthetic.data if dispatch.is_sparse(synthetic) else synthetic
    xp = dispatch.namespace(values)
    if not bool(xp.all(xp.isfinite(values))):
        raise ValueError(
            f"rows whose difference is beyond {dtype} have no synthetic row between them; divide X by 2, or convert it to a "
            "wider dtype"
        )


def check_large_integers(
    X: Array,
    rows: Array,
    dtypes: tuple[Any, ...] | None,
    ctx: ExecutionContext,
    action: str = "SMOTE cannot interpolate",
) -> None:
    """Raise if these rows hold an integer of 2⁵³ or more in size.

    Raises
    ------
    ValueError
        float64 skips integers beyond 2⁵³, so a synthetic value between two of them could not be written.
    """
    xp = dispatch.namespace(X)
    if dtypes is None:
        wide = list(range(X.shape[1])) if X.dtype in (xp.int64, xp.uint64) else []
    else:
        wide = [column for column, dtype in enumerate(dtypes) if np.dtype(dtype) in (np.int64, np.uint64)]
    for block in ctx.blocks(int(rows.shape[0]) if wide else 0, ctx.rows_in_cache(16.0 * X.shape[1])):
        values = dispatch.as_float64(matrices.take_dense_rows(X, rows[block]))  # rounds 2⁵³ + 1 to 2⁵³
        if dtypes is not None:
            values = xp.take(values, dispatch.asarray_like(np.array(wide), values), axis=1)
        if float(xp.max(xp.abs(values))) >= 2.0**53:
            raise ValueError(
                f"{action} integers of 2**53 or more in size, as float64 skips some; divide them, "
                "subtract an offset, or convert them to float"
            )
