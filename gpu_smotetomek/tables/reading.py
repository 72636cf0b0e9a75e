"""From a file to a Sheet."""

import csv
import os
from pathlib import Path
from typing import Any

import polars as pl

from gpu_smotetomek.tables.formats import format_of, separator_of
from gpu_smotetomek.tables.npz import read_npz
from gpu_smotetomek.tables.problems import TableError, UsageError
from gpu_smotetomek.tables.sheet import Sheet, column

INFERRED = 10_000
"""Rows that dtypes are guessed from at first; all of them cost three times the reading time and are rarely needed."""

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
        return read_csv(path, target, header, separator_of(path, separator)) if kind == "csv" else binary(path, target)
    except (pl.exceptions.PolarsError, PANIC, csv.Error, UnicodeError, OSError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        msg = f"{str(path)!r} cannot be read as {kind} ({reason}); it is damaged or in another format"
        raise TableError(msg) from error


def binary(path: Path, target: str) -> Sheet:
    """Read Parquet or Feather."""
    with path.open("rb") as handle:  # an open file: polars would take a path for a pattern or an address
        frame = pl.read_parquet(handle) if format_of(path) == "parquet" else pl.read_ipc(handle)
    return split(frame, column(target, frame.columns, header=True), header=True)


def read_csv(path: Path, target: str, header: bool, separator: str) -> Sheet:
    """Read a text table."""
    first = first_row(path, separator)
    names = first if header else [f"column_{i}" for i in range(len(first))]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        msg = f"two columns of {str(path)!r} are named {twice!r}; rename one, or add --no-header if it has no names"
        raise TableError(msg)
    position = column(target, names, header=header)
    text = {names[position]: pl.String}
    frame = parse(path, has_header=header, separator=separator, new_columns=names, schema_overrides=text)
    if frame[:, position].null_count():
        frame = frame.filter(~pl.all_horizontal(pl.all().is_null()))  # blank lines are no rows
    return split(frame.with_columns(spaced(frame)).with_columns(literal(frame[:, position])), position, header=header)


def parse(path: Path, **settings: Any) -> pl.DataFrame:
    """Read with dtypes guessed from the first rows, and from all of them where a later row does not fit."""
    with path.open("rb") as handle:
        try:
            return pl.read_csv(handle, infer_schema_length=INFERRED, **settings)
        except pl.exceptions.ComputeError:
            handle.seek(0)
            return pl.read_csv(handle, infer_schema_length=None, **settings)


def first_row(path: Path, separator: str) -> list[str]:
    """Cells of the first line that is not blank; one cell with another separator in it is no row."""
    with path.open(encoding="utf-8-sig", newline="") as handle:
        row = next((row for row in csv.reader(handle, delimiter=separator) if row), None)
    if row is None:
        msg = f"{str(path)!r} is empty"
        raise TableError(msg)
    other = next((mark for mark in ",;\t|" if len(row) == 1 and mark in row[0]), None)
    if other is not None:
        mark = {"\t": "'\\t'"}.get(other, repr(other))
        msg = f"{str(path)!r} looks {mark} separated; add --separator {mark}"
        raise UsageError(msg)
    return row


def literal(labels: pl.Series) -> pl.Series:
    """Labels as numbers where these are written exactly as the file has them, else as the text that they are."""
    text = labels.str.strip_chars()
    for dtype in (pl.Int64, pl.Float64):
        numbers = text.cast(dtype, strict=False)
        if numbers.cast(pl.String).eq_missing(text).all():
            return numbers
    return labels


def spaced(frame: pl.DataFrame) -> list[pl.Series]:
    """Columns that are numbers but for the spaces around them, as numbers."""
    text = frame.select(pl.col(pl.String))
    numbers = [cells.str.strip_chars().cast(pl.Float64, strict=False) for cells in text]
    return [new for new, old in zip(numbers, text, strict=True) if new.null_count() == old.null_count() < len(old)]


def split(frame: pl.DataFrame, position: int, *, header: bool) -> Sheet:
    """Set the target of a frame apart."""
    if not len(frame):
        msg = "the table has no rows"
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
