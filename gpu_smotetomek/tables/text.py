"""Tables in text files: one row a line, cells divided by a separator."""

import csv
from collections.abc import Sequence
from typing import Any

import polars as pl

from gpu_smotetomek.tables.errors import TableError
from gpu_smotetomek.tables.layout import Layout, find_layout
from gpu_smotetomek.tables.number_marks import POINT, NumberMarks, convert_text
from gpu_smotetomek.tables.sheet import find_column, find_columns
from gpu_smotetomek.tables.source import Source

INFER_FROM_ROWS = 10_000
"""Rows from which dtypes are inferred first; inference from all rows takes three times the reading time, and is rarely needed."""


def read_text(
    source: Source, target: str, kept: Sequence[str], header: bool, separator: str | None, marks: NumberMarks
) -> tuple[pl.DataFrame, int, list[str]]:
    """Read all columns of a text table; return the frame, the position of the target, and notes on the file.

    The target, and the columns that the texts in `kept` list, are read as text, so that '007' is not 7.
    """
    layout = find_layout(source, separator, header=header)
    width = len(layout.names) - layout.n_trailing
    names = layout.names[:width]
    position = find_column(target, names, header=header)
    others = [name for listed in kept for name in find_columns(listed, names, header=header)]
    text = (names[position], *others)
    frame = parse_csv(layout, text, infer=marks == POINT)
    frame = frame.drop(frame.columns[width:]) if layout.n_trailing else frame
    if frame[:, position].null_count():
        frame = frame.filter(~pl.all_horizontal(pl.all().is_null()))  # drop blank lines
    return convert_text(frame, marks, text), position, layout.notes


def parse_csv(layout: Layout, text: Sequence[str], *, infer: bool) -> pl.DataFrame:
    """Read with dtypes inferred from the first rows, or from all rows if a later one does not fit; without `infer` as text."""
    width = len(layout.names) - layout.n_trailing
    settings: dict[str, Any] = {
        "new_columns": [name if i < width else f"\0{i}" for i, name in enumerate(layout.names)],
        "schema_overrides": dict.fromkeys(text, pl.String),
        "has_header": layout.header,
        "separator": layout.separator,
        "eol_char": layout.line_end,
    }
    if not infer:
        settings["infer_schema"] = False
    with layout.source.open() as handle:
        try:
            return pl.read_csv(handle, infer_schema_length=INFER_FROM_ROWS, **settings)
        except pl.exceptions.ComputeError:
            handle.seek(0)
            check_row_lengths(layout)
            return pl.read_csv(handle, infer_schema_length=None, **settings)


def check_row_lengths(layout: Layout) -> None:
    """Raise for the first line with more cells than the first line has."""
    width = len(layout.names)
    with layout.source.open_text() as handle:
        rows = csv.reader(handle, delimiter=layout.separator)
        for row in rows:
            if len(row) > width:
                raise TableError(
                    f"line {rows.line_num} of {layout.source.name} has {len(row)} cells and the first line has {width}; "
                    f"take out the {layout.separator!r} too many, or quote its cell"
                )
