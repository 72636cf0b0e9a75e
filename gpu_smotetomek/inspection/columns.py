"""The columns of a table of any container as NumPy arrays, missing cells apart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import narwhals as nw
import numpy as np
import numpy.typing as npt
from scipy.sparse import issparse

from gpu_smotetomek.arrays import dispatch
from gpu_smotetomek.samplers.dominant_feature import spread_evenly
from gpu_smotetomek.typing import Integers

SAMPLE_ROWS = 1_000


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Attributes
    ----------
    name : object
        Its name, or its number where the table has no names.
    kind : {'number', 'boolean', 'text', 'time', 'other'}
        What the cells are.
    cells : array (m,)
        The cells that are given: neither missing nor, of numbers, infinite.
    is_given : bool array (n,)
        The rows of these cells.
    """

    name: Any
    kind: str
    cells: npt.NDArray[Any]
    is_given: npt.NDArray[np.bool_]

    @property
    def is_numeric(self) -> bool:
        """Whether the cells are numbers or truth values."""
        return self.kind in ("number", "boolean")

    @property
    def n_missing(self) -> int:
        """Number of cells that are missing or not finite."""
        return int(len(self.is_given) - len(self.cells))

    @property
    def sample(self) -> npt.NDArray[Any]:
        """At most a thousand cells, evenly spread."""
        m = len(self.cells)
        return self.cells if m <= SAMPLE_ROWS else self.cells[spread_evenly(m, SAMPLE_ROWS)]

    @cached_property
    def codes(self) -> Integers:
        """A number (m,) for each cell, from 0; equal cells have equal ones."""
        if self.cells.dtype != object:
            return np.unique(self.cells, return_inverse=True)[1].reshape(-1)
        numbers: dict[Any, int] = {}
        keys = (cell if isinstance(cell, str) else repr(cell) for cell in self.cells.tolist())
        return np.fromiter((numbers.setdefault(key, len(numbers)) for key in keys), np.int64, len(self.cells))

    @cached_property
    def n_distinct(self) -> int:
        """Number of different cells."""
        return int(self.codes.max(initial=-1)) + 1

    @property
    def may_have_few_values(self) -> bool:
        """Whether a sample holds few different cells, so that all cells are worth counting."""
        return len(set(self.sample.tolist())) <= SAMPLE_ROWS // 10

    @cached_property
    def is_whole(self) -> bool:
        """Whether all cells are integers, in a column of integers or of floats."""
        if self.kind != "number" or not len(self.cells):
            return False
        if self.cells.dtype.kind in "iu":
            return True
        return all(
            bool(((cells == np.floor(cells)) & (np.abs(cells) <= 2**53)).all()) for cells in (self.sample, self.cells)
        )


def read_columns(X: Any) -> Iterator[Column]:
    """The columns of a frame or an array (n, ...), in their order; none of a sparse matrix."""
    if issparse(X):
        return
    frame = nw.from_native(X, eager_only=True, pass_through=True)
    if isinstance(frame, nw.DataFrame):
        yield from (read_series(name, frame[:, j]) for j, name in enumerate(frame.columns))
        return
    matrix = dispatch.to_numpy(X) if dispatch.is_foreign_array(X) else np.asarray(X)
    if matrix.ndim < 2 or not len(matrix):
        return
    matrix = matrix.reshape(len(matrix), -1)
    yield from (read_array(j, matrix[:, j]) for j in range(matrix.shape[1]))


def read_series(name: Any, series: nw.Series[Any]) -> Column:
    """Read one column of a frame."""
    kind, is_given = find_kind(series.dtype), ~np.asarray(series.is_null().to_numpy(), bool)
    cells = series.drop_nulls()
    if kind in ("number", "boolean"):
        values = np.asarray(cells.to_numpy())
        return keep_finite(name, kind, values if values.dtype.kind in "biuf" else values.astype(np.float64), is_given)
    objects = np.empty(len(cells), object)
    objects[:] = cells.to_list() if kind == "time" else list(map(str, cells.to_list()))  # lists cannot be compared
    return Column(name, kind, objects, is_given)


def find_kind(dtype: Any) -> str:
    """The kind of the cells of a dtype of narwhals."""
    if dtype.is_numeric():
        return "number"
    if dtype == nw.Boolean:
        return "boolean"
    if dtype in (nw.String, nw.Categorical, nw.Enum):
        return "text"
    return "time" if dtype.is_temporal() else "other"


def read_array(name: Any, values: npt.NDArray[Any]) -> Column:
    """Read one column of an array, which may hold objects."""
    if values.dtype.kind in "biuf":
        return keep_finite(
            name, "boolean" if values.dtype.kind == "b" else "number", values, np.ones(len(values), bool)
        )
    if values.dtype.kind in "mM":
        is_given = ~np.isnat(values)
        return Column(name, "time", values[is_given], is_given)
    objects = values.astype(object)
    is_given = np.array([cell is not None and cell == cell for cell in objects.tolist()], bool)
    cells = objects[is_given]
    if len(cells) and all(isinstance(cell, (int, float, np.number)) for cell in cells.tolist()):
        return keep_finite(name, "number", cells.astype(np.float64), is_given)
    return Column(name, "text", np.array(list(map(str, cells.tolist())), object), is_given)


def keep_finite(name: Any, kind: str, cells: npt.NDArray[Any], is_given: npt.NDArray[np.bool_]) -> Column:
    """A column of numbers without those that are not finite."""
    if cells.dtype.kind == "f" and not (is_finite := np.isfinite(cells)).all():
        is_given = is_given.copy()
        is_given[is_given] = is_finite
        cells = cells[is_finite]
    return Column(name, kind, cells, is_given)
