"""Bytes of a table, from a file, a compressed file, a pipe or standard input."""

import io
import os
import sys
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, BinaryIO

from gpu_smotetomek.tables.compression import read_bounded, unpack
from gpu_smotetomek.tables.errors import UsageError
from gpu_smotetomek.tables.formats import FORMATS, find_suffix, is_stream, split_suffix
from gpu_smotetomek.tables.free_memory import check_file_fits

MIN_SIMILARITY = 0.7
"""Names of files less alike, by the ratio of `difflib`, are not proposed."""


@dataclass(frozen=True)
class Source:
    """The bytes of a table, which can be read more than once.

    Attributes
    ----------
    path : Path
        The file.
    suffix : str
        The suffix that gives the format, such as `.csv`; without that of a compression.
    content : bytes or None
        The bytes, if they cannot be read from the file again.
    """

    path: Path
    suffix: str
    content: bytes | None = None

    @property
    def name(self) -> str:
        """The file, as errors name it."""
        return name_source(self.path)

    @property
    def kind(self) -> str:
        """The format: 'csv', 'parquet', 'feather', 'npz' or 'xlsx'."""
        return FORMATS[self.suffix]

    @property
    def size(self) -> int:
        """Number of bytes."""
        return self.path.stat().st_size if self.content is None else len(self.content)

    def open(self) -> BinaryIO:
        """Open the bytes for reading, from the start."""
        return self.path.open("rb") if self.content is None else io.BytesIO(self.content)

    def open_text(self) -> io.TextIOWrapper:
        """Open the bytes as text in UTF-8, with the ends of lines as they are."""
        return io.TextIOWrapper(self.open(), encoding="utf-8-sig", newline="")


def name_source(path: Path) -> str:
    """Return a path as errors name it."""
    return "standard input" if str(path) in ("-", "/dev/stdin") else repr(str(path))


def open_source(path: Path, form: str | None) -> Source:
    """Check a path, and read what can be read only once.

    Parameters
    ----------
    path : Path
        A file, a pipe, or '-' for standard input.
    form : str or None
        The format where the path does not give one, as a suffix without its dot.

    Returns
    -------
    Source

    Raises
    ------
    UsageError
        If there is no such file, it is a folder or a device, or nothing gives its format.
    PermissionError
        If the file may not be read.
    TableError
        If a compressed file is damaged.
    MemoryError
        If the bytes need more than the free memory.
    """
    if str(path) != "-":
        check_path(path)
    suffix, packing = split_suffix(find_suffix(path, form))
    if not is_once_only(path):
        check_file_fits(path)
        if not packing:
            return Source(path, suffix)
        with path.open("rb") as handle:
            return Source(path, suffix, unpack(handle, packing, name_source(path)))
    content = read_stream(path)
    if packing:
        content = unpack(io.BytesIO(content), packing, name_source(path))
    return Source(path, suffix, content)


def is_once_only(path: Path) -> bool:
    """Whether the bytes of a path can be read once only."""
    return is_stream(path) or not path.is_file()


def read_stream(path: Path) -> bytes:
    """Read all bytes of a pipe or of standard input."""
    name = name_source(path)
    if str(path) != "-":
        with path.open("rb") as handle:
            check_no_terminal(handle, name)
            return read_bounded(handle, f"{name} has")
    stream: Any = sys.stdin
    if stream is None or stream.closed:
        raise UsageError("standard input is closed; name a file, or send a table into this command with |")
    check_no_terminal(stream, name)
    return read_bounded(stream.buffer, f"{name} has")


def check_no_terminal(handle: Any, name: str) -> None:
    """Raise if a stream is a terminal, which would wait for keys."""
    if handle.isatty():
        raise UsageError(f"{name} is a terminal; send a table into this command with | or <, or name a file")


def check_path(path: Path) -> None:
    """Raise if the path is nothing that can be read."""
    if path.is_dir():
        raise UsageError(f"{str(path)!r} is a folder; name a file in it")
    if not path.exists():
        raise UsageError(describe_missing_file(path))
    if not (path.is_file() or path.is_fifo() or path.is_socket() or is_stream(path)):
        raise UsageError(f"{str(path)!r} is a device; name a file, or - for standard input")
    if not os.access(path, os.R_OK):
        raise PermissionError(f"no permission to read {str(path)!r}; change its owner or mode")


def describe_missing_file(path: Path) -> str:
    """Return the error for a file that does not exist, with the name of one like it in the same folder."""
    if not path.parent.is_dir():
        return f"no file {str(path)!r}: there is no folder {str(path.parent)!r}; check the path"
    try:
        names = [entry.name for entry in path.parent.iterdir() if entry.is_file()]
    except OSError:
        names = []
    by_stem: dict[str, str] = {}
    for name in sorted(names, key=lambda name: Path(name).suffix == path.suffix):
        by_stem[find_stem(name)] = name
    close = get_close_matches(find_stem(path.name), by_stem, n=1, cutoff=MIN_SIMILARITY)
    if not close:
        return f"no file {str(path)!r}; check the path"
    return f"no file {str(path)!r}; did you mean {str(path.with_name(by_stem[close[0]]))!r}?"


def find_stem(name: str) -> str:
    """Return the name of a file up to the first dot, in lower case."""
    return name.lower().partition(".")[0]
