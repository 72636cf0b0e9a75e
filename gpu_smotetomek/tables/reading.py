"""Reading of files into Sheets."""

import csv
import errno
import os
from pathlib import Path

import polars as pl

from gpu_smotetomek.tables.errors import TableError, UsageError
from gpu_smotetomek.tables.formats import choose_separator, detect_format
from gpu_smotetomek.tables.free_memory import check_file_fits
from gpu_smotetomek.tables.npz import read_npz
from gpu_smotetomek.tables.sheet import Sheet, find_column, find_columns
from gpu_smotetomek.tables.text import read_text
from gpu_smotetomek.tables.trial import check_readable

LABEL_DTYPES = (pl.String, pl.Boolean, pl.Categorical, pl.Enum)

PANIC: type[BaseException] = pl.exceptions.PanicException


def read(
    path: Path,
    target: str | None,
    *,
    header: bool = True,
    separator: str | None = None,
    passthrough: str | None = None,
    categorical: str | None = None,
) -> Sheet:
    """Read a table, in the format of its suffix, and separate the target.

    Parameters
    ----------
    path : Path
        A `.csv`, `.tsv`, `.parquet`, `.feather`, `.arrow`, `.ipc` or `.npz` file.
    target : str or None
        Name or number of the target column; not needed for `.npz`, whose target is y.
    header : bool, default True
        Whether a text table starts with a line of names.
    separator : str or None
        The separator of a text table; None is a comma, or a tab for `.tsv`.
    passthrough : str or None
        Names or numbers, divided by commas, of columns that only travel with their rows; those of a text table stay text.
    categorical : str or None
        Names or numbers, divided by commas, of columns that are categories; those of a text table stay text. 'auto' is all
        columns of text, categories or booleans.

    Returns
    -------
    Sheet
        Labels of a text table become numbers only if these print exactly as in the file ('007' stays text).

    Raises
    ------
    UsageError
        If the file or the column does not exist, the suffix is unknown, or an option does not fit the format.
    TableError
        If the content is not a table of that format.
    MemoryError
        If the file is larger than the free memory.
    """
    check_path(path)
    kind = detect_format(path)
    check_file_fits(path)
    if kind != "csv" and not (header and separator is None):
        raise UsageError(
            f"--no-header and --separator are for .csv and .tsv files, {str(path)!r} is none; leave them out"
        )
    if kind == "npz":
        if target not in {None, "y"}:
            raise UsageError(f"the target of an .npz file is its array y, not {target!r}; leave --target out")
        check_no_names_given({"--passthrough": passthrough, "--categorical": categorical})
        return read_npz(path)
    if target is None:
        raise UsageError("name the column to predict with --target (a name, or a number: the last is -1)")
    try:
        if kind != "csv":
            return read_binary(path, target, passthrough, categorical)
        kept = (passthrough, None if categorical == "auto" else categorical)
        frame, position = read_text(path, target, kept, header, choose_separator(path, separator))
        return split_target(frame, position, passthrough, categorical, header=header)
    except UnicodeError as error:
        raise TableError(
            f"{str(path)!r} is not UTF-8 text ({error}); save it as UTF-8 (a spreadsheet's 'CSV UTF-8')"
        ) from error
    except (pl.exceptions.PolarsError, PANIC, csv.Error, OSError) as error:
        # polars writes the number of the error into its message
        if getattr(error, "errno", None) == errno.ENOMEM or f"(os error {errno.ENOMEM})" in str(error):
            raise MemoryError from error
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise TableError(
            f"{str(path)!r} cannot be read as {kind} ({reason}); it is damaged or in another format"
        ) from error


def check_no_names_given(options: dict[str, str | None]) -> None:
    """Raise for options that name columns, where these have no names."""
    for option, given in options.items():
        if given is not None:
            raise UsageError(f"the columns of an .npz file have no names; leave {option} out, or save a .parquet file")


def check_path(path: Path) -> None:
    """Raise if the path is no file that can be read."""
    if path.is_dir():
        raise UsageError(f"{str(path)!r} is a folder; name a file in it")
    if not path.exists():
        raise UsageError(f"no file {str(path)!r}; check the path")
    if not path.is_file():
        raise UsageError(
            f"{str(path)!r} is a pipe or a device, which can be read once only; save its content to a file first"
        )
    if not os.access(path, os.R_OK):
        raise PermissionError(f"no permission to read {str(path)!r}; change its owner or mode")


def read_binary(path: Path, target: str, passthrough: str | None, categorical: str | None) -> Sheet:
    """Read Parquet or Feather."""
    kind = detect_format(path)
    check_readable(path, kind)
    with path.open("rb") as handle:  # an open file, since polars reads a path as a pattern or a URL
        frame = pl.read_parquet(handle) if kind == "parquet" else pl.read_ipc(handle)
    position = find_column(target, frame.columns, header=True)
    return split_target(frame, position, passthrough, categorical, header=True)


def split_target(
    frame: pl.DataFrame, position: int, passthrough: str | None, categorical: str | None, *, header: bool
) -> Sheet:
    """Separate the target of a frame from its features, and list those that have another role than a number."""
    travelling = find_columns(passthrough, frame.columns, header=header) if passthrough else ()
    named = find_columns(categorical, frame.columns, header=header) if categorical not in (None, "auto") else ()
    for option, names in (("--passthrough", travelling), ("--categorical", named)):
        if frame.columns[position] in names:
            raise UsageError(f"column {frame.columns[position]!r} is the target; leave it out of {option}")
    if both := [name for name in named if name in travelling]:
        raise UsageError(f"column {both[0]!r} is in --passthrough and in --categorical; leave it out of one of them")
    if not len(frame):
        raise TableError("the table has no rows, only names of columns; expected a row for each case")
    if frame.width == 1:
        raise TableError(f"the table has one column only, the target {frame.columns[0]!r}; expected features beside it")
    y = frame[:, position]
    if y.null_count():
        raise TableError(
            f"{y.null_count()} of {len(y)} labels are missing in column {y.name!r}; fill them in or drop those rows"
        )
    if not (y.dtype.is_numeric() or y.dtype in LABEL_DTYPES):
        raise TableError(f"column {y.name!r} holds {y.dtype}; labels need to be numbers, text or booleans")
    X = frame.drop(y.name)
    if categorical == "auto":
        named = tuple(c.name for c in X if c.dtype in LABEL_DTYPES and c.name not in travelling)
    return Sheet(X, y, position, header, passthrough=travelling, categorical=named)
