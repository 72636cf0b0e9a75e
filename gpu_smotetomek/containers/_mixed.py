"""Arrays and lists with categorical columns."""

from collections.abc import Sequence
from typing import Any, NoReturn

import numpy as np

from gpu_smotetomek.arrays import dispatch, indexing, matrices

from ..typing import Array, Integers, Labels
from ._categories import (
    Coding,
    MixedFeatures,
    check_kinds,
    encode_ids,
    encode_sorted,
    identify_objects,
    join_codes,
    resolve_positions,
)
from ._checks import check_matrix, check_shape, raise_not_a_table
from ._devices import DeviceTable


class MixedArrayTable:
    """An array, of numbers or objects, with categorical columns; restored with the same dtype, in C order.

    Objects in the other columns are numbers, and those of synthetic rows are floats.

    Attributes
    ----------
    matrix : array (n, d)
        The numeric features, then the codes of the categorical ones.
    dtypes : tuple of dtypes, or None
        Those of the numeric features, where they differ from that of the matrix.
    mixed_features : MixedFeatures
    """

    is_native = False

    def __init__(self, X: Any, estimator: str, spec: Any) -> None:
        rows = X if isinstance(X, np.ndarray) else np.array(X, dtype=object)
        if rows.ndim == 0:
            raise_not_a_table(X)
        check_shape(rows.shape, estimator)
        self._rows, n_columns = rows, rows.shape[1]
        categorical = resolve_positions(spec, None, n_columns, None)
        continuous = [j for j in range(n_columns) if j not in categorical]
        check_kinds(len(categorical), len(continuous), estimator)
        numbers = check_matrix(rows[:, continuous], estimator, continuous)
        self._codings = [encode_cells(rows[:, j]) for j in categorical]
        sizes = tuple(coding.n_categories for coding in self._codings)
        self.mixed_features = MixedFeatures(tuple(categorical), tuple(continuous), sizes)
        self.matrix = join_codes(numbers, [coding.codes for coding in self._codings], sizes)
        self.dtypes = None if numbers.dtype == self.matrix.dtype else (numbers.dtype,) * len(continuous)

    def restore(self, kept_rows: Integers, synthetic: Labels, _: Any = None) -> Labels:
        """Return rows `kept_rows`, then `synthetic`, each written once."""
        features, n = self.mixed_features, len(kept_rows)
        out = np.empty((n + len(synthetic), self._rows.shape[1]), self._rows.dtype)
        out[:n] = self._rows[kept_rows]
        for place, j in enumerate((*features.continuous, *features.categorical)):
            column = synthetic[:, place]
            if j in features.categorical:
                first_rows = self._codings[place - len(features.continuous)].first_rows
                column = self._rows[first_rows, j][column.astype(np.int64)]
            out[n:, j] = column
        return out


class MixedListTable(MixedArrayTable):
    """A list of rows with categorical columns; restored as a list of lists."""

    def restore(self, kept_rows: Integers, synthetic: Labels, _: Any = None) -> Any:
        """Return rows `kept_rows`, then `synthetic`."""
        return super().restore(kept_rows, synthetic).tolist()


class MixedDeviceTable:
    """An array of another library with numbers for categories; restored with the same library, device and dtype.

    Attributes
    ----------
    matrix : array (n, d)
        The numeric features, then the codes of the categorical ones, on the device.
    dtypes : tuple of dtypes, or None
        Those of the numeric features, where they differ from that of the matrix.
    mixed_features : MixedFeatures
    """

    is_native = False

    def __init__(self, X: Array, estimator: str, spec: Any) -> None:
        self._rows = rows = DeviceTable(X, estimator).matrix
        n_columns = int(rows.shape[1])
        categorical = resolve_positions(spec, None, n_columns, None)
        continuous = [j for j in range(n_columns) if j not in categorical]
        check_kinds(len(categorical), len(continuous), estimator)
        coded = [encode_sorted(rows[:, j]) for j in categorical]
        self._categories = [distinct for _, distinct in coded]
        sizes = tuple(int(distinct.shape[0]) for distinct in self._categories)
        self.mixed_features = MixedFeatures(tuple(categorical), tuple(continuous), sizes)
        numbers = take_columns(rows, continuous)
        self.matrix = join_codes(numbers, [codes for codes, _ in coded], sizes)
        own = np.dtype(dispatch.dtype_name(numbers))
        self.dtypes = None if numbers.dtype == self.matrix.dtype else (own,) * len(continuous)

    def restore(self, kept_rows: Integers | indexing.AllExcept, synthetic: Array, _: Any = None) -> Array:
        """Return rows `kept_rows`, then `synthetic`, on the device."""
        features, rows = self.mixed_features, self._rows
        xp, columns = dispatch.namespace(rows), dict[int, Array]()
        for place, j in enumerate((*features.continuous, *features.categorical)):
            column = synthetic[:, place]
            if j in features.categorical:
                distinct = self._categories[place - len(features.continuous)]
                column = xp.take(distinct, xp.astype(column, xp.int64))
            columns[j] = xp.astype(column, rows.dtype)
        new = xp.stack([columns[j] for j in range(len(columns))], axis=1)
        return matrices.take_and_append(rows, indexing.indices_like(kept_rows, rows), new)


def raise_sparse_categories(X: Any, estimator: str, _: Any) -> NoReturn:
    """Raise for a sparse matrix with categorical columns."""
    raise ValueError(
        f"X is sparse ({type(X).__name__}), and {estimator} takes categorical features of dense tables only: convert X with "
        ".toarray(), or give it as a frame"
    )


def encode_cells(cells: Labels) -> Coding:
    """Return the codes of a column (n,) of a NumPy array."""
    if cells.dtype == object:
        return encode_ids(identify_objects(cells), lambda rows: cells[rows].tolist())
    ids = np.unique(cells, return_inverse=True)[1].reshape(-1)
    return encode_ids(ids, lambda rows: cells[rows].tolist())


def take_columns(X: Array, columns: Sequence[int]) -> Array:
    """Return columns of an array of any library."""
    xp = dispatch.namespace(X)
    return xp.stack([X[:, j] for j in columns], axis=1)
