"""Rows beyond their parents: what the dtypes of the columns cannot hold is refused before it is written."""

from __future__ import annotations

from typing import Any

import numpy as np

from gpu_smotetomek.arrays import dispatch, indexing, matrices, sparse_rows
from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.neighbors.scaled_csr import split_by_entries
from gpu_smotetomek.resampling.interpolation import interpolate
from gpu_smotetomek.resampling.lineage import Lineage
from gpu_smotetomek.typing import Array

BYTES_PER_VALUE = 48.0  # temporaries of a value of a row


def check_extrapolated_range(X: Array, lineage: Lineage, dtypes: tuple[Any, ...] | None, ctx: ExecutionContext) -> None:
    """Raise if a value of p + step (q − p), a row beyond its base p, is beyond the dtype of its column.

    Parameters
    ----------
    X : array (n, d)
    lineage : Lineage
        Parents as row numbers; the gap is the step.
    dtypes : dtypes (d,), or None
        Those of the columns, where they differ from X's.
    ctx : ExecutionContext

    Raises
    ------
    ValueError
        About the first such column.
    """
    own = dispatch.numpy_dtype(X)
    columns = tuple(np.dtype(dtype) for dtype in dtypes) if dtypes else (own,)
    limits = np.array([find_limits(dtype) for dtype in columns], np.longdouble if own == np.longdouble else np.float64)
    low, high = (dispatch.asarray_like(np.ascontiguousarray(bound), X) for bound in limits.T)

    def find_columns(block: slice) -> Array:
        P, Q = (matrices.take_dense_rows(X, rows[block]) for rows in (lineage.base, lineage.neighbor))
        with np.errstate(over="ignore", invalid="ignore"):
            values = interpolate(P, Q, lineage.gap[block])
        xp = dispatch.namespace(values)
        values = xp.round(values) if any(dtype.kind != "f" for dtype in columns) else values
        return indexing.flatnonzero(xp.any(~((values >= low) & (values <= high)), axis=0))

    if dispatch.is_sparse(X):
        beyond = find_sparse_columns(X, lineage, columns, ctx)
    else:
        beyond = ctx.map_rows("bounds", find_columns, lineage.n_synthetic, BYTES_PER_VALUE * int(X.shape[1]))
    found = [int(part[0]) for part in beyond if part.shape[0]]
    if found:
        column = min(found)
        raise ValueError(
            f"SVMSMOTE extrapolates column {column} beyond the values of {columns[column % len(columns)]}: lower out_step, or "
            "convert the column to a dtype that holds more values"
        )


def find_limits(dtype: np.dtype[Any]) -> tuple[Any, Any]:
    """The least and the largest value of a dtype; float64 rounds those of int64, which are never reached, to 2**63."""
    if dtype.kind == "b":
        return 0, 1
    info = np.finfo(dtype) if dtype.kind == "f" else np.iinfo(dtype)
    return info.min, info.max


def find_sparse_columns(
    X: Array, lineage: Lineage, columns: tuple[np.dtype[Any], ...], ctx: ExecutionContext
) -> list[Array]:
    """Columns, block after block, in which CSR rows beyond their bases have values beyond the dtype."""
    counts = np.diff(X.indptr)
    low, high = np.array([find_limits(dtype) for dtype in columns], np.result_type(X.dtype, np.float64)).T

    def find_columns(block: slice) -> Array:
        P, Q = X[lineage.base[block]], X[lineage.neighbor[block]]
        with np.errstate(over="ignore", invalid="ignore"):
            rows = sparse_rows.interpolate_wide(P, Q, lineage.gap[block], X.dtype)
        own = rows.indices if len(columns) > 1 else np.zeros_like(rows.indices)
        return np.unique(rows.indices[~((rows.data >= low[own]) & (rows.data <= high[own]))])

    return ctx.map_blocks(
        "bounds", find_columns, split_by_entries(counts[lineage.base] + counts[lineage.neighbor], ctx)
    )
