"""polars and PyArrow: frames through narwhals, labels by the library's own functions."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, Self

import narwhals as nw
import numpy as np
from narwhals.dependencies import is_polars_dataframe, is_pyarrow_table

from ..typing import Integers, Labels
from ._categories import Coding, encode_ids
from ._checks import check_matrix, check_no_duplicates, resolve_dtypes
from ._labels import MISSING, normalize_labels
from ._rows import Frame, select_rows

_NAMES = (f"{kind}{bits}" for kind in ("Int", "UInt", "Float") for bits in (8, 16, 32, 64))
NUMBERS = {name: np.dtype(name.lower()) for name in _NAMES if name != "Float8"} | {"Boolean": np.dtype(bool)}

CAST_POLARS = "X.with_columns(polars.col({name!r}).cast(polars.Float64))"
CAST_ARROW = "X.set_column(X.column_names.index({name!r}), {name!r}, X[{name!r}].cast('float64'))"


class ColumnarTable:
    """A frame; restored with the same schema."""

    is_native = False

    def __init__(self, X: Any, estimator: str) -> None:
        if is_pyarrow_table(X):
            _check_names(X)
        self._native = X
        self._frame = frame = nw.from_native(X, eager_only=True)
        columns = [(name, dtype, NUMBERS.get(str(dtype))) for name, dtype in frame.schema.items()]
        missing = (name for name in frame.columns if frame[name].null_count())
        cast = CAST_ARROW if is_pyarrow_table(X) else CAST_POLARS
        common, self.dtypes = resolve_dtypes(columns, missing, estimator, cast)
        matrix = np.empty(frame.shape, common)
        for j, name in enumerate(frame.columns):
            matrix[:, j] = frame[name].to_numpy()
        self.matrix = check_matrix(matrix, estimator, frame.columns)

    def restore(self, kept_rows: Integers, synthetic: Any, _: Any = None) -> Any:
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
        return select_rows(self._rows, rows)


class ColumnarFrame(Frame):
    """The columns of a frame, whose cells are not read."""

    def __init__(self, native: Any) -> None:
        if is_pyarrow_table(native):
            _check_names(native)
        super().__init__(native, _list_names(native))

    def select(self, names: Sequence[Any]) -> Self:
        """Return these columns, in the order of this frame."""
        chosen = set(names)
        return type(self)(self.native.select([name for name in self.names if name in chosen]))

    def find_without_missing(self) -> list[tuple[Any, Any]]:
        """Return name and type of each column that is declared without nulls, as PyArrow can."""
        if not is_pyarrow_table(self.native):
            return []
        return [(field.name, f"{field.type} not null") for field in self.native.schema if not field.nullable]

    def find_categorical(self) -> list[int]:
        """Return the positions of columns of categories, text, and truth values."""
        kinds = (nw.Categorical, nw.Enum, nw.String, nw.Boolean)
        schema = nw.from_native(self.native, eager_only=True).schema
        return [j for j, dtype in enumerate(schema.values()) if isinstance(dtype, kinds)]

    def encode(self, position: int) -> Coding:
        """Return the categories of a column as codes."""
        column = self.native[self.names[position]]
        ids = _identify_arrow(column) if is_pyarrow_table(self.native) else _identify_polars(column)

        def read_cells(rows: Integers) -> list[Any]:
            cells = select_rows(column, rows)
            return list(cells.to_pylist() if is_pyarrow_table(self.native) else cells.to_list())

        return encode_ids(ids, read_cells)

    def append_missing(self, rows: Any, m: int) -> Any:
        """Return `rows` and then `m` rows of missing cells."""
        if not is_pyarrow_table(rows):
            return rows.vstack(rows.clear(m))
        import pyarrow

        return pyarrow.concat_tables([rows, rows.slice(0, 0).take(pyarrow.nulls(m, pyarrow.int64()))])

    def join(self, parts: Sequence[Any]) -> Any:
        """Return the columns of frames side by side, in the order of this frame."""
        columns = {name: part[name] for part in parts for name in _list_names(part)}
        if not is_pyarrow_table(self.native):
            return type(self.native)({name: columns[name] for name in self.names})  # a list renames the name ""
        return type(self.native).from_arrays([columns[name] for name in self.names], schema=self.native.schema)


def _identify_polars(column: Any) -> Integers:
    """Return an id (n,) of each cell."""
    import polars

    if column.dtype.is_nested():
        raise ValueError(
            f"a category must be one value, such as text or a number; {column.name!r} holds {column.dtype}"
        )
    if column.dtype in (polars.Categorical, polars.Enum):
        ids = column.to_physical().cast(polars.Int64).fill_null(-1)
    else:
        cells = column.unique(maintain_order=True)
        ids = column.replace_strict(cells, polars.int_range(len(cells), eager=True), return_dtype=polars.Int64)
    return np.asarray(ids.to_numpy())


def _identify_arrow(column: Any) -> Integers:
    """Return an id (n,) of each cell; −1 stands for a missing one."""
    import pyarrow.compute as pc

    encoded = column if str(column.type).startswith("dictionary<") else column.dictionary_encode()
    chunks = [chunk.indices for chunk in encoded.unify_dictionaries().chunks]
    ids = [np.asarray(pc.fill_null(chunk.cast("int64"), -1)) for chunk in chunks]
    return np.concatenate([np.empty(0, np.int64), *ids])


def _list_names(frame: Any) -> list[str]:
    return list(frame.column_names if is_pyarrow_table(frame) else frame.columns)


def _check_names(table: Any) -> None:
    check_no_duplicates(name for name, times in Counter(table.column_names).items() if times > 1)


def _read_column(column: Any) -> Labels:
    if column.null_count() if callable(column.null_count) else column.null_count:
        raise ValueError(MISSING)
    return normalize_labels(np.asarray(column))
