"""The table on standard output, complete or not at all."""

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from gpu_smotetomek.tables.errors import UsageError
from gpu_smotetomek.tables.formats import FORMATS, split_suffix

NAMES_OF_STDOUT = ("-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1")


def check_standard_output(path: Path, suffix: str) -> None:
    """Raise if a stream is not standard output, is closed, or is a terminal and the format is no text.

    Raises
    ------
    UsageError
    """
    if str(path) not in NAMES_OF_STDOUT:
        raise UsageError(f"{str(path)!r} is no output; name a file, or - for standard output")
    if sys.__stdout__ is None:
        raise UsageError("standard output is closed; name a file with --output")
    first, packing = split_suffix(suffix)
    if sys.__stdout__.isatty() and (packing or FORMATS[first] != "csv"):
        raise UsageError(f"standard output is a terminal, which shows no {suffix}; redirect it with >, or name a file")


@contextmanager
def open_standard_output() -> Iterator[BinaryIO]:
    """Open a file in memory that goes to standard output once it is complete.

    Yields
    ------
    binary file
        Open for writing.
    """
    content = io.BytesIO()
    yield content
    if sys.__stdout__ is not None:
        sys.__stdout__.buffer.write(content.getvalue())
        sys.__stdout__.flush()
