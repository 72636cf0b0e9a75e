"""Overlap of the classes and the feature that rules the distances, also of tables that cannot be resampled yet."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from gpu_smotetomek.inspection.columns import Column
from gpu_smotetomek.inspection.findings import Finding
from gpu_smotetomek.samplers.reports.examination import Examination, examine_batch
from gpu_smotetomek.samplers.smote_tomek import SMOTETomek
from gpu_smotetomek.samplers.smotenc import SMOTENC
from gpu_smotetomek.typing import Integers, Labels

NO_FEATURES = ("id", "date", "time", "target", "constant")
"""Kinds of findings whose columns no distance should count."""


def list_left_out(findings: Iterable[Finding]) -> list[Any]:
    """Names of the columns that no distance should count."""
    return [finding.column for finding in findings if finding.kind in NO_FEATURES]


def examine_features(
    columns: Sequence[Column], categorical: Sequence[Any], left_out: Sequence[Any], classes: Labels, codes: Integers
) -> Examination | None:
    """Examine the features as they are once the table is corrected.

    Columns that are no features are left out, and so is text that is not named as categories. The medians stand for missing
    numbers; missing categories are a category.

    Parameters
    ----------
    columns : sequence of Column
    categorical : sequence
        Names of the columns that are categories.
    left_out : sequence
        Names of the columns that are no features.
    classes : array (n_classes,)
        The labels, sorted.
    codes : int array (n,)
        Position of the label of each row.

    Returns
    -------
    Examination or None
        None where there is one class, or no feature of numbers.
    """
    kept = [column for column in columns if column.name not in left_out and len(column.cells)]
    numeric = [column for column in kept if column.is_numeric and column.name not in categorical]
    named = [column for column in kept if column.name in categorical]
    if not numeric or len(classes) < 2:
        return None
    X = np.column_stack([*map(fill_with_median, numeric), *map(fill_codes, named)])
    places = list(range(len(numeric), len(numeric) + len(named)))
    sampler = SMOTETomek(smote=SMOTENC(places)) if named else SMOTETomek()
    names = [str(column.name) for column in (*numeric, *named)]
    with sampler._enter(X, codes) as (_, _, batch, ctx):
        examination = examine_batch(batch, None, names, ctx, is_frame=False)
    return replace(examination, smallest_class=classes.tolist()[examination.smallest_class])


def compare_spreads(columns: Iterable[Column], left_out: Sequence[Any]) -> tuple[Any, Any, float] | None:
    """The columns of numbers with the largest and the smallest standard deviation above 0, and the ratio of the two."""
    numeric = [column for column in columns if column.is_numeric and column.name not in left_out]
    with np.errstate(over="ignore"):
        spreads = {
            column.name: float(np.std(column.cells, dtype=np.float64)) for column in numeric if len(column.cells)
        }
    spreads = {name: spread for name, spread in spreads.items() if 0 < spread < np.inf}
    if not spreads:
        return None
    widest, narrowest = max(spreads, key=spreads.__getitem__), min(spreads, key=spreads.__getitem__)
    return widest, narrowest, spreads[widest] / spreads[narrowest]


def fill_with_median(column: Column) -> npt.NDArray[np.float64]:
    """The numbers (n,) of a column, with the median in place of missing ones."""
    cells = column.cells.astype(np.float64)
    if not column.n_missing:
        return cells
    values = np.full(len(column.is_given), np.median(cells))
    values[column.is_given] = cells
    return values


def fill_codes(column: Column) -> npt.NDArray[np.float64]:
    """The codes (n,) of a column of categories, with a code of its own for missing cells."""
    codes = np.full(len(column.is_given), float(column.n_distinct))
    codes[column.is_given] = column.codes
    return codes
