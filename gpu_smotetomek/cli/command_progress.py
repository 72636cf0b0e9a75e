"""The progress of a whole command, from loading the libraries to writing the output, as one bar."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from gpu_smotetomek.progress import begin_step, follow_call, progress

# measured on an idle core of 2023 with CSV files; within 'resample' the estimate of the call itself counts
LOADING_SECONDS = 1.5
READING_SECONDS_PER_BYTE = 1e-8
RESAMPLING_SECONDS_PER_BYTE = 3e-8
WRITING_SECONDS_PER_BYTE = 1.5e-8


@contextmanager
def follow_command(source: Path, *, shows_bar: bool = True) -> Iterator[None]:
    """Show the progress of a command that reads, resamples and writes, where standard error is a terminal.

    The first line of the result that the command prints ends the bar.
    """
    n_bytes = source.stat().st_size if source.is_file() else 0
    with progress() if shows_bar else nullcontext(), follow_call(source.name) as meter:
        if meter is not None:
            meter.expect(
                [
                    ("read", LOADING_SECONDS + n_bytes * READING_SECONDS_PER_BYTE),
                    ("resample", n_bytes * RESAMPLING_SECONDS_PER_BYTE),
                    ("write", n_bytes * WRITING_SECONDS_PER_BYTE),
                ]
            )
        begin_step("read")
        yield
