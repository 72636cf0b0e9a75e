"""Share the clock, the data and the description of the device between all measurements on a device."""

import time
from collections.abc import Callable
from functools import cache
from typing import Any

import cupy
import numpy as np

from benchmarks import data

LARGEST_ROWS_MADE_ON_CPU = 1_000_000  # larger tables are copies of this many rows, with noise
Row = dict[str, Any]


def time_runs(call: Callable[[], Any], runs: int) -> list[float]:
    """Return the seconds of each run, including the wait for the device."""
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
    """Make a case's rows and labels on the host."""
    X, y = getattr(data, f"make_{kind}")(rows, d)
    return X, y


def make_on_gpu(kind: str, rows: int, d: int) -> tuple[Any, Any]:
    """Make a case's rows and labels on the device."""
    X, y = make_on_cpu(kind, min(rows, LARGEST_ROWS_MADE_ON_CPU), d)
    there, copies = cupy.asarray(X), rows // len(X)
    if copies > 1:
        source = cupy.random.RandomState(0)
        there = cupy.concatenate(
            [there + 0.05 * source.standard_normal(there.shape, dtype=there.dtype) for _ in range(copies)]
        )
    return there, cupy.asarray(np.tile(y, copies))


def describe_device() -> Row:
    """Describe the device, its driver and the libraries."""
    properties = cupy.cuda.runtime.getDeviceProperties(0)
    return {
        "name": properties["name"].decode(), "multiprocessors": properties["multiProcessorCount"],
        "memory_bytes": properties["totalGlobalMem"], "driver": cupy.cuda.runtime.driverGetVersion(),
        "runtime": cupy.cuda.runtime.runtimeGetVersion(), "cupy": cupy.__version__,
    }  # fmt: skip
