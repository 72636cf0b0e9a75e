"""Run cases in another process, one after the other, because a case may end the process that tries it.

A module of such cases has three functions. `list_cases(size)` returns their names in a fixed order. `try_case(subject, case)`
returns a result, or None for a case that does not apply. `may_harm(case)` is true for cases that run in a process of their own
each. These come first: no thread has been started then, so that a fork is safe.
"""

import importlib
import json
import os
import resource
import signal
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import astuple

from benchmarks.environment import ROOT, make_child_environment
from benchmarks.reliability.outcome import Outcome, Size
from benchmarks.reliability.subjects import make_sampler

SECONDS_OF_CASE = 20
LARGEST_MEMORY = 8 * 2**30
NO_ANSWER = f"no answer in {SECONDS_OF_CASE} s"


def run_cases(module: str, subject: str, size: Size) -> Iterator[Outcome]:
    """Yield the outcome of each case; after a case that ends the process, another process goes on with the next case."""
    cases = importlib.import_module(module).list_cases(size)
    n_done = 0
    while n_done < len(cases):
        command = [
            sys.executable,
            "-m",
            "benchmarks.reliability.child",
            module,
            subject,
            str(n_done),
            *map(str, astuple(size)),
        ]
        with subprocess.Popen(
            command,
            cwd=ROOT,
            env=make_child_environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        ) as process:
            assert process.stdout is not None
            for line in process.stdout:
                if result := json.loads(line):
                    yield Outcome(subject, cases[n_done], result)
                n_done += 1
        if process.returncode != 0 and n_done < len(cases):
            yield Outcome(subject, cases[n_done], describe_end(process.returncode))
            n_done += 1


def describe_end(code: int) -> str:
    """Describe how a process ended that should have gone on."""
    if code == -signal.SIGALRM:
        return NO_ANSWER
    return f"the process ended by {signal.Signals(-code).name}" if code < 0 else f"the process ended with {code}"


def main(module: str, subject: str, start: str, *counts: str) -> None:
    """Try the cases from number `start` on, and print one result a line, as JSON."""
    cases = importlib.import_module(module)
    make_sampler(subject, "SMOTETomek")  # imports are done before the forks
    warnings.simplefilter("ignore")
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for case in cases.list_cases(Size(*map(int, counts)))[int(start) :]:
        if cases.may_harm(case):
            try_in_fork(cases.try_case, subject, case)
        else:
            try_here(cases.try_case, subject, case)


def try_here(try_case: Callable[[str, str], str | None], subject: str, case: str) -> None:
    """Try a case and print its result."""
    signal.alarm(SECONDS_OF_CASE)  # its default action ends the process, whatever the case holds
    print(json.dumps(try_case(subject, case)), flush=True)


def try_in_fork(try_case: Callable[[str, str], str | None], subject: str, case: str) -> None:
    """Try a case in a fork of this process, whose memory it may damage."""
    child = os.fork()
    if child == 0:
        resource.setrlimit(resource.RLIMIT_AS, (LARGEST_MEMORY, LARGEST_MEMORY))
        try_here(try_case, subject, case)
        os._exit(0)
    if code := os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]):
        print(json.dumps(describe_end(code)), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
