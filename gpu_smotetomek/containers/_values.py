"""Values of the rows of a table that are no features, such as weights, groups and dates: taken, filled up, as numbers."""

from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np
from narwhals.dependencies import is_cudf_dataframe, is_pandas_dataframe
from scipy.sparse import issparse

from gpu_smotetomek.arrays import dispatch

from ..errors import join_first
from ._columnar import ColumnarFrame
from ._cudf import CudfFrame
from ._kinds import is_columnar, is_columnar_frame, is_cudf, is_pandas
from ._pandas import PandasFrame
from ._rows import Frame, to_rows

MISSING_VALUES = {"f": np.nan, "c": np.nan, "M": "NaT", "m": "NaT", "O": None}
"""The missing value of the dtypes of NumPy that have one, by kind."""

Unwrap = Callable[[Any], Any]


def enter_values(values: Any, n_rows: int) -> Any:
    """Return values, one for each row of a table, as a container from which rows can be taken.

    Parameters
    ----------
    values : list, array, sparse matrix, frame or series
        Of any dtype; shape (n_rows, ...). Other sequences become arrays.
    n_rows : int
        Rows of the table.

    Returns
    -------
    same container

    Raises
    ------
    ValueError
        If the number of values is another one.
    TypeError
        If rows cannot be taken from such a container.

    Examples
    --------
    >>> enter_values(("a", "b"), 2)
    array(['a', 'b'], dtype=object)
    """
    is_single = values is None or isinstance(values, (str, bytes, int, float)) or getattr(values, "shape", None) == ()
    if is_single:
        raise ValueError(f"values is {values!r:.50}, a single one: give one value for each of the {n_rows} rows of X")
    rows = values if is_pandas(values) or is_columnar(values) or is_cudf(values) else to_rows(values)
    n_values = int(rows.shape[0]) if hasattr(rows, "shape") else len(rows)
    if n_values != n_rows:
        raise ValueError(
            f"values has {n_values} rows, and the X that was resampled had {n_rows}: give one value for each row of that X"
        )
    return rows


def append_missing_row(values: Any) -> Any:
    """Return values followed by one that is missing, in the same container and dtype.

    Raises
    ------
    ValueError
        If the dtype has no missing value.

    Examples
    --------
    >>> append_missing_row(np.array([2.5]))
    array([2.5, nan])
    """
    if isinstance(values, list):
        return [*values, _copy_as_missing(values[0])]
    if issparse(values):
        raise_no_missing_value(f"a sparse matrix of {values.dtype}")
    if isinstance(values, np.ndarray):
        if values.dtype.kind not in MISSING_VALUES:
            raise_no_missing_value(f"the dtype {values.dtype}")
        row = np.full((1, *values.shape[1:]), MISSING_VALUES[values.dtype.kind], values.dtype)
        return np.concatenate([values, row])
    if dispatch.is_foreign_array(values):
        return _append_nan(values)
    native, unwrap = to_frame_of_library(values)
    frame = next(convert(native) for is_kind, convert in FRAMES_BY_KIND if is_kind(native))
    if columns := frame.find_without_missing():
        raise_no_missing_value(join_first([f"{name!r} ({dtype})" for name, dtype in columns]))
    return unwrap(frame.append_missing(native, 1))


def raise_no_missing_value(what: str) -> NoReturn:
    """Raise for values whose dtype has no missing value, and name the remedy."""
    raise ValueError(
        f"synthetic='missing' needs a missing value, and {what} has none: convert the values, for example to float, to object "
        "or to a nullable dtype such as 'Int64' of pandas, or give synthetic='base', which copies the value of the base row"
    )


def _copy_as_missing(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        value = value.tolist()
    return [_copy_as_missing(part) for part in value] if isinstance(value, (list, tuple)) else None


def _append_nan(values: Any) -> Any:
    xp = dispatch.namespace(values)
    with dispatch.device_context(values):
        if not xp.isdtype(values.dtype, ("real floating", "complex floating")):
            raise_no_missing_value(f"the dtype {dispatch.dtype_name(values)}")
        row = xp.full((1, *values.shape[1:]), np.nan, dtype=values.dtype, device=dispatch.get_device(values))
        return xp.concat([values, row], axis=0)


def to_frame_of_library(values: Any) -> tuple[Any, Unwrap]:
    """Return a series or array of a frame library as a frame of one column, and the way back; a frame is itself."""
    if is_columnar_frame(values) or is_pandas_dataframe(values) or is_cudf_dataframe(values):
        return values, lambda frame: frame
    if is_pandas(values) or is_cudf(values):
        name = values.name
        return values.to_frame("values"), lambda frame: frame.iloc[:, 0].rename(name)
    if hasattr(values, "to_frame"):  # polars
        return values.to_frame(), lambda frame: frame.to_series(0)
    import pyarrow

    column = "values"
    if isinstance(values, pyarrow.ChunkedArray):
        return pyarrow.table({column: values}), lambda table: table[column]
    return pyarrow.table({column: values}), lambda table: pyarrow.concat_arrays(
        [values[:0], *table[column].chunks]
    )  # of no chunk, too


def to_matrix_form(values: Any) -> tuple[Any, Unwrap]:
    """Return values with a row in two or more dimensions, as features have, and the way back."""
    if isinstance(values, list):
        if values and isinstance(values[0], (list, tuple, np.ndarray)):
            return values, lambda rows: rows
        return [[value] for value in values], lambda rows: [row[0] for row in rows]
    if isinstance(values, np.ndarray) or dispatch.is_foreign_array(values):
        if len(values.shape) > 1:
            return values, lambda rows: rows
        xp = dispatch.namespace(values)
        return xp.reshape(values, (-1, 1)), lambda rows: xp.reshape(rows, (-1,))
    return (values, lambda rows: rows) if issparse(values) else to_frame_of_library(values)


FRAMES_BY_KIND: tuple[tuple[Callable[[Any], bool], Callable[[Any], Frame]], ...] = (
    (is_cudf_dataframe, CudfFrame),
    (is_pandas_dataframe, PandasFrame),
    (lambda _: True, ColumnarFrame),
)
