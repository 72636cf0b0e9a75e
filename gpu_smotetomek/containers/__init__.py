"""Conversion of the caller's containers to arrays, and back to the same kind of container.

Each kind of container is a class in a file of this package and a line in `TABLES`, `FRAMES` or `LABELS`. The first line whose
condition holds for an object converts it.
"""

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
from narwhals.dependencies import is_cudf_dataframe, is_pandas_dataframe
from scipy.sparse import issparse

from gpu_smotetomek.arrays import dispatch, indexing

from ..typing import Integers, Labels
from ._arrays import ArrayLabels, ArrayTable, ListLabels, ListTable
from ._building import build_frame
from ._categories import MixedFeatures
from ._columnar import ColumnarFrame, ColumnarLabels, ColumnarTable
from ._cudf import CudfFrame, CudfLabels, CudfTable
from ._devices import DeviceLabels, DeviceTable
from ._kinds import (
    is_any_frame,
    is_columnar,
    is_columnar_frame,
    is_cudf,
    is_narwhals,
    is_pandas,
    is_unsupported,
    is_unsupported_series,
    raise_unsupported,
)
from ._labels import extract_classes
from ._mixed import MixedArrayTable, MixedDeviceTable, MixedListTable, raise_sparse_categories
from ._narwhals import WrappedLabels, WrappedTable, is_wrapper, unwrap
from ._pandas import PandasFrame, PandasLabels, PandasTable, warn_if_reordered
from ._remedies import has_every_attribute, is_map_style, is_series, raise_map_style, raise_series
from ._rows import Frame, UnreadTable, select_rows, to_rows
from ._shapes import feature_view, shape_rows
from ._sparse import SparseTable
from ._split import ColumnRoles, SplitTable, raise_no_names, split_frame
from ._target_column import divide_frame
from ._values import Unwrap, append_missing_row, enter_values, to_matrix_form

__all__ = [
    "ColumnRoles",
    "MixedFeatures",
    "Table",
    "Target",
    "append_missing_row",
    "build_frame",
    "divide_frame",
    "enter_X",
    "enter_frame",
    "enter_numbers",
    "enter_values",
    "enter_y",
    "feature_view",
    "get_mixed_features",
    "select_rows",
    "shape_rows",
    "to_rows",
    "warn_if_reordered",
]


class Table(Protocol):
    """A feature matrix as an array, and the way back to the caller's container."""

    @property
    def matrix(self) -> Any:
        """Array, CSR or CSC matrix (n, d). It may be the caller's own: never write to it."""

    @property
    def dtypes(self) -> "tuple[np.dtype[Any], ...] | None":
        """The dtype of each column; None if all columns have the dtype of the matrix."""

    @property
    def is_native(self) -> bool:
        """Whether the caller's container is an array of the matrix's library and dtype, so that no conversion is needed."""

    def restore(self, kept_rows: Any, synthetic: Any, find_bases: Callable[[], Integers], /) -> Any:
        """Build the caller's container: its own rows `kept_rows`, then the rows `synthetic` (m, d), rounded to `dtypes`.

        `kept_rows` may be in any order and repeat rows; where the matrix is on a device, it may be an `AllExcept`.
        `find_bases` returns (m,) rows of the container, from which the synthetic rows may take cells that are no features.
        """


def get_mixed_features(table: Table) -> MixedFeatures | None:
    """Return the categorical features of a table, which are the last columns of its matrix; None where there are none."""
    return getattr(table, "mixed_features", None)


class Target:
    """The class of each row, `labels` (n,), and the way back to the caller's container."""

    def __init__(self, container: Any) -> None:
        self.labels: Labels = extract_classes(container.values)
        self._container = container

    def restore(
        self, kept_rows: Integers | indexing.AllExcept, synthetic: Labels, counts: Integers | None = None
    ) -> Any:
        """Build the caller's container: its own rows `kept_rows`, then the labels `synthetic` (m,), whose classes are known.

        `counts` (m,) is how often each synthetic label is repeated; None means once.
        """
        # A new label is a copy of the first row that has it: dtype, categories and one-hot layout need no rebuilding.
        first = {label: np.flatnonzero(self.labels == label)[0] for label in set(synthetic)}
        rows = np.array([first[label] for label in synthetic], np.int64)
        counts = np.ones_like(rows) if counts is None else counts
        if isinstance(self._container, DeviceLabels):
            return self._container.restore(kept_rows, rows, counts)
        return self._container.take(np.concatenate([np.asarray(kept_rows), np.repeat(rows, counts)]))


