"""The door: containers of every kind come in as arrays, and leave as the kind that came.

A kind of container is a class in a file of this package and a line in `TABLES` or `LABELS`. The first line whose
condition holds takes the object.
"""

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
from narwhals.dependencies import is_cudf_dataframe, is_pandas_dataframe
from scipy.sparse import issparse

from gpu_smotetomek.arrays import dispatch, indexing

from ..typing import Integers, Labels
from ._arrays import ArrayLabels, ArrayTable, ListLabels, ListTable
from ._columnar import ColumnarLabels, ColumnarTable
from ._cudf import CudfLabels, CudfTable, is_cudf
from ._devices import DeviceLabels, DeviceTable
from ._kinds import is_columnar, is_columnar_frame, is_pandas, is_strange_series, is_stranger, is_wrapped, refuse
from ._labels import classes_of
from ._pandas import PandasLabels, PandasTable
from ._sparse import SparseTable

__all__ = ["Table", "Target", "enter_X", "enter_y"]


class Table(Protocol):
    """Rows that came in."""

    @property
    def matrix(self) -> Any:
        """Array or CSR or CSC matrix (n, d); never to be written to, it may be the caller's own."""

    @property
    def dtypes(self) -> "tuple[np.dtype[Any], ...] | None":
        """Of each column, where they are not all that of the matrix."""

    @property
    def plain(self) -> bool:
        """Whether the caller's container is of the matrix's kind and dtype, so that rows of the matrix are ready to leave."""

    def leave(self, kept: Any, synthetic: Any) -> Any:
        """The caller's container again: its own rows `kept`, then the rows `synthetic` (m, d), rounded to `dtypes`.

        Where the matrix is on a device, `kept` may be an `arrays.Rest`.
        """


class Target:
    """Labels that came in: `labels` (n,), one class a row."""

    def __init__(self, rows: Any) -> None:
        self.labels: Labels = classes_of(rows.values)
        self._rows = rows

    def leave(self, kept: Integers | indexing.AllExcept, synthetic: Labels, sizes: Integers | None = None) -> Any:
        """The caller's container again: its own rows `kept`, then labels `synthetic` (m,), all of known classes.

        `sizes` (m,): how often each; None is once.
        """
        # a new label is a copy of the first row that has it: dtype, categories and one-hot layout need no rebuilding
        first = {label: np.flatnonzero(self.labels == label)[0] for label in set(synthetic)}
        rows = np.array([first[label] for label in synthetic], np.int64)
        sizes = np.ones_like(rows) if sizes is None else sizes
        if isinstance(self._rows, DeviceLabels):
            return self._rows.leave(kept, rows, sizes)
        return self._rows.take(np.concatenate([np.asarray(kept), np.repeat(rows, sizes)]))


def enter_X(X: Any, *, estimator: str = "SMOTETomek") -> Table:  # noqa: N802
    """Take in a feature matrix of any kind.

    Parameters
    ----------
    X : list, tuple, array, scipy sparse matrix or array, pandas or polars DataFrame, PyArrow Table; shape (n, d)
        Finite numbers. Columns of a frame may differ in dtype. An array may be of any library that keeps its rows on a device
        with float64 (CuPy, PyTorch); it is looked at there. A tensor that asks for a gradient is taken without.
    estimator : str
        Who asks, for messages.

    Returns
    -------
    Table
        `matrix` is `X` itself where it is an array in native byte order (a tensor detached), else an array or CSR or CSC
        matrix of the columns' common dtype.

    Raises
    ------
    ValueError
        For missing or infinite values, columns that are no numbers, names that occur twice, wrong dimensions.
    TypeError
        For a container of another kind.

    Examples
    --------
    >>> import numpy as np
    >>> table = enter_X([[0, 1], [2, 3]])
    >>> table.leave(np.array([1]), np.array([[4, 5]]))
    [[2, 3], [4, 5]]
    """
    return next(table(X, estimator) for holds, table in TABLES if holds(X))


def enter_y(y: Any) -> Target:
    """Take in class labels of any kind.

    Parameters
    ----------
    y : list, tuple, array, pandas or polars Series or DataFrame, PyArrow Array, ChunkedArray or Table
        Shape (n,) or (n, 1); or (n, C) of zeros with a single 1 in each row, whose labels are the column numbers. An array
        may be on a device, that of X or another; n labels of it come to the host.

    Returns
    -------
    Target
        Its `labels` are text or numbers, shape (n,).

    Raises
    ------
    ValueError
        For no labels, continuous or missing ones, text mixed with numbers, rows of no class or of several.
    TypeError
        For a container of another kind.

    Examples
    --------
    >>> import numpy as np
    >>> target = enter_y([[1, 0], [0, 1], [0, 1]])
    >>> target.labels
    array([0, 1, 1])
    >>> target.leave(np.array([0, 1]), np.array([0]))
    [[1, 0], [0, 1], [1, 0]]
    """
    if y is None:
        raise ValueError(
            "Expected array-like (array or non-string sequence), got None: give y, the class of each row of X."
        )
    return Target(next(labels(y) for holds, labels in LABELS if holds(y)))


TABLES: tuple[tuple[Callable[[Any], bool], Callable[[Any, str], Table]], ...] = (
    (lambda X: isinstance(X, np.ndarray), ArrayTable),
    (lambda X: isinstance(X, list), ListTable),
    (issparse, SparseTable),
    (dispatch.is_foreign_array, DeviceTable),
    (is_wrapped, refuse),
    (is_cudf_dataframe, CudfTable),
    (is_pandas_dataframe, PandasTable),
    (is_columnar_frame, ColumnarTable),
    (is_stranger, refuse),
    (lambda _: True, ArrayTable),
)

LABELS: tuple[tuple[Callable[[Any], bool], Callable[[Any], Any]], ...] = (
    (lambda y: isinstance(y, np.ndarray), ArrayLabels),
    (lambda y: isinstance(y, list), ListLabels),
    (dispatch.is_foreign_array, DeviceLabels),
    (is_wrapped, refuse),
    (is_cudf, CudfLabels),
    (is_pandas, PandasLabels),
    (is_columnar, ColumnarLabels),
    (is_stranger, refuse),
    (is_strange_series, refuse),
    (lambda _: True, ArrayLabels),
)
