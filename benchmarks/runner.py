"""Measure every peer once in each round, each in a process of its own, and extrapolate slow peers."""

import json
import math
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from benchmarks.cases import IL, Case, store_data
from benchmarks.environment import ROOT, make_child_environment

Run = dict[str, Any]
EXTRAPOLATE_ABOVE_ROWS = 100_000  # larger cases begin with small sizes, to see whether the peer stays within its limit
SMALLEST_ROWS_OF_GROWTH = 5_000  # growth is not measured below this size


@dataclass(frozen=True)
class Settings:
    """Limits of a run: rounds, seconds for each process, and seconds for each peer in each case."""

    repeat: int = 3
    limit: float = 60.0
    budget: float = 15.0
    options: dict[str, str] = field(default_factory=dict)  # parameters of our estimators
    log: Callable[[str], None] = print


def measure(case: Case, peers: list[str], settings: Settings) -> list[Run]:
    """Return one summary for each peer, with the answers compared.

    A peer stops after its budget is spent. A peer over its limit is extrapolated from smaller data of the same kind.
    """
    runs: dict[str, list[Run]] = {peer: [] for peer in peers}
    ended = {}
    for peer in peers:
        if case.rows > EXTRAPOLATE_ABOVE_ROWS and _can_extrapolate(case, peer):
            ended[peer] = measure_growth(case, peer, settings, halve_repeatedly(case.rows))
    for _ in range(settings.repeat):
        for peer in peers:
            if peer in ended or sum(run["seconds"] * run["calls"] for run in runs[peer]) > settings.budget:
                continue
            run = run_in_process(case, case.rows, peer, settings)
            if run["status"] == "measured":
                runs[peer].append(run)
            elif runs[peer]:
                ended[peer] = summarize(runs[peer])
            else:
                slow = run["status"] == "over limit" and _can_extrapolate(case, peer)
                ended[peer] = measure_growth(case, peer, settings, halve_repeatedly(case.rows)[:-1]) if slow else run
    return compare_answers(
        [{"case": case.name, "peer": peer, **(ended.get(peer) or summarize(runs[peer]))} for peer in peers]
    )


def _can_extrapolate(case: Case, peer: str) -> bool:
    return case.sized and peer not in ("ours", "floor") and ":" not in peer


def run_in_process(case: Case, rows: int, peer: str, settings: Settings) -> Run:
    """Measure once in a new process; `peer` may include a backend, as in `ours:kdtree`."""
    name, _, backend = peer.partition(":")
    options = {**settings.options, **({"backend": backend} if backend else {})}
    spec = {
        "peer": name, "options": options if name == "ours" else {}, "task": case.task,
        "folder": str(store_data(case, rows)), "calls": 5 if name == "floor" else 1, "budget": settings.limit / 4,
    }  # fmt: skip
    command = [sys.executable, "-m", "benchmarks.one", json.dumps(spec)]
    settings.log(f"{case.name}: {peer}, {rows} rows")
    try:
        done = subprocess.run(
            command, cwd=ROOT, env=make_child_environment(), capture_output=True, text=True, timeout=settings.limit
        )
    except subprocess.TimeoutExpired:
        return {"status": "over limit", "why": f"over {settings.limit:g} s"}
    if done.returncode:
        said = done.stderr.strip().splitlines() or [f"exit {done.returncode}"]
        return {"status": "failed", "why": said[-1], "trace": said[-12:]}
    return json.loads(done.stdout.splitlines()[-1])


def measure_growth(case: Case, peer: str, settings: Settings, ladder: list[int]) -> Run:
    """Measure growing sizes while the next one should stay within the limit, and extrapolate from the last two.

    Our answer at the largest of these sizes is recorded too, so that an extrapolated peer is still compared.
    """
    steps: list[tuple[int, float]] = []
    last: Run = {}
    for rows in ladder:
        if len(steps) > 1 and extrapolate(steps, rows)[0] > settings.limit:
            break
        run = run_in_process(case, rows, peer, settings)
        if run["status"] != "measured":
            break
        last, steps = run, [*steps, (rows, run["seconds"])]
    if len(steps) < 2:
        return run
    if steps[-1][0] == case.rows:
        return {**summarize([last]), "steps": steps}
    seconds, exponent = extrapolate(steps, case.rows)
    extrapolated = {"status": "extrapolated", "seconds": seconds, "exponent": exponent, "steps": steps}
    ours = run_in_process(case, steps[-1][0], "ours", settings)
    if ours["status"] != "measured":
        return extrapolated
    beside = {"rows": steps[-1][0], "links": last["links"], "agrees": ours["removed"] == last["removed"]}
    return {**extrapolated, "beside_ours": {**beside, "ours_links": ours["links"], "ours_seconds": ours["seconds"]}}


def halve_repeatedly(rows: int) -> list[int]:
    """Halve `rows` repeatedly, down to SMALLEST_ROWS_OF_GROWTH, and return the sizes in ascending order."""
    count = max(1, int(math.log2(max(1, rows / SMALLEST_ROWS_OF_GROWTH))))
    return [rows >> shift for shift in range(count, -1, -1)]


def extrapolate(steps: list[tuple[int, float]], rows: int) -> tuple[float, float]:
    """Return (seconds at `rows`, exponent) of the power law through the last two steps."""
    (n0, t0), (n1, t1) = steps[-2:]
    exponent = math.log(t1 / t0) / math.log(n1 / n0)
    return t1 * (rows / n1) ** exponent, exponent


def summarize(runs: list[Run]) -> Run:
    """Summarize runs: median seconds, spread, and the answer, with `stable` if it is the same in every run."""
    times = [run["seconds"] for run in runs]
    answers = {run.get("removed") for run in runs}
    most = {name: max(run[name] for run in runs) for name in ("peak_bytes", "beyond_bytes")}
    spread = {"seconds": median(times), "fastest": min(times), "slowest": max(times), "runs": times}
    return {**runs[0], **most, **spread, "stable": len(answers) == 1}


def compare_answers(rows: list[Run]) -> list[Run]:
    """Add `agrees` to each row: whether it removed the rows that imbalanced-learn removed, or ours if that is missing."""
    answers = {row["peer"]: row["removed"] for row in rows if "removed" in row}
    reference = IL if IL in answers else "ours"
    for row in rows:
        if "removed" in row and reference in answers:
            row.update(reference=reference, agrees=row["stable"] and row["removed"] == answers[reference])
    return rows
