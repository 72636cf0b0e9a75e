"""Columns that are no features as they are: ids, dates, codes, constants, copies of the target, text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from gpu_smotetomek.inspection.columns import Column
from gpu_smotetomek.inspection.whole_numbers import (
    are_ids,
    are_seconds_since_1970,
    find_date_format,
    is_row_number,
)
from gpu_smotetomek.samplers.reports.examination import MAX_DISTINCT_CODES
from gpu_smotetomek.typing import Integers

MIN_ROWS_PER_CODE = 3
"""Columns with fewer rows for each distinct value hold quantities or text, not codes."""

MAX_CATEGORIES = 50
RIGHT_FOR_CATEGORIES = ("codes", "category", "digits", "text")
MIN_ROWS_OF_EVIDENCE = 5
"""Rows of the smallest class from which a column that separates the classes is no accident."""

MIN_ROWS_OF_TEXT_IDS = 20
DATE_TEXT = re.compile(r"\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[./]\d{1,2}[./]\d{2,4}|\d{4}/\d{1,2}/\d{1,2}")


@dataclass(frozen=True)
class Finding:
    """One column that is no feature as it is.

    Attributes
    ----------
    column : object
        Name or number of the column.
    kind : {'id', 'date', 'time', 'codes', 'constant', 'target', 'category', 'digits', 'text'}
        An id; dates as whole numbers or text; seconds since 1970; codes of few values; a constant; a column that gives the
        target without an error; text of few values; numbers as text; other text.
    fact : str
        What the column holds, in words.
    """

    column: Any
    kind: str
    fact: str


def find_columns_to_correct(
    columns: Iterable[Column], codes: Integers, categorical: Iterable[Any] = ()
) -> Iterator[Finding]:
    """Find the columns that are no features as they are.

    Parameters
    ----------
    columns : iterable of Column
        The features.
    codes : int array (n,)
        Codes of the classes of the rows, from 0.
    categorical : iterable
        Names of the columns that are categories already; what is right for such is no finding.

    Yields
    ------
    Finding
        At most one for each column, in their order.
    """
    known = set(categorical)
    for column in columns:
        finding = examine_column(column, codes)
        if finding is not None and not (column.name in known and finding.kind in RIGHT_FOR_CATEGORIES):
            yield finding


def examine_column(column: Column, codes: Integers) -> Finding | None:
    """The reason why a column is no feature; None where there is none."""
    if not len(column.cells):
        return Finding(column.name, "constant", "no value at all")
    checks = (
        find_constant,
        find_row_numbers,
        find_copy_of_target,
        find_whole_numbers if column.is_numeric else find_role_of_text,
    )
    found = (check(column, codes) for check in checks)
    kind, fact = next((result for result in found if result is not None), ("", ""))
    return Finding(column.name, kind, fact) if kind else None


Result = tuple[str, str] | None
"""Kind and fact of a finding; None where there is none."""


def find_constant(column: Column, _: Integers) -> Result:
    """A column of one value, without missing cells."""
    if column.n_missing or not column.may_have_few_values or column.n_distinct > 1 or len(column.cells) < 2:
        return None
    return "constant", f"{column.cells[0]!s:.40} in all rows"


def find_row_numbers(column: Column, _: Integers) -> Result:
    """A column that only numbers the rows."""
    return ("id", "numbers the rows") if column.is_whole and is_row_number(column.cells) else None


def find_copy_of_target(column: Column, codes: Integers) -> Result:
    """A column that gives the class of every row: by its values, or by limits between them."""
    sizes = np.bincount(codes)
    n_classes = np.count_nonzero(sizes)
    if column.n_missing or n_classes < 2 or sizes[sizes > 0].min() < MIN_ROWS_OF_EVIDENCE:
        return None
    if column.may_have_few_values and MIN_ROWS_PER_CODE * column.n_distinct <= len(codes):
        n_pairs = len(np.unique(column.codes * (len(sizes) + 1) + codes))
        if n_pairs == column.n_distinct and column.n_distinct >= n_classes:
            exactly = "one value for each class" if n_pairs == n_classes else "each value in one class only"
            return "target", exactly
    if column.is_numeric and n_classes <= MAX_CATEGORIES and separates_classes(column, codes):
        return "target", "a limit separates the classes"
    return None


def separates_classes(column: Column, codes: Integers) -> bool:
    """Whether the ranges of a column of numbers in the classes do not overlap."""
    values = column.cells.astype(np.float64)
    parts = (values[codes == code] for code in np.unique(codes))
    ranges = sorted((float(part.min()), float(part.max())) for part in parts)
    return all(before[1] < after[0] for before, after in pairwise(ranges))


def find_whole_numbers(column: Column, _: Integers) -> Result:
    """Ids, dates, times and codes as whole numbers."""
    cells = column.cells
    if column.kind == "boolean":
        return "codes", "truth values"
    if not column.is_whole:
        return None
    if find_date_format(column.sample) and (form := find_date_format(cells)):
        return "date", f"dates as {form}, {int(cells.min())} to {int(cells.max())}"
    if are_ids(cells, column.n_distinct, column.name):
        return "id", f"{column.n_distinct:,} different whole numbers in {len(cells):,} rows"
    if are_seconds_since_1970(cells, column.n_distinct):
        return "time", "seconds or milliseconds since 1970"
    is_integer = cells.dtype.kind in "iu"
    most = min(MAX_DISTINCT_CODES, len(cells) // MIN_ROWS_PER_CODE)
    if is_integer and column.may_have_few_values and column.n_distinct <= most:
        return "codes", f"{column.n_distinct} different whole numbers"
    return None


def find_role_of_text(column: Column, _: Integers) -> Result:
    """Ids, dates, categories and other text."""
    cells = column.cells
    if column.kind == "text" and holds_digits(column):
        return "digits", f"but {find_word(column)!r:.40}"
    if column.kind == "time" or (column.kind == "text" and all(map(DATE_TEXT.match, column.sample))):
        return "date", f"dates, such as {cells[0]!s:.40}"
    n, m = len(cells), column.n_distinct
    words = max((str(cell).count(" ") for cell in column.sample.tolist()), default=0)
    if m == n >= MIN_ROWS_OF_TEXT_IDS and not words:
        return "id", f"{m:,} different texts in {n:,} rows"
    if m <= MAX_CATEGORIES and MIN_ROWS_PER_CODE * m <= n:
        return "category", f"{m} different texts"
    return "text", f"{m:,} different texts"


def holds_digits(column: Column) -> bool:
    """Whether most cells of a column of text are numbers, but not all: '007' is a code."""
    return sum(map(is_number, column.sample)) > len(column.sample) / 2 and not all(map(is_number, column.cells))


def find_word(column: Column) -> str:
    """The first cell that is no number."""
    return str(next(cell for cell in column.cells if not is_number(cell)))


def is_number(text: str) -> bool:
    """Whether a text is a number."""
    try:
        float(text)
    except ValueError:
        return False
    return True
