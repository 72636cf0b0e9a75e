"""cuDF frames and series. This file has not run on a GPU yet: its tests replace cuDF by pandas and CuPy by NumPy."""

from collections import Counter
from typing import Any

import numpy as np
from narwhals.dependencies import is_cudf_dataframe, is_cudf_series

from gpu_smotetomek.arrays import indexing

from ..typing import Integers
from ._checks import check_no_duplicates, resolve_dtypes
from ._devices import DeviceTable
from ._pandas import PandasLabels


def is_cudf(data: Any) -> bool:
    """Whether `data` is a frame or series of cuDF."""
    return is_cudf_dataframe(data) or is_cudf_series(data)


class CudfTable:
    """A frame whose rows stay on the device; restored with the same columns and dtypes and a fresh index."""

    is_native = False

    def __init__(self, X: Any, estimator: str) -> None:
        check_no_duplicates(name for name, times in Counter(X.columns).items() if times > 1)
        columns = [
            (name, dtype, dtype if isinstance(dtype, np.dtype) and dtype.kind in "biuf" else None)
            for name, dtype in X.dtypes.items()
        ]
        missing = (name for name in X.columns if X[name].isna().any())
        common, self.dtypes = resolve_dtypes(columns, missing, estimator)
        self._frame = X
        self.matrix = DeviceTable(X.to_cupy(dtype=common), estimator).matrix

    def restore(self, kept_rows: Integers | indexing.AllExcept, synthetic: Any) -> Any:
        """Return rows `kept_rows`, then `synthetic`, each column in its own dtype."""
        import cudf

        dtypes = enumerate(self._frame.dtypes.items())
        new = cudf.DataFrame({name: synthetic[:, j].astype(dtype) for j, (name, dtype) in dtypes})
        new.columns = self._frame.columns
        return cudf.concat([self._frame.iloc[indexing.indices_like(kept_rows, self.matrix)], new], ignore_index=True)


class CudfLabels:
    """A series or frame; restored with the same dtype and a fresh index. Its labels are copied to the host."""

    def __init__(self, y: Any) -> None:
        self._rows = y
        self.values = PandasLabels(y.to_pandas()).values

    def take(self, rows: Integers) -> Any:
        """Return the rows with these numbers."""
        return self._rows.iloc[rows].reset_index(drop=True)
