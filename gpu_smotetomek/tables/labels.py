"""Labels as classes: which are missing, which are one class, and which look like one."""

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

import polars as pl

from gpu_smotetomek.errors import join_first
from gpu_smotetomek.tables.errors import TableError
from gpu_smotetomek.tables.number_marks import MINUS_SIGNS

MARKS_OF_NO_LABEL = {"na", "n/a", "#n/a", "<na>", "nan", "nat", "null", "?", ".", "-", ""}
"""Labels, in lower case and without blanks around them, that mean that there is none."""

PYTHON_NONE = "None"
"""What Python writes for no value; 'none' is a class of some tables."""

MIN_ROWS_PER_LABEL = 3
"""Fractions with fewer rows for each distinct value are a quantity, not labels."""

MAX_COMPARED_LABELS = 100_000
"""A column with more distinct values holds no classes."""


def settle_labels(y: pl.Series, *, missing_class: bool) -> tuple[pl.Series, list[str]]:
    """Decide which cells of the target are labels, and which labels are one class.

    Parameters
    ----------
    y : polars.Series
        The target as it was read.
    missing_class : bool
        Whether marks of missing are a class.

    Returns
    -------
    y : polars.Series
        Without missing cells. Equal numbers that a column of text writes differently are written alike.
    notes : list of str
        What was done, and labels that look alike.

    Raises
    ------
    TableError
        If labels are missing, and marks of missing are no class.
    """
    y = settle_missing_labels(y, missing_class=missing_class)
    if y.dtype != pl.String or y.n_unique() > MAX_COMPARED_LABELS:
        return y, []
    y, notes = unite_equal_numbers(y)
    return y, [*notes, *note_labels_alike(y)]


def settle_missing_labels(y: pl.Series, *, missing_class: bool) -> pl.Series:
    """Return the labels, an empty cell of text as an empty text; raise if labels are missing and that is no class."""
    missing = mask_missing_labels(y)
    if not missing.any():
        return y
    first = int(missing.arg_true()[0])
    if not missing_class:
        cell = "an empty cell" if y[first] is None or str(y[first]).strip() == "" else repr(str(y[first]))
        raise TableError(
            f"{missing.sum():,} of {len(y):,} labels are missing in column {y.name!r}, the first in row {first + 1:,} ({cell}); "
            "fill them in or drop those rows, or add --missing-as-class if that is a class"
        )
    if y.null_count() and y.dtype not in (pl.String, pl.Categorical):
        raise TableError(
            f"--missing-as-class: column {y.name!r} holds {y.dtype}, and an empty cell of it is no class; "
            "write a label there, or drop those rows"
        )
    return y.cast(pl.String).fill_null("") if y.null_count() else y


def mask_missing_labels(y: pl.Series) -> pl.Series:
    """Return the mask of the labels that are missing: empty, not a number, or a mark for that."""
    if y.dtype.is_float():
        return y.is_null() | y.is_nan()
    if y.dtype not in (pl.String, pl.Categorical, pl.Enum):
        return y.is_null()
    text = y.cast(pl.String).str.strip_chars()
    marks = MARKS_OF_NO_LABEL - ({"-"} if (text == "+").any() else set())  # '+' and '-' are two classes
    return text.is_null() | text.str.to_lowercase().is_in(list(marks)) | (text == PYTHON_NONE)


def unite_equal_numbers(y: pl.Series) -> tuple[pl.Series, list[str]]:
    """Return labels in which equal numbers are written alike, in their most frequent way, with a note on each."""
    counts = y.value_counts(sort=True).rows()
    ways: dict[Decimal, list[str]] = defaultdict(list)
    order = {label: place for place, label in enumerate(y.unique(maintain_order=True))}
    for label, _ in sorted(counts, key=lambda pair: (-pair[1], order[pair[0]])):
        if (number := parse_decimal(label)) is not None:
            ways[number].append(label)
    several = [labels for labels in ways.values() if len(labels) > 1]
    notes = [
        f"labels {join_first(list(map(repr, labels)))} of column {y.name!r} are one number, and one class: {labels[0]!r}"
        for labels in several
    ]
    return y.replace({other: labels[0] for labels in several for other in labels[1:]}), notes


def parse_decimal(label: str) -> Decimal | None:
    """Return the number that a label writes, exactly; None for other labels."""
    text = label.strip()
    if not text.isascii():
        text = text.translate(dict.fromkeys(map(ord, MINUS_SIGNS), "-"))
    try:
        number = Decimal(text) if text.isascii() and "_" not in text else None
    except InvalidOperation:
        return None
    return number if number is not None and number.is_finite() else None


def note_labels_alike(y: pl.Series) -> Iterator[str]:
    """Yield a note on each set of labels that differ by case or by blanks around them only."""
    alike = defaultdict(list)
    for label in y.unique(maintain_order=True):
        alike[" ".join(label.split()).casefold()].append(label)
    for labels in alike.values():
        if len(labels) > 1:
            yield (
                f"labels {join_first(list(map(repr, labels)))} of column {y.name!r} differ by case or blanks only and are "
                f"{len(labels)} classes; write them alike if they are one"
            )


def parse_labels(labels: pl.Series) -> pl.Series:
    """Convert labels to numbers if these print exactly as in the file or are a quantity; else keep the text."""
    text = labels.str.strip_chars()
    for dtype in (pl.Int64, pl.Float64):
        numbers = text.cast(dtype, strict=False)
        if numbers.cast(pl.String).eq_missing(text).all():
            return numbers
    measured = text.cast(pl.Float64, strict=False)
    many = labels.n_unique() > len(labels) / MIN_ROWS_PER_LABEL and not measured.has_nulls()
    return measured if many and (measured % 1 != 0).any() else labels  # '0.50' of a quantity is 0.5
