"""Rows of any container and columns of frames, taken without being read; the table of a sampler that reads no values."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, Self

import numpy as np
from narwhals.dependencies import is_cudf_dataframe, is_pandas_dataframe
from scipy.sparse import issparse

from gpu_smotetomek.arrays import dispatch, indexing, matrices

from ..typing import Integers
from ._categories import Coding
from ._checks import check_shape, check_sparse_structure, raise_not_a_table
from ._kinds import is_columnar, is_columnar_frame, is_cudf, is_narwhals, is_pandas, is_unsupported, raise_unsupported
from ._narwhals import is_wrapper, unwrap, wrap
from ._remedies import has_every_attribute


def select_rows(container: Any, rows: Integers | indexing.AllExcept) -> Any:
    """Take rows of a container in any order, each as often as it is listed.

    Parameters
    ----------
    container : list, array, sparse matrix, frame or series
        Of one or two dimensions; its cells may be anything, as they are not read.
    rows : int64 array (m,)
        Row numbers.

    Returns
    -------
    same kind of container
        In new memory, with the same dtypes and names; a frame or series of pandas has a fresh index.

    Examples
    --------
    >>> import numpy as np
    >>> select_rows([["a", 1], ["b", None]], np.array([1, 1, 0]))
    [['b', None], ['b', None], ['a', 1]]
    """
    if isinstance(rows, indexing.AllExcept) and not dispatch.is_foreign_array(container):
        rows = np.asarray(rows)
    return next(take(container, rows) for is_kind, take in TAKE if is_kind(container))


class Frame(ABC):
    """The columns of a frame of one library; their cells are taken, and not read, except those of categories.

    Attributes
    ----------
    native : frame
        The caller's.
    names : list
        Names of its columns, none of them twice.
    """

    def __init__(self, native: Any, names: list[Any]) -> None:
        self.native, self.names = native, names

    @abstractmethod
    def select(self, names: Sequence[Any]) -> Self:
        """Return these columns, in the order of this frame."""

    @abstractmethod
    def find_without_missing(self) -> list[tuple[Any, Any]]:
        """Return name and dtype of each column whose dtype cannot hold a missing value."""

    @abstractmethod
    def find_categorical(self) -> list[int]:
        """Return the positions of the columns whose dtype is one of categories, text or truth values."""

    @abstractmethod
    def encode(self, position: int) -> Coding:
        """Return the categories of a column as codes."""

    @abstractmethod
    def append_missing(self, rows: Any, m: int) -> Any:
        """Return `rows`, a frame of the library, and then `m` rows of missing cells, in the same dtypes."""

    @abstractmethod
    def join(self, parts: Sequence[Any]) -> Any:
        """Return the columns of several frames of the library side by side, in the order of this frame."""


class UnreadTable:
    """A table whose values are not read: its matrix has no columns, and it is restored by taking rows.

    Attributes
    ----------
    matrix : array (n, 0)
        On the device of X.
    row_shape : tuple of int
        Shape of a row of X.
    """

    dtypes = None
    is_native = False

    def __init__(self, X: Any, estimator: str) -> None:
        self._rows = to_rows(X)
        shape = tuple(self._rows.shape) if hasattr(self._rows, "shape") else np.asarray(X, object).shape
        check_shape(shape, estimator)
        self.row_shape = shape[1:]
        if dispatch.is_foreign_array(self._rows):
            xp, device = dispatch.namespace(self._rows), dispatch.get_device(self._rows)
            self.matrix = xp.zeros((shape[0], 0), dtype=xp.float64, device=device)
        else:
            self.matrix = np.zeros((shape[0], 0))

    def restore(self, kept_rows: Any, synthetic: Any, _: Any = None) -> Any:
        """Return rows `kept_rows`; no row is synthetic where no value is read, so `synthetic` is empty."""
        assert not synthetic.shape[0]
        return select_rows(self._rows, kept_rows)


def to_rows(X: Any) -> Any:
    """Return X if rows can be taken from it, else an array or a CSR matrix with its rows; raise if there is no way back."""
    if isinstance(X, (np.ndarray, list)):
        return X
    if is_narwhals(X) or has_every_attribute(X):
        raise_unsupported(X)
    if is_columnar_frame(X) or is_cudf_dataframe(X) or is_pandas_dataframe(X):
        return X
    if issparse(X):
        check_sparse_structure(X)
        return X if X.format in ("csr", "csc") else X.tocsr()
    if dispatch.is_foreign_array(X):
        if reason := dispatch.unsupported_reason(X):
            raise TypeError(f"X ({type(X).__module__}.{type(X).__qualname__}) {reason}.")
        return dispatch.detach(X)
    if is_unsupported(X):
        raise_unsupported(X)
    rows = np.asarray(X)
    if rows.ndim == 0:
        raise_not_a_table(X)
    return np.asarray(X, object) if rows.dtype.kind in "SU" else rows  # NumPy reads ("a", 1) as text


def _take_list(container: list[Any], rows: Any) -> list[Any]:
    taken = (container[i] for i in rows)
    return [row.tolist() if isinstance(row, np.ndarray) else list(row) if _is_row(row) else row for row in taken]


def _is_row(value: Any) -> bool:
    return isinstance(value, (list, tuple))


def _take_array(container: Any, rows: Any) -> Any:
    with dispatch.device_context(container):
        return matrices.take_dense_rows(container, indexing.indices_like(rows, container))


def _take_pandas(container: Any, rows: Any) -> Any:
    # copied, since iloc[all rows in order] is a view of the caller's memory
    return container.iloc[rows].reset_index(drop=True).copy()


def _take_cudf(container: Any, rows: Any) -> Any:
    return container.iloc[rows].reset_index(drop=True)


def _take_columnar(container: Any, rows: Any) -> Any:
    return container.take(rows) if hasattr(container, "take") else container[rows]


TAKE: tuple[tuple[Callable[[Any], bool], Callable[[Any, Any], Any]], ...] = (
    (lambda data: isinstance(data, np.ndarray), lambda data, rows: data.take(rows, axis=0)),
    (lambda data: isinstance(data, list), _take_list),
    (issparse, lambda data, rows: data[rows]),
    (is_wrapper, lambda data, rows: wrap(select_rows(unwrap(data), rows), data)),
    (dispatch.is_foreign_array, _take_array),
    (is_cudf, _take_cudf),
    (is_pandas, _take_pandas),
    (is_columnar, _take_columnar),
)
