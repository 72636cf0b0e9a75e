"""What others do with a device, and what the way there and back takes."""

from collections.abc import Callable
from typing import Any

import cupy

from benchmarks.gpu_data import Row, make_on_cpu, make_on_gpu, time_runs
from gpu_smotetomek import SMOTE, SMOTETomek

QUERIES_OF_A_TILE, ROWS_OF_A_TILE = 8192, 2**18  # of a tile of products: 8 GB


def search_with_torch(kind: str, rows: int, d: int, share: int = 50) -> Row:
    """The nearest other row of every enlarged row by torch's products and minima, in float32: a `share`-th of the queries."""
    import torch

    torch.backends.cuda.matmul.allow_tf32 = False

    def nearest(X: Any, queries: Any) -> None:
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

    return time_enlarged_search("torch, enlarged data", nearest, kind, rows, d, share)


def search_with_cupy(kind: str, rows: int, d: int, share: int = 50) -> Row:
    """The same by CuPy's products and argmin."""

    def nearest(X: Any, queries: Any) -> None:
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

    return time_enlarged_search("CuPy, enlarged data", nearest, kind, rows, d, share)


def time_enlarged_search(
    what: str, nearest: Callable[[Any, Any], None], kind: str, rows: int, d: int, share: int
) -> Row:
    """Seconds of a search of a `share`-th of the enlarged rows among all of them, times `share`."""
    X, y = make_on_gpu(kind, rows, d)
    enlarged, _ = SMOTE(random_state=0).fit_resample(X, y)
    queries = cupy.arange(0, len(enlarged), share)
    nearest(enlarged, queries)
    taken = time_runs(lambda: nearest(enlarged, queries), 2)
    return {
        "what": what, "case": f"{kind}-{rows}x{d}", "measured": taken, "share": share,
        "seconds": [share * seconds for seconds in taken],
    }  # fmt: skip


def measure_imbalanced_learn(kind: str, rows: int, d: int) -> Row:
    """imbalanced-learn on the host beside the device, on all its cores."""
    from imblearn.combine import SMOTETomek as Theirs

    X, y = make_on_cpu(kind, rows, d)
    taken = time_runs(lambda: Theirs(random_state=0, n_jobs=-1).fit_resample(X, y), 1)
    return {"what": "imbalanced-learn, host", "case": f"{kind}-{rows}x{d}", "seconds": taken}


def measure_transfers(kind: str, rows: int, d: int) -> Row:
    """Rows of the host that are resampled on the device and come back; and the way there and back alone."""
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
    """Rows of the host through a device of which CuPy's pool may take `room` bytes."""
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
    """SMOTETomek of a tensor, from the device to the device."""
    import torch

    X, y = (torch.from_dlpack(part) for part in make_on_gpu(kind, rows, d))
    sampler = SMOTETomek(random_state=0, remove="both")
    sampler.fit_resample(X, y)
    taken = time_runs(lambda: sampler.fit_resample(X, y), runs)
    return {"what": "SMOTETomek, torch tensors", "case": f"{kind}-{rows}x{d}", "seconds": taken}
