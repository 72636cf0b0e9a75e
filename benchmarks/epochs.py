"""Measure `fit_resample` beside `resample` of a prepared table, seed by seed: `python -m benchmarks epochs`."""

import time
from collections.abc import Callable
from statistics import median
from typing import Any

import numpy as np

from benchmarks import report, samplers
from benchmarks.one import read_memory
from benchmarks.peers import hash_rows

Timed = tuple[dict[str, float], Any]


def time_once(call: Callable[[], Any]) -> Timed:
    """Return seconds, seconds of all processors together, and the result of a call."""
    start, work = time.perf_counter(), time.process_time()
    result = call()
    return {"seconds": time.perf_counter() - start, "cpu_seconds": time.process_time() - work}, result


def summarize(runs: list[dict[str, float]]) -> dict[str, Any]:
    """Return medians, extremes and all seconds of some runs."""
    seconds = [run["seconds"] for run in runs]
    work = median(run["cpu_seconds"] for run in runs)
    return {
        "seconds": median(seconds), "cpu_seconds": work, "fastest": min(seconds), "slowest": max(seconds), "runs": seconds,
    }  # fmt: skip


def measure_epochs(name: str, kind: str, rows: int, d: int, repeat: int, options: dict[str, str]) -> dict[str, Any]:
    """Measure a sampler on data of a kind: both calls take turns, each round has a seed of its own, all answers are compared.

    `copy` is a copy of the result into new memory. No resampling can be faster, as it writes the same rows.
    """
    X, y = samplers.KINDS[kind](rows, d, 0)
    sampler = samplers.ENTRIES[name].make_ours(options)
    seeds = [parameter for parameter in sampler.get_params() if parameter == "random_state"]
    sampler.fit_resample(X[:2_000], y[:2_000])  # imports and threads
    before = read_memory("VmRSS")
    preparation, prepared = time_once(lambda: sampler.prepare(X, y))
    held = read_memory("VmRSS") - before
    fits, resamples, copies, same = [], [], [], True
    for seed in range(1, repeat + 1):
        sampler.set_params(**dict.fromkeys(seeds, seed))
        run, expected = time_once(lambda: sampler.fit_resample(X, y))
        fits.append(run)
        run, found = time_once(lambda seed=seed: prepared.resample(seed))
        resamples.append(run)
        copies.append(time_once(lambda found=found: (np.array(found[0]), np.array(found[1])))[0])
        same = same and hash_rows(*found) == hash_rows(*expected)
    return {
        "case": f"{kind}-{rows}x{d}", "sampler": name, "shape": X.shape, "prepare": preparation, "held_bytes": max(0, held),
        "fit_resample": summarize(fits), "resample": summarize(resamples), "copy": summarize(copies), "same": same,
    }  # fmt: skip


def format_epochs(results: dict[str, Any]) -> str:
    """Format the heading and the table: seconds of each call, the shares, the memory, and whether the rows are the same."""
    titles = [
        "data", "sampler", "`prepare`", "`fit_resample`", "`resample`", "share", "share of CPU time", "copy of the result",
        "memory held", "same rows",
    ]  # fmt: skip
    body = [_format_row(row) for row in results["rows"]]
    return "\n".join([report.format_heading(results), "", report.format_table(titles, body)]) + "\n"


def _format_row(row: dict[str, Any]) -> list[str]:
    fit, again = row["fit_resample"], row["resample"]
    return [
        row["case"],
        row["sampler"],
        *(report.format_seconds(part["seconds"]) for part in (row["prepare"], fit, again)),
        f"{again['seconds'] / fit['seconds']:.2f}",
        f"{again['cpu_seconds'] / fit['cpu_seconds']:.2f}",
        report.format_seconds(row["copy"]["seconds"]),
        f"{row['held_bytes'] / 2**20:.0f} MiB",
        "yes" if row["same"] else "**no**",
    ]
