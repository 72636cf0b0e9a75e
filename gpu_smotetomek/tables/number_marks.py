"""The marks inside written numbers: the decimal mark, marks between thousands, and what is no part of a number."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

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
    return mask_all_words(pl.DataFrame({"cells": cells}), marks)["cells"]


def mask_all_words(frame: pl.DataFrame, marks: NumberMarks = POINT) -> pl.DataFrame:
    """Return a frame of masks: where the columns of text hold neither empty cells nor numbers; other columns are left out."""
    text = pl.col(pl.String)
    return frame.select(text.is_not_null() & ~text.str.strip_chars().str.contains(marks.pattern))


def parse_numbers(cells: pl.Series, marks: NumberMarks) -> pl.Series | None:
    """Return a column of text as integers or floats; None if a cell is no number, or none has one.

    Integers that no 64 bits hold are no numbers here: floats would change them.
    """
    frame = pl.DataFrame({"cells": cells})
    if not list_columns_that_fit(frame, ["cells"], marks):
        return None
    numbers = cast_text(frame, ["cells"], marks)["cells"]
    return None if numbers.dtype == pl.String else numbers.alias(cells.name)


def list_columns_that_fit(frame: pl.DataFrame, names: Sequence[str], marks: NumberMarks) -> list[str]:
    """List the columns of text whose cells are numbers written with these marks, but for empty ones, and not all empty."""
    if not names:
        return []
    text = frame.select(names)
    fits = text.select(pl.all().str.strip_chars().str.contains(marks.pattern).all()).row(0)
    filled = text.select(pl.all().is_not_null().any()).row(0)
    return [name for name, *flags in zip(names, fits, filled, strict=True) if all(flags)]


def cast_text(frame: pl.DataFrame, names: Sequence[str], marks: NumberMarks) -> pl.DataFrame:
    """Return a frame whose columns that fit are integers or floats; a column with an integer beyond 64 bits stays text."""
    if not names:
        return frame
    cells = pl.all().str.strip_chars().str.replace(f"^[{MINUS_SIGNS}]", "-")
    if marks.thousands is not None:
        cells = cells.str.replace_all(marks.thousands_class, "")
    text = frame.select(names).select(cells.str.replace(marks.decimal, ".", literal=True).str.strip_prefix("+"))
    whole = text.select(pl.all().str.contains("^-?[0-9]+$").all()).row(0)
    dtypes: dict[str, Any] = {
        name: pl.Int64 if is_whole else pl.Float64 for name, is_whole in zip(names, whole, strict=True)
    }
    numbers = text.cast(dtypes, strict=False)
    lost = zip(names, numbers.null_count().row(0), text.null_count().row(0), strict=True)
    return frame.with_columns(numbers.select([name for name, after, before in lost if after == before]))


def convert_text(frame: pl.DataFrame, marks: NumberMarks, kept: Sequence[str]) -> pl.DataFrame:
    """Return a frame whose columns of text that hold numbers are numbers, but for those in `kept`.

    A column with decimal points is read too, unless all its points may be marks between thousands.
    """
    left = set(kept)
    names = [name for name, dtype in frame.schema.items() if dtype == pl.String and name not in left]
    fitting = list_columns_that_fit(frame, names, marks)
    if marks != POINT:
        others = list_columns_that_fit(frame, list(set(names).difference(fitting)), POINT)
        doubtful = set(list_columns_that_fit(frame, others, POINTS_BETWEEN_THOUSANDS))
        frame = cast_text(frame, [name for name in others if name not in doubtful], POINT)
    return cast_text(frame, fitting, marks)
