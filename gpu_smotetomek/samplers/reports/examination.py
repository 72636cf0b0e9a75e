"""Overlap, scales and kinds of columns, from samples of the input: findings that take too long for every call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from sklearn.base import clone

from gpu_smotetomek.arrays import dispatch, matrices
from gpu_smotetomek.errors import join_first
from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.neighbors import SearchSelector
from gpu_smotetomek.resampling import Batch, nearest_neighbors
from gpu_smotetomek.samplers.call_record import CallRecord
from gpu_smotetomek.samplers.column_names import find_column_names
from gpu_smotetomek.samplers.dominant_feature import (
    count_numeric,
    find_dominant_feature,
    sample_parents,
    spread_evenly,
)
from gpu_smotetomek.typing import Integers

if TYPE_CHECKING:
    from gpu_smotetomek.samplers.base import Sampler

MAX_EXAMINED_ROWS = 1_000
MAX_EXAMINED_VALUES = 2**22
OVERLAP_FROM_ROWS = 6  # fewer rows of a class are no evidence
MAX_DISTINCT_CODES = 20  # distinct values of a column up to which integers may be codes


@dataclass(frozen=True)
class Examination:
    """Findings of a second look at the input.

    Attributes
    ----------
    smallest_class : object
        Label of the class with the fewest rows.
    overlap : float or None
        Share of its rows, of a thousand at most, whose nearest row is of another class; None of fewer than six rows.
    dominant_feature : str or None
        The feature that makes up most of the squared distances; None where only one feature varies.
    dominant_share : float or None
        Its share.
    compared : {'parents', 'nearest rows'}
        The pairs of rows of these distances: parents of synthetic rows, or rows of the smallest class and their nearest rows.
    code_columns : tuple of str
        Integer and boolean columns of a frame with twenty distinct values or fewer.
    one_hot_columns : tuple of str
        Columns of zeros and ones that belong together: of each group of neighbouring ones, exactly one is 1 in each row.
    """

    smallest_class: Any
    overlap: float | None
    dominant_feature: str | None
    dominant_share: float | None
    compared: str
    code_columns: tuple[str, ...]
    one_hot_columns: tuple[str, ...]


def examine_input(sampler: Sampler, call: CallRecord, X: Any, y: Any) -> Examination:
    """Examine the input of a call, which is given again.

    Raises
    ------
    ValueError
        If it is another input.
    """
    again = clone(sampler)
    with again._enter(X, y) as (_, _, batch, ctx):
        check_same_input(batch, call)
        if not batch.scaled.d:  # no value of X is read
            smallest = batch.get_label(find_smallest_class(batch))
            return Examination(smallest, None, None, None, "nearest rows", (), ())
        names = find_column_names(again, batch.scaled.d)
        return examine_batch(batch, call, names, ctx, is_frame=names is not None)


def check_same_input(batch: Batch, call: CallRecord) -> None:
    """Raise if the classes, their sizes or the number of features differ from those of the call."""
    remedy = "give the X and y that fit_resample received"
    n_rows = int(call.input_counts.sum())
    if (len(batch.codes), batch.scaled.d) != (n_rows, call.n_features):
        raise ValueError(
            f"X has {len(batch.codes):,} rows of {batch.scaled.d} features, and the report is on {n_rows:,} rows of "
            f"{call.n_features} features; {remedy}"
        )
    found, expected = (
        dict(zip(classes.tolist(), counts.tolist(), strict=True))
        for classes, counts in ((batch.classes, batch.class_counts), (call.classes, call.input_counts))
    )
    if found != expected:
        labels = [label for label in expected | found if found.get(label, 0) != expected.get(label, 0)]
        differ = join_first(
            [f"class {label} has {found.get(label, 0):,}, not {expected.get(label, 0):,}" for label in labels]
        )
        raise ValueError(f"y has other rows of each class than the report is on: {differ}; {remedy}")


def examine_batch(
    batch: Batch, call: CallRecord | None, names: list[str] | None, ctx: ExecutionContext, *, is_frame: bool
) -> Examination:
    """Examine the rows of an input; columns without names go by their numbers.

    Without a call, no rows were made: distances are those of nearest rows, and no column was interpolated.
    """
    smallest = find_smallest_class(batch)
    queries, nearest = find_nearest_rows(batch, smallest, ctx)
    overlap = None
    if len(queries) and batch.class_counts[smallest] >= OVERLAP_FROM_ROWS:
        overlap = float(np.mean(batch.codes[nearest] != smallest))
    parents = queries[:0], queries[:0]
    if call is not None:
        parents = sample_parents(call.lineage, batch.n_input, count_examined_rows(batch))
    pairs, compared = (parents, "parents") if len(parents[0]) else ((queries, nearest), "nearest rows")
    some = slice(0, count_examined_rows(batch))
    dominant = find_dominant_feature(batch, *(rows[some] for rows in pairs))
    labels = names or [f"feature {j}" for j in range(batch.scaled.d)]
    values = sample_values(batch)[:, : count_numeric(batch)]
    return Examination(
        batch.get_label(smallest),
        overlap,
        None if dominant is None else labels[dominant.column],
        None if dominant is None else dominant.share,
        compared,
        tuple(labels[j] for j in find_code_columns(values, call.dtypes)) if is_frame and call else (),
        tuple(labels[j] for j in find_one_hot_columns(values)),
    )


def find_smallest_class(batch: Batch) -> int:
    """Code of the class with the fewest rows, of those that have any; the first label of equals."""
    present = np.flatnonzero(batch.class_counts)
    return int(present[batch.class_counts[present].argmin()])


def find_nearest_rows(batch: Batch, code: int, ctx: ExecutionContext) -> tuple[Integers, Integers]:
    """Some rows of a class, and the nearest other row of each."""
    rows = np.flatnonzero(batch.codes == code)
    queries = rows[spread_evenly(len(rows), MAX_EXAMINED_ROWS)]
    if len(batch.codes) < 2:
        return queries[:0], queries[:0]
    every = dispatch.asarray_like(np.arange(len(batch.codes)), batch.X)
    neighbors, _ = nearest_neighbors(batch, dispatch.asarray_like(queries, batch.X), every, 1, SearchSelector(ctx))
    return queries, dispatch.to_numpy_int64(neighbors[:, 0])


def count_examined_rows(batch: Batch) -> int:
    """Rows whose values fit into a small sample."""
    return max(1, min(MAX_EXAMINED_ROWS, MAX_EXAMINED_VALUES // max(1, batch.scaled.d)))


def sample_values(batch: Batch) -> npt.NDArray[Any]:
    """Values (m, d) of rows that are evenly spread over the input, on the host."""
    rows = dispatch.asarray_like(spread_evenly(len(batch.codes), count_examined_rows(batch)), batch.X)
    return dispatch.to_numpy(matrices.take_dense_rows(batch.X, rows))


def find_code_columns(values: npt.NDArray[Any], dtypes: tuple[np.dtype[Any], ...]) -> list[int]:
    """Integer and boolean columns with few distinct values."""
    kinds = [dtype.kind for dtype in dtypes] * (values.shape[1] if len(dtypes) == 1 else 1)
    whole = [j for j, kind in enumerate(kinds[: values.shape[1]]) if kind in "iub"]
    return [j for j in whole if len(np.unique(values[:, j])) <= MAX_DISTINCT_CODES]


def find_one_hot_columns(values: npt.NDArray[Any]) -> list[int]:
    """Columns in groups of neighbouring columns of zeros and ones of which exactly one is 1 in each row.

    Examples
    --------
    >>> import numpy as np
    >>> find_one_hot_columns(np.array([[7, 0, 1, 0, 1], [9, 1, 0, 0, 1], [8, 0, 1, 0, 1]]))
    [1, 2]
    """
    is_binary = ((values == 0) | (values == 1)).all(axis=0)
    found: list[int] = []
    start, ones = 0, np.zeros(len(values))
    for j in range(values.shape[1]):
        column = values[:, j].astype(np.float64) if is_binary[j] else np.full(len(values), 2.0)
        if column.min(initial=2) == 1 or (ones + column).max(initial=0) > 1:  # a constant, or another group
            start, ones = (j, column) if is_binary[j] and column.min() < 1 else (j + 1, np.zeros(len(values)))
            continue
        ones = ones + column
        if ones.min() == 1 and len(values) > 1:
            found += range(start, j + 1)
            start, ones = j + 1, np.zeros(len(values))
    return found
