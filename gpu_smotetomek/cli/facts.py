"""Facts of a table before it is resampled; all are cheap to compute."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl
import polars.selectors as cs
from sklearn.neighbors import NearestNeighbors

from gpu_smotetomek import SMOTETomek
from gpu_smotetomek.cli.report import count_classes
from gpu_smotetomek.tables import Sheet
from gpu_smotetomek.tables.mark_advice import explain_marks
from gpu_smotetomek.tables.number_marks import POINT, NumberMarks, mask_all_words

OVERLAP_ROWS, OVERLAP_QUERIES = 20_000, 1_000
"""The overlap is estimated from at most so many rows, and so many of the smallest class among them."""


@dataclass(frozen=True)
class Facts:
    """The facts that `inspect` prints.

    Attributes
    ----------
    classes : dict
        Rows of each class.
    missing : dict
        Number of cells that are empty or not finite, of each column with such cells.
    non_numeric : dict
        A cell of each column that is not numeric.
    repeated : int
        Rows that equal an earlier one in all features.
    contradictory : int
        Labels beyond the first, summed over the sets of rows with equal features.
    spread : tuple of (str, str, float)
        The columns with the largest and the smallest standard deviation, and the ratio of the two.
    counters : list of str
        Columns that only number the rows.
    overlap : float or None
        Share of the rows of the smallest class whose nearest row is of another class; None if it is unknown.
    plan : dict or None
        Work that SMOTETomek() plans; None if it would fail, and `refusal` gives the reason.
    stray : dict
        Row, from 1, of the first cell that is not a number, of each column of text that mostly holds numbers.
    named_by_numbers : bool
        Whether the names of the columns look like a row of the table.
    marks : dict
        What to do about columns of numbers that are written with other marks.
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
    marks: dict[str, str] = field(default_factory=dict)

    @property
    def ratio(self) -> float:
        """Rows of the largest class for each row of the smallest."""
        return max(self.classes.values()) / self.smallest_size

    @property
    def smallest_class(self) -> Any:
        """Label of the class with the fewest rows."""
        return min(self.classes, key=self.classes.__getitem__)

    @property
    def smallest_size(self) -> int:
        """Rows of the smallest class."""
        return min(self.classes.values())


def collect_facts(sheet: Sheet) -> Facts:
    """Collect the facts of a table, which may hold text and missing cells."""
    frame, classes = sheet.compared, count_classes(sheet)
    numbers = frame.select(cs.numeric() | cs.boolean())
    text = find_text(frame, sheet.marks)
    missing = {c.name: n for c in frame if (n := count_missing(c))}
    distinct = frame.n_unique() if frame.width else 1
    labelled = frame.with_columns(pl.Series("\0label", sheet.labels)).n_unique()
    plan, refusal = plan_resampling(sheet)
    return Facts(
        rows=len(frame),
        features=frame.width,
        target=sheet.target,
        classes=classes,
        missing=missing,
        non_numeric=text,
        repeated=len(frame) - distinct,
        contradictory=labelled - distinct,
        spread=None if missing else compare_spreads(numbers),
        counters=[c.name for c in numbers if is_row_number(c)],
        overlap=None if missing or text or len(classes) < 2 else estimate_overlap(numbers, sheet.labels, classes),
        plan=plan,
        refusal=refusal,
        stray=find_stray_text(frame, sheet.marks),
        named_by_numbers=sheet.named_by_numbers,
        marks=explain_marks(frame, sheet.marks),
    )


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


def count_missing(cells: pl.Series) -> int:
    """Count the cells that are empty or not finite."""
    return int(cells.null_count() + ((~cells.is_finite()).sum() if cells.dtype.is_float() else 0))


def is_row_number(cells: pl.Series) -> bool:
    """Whether a column rises by one from row to row."""
    return bool(len(cells) > 2 and cells.dtype.is_integer() and (cells.diff().drop_nulls() == 1).all())


def compare_spreads(numbers: pl.DataFrame) -> tuple[str, str, float] | None:
    """Return the columns with the largest and the smallest standard deviation above 0, and the ratio of the two."""
    deviations = {c.name: float(c.cast(pl.Float64).std() or 0) for c in numbers}
    deviations = {name: deviation for name, deviation in deviations.items() if deviation > 0}
    if not deviations:
        return None
    widest, narrowest = max(deviations, key=deviations.__getitem__), min(deviations, key=deviations.__getitem__)
    return widest, narrowest, deviations[widest] / deviations[narrowest]


def estimate_overlap(numbers: pl.DataFrame, labels: Any, classes: dict[Any, int]) -> float | None:
    """Estimate the share of rows of the smallest class whose nearest row is of another class, from a fixed sample."""
    if len(labels) > OVERLAP_ROWS:
        rows = np.sort(np.random.default_rng(0).choice(len(labels), OVERLAP_ROWS, replace=False))
        numbers, labels = numbers[rows], labels[rows]
    X = numbers.cast(pl.Float64).to_numpy()
    queries = np.flatnonzero(labels == min(classes, key=classes.__getitem__))[:OVERLAP_QUERIES]
    if not len(queries):
        return None
    nearest = NearestNeighbors(n_neighbors=2).fit(X).kneighbors(X[queries], return_distance=False)
    other = np.where(nearest[:, 0] == queries, nearest[:, 1], nearest[:, 0])
    return float(np.mean(labels[other] != labels[queries]))


def plan_resampling(sheet: Sheet) -> tuple[dict[str, Any] | None, str | None]:
    """Return the work that SMOTETomek() plans, or the reason why it would fail."""
    try:
        plan = SMOTETomek().plan(sheet.compared if sheet.passthrough else sheet.X, sheet.y)
    except (ValueError, TypeError) as error:
        return None, " ".join(str(error).split())
    names = "rows_in", "rows_out", "pairs", "workspace_bytes", "seconds", "backend", "device"
    return {name: getattr(plan, name) for name in names}, None
