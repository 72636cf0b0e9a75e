"""Measure a CUDA device, from rows on it to rows on it: `python -m benchmarks run --profile gpu`.

`python -m benchmarks.gpu FILE.json` does the same. A search of m queries among n rows counts as 2 m n d operations, and a
large float32 product in the same process (CUPY_TF32 unset) gives the peak. The data is that of `data.py`; tables larger than
a CPU makes in seconds are copies of it with noise of a twentieth.
"""

import json
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import cupy

from benchmarks import gpu_peers as peers
from benchmarks.environment import describe_environment
from benchmarks.gpu_data import Row, describe_device, make_on_gpu, time_runs
from gpu_smotetomek import SMOTETomek
from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.neighbors.backends.cuda.backend import CudaIndex


def measure_product() -> Row:
    """Measure the operations per second of a large float32 product."""
    A = cupy.random.standard_normal((8192, 8192), dtype=cupy.float32)
    taken = time_runs(lambda: A @ A, 4)[1:]
    return {"what": "product 8192³", "flops": 2 * 8192**3 / median(taken)}


def measure_search(d: int, k: int, filtered: bool = False, m: int = 2**17, n: int = 2**19) -> Row:
    """Measure a search in which no tile can be skipped, with tensor cores as a filter or without."""
    X, Q = (cupy.random.standard_normal((rows, d), dtype=cupy.float32) / d**0.5 for rows in (n, m))
    index = CudaIndex(X, ExecutionContext(on_device=True))
    index.use_filter = filtered
    taken = time_runs(lambda: index.search(Q, k), 4)[1:]
    return {
        "what": "search",
        "d": d,
        "k": k,
        "filtered": filtered,
        "queries": m,
        "rows": n,
        "seconds": taken,
        "flops": 2 * m * n * d / median(taken),
    }


def measure_call(kind: str, rows: int, d: int, runs: int) -> Row:
    """Measure SMOTETomek from the device to the device; the first call, which loads or compiles kernels, is separate."""
    X, y = make_on_gpu(kind, rows, d)
    pool = cupy.get_default_memory_pool()
    pool.free_all_blocks()
    before = pool.total_bytes()
    sampler = SMOTETomek(random_state=0, remove="both")
    first = time_runs(lambda: sampler.fit_resample(X, y), 1)
    reserved = pool.total_bytes() - before
    taken = time_runs(lambda: sampler.fit_resample(X, y), runs)
    said = {name: getattr(sampler.tomek_, name) for name in ("backend_", "search_stages_", "certified_fraction_")}
    return {
        "what": "SMOTETomek", "case": f"{kind}-{rows}x{d}", "first": first, "seconds": taken,
        "links": len(sampler.tomek_.links_), "pool_bytes": reserved, **said,
    }  # fmt: skip


def list_measurements() -> list[tuple[Callable[..., Row], tuple[Any, ...]]]:
    """List the functions to call and their arguments, the quick ones first."""

    def wholes(rows: int, runs: int) -> list[tuple[Callable[..., Row], tuple[Any, ...]]]:
        return [(measure_call, (kind, rows, 30, runs)) for kind in ("blobs", "correlated", "surface")]

    small, large = (("correlated", rows, 30) for rows in (50_000, 1_000_000))
    return [
        (measure_product, ()),
        *[(measure_search, (d, 1, filtered)) for d in (8, 16, 24, 32, 48, 64, 96, 128) for filtered in (False, True)],
        *[(measure_search, (32, k, filtered)) for k in (5, 16) for filtered in (False, True)],
        *wholes(50_000, 3),
        *wholes(1_000_000, 3),
        *[(peers.measure_torch_tensors, (*case, 3)) for case in (small, large)],
        (peers.measure_transfers, large),
        (peers.measure_streamed, large),
        *[(search, case) for case in (small, large) for search in (peers.search_with_torch, peers.search_with_cupy)],
        (peers.measure_imbalanced_learn, small),
        *wholes(10_000_000, 1),
    ]


def main(out: Path) -> None:
    """Run every measurement; record a failure and continue with the next one."""
    results: Row = {"environment": describe_environment(), "device": describe_device(), "rows": []}
    for call, words in list_measurements():
        try:
            row = call(*words)
        except Exception as error:
            traceback.print_exc()
            row = {"what": call.__name__, "words": words, "failed": repr(error)}
        results["rows"].append(row)
        print({name: value for name, value in row.items() if name != "search_stages_"}, flush=True)
        out.write_text(json.dumps(results, indent=1, default=str) + "\n")
        cupy.get_default_memory_pool().free_all_blocks()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("python -m benchmarks.gpu FILE.json: name the file for the results")
    main(Path(sys.argv[1]))
