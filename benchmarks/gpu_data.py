"""What every measurement on a device shares: its clock, its data, and the heading."""

import time
from collections.abc import Callable
from functools import cache
from typing import Any

import cupy
import numpy as np

from benchmarks import data

LARGEST_ROWS_MADE_ON_CPU = 1_000_000  # rows that are made on the host, at most
Row = dict[str, Any]


def time_runs(call: Callable[[], Any], runs: int) -> list[float]:
    """Seconds of each run, the device having ended."""
    taken = []
    for _ in range(runs):
        cupy.cuda.Device().synchronize()
        start = time.perf_counter()
        call()
        cupy.cuda.Device().synchronize()
        taken.append(time.perf_counter() - start)
    return taken


@cache
def make_on_cpu(kind: str, rows: int, d: int) -> tuple[np.ndarray, np.ndarray]:
    """A case's rows and labels on the host."""
    X, y = getattr(data, f"make_{kind}")(rows, d)
    return X, y


def make_on_gpu(kind: str, rows: int, d: int) -> tuple[Any, Any]:
    """A case's rows and labels on the device."""
    X, y = make_on_cpu(kind, min(rows, LARGEST_ROWS_MADE_ON_CPU), d)
    there, copies = cupy.asarray(X), rows // len(X)
    if copies > 1:
        source = cupy.random.RandomState(0)
        there = cupy.concatenate(
            [there + 0.05 * source.standard_normal(there.shape, dtype=there.dtype) for _ in range(copies)]
        )
    return there, cupy.asarray(np.tile(y, copies))


def describe_device() -> Row:
    """The device, its driver and the libraries."""
    properties = cupy.cuda.runtime.getDeviceProperties(0)
    return {
        "name": properties["name"].decode(), "multiprocessors": properties["multiProcessorCount"],
        "memory_bytes": properties["totalGlobalMem"], "driver": cupy.cuda.runtime.driverGetVersion(),
        "runtime": cupy.cuda.runtime.runtimeGetVersion(), "cupy": cupy.__version__,
    }  # fmt: skip
