"""Explains which marks keep a column of numbers from being read, and what to do about them."""

from collections.abc import Iterator

import polars as pl

from gpu_smotetomek.tables.number_marks import (
    BLANK_CHARACTERS,
    MINUS_SIGNS,
    MISSING_MARKS,
    POINT,
    NumberMarks,
    mask_words,
    parse_numbers,
)

SIGNS_BESIDE_NUMBERS = (
    r"(?:US|AU|CA|NZ|HK|R)?\p{Sc}|%|‰|\b(?:USD|EUR|GBP|CHF|JPY|CNY|INR|AUD|CAD|NZD|SEK|NOK|DKK|PLN|CZK|HUF|BRL|MXN|ZAR|RUB|TRY|"
    r"KRW|SGD|HKD|kr|zł|Rs)\b"
)
"""Signs and codes of currencies, and of percent."""

CANDIDATES = (
    POINT,
    NumberMarks(",", None),
    NumberMarks(".", ","),
    NumberMarks(".", " "),
    NumberMarks(".", "'"),
    NumberMarks(".", "_"),
    NumberMarks(",", "."),
    NumberMarks(",", " "),
    NumberMarks(",", "'"),
)
"""Ways to write numbers, the simpler ones first."""


def explain_marks(frame: pl.DataFrame, marks: NumberMarks) -> dict[str, str]:
    """Return, for each column of text whose cells are numbers with marks, what to do.

    Parameters
    ----------
    frame : polars.DataFrame
        The columns as they were read.
    marks : NumberMarks
        The marks with which they were read.

    Returns
    -------
    dict from str to str
        Sentences without a full stop; columns of other text are left out.
    """
    advice = {cells.name: advise_on_marks(cells, marks) for cells in frame.select(pl.col(pl.String))}
    return {name: text for name, text in advice.items() if text is not None}


def advise_on_marks(cells: pl.Series, marks: NumberMarks) -> str | None:
    """Return what to do about the marks of one column, or None if its cells are no numbers with marks."""
    written = cells.drop_nulls().str.strip_chars(BLANK_CHARACTERS)
    written = written.filter(~written.str.to_lowercase().is_in(list(MISSING_MARKS)) & (written != ""))
    strange = written.filter(mask_words(written, marks))
    if strange.is_empty():
        return None
    example = f"{cells.name!r} ({strange[0]!r})"
    bare = strip_units(written)
    readings = list(find_readings(bare))
    units = sorted(set(strange.str.extract_all(SIGNS_BESIDE_NUMBERS).explode().drop_nulls()))
    brackets = strange.str.contains(r"^\(.*\)$").any()
    if not readings:
        return None
    options = {reading.options for reading in readings} - {marks.options}
    if units or brackets:
        return describe_units(example, units, options if marks not in readings else set(), brackets=bool(brackets))
    if marks in readings:
        return None
    values = {reading: parse_numbers(strange[:1], reading) for reading in readings}
    read = {reading.options: cell[0] for reading, cell in values.items() if cell is not None}
    if len(set(read.values())) > 1:
        ways = " and ".join(f"{text or 'a plain call'} reads {value}" for text, value in read.items())
        return f"Say what the mark in {example} means: {ways}"
    return f"Numbers are written with other marks in {example}: add {readings[0].options}, or take the marks out"


def strip_units(written: pl.Series) -> pl.Series:
    """Return cells without currencies, percent and brackets around negative numbers."""
    inner = written.str.replace(r"^\((.*)\)$", "${1}").str.replace_all(SIGNS_BESIDE_NUMBERS, "")
    return inner.str.replace(f"^([+{MINUS_SIGNS}]?)[{BLANK_CHARACTERS}]+", "${1}").str.strip_chars(BLANK_CHARACTERS)


def find_readings(bare: pl.Series) -> Iterator[NumberMarks]:
    """Yield the ways to write numbers that fit all cells; a mark that no cell needs is left out."""
    found: list[NumberMarks] = []
    for marks in CANDIDATES:
        simpler = [other for other in found if other.decimal == marks.decimal and other.thousands is None]
        if not simpler and not mask_words(bare, marks).any():
            found.append(marks)
            yield marks


def describe_units(example: str, units: list[str], options: set[str], *, brackets: bool) -> str:
    """Return what to do about currencies, percent and brackets, and about the other marks of the column."""
    parts = []
    if units:
        parts.append(f"take {', '.join(map(repr, units))} out of the cells")
    if brackets:
        parts.append("write -5 for (5)")
    if options:
        parts.append(f"then add {' or '.join(sorted(options))}")
    text = ", ".join(parts)
    return f"{text[0].upper()}{text[1:]}: numbers alone are read, and not {example}"
