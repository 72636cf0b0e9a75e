"""Values of the rows of an input, carried to the synthetic rows by the arithmetic that made these rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gpu_smotetomek.arrays import dispatch, indexing, matrices, sparse_rows
from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.neighbors.scaled_csr import split_by_entries
from gpu_smotetomek.resampling.extrapolation import find_limits
from gpu_smotetomek.resampling.interpolation import cast_columns, check_large_integers, interpolate, slice_factor
from gpu_smotetomek.resampling.lineage import Lineage
from gpu_smotetomek.typing import Array


def extend_matrix(
    values: Array, dtypes: tuple[Any, ...] | None, working_dtype: np.dtype[Any], lineage: Lineage, ends: Sequence[int]
) -> Array:
    """The values (m, d) of all synthetic rows, from those of the rows of the input.

    The bits are those of features in such columns beside others of `working_dtype`: differences are computed in the common dtype,
    and each value is rounded once to the dtype of its column. A copy has the value of its base, with noise or without.

    Parameters
    ----------
    values : array (n_input, d)
    dtypes : tuple of dtypes (d,), or None
        Those of the columns, where they differ from that of the array.
    working_dtype : dtype
        That of the rows when they were resampled.
    lineage : Lineage
        Parents of the synthetic rows, in any library.
    ends : sequence of int
        Number of synthetic rows after each step. The parents of a row were there before its step.

    Raises
    ------
    ValueError
        If a value is beyond the dtype of its column, or an integer is so large that float64 skips some of its size.
    """
    ctx = ExecutionContext(kind=dispatch.array_kind(values))
    values = sparse_rows.to_canonical_csr(values) if dispatch.is_sparse(values) else values
    lineage, made, start = lineage.move_like(values), [values[:0, :]], 0
    check_large_integers(
        values, find_parent_rows(lineage, int(values.shape[0])), dtypes, ctx, "extend cannot interpolate"
    )
    for end in ends:
        if end > start:
            rows = matrices.concat_rows([values, *made[1:]])
            made.append(make_rows(rows, dtypes, working_dtype, lineage.slice_rows(start, end), ctx))
            start = end
    return matrices.concat_rows(made)


def find_parent_rows(lineage: Lineage, n_input: int) -> Array:
    """Rows of the input between which synthetic rows lie, ascending."""
    xp = dispatch.namespace(lineage.base)
    positions = indexing.flatnonzero(~lineage.is_copy)
    parents = xp.concat([indexing.take_1d(part, positions) for part in (lineage.base, lineage.neighbor)])
    parents = xp.unique_values(parents)
    return indexing.take_1d(parents, indexing.flatnonzero(parents < n_input))


def make_rows(
    rows: Array, dtypes: tuple[Any, ...] | None, working_dtype: np.dtype[Any], lineage: Lineage, ctx: ExecutionContext
) -> Array:
    """The rows (m, d) of one step in the dtype of `rows`, which all their parents are among."""
    is_copy = lineage.is_copy
    copies, others = indexing.flatnonzero(is_copy), indexing.flatnonzero(~is_copy)
    if not copies.shape[0]:
        return write_rows(rows, dtypes, working_dtype, lineage, ctx)
    parts = [
        matrices.take_rows(rows, indexing.take_1d(lineage.base, copies)),
        write_rows(rows, dtypes, working_dtype, lineage.take(others), ctx),
    ]
    xp = dispatch.namespace(copies)
    return matrices.take_rows(matrices.concat_rows(parts), xp.argsort(xp.concat([copies, others])))


def write_rows(
    rows: Array, dtypes: tuple[Any, ...] | None, working_dtype: np.dtype[Any], lineage: Lineage, ctx: ExecutionContext
) -> Array:
    """The interpolated rows (m, d) in the dtype of `rows`."""
    m, d, is_sparse = lineage.n_synthetic, int(rows.shape[1]), dispatch.is_sparse(rows)
    columns = tuple(np.dtype(dtype) for dtype in dtypes or [dispatch.numpy_dtype(rows)])

    def write_dense(block: slice) -> Array:
        base, neighbor, gap = (values[block] for values in lineage.columns[:3])
        P, Q = (widen(matrices.take_dense_rows(rows, parent), working_dtype) for parent in (base, neighbor))
        with np.errstate(over="ignore", invalid="ignore"):
            wide = interpolate(P, Q, gap, slice_factor(lineage.factor, block))
        check_limits(wide, columns)
        written = cast_columns(wide, rows.dtype, dtypes)
        return matrices.sparse_like(written, rows) if is_sparse else written

    def write_sparse(block: slice) -> Array:
        base, neighbor, gap = (values[block] for values in lineage.columns[:3])
        P, Q = (widen(rows[parent], working_dtype) for parent in (base, neighbor))
        with np.errstate(over="ignore", invalid="ignore"):
            written = sparse_rows.interpolate_wide(P, Q, gap, rows.dtype, slice_factor(lineage.factor, block))
        check_limits(written.data, columns)
        written = written.astype(rows.dtype, copy=False)
        written.eliminate_zeros()
        return written

    if is_sparse and dtypes is None:
        counts = np.diff(rows.indptr)
        blocks = split_by_entries(counts[lineage.base] + counts[lineage.neighbor], ctx)
        return matrices.concat_rows([rows[:0], *ctx.map_blocks("write", write_sparse, blocks)])
    return matrices.concat_rows([rows[:0, :], *ctx.map_rows("write", write_dense, m, 48.0 * d)])


def widen(rows: Array, working_dtype: np.dtype[Any]) -> Array:
    """Rows in the dtype that a table has with such columns beside those of `working_dtype`."""
    if dispatch.is_numpy_or_sparse(rows):
        return rows.astype(np.result_type(rows.dtype, working_dtype), copy=False)
    xp, own = dispatch.namespace(rows), np.dtype(dispatch.dtype_name(rows))
    name = np.result_type(own, working_dtype).name
    return xp.astype(rows, getattr(xp, name, xp.float64), copy=False)


def check_limits(wide: Array, dtypes: tuple[np.dtype[Any], ...]) -> None:
    """Raise if a value, before its last rounding, is beyond the dtype of its column; one dtype stands for all columns.

    Raises
    ------
    ValueError
        About the first such dtype.
    """
    xp = dispatch.namespace(wide)
    rounded = xp.round(wide) if any(dtype.kind != "f" for dtype in dtypes) else wide
    for column, dtype in enumerate(dtypes):
        values = rounded if len(dtypes) == 1 else rounded[:, column]
        low, high = find_limits(dtype)
        if dtype != np.longdouble and not bool(xp.all((values >= float(low)) & (values <= float(high)))):
            raise ValueError(
                f"a synthetic row has a value that {dtype} does not hold: convert the values to a wider dtype, or give "
                "synthetic='base'"
            )
