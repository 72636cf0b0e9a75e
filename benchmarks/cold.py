"""Measure a cold start: seconds from the start of a process to its first result on 1000 rows, imports included."""

import resource
import subprocess
import sys
import time
from collections.abc import Mapping
from statistics import median
from typing import Any

from benchmarks.cases import IL, IX
from benchmarks.environment import ROOT, make_child_environment
from benchmarks.report import TITLES, format_ratio, format_seconds, format_table

MAKE_DATA = "import numpy as np; X, y = np.random.default_rng(0).normal(size=(1000, 20)), np.arange(1000) % 20 == 0; "
RESAMPLE_BY_PEER = "from imblearn.combine import SMOTETomek; SMOTETomek(random_state=0, n_jobs=-1).fit_resample(X, y)"
PROGRAMS = {
    "ours": "from gpu_smotetomek import SMOTETomek; SMOTETomek(random_state=0, remove='both').fit_resample(X, y)",
    IL: RESAMPLE_BY_PEER,
    IX: "from sklearnex import patch_sklearn; patch_sklearn(verbose=False); " + RESAMPLE_BY_PEER,
}


def measure_cold_starts(repeat: int, programs: Mapping[str, str] = PROGRAMS) -> list[dict[str, Any]]:
    """Run each program once in each round, and return seconds and CPU seconds; a program that fails is `absent`."""
    runs: dict[str, list[tuple[float, float]]] = {peer: [] for peer in programs}
    for _ in range(repeat):
        for peer, program in programs.items():
            cpu, start = count_cpu_seconds(), time.perf_counter()
            command = [sys.executable, "-c", MAKE_DATA + program]
            done = subprocess.run(command, cwd=ROOT, env=make_child_environment(), capture_output=True, check=False)
            if done.returncode == 0:
                runs[peer].append((time.perf_counter() - start, count_cpu_seconds() - cpu))
    return [_summarize(peer, found) for peer, found in runs.items()]


def _summarize(peer: str, runs: list[tuple[float, float]]) -> dict[str, Any]:
    if not runs:
        return {"peer": peer, "status": "absent"}
    seconds, cpu_seconds = zip(*runs, strict=True)
    middle = {"seconds": median(seconds), "cpu_seconds": median(cpu_seconds)}
    return {"peer": peer, "status": "measured", **middle, "runs": seconds}


def count_cpu_seconds() -> float:
    """Return the CPU seconds of all child processes that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def format_cold_starts(rows: list[dict[str, Any]]) -> str:
    """Format a table with the median of each program, and how many times as long as ours it took."""
    ours = next((row["seconds"] for row in rows if row["peer"] == "ours" and "seconds" in row), None)
    body = []
    for row in rows:
        cells = ["absent", "–", "–"]
        if "seconds" in row:
            ratio = "–" if ours is None else f"{format_ratio(row['seconds'] / ours)}×"
            cells = [format_seconds(row["seconds"]), format_seconds(row["cpu_seconds"]), ratio]
        body.append([TITLES.get(row["peer"], row["peer"]), *cells])
    return format_table(["cold start", "seconds", "CPU seconds", "times ours"], body) + "\n"
