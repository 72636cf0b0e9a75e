"""`python -m benchmarks.gpu FILE.json`: what a CUDA device does, from rows that are on it to rows that are on it.

The peak is that of a large float32 product in the same process (CUPY_TF32 unset); a search is 2 m n d operations. Data as in
`data.py`, and where more rows are asked for than a CPU makes in seconds, copies of them with noise of a twentieth.
"""

import json
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import cupy
import numpy as np

from benchmarks import data
from benchmarks.environment import environment
from gpu_smotetomek import SMOTE, SMOTETomek
from gpu_smotetomek.neighbors.cuda import Cuda
from gpu_smotetomek.work import Work

MADE = 1_000_000  # rows that are made on the host, at most
Row = dict[str, Any]


def timed(call: Callable[[], Any], runs: int) -> list[float]:
    """Seconds of each run, the device having ended."""
    taken = []
    for _ in range(runs):
        cupy.cuda.Device().synchronize()
        start = time.perf_counter()
        call()
        cupy.cuda.Device().synchronize()
        taken.append(time.perf_counter() - start)
    return taken


def peak() -> Row:
    """Operations a second of a large float32 product."""
    A = cupy.random.standard_normal((8192, 8192), dtype=cupy.float32)
    taken = timed(lambda: A @ A, 4)[1:]
    return {"what": "product 8192³", "flops": 2 * 8192**3 / median(taken)}


def kernel(d: int, k: int, m: int = 2**17, n: int = 2**19) -> Row:
    """A search in which no tile can be skipped."""
    X, Q = (cupy.random.standard_normal((rows, d), dtype=cupy.float32) for rows in (n, m))
    index = Cuda().build(X, Work(on_device=True))
    taken = timed(lambda: index.search(Q, k), 4)[1:]
    return {
        "what": "search",
        "d": d,
        "k": k,
        "queries": m,
        "rows": n,
        "seconds": taken,
        "flops": 2 * m * n * d / median(taken),
    }


def placed(kind: str, rows: int, d: int) -> tuple[Any, Any]:
    """A case's rows and labels on the device."""
    X, y = getattr(data, kind)(min(rows, MADE), d)
    there, copies = cupy.asarray(X), rows // len(X)
    if copies > 1:
        source = cupy.random.RandomState(0)
        there = cupy.concatenate(
            [there + 0.05 * source.standard_normal(there.shape, dtype=there.dtype) for _ in range(copies)]
        )
    return there, cupy.asarray(np.tile(y, copies))


def whole(kind: str, rows: int, d: int, runs: int) -> Row:
    """SMOTETomek, from the device to the device; the first call apart, which loads or compiles kernels."""
    X, y = placed(kind, rows, d)
    sampler = SMOTETomek(random_state=0, remove="both")
    first = timed(lambda: sampler.fit_resample(X, y), 1)
    taken = timed(lambda: sampler.fit_resample(X, y), runs)
    said = {name: getattr(sampler.tomek_, name) for name in ("backend_", "roads_", "certified_fraction_")}
    return {
        "what": "SMOTETomek", "case": f"{kind}-{rows}x{d}", "first": first, "seconds": taken,
        "links": len(sampler.tomek_.links_), **said,
    }  # fmt: skip


def torch_road(kind: str, rows: int, d: int, share: int = 50) -> Row:
    """The nearest other row of every enlarged row by torch's products and minima, in float32: a `share`-th of the queries."""
    import torch

    torch.backends.cuda.matmul.allow_tf32 = False
    X, y = placed(kind, rows, d)
    enlarged = torch.from_dlpack(SMOTE(random_state=0).fit_resample(X, y)[0])
    norms, chosen = (enlarged * enlarged).sum(1), torch.arange(0, len(enlarged), share, device=enlarged.device)

    def search() -> None:
        for queries in chosen.split(8192):
            best = torch.full((len(queries),), torch.inf, device=enlarged.device)
            for start in range(0, len(enlarged), 2**18):
                end = min(start + 2**18, len(enlarged))
                D = norms[start:end] - 2 * enlarged[queries] @ enlarged[start:end].T
                own = torch.nonzero((queries >= start) & (queries < end))[:, 0]
                D[own, queries[own] - start] = torch.inf
                best = torch.minimum(best, D.min(1).values)

    search()
    taken = timed(search, 2)
    return {
        "what": "torch, enlarged data", "case": f"{kind}-{rows}x{d}", "measured": taken, "share": share,
        "seconds": [share * seconds for seconds in taken],
    }  # fmt: skip


def device() -> Row:
    """The device, its driver and the libraries."""
    properties = cupy.cuda.runtime.getDeviceProperties(0)
    return {
        "name": properties["name"].decode(), "multiprocessors": properties["multiProcessorCount"],
        "memory_bytes": properties["totalGlobalMem"], "driver": cupy.cuda.runtime.driverGetVersion(),
        "runtime": cupy.cuda.runtime.runtimeGetVersion(), "cupy": cupy.__version__,
    }  # fmt: skip


def main(out: Path) -> None:
    """Measure, each by itself: what fails is noted, and the others go on."""
    results: Row = {"environment": environment(), "device": device(), "rows": []}
    asked: list[tuple[Callable[..., Row], tuple[Any, ...]]] = [(peak, ())]
    asked += [(kernel, (d, 1)) for d in (8, 16, 24, 32, 48, 64, 96, 128)] + [(kernel, (32, k)) for k in (5, 16)]
    asked += [
        (whole, (kind, rows, 30, runs))
        for rows, runs in ((50_000, 3), (1_000_000, 3), (10_000_000, 1))
        for kind in ("blobs", "correlated", "surface")
    ]
    asked[-3:-3] = [(torch_road, ("correlated", rows, 30)) for rows in (50_000, 1_000_000)]
    for call, words in asked:
        try:
            row = call(*words)
        except Exception as error:
            traceback.print_exc()
            row = {"what": call.__name__, "words": words, "failed": repr(error)}
        results["rows"].append(row)
        print({name: value for name, value in row.items() if name != "roads_"}, flush=True)
        out.write_text(json.dumps(results, indent=1, default=str) + "\n")
        cupy.get_default_memory_pool().free_all_blocks()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("python -m benchmarks.gpu FILE.json: name the file for the results")
    main(Path(sys.argv[1]))
