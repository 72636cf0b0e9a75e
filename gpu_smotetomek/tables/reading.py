"""Reading of files into Sheets."""

import csv
import errno
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from gpu_smotetomek.tables.errors import TableError, UsageError
from gpu_smotetomek.tables.excel import read_excel
from gpu_smotetomek.tables.labels import parse_labels, settle_labels
from gpu_smotetomek.tables.long_integers import describe_long_integers, find_long_integers
from gpu_smotetomek.tables.npz import read_npz
from gpu_smotetomek.tables.number_marks import POINT, NumberMarks, convert_text
from gpu_smotetomek.tables.row_labels import describe_row_labels, find_row_labels
from gpu_smotetomek.tables.sheet import Sheet, find_column, find_columns
from gpu_smotetomek.tables.source import Source, open_source
from gpu_smotetomek.tables.text import read_text
from gpu_smotetomek.tables.trial import check_readable

LABEL_DTYPES = (pl.String, pl.Boolean, pl.Categorical, pl.Enum)

MAX_NOTES_ALIKE = 3
"""Columns that notes of one kind name."""

PANIC: type[BaseException] = pl.exceptions.PanicException


def read(
    path: Path,
    target: str | None,
    *,
    header: bool = True,
    separator: str | None = None,
    passthrough: str | None = None,
    categorical: str | None = None,
    form: str | None = None,
    decimal: str = ".",
    thousands: str | None = None,
    missing_class: bool = False,
) -> Sheet:
    """Read a table, in the format of its suffix, and separate the target.

    Parameters
    ----------
    path : Path
        A file with one of the suffixes in `FORMATS`, text also compressed; a pipe; or '-' for standard input.
    target : str or None
        Name or number of the target column; not needed for `.npz`, whose target is y.
    header : bool, default True
        Whether a text table or a sheet starts with a line of names.
    separator : str or None
        The separator of a text table; None is a comma, a tab for `.tsv`, and what all lines of a `.txt` or `.data` agree on.
    passthrough : str or None
        Names or numbers, divided by commas, of columns that only travel with their rows; those of a text table stay text.
    categorical : str or None
        Names or numbers, divided by commas, of columns that are categories; those of a text table stay text. 'auto' is all
        columns of text, categories or booleans.
    form : str or None
        The format where the path does not give one, as a suffix without its dot; None is CSV for pipes and standard input.
    decimal : str, default '.'
        The mark before the fraction in columns of text.
    thousands : str or None
        The mark between thousands in columns of text.
    missing_class : bool, default False
        Whether marks of missing among the labels, such as NA, are a class.

    Returns
    -------
    Sheet
        Labels of a text table become numbers only if these print exactly as in the file ('007' stays text). A first column
        without a name that labels the rows travels with them.

    Raises
    ------
    UsageError
        If the file or the column does not exist, the format is unknown, or an option does not fit the format.
    TableError
        If the content is not a table of that format, or labels are missing.
    MemoryError
        If the file is larger than the free memory.
    """
    source = open_source(path, form)
    check_options_of_text(source, header, separator)
    if source.kind == "npz":
        if target not in {None, "y"}:
            raise UsageError(f"the target of an .npz file is its array y, not {target!r}; leave --target out")
        check_no_names_given({"--passthrough": passthrough, "--categorical": categorical})
        return read_npz(source)
    if target is None:
        raise UsageError("name the column to predict with --target (a name, or a number: the last is -1)")
    if thousands is not None and thousands == decimal:
        raise UsageError(f"--decimal and --thousands are both {decimal!r}; give two different marks")
    marks = NumberMarks(decimal, thousands)
    roles = Roles(passthrough, categorical)
    with explain_damage(source):
        frame, position, notes = read_frame(source, target, roles, marks, header=header, separator=separator)
        sheet = split_target(frame, position, roles, header=header, missing_class=missing_class)
        if source.kind == "csv":
            sheet = replace(sheet, y=parse_labels(sheet.y))
    return replace(sheet, marks=marks, notes=(*notes, *sheet.notes))


@dataclass(frozen=True)
class Roles:
    """Columns that are no numbers, as texts of names or numbers divided by commas.

    Attributes
    ----------
    passthrough : str or None
        Columns that travel with their rows.
    categorical : str or None
        Columns that are categories, or 'auto'.
    """

    passthrough: str | None
    categorical: str | None

    @property
    def travelling_text(self) -> list[str]:
        """The texts of columns whose cells stay as they were written."""
        texts = [self.passthrough, None if self.categorical == "auto" else self.categorical]
        return [text for text in texts if text]


