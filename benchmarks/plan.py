"""Compare the seconds that `plan` estimates with those that the call takes, case by case."""

import time
from collections.abc import Callable
from typing import Any

from benchmarks.cases import Case, store_data
from benchmarks.one import load_data, warm_up
from gpu_smotetomek import SMOTETomek

WITHIN_FACTOR = 3.0
REPEAT_BELOW_SECONDS = 2.0  # a longer call is measured once


def compare_plans(cases: list[Case], most_rows: int, log: Callable[[str], None]) -> list[dict[str, Any]]:
    """Return estimate and truth of each case of SMOTETomek, with at most so many rows where their number is free."""
    return [
        compare_plan(case, min(case.rows, most_rows) if case.sized else case.rows, log)
        for case in cases
        if case.task == "smotetomek"
    ]


def compare_plan(case: Case, rows: int, log: Callable[[str], None]) -> dict[str, Any]:
    """Return estimate and truth of one case; both are for one thread.

    The truth is CPU time, of which other work on the machine takes nothing, and the least of three calls.
    """
    log(f"{case.name}: {rows} rows")
    X, y = load_data(store_data(case, rows))
    sampler = SMOTETomek(random_state=0, n_jobs=1)
    warm_up(sampler, lambda *_: None, X, y)
    estimate = sampler.plan(X, y).seconds
    times: list[float] = []
    while len(times) < 3 and sum(times) < REPEAT_BELOW_SECONDS:
        start = time.process_time()
        sampler.fit_resample(X, y)
        times.append(time.process_time() - start)
    ratio = estimate / min(times)
    return {"case": case.name, "rows": rows, "estimate": estimate, "seconds": min(times), "ratio": ratio}


def format_plans(results: list[dict[str, Any]]) -> str:
    """Return a Markdown table, with the number of cases whose estimate is within the factor."""
    lines = ["| case | rows | estimate | truth | ratio |", "|---|---:|---:|---:|---:|"]
    for row in results:
        cells = f"{row['rows']:,} | {row['estimate']:.3f} s | {row['seconds']:.3f} s | {row['ratio']:.2f}"
        lines.append(f"| {row['case']} | {cells} |")
    within = sum(1 / WITHIN_FACTOR <= row["ratio"] <= WITHIN_FACTOR for row in results)
    return "\n".join([*lines, "", f"{within} of {len(results)} estimates are within a factor of {WITHIN_FACTOR:g}."])
