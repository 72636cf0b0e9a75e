"""Measure what other libraries do on a device, and how long the copies to the device and back take."""

from collections.abc import Callable
from typing import Any

import cupy

from benchmarks.gpu_data import Row, make_on_cpu, make_on_gpu, time_runs
from gpu_smotetomek import SMOTE, SMOTETomek

QUERIES_OF_A_TILE, ROWS_OF_A_TILE = 8192, 2**18  # one tile of products takes 8 GB


def search_with_torch(kind: str, rows: int, d: int, share: int = 50) -> Row:
    """Find the nearest other row of every enlarged row by torch's float32 products and minima, for a `share`-th of the rows."""
    import torch

    torch.backends.cuda.matmul.allow_tf32 = False

    def find_nearest(X: Any, queries: Any) -> None:
        X, queries = torch.from_dlpack(X), torch.from_dlpack(queries)
        norms = (X * X).sum(1)
        for some in queries.split(QUERIES_OF_A_TILE):
            best = torch.full((len(some),), torch.inf, device=X.device)
            for start in range(0, len(X), ROWS_OF_A_TILE):
                end = min(start + ROWS_OF_A_TILE, len(X))
                D = norms[start:end] - 2 * X[some] @ X[start:end].T
                own = torch.nonzero((some >= start) & (some < end))[:, 0]
                D[own, some[own] - start] = torch.inf
                best = torch.minimum(best, D.min(1).values)

    return time_enlarged_search("torch, enlarged data", find_nearest, kind, rows, d, share)


def search_with_cupy(kind: str, rows: int, d: int, share: int = 50) -> Row:
    """Find the same rows by CuPy's products and argmin."""

    def find_nearest(X: Any, queries: Any) -> None:
        norms = (X * X).sum(axis=1)
        for first in range(0, len(queries), QUERIES_OF_A_TILE):
            some = queries[first : first + QUERIES_OF_A_TILE]
            best = cupy.full(len(some), cupy.inf, dtype=X.dtype)
            at = cupy.full(len(some), -1)
            for start in range(0, len(X), ROWS_OF_A_TILE):
                D = norms[start : start + ROWS_OF_A_TILE] - 2 * X[some] @ X[start : start + ROWS_OF_A_TILE].T
                own = cupy.nonzero((some >= start) & (some < start + ROWS_OF_A_TILE))[0]
                D[own, some[own] - start] = cupy.inf
                place = D.argmin(axis=1)
                least = cupy.take_along_axis(D, place[:, None], axis=1)[:, 0]
                best, at = cupy.minimum(best, least), cupy.where(least < best, place + start, at)

    return time_enlarged_search("CuPy, enlarged data", find_nearest, kind, rows, d, share)


def time_enlarged_search(
    what: str, find_nearest: Callable[[Any, Any], None], kind: str, rows: int, d: int, share: int
) -> Row:
    """Search a `share`-th of the enlarged rows among all of them, and return the seconds times `share`."""
    X, y = make_on_gpu(kind, rows, d)
    enlarged, _ = SMOTE(random_state=0).fit_resample(X, y)
    queries = cupy.arange(0, len(enlarged), share)
    find_nearest(enlarged, queries)
    taken = time_runs(lambda: find_nearest(enlarged, queries), 2)
    return {
        "what": what, "case": f"{kind}-{rows}x{d}", "measured": taken, "share": share,
        "seconds": [share * seconds for seconds in taken],
    }  # fmt: skip


def measure_imbalanced_learn(kind: str, rows: int, d: int) -> Row:
    """Measure imbalanced-learn on all cores of the host of the device."""
    from imblearn.combine import SMOTETomek as Theirs

    X, y = make_on_cpu(kind, rows, d)
    taken = time_runs(lambda: Theirs(random_state=0, n_jobs=-1).fit_resample(X, y), 1)
    return {"what": "imbalanced-learn, host", "case": f"{kind}-{rows}x{d}", "seconds": taken}


def measure_transfers(kind: str, rows: int, d: int) -> Row:
    """Measure host rows that are resampled on the device and copied back, and the copies alone."""
    X, y = make_on_cpu(kind, rows, d)
    sampler = SMOTETomek(random_state=0, remove="both", device="cuda")
    sampler.fit_resample(X, y)
    out = cupy.empty((2 * len(X), d), dtype=X.dtype)
    return {
        "what": "SMOTETomek, host to host", "case": f"{kind}-{rows}x{d}",
        "seconds": time_runs(lambda: sampler.fit_resample(X, y), 3),
        "there": time_runs(lambda: cupy.asarray(X), 3), "back": time_runs(out.get, 3), "links": len(sampler.tomek_.links_),
    }  # fmt: skip


def measure_streamed(kind: str, rows: int, d: int, room: int = 2**28) -> Row:
    """Measure the out-of-core search of host rows, with CuPy's pool limited to `room` bytes."""
    X, y = make_on_cpu(kind, rows, d)
    pool, sampler = cupy.get_default_memory_pool(), SMOTETomek(random_state=0, remove="both", device="cuda")
    pool.free_all_blocks()
    pool.set_limit(size=pool.used_bytes() + room)
    try:
        streams, taken = sampler.plan(X, y).streamed, time_runs(lambda: sampler.fit_resample(X, y), 2)
    finally:
        pool.set_limit(size=0)
    return {
        "what": "SMOTETomek, streamed", "case": f"{kind}-{rows}x{d}", "room": room, "streamed": streams,
        "bytes": X.nbytes, "seconds": taken, "links": len(sampler.tomek_.links_),
    }  # fmt: skip


def measure_torch_tensors(kind: str, rows: int, d: int, runs: int) -> Row:
    """Measure SMOTETomek on torch tensors, from the device to the device."""
    import torch

    X, y = (torch.from_dlpack(part) for part in make_on_gpu(kind, rows, d))
    sampler = SMOTETomek(random_state=0, remove="both")
    sampler.fit_resample(X, y)
    taken = time_runs(lambda: sampler.fit_resample(X, y), runs)
    return {"what": "SMOTETomek, torch tensors", "case": f"{kind}-{rows}x{d}", "seconds": taken}
