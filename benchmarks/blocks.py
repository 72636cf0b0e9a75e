"""Measure tables that are resampled in blocks beside one process that holds the whole table: `python -m benchmarks blocks`.

Each figure is of a process of its own, which gets the table as files of NumPy.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.data import make_blobs, make_correlated, make_overlap
from benchmarks.environment import describe_environment, make_child_environment

TABLES: dict[str, tuple[Callable[..., Any], int, int]] = {
    "blobs": (make_blobs, 150_000, 30),
    "correlated": (make_correlated, 400_000, 30),
    "overlap": (make_overlap, 100_000, 3),
}
"""Function that makes a table, its rows and its features."""
ROUTES = ("in memory", "in blocks", "Dask, 1 worker", "Dask, 2 workers")
BLOCKS_OF_DASK = 8
MEMORY_LIMIT = 32 * 2**20  # of the route in blocks, whose blocks take a quarter
FILE = "blocks.json"
RESULTS = Path(__file__).parent / "results"


def add_blocks(verbs: Any) -> None:
    """Add the verb to the parser."""
    verb = verbs.add_parser("blocks", help="measure tables in blocks beside one process that holds the whole table")
    verb.add_argument("--share", type=float, default=1.0, metavar="S", help="share of the rows (default: all)")
    verb.add_argument("--out", type=Path, default=RESULTS, metavar="DIR", help="where the results go")


def run_blocks(args: argparse.Namespace) -> None:
    """Measure all tables by all routes, print the table, and write it and the JSON."""
    results: dict[str, Any] = {"verb": "blocks", "environment": describe_environment(), "rows": []}
    for name, (make, n, d) in TABLES.items():
        rows = max(500, int(n * args.share))
        with tempfile.TemporaryDirectory() as folder:
            X, y = make(rows, d)[:2]
            np.save(Path(folder) / "X.npy", np.ascontiguousarray(X))
            np.save(Path(folder) / "y.npy", y)
            for route in ROUTES:
                print(f"{name}, {rows} rows, {route}", file=sys.stderr, flush=True)
                results["rows"].append(
                    {"table": name, "rows": rows, "features": d, "route": route, **measure(folder, route)}
                )
    hashes = {(row["table"], row["sum"]) for row in results["rows"]}
    assert len(hashes) == len(TABLES), "the routes give different rows"
    args.out.mkdir(parents=True, exist_ok=True)
    (args.out / FILE).write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n")
    print(format_blocks(results))


def measure(folder: str, route: str) -> dict[str, Any]:
    """The figures of one route, from a process of its own."""
    command = [sys.executable, "-m", "benchmarks.blocks", folder, route]
    done = subprocess.run(command, env=make_child_environment(), capture_output=True, text=True, check=True)
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return figures


def format_blocks(results: dict[str, Any]) -> str:
    """The figures as a table of Markdown."""
    lines = [
        "| table | route | seconds | CPU seconds | peak memory, MB | tasks |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for row in results["rows"]:
        table = f"{row['table']}, {row['rows']:,} × {row['features']}"
        cells = [
            f"{row['seconds']:.1f}",
            f"{row['cpu_seconds']:.1f}",
            f"{row['peak_bytes'] / 1e6:,.0f}",
            str(row["tasks"] or ""),
        ]
        lines.append(f"| {table} | {row['route']} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


# ---- the measured process -------------------------------------------------------------------------------------------


def resample_in_memory(folder: Path) -> tuple[Any, int]:
    """`fit_resample` of the whole table."""
    from gpu_smotetomek import SMOTETomek

    return SMOTETomek(random_state=0).fit_resample(np.load(folder / "X.npy"), np.load(folder / "y.npy"))[0], 0


def resample_in_blocks(folder: Path) -> tuple[Any, int]:
    """`resample_dataset`, from files to files."""
    from gpu_smotetomek import SMOTETomek, resample_dataset

    resample_dataset(folder, out=folder / "balanced", sampler=SMOTETomek(random_state=0), memory_limit=MEMORY_LIMIT)
    return folder / "balanced", 0


def resample_by_dask(folder: Path, n_workers: int) -> tuple[Any, int, list[int]]:
    """Links and rows on workers of one thread each; the rows stay there but for their sum."""
    import dask.array as da
    from distributed import Client, LocalCluster

    from gpu_smotetomek.dask import SMOTETomek

    X, y = np.load(folder / "X.npy"), np.load(folder / "y.npy")
    size = -(-len(X) // BLOCKS_OF_DASK)
    with (
        LocalCluster(n_workers=n_workers, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        rows, _ = SMOTETomek(random_state=0).fit_resample(da.from_array(X, (size, -1)), da.from_array(y, size))
        found = rows.compute()
        return found, sum(client.run(count_finished).values()), list(client.run(read_peak_bytes).values())


def count_finished(dask_worker: Any) -> int:
    """Tasks that a worker has finished."""
    return int(dask_worker.state.executed_count)


def main(folder: str, route: str) -> None:
    """Run one route, and print its figures."""
    import resource

    start, before = time.perf_counter(), sum_cpu_seconds(resource)
    if route == "in memory":
        found, tasks, peaks_of_workers = *resample_in_memory(Path(folder)), []
    elif route == "in blocks":
        found, tasks, peaks_of_workers = *resample_in_blocks(Path(folder)), []
    else:
        found, tasks, peaks_of_workers = resample_by_dask(Path(folder), int(route.split()[1]))
    seconds, cpu_seconds = time.perf_counter() - start, sum_cpu_seconds(resource) - before
    peaks = [read_peak_bytes(), *peaks_of_workers]
    rows = np.load(found / "X.npy") if isinstance(found, Path) else found
    figures = {"seconds": seconds, "cpu_seconds": cpu_seconds, "peak_bytes": max(peaks), "tasks": tasks}
    print(json.dumps({**figures, "sum": hash_rows(rows)}))


def read_peak_bytes() -> int:
    """Largest memory of this process since its program began; that of `getrusage` includes the process that started it."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))


def hash_rows(rows: Any) -> str:
    """SHA-256 of the bytes of rows."""
    import hashlib

    return hashlib.sha256(np.ascontiguousarray(rows).tobytes()).hexdigest()


def sum_cpu_seconds(resource: Any) -> float:
    """CPU seconds of this process and of those that it waited for."""
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return float(sum(usage.ru_utime + usage.ru_stime for usage in usages))


if __name__ == "__main__":
    main(*sys.argv[1:])
