"""Containers that are refused, and the conversion that each one needs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from decimal import Decimal
from numbers import Real
from typing import Any, NoReturn

import numpy as np

from ._labels import is_missing

CONVERSIONS = {
    "duckdb": ".df() or .pl() gives a frame",
    "_duckdb": ".df() or .pl() gives a frame",
    "ibis": ".to_polars() gives a frame",
    "pyspark": ".toPandas() gives a frame",
    "sqlframe": ".toPandas() gives a frame",
    "daft": ".to_pandas() gives a frame",
    "dask": "gpu_smotetomek.dask has SMOTE, TomekLinks and SMOTETomek for it, and .compute() gives its rows",
    "datasets": '.to_pandas() gives a frame, and .with_format("torch")["column"][:] a tensor',
    "datasets.Column": "[:] gives a list or a tensor",
    "datasets.DatasetDict": '["train"].to_pandas() gives a frame',
    "datasets.IterableDataset": "datasets.Dataset.from_list(list(data)).to_pandas() gives a frame",
    "pyarrow.RecordBatch": "pyarrow.Table.from_batches([batch]) gives a table",
}
"""How a container of a library, by the name of its outermost module and its class, or of any class, becomes one that is taken."""


def find_conversion(data: Any) -> str | None:
    """Return how a container of another library is converted; None where that is not known."""
    library = type(data).__module__.partition(".")[0]
    return CONVERSIONS.get(f"{library}.{type(data).__name__}", CONVERSIONS.get(library))


def has_every_attribute(data: Any) -> bool:
    """Whether an object has attributes of any name, as sqlframe's frames: those by which arrays are found mean nothing then."""
    return hasattr(data, "_a_name_that_no_library_uses")


def is_map_style(data: Any) -> bool:
    """Whether an object has items and a length, but neither an array nor iteration: NumPy might ask for items forever."""
    has_items = hasattr(data, "__getitem__") and hasattr(data, "__len__")
    return has_items and not any(hasattr(data, name) for name in ("__array__", "__iter__", "__array_interface__"))


def raise_map_style(data: Any, *_: Any) -> NoReturn:
    """Raise for a dataset of single items, such as PyTorch's."""
    name = f"{type(data).__module__}.{type(data).__qualname__}"
    remedy = (
        find_conversion(data) or "stack its items first, for example with torch.stack([item for item, _ in dataset])"
    )
    raise TypeError(f"{name} gives one item after another, and resampling needs a table: {remedy}.")


def is_series(data: Any) -> bool:
    """Whether an object is a series of pandas, polars or a similar library."""
    import narwhals as nw

    return isinstance(nw.from_native(data, pass_through=True, allow_series=True), nw.Series)


def raise_series(data: Any, *_: Any) -> NoReturn:
    """Raise for one series, or one array of PyArrow, as X."""
    library, name = type(data).__module__.partition(".")[0], getattr(data, "name", None)
    remedy = "pyarrow.table({'x': X})" if library == "pyarrow" else "X.to_frame()"
    source = "" if name in (None, "") else f", or frame[[{name!r}]] of the frame that it is from"
    raise ValueError(
        f"Expected 2D array, got 1D array instead: X is a {library} {type(data).__name__}. A table of this one column is "
        f"{remedy}{source}."
    )


def check_holds_labels(y: Any) -> None:
    """Raise for an object that holds no labels one after another, and name the remedy; its repr may be long.

    Raises
    ------
    ValueError
        If `y` is text, a mapping, a set or an iterator.
    TypeError
        If its entries are dictionaries, or rows with fields.
    """
    if isinstance(y, (str, bytes, Mapping, Set, Iterator)):
        key = next(iter(y), None) if isinstance(y, Mapping) else None
        remedy = f"give one of its values, such as y[{key!r:.50}]" if isinstance(y, Mapping) else "make a list of it"
        remedy = "read the labels first" if isinstance(y, (str, bytes)) else remedy
        raise ValueError(
            f"Expected array-like (array or non-string sequence), got {type(y).__name__}: y holds the class of each row of X; "
            f"{remedy}."
        )
    if isinstance(y, (list, tuple)) and y and isinstance(y[0], dict):
        key = next(iter(y[0]), None)
        raise TypeError(
            f"y is a list of dictionaries: take one entry of each, such as [row[{key!r:.50}] for row in y]."
        )
    if fields := getattr(getattr(y, "dtype", None), "names", None):
        raise TypeError(
            f"y is a structured array: give the field that holds the classes, such as y[{fields[0]!r:.50}]."
        )


def check_no_nested_rows(rows: np.ndarray[Any, Any]) -> None:
    """Raise for a one-dimensional array of sequences, which NumPy makes of rows of different lengths, or on request."""
    if rows.ndim == 1 and rows.dtype == object and len(rows) and isinstance(rows[0], (list, tuple, np.ndarray)):
        raise_uneven_rows(
            list(rows),
            ValueError("X is a one-dimensional array of sequences: numpy.stack(X) makes a table of it."),
        )


def raise_uneven_rows(rows: list[Any], error: Exception) -> NoReturn:
    """Raise for a list that NumPy cannot convert: rows of different lengths, or rows that are no sequences of numbers."""
    if rows and isinstance(rows[0], dict):
        raise TypeError(
            "X is a list of dictionaries: pandas.DataFrame(X) or polars.DataFrame(X) makes a table of it."
        ) from error
    lengths = [len(row) if isinstance(row, (list, tuple, np.ndarray)) else -1 for row in rows]
    uneven = next((i for i, length in enumerate(lengths) if length != lengths[0]), None)
    if uneven is None:
        raise error
    values = ["one value" if length in (-1, 1) else f"{length} values" for length in (lengths[uneven], lengths[0])]
    raise ValueError(
        f"X has rows of different lengths: row {uneven} has {values[0]} and row 0 has {values[1]}. Give each row a value for "
        "each feature."
    ) from error


def check_objects(values: Iterable[Any]) -> None:
    """Raise for objects that are numbers beyond float64, which rows of the result would lose.

    Raises
    ------
    ValueError
        If a value is a decimal, a fraction, or an integer of more than 2**53 in size.
    """
    for value in values:
        is_plain = isinstance(value, (bool, float, np.number, np.bool_)) or not isinstance(value, (Real, Decimal))
        if is_plain or (isinstance(value, int) and abs(value) <= 2**53):
            continue
        kind = "integers of more than 2**53 in size" if isinstance(value, int) else f"{type(value).__name__} objects"
        raise ValueError(
            f"X holds {kind}, {value!r:.40} among them, which arrays of floats would round: convert it first, for example with "
            "X.astype(float)."
        )


def describe_numbers(native: Any, values: Iterable[Any] = ()) -> str | None:
    """Say in which form a column holds numbers that arrays do not have; None if it holds no numbers.

    `native` is the dtype in the frame; `values` are the cells of a column of objects.
    """
    text = str(native)
    if any(kind in text for kind in ("Decimal", "decimal", "Int128", "UInt128")):
        return text
    cells = list(values)
    kinds = {type(value) for value in cells if not is_missing(value)}
    if kinds and all(issubclass(kind, (Real, Decimal, np.bool_)) for kind in kinds):
        names = ", ".join(sorted(kind.__name__ for kind in kinds))
        return f"{text} of {names}{', and missing values' if any(map(is_missing, cells)) else ''}"
    return None
