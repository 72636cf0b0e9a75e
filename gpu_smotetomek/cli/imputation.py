"""Missing numbers of a sheet, filled with statistics of their columns."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl
import polars.selectors as cs
from sklearn.impute import SimpleImputer

from gpu_smotetomek.errors import join_first
from gpu_smotetomek.tables import Sheet, TableError
from gpu_smotetomek.tables.number_marks import MISSING_MARKS

MAX_COLUMNS_SHOWN = 5


@dataclass(frozen=True)
class FilledColumn:
    """A column whose missing cells were filled: how many, and with what."""

    name: str
    n_cells: int
    value: float


def check_complete(sheet: Sheet) -> None:
    """Raise for missing cells in columns of numbers.

    Raises
    ------
    TableError
        With the columns, and with what fills the cells.
    """
    counts = {name: n for name, n in count_missing(sheet).items() if n}
    if counts:
        columns = join_first([f"{name!r} ({n:,})" for name, n in counts.items()])
        names = ",".join(counts)
        raise TableError(
            f"{sum(counts.values()):,} cells are missing, in {columns}: fill them with --impute median (or mean, most-frequent), "
            f"leave the columns out with --drop {names:.200}, or drop the rows"
        )


def count_missing(sheet: Sheet) -> dict[str, int]:
    """Number of cells without a number in each column of numbers."""
    return {
        cells.name: int(cells.null_count() + (cells.is_nan().sum() if cells.dtype.is_float() else 0))
        for cells in select_numbers(sheet)
    }


def select_numbers(sheet: Sheet) -> pl.DataFrame:
    """The features of numbers or truth values that are no categories."""
    frame = sheet.compared
    return frame.drop([name for name in sheet.categorical if name in frame.columns]).select(cs.numeric() | cs.boolean())


def fill_missing(sheet: Sheet, strategy: str) -> tuple[Sheet, list[FilledColumn]]:
    """Fill the missing numbers of a sheet with scikit-learn's SimpleImputer, fitted to its rows.

    Columns of integers keep their dtype: the statistic is rounded. A column of text that holds only numbers and marks such as
    'NA' or '?' becomes one of numbers. Categories are not filled: a missing one is a category of its own.

    Parameters
    ----------
    sheet : Sheet
        With frame or array.
    strategy : {'median', 'mean', 'most-frequent'}
        As in SimpleImputer.

    Returns
    -------
    Sheet, list of FilledColumn
        The sheet, and what was filled.

    Raises
    ------
    TableError
        If a column has no number.
    """
    if isinstance(sheet.X, np.ndarray):
        return fill_array(sheet, strategy)
    sheet = replace(sheet, X=sheet.X.with_columns(read_marked_numbers(sheet)))
    filled, columns = [], []
    for name, count in count_missing(sheet).items():
        if count:
            cells = sheet.X[name]
            numbers = cells.cast(pl.Float64).fill_null(float("nan")).to_numpy()
            value = round_like(find_statistic(numbers, strategy, name), is_whole=not cells.dtype.is_float())
            filled.append(FilledColumn(name, count, value))
            columns.append(fill_cells(cells, value))
    return replace(sheet, X=sheet.X.with_columns(columns)), filled


def fill_cells(cells: pl.Series, value: float) -> pl.Series:
    """A column with a value in its missing cells, in its own dtype."""
    literal = pl.Series([bool(value) if cells.dtype == pl.Boolean else value]).cast(cells.dtype)[0]
    return cells.fill_nan(None).fill_null(literal) if cells.dtype.is_float() else cells.fill_null(literal)


def fill_array(sheet: Sheet, strategy: str) -> tuple[Sheet, list[FilledColumn]]:
    """Fill the missing numbers of an array, whose columns are named x0, x1 and so on."""
    if sheet.X.dtype.kind != "f":
        return sheet, []
    X, filled = sheet.X.copy(), []
    for j in np.flatnonzero(np.isnan(X).any(axis=0)).tolist():
        is_missing = np.isnan(X[:, j])
        value = find_statistic(X[:, j].astype(np.float64), strategy, f"x{j}")
        X[is_missing, j] = value
        filled.append(FilledColumn(f"x{j}", int(is_missing.sum()), value))
    return replace(sheet, X=X), filled


def find_statistic(numbers: "np.ndarray[Any, np.dtype[np.float64]]", strategy: str, name: str) -> float:
    """The statistic of the numbers (n,) that are there."""
    if np.isnan(numbers).all():
        raise TableError(f"column {name!r} has no number to fill its cells from; leave it out with --drop {name}")
    imputer = SimpleImputer(strategy=strategy.replace("-", "_"))
    return float(imputer.fit(numbers[:, None]).statistics_[0])


def round_like(value: float, *, is_whole: bool) -> float:
    """The value, rounded where the column holds whole numbers."""
    return float(np.rint(value)) if is_whole else value


def read_marked_numbers(sheet: Sheet) -> list[pl.Series]:
    """The columns of text that hold only numbers and marks of missing cells, as numbers."""
    others = sheet.compared.drop([name for name in sheet.categorical if name in sheet.compared.columns])
    read = []
    for cells in others.select(pl.col(pl.String)):
        text = cells.str.strip_chars()
        text = pl.select(
            pl.when(~text.str.to_lowercase().is_in(list(MISSING_MARKS))).then(text).alias(cells.name)
        ).to_series()
        for dtype in (pl.Int64, pl.Float64):
            numbers = text.cast(dtype, strict=False)
            if numbers.null_count() == text.null_count() < len(text):
                read.append(numbers)
                break
    return read


def describe_filled(filled: Sequence[FilledColumn], strategy: str) -> str:
    """Say which cells were filled, and with what."""
    total = sum(column.n_cells for column in filled)
    shown = [f"{column.name!r} ({column.n_cells:,} with {column.value:.6g})" for column in filled[:MAX_COLUMNS_SHOWN]]
    more = f" and {len(filled) - MAX_COLUMNS_SHOWN} more columns" if len(filled) > MAX_COLUMNS_SHOWN else ""
    return f"{total:,} missing cells filled with the {strategy.replace('-', ' ')} of their column: {', '.join(shown)}{more}"
