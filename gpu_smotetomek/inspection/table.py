"""The inspection of a table: `inspect_table`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from gpu_smotetomek.arrays import encoding
from gpu_smotetomek.containers import enter_y
from gpu_smotetomek.inspection.advice import DEFAULT_K_NEIGHBORS
from gpu_smotetomek.inspection.columns import Column, read_columns
from gpu_smotetomek.inspection.features import compare_spreads, examine_features, list_left_out
from gpu_smotetomek.inspection.findings import Finding, find_columns_to_correct
from gpu_smotetomek.inspection.repeats import count_repeats
from gpu_smotetomek.resampling.work_estimate import Plan
from gpu_smotetomek.samplers.reports.examination import Examination
from gpu_smotetomek.samplers.reports.plain_data import convert_label
from gpu_smotetomek.samplers.smote_tomek import SMOTETomek
from gpu_smotetomek.samplers.smotenc import SMOTENC

PLAN_KEYS = ("rows_in", "rows_out", "pairs", "workspace_bytes", "seconds", "backend", "device")


@dataclass(frozen=True)
class Inspection:
    """Contents of a table before it is resampled; ``print(inspection)`` shows them as text.

    Attributes
    ----------
    n_rows : int
        Rows of the table.
    n_features : int
        Columns that are features: not the target, and not those that only travel.
    classes : dict
        Rows of each class, by label.
    missing : dict
        Number of cells that are missing or not finite, of each feature with such cells.
    non_numeric : dict
        A cell of each feature that is neither numeric nor named as a category.
    repeated : int
        Rows that equal an earlier one in all features.
    contradictory : int
        Labels beyond the first, summed over the sets of rows with equal features.
    findings : tuple of Finding
        Features that are none as they are: ids, dates, codes, constants, copies of the target, text.
    examination : Examination or None
        Overlap and scales of the features without those of `left_out`; None without a numeric feature or a second class.
    spread : tuple of (name, name, float) or None
        The features of numbers with the largest and the smallest standard deviation above 0, and the ratio of the two.
    left_out : tuple
        Names of the features that no distance should count.
    plan : Plan or None
        Work that SMOTETomek() plans; None if it would fail.
    refusal : str or None
        Why SMOTETomek() would fail.
    """

    n_rows: int
    n_features: int
    classes: dict[Any, int]
    missing: dict[Any, int]
    non_numeric: dict[Any, str]
    repeated: int
    contradictory: int
    findings: tuple[Finding, ...]
    examination: Examination | None
    spread: tuple[Any, Any, float] | None
    left_out: tuple[Any, ...]
    plan: Plan | None
    refusal: str | None

    @property
    def imbalance_ratio(self) -> float:
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

    @property
    def overlap(self) -> float | None:
        """Share of the rows of the smallest class whose nearest row is of another class; None if it is unknown."""
        return None if self.examination is None else self.examination.overlap

    @property
    def advice(self) -> tuple[str, ...]:
        """Sentences of advice, the most urgent first."""
        from gpu_smotetomek.inspection.advice import PYTHON, advise

        return tuple(advise(self, PYTHON))

    def to_dict(self) -> dict[str, Any]:
        """Convert the inspection to plain data: dict, list, str, int, float, bool and None, as JSON has them."""
        examination = self.examination
        return {
            "rows": self.n_rows,
            "features": self.n_features,
            "classes": [{"label": convert_label(label), "rows": rows} for label, rows in self.classes.items()],
            "imbalance_ratio": self.imbalance_ratio,
            "missing": {str(name): count for name, count in self.missing.items()},
            "non_numeric": {str(name): cell for name, cell in self.non_numeric.items()},
            "repeated": self.repeated,
            "contradictory": self.contradictory,
            "findings": [asdict(finding) | {"column": convert_label(finding.column)} for finding in self.findings],
            "overlap": self.overlap,
            "dominant_feature": None if examination is None else examination.dominant_feature,
            "dominant_share": None if examination is None else examination.dominant_share,
            "spread": None if self.spread is None else list(map(convert_label, self.spread)),
            "left_out": list(map(convert_label, self.left_out)),
            "plan": None if self.plan is None else {name: getattr(self.plan, name) for name in PLAN_KEYS},
            "refusal": self.refusal,
            "advice": list(self.advice),
        }

    def __repr__(self) -> str:
        return f"<Inspection of {self.n_rows:,} rows and {self.n_features} features: print it, or read its attributes>"

    def __str__(self) -> str:
        from gpu_smotetomek.inspection.text import format_inspection

        return format_inspection(self)


def inspect_table(X: Any, y: Any, *, categorical_features: Any = None, passthrough: Any = None) -> Inspection:
    """Inspect a table before it is resampled: what it holds, what to correct, and what resampling costs.

    The table may hold text, dates and missing cells, and nothing is changed. The command line has the same as
    ``gpu-smotetomek inspect``.

    Parameters
    ----------
    X : array-like, data frame or sparse matrix of shape (n_samples, n_features)
        The table. The columns of a sparse matrix are not looked at one by one.
    y : array-like of shape (n_samples,)
        Class labels, or a one-hot indicator matrix.
    categorical_features : 'auto' or array-like, default=None
        Columns that are categories, as in `SMOTENC`.
    passthrough : list of column names, default=None
        Columns that only travel with their rows, as in `SMOTETomek`.

    Returns
    -------
    Inspection
        Its `advice` says what to do; ``print`` shows all of it.

    Raises
    ------
    ValueError
        If X and y differ in their number of rows, or y holds no classes.

    Examples
    --------
    >>> import numpy as np
    >>> from gpu_smotetomek import inspect_table
    >>> rng = np.random.default_rng(0)
    >>> customer, age, income = rng.permutation(200) + 1000, rng.normal(40, 9, 200), rng.normal(3e4, 5e3, 200)
    >>> X = np.column_stack([customer, age, income])
    >>> inspection = inspect_table(X, np.repeat(["stays", "leaves"], [180, 20]))
    >>> inspection.classes, [(finding.column, finding.kind) for finding in inspection.findings]
    ({'leaves': 20, 'stays': 180}, [(0, 'id')])
    >>> inspection.examination.dominant_feature
    '2'
    """
    target = enter_y(y)
    classes, codes = encoding.unique_inverse(target.labels)
    travelling = set(passthrough or ())
    columns = list(read_columns(X))
    n_rows, n_columns = count_rows_and_columns(X)
    if n_rows != len(codes):
        raise ValueError(f"X has {n_rows:,} rows and y has {len(codes):,} labels: give one label for each row")
    features = [column for column in columns if column.name not in travelling]
    categorical = name_categories(categorical_features, columns)
    findings = tuple(find_columns_to_correct(features, codes, categorical))
    left_out = list_left_out(findings)
    repeated, contradictory = count_repeats(features, codes) if features else (0, 0)
    sizes = encoding.bincount(codes, len(classes)).tolist()
    plan, refusal = plan_resampling(X, y, categorical_features, passthrough, sizes)
    return Inspection(
        n_rows=n_rows,
        n_features=n_columns - len(travelling),
        classes=dict(zip(classes.tolist(), sizes, strict=True)),
        missing={c.name: c.n_missing for c in features if c.n_missing and c.name not in categorical},
        non_numeric={c.name: show_cell(c) for c in features if not c.is_numeric and c.name not in categorical},
        repeated=repeated,
        contradictory=contradictory,
        findings=findings,
        examination=examine_features(features, categorical, left_out, classes, codes),
        spread=compare_spreads((c for c in features if c.name not in categorical), left_out),
        left_out=tuple(left_out),
        plan=plan,
        refusal=refusal,
    )


def count_rows_and_columns(X: Any) -> tuple[int, int]:
    """Number of rows and columns of a table; rows of more dimensions count as flattened ones."""
    shape = tuple(X.shape) if hasattr(X, "shape") else np.asarray(X, object).shape
    return int(shape[0]), int(np.prod(shape[1:], dtype=np.int64))


def name_categories(spec: Any, columns: Sequence[Column]) -> list[Any]:
    """Names of the columns that `categorical_features` describes: names, numbers, a mask, or 'auto'."""
    if spec is None:
        return []
    if isinstance(spec, str):
        return [column.name for column in columns if column.kind in ("text", "boolean")]
    entries, names = list(spec), [column.name for column in columns]
    if entries and all(isinstance(entry, bool | np.bool_) for entry in entries):
        return [name for name, is_named in zip(names, entries, strict=False) if is_named]
    is_number = [isinstance(entry, int | np.integer) and -len(names) <= entry < len(names) for entry in entries]
    return [names[entry] if number else entry for entry, number in zip(entries, is_number, strict=True)]


def show_cell(column: Column) -> str:
    """A cell of a column, as text; empty if there is none."""
    return str(column.cells[0]) if len(column.cells) else ""


def plan_resampling(
    X: Any, y: Any, categorical_features: Any, passthrough: Any, sizes: Sequence[int]
) -> tuple[Plan | None, str | None]:
    """Return the work that SMOTETomek plans for classes of these sizes, or the reason why it would fail."""
    smallest = min(sizes)
    if smallest < max(sizes) and smallest <= DEFAULT_K_NEIGHBORS:
        return (
            None,
            f"The smallest class has {smallest} rows, and k_neighbors=5 needs {DEFAULT_K_NEIGHBORS + 1} of each.",
        )
    smote = None if categorical_features is None else SMOTENC(categorical_features)
    try:
        return SMOTETomek(smote=smote, passthrough=passthrough).plan(X, y), None
    except (ValueError, TypeError) as error:
        return None, " ".join(str(error).split())
