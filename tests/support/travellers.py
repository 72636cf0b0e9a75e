"""Frames beside whose numbers columns of any dtype travel, in each library, and the cells of a frame as Python objects."""

import datetime
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
from support.optional import optional

CELLS: dict[str, Callable[[int], Any]] = {
    "text": lambda i: None if i % 5 == 0 else f"row {i}",
    "day": lambda i: None if i % 7 == 0 else datetime.datetime(2024, 2, 27) + datetime.timedelta(days=int(i)),
    "count": lambda i: None if i % 4 == 0 else 2**60 + int(i),
    "nested": lambda i: None if i % 3 == 0 else [int(i), 0],
    "flag": lambda i: None if i % 6 == 0 else bool(i % 2 == 0),
    "amount": lambda i: Decimal(int(i)) / 4,
}
"""A cell of each travelling column, by row."""


def make_columns(n: int) -> dict[str, list[Any]]:
    """Travelling columns of n rows."""
    return {name: [cell(i) for i in range(n)] for name, cell in CELLS.items()}


def pandas(numbers: dict[str, Any], columns: dict[str, list[Any]]) -> Any:
    library = optional("pandas")
    kinds = {"text": "string", "day": "datetime64[us]", "count": "Int64", "flag": "boolean"}
    series = {name: library.Series(cells, dtype=kinds.get(name, object)) for name, cells in columns.items()}
    if "text" in series:
        series["text"] = series["text"].astype("category")
    return interleave(library.DataFrame, numbers, series)


def polars(numbers: dict[str, Any], columns: dict[str, list[Any]]) -> Any:
    library = optional("polars")
    series = {name: library.Series(cells) for name, cells in columns.items()}
    if "text" in series:
        series["text"] = series["text"].cast(library.Categorical)
    return interleave(library.DataFrame, numbers, series)


def pyarrow(numbers: dict[str, Any], columns: dict[str, list[Any]]) -> Any:
    library = optional("pyarrow")
    arrays = {name: library.array(cells) for name, cells in columns.items()}
    if "text" in arrays:
        arrays["text"] = arrays["text"].dictionary_encode()
    table = interleave(library.table, numbers, arrays)
    fields = [field.with_metadata({"made": "by hand"}) for field in table.schema]
    return table.cast(library.schema(fields, metadata={"kept": "yes"}))


LIBRARIES = [pandas, polars, pyarrow]


def interleave(build: Callable[[dict[str, Any]], Any], numbers: dict[str, Any], others: dict[str, Any]) -> Any:
    """A frame with a travelling column before each number, and the rest behind."""
    mixed: dict[str, Any] = {}
    for (name, values), (other, cells) in zip(numbers.items(), others.items(), strict=False):
        mixed |= {other: cells, name: values}
    return build(mixed | numbers | others)


def names_of(frame: Any) -> list[str]:
    return list(frame.column_names if hasattr(frame, "column_names") else frame.columns)


def schema_of(frame: Any) -> Any:
    """Names and dtypes in order, with all that the library declares about them."""
    if hasattr(frame, "schema"):
        return (
            frame.schema if not hasattr(frame.schema, "metadata") else frame.schema.to_string(show_schema_metadata=True)
        )
    return [(name, dtype, getattr(dtype, "categories", None) is not None) for name, dtype in frame.dtypes.items()]


def cells_of(frame: Any, name: str) -> list[Any]:
    """The cells of a column; None is missing."""
    column = frame[name]
    cells = column.to_pylist() if hasattr(column, "to_pylist") else column.to_list()
    return [None if is_missing(cell) else cell for cell in cells]


def is_missing(cell: Any) -> bool:
    return cell is None or (not isinstance(cell, list) and np.ndim(cell) == 0 and bool(is_unequal_to_itself(cell)))


def is_unequal_to_itself(cell: Any) -> bool:
    return type(cell).__name__ in ("NAType", "NaTType") or cell != cell