def check_options_of_text(source: Source, header: bool, separator: str | None) -> None:
    """Raise for options of text tables with a file of another format."""
    if source.kind == "csv" or (header and separator is None) or (source.kind == "xlsx" and separator is None):
        return
    raise UsageError(f"--no-header and --separator are for .csv and .tsv files, {source.name} is none; leave them out")


def check_no_names_given(options: dict[str, str | None]) -> None:
    """Raise for options that name columns, where these have no names."""
    for option, given in options.items():
        if given is not None:
            raise UsageError(f"the columns of an .npz file have no names; leave {option} out, or save a .parquet file")


@contextmanager
def explain_damage(source: Source) -> Iterator[None]:
    """Raise a TableError for the errors of the libraries that read."""
    try:
        yield
    except UnicodeError as error:
        raise TableError(
            f"{source.name} is not UTF-8 text ({error}); save it as UTF-8 (a spreadsheet's 'CSV UTF-8')"
        ) from error
    except (pl.exceptions.PolarsError, PANIC, csv.Error, OSError) as error:
        # polars writes the number of the error into its message
        if getattr(error, "errno", None) == errno.ENOMEM or f"(os error {errno.ENOMEM})" in str(error):
            raise MemoryError from error
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise TableError(
            f"{source.name} cannot be read as {source.kind} ({reason}); it is damaged or in another format"
        ) from error


def read_frame(
    source: Source, target: str, roles: Roles, marks: NumberMarks, *, header: bool, separator: str | None
) -> tuple[pl.DataFrame, int, list[str]]:
    """Read all columns; return the frame, the position of the target, and notes on the file."""
    if source.kind == "csv":
        return read_text(source, target, roles.travelling_text, header, separator, marks)
    if source.kind == "xlsx":
        frame, notes = read_excel(source, header=header)
    else:
        check_readable(source)
        with source.open() as handle:  # an open file, since polars reads a path as a pattern or a URL
            frame, notes = pl.read_parquet(handle) if source.kind == "parquet" else pl.read_ipc(handle), []
    position = find_column(target, frame.columns, header=header)
    kept = [name for text in roles.travelling_text for name in find_columns(text, frame.columns, header=header)]
    if marks != POINT:
        frame = convert_text(frame, marks, [frame.columns[position], *kept])
    return frame, position, notes


def split_target(frame: pl.DataFrame, position: int, roles: Roles, *, header: bool, missing_class: bool) -> Sheet:
    """Separate the target of a frame from its features, and list those that have another role than a number."""
    passthrough, categorical = roles.passthrough, roles.categorical
    travelling = find_columns(passthrough, frame.columns, header=header) if passthrough else ()
    named = find_columns(categorical, frame.columns, header=header) if categorical not in (None, "auto") else ()
    for option, names in (("--passthrough", travelling), ("--categorical", named)):
        if frame.columns[position] in names:
            raise UsageError(f"column {frame.columns[position]!r} is the target; leave it out of {option}")
    if both := sorted({*named}.intersection(travelling)):
        raise UsageError(f"column {both[0]!r} is in --passthrough and in --categorical; leave it out of one of them")
    if not len(frame):
        raise TableError("the table has no rows, only names of columns; expected a row for each case")
    if frame.width == 1:
        raise TableError(f"the table has one column only, the target {frame.columns[0]!r}; expected features beside it")
    y, notes = settle_labels(frame[:, position], missing_class=missing_class)
    if not (y.dtype.is_numeric() or y.dtype in LABEL_DTYPES):
        raise TableError(f"column {y.name!r} holds {y.dtype}; labels need to be numbers, text or booleans")
    row_labels = find_row_labels(frame, position) if header else None
    if row_labels is not None and row_labels not in (*travelling, *named):
        travelling, notes = (row_labels, *travelling), [describe_row_labels(row_labels), *notes]
    X = frame.drop(y.name)
    compared = X.drop(*travelling, *named)
    notes += [describe_long_integers(name, compared) for name in find_long_integers(compared)[:MAX_NOTES_ALIKE]]
    if categorical == "auto":
        others = set(X.columns).difference(travelling)
        named = tuple(name for name, dtype in X.schema.items() if name in others and dtype in LABEL_DTYPES)
    return Sheet(X, y, position, header, passthrough=travelling, categorical=named, notes=tuple(notes))