def enter_X(X: Any, *, estimator: str = "SMOTETomek", roles: ColumnRoles | None = None) -> Table:  # noqa: N802
    """Convert a feature matrix of any supported kind.

    Parameters
    ----------
    X : list, tuple, array, scipy sparse matrix or array, pandas, polars or narwhals DataFrame, PyArrow Table; shape (n, d)
        Finite numbers. Columns of a frame may differ in dtype. An array may be of any library whose device supports float64
        (CuPy, PyTorch); it is checked on that device. A tensor that requires a gradient is detached. Arrays and lists may have
        the shape (n, ...).
    estimator : str
        Name of the estimator, for error messages.
    roles : ColumnRoles or None
        What the columns are used for, where not all are numeric features.

    Returns
    -------
    Table
        Its `matrix` is `X` itself if that is an array in native byte order (a tensor detached), else an array, CSR or CSC
        matrix of the columns' common dtype. Rows of more dimensions are a view of `X` if each lies in C order in memory, else a
        copy; bfloat16 is copied to float32.

    Raises
    ------
    ValueError
        If values are missing or infinite, columns are not numeric, names occur twice or dimensions are wrong; or if roles name
        no column, or an array whose columns have no names.
    TypeError
        If the container is of another kind.

    Examples
    --------
    >>> import numpy as np
    >>> table = enter_X([[0, 1], [2, 3]])
    >>> table.restore(np.array([1]), np.array([[4, 5]]))
    [[2, 3], [4, 5]]
    """
    if is_wrapper(X):
        return WrappedTable(X, enter_X(unwrap(X), estimator=estimator, roles=roles))
    if roles is not None and roles.reads_values and (roles.passthrough or roles.categorical is not None):
        return enter_with_roles(X, estimator, roles)
    if roles is not None and not roles.reads_values:
        if roles.passthrough:
            split_frame(enter_frame(X), roles, estimator)  # raises if a name is wrong
        return UnreadTable(X, estimator)
    return next(convert(X, estimator) for is_kind, convert in TABLES if is_kind(X))


def enter_numbers(values: Any) -> tuple[Table, Unwrap]:
    """Convert values that `enter_values` returned to numbers, as if they were features.

    Returns
    -------
    Table, callable
        The values as a table, and a function from what it restores to the container of the values.

    Raises
    ------
    ValueError
        If some are no finite numbers.
    """
    try:
        features, unwrap = to_matrix_form(values)
        return enter_X(features, estimator="extend"), unwrap
    except (ValueError, TypeError) as error:
        raise ValueError(
            "synthetic='interpolate' needs finite numbers: convert the values (dates to days or seconds, for example), or give "
            f"synthetic='base' or 'missing'. They are refused: {str(error).splitlines()[0].partition(' extend measures')[0]}"
        ) from error


def enter_with_roles(X: Any, estimator: str, roles: ColumnRoles) -> Table:
    """Convert a feature matrix whose columns are not all numeric features: a frame, or an array with categorical columns."""
    if not roles.passthrough and not is_any_frame(X):
        return next(convert(X, estimator, roles.categorical) for is_kind, convert in MIXED if is_kind(X))
    frame = enter_frame(X)
    categorical, features = split_frame(frame, roles, estimator)
    if not categorical and not roles.passthrough:
        return enter_X(X, estimator=estimator)
    return SplitTable(frame, roles, categorical, enter_X(frame.select(features).native, estimator=estimator))


