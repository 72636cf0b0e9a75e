"""pandas frames and series, with dense, nullable, Arrow and sparse columns."""

from typing import Any

import numpy as np
from narwhals.dependencies import is_pandas_dataframe
from scipy.sparse import csr_matrix

from ..typing import Integers, Labels
from ._checks import check_matrix, check_no_duplicates, resolve_dtypes
from ._labels import MISSING, normalize_labels

# What pandas' infer_dtype returns for columns of objects that can be floats.
NUMERIC_INFERRED_TYPES = {"integer", "floating", "mixed-integer-float"}


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
        common, self.dtypes = resolve_dtypes(columns, missing, estimator)
        self.matrix = check_matrix(_to_matrix(X, common), estimator, list(names))

    def restore(self, kept_rows: Integers, synthetic: Any) -> Any:
        """Return rows `kept_rows`, then `synthetic`, each column in its own dtype."""
        import pandas

        frame = self._frame
        if not synthetic.shape[0]:
            return _take(frame, kept_rows)
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
        return _take(self._rows, rows)


def _take(data: Any, rows: Integers) -> Any:
    # copied, since iloc[all rows in order] is a view of the caller's memory
    return data.iloc[rows].reset_index(drop=True).copy()


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
