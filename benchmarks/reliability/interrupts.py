"""Interrupt the command line, and calls in Python, at random times."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import numpy as np

from benchmarks.environment import ROOT, make_child_environment
from benchmarks.reliability import commands
from benchmarks.reliability.commands import COMPLETE, INTACT, LIMIT_SECONDS, Place
from benchmarks.reliability.interrupted_calls import ENDED, STOPPED
from benchmarks.reliability.outcome import OURS, SUBJECTS, Outcome, Size, Trial

EXIT_130 = f"exit 130, {INTACT}"


def run(size: Size) -> Iterator[Outcome]:
    """Interrupt the command, then calls of both sides."""
    rng = np.random.default_rng(0)
    with commands.open_place(".csv") as place:
        for delay in rng.uniform(0, place.seconds, size.times):
            yield interrupt(place, float(delay))
    for subject in SUBJECTS:
        yield from interrupt_calls(subject, size.times)


def interrupt(place: Place, delay: float) -> Outcome:
    """Start the command and interrupt it after a delay; it ends with 130, one message, and the old output."""
    process = place.start()
    time.sleep(delay)
    start = time.perf_counter()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=LIMIT_SECONDS)
    seconds = time.perf_counter() - start
    output, code = place.judge_output(), process.returncode
    if code == 0:
        result = output
    elif (code, err) == (130, "gpu-smotetomek: interrupted\n") and not place.list_others():
        result = f"exit 130, {output}"
    else:
        result = f"{commands.judge_refusal(code, err)}, {output}"
    return Outcome(f"{OURS}, command line", f"{delay:.4f} s", result, seconds if code else None)


def interrupt_calls(subject: str, times: int) -> Iterator[Outcome]:
    """Interrupt calls in another process, and yield what it prints."""
    command = [sys.executable, "-m", "benchmarks.reliability.interrupted_calls", subject, str(times)]
    done = subprocess.run(
        command, cwd=ROOT, env=make_child_environment(), capture_output=True, text=True, timeout=600, check=True
    )
    for line in done.stdout.splitlines():
        case, result, seconds = json.loads(line)
        yield Outcome(f"{subject}, Python", case, result, seconds)


TRIAL = Trial(
    "interrupts",
    "SIGINT at random times. The command ends with 130, one message and the old output, or had written the new one. A call in "
    "Python raises KeyboardInterrupt, and the next call returns the right rows.",
    frozenset({EXIT_130, COMPLETE, STOPPED, ENDED}),
    run,
)
