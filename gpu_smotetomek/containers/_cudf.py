"""cuDF frames and series. This file has not run on a GPU yet: its tests replace cuDF by pandas and CuPy by NumPy."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, Self

import numpy as np

from gpu_smotetomek.arrays import indexing

from ..typing import Integers
from ._categories import Coding
from ._checks import check_no_duplicates, resolve_dtypes
from ._devices import DeviceTable
from ._pandas import PandasFrame, PandasLabels
from ._rows import Frame, select_rows


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

    def restore(self, kept_rows: Integers | indexing.AllExcept, synthetic: Any, _: Any = None) -> Any:
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
        return select_rows(self._rows, rows)


class CudfFrame(Frame):
    """The columns of a frame of cuDF, whose cells are not read. Every dtype of cuDF has a missing value."""

    def __init__(self, native: Any) -> None:
        check_no_duplicates(name for name, times in Counter(native.columns).items() if times > 1)
        super().__init__(native, list(native.columns))

    def select(self, names: Sequence[Any]) -> Self:
        """Return these columns, in the order of this frame."""
        return type(self)(self.native[[name for name in self.names if name in names]])

    def find_without_missing(self) -> list[tuple[Any, Any]]:
        """Return no column: cuDF masks missing cells."""
        return []

    def find_categorical(self) -> list[int]:
        """Return the positions of columns of categories, text, and truth values."""
        return PandasFrame(self.native.head(0).to_pandas()).find_categorical()

    def encode(self, position: int) -> Coding:
        """Return the categories of a column as codes; its cells are copied to the host."""
        return PandasFrame(self.native[[self.names[position]]].to_pandas()).encode(0)

    def append_missing(self, rows: Any, m: int) -> Any:
        """Return `rows` and then `m` rows of missing cells."""
        import cudf

        cells = {name: cudf.Series([None] * m, dtype=dtype) for name, dtype in rows.dtypes.items()}
        missing = cudf.DataFrame(cells)
        missing.columns = rows.columns
        return cudf.concat([rows, missing], ignore_index=True)

    def join(self, parts: Sequence[Any]) -> Any:
        """Return the columns of frames side by side, in the order of this frame."""
        import cudf

        return cudf.concat(list(parts), axis=1)[self.names]
