"""polars and PyArrow: frames through narwhals, labels by the library's own functions."""

from collections import Counter
from typing import Any

import narwhals as nw
import numpy as np
from narwhals.dependencies import is_polars_dataframe, is_pyarrow_table

from ..typing import Integers, Labels
from ._checks import check_matrix, check_no_duplicates, resolve_dtypes
from ._labels import MISSING, normalize_labels

_NAMES = (f"{kind}{bits}" for kind in ("Int", "UInt", "Float") for bits in (8, 16, 32, 64))
NUMBERS = {name: np.dtype(name.lower()) for name in _NAMES if name != "Float8"} | {"Boolean": np.dtype(bool)}


class ColumnarTable:
    """A frame; restored with the same schema."""

    is_native = False

    def __init__(self, X: Any, estimator: str) -> None:
        if is_pyarrow_table(X):
            check_no_duplicates(name for name, times in Counter(X.column_names).items() if times > 1)
        self._native = X
        self._frame = frame = nw.from_native(X, eager_only=True)
        columns = [(name, dtype, NUMBERS.get(str(dtype))) for name, dtype in frame.schema.items()]
        missing = (name for name in frame.columns if frame[name].null_count())
        common, self.dtypes = resolve_dtypes(columns, missing, estimator)
        matrix = np.empty(frame.shape, common)
        for j, name in enumerate(frame.columns):
            matrix[:, j] = frame[name].to_numpy()
        self.matrix = check_matrix(matrix, estimator, frame.columns)

    def restore(self, kept_rows: Integers, synthetic: Any) -> Any:
        """Return rows `kept_rows`, then `synthetic`, each column in its own dtype."""
        like = self._native
        dtypes = enumerate(self._frame.schema.items())
        new = {name: synthetic[:, j].astype(NUMBERS[str(dtype)]) for j, (name, dtype) in dtypes}
        # from_pydict with the schema keeps metadata and the declaration of columns without nulls, which narwhals loses
        build = like.from_pydict if is_pyarrow_table(like) else type(like)
        frame = nw.from_native(build(new, schema=like.schema), eager_only=True)
        return nw.concat([self._frame[kept_rows], frame]).to_native()


class ColumnarLabels:
    """A series, array or frame; restored with the same type, categories included."""

    def __init__(self, y: Any) -> None:
        self._rows = y
        if is_polars_dataframe(y) or is_pyarrow_table(y):
            columns = [_read_column(column) for column in (y.columns if is_pyarrow_table(y) else y.get_columns())]
            self.values = columns[0] if len(columns) == 1 else np.stack(columns, axis=1)
        else:
            self.values = _read_column(y)

    def take(self, rows: Integers) -> Any:
        """Return the rows with these numbers."""
        return self._rows.take(rows) if hasattr(self._rows, "take") else self._rows[rows]


def _read_column(column: Any) -> Labels:
    if column.null_count() if callable(column.null_count) else column.null_count:
        raise ValueError(MISSING)
    return normalize_labels(np.asarray(column))
