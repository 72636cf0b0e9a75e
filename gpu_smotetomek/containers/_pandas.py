"""pandas frames and series, with dense, nullable, Arrow and sparse columns."""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from narwhals.dependencies import is_pandas_dataframe
from scipy.sparse import csr_matrix

from ..errors import warn_caller
from ..typing import Integers, Labels
from ._categories import Coding, encode_ids
from ._checks import check_matrix, check_no_duplicates, resolve_dtypes
from ._kinds import is_pandas
from ._labels import MISSING, normalize_labels
from ._narwhals import unwrap
from ._rows import Frame, select_rows

# What pandas' infer_dtype returns for columns of objects that can be floats, and for those that are categories.
NUMERIC_INFERRED_TYPES = {"integer", "floating", "mixed-integer-float"}
CATEGORICAL_INFERRED_TYPES = {"string", "boolean", "categorical", "bytes"}


def warn_if_reordered(X: Any, y: Any) -> None:
    """Warn if X and y of pandas have the same index labels in another order: rows are paired by position."""
    X, y = unwrap(X), unwrap(y)
    if not (is_pandas(X) and is_pandas(y)) or len(X) != len(y) or X.index.equals(y.index):
        return
    if X.index.is_unique and y.index.isin(X.index).all():
        warn_caller(
            "X and y have the same index labels in another order, and rows are paired by position: if labels should be paired, "
            "give y.loc[X.index]."
        )


class PandasTable:
    """A frame; restored with the same columns and dtypes and a fresh index."""

    is_native = False

    def __init__(self, X: Any, estimator: str) -> None:
        names = X.columns
        check_no_duplicates(names[names.duplicated()].unique())
        self._frame = X
        native = list(X.dtypes)
        columns = [(name, native[j], _find_numpy_dtype(native[j], X, j)) for j, name in enumerate(names)]
        nullable = (j for j, dtype in enumerate(native) if not isinstance(dtype, np.dtype))
        missing = (names[j] for j in nullable if X.iloc[:, j].isna().any())
        common, self.dtypes = resolve_dtypes(columns, missing, estimator, read_objects=self._read_objects)
        self.matrix = check_matrix(_to_matrix(X, common), estimator, list(names))

    def _read_objects(self, position: int) -> Any:
        """Return the cells of a column of objects."""
        from pandas.api.types import is_object_dtype

        column = self._frame.iloc[:, position]
        return column if is_object_dtype(column.dtype) else ()

    def restore(self, kept_rows: Integers, synthetic: Any, _: Any = None) -> Any:
        """Return rows `kept_rows`, then `synthetic`, each column in its own dtype."""
        import pandas

        frame = self._frame
        if not synthetic.shape[0]:
            return select_rows(frame, kept_rows)
        sparse = isinstance(self.matrix, csr_matrix)
        # concat copies, so the new frame may be a view
        new = pandas.DataFrame.sparse.from_spmatrix(synthetic) if sparse else pandas.DataFrame(synthetic, copy=False)
        both = enumerate(zip(frame.dtypes, new.dtypes, strict=True))
        new = new.astype({j: dtype for j, (dtype, other) in both if dtype != other})
        new.columns = frame.columns
        return pandas.concat([frame.iloc[kept_rows], new], ignore_index=True)


class PandasLabels:
    """A series or frame; restored with the same dtype and a fresh index."""

    def __init__(self, y: Any) -> None:
        self._rows = y
        if is_pandas_dataframe(y):
            columns = [_read_labels(y.iloc[:, j]) for j in range(y.shape[1])]
            self.values = columns[0] if len(columns) == 1 else np.stack(columns, axis=1)
        else:
            self.values = _read_labels(y)

    def take(self, rows: Integers) -> Any:
        """Return the rows with these numbers."""
        return select_rows(self._rows, rows)


