"""From a file to a Sheet."""

import csv
import errno
import os
from pathlib import Path

import polars as pl

from gpu_smotetomek.tables.errors import TableError, UsageError
from gpu_smotetomek.tables.formats import format_of, separator_of
from gpu_smotetomek.tables.free_memory import refuse_too_large
from gpu_smotetomek.tables.npz import read_npz
from gpu_smotetomek.tables.sheet import Sheet, column
from gpu_smotetomek.tables.text import read_text

LABELS = (pl.String, pl.Boolean, pl.Categorical, pl.Enum)

PANIC: type[BaseException] = pl.exceptions.PanicException


def read(path: Path, target: str | None, *, header: bool = True, separator: str | None = None) -> Sheet:
    """Read a table, whose format its suffix tells, and set the target apart.

    Parameters
    ----------
    path : Path
        A `.csv`, `.tsv`, `.parquet`, `.feather`, `.arrow`, `.ipc` or `.npz` file.
    target : str or None
        Name or number of the target column; not needed for `.npz`, whose target is y.
    header : bool, default True
        Whether a text table starts with a line of names.
    separator : str or None
        What stands between the cells of a text table; None: a comma, or a tab in a `.tsv`.

    Returns
    -------
    Sheet
        Labels of a text table are numbers only where these say exactly what the file says ('007' stays text).

    Raises
    ------
    UsageError
        No such file, column or suffix, or an option that does not fit the format.
    TableError
        The content is not a table of that format.
    MemoryError
        The file is larger than the memory that is free.
    """
    if path.is_dir() or not path.exists():
        msg = (
            f"{str(path)!r} is a folder; name a file in it"
            if path.is_dir()
            else f"no file {str(path)!r}; check the path"
        )
        raise UsageError(msg)
    if not os.access(path, os.R_OK):
        msg = f"no permission to read {str(path)!r}; change its owner or mode"
        raise PermissionError(msg)
    kind = format_of(path)
    refuse_too_large(path)
    if kind != "csv" and not (header and separator is None):
        msg = f"--no-header and --separator are for .csv and .tsv files, {str(path)!r} is none; leave them out"
        raise UsageError(msg)
    if kind == "npz":
        if target not in {None, "y"}:
            msg = f"the target of an .npz file is its array y, not {target!r}; leave --target out"
            raise UsageError(msg)
        return read_npz(path)
    if target is None:
        msg = "name the column to predict with --target (a name, or a number: the last is -1)"
        raise UsageError(msg)
    try:
        if kind != "csv":
            return binary(path, target)
        frame, position = read_text(path, target, header, separator_of(path, separator))
        return split(frame, position, header=header)
    except UnicodeError as error:
        msg = f"{str(path)!r} is not UTF-8 text ({error}); save it as UTF-8 (a spreadsheet's 'CSV UTF-8')"
        raise TableError(msg) from error
    except (pl.exceptions.PolarsError, PANIC, csv.Error, OSError) as error:
        if getattr(error, "errno", None) == errno.ENOMEM or f"(os error {errno.ENOMEM})" in str(error):  # polars' words
            raise MemoryError from error
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        msg = f"{str(path)!r} cannot be read as {kind} ({reason}); it is damaged or in another format"
        raise TableError(msg) from error


def binary(path: Path, target: str) -> Sheet:
    """Read Parquet or Feather."""
    with path.open("rb") as handle:  # an open file: polars would take a path for a pattern or an address
        frame = pl.read_parquet(handle) if format_of(path) == "parquet" else pl.read_ipc(handle)
    return split(frame, column(target, frame.columns, header=True), header=True)


def split(frame: pl.DataFrame, position: int, *, header: bool) -> Sheet:
    """Set the target of a frame apart."""
    if not len(frame):
        msg = "the table has no rows, only names of columns; expected a row for each case"
        raise TableError(msg)
    if frame.width == 1:
        msg = f"the table has one column only, the target {frame.columns[0]!r}; expected features beside it"
        raise TableError(msg)
    y = frame[:, position]
    if y.null_count():
        msg = f"{y.null_count()} of {len(y)} labels are missing in column {y.name!r}; fill them in or drop those rows"
        raise TableError(msg)
    if not (y.dtype.is_numeric() or y.dtype in LABELS):
        msg = f"column {y.name!r} holds {y.dtype}; labels need to be numbers, text or booleans"
        raise TableError(msg)
    return Sheet(frame.drop(y.name), y, position, header)
