"""Measure one peer on one case in this process: `python -m benchmarks.one SPEC` prints JSON.

`runner` starts it. SPEC is JSON with the keys peer, options, task, folder, calls and budget.
"""

import json
import resource
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from scipy import sparse

from benchmarks.peers import PEERS, Unsupported, read_outcome

REPEAT_BELOW_SECONDS = 0.25  # repeat the call until all calls together take this long, at most MOST_CALLS times
MOST_CALLS = 20


def main(text: str) -> None:
    """Measure as the specification says and print the result; a peer that is missing or takes no such data is `absent`."""
    spec = json.loads(text)
    try:
        result = {"status": "measured", **measure_peer(**spec)}
    except (ImportError, Unsupported) as error:
        result = {"status": "absent", "why": str(error)}
    print(json.dumps(result, default=lambda value: value.item()))


def measure_peer(
    peer: str, options: dict[str, str], task: str, folder: str, calls: int, budget: float
) -> dict[str, Any]:
    """Return seconds, answer and memory of `peer` on the data in `folder`."""
    X, y = load_data(Path(folder))
    sampler = PEERS[peer](task, options)
    prepare = getattr(sampler, "prepare", lambda *_: None)
    cold = warm_up(sampler, prepare, X, y)
    prepare(X, y)

    before = read_memory("VmRSS")
    reset_peak_memory()
    times, (X_out, y_out) = time_call(sampler, X, y)
    beyond = read_memory("VmHWM") - before - count_bytes(X_out) - y_out.nbytes
    while (sum(times) < REPEAT_BELOW_SECONDS and len(times) < MOST_CALLS) or (
        len(times) < calls and sum(times) < budget
    ):
        times += time_call(sampler, X, y)[0]

    answer = {} if peer == "floor" else read_outcome(sampler, X.shape[0], X_out, y_out)
    return {
        "seconds": median(times), "calls": len(times), "cold_seconds": cold,
        "shape": X.shape, "dtype": str(getattr(X, "dtype", "mixed")),
        "peak_bytes": read_memory("VmHWM"), "beyond_bytes": max(0, beyond), "threadpools": list_threadpools(), **answer,
    }  # fmt: skip


def time_call(sampler: Any, X: np.ndarray, y: np.ndarray) -> tuple[list[float], tuple[np.ndarray, np.ndarray]]:
    """Call `fit_resample` once and return ([seconds], its result)."""
    start = time.perf_counter()
    out = sampler.fit_resample(X, y)
    return [time.perf_counter() - start], out


def warm_up(sampler: Any, prepare: Any, X: Any, y: np.ndarray) -> float:
    """Return the seconds of a first small call, which pays for late imports, thread pools and caches."""
    if hasattr(X, "columns"):  # a frame: its first rows
        return time_call(sampler, X[:1_000], y[:1_000])[0][0]
    rng = np.random.default_rng(1)
    small, y = rng.standard_normal((1_000, min(20, X.shape[1]))), (np.arange(1_000) % 20 == 0).astype(int)
    small = sparse.csr_matrix(small.astype(X.dtype)) if sparse.issparse(X) else small.astype(X.dtype)
    prepare(small, y)
    return time_call(sampler, small, y)[0][0]


def load_data(folder: Path) -> tuple[Any, np.ndarray]:
    """Load the rows, an array, a CSR matrix or a frame, and their classes."""
    y = np.load(folder / "y.npy")
    if (folder / "X.pkl").exists():
        import pandas

        return pandas.read_pickle(folder / "X.pkl"), y
    file = folder / "X.npy"
    return np.load(file) if file.exists() else sparse.load_npz(folder / "X.npz"), y


def count_bytes(X: Any) -> int:
    """Return the bytes of an array, of the arrays of a CSR matrix, or of a frame."""
    if hasattr(X, "columns"):
        return int(X.memory_usage(index=False, deep=True).sum())
    return X.data.nbytes + X.indices.nbytes + X.indptr.nbytes if sparse.issparse(X) else X.nbytes


def read_memory(field: str) -> int:
    """Return the bytes that this process holds (VmRSS) or held at most (VmHWM).

    getrusage is less exact: it starts from the size of the parent process, and cannot be reset.
    """
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text().splitlines():
            if line.startswith(field + ":"):
                return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def reset_peak_memory() -> None:
    """Reset VmHWM to the present size, if the system allows it."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return


def list_threadpools() -> list[dict[str, Any]]:
    """Return the loaded BLAS and OpenMP libraries, with the kernels that they use."""
    from threadpoolctl import threadpool_info

    wanted = ("user_api", "internal_api", "version", "architecture", "num_threads")
    pools = threadpool_info()
    return [{key: pool.get(key) for key in wanted} | {"library": Path(pool["filepath"]).parent.name} for pool in pools]


if __name__ == "__main__":
    main(sys.argv[1])
