"""Standard output as the place of the table: everything else then goes to standard error."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path

from gpu_smotetomek.tables.formats import is_stream


@contextmanager
def leave_stdout_to(output: Path) -> Iterator[None]:
    """Print to standard error if the output is standard output, so that this holds the table and nothing else."""
    if is_stream(output):
        with redirect_stdout(sys.stderr):
            yield
    else:
        yield
