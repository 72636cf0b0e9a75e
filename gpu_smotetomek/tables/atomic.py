"""Files that appear whole or not at all."""

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from gpu_smotetomek.tables.errors import UsageError
from gpu_smotetomek.tables.formats import format_of


def check_output(path: Path, source: Path | None, *, force: bool) -> None:
    """Refuse, before any work, an output that could not or should not be written.

    Parameters
    ----------
    path : Path
        Where the output is wanted.
    source : Path or None
        The input, which is never overwritten, under no name.
    force : bool
        Whether a file that is already there may be replaced.

    Raises
    ------
    UsageError
        Unknown suffix, no such folder, not a plain file, the input itself, or a file that is there without `force`.
    PermissionError
        The folder cannot be written to.
    """
    format_of(path)
    if not path.parent.is_dir():
        msg = f"folder {str(path.parent)!r} does not exist; create it, or name another output"
        raise UsageError(msg)
    if source is not None and source.exists() and path.exists() and os.path.samefile(path, source):
        msg = f"{str(path)!r} is the input itself; name another output"
        raise UsageError(msg)
    if path.exists() and not path.is_file():
        msg = f"{str(path)!r} is not a plain file; name another output"
        raise UsageError(msg)
    if not force:
        refuse_existing(path)
    if not os.access(path.parent, os.W_OK):
        msg = f"cannot write in folder {str(path.parent)!r}; name an output elsewhere"
        raise PermissionError(msg)


def refuse_existing(path: Path) -> None:
    """Raise UsageError if something of that name is there."""
    if os.path.lexists(path):
        msg = f"{str(path)!r} exists; add --force to replace it, or name another output"
        raise UsageError(msg)


@contextlib.contextmanager
def replacing(path: Path, *, force: bool) -> Iterator[BinaryIO]:
    """Open a file for writing that takes the place of `path` only once it is complete.

    It is written beside its place, as `.name.pid.part`, and moved there once it is on the disk: who reads `path`, at
    any time and after any failure, finds the old content or the new. A link is replaced, not followed.

    Parameters
    ----------
    path : Path
        The file to write.
    force : bool
        Whether a file that is already there may be replaced.

    Yields
    ------
    binary file
        Open for writing.

    Raises
    ------
    UsageError
        A file is there without `force`, even if it came only while the new one was being written.
    OSError
        The disk is full or failed.
    """
    sweep(path)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("xb") as handle:
            yield handle
            handle.flush()
            os.fsync(handle.fileno())
        if not force:
            refuse_existing(path)
        elif path.is_file():
            shutil.copymode(path, part)
        part.replace(path)
    except OSError as error:
        msg = f"{str(path)!r} could not be written ({error}); make room there, or name another output"
        raise OSError(msg) from error
    finally:
        part.unlink(missing_ok=True)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Put the names in a folder on the disk, where the system can."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def sweep(path: Path) -> None:
    """Remove what processes that ended before they were done left beside `path`."""
    prefix, suffix = f".{path.name}.", ".part"
    for part in path.parent.iterdir():
        middle = part.name.removeprefix(prefix).removesuffix(suffix)
        if part.name == f"{prefix}{middle}{suffix}" and middle.isdecimal() and gone(int(middle)):
            part.unlink(missing_ok=True)


def gone(pid: int) -> bool:
    """Whether that process has ended; our own number on a file that we have not opened yet is an older process's."""
    if pid == os.getpid():
        return True
    if os.name != "posix":
        return False  # os.kill(pid, 0) would end it on Windows
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return True
    except PermissionError:
        return False
    return False
