"""Explains which marks keep a column of numbers from being read, and what to do about them."""

import re
from collections.abc import Iterator

import polars as pl

from gpu_smotetomek.tables.number_marks import (
    BLANK_CHARACTERS,
    MINUS_SIGNS,
    MISSING_MARKS,
    POINT,
    NumberMarks,
    mask_all_words,
    mask_words,
    parse_numbers,
)

SIGNS_BESIDE_NUMBERS = (
    r"(?:US|AU|CA|NZ|HK|R)?\p{Sc}|%|‰|\b(?:USD|EUR|GBP|CHF|JPY|CNY|INR|AUD|CAD|NZD|SEK|NOK|DKK|PLN|CZK|HUF|BRL|MXN|ZAR|RUB|TRY|"
    r"KRW|SGD|HKD|kr|zł|Rs)\b"
)
"""Signs and codes of currencies, and of percent."""

MAX_EXPLAINED = 100
"""Columns that are examined; further ones that look alike get the advice of the first."""

NUMBER_WITH_MARKS = (
    rf"^[{BLANK_CHARACTERS}]*[(+{MINUS_SIGNS}]?(?:{SIGNS_BESIDE_NUMBERS})?[0-9{BLANK_CHARACTERS}.,'’_eE()+{MINUS_SIGNS}]*"
    + (rf"(?:{SIGNS_BESIDE_NUMBERS})?[){BLANK_CHARACTERS}]*$")
)
"""What a number with marks looks like, and some other text too."""

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
    NumberMarks(",", "_"),
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
        Sentences without a full stop, the same for columns with the same remedy; columns of other text are left out.
    """
    sentences: dict[str, str] = {}
    advice: dict[str, str] = {}
    suspects = list_suspects(frame, marks)
    for name in suspects[:MAX_EXPLAINED]:
        template, cell = advise_on_marks(frame[name], marks)
        if template:
            sentence = template.format(example=f"{name!r} ({cell!r})")
            advice[name] = sentences.setdefault(re.sub(r"reads \S+", "", template), sentence)
    if advice:
        advice |= dict.fromkeys(suspects[MAX_EXPLAINED:], next(iter(advice.values())))
    return advice


def list_suspects(frame: pl.DataFrame, marks: NumberMarks) -> list[str]:
    """List the columns of text whose cells look like numbers with marks, and are not all numbers as they are."""
    words = mask_all_words(frame, marks)
    if not words.width:
        return []
    text = frame.select(words.columns)
    missing = pl.all().str.strip_chars().str.to_lowercase().is_in([*MISSING_MARKS, ""])
    looks = text.select((pl.all().str.contains(NUMBER_WITH_MARKS) | missing).all()).row(0)
    strange = words.select(pl.all().any()).row(0)
    return [name for name, *flags in zip(words.columns, looks, strange, strict=True) if all(flags)]


def advise_on_marks(cells: pl.Series, marks: NumberMarks) -> tuple[str, str]:
    """Return what to do about the marks of one column, and a cell with marks; empty texts if its cells are no such numbers."""
    written = cells.drop_nulls().str.strip_chars(BLANK_CHARACTERS)
    written = written.filter(~written.str.to_lowercase().is_in(list(MISSING_MARKS)) & (written != ""))
    strange = written.filter(mask_words(written, marks))
    readings = list(find_readings(strip_signs(written))) if len(strange) else []
    if not readings:
        return "", ""
    signs = sorted(set(strange.str.extract_all(SIGNS_BESIDE_NUMBERS).explode().drop_nulls()))
    brackets = bool(strange.str.contains(r"^\(.*\)$").any())
    if signs or brackets:
        options = set() if marks in readings else {reading.options for reading in readings}
        return describe_signs(signs, options, brackets=brackets), strange[0]
    values = {reading: parse_numbers(strange[:1], reading) for reading in readings}
    read = {reading.options: number[0] for reading, number in values.items() if number is not None}
    if len(set(read.values())) > 1:
        instead = f"{strange[0].replace('.', marks.decimal)!r} in its place"
        ways = " and ".join(f"{text or instead} reads {value}" for text, value in read.items())
        return f"Say what the mark in {{example}} means: {ways}", strange[0]
    return f"Numbers have other marks in {{example}}: add {readings[0].options}, or take the marks out", strange[0]


def strip_signs(written: pl.Series) -> pl.Series:
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


def describe_signs(signs: list[str], options: set[str], *, brackets: bool) -> str:
    """Return what to do about currencies, percent and brackets, and about the other marks of the column."""
    parts = [f"take {', '.join(map(repr, signs))} out of the cells"] if signs else []
    parts += ["write -5 for (5)"] if brackets else []
    parts += [f"then add {' or '.join(sorted(options))}"] if options - {""} else []
    text = ", ".join(parts)
    return f"{text[0].upper()}{text[1:]}: cells with numbers alone are read, and not {{example}}"
