"""cuDF frames and series. No GPU has run this file yet: its tests put pandas and NumPy in cuDF's and CuPy's place."""

from collections import Counter
from typing import Any

import numpy as np
from narwhals.dependencies import is_cudf_dataframe, is_cudf_series

from gpu_smotetomek.arrays import indexing

from ..typing import Integers
from ._checks import refuse_columns, refuse_duplicates, refuse_missing
from ._devices import DeviceTable
from ._pandas import PandasLabels


def is_cudf(data: Any) -> bool:
    """Whether `data` is a frame or series of cuDF."""
    return is_cudf_dataframe(data) or is_cudf_series(data)


class CudfTable:
    """A frame in, a frame with the same columns and dtypes and a fresh index out; its rows stay on the device."""

    plain = False

    def __init__(self, X: Any, estimator: str) -> None:
        refuse_duplicates(name for name, times in Counter(X.columns).items() if times > 1)
        native = dict(X.dtypes.items())
        found = {name: dtype for name, dtype in native.items() if isinstance(dtype, np.dtype) and dtype.kind in "biuf"}
        refuse_columns(((name, dtype) for name, dtype in native.items() if name not in found), estimator)
        refuse_missing((name for name in native if X[name].isna().any()), estimator)
        common = np.result_type(*found.values()) if found else np.dtype(float)
        self._frame, self._columns = X, found
        self.matrix = DeviceTable(X.to_cupy(dtype=common), estimator).matrix
        self.dtypes = None if set(found.values()) <= {common} else tuple(found.values())

    def leave(self, kept: Integers | indexing.AllExcept, synthetic: Any) -> Any:
        """Rows `kept`, then `synthetic`, each column in its own dtype."""
        import cudf

        new = cudf.DataFrame(
            {name: synthetic[:, j].astype(dtype) for j, (name, dtype) in enumerate(self._columns.items())}
        )
        new.columns = self._frame.columns
        return cudf.concat([self._frame.iloc[indexing.indices_like(kept, self.matrix)], new], ignore_index=True)


class CudfLabels:
    """A series or frame in, the same with the same dtype and a fresh index out; its labels come to the host."""

    def __init__(self, y: Any) -> None:
        self._rows = y
        self.values = PandasLabels(y.to_pandas()).values

    def take(self, rows: Integers) -> Any:
        """The rows with these numbers."""
        return self._rows.iloc[rows].reset_index(drop=True)
