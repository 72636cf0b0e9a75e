"""Columns of text that should hold numbers: the cells that make them text, and what to do about these."""

from collections.abc import Iterator

import polars as pl
import polars.selectors as cs

from gpu_smotetomek.tables.number_marks import MISSING_MARKS, POINT, NumberMarks, mask_all_words

NAMED_BY_NUMBERS = "The first line holds numbers and was taken for names: add --no-header if it is data."


def find_text(frame: pl.DataFrame, marks: NumberMarks = POINT) -> dict[str, str]:
    """Return, for each column that is not numeric, a cell that is not a number."""
    others = frame.select(~(cs.numeric() | cs.boolean()))
    words = find_first_words(others, marks)
    return {
        c.name: str(c[words[c.name][0]] if c.name in words else next(iter(c.drop_nulls()), ""))
        for c in others.iter_columns()
    }


def find_stray_text(frame: pl.DataFrame, marks: NumberMarks = POINT) -> dict[str, int]:
    """Return, for each column of text that mostly holds numbers, the row (from 1) of the first cell that is not a number."""
    words = find_first_words(frame, marks)
    filled = dict(zip(frame.columns, frame.select(pl.all().count()).row(0), strict=True)) if words else {}
    return {name: row + 1 for name, (row, count) in words.items() if 2 * count < filled[name]}


def find_first_words(frame: pl.DataFrame, marks: NumberMarks) -> dict[str, tuple[int, int]]:
    """Return, for each column of text, the row (from 0) of the first cell that is not a number, and the number of such cells."""
    masks = mask_all_words(frame, marks)
    if not masks.width or not len(masks):
        return {}
    rows, counts = masks.select(pl.all().arg_max()).row(0), masks.sum().row(0)
    return {name: (row, count) for name, row, count in zip(masks.columns, rows, counts, strict=True) if count}


def advise_on_text(
    columns: dict[str, str], stray: dict[str, int], marks: dict[str, str], options: str = ""
) -> Iterator[str]:
    """Explain, once for each reason, why columns are not numeric: marks for missing cells or in numbers, stray words, text.

    `options` are those that give the columns of text another role.
    """
    missing = {name: cell for name, cell in columns.items() if cell.lower() in MISSING_MARKS}
    explained = missing.keys() | marks.keys()
    others = {name: cell for name, cell in columns.items() if name not in explained}
    text = {name: cell for name, cell in others.items() if name not in stray}
    for group, remedy in (
        (missing, "Fill in missing cells (--impute median), or drop their rows; a mark makes the whole column text"),
        (
            text,
            f"Encode the columns that hold no numbers, or add {options or '--categorical, --passthrough or --drop'}",
        ),
    ):
        for name, cell in list(group.items())[:1]:
            yield f"{remedy}, such as {name!r} ({cell!r})."
    yield from dict.fromkeys(f"{text}." for text in marks.values())
    for name in [name for name in others if name in stray][:1]:
        yield f"Correct the cells of text in columns of numbers: {name!r} has {columns[name]!r} in row {stray[name]:,}."
