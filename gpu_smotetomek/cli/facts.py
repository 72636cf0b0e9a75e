"""What can be said of a table before it is resampled; every number here is cheap."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
import polars.selectors as cs
from sklearn.neighbors import NearestNeighbors

from gpu_smotetomek import SMOTETomek
from gpu_smotetomek.cli.report import counts_of
from gpu_smotetomek.tables import Sheet

PROBED_ROWS, PROBED_ENDS = 20_000, 1_000
"""Rows, and rows of the smallest class among them, that the overlap is estimated from."""


@dataclass(frozen=True)
class Facts:
    """What `inspect` found.

    Attributes
    ----------
    classes : dict
        Rows of each class.
    missing : dict
        Cells without a finite number, of each column that has such.
    non_numeric : dict
        A cell, of each column that holds no numbers.
    repeated : int
        Rows that equal an earlier one in all features.
    contradictory : int
        Sets of equal rows that carry more than one label.
    spread : tuple of (str, str, float)
        The columns of the largest and the smallest standard deviation, and the ratio of these.
    counters : list of str
        Columns that only number the rows.
    overlap : float or None
        Share of rows of the smallest class whose nearest row is of another class; None where it cannot be said.
    plan : dict or None
        Work that SMOTETomek() plans; None where it would fail, and `refusal` says why.
    stray : dict
        Row, from 1, of the first cell without a number, of each column that holds numbers for the most part.
    named_by_numbers : bool
        Whether the names of the columns look like a row of the table.
    """

    rows: int
    features: int
    target: str
    classes: dict[Any, int]
    missing: dict[str, int]
    non_numeric: dict[str, str]
    repeated: int
    contradictory: int
    spread: tuple[str, str, float] | None
    counters: list[str]
    overlap: float | None
    plan: dict[str, Any] | None
    refusal: str | None
    stray: dict[str, int]
    named_by_numbers: bool

    @property
    def ratio(self) -> float:
        """Rows of the largest class for one of the smallest."""
        return max(self.classes.values()) / min(self.classes.values())


def facts_of(sheet: Sheet) -> Facts:
    """Look at a table.

    Parameters
    ----------
    sheet : Sheet
        It may hold text and missing cells: these are found, not refused.

    Returns
    -------
    Facts
    """
    frame, classes = sheet.features, counts_of(sheet)
    numbers = frame.select(cs.numeric() | cs.boolean())
    text = text_of(frame)
    missing = {c.name: n for c in frame if (n := absent(c))}
    distinct = frame.n_unique() if frame.width else 1
    labelled = frame.with_columns(pl.Series("\0label", sheet.labels)).n_unique()
    plan, refusal = planned(sheet)
    return Facts(
        rows=len(frame),
        features=frame.width,
        target=sheet.target,
        classes=classes,
        missing=missing,
        non_numeric=text,
        repeated=len(frame) - distinct,
        contradictory=labelled - distinct,
        spread=None if missing else spread_of(numbers),
        counters=[c.name for c in numbers if counts_rows(c)],
        overlap=None if missing or text or len(classes) < 2 else overlap_of(numbers, sheet.labels, classes),
        plan=plan,
        refusal=refusal,
        stray=stray_of(frame),
        named_by_numbers=sheet.named_by_numbers,
    )


def text_of(frame: pl.DataFrame) -> dict[str, str]:
    """A cell that is no number, of each column that holds no numbers."""
    others = frame.select(~(cs.numeric() | cs.boolean()))
    return {c.name: str(next(iter(strange(c)), next(iter(c.drop_nulls()), ""))) for c in others}


def strange(cells: pl.Series) -> pl.Series:
    """Cells of text that are no numbers."""
    return cells.filter(is_strange(cells)) if cells.dtype == pl.String else pl.Series(dtype=pl.String)


def is_strange(cells: pl.Series) -> pl.Series:
    """Mask of the cells, of a column of text, that are there and are no numbers."""
    return cells.is_not_null() & cells.str.strip_chars().cast(pl.Float64, strict=False).is_null()


def stray_of(frame: pl.DataFrame) -> dict[str, int]:
    """Row, from 1, of the first cell that is no number, of each column of text that holds numbers for the most part."""
    odd = {cells.name: is_strange(cells) for cells in frame.select(pl.col(pl.String))}
    return {
        name: int(mask.arg_true()[0]) + 1
        for name, mask in odd.items()
        if 0 < 2 * mask.sum() < len(mask) - frame[name].null_count()
    }


def absent(cells: pl.Series) -> int:
    """Cells that hold no finite number, or nothing."""
    return int(cells.null_count() + ((~cells.is_finite()).sum() if cells.dtype.is_float() else 0))


def counts_rows(cells: pl.Series) -> bool:
    """Whether a column rises by one from row to row."""
    return bool(len(cells) > 2 and cells.dtype.is_integer() and (cells.diff().drop_nulls() == 1).all())


def spread_of(numbers: pl.DataFrame) -> tuple[str, str, float] | None:
    """The columns that vary most and least, constant ones apart, and how many times more."""
    sizes = {c.name: float(c.cast(pl.Float64).std() or 0) for c in numbers}
    sizes = {name: size for name, size in sizes.items() if size > 0}
    if not sizes:
        return None
    widest, narrowest = max(sizes, key=sizes.__getitem__), min(sizes, key=sizes.__getitem__)
    return widest, narrowest, sizes[widest] / sizes[narrowest]


def overlap_of(numbers: pl.DataFrame, labels: Any, classes: dict[Any, int]) -> float | None:
    """Share of rows of the smallest class whose nearest row is of another class, in a fixed sample of the table."""
    if len(labels) > PROBED_ROWS:
        rows = np.sort(np.random.default_rng(0).choice(len(labels), PROBED_ROWS, replace=False))
        numbers, labels = numbers[rows], labels[rows]
    X = numbers.cast(pl.Float64).to_numpy()
    ends = np.flatnonzero(labels == min(classes, key=classes.__getitem__))[:PROBED_ENDS]
    if not len(ends):
        return None
    nearest = NearestNeighbors(n_neighbors=2).fit(X).kneighbors(X[ends], return_distance=False)
    other = np.where(nearest[:, 0] == ends, nearest[:, 1], nearest[:, 0])
    return float(np.mean(labels[other] != labels[ends]))


def planned(sheet: Sheet) -> tuple[dict[str, Any] | None, str | None]:
    """Work that SMOTETomek() would do, or why it would not."""
    try:
        plan = SMOTETomek().plan(sheet.X, sheet.y)
    except (ValueError, TypeError) as error:
        return None, " ".join(str(error).split())
    names = "rows_in", "rows_out", "pairs", "workspace_bytes", "seconds", "backend", "device"
    return {name: getattr(plan, name) for name in names}, None
