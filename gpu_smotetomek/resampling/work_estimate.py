"""What over-sampling and cleaning would take, before any of it is done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from gpu_smotetomek.arrays import cuda_probe, dispatch
from gpu_smotetomek.neighbors import SearchSelector
from gpu_smotetomek.resampling.batch import Batch
from gpu_smotetomek.typing import Array, Integers

SYNTHETIC_ROWS_PER_SECOND = 2e6  # synthetic rows a second, with their bounds
BYTES_PER_ROW = 100  # bytes kept of a row, of the input or synthetic: its number, class and lineage, bounds, and where classes mix lists


@dataclass(frozen=True)
class Plan:
    """Work ahead.

    Attributes
    ----------
    rows_in, rows_out : int
        Rows before, and after over-sampling.
    pairs : int
        Pairs of an original and a row of a class with more originals: what brute force would look at, and trees less.
    workspace_bytes : int
        Beyond input and output: temporaries, 100 bytes a row, and the searched rows in the frame of the search.
    device_bytes : int
        On a device, at most at once: input, output, the grown table and what is left of it, and the work space; 0 on the host.
        Where rows are streamed, all that is free.
    streamed : bool
        Whether all that is more than the device holds: X stays on the host, and its rows go through in blocks.
    seconds : float
        A rough estimate for ordinary cores, as many as threads are allowed.
    backend, device : str
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
    """Originals times rows of the classes with more originals, summed over classes, whose sizes are given."""
    order = np.argsort(before, kind="stable")
    later = after[order][::-1].cumsum()[::-1] - after[order]
    return int((before[order] * later).sum())


def estimate_work(batch: Batch, wanted: Mapping[Any, int], engine: SearchSelector, device: str) -> Plan:
    """The plan of over-sampling a batch by `wanted` synthetic rows a label, and of cleaning what results."""
    work, d = engine.work, batch.scaled.d
    before = batch.class_counts
    after = before + np.array([wanted.get(label, 0) for label in batch.classes.tolist()])
    looked_at = count_pairs(before, after)
    n, rows_out = len(batch.codes), int(after.sum())
    backend, search = engine.estimate(batch.scaled, n, max(1, looked_at // max(1, n)))
    searched = n * d * (8 if backend == "kdtree" else 4)
    tiles = min(work.memory_limit, 16 * looked_at + 32 * d * rows_out)
    space = tiles + BYTES_PER_ROW * rows_out + searched
    seconds = search + (rows_out - n) / SYNTHETIC_ROWS_PER_SECOND
    if engine.stream_device:
        on_device = cuda_probe.free_memory(engine.stream_device)
    else:
        on_device = 0 if dispatch.is_numpy_or_sparse(batch.X) else device_bytes(batch.X, rows_out, tiles)
    return Plan(
        n, rows_out, looked_at, space, round(seconds, 3), backend, device, on_device, bool(engine.stream_device)
    )


def table_bytes(X: Array, rows_out: int) -> int:
    """Bytes of the input, of the table grown to `rows_out` rows, of what cleaning leaves of it, and of the output."""
    n, d = (int(length) for length in X.shape)
    return d * dispatch.numpy_dtype(X).itemsize * (n + 3 * rows_out)


def device_bytes(X: Array, rows_out: int, tiles: int) -> int:
    """`bytes_of_tables`, and with them `tiles` of work space, what is kept of each row, and its candidate, stored and packed."""
    return table_bytes(X, rows_out) + tiles + (BYTES_PER_ROW + 8 * int(X.shape[1])) * rows_out