def enter_frame(X: Any) -> Frame:
    """Return the columns of a frame; raise for any other container."""
    return next(convert(X) for is_kind, convert in FRAMES if is_kind(X))


def enter_y(y: Any) -> Target:
    """Convert class labels of any supported kind.

    Parameters
    ----------
    y : list, tuple, array, pandas, polars or narwhals Series or DataFrame, PyArrow Array, ChunkedArray or Table
        Shape (n,) or (n, 1); or one-hot (n, C), zeros with a single 1 in each row, where the column numbers are the labels.
        An array may be on any device, also on another than X; its n labels are copied to the host.

    Returns
    -------
    Target
        Its `labels` are text or numbers, shape (n,).

    Raises
    ------
    ValueError
        If y is None, labels are continuous or missing, text is mixed with numbers, or a row has no class or several.
    TypeError
        If the container is of another kind.

    Examples
    --------
    >>> import numpy as np
    >>> target = enter_y([[1, 0], [0, 1], [0, 1]])
    >>> target.labels
    array([0, 1, 1])
    >>> target.restore(np.array([0, 1]), np.array([0]))
    [[1, 0], [0, 1], [1, 0]]
    """
    if y is None:
        raise ValueError(
            "Expected array-like (array or non-string sequence), got None: give y, the class of each row of X."
        )
    return Target(enter_labels(y))


def enter_labels(y: Any) -> Any:
    """Return the labels of a container, and the way back."""
    if is_wrapper(y):
        return WrappedLabels(y, enter_labels(unwrap(y)))
    return next(convert(y) for is_kind, convert in LABELS if is_kind(y))


TABLES: tuple[tuple[Callable[[Any], bool], Callable[[Any, str], Table]], ...] = (
    (lambda X: isinstance(X, np.ndarray), ArrayTable),
    (lambda X: isinstance(X, list), ListTable),
    (issparse, SparseTable),
    (has_every_attribute, raise_unsupported),
    (dispatch.is_foreign_array, DeviceTable),
    (is_narwhals, raise_unsupported),
    (is_cudf_dataframe, CudfTable),
    (is_pandas_dataframe, PandasTable),
    (is_columnar_frame, ColumnarTable),
    (is_columnar, raise_series),
    (is_unsupported, raise_unsupported),
    (is_map_style, raise_map_style),
    (is_series, raise_series),
    (lambda _: True, ArrayTable),
)

FRAMES: tuple[tuple[Callable[[Any], bool], Callable[[Any], Frame]], ...] = (
    (is_narwhals, raise_unsupported),
    (is_cudf_dataframe, CudfFrame),
    (is_pandas_dataframe, PandasFrame),
    (is_columnar_frame, ColumnarFrame),
    (is_any_frame, raise_unsupported),
    (lambda _: True, raise_no_names),
)

MIXED: tuple[tuple[Callable[[Any], bool], Callable[[Any, str, Any], Table]], ...] = (
    (lambda X: isinstance(X, np.ndarray), MixedArrayTable),
    (lambda X: isinstance(X, list), MixedListTable),
    (issparse, raise_sparse_categories),
    (dispatch.is_foreign_array, MixedDeviceTable),
    (lambda X: is_narwhals(X) or is_unsupported(X), lambda X, *_: raise_unsupported(X)),
    (lambda _: True, MixedArrayTable),
)
"""Arrays with categorical columns; frames are split."""

LABELS: tuple[tuple[Callable[[Any], bool], Callable[[Any], Any]], ...] = (
    (lambda y: isinstance(y, np.ndarray), ArrayLabels),
    (lambda y: isinstance(y, list), ListLabels),
    (has_every_attribute, raise_unsupported),
    (dispatch.is_foreign_array, DeviceLabels),
    (is_narwhals, raise_unsupported),
    (is_cudf, CudfLabels),
    (is_pandas, PandasLabels),
    (is_columnar, ColumnarLabels),
    (is_unsupported, raise_unsupported),
    (is_unsupported_series, raise_unsupported),
    (is_map_style, raise_map_style),
    (lambda _: True, ArrayLabels),
)
