"""Interrupts while libraries load, which takes a second or two."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

from gpu_smotetomek.progress import end_bar

INTERRUPTED_CODE = 130


@contextmanager
def exit_when_interrupted() -> Iterator[None]:
    """End the process at once where an interrupt comes inside the block: libraries that load may swallow a KeyboardInterrupt."""
    try:
        before = signal.signal(signal.SIGINT, exit_at_once)
    except ValueError:  # not the main thread, which receives no signals
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def exit_at_once(*_: object) -> None:
    """End the process with the exit code of an interrupt; nothing has been done yet."""
    end_bar()
    os.write(2, b"gpu-smotetomek: interrupted\n")
    os._exit(INTERRUPTED_CODE)
