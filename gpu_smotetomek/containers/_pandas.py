"""pandas frames and series, with dense, nullable, Arrow and sparse columns."""

from functools import partial
from typing import Any

import numpy as np
from narwhals.dependencies import is_pandas_dataframe
from scipy.sparse import csr_matrix

from ..typing import Integers, Labels
from ._checks import checked, refuse_columns, refuse_duplicates, refuse_missing
from ._labels import MISSING, plain

# pandas' words for columns of objects that may as well be floats
NUMBERS = {"integer", "floating", "mixed-integer-float"}


class PandasTable:
    """A frame in, a frame with the same columns and dtypes and a fresh index out."""

    plain = False

    def __init__(self, X: Any, estimator: str) -> None:
        refuse_duplicates(X.columns[X.columns.duplicated()].unique())
        self._frame = X
        native = list(X.dtypes)
        found = [_numpy_dtype(dtype, X, j) for j, dtype in enumerate(native)]
        refuse_columns(((X.columns[j], native[j]) for j, dtype in enumerate(found) if dtype is None), estimator)
        dtypes = [dtype for dtype in found if dtype is not None]
        nullable = [j for j, dtype in enumerate(native) if not isinstance(dtype, np.dtype)]
        refuse_missing((X.columns[j] for j in nullable if X.iloc[:, j].isna().any()), estimator)
        common = np.result_type(*dtypes) if dtypes else np.dtype(float)
        self.matrix = checked(_matrix(X, common), estimator, list(X.columns))
        self.dtypes = None if set(dtypes) <= {common} else tuple(dtypes)

    def leave(self, kept: Integers, synthetic: Any) -> Any:
        """Rows `kept`, then `synthetic`, each column in its own dtype."""
        import pandas

        frame = self._frame
        if not synthetic.shape[0]:
            return _rows(frame, kept)
        sparse = isinstance(self.matrix, csr_matrix)
        build = (
            pandas.DataFrame.sparse.from_spmatrix if sparse else partial(pandas.DataFrame, copy=False)
        )  # concat copies
        new = build(synthetic)
        both = enumerate(zip(frame.dtypes, new.dtypes, strict=True))
        new = new.astype({j: dtype for j, (dtype, other) in both if dtype != other})
        new.columns = frame.columns
        return pandas.concat([frame.iloc[kept], new], ignore_index=True)


class PandasLabels:
    """A series or frame in, the same with the same dtype and a fresh index out."""

    def __init__(self, y: Any) -> None:
        self._rows = y
        if is_pandas_dataframe(y):
            columns = [_label_values(y.iloc[:, j]) for j in range(y.shape[1])]
            self.values = columns[0] if len(columns) == 1 else np.stack(columns, axis=1)
        else:
            self.values = _label_values(y)

    def take(self, rows: Integers) -> Any:
        """The rows with these numbers."""
        return _rows(self._rows, rows)


def _rows(data: Any, rows: Integers) -> Any:
    # the copy: pandas answers iloc[all rows in order] with a view of the caller's memory
    return data.iloc[rows].reset_index(drop=True).copy()


def _numpy_dtype(dtype: Any, X: Any, j: int) -> "np.dtype[Any] | None":
    """The dtype of NumPy that holds column `j`, whose dtype in pandas is given; None if it is not of real numbers."""
    import pandas

    if pandas.api.types.is_object_dtype(dtype):
        return np.dtype(float) if pandas.api.types.infer_dtype(X.iloc[:, j], skipna=True) in NUMBERS else None
    if isinstance(dtype, pandas.SparseDtype):
        dtype = dtype.subtype
    dtype = dtype if isinstance(dtype, np.dtype) else getattr(dtype, "numpy_dtype", None)
    return dtype if dtype is not None and dtype.kind in "biuf" else None


def _matrix(X: Any, common: "np.dtype[Any]") -> Any:
    import pandas

    if X.shape[1] and all(isinstance(dtype, pandas.SparseDtype) and dtype.fill_value == 0 for dtype in X.dtypes):
        if X.dtypes.nunique() > 1:
            X = X.astype(pandas.SparseDtype(common, 0))
        return X.sparse.to_coo().tocsr()
    return X.to_numpy(dtype=common)  # a view where pandas holds one block of this dtype


def _label_values(column: Any) -> Labels:
    if column.isna().any():
        raise ValueError(MISSING)
    dtype = getattr(column.dtype, "numpy_dtype", None)
    numeric = dtype is not None and dtype.kind in "biuf"
    return plain(column.to_numpy(dtype=dtype) if numeric else np.asarray(column))
