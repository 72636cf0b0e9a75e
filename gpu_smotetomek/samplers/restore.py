"""The rows and labels of a batch in the caller's containers."""

from __future__ import annotations

from typing import Any

import numpy as np

from gpu_smotetomek.arrays import dispatch, matrices, torch_interop
from gpu_smotetomek.containers import Table, Target, select_rows, shape_rows
from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.resampling import Batch, OutputRows, find_base_rows
from gpu_smotetomek.typing import Array


def restore_rows(table: Table, batch: Batch, output: OutputRows, ctx: ExecutionContext) -> Any:
    """The rows of a batch in the caller's container; torch itself writes tensors, in memory that it owns."""
    kept, on_host = output.of_input, dispatch.is_numpy_or_sparse(table.matrix)
    is_ready = batch.owns_rows and table.is_native and not ctx.views_torch
    rows = batch.X if is_ready else take_synthetic(batch, output)
    if on_host and not ctx.kind.is_numpy_or_sparse:
        rows = dispatch.to_numpy(rows)
    if ctx.views_torch:
        rows = torch_interop.to_torch(rows)
    order = batch.order if is_ready else output.order
    if is_ready:
        rows = shape_rows(rows, table)
    else:
        kept = np.asarray(kept) if on_host else kept
        rows = table.restore(kept, rows, lambda: find_base_rows(batch, output.synthetic))
    return rows if order is None else select_rows(rows, order)


def restore_labels(target: Target, batch: Batch, output: OutputRows) -> Any:
    """The labels of a batch in the caller's container."""
    labels = target.restore(output.of_input, *batch.label_runs(output.synthetic))
    return labels if output.order is None else select_rows(labels, output.order)


def take_synthetic(batch: Batch, output: OutputRows) -> Array:
    """The synthetic rows of a batch."""
    if isinstance(output.synthetic, slice):
        return batch.X[output.synthetic, :]
    return matrices.take_rows(batch.X, dispatch.asarray_like(output.synthetic, batch.X))
