"""One sampler in eight threads: each call returns its own rows."""

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from benchmarks.reliability.outcome import SUBJECTS, Outcome, Size, Trial
from benchmarks.reliability.subjects import MODULES, hash_result, make_sampler, make_table

RIGHT, WRONG, RAISED = "its own rows", "silently wrong rows", "an error"
N_THREADS = 8
SECONDS_OF_TURN = 1e-5  # so that the interpreter changes threads often


def run(size: Size) -> Iterator[Outcome]:
    """Share each sampler among the threads, on both sides."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(SECONDS_OF_TURN)
    try:
        for subject in SUBJECTS:
            for name in MODULES:
                yield from share(subject, name, size.calls)
    finally:
        sys.setswitchinterval(before)


def share(subject: str, name: str, n_calls: int) -> Iterator[Outcome]:
    """Call one sampler with three tables in turn, from eight threads."""
    tables = [make_table(200 + 80 * d, d, seed=d) for d in (2, 3, 5)]
    expected = [hash_result(*make_sampler(subject, name).fit_resample(*table)) for table in tables]
    shared = make_sampler(subject, name)

    def call(number: int) -> str:
        try:
            found = shared.fit_resample(*tables[number % len(tables)])
        except Exception:
            return RAISED
        return RIGHT if hash_result(*found) == expected[number % len(tables)] else WRONG

    with ThreadPoolExecutor(N_THREADS) as pool:
        for number, result in enumerate(pool.map(call, range(n_calls))):
            yield Outcome(subject, f"{name}, call {number}", result)


TRIAL = Trial(
    "one sampler in eight threads",
    "Eight threads call `fit_resample` of one sampler with three tables in turn. Each call returns the rows of its own table.",
    frozenset({RIGHT}),
    run,
)
