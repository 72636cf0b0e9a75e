"""Run the trials and count their outcomes."""

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from statistics import median
from typing import Any

from benchmarks.reliability import bombs, faults, fuzz, hostile, interrupts, kills, layouts, relations, threads
from benchmarks.reliability.outcome import FULL, QUICK, Outcome, Trial

MODULES = (hostile, relations, layouts, threads, interrupts, kills, faults, bombs, fuzz)
TRIALS: list[Trial] = [module.TRIAL for module in MODULES]
MOST_FAULTS_LISTED = 60


def run_trials(names: list[str], *, quick: bool, log: Callable[[str], None]) -> Iterator[list[dict[str, Any]]]:
    """Run the kinds of trials of these names, or all, and yield the rows of each kind, one for each package on trial.

    Kinds run one after the other; in the quick form two at a time.
    """

    def run(trial: Trial) -> list[dict[str, Any]]:
        start = time.perf_counter()
        rows = count_outcomes(trial, trial.run(QUICK if quick else FULL))
        log(f"{trial.name}: {sum(row['n'] for row in rows)} trials, {time.perf_counter() - start:.0f} s")
        return rows

    chosen = [trial for trial in TRIALS if not names or trial.name in names]
    with ThreadPoolExecutor(2 if quick else 1) as pool:
        yield from pool.map(run, chosen)


def count_outcomes(trial: Trial, outcomes: Iterable[Outcome]) -> list[dict[str, Any]]:
    """Count the results of each package on trial, and list its faults."""
    by_subject: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        by_subject[outcome.subject].append(outcome)
    rows = []
    for subject, found in by_subject.items():
        faults = [f"{outcome.case}: {outcome.result}" for outcome in found if outcome.result not in trial.right]
        seconds = [outcome.seconds for outcome in found if outcome.seconds is not None]
        answer = {"answer_seconds": {"median": median(seconds), "largest": max(seconds)}} if seconds else {}
        rows.append(
            {
                "trial": trial.name, "subject": subject, "n": len(found), "n_faults": len(faults),
                "outcomes": dict(Counter(outcome.result for outcome in found)), "faults": faults[:MOST_FAULTS_LISTED], **answer,
            }
        )  # fmt: skip
    return rows
