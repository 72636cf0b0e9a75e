"""The marks inside written numbers: the decimal mark, marks between thousands, and what is no part of a number."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

BLANK_CHARACTERS = " \u00a0\u2007\u2009\u202f"
"""Blanks that stand between thousands: plain, non-breaking, of one figure, thin, and narrow non-breaking."""

APOSTROPHES = "'\u2019"
MINUS_SIGNS = "\u2212\u2013-"
"""The minus sign, the dash that word processors write, and the hyphen, which ends a class of a regular expression."""

WORDS_OF_FLOATS = "(?i:nan|inf|infinity)"

MISSING_MARKS = {"na", "n/a", "#n/a", "<na>", "nan", "nat", "null", "none", "?", "-", "."}
"""What files write, in any case, in cells that are missing."""


@dataclass(frozen=True)
class NumberMarks:
    """How numbers are written.

    Attributes
    ----------
    decimal : str
        The mark before the fraction.
    thousands : str or None
        The mark between groups of digits; a blank stands for every kind of blank, an apostrophe for every kind of apostrophe.
    """

    decimal: str = "."
    thousands: str | None = None

    @property
    def options(self) -> str:
        """The options of the command line that set these marks."""
        decimal = f"--decimal {self.decimal!r}" if self.decimal != "." else ""
        thousands = f"--thousands {self.thousands!r}" if self.thousands is not None else ""
        return f"{decimal} {thousands}".strip()

    @property
    def thousands_class(self) -> str:
        """The characters that stand between thousands, as a class of a regular expression."""
        return f"[{re.escape(expand_mark(self.thousands or ''))}]"

    @property
    def pattern(self) -> str:
        """A regular expression that the cells of a column of numbers match, without blanks around them."""
        whole = r"[0-9]+"
        if self.thousands is not None:
            mark = self.thousands_class
            whole = rf"(?:[0-9]+|[0-9]{{1,3}}(?:{mark}[0-9]{{3}})+|[0-9]{{1,2}}(?:{mark}[0-9]{{2}})+{mark}[0-9]{{3}})"
        point = re.escape(self.decimal)
        number = rf"(?:{whole}(?:{point}[0-9]*)?|{point}[0-9]+)(?:[eE][+-]?[0-9]+)?"
        return rf"^[+{MINUS_SIGNS}]?(?:{number}|{WORDS_OF_FLOATS})$"


def expand_mark(mark: str) -> str:
    """Return all characters that a mark stands for."""
    return next((marks for marks in (BLANK_CHARACTERS, APOSTROPHES) if mark and mark in marks), mark)


POINT = NumberMarks()
"""Numbers with a decimal point and nothing else."""

POINTS_BETWEEN_THOUSANDS = NumberMarks(",", ".")
"""Numbers with a decimal comma, and points that divide thousands."""


def mask_words(cells: pl.Series, marks: NumberMarks = POINT) -> pl.Series:
    """Return the mask of the cells, of a column of text, that are neither empty nor numbers."""
    return cells.is_not_null() & ~cells.str.strip_chars().str.contains(marks.pattern)


def parse_numbers(cells: pl.Series, marks: NumberMarks) -> pl.Series | None:
    """Return a column of text as integers or floats; None if a cell is no number, or none has one.

    Integers that no 64 bits hold are no numbers here: floats would change them.
    """
    text = cells.str.strip_chars()
    if text.null_count() == len(text) or mask_words(cells, marks).any():
        return None
    text = text.str.replace(f"^[{MINUS_SIGNS}]", "-")
    if marks.thousands is not None:
        text = text.str.replace_all(marks.thousands_class, "")
    text = text.str.replace(marks.decimal, ".", literal=True).str.strip_prefix("+")
    if text.str.contains("^-?[0-9]+$").all():
        integers = text.cast(pl.Int64, strict=False)
        return integers if integers.null_count() == text.null_count() else None
    floats = text.cast(pl.Float64, strict=False)
    return floats if floats.null_count() == text.null_count() else None


def convert_text(frame: pl.DataFrame, marks: NumberMarks, kept: Sequence[str]) -> pl.DataFrame:
    """Return a frame whose columns of text that hold numbers are numbers, but for those in `kept`.

    A column with decimal points is read too, unless all its points may be marks between thousands.
    """
    left, numbers = set(kept), []
    for cells in frame.select(pl.col(pl.String)):
        if cells.name in left:
            continue
        parsed = parse_numbers(cells, marks)
        if parsed is None and marks != POINT and parse_numbers(cells, POINTS_BETWEEN_THOUSANDS) is None:
            parsed = parse_numbers(cells, POINT)
        numbers.append(cells if parsed is None else parsed)
    return frame.with_columns(numbers)
