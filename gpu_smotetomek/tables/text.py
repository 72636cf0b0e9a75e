"""Tables in text files: one line a row, cells apart by a separator."""

import csv
from pathlib import Path
from typing import Any

import polars as pl

from gpu_smotetomek.tables.errors import TableError, UsageError
from gpu_smotetomek.tables.sheet import column

LOOKED_AT = 4096  # bytes that tell text from other files
FOREIGN = {
    **dict.fromkeys(
        (b"\xff\xfe", b"\xfe\xff"), "is not UTF-8 text but UTF-16; save it as UTF-8 (a spreadsheet's 'CSV UTF-8')"
    ),
    b"\x1f\x8b": "is compressed by gzip; unpack it first",
    b"PAR1": "is a Parquet file; name it .parquet",
    b"ARROW1": "is a Feather file; name it .feather",
    b"PK\x03\x04": "is a zip archive or a spreadsheet; unpack it, or save the sheet as CSV",
}
"""How files begin that are taken for text by their names."""

QUANTITY = 3  # rows a label, below which fractions are no labels

INFERRED = 10_000
"""Rows that dtypes are guessed from at first; all of them cost three times the reading time and are rarely needed."""


def read_text(path: Path, target: str, header: bool, separator: str) -> tuple[pl.DataFrame, int]:
    """All columns of a text table, and which of them is the target."""
    refuse_foreign(path)
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
    return frame.with_columns(spaced(frame)).with_columns(literal(frame[:, position])), position


def parse(path: Path, **settings: Any) -> pl.DataFrame:
    """Read with dtypes guessed from the first rows, and from all of them where a later row does not fit."""
    with path.open("rb") as handle:
        try:
            return pl.read_csv(handle, infer_schema_length=INFERRED, **settings)
        except pl.exceptions.ComputeError:
            handle.seek(0)
            refuse_long_row(path, settings["separator"], len(settings["new_columns"]))
            return pl.read_csv(handle, infer_schema_length=None, **settings)


def refuse_long_row(path: Path, separator: str, width: int) -> None:
    """Name the first line with more cells than the first one has, where there is one."""
    with path.open(encoding="utf-8-sig", newline="") as handle:
        rows = csv.reader(handle, delimiter=separator)
        for row in rows:
            if len(row) > width:
                msg = (
                    f"line {rows.line_num} of {str(path)!r} has {len(row)} cells and the first line has {width}; "
                    f"take out the {separator!r} too many, or quote its cell"
                )
                raise TableError(msg)


def refuse_foreign(path: Path) -> None:
    """Say of a file that is no text what it is, before all of it is read for text."""
    with path.open("rb") as handle:
        beginning = handle.read(LOOKED_AT)
    what = next((words for mark, words in FOREIGN.items() if beginning.startswith(mark)), None)
    if what is None and b"\0" in beginning:
        what = "holds zero bytes, which no text in UTF-8 does; it is damaged, or save it as UTF-8"
    if what is not None:
        msg = f"{str(path)!r} {what}"
        raise TableError(msg)


def first_row(path: Path, separator: str) -> list[str]:
    """Cells of the first line that is not blank; one cell with another separator in it is no row."""
    with path.open(encoding="utf-8-sig", newline="") as handle:
        row = next((row for row in csv.reader(handle, delimiter=separator) if row), None)
    if row is None:
        msg = f"{str(path)!r} is empty; expected a line of names, then rows"
        raise TableError(msg)
    other = next((mark for mark in ",;\t|" if len(row) == 1 and mark in row[0]), None)
    if other is not None:
        mark = {"\t": "'\\t'"}.get(other, repr(other))
        msg = f"{str(path)!r} looks {mark} separated; add --separator {mark}"
        raise UsageError(msg)
    return row


def literal(labels: pl.Series) -> pl.Series:
    """Labels as numbers where these are written exactly as the file has them, or are a quantity, else as the text they are."""
    text = labels.str.strip_chars()
    for dtype in (pl.Int64, pl.Float64):
        numbers = text.cast(dtype, strict=False)
        if numbers.cast(pl.String).eq_missing(text).all():
            return numbers
    measured = text.cast(pl.Float64, strict=False)
    many = labels.n_unique() > len(labels) / QUANTITY and not measured.has_nulls()
    return measured if many and (measured % 1 != 0).any() else labels  # '0.50' of a quantity is 0.5


def spaced(frame: pl.DataFrame) -> list[pl.Series]:
    """Columns that are numbers but for the spaces around them, as numbers."""
    text = frame.select(pl.col(pl.String))
    numbers = [cells.str.strip_chars().cast(pl.Float64, strict=False) for cells in text]
    return [new for new, old in zip(numbers, text, strict=True) if new.null_count() == old.null_count() < len(old)]
