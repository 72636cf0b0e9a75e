"""Predicates for the kind of a container, without importing its library."""

import sys
from typing import Any

import narwhals as nw
from narwhals import dependencies as library
from scipy.sparse import issparse

from ._remedies import find_conversion


def is_narwhals(data: Any) -> bool:
    """Whether `data` is narwhals' own wrapper of a frame or series."""
    return isinstance(data, (nw.DataFrame, nw.LazyFrame, nw.Series))


def is_pandas(data: Any) -> bool:
    """Whether `data` is a frame or series of pandas."""
    return library.is_pandas_dataframe(data) or library.is_pandas_series(data)


def is_cudf(data: Any) -> bool:
    """Whether `data` is a frame or series of cuDF."""
    return library.is_cudf_dataframe(data) or library.is_cudf_series(data)


def is_columnar_frame(data: Any) -> bool:
    """Whether `data` is a frame of polars or a table of PyArrow."""
    return library.is_polars_dataframe(data) or library.is_pyarrow_table(data)


def is_columnar(data: Any) -> bool:
    """Whether `data` is a frame, series or array of polars or PyArrow."""
    pyarrow = sys.modules.get("pyarrow")
    arrow = pyarrow is not None and isinstance(data, (pyarrow.Array, pyarrow.ChunkedArray))
    return arrow or library.is_polars_series(data) or is_columnar_frame(data)


def is_unsupported(data: Any) -> bool:
    """Whether `data` is a container that NumPy might convert to an array, but that we cannot restore."""
    known = find_conversion(data) is not None or hasattr(data, "__arrow_c_array__")  # such as a RecordBatch
    return known or is_any_frame(data) or issparse(data) or hasattr(data, "__dlpack__")


def is_any_frame(data: Any) -> bool:
    """Whether `data` is a frame, eager or lazy, of any library that narwhals supports."""
    return isinstance(nw.from_native(data, pass_through=True), (nw.DataFrame, nw.LazyFrame))


def is_unsupported_series(data: Any) -> bool:
    """Whether `data` is a series of any library that narwhals supports; checked after the series that we support."""
    return isinstance(nw.from_native(data, pass_through=True, allow_series=True), nw.Series)


def raise_unsupported(data: Any, _: str = "") -> Any:
    """Raise for a container that we cannot restore, and name the remedy."""
    name = f"{type(data).__module__}.{type(data).__qualname__}"
    conversion = find_conversion(data)
    if is_narwhals(data) and not isinstance(data, nw.LazyFrame):
        raise TypeError(
            f"{name} is narwhals' wrapper: .to_native() gives the frame or series within, which is taken here."
        )
    if conversion is not None:
        raise TypeError(f"{name} is no container that could be given back: {conversion}, which is.")
    if isinstance(nw.from_native(data, pass_through=True), nw.LazyFrame):
        raise TypeError(f"{name} is lazy, and resampling needs its rows: call .collect() (or .compute()) first.")
    if issparse(data):
        raise TypeError(f"y is sparse ({name}), and labels must be dense: call .toarray() first.")
    raise TypeError(
        f"{name} is no container that could be given back: convert it to a NumPy or CuPy array, a tensor of "
        "PyTorch, a list, a pandas or polars DataFrame or a PyArrow Table first."
    )
