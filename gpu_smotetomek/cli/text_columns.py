"""Columns of text that should hold numbers: the cells that make them text, and what to do about these."""

import re
from collections.abc import Iterator

import polars as pl
import polars.selectors as cs

NAMED_BY_NUMBERS = "The first line holds numbers and was taken for names: add --no-header if it is data."
MISSING_MARKS = {"na", "n/a", "nan", "null", "none", "?", "-", "."}


def find_text(frame: pl.DataFrame) -> dict[str, str]:
    """Return, for each column that is not numeric, a cell that is not a number."""
    others = frame.select(~(cs.numeric() | cs.boolean()))
    words = {c.name: c.filter(mask_words(c)) for c in others if c.dtype == pl.String}
    return {c.name: str(next(iter(words.get(c.name, ())), next(iter(c.drop_nulls()), ""))) for c in others}


def mask_words(cells: pl.Series) -> pl.Series:
    """Return the mask of the cells, of a column of text, that are neither empty nor numbers."""
    return cells.is_not_null() & cells.str.strip_chars().cast(pl.Float64, strict=False).is_null()


def find_stray_text(frame: pl.DataFrame) -> dict[str, int]:
    """Return, for each column of text that mostly holds numbers, the row (from 1) of the first cell that is not a number."""
    masks = {cells.name: mask_words(cells) for cells in frame.select(pl.col(pl.String))}
    return {
        name: int(mask.arg_true()[0]) + 1
        for name, mask in masks.items()
        if 0 < 2 * mask.sum() < len(mask) - frame[name].null_count()
    }


def advise_on_text(columns: dict[str, str], stray: dict[str, int], options: str = "") -> Iterator[str]:
    """Explain, once for each reason, why columns are not numeric: marks for missing cells, decimal commas, stray words, text.

    `options` are those that give the columns of text another role.
    """
    missing = {name: cell for name, cell in columns.items() if cell.lower() in MISSING_MARKS}
    commas = {name: cell for name, cell in columns.items() if re.fullmatch(r"[-+]?[0-9]+,[0-9]+", cell)}
    others = {name: cell for name, cell in columns.items() if name not in missing | commas}
    text = {name: cell for name, cell in others.items() if name not in stray}
    for group, remedy in (
        (missing, "Fill in missing cells (--impute median), or drop their rows; a mark makes the whole column text"),
        (commas, "Write numbers with a decimal point; a comma makes the column text"),
        (
            text,
            f"Encode the columns that hold no numbers, or add {options or '--categorical, --passthrough or --drop'}",
        ),
    ):
        for name, cell in list(group.items())[:1]:
            yield f"{remedy}, such as {name!r} ({cell!r})."
    for name in [name for name in others if name in stray][:1]:
        yield f"Correct the cells of text in columns of numbers: {name!r} has {columns[name]!r} in row {stray[name]:,}."
