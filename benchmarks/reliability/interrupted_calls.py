"""A program that interrupts its own calls at random times: SIGINT comes from a timer thread.

Prints the delay, the result, and the seconds until the exception arrived, for each call.
"""

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable

import numpy as np

from benchmarks.reliability.subjects import hash_result, make_sampler, make_table

STOPPED, ENDED = "KeyboardInterrupt, next call right", "call had ended, next call right"
OTHER_ERROR, NEXT_WRONG = "another error", "next call wrong"


def main(subject: str, times: str) -> None:
    """Interrupt calls of SMOTETomek, and print a line for each."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # which the background of a shell ignores
    sampler, table = make_sampler(subject, "SMOTETomek"), make_table(10_000, 20)
    expected = hash_result(*sampler.fit_resample(*table))
    start = time.perf_counter()
    sampler.fit_resample(*table)
    longest = time.perf_counter() - start
    for delay in np.random.default_rng(0).uniform(0, longest, int(times)).tolist():
        result, seconds = interrupt(lambda: sampler.fit_resample(*table), delay)
        is_right = hash_result(*sampler.fit_resample(*table)) == expected
        print(json.dumps([f"{delay:.4f} s", result if is_right else NEXT_WRONG, seconds]), flush=True)


def interrupt(call: Callable[[], object], delay: float) -> tuple[str, float | None]:
    """Interrupt a call after a delay, and return the result and the seconds from the signal to the exception."""
    sent: list[float] = []

    def send() -> None:
        sent.append(time.perf_counter())
        os.kill(os.getpid(), signal.SIGINT)

    timer = threading.Timer(delay, send)
    timer.start()
    has_ended = False
    try:
        call()
        has_ended = True
        while True:  # until the signal comes
            time.sleep(0.01)
    except KeyboardInterrupt:
        seconds = time.perf_counter() - sent[0]
    except Exception:
        timer.join()
        return OTHER_ERROR, None
    return (ENDED, None) if has_ended else (STOPPED, seconds)


if __name__ == "__main__":
    main(*sys.argv[1:])
