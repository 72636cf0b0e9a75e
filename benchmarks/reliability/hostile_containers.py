"""Hostile containers: damaged or unusual sparse matrices, frames, masked and structured arrays."""

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.sparse

from benchmarks.reliability.hostile_values import Hostile, Make, change_labels, change_rows, same


def change_sparse(change: Callable[[Any], Any], kind: str = "csr", plain: Any = None) -> Make:
    """Return a maker that damages the compressed form of X in place."""

    def make(X: np.ndarray, y: np.ndarray) -> Hostile:
        matrix = getattr(scipy.sparse, f"{kind}_matrix")(np.where(np.abs(X) > 0.7, X, 0.0))
        right = (matrix.copy(), y) if plain else None
        change(matrix)
        return Hostile(matrix, y, right)

    return make


def set_entry(name: str, at: int, value: Any) -> Callable[[Any], None]:
    """Return a function that sets one entry of `data`, `indices` or `indptr`."""

    def change(matrix: Any) -> None:
        getattr(matrix, name)[at] = value

    return change


def swap_entries(matrix: Any) -> None:
    """Reverse the order of the entries of each row."""
    for start, end in zip(matrix.indptr[:-1], matrix.indptr[1:], strict=True):
        matrix.indices[start:end] = matrix.indices[start:end][::-1].copy()
        matrix.data[start:end] = matrix.data[start:end][::-1].copy()
    matrix.has_sorted_indices = False


def split_entries(matrix: Any) -> None:
    """Give each entry twice, with half of its value."""
    matrix.data, matrix.indices = np.repeat(matrix.data / 2, 2), np.repeat(matrix.indices, 2)
    matrix.indptr = matrix.indptr * 2
    matrix.has_canonical_format = False


def load_pandas() -> Any:
    """Return pandas, which these trials alone need."""
    import pandas

    return pandas


def make_frame(X: np.ndarray, **columns: Any) -> Any:
    """Make a frame of X, with further columns."""
    return load_pandas().DataFrame(X, columns=[f"x{j}" for j in range(X.shape[1])]).assign(**columns)


def name_alike(X: np.ndarray) -> Any:
    """Make a frame whose columns have one name."""
    return load_pandas().DataFrame(X, columns=["x"] * X.shape[1])


def mask_cell(X: np.ndarray) -> Any:
    """Return a masked array."""
    return np.ma.array(X, mask=np.arange(X.size).reshape(X.shape) == 7)


def nullable(X: np.ndarray) -> Any:
    """Make a frame of nullable columns with a missing cell."""
    frame = make_frame(X).astype("Float64")
    frame.iloc[7, 1] = load_pandas().NA
    return frame


SPARSE = {
    "CSR, index out of range": change_sparse(set_entry("indices", 3, 10**6)),
    "CSR, negative index": change_sparse(set_entry("indices", 3, -2)),
    "CSR, last pointer beyond the data": change_sparse(set_entry("indptr", -1, 10**6)),
    "CSR, pointer beyond the data": change_sparse(set_entry("indptr", 5, 10**8)),
    "CSR, decreasing pointers": change_sparse(set_entry("indptr", 5, 0)),
    "CSR, negative pointer": change_sparse(set_entry("indptr", 5, -7)),
    "CSR, first pointer not zero": change_sparse(set_entry("indptr", 0, 2)),
    "CSR, NaN among the data": change_sparse(set_entry("data", 3, np.nan)),
    "CSR, infinity among the data": change_sparse(set_entry("data", 3, np.inf)),
    "CSC, index out of range": change_sparse(set_entry("indices", 3, 10**6), "csc"),
    "CSC, negative index": change_sparse(set_entry("indices", 3, -2), "csc"),
    "CSC, pointer beyond the data": change_sparse(set_entry("indptr", -1, 10**6), "csc"),
    "COO, row out of range": change_sparse(lambda m: m.row.__setitem__(3, 10**6), "coo"),
    "COO, negative column": change_sparse(lambda m: m.col.__setitem__(3, -2), "coo"),
    "CSR, entries out of order": change_sparse(swap_entries, plain=True),
    "CSR, entries in parts": change_sparse(split_entries, plain=True),
    "CSR without entries": change_rows(lambda X: scipy.sparse.csr_matrix(X.shape), lambda X: np.zeros(X.shape)),
    "CSR of 64-bit indices": change_rows(
        lambda X: scipy.sparse.csr_matrix(
            (X.ravel(), np.tile(np.arange(3), len(X)).astype(np.int64), np.arange(len(X) + 1, dtype=np.int64) * 3)
        ),
        same,
    ),
    "sparse y": change_labels(lambda y: scipy.sparse.csr_matrix(y[:, None])),
}
OTHERS = {
    "frame with NaN": change_rows(lambda X: make_frame(np.where(X > 2, np.nan, X))),
    "frame with pandas.NA": change_rows(nullable),
    "frame with a column of text": change_rows(lambda X: make_frame(X, note="text")),
    "frame with a column of lists": change_rows(lambda X: make_frame(X, note=[[1]] * len(X))),
    "frame with a column of dates": change_rows(lambda X: make_frame(X, day=load_pandas().Timestamp("2020-01-01"))),
    "frame with a column of complex numbers": change_rows(lambda X: make_frame(X, z=1j)),
    "frame whose columns have one name": change_rows(name_alike, same),
    "frame without columns": change_rows(lambda X: make_frame(X).iloc[:, :0]),
    "frame whose index has one label": change_rows(lambda X: make_frame(X).set_index(np.zeros(len(X))), same),
    "y with missing labels of pandas": change_labels(lambda y: load_pandas().Series(y).astype("Int64").mask(y == 1)),
    "y as a frame of two columns": change_labels(lambda y: load_pandas().DataFrame({"a": y, "b": y})),
    "masked array": change_rows(mask_cell),
    "masked labels": change_labels(lambda y: np.ma.array(y, mask=np.arange(len(y)) == 7)),
    "structured array": change_rows(lambda X: np.rec.fromarrays(X.T)),
    "np.matrix": change_rows(np.asmatrix),
    "a generator": change_rows(iter),
    "a set": change_rows(lambda X: set(X[:, 0])),
    "a dictionary": change_rows(lambda X: {"a": X[:, 0], "b": X[:, 1]}),
    "bytes": change_rows(lambda X: X.tobytes()),
}
CASES: dict[str, Make] = SPARSE | OTHERS
