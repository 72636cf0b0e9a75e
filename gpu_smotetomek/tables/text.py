"""Tables in text files: one row a line, cells divided by a separator."""

import csv
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl

from gpu_smotetomek.tables.errors import TableError, UsageError
from gpu_smotetomek.tables.sheet import find_column, find_columns

PROBED_BYTES = 2**16
"""Bytes in which zeros show that a file is not text, and in which the end of a line is looked for."""

OTHER_FORMATS = {
    **dict.fromkeys(
        (b"\xff\xfe", b"\xfe\xff"), "is not UTF-8 text but UTF-16; save it as UTF-8 (a spreadsheet's 'CSV UTF-8')"
    ),
    b"\x1f\x8b": "is compressed by gzip; unpack it first",
    b"PAR1": "is a Parquet file; name it .parquet",
    b"ARROW1": "is a Feather file; name it .feather",
    b"PK\x03\x04": "is a zip archive or a spreadsheet; unpack it, or save the sheet as CSV",
}
"""First bytes of other formats, and the error for a file that starts with them despite its suffix."""

MIN_ROWS_PER_LABEL = 3
"""Fractions with fewer rows for each distinct value are a quantity, not labels."""

INFER_FROM_ROWS = 10_000
"""Rows from which dtypes are inferred first; inference from all rows takes three times the reading time, and is rarely needed."""


def read_text(
    path: Path, target: str, kept: Sequence[str | None], header: bool, separator: str
) -> tuple[pl.DataFrame, int]:
    """Read all columns of a text table; return the frame and the position of the target.

    The target, and the columns that the texts in `kept` list, are read as text, so that '007' is not 7.
    """
    line_end = check_is_text(path)
    first = read_first_row(path, separator)
    names = first if header else [f"column_{i}" for i in range(len(first))]
    repeated = next((name for name, count in Counter(names).items() if count > 1), None)
    if repeated is not None:
        raise TableError(
            f"two columns of {str(path)!r} are named {repeated!r}; rename one, or add --no-header if it has no names"
        )
    position = find_column(target, names, header=header)
    others = [name for listed in kept if listed for name in find_columns(listed, names, header=header)]
    text = dict.fromkeys((names[position], *others), pl.String)
    settings = {"has_header": header, "separator": separator, "eol_char": line_end}
    frame = parse_csv(path, new_columns=names, schema_overrides=text, **settings)
    if frame[:, position].null_count():
        frame = frame.filter(~pl.all_horizontal(pl.all().is_null()))  # drop blank lines
    numbers = parse_spaced_numbers(frame.drop(others))
    return frame.with_columns(numbers).with_columns(parse_labels(frame[:, position])), position


def parse_csv(path: Path, **settings: Any) -> pl.DataFrame:
    """Read with dtypes inferred from the first rows, or from all rows if a later one does not fit."""
    with path.open("rb") as handle:
        try:
            return pl.read_csv(handle, infer_schema_length=INFER_FROM_ROWS, **settings)
        except pl.exceptions.ComputeError:
            handle.seek(0)
            check_row_lengths(path, settings["separator"], len(settings["new_columns"]))
            return pl.read_csv(handle, infer_schema_length=None, **settings)


def check_row_lengths(path: Path, separator: str, width: int) -> None:
    """Raise for the first line with more cells than the first line has."""
    with path.open(encoding="utf-8-sig", newline="") as handle:
        rows = csv.reader(handle, delimiter=separator)
        for row in rows:
            if len(row) > width:
                raise TableError(
                    f"line {rows.line_num} of {str(path)!r} has {len(row)} cells and the first line has {width}; "
                    f"take out the {separator!r} too many, or quote its cell"
                )


def check_is_text(path: Path) -> str:
    """Return the character that ends lines; raise, with the format if it is known, for a file that is not text."""
    with path.open("rb") as handle:
        beginning = handle.read(PROBED_BYTES)
    problem = next((text for start, text in OTHER_FORMATS.items() if beginning.startswith(start)), None)
    if problem is None and b"\0" in beginning:
        problem = "holds zero bytes, which no text in UTF-8 does; it is damaged, or save it as UTF-8"
    if problem is not None:
        raise TableError(f"{str(path)!r} {problem}")
    return "\r" if b"\r" in beginning and b"\n" not in beginning else "\n"


def read_first_row(path: Path, separator: str) -> list[str]:
    """Return the cells of the first line that is not blank; raise for a single cell that contains another separator."""
    with path.open(encoding="utf-8-sig", newline="") as handle:
        row = next((row for row in csv.reader(handle, delimiter=separator) if row), None)
    if row is None:
        raise TableError(f"{str(path)!r} is empty; expected a line of names, then rows")
    other = next((mark for mark in ",;\t|" if len(row) == 1 and mark in row[0]), None)
    if other is not None:
        mark = {"\t": "'\\t'"}.get(other, repr(other))
        raise UsageError(f"{str(path)!r} looks {mark} separated; add --separator {mark}")
    return row


def parse_labels(labels: pl.Series) -> pl.Series:
    """Convert labels to numbers if these print exactly as in the file or are a quantity; else keep the text."""
    text = labels.str.strip_chars()
    for dtype in (pl.Int64, pl.Float64):
        numbers = text.cast(dtype, strict=False)
        if numbers.cast(pl.String).eq_missing(text).all():
            return numbers
    measured = text.cast(pl.Float64, strict=False)
    many = labels.n_unique() > len(labels) / MIN_ROWS_PER_LABEL and not measured.has_nulls()
    return measured if many and (measured % 1 != 0).any() else labels  # '0.50' of a quantity is 0.5


def parse_spaced_numbers(frame: pl.DataFrame) -> list[pl.Series]:
    """Return, as numbers, the columns of text that hold numbers with spaces around them."""
    text = frame.select(pl.col(pl.String))
    numbers = [cells.str.strip_chars().cast(pl.Float64, strict=False) for cells in text]
    return [new for new, old in zip(numbers, text, strict=True) if new.null_count() == old.null_count() < len(old)]
