"""Whole numbers too long for distances, which are ids as a rule."""

import polars as pl
import polars.selectors as cs

from gpu_smotetomek.tables.sheet import MAX_EXACT_INTEGER


def find_long_integers(frame: pl.DataFrame) -> list[str]:
    """Return the names of the columns with integers that float64 does not hold exactly."""
    integers = frame.select(cs.integer())
    if not integers.width or not len(integers):
        return []
    largest, smallest = integers.max().row(0), integers.min().row(0)
    ends = zip(integers.columns, smallest, largest, strict=True)
    return [name for name, low, high in ends if low is not None and max(high, -low) > MAX_EXACT_INTEGER]


def describe_long_integers(name: str, frame: pl.DataFrame) -> str:
    """Return the note on such a column."""
    digits = max(len(str(end).lstrip("-")) for end in (frame[name].min(), frame[name].max()))
    return (
        f"column {name!r} holds whole numbers of {digits} digits, which distances round and SMOTE refuses: "
        "if it is an id, name it in --passthrough, and if it is a code, in --categorical"
    )
