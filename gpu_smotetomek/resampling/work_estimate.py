"""Estimate the work of over-sampling and cleaning before any of it is done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gpu_smotetomek.arrays import cuda_probe, dispatch
from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.neighbors import SearchSelector
from gpu_smotetomek.resampling.batch import Batch
from gpu_smotetomek.typing import Array, Integers

SYNTHETIC_ROWS_PER_SECOND = 2e6  # their draws and bounds
SECONDS_PER_VALUE = 3e-9  # checked, scaled and written, of all rows
BYTES_PER_ROW = (
    100  # kept for each row, of the input or synthetic: number, class, lineage, bounds, lists where classes mix
)


@dataclass(frozen=True)
class Plan:
    """Estimate of the work of a call.

    Attributes
    ----------
    rows_in : int
        Rows of the input.
    rows_out : int
        Rows after over-sampling.
    pairs : int
        Pairs of an original and a row of a class with more originals: the pairs that brute force compares; trees compare fewer.
        For `SMOTEENN`, all pairs. With `clean="both"`, the pairs of both searches. With categorical features, pairs of a row of
        any class but the largest and any row.
    workspace_bytes : int
        Memory beside input and output: temporaries, 100 bytes a row, and the coordinates of the searched rows.
    seconds : float
        Rough estimate for ordinary cores, as many as there are threads.
    backend : str
        Backend of the search of the cleaner.
    device : str
        'cpu', 'cuda' or 'cuda:N'.
    device_bytes : int
        Largest memory in use on a GPU: input, output, the enlarged table, what cleaning leaves of it, and the work space; 0 if no
        GPU is used. If rows are streamed, all memory that is free.
    streamed : bool
        Whether X stays on the host and its rows pass through the GPU in blocks, as they do not fit on it together.
    """

    rows_in: int
    rows_out: int
    pairs: int
    workspace_bytes: int
    seconds: float
    backend: str
    device: str
    device_bytes: int
    streamed: bool = False


def count_pairs(before: Integers, after: Integers) -> int:
    """Pairs of an original and a row of a class with more originals, for class sizes before and after over-sampling."""
    order = np.argsort(before, kind="stable")
    later = after[order][::-1].cumsum()[::-1] - after[order]
    return int((before[order] * later).sum())


def estimate_work(
    batch: Batch, n_synthetic: Mapping[Any, int], ctx: ExecutionContext, *, all_pairs: bool = False
) -> Plan:
    """The plan of adding `n_synthetic` rows for each label to a batch, and of cleaning the result.

    With `all_pairs`, cleaning compares all rows with all others; without, rows of different classes.
    """
    n, d, before, is_scaled = len(batch.codes), batch.scaled.d, batch.class_counts, batch.factors is not None
    after = before + np.array([n_synthetic.get(label, 0) for label in batch.classes.tolist()])
    rows_out = int(after.sum())
    pairs, selector = count_pairs(before, after), SearchSelector(ctx)
    n_queries = rows_out if all_pairs else rows_out - int(after.max())
    if all_pairs or batch.scaled.is_mixed:  # no bound spares a search of all rows
        pairs, coordinates = n_queries * rows_out, rows_out * d * 4
        backend, seconds = selector.estimate(batch.scaled, rows_out, max(1, n_queries))
    elif selector.takes_products(batch.scaled, rows_out, n_queries):
        (backend, seconds), coordinates = selector.estimate(batch.scaled, rows_out, n_queries), 0
    else:
        backend, seconds = selector.estimate(batch.scaled, n, max(1, pairs // max(1, n)))
        # a tree may verify links among synthetic rows too
        coordinates = rows_out * d * 8 if backend == "kdtree" else n * d * 4
    seconds += (rows_out - n) / SYNTHETIC_ROWS_PER_SECOND + (n + rows_out) * d * SECONDS_PER_VALUE
    coordinates += 8 * d * rows_out if is_scaled else 0
    tiles = min(ctx.memory_limit, 16 * pairs + 32 * d * rows_out)
    if ctx.out_of_core_device:
        on_device = cuda_probe.free_memory(ctx.out_of_core_device)
    else:
        is_on_device = dispatch.array_kind(batch.X).is_gpu
        on_device = device_bytes(batch.X, rows_out, tiles, is_scaled=is_scaled) if is_on_device else 0
    return Plan(
        rows_in=n,
        rows_out=rows_out,
        pairs=pairs,
        workspace_bytes=tiles + BYTES_PER_ROW * rows_out + coordinates,
        seconds=round(seconds, 3),
        backend=backend,
        device=ctx.device,
        device_bytes=on_device,
        streamed=bool(ctx.out_of_core_device),
    )


def estimate_chain(
    batch: Batch, n_synthetic: Mapping[Any, int], ctx: ExecutionContext, *, clean: str, all_pairs: bool
) -> Plan:
    """`estimate_work`, where the cleaning is 'after' the over-sampling, 'before' it, or 'both'.

    Rows that the first cleaning removes are counted as if they stayed.
    """
    after = estimate_work(batch, n_synthetic, ctx, all_pairs=all_pairs)
    if clean == "after":
        return after
    before, n_new = estimate_work(batch, {}, ctx, all_pairs=all_pairs), after.rows_out - after.rows_in
    if clean == "both":
        return replace(after, pairs=after.pairs + before.pairs, seconds=round(after.seconds + before.seconds, 3))
    seconds = before.seconds + n_new / SYNTHETIC_ROWS_PER_SECOND + n_new * batch.scaled.d * SECONDS_PER_VALUE
    return replace(
        before,
        rows_out=after.rows_out,
        workspace_bytes=before.workspace_bytes + BYTES_PER_ROW * n_new,
        seconds=round(seconds, 3),
        device_bytes=after.device_bytes,
    )


def table_bytes(X: Array, rows_out: int, *, is_scaled: bool) -> int:
    """Bytes of the input, of the table enlarged to `rows_out` rows, of what cleaning leaves of it, and of the output.

    With factors of the features, their products in float64 are held beside the rows, of all but the output.
    """
    n, d = (int(length) for length in X.shape)
    products = 8 * d * (n + 2 * rows_out) if is_scaled else 0
    return d * dispatch.numpy_dtype(X).itemsize * (n + 3 * rows_out) + products


def device_bytes(X: Array, rows_out: int, tiles: int, *, is_scaled: bool) -> int:
    """`table_bytes`, plus `tiles` of work space, plus what each row keeps and its coordinates, plain and packed."""
    in_tables = table_bytes(X, rows_out, is_scaled=is_scaled)
    return in_tables + tiles + (BYTES_PER_ROW + 8 * int(X.shape[1])) * rows_out
