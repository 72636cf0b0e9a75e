"""Output files that appear complete or not at all."""

import contextlib
import hashlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from gpu_smotetomek.tables.errors import UsageError, WriteError
from gpu_smotetomek.tables.formats import find_suffix, is_stream
from gpu_smotetomek.tables.standard_output import check_standard_output

PART_SUFFIX = ".part"
MAX_NAME_BYTES, ROOM_FOR_PID = 255, 28
"""Longest name of a file, and the part of it that the number of a process and two affixes take."""


def check_output(path: Path, source: Path | None, *, force: bool, form: str | None = None) -> None:
    """Raise, before any work, if the output cannot or should not be written.

    Parameters
    ----------
    path : Path
        The output, or '-' for standard output.
    source : Path or None
        The input, which is never overwritten, not even through a link.
    force : bool
        Whether an existing file may be replaced.
    form : str or None
        The format of standard output, as a suffix without its dot.

    Raises
    ------
    UsageError
        If the suffix is unknown, the folder does not exist, or the output is not a plain file, is the input, or exists without
        `force`.
    PermissionError
        If the folder is not writable.
    """
    suffix = find_suffix(path, form, writes=True)
    if is_stream(path):
        check_standard_output(path, suffix)
        return
    if not path.parent.is_dir():
        raise UsageError(f"folder {str(path.parent)!r} does not exist; create it, or name another output")
    if source is not None and source.exists() and path.exists() and os.path.samefile(path, source):
        raise UsageError(f"{str(path)!r} is the input itself; name another output")
    if path.exists() and not path.is_file():
        raise UsageError(f"{str(path)!r} is not a plain file; name another output")
    if not force:
        check_not_existing(path)
    if not os.access(path.parent, os.W_OK):
        raise PermissionError(f"cannot write in folder {str(path.parent)!r}; name an output elsewhere")


def check_not_existing(path: Path) -> None:
    """Raise UsageError if the path exists."""
    if os.path.lexists(path):
        raise UsageError(f"{str(path)!r} exists; add --force to replace it, or name another output")


@contextlib.contextmanager
def open_replacement(path: Path, *, force: bool) -> Iterator[BinaryIO]:
    """Open a file for writing that replaces `path` only once it is complete.

    The file is written as `.name.pid.part` in the same folder and renamed once it is on the disk. A reader of `path` sees the
    old content or the new, at any time and after any failure. A link is replaced, not followed.

    Parameters
    ----------
    path : Path
        The file to write.
    force : bool
        Whether an existing file may be replaced.

    Yields
    ------
    binary file
        Open for writing.

    Raises
    ------
    UsageError
        If the file exists without `force`, even if it was created while the new one was being written.
    WriteError
        If the disk is full or fails.
    """
    remove_leftovers(path)
    part = path.with_name(f"{name_parts(path)}{os.getpid()}{PART_SUFFIX}")
    try:
        with part.open("xb") as handle:
            yield handle
            handle.flush()
            os.fsync(handle.fileno())
        if not force:
            check_not_existing(path)
        elif path.is_file():
            shutil.copymode(path, part)
        part.replace(path)
    except WriteError:
        raise  # of another file, which was open at the same time
    except OSError as error:
        raise WriteError(
            f"{str(path)!r} could not be written ({error}); make room there, or name another output"
        ) from error
    finally:
        part.unlink(missing_ok=True)
    sync_folder(path.parent)


def name_parts(path: Path) -> str:
    """Return how the names of the incomplete files of `path` begin: with its name, or a hash of a name that leaves no room."""
    name = path.name
    if len(os.fsencode(name)) > MAX_NAME_BYTES - ROOM_FOR_PID:
        name = hashlib.sha256(os.fsencode(name)).hexdigest()
    return f".{name}."


def sync_folder(folder: Path) -> None:
    """Flush the entries of a folder to the disk, on POSIX systems."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def remove_leftovers(path: Path) -> None:
    """Remove the incomplete files of `path` whose processes have ended."""
    prefix = name_parts(path)
    for part in path.parent.iterdir():
        middle = part.name.removeprefix(prefix).removesuffix(PART_SUFFIX)
        if part.name == f"{prefix}{middle}{PART_SUFFIX}" and middle.isdecimal() and has_ended(int(middle)):
            part.unlink(missing_ok=True)


def has_ended(pid: int) -> bool:
    """Whether a process has ended. Our own id counts: a file with it that we did not open is from an older process."""
    if pid == os.getpid():
        return True
    if os.name != "posix":
        return False  # os.kill(pid, 0) would end it on Windows
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return True
    except PermissionError:
        pass
    return False
