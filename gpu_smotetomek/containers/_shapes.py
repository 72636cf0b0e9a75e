"""Rows of any shape, such as windows of a time series and images: compared flattened, restored in their shape."""

import math
from typing import Any

import numpy as np

from gpu_smotetomek.arrays.dispatch import namespace

from ..typing import Array
from ._narwhals import unwrap


class ShapedRows:
    """A table whose rows have the shape `row_shape`: (d,) for a matrix, (t, c) for windows, (c, h, w) for images."""

    row_shape: tuple[int, ...]

    @property
    def is_flattened(self) -> bool:
        """Whether the features of the matrix are the entries of rows of more than one dimension."""
        return len(self.row_shape) > 1

    def shape_rows(self, rows: Array) -> Array:
        """Return rows (m, d) in the shape of the caller's rows, in the same memory."""
        return namespace(rows).reshape(rows, (int(rows.shape[0]), *self.row_shape)) if self.is_flattened else rows


def flatten_rows(X: Array) -> Array:
    """Return an array of more than two dimensions as a matrix (n, d), entries of a row in C order; any other one unchanged.

    It is a view if each row lies in memory in this order, as in an array in C order or every second row of one. For other
    layouts, such as Fortran order and torch's `channels_last`, it is a copy, so that the answer does not depend on the layout.
    """
    n, *row_shape = X.shape or (0,)
    return namespace(X).reshape(X, (n, math.prod(row_shape))) if len(row_shape) > 1 else X


def shape_rows(rows: Any, table: Any) -> Any:
    """Return the rows (m, d) of a result in the shape that rows of `table` have."""
    return table.shape_rows(rows) if isinstance(table, ShapedRows) else rows


def feature_view(X: Any, table: Any) -> Any:
    """Return X, or an array of one byte with as many rows and features where the rows of X have several dimensions."""
    row_shape = getattr(table, "row_shape", ())
    if len(row_shape) < 2:
        return unwrap(X)
    return np.broadcast_to(np.int8(0), (int(table.matrix.shape[0]), math.prod(row_shape)))
