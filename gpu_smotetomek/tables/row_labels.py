"""Columns that number or name the rows, as R's `write.csv` and the index of pandas do."""

import re

import polars as pl

NAMES_OF_NONE = re.compile(r"|Unnamed: 0(\.\d+)?|__index_level_0__")
"""Names of a first column that has none: empty, or as pandas names it when it reads such a file or writes Parquet."""


def find_row_labels(frame: pl.DataFrame, position: int) -> str | None:
    """Return the name of the first column if it has none of its own and labels each row differently.

    Parameters
    ----------
    frame : polars.DataFrame
        All columns.
    position : int
        That of the target, which labels no rows.

    Returns
    -------
    str or None
    """
    place = frame.width - 1 if frame.columns[-1] == "__index_level_0__" else 0
    name = frame.columns[place]
    cells = frame[:, place]
    if place == position or frame.width < 3 or not NAMES_OF_NONE.fullmatch(name):
        return None
    if not (cells.dtype.is_integer() or cells.dtype == pl.String) or cells.null_count():
        return None
    return name if cells.n_unique() == len(cells) else None


def describe_row_labels(name: str) -> str:
    """Return the note on such a column."""
    return (
        f"column {name!r} labels the rows (R's row names, or the index of pandas); it travels with them and is left out of the "
        "distances. Write files without it (row.names = FALSE, index=False), or name it if it is a feature"
    )
