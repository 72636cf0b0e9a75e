"""What others do with a device, and what the way there and back takes."""

from collections.abc import Callable
from typing import Any

import cupy

from benchmarks.gpu_data import Row, made, placed, timed
from gpu_smotetomek import SMOTE, SMOTETomek

QUERIES, ROWS = 8192, 2**18  # of a tile of products: 8 GB


def torch_road(kind: str, rows: int, d: int, share: int = 50) -> Row:
    """The nearest other row of every enlarged row by torch's products and minima, in float32: a `share`-th of the queries."""
    import torch

    torch.backends.cuda.matmul.allow_tf32 = False

    def nearest(X: Any, queries: Any) -> None:
        X, queries = torch.from_dlpack(X), torch.from_dlpack(queries)
        norms = (X * X).sum(1)
        for some in queries.split(QUERIES):
            best = torch.full((len(some),), torch.inf, device=X.device)
            for start in range(0, len(X), ROWS):
                end = min(start + ROWS, len(X))
                D = norms[start:end] - 2 * X[some] @ X[start:end].T
                own = torch.nonzero((some >= start) & (some < end))[:, 0]
                D[own, some[own] - start] = torch.inf
                best = torch.minimum(best, D.min(1).values)

    return enlarged_searched("torch, enlarged data", nearest, kind, rows, d, share)


def cupy_road(kind: str, rows: int, d: int, share: int = 50) -> Row:
    """The same by CuPy's products and argmin."""

    def nearest(X: Any, queries: Any) -> None:
        norms = (X * X).sum(axis=1)
        for first in range(0, len(queries), QUERIES):
            some = queries[first : first + QUERIES]
            best = cupy.full(len(some), cupy.inf, dtype=X.dtype)
            at = cupy.full(len(some), -1)
            for start in range(0, len(X), ROWS):
                D = norms[start : start + ROWS] - 2 * X[some] @ X[start : start + ROWS].T
                own = cupy.nonzero((some >= start) & (some < start + ROWS))[0]
                D[own, some[own] - start] = cupy.inf
                place = D.argmin(axis=1)
                least = cupy.take_along_axis(D, place[:, None], axis=1)[:, 0]
                best, at = cupy.minimum(best, least), cupy.where(least < best, place + start, at)

    return enlarged_searched("CuPy, enlarged data", nearest, kind, rows, d, share)


def enlarged_searched(what: str, nearest: Callable[[Any, Any], None], kind: str, rows: int, d: int, share: int) -> Row:
    """Seconds of a search of a `share`-th of the enlarged rows among all of them, times `share`."""
    X, y = placed(kind, rows, d)
    enlarged, _ = SMOTE(random_state=0).fit_resample(X, y)
    queries = cupy.arange(0, len(enlarged), share)
    nearest(enlarged, queries)
    taken = timed(lambda: nearest(enlarged, queries), 2)
    return {
        "what": what, "case": f"{kind}-{rows}x{d}", "measured": taken, "share": share,
        "seconds": [share * seconds for seconds in taken],
    }  # fmt: skip


def imbalanced_learn(kind: str, rows: int, d: int) -> Row:
    """imbalanced-learn on the host beside the device, on all its cores."""
    from imblearn.combine import SMOTETomek as Theirs

    X, y = made(kind, rows, d)
    taken = timed(lambda: Theirs(random_state=0, n_jobs=-1).fit_resample(X, y), 1)
    return {"what": "imbalanced-learn, host", "case": f"{kind}-{rows}x{d}", "seconds": taken}


def transfers(kind: str, rows: int, d: int) -> Row:
    """Rows of the host that are resampled on the device and come back; and the way there and back alone."""
    X, y = made(kind, rows, d)
    sampler = SMOTETomek(random_state=0, remove="both", device="cuda")
    sampler.fit_resample(X, y)
    out = cupy.empty((2 * len(X), d), dtype=X.dtype)
    return {
        "what": "SMOTETomek, host to host", "case": f"{kind}-{rows}x{d}",
        "seconds": timed(lambda: sampler.fit_resample(X, y), 3),
        "there": timed(lambda: cupy.asarray(X), 3), "back": timed(out.get, 3), "links": len(sampler.tomek_.links_),
    }  # fmt: skip


def streamed(kind: str, rows: int, d: int, room: int = 2**28) -> Row:
    """Rows of the host through a device of which CuPy's pool may take `room` bytes."""
    X, y = made(kind, rows, d)
    pool, sampler = cupy.get_default_memory_pool(), SMOTETomek(random_state=0, remove="both", device="cuda")
    pool.free_all_blocks()
    pool.set_limit(size=pool.used_bytes() + room)
    try:
        streams, taken = sampler.plan(X, y).streamed, timed(lambda: sampler.fit_resample(X, y), 2)
    finally:
        pool.set_limit(size=0)
    return {
        "what": "SMOTETomek, streamed", "case": f"{kind}-{rows}x{d}", "room": room, "streamed": streams,
        "bytes": X.nbytes, "seconds": taken, "links": len(sampler.tomek_.links_),
    }  # fmt: skip


def torch_tensors(kind: str, rows: int, d: int, runs: int) -> Row:
    """SMOTETomek of a tensor, from the device to the device."""
    import torch

    X, y = (torch.from_dlpack(part) for part in placed(kind, rows, d))
    sampler = SMOTETomek(random_state=0, remove="both")
    sampler.fit_resample(X, y)
    taken = timed(lambda: sampler.fit_resample(X, y), runs)
    return {"what": "SMOTETomek, torch tensors", "case": f"{kind}-{rows}x{d}", "seconds": taken}
