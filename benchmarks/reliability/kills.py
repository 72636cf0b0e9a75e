"""Kill the command line at random times: the old output stays, or the new one is complete."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from benchmarks.reliability import commands
from benchmarks.reliability.commands import COMPLETE, INTACT, LIMIT_SECONDS, SUFFIXES, Place
from benchmarks.reliability.outcome import OURS, Outcome, Size, Trial

INTACT_WITH_PART = f"{INTACT}, killed while it wrote"
REMOVED, REMAINS = "next command removes what was written in part", "a file remains"
SECONDS_OF_WRITING = 0.01


def run(size: Size) -> Iterator[Outcome]:
    """Kill the command at random times, for each format; two formats at a time."""
    with ThreadPoolExecutor(2) as pool:
        for outcomes in pool.map(lambda suffix: list(kill_often(suffix, size.times)), SUFFIXES[: size.formats]):
            yield from outcomes


def kill_often(suffix: str, times: int) -> Iterator[Outcome]:
    """Kill the command that writes a format; every second time while it writes."""
    subject, rng = f"{OURS}, {suffix}", np.random.default_rng(SUFFIXES.index(suffix))
    with commands.open_place(suffix) as place:
        for number in range(times):
            is_writing = number % 2 == 0
            delay = float(rng.uniform(0, SECONDS_OF_WRITING if is_writing else place.seconds))
            case = f"{delay:.4f} s after the start" + " of writing" * is_writing
            yield Outcome(subject, case, kill(place, delay, is_writing=is_writing))
        yield Outcome(subject, "the next command", run_next(place))


def kill(place: Place, delay: float, *, is_writing: bool) -> str:
    """Start the command, kill it after a delay, from its start or from the start of its writing, and judge the output."""
    halves = set(place.list_others())
    process = place.start()
    while is_writing and process.poll() is None and not set(place.list_others()) - halves:
        time.sleep(0.0002)
    time.sleep(delay)
    process.kill()
    process.communicate(timeout=LIMIT_SECONDS)
    output = place.judge_output()
    return INTACT_WITH_PART if output == INTACT and set(place.list_others()) - halves else output


def run_next(place: Place) -> str:
    """Run the command undisturbed: it removes what killed commands had written in part."""
    place.start().communicate(timeout=LIMIT_SECONDS)
    is_clean = place.judge_output() == COMPLETE and not place.list_others()
    return REMOVED if is_clean else REMAINS


TRIAL = Trial(
    "kill -9 of the command line",
    "The command is killed at random times, every second time while it writes. The old output is intact or the new one complete, "
    "and the next command removes what was written in part.",
    frozenset({INTACT, INTACT_WITH_PART, COMPLETE, REMOVED}),
    run,
)