class PandasFrame(Frame):
    """The columns of a frame, whose cells are not read."""

    def __init__(self, native: Any) -> None:
        check_no_duplicates(native.columns[native.columns.duplicated()].unique())
        super().__init__(native, list(native.columns))

    def select(self, names: Sequence[Any]) -> Self:
        """Return these columns, in the order of this frame."""
        return type(self)(self.native.iloc[:, [j for j, name in enumerate(self.names) if name in names]])

    def find_without_missing(self) -> list[tuple[Any, Any]]:
        """Return name and dtype of each column whose dtype has no missing value; pandas would change the dtype."""
        columns = (self.native.iloc[:, j] for j in range(len(self.names)))
        return [(column.name, column.dtype) for column in columns if not _has_missing_value(column.array)]

    def find_categorical(self) -> list[int]:
        """Return the positions of columns of categories, text, and truth values, also of objects that are such."""
        return [j for j, dtype in enumerate(self.native.dtypes) if _is_categorical(dtype, self.native, j)]

    def encode(self, position: int) -> Coding:
        """Return the categories of a column as codes."""
        import pandas

        column = self.native.iloc[:, position]
        ids, _ = pandas.factorize(column)
        return encode_ids(np.asarray(ids), lambda rows: column.iloc[rows].tolist())

    def append_missing(self, rows: Any, m: int) -> Any:
        """Return `rows` and then `m` rows of missing cells."""
        from pandas.api.extensions import take

        positions = np.concatenate([np.arange(len(rows)), np.full(m, -1)])
        columns = {j: take(rows.iloc[:, j].array, positions, allow_fill=True) for j in range(rows.shape[1])}
        frame = type(rows)(columns)
        frame.columns = rows.columns
        return frame

    def join(self, parts: Sequence[Any]) -> Any:
        """Return the columns of frames side by side, in the order of this frame."""
        import pandas

        frame = pandas.concat(list(parts), axis=1)
        names = list(frame.columns)
        frame = frame.iloc[:, [names.index(name) for name in self.names]]
        frame.columns = self.native.columns
        return frame


def _is_categorical(dtype: Any, X: Any, j: int) -> bool:
    import pandas

    if isinstance(dtype, pandas.CategoricalDtype) or pandas.api.types.is_bool_dtype(dtype):
        return True
    if pandas.api.types.is_object_dtype(dtype):
        return pandas.api.types.infer_dtype(X.iloc[:, j], skipna=True) in CATEGORICAL_INFERRED_TYPES
    is_dictionary = str(dtype).startswith("dictionary<")  # of PyArrow
    return is_dictionary or pandas.api.types.is_string_dtype(dtype)


def _has_missing_value(cells: Any) -> bool:
    from pandas.api.extensions import take

    return bool(take(cells[:0], np.array([-1]), allow_fill=True).dtype == cells.dtype)


def _find_numpy_dtype(dtype: Any, X: Any, j: int) -> "np.dtype[Any] | None":
    """Return the NumPy dtype for column `j`, whose pandas dtype is given; None if it does not hold real numbers."""
    import pandas

    if pandas.api.types.is_object_dtype(dtype):
        inferred = pandas.api.types.infer_dtype(X.iloc[:, j], skipna=True)
        return np.dtype(float) if inferred in NUMERIC_INFERRED_TYPES else None
    if isinstance(dtype, pandas.SparseDtype):
        dtype = dtype.subtype
    dtype = dtype if isinstance(dtype, np.dtype) else getattr(dtype, "numpy_dtype", None)
    return dtype if dtype is not None and dtype.kind in "biuf" else None


def _to_matrix(X: Any, common: "np.dtype[Any]") -> Any:
    import pandas

    if X.shape[1] and all(isinstance(dtype, pandas.SparseDtype) and dtype.fill_value == 0 for dtype in X.dtypes):
        if X.dtypes.nunique() > 1:
            X = X.astype(pandas.SparseDtype(common, 0))
        return X.sparse.to_coo().tocsr()
    return X.to_numpy(dtype=common)  # a view where pandas holds one block of this dtype


def _read_labels(column: Any) -> Labels:
    if column.isna().any():
        raise ValueError(MISSING)
    dtype = getattr(column.dtype, "numpy_dtype", None)
    numeric = dtype is not None and dtype.kind in "biuf"
    return normalize_labels(column.to_numpy(dtype=dtype) if numeric else np.asarray(column))
