"""polars and PyArrow: frames through narwhals, labels by their own verbs."""

from collections import Counter
from typing import Any

import narwhals as nw
import numpy as np
from narwhals.dependencies import is_polars_dataframe, is_pyarrow_table

from ..typing import Integers, Labels
from ._checks import checked, refuse_columns, refuse_duplicates, refuse_missing
from ._labels import MISSING, plain

_NAMES = (f"{kind}{bits}" for kind in ("Int", "UInt", "Float") for bits in (8, 16, 32, 64))
NUMBERS = {name: np.dtype(name.lower()) for name in _NAMES if name != "Float8"} | {"Boolean": np.dtype(bool)}


class ColumnarTable:
    """A frame in, a frame with the same schema out."""

    plain = False

    def __init__(self, X: Any, estimator: str) -> None:
        if is_pyarrow_table(X):
            refuse_duplicates(name for name, times in Counter(X.column_names).items() if times > 1)
        self._native = X
        self._frame = frame = nw.from_native(X, eager_only=True)
        dtypes = {name: NUMBERS.get(str(dtype)) for name, dtype in frame.schema.items()}
        refuse_columns(((name, frame.schema[name]) for name, dtype in dtypes.items() if dtype is None), estimator)
        refuse_missing((name for name in dtypes if frame[name].null_count()), estimator)
        self._columns = {name: dtype for name, dtype in dtypes.items() if dtype is not None}
        common = np.result_type(*self._columns.values()) if self._columns else np.dtype(float)
        matrix = np.empty(frame.shape, common)
        for j, name in enumerate(self._columns):
            matrix[:, j] = frame[name].to_numpy()
        self.matrix = checked(matrix, estimator, list(self._columns))
        self.dtypes = None if set(self._columns.values()) == {common} else tuple(self._columns.values())

    def leave(self, kept: Integers, synthetic: Any) -> Any:
        """Rows `kept`, then `synthetic`, each column in its own dtype."""
        like = self._native
        new = {name: synthetic[:, j].astype(dtype) for j, (name, dtype) in enumerate(self._columns.items())}
        # from_pydict with the schema keeps what narwhals would lose: columns declared to hold no null, metadata
        build = like.from_pydict if is_pyarrow_table(like) else type(like)
        frame = nw.from_native(build(new, schema=like.schema), eager_only=True)
        return nw.concat([self._frame[kept], frame]).to_native()


class ColumnarLabels:
    """A series, array or frame in, the same with the same type (categories included) out."""

    def __init__(self, y: Any) -> None:
        self._rows = y
        if is_polars_dataframe(y) or is_pyarrow_table(y):
            columns = [_label_values(column) for column in (y.columns if is_pyarrow_table(y) else y.get_columns())]
            self.values = columns[0] if len(columns) == 1 else np.stack(columns, axis=1)
        else:
            self.values = _label_values(y)

    def take(self, rows: Integers) -> Any:
        """The rows with these numbers."""
        return self._rows.take(rows) if hasattr(self._rows, "take") else self._rows[rows]


def _label_values(column: Any) -> Labels:
    if column.null_count() if callable(column.null_count) else column.null_count:
        raise ValueError(MISSING)
    return plain(np.asarray(column))
