"""What a matrix must be before it comes in, and how a refusal names the columns."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from scipy.sparse import issparse
from sklearn.utils import check_array

SHOWN = 10  # column names in a message


def checked(X: Any, estimator: str, names: Sequence[Any] | None = None) -> Any:
    """`X` as a two-dimensional matrix of finite real numbers in native byte order; not copied if it is one already.

    `names` are those of the columns, if they have any; a refusal of NaN or infinity tells them.
    """
    _check_kind(X, estimator)
    try:
        matrix = check_array(X, dtype="numeric", accept_sparse=("csr", "csc"), estimator=estimator, input_name="X")
    except ValueError as error:
        if names is None or not str(error).startswith("Input X contains"):
            raise
        raise ValueError(f"{error}\nThe columns concerned: {listed(names[j] for j in _not_finite(X))}.") from None
    return matrix if matrix.dtype.isnative else matrix.astype(matrix.dtype.newbyteorder("="))


def _check_kind(X: Any, estimator: str) -> None:
    if isinstance(X, np.ma.MaskedArray):
        raise TypeError("X is a masked array, and a mask would be lost: fill it first, for example with X.filled(0).")
    if X.dtype.kind not in "biufcOSU":  # the last four are left to check_array and its messages
        raise ValueError(f"X has dtype {X.dtype}; {estimator} needs numbers: convert it to integers or floats first.")
    if X.dtype == object and any(isinstance(value, (str, bytes)) for value in X.flat):
        raise ValueError(f"X has text in it; {estimator} needs numbers: convert it, for example with X.astype(float).")


def _not_finite(X: Any) -> list[int]:  # columns of an array or a CSR matrix
    if not issparse(X):
        return list(np.flatnonzero(~np.isfinite(X).all(axis=0)))
    return list(np.unique(X.indices[~np.isfinite(X.data)]))


def refuse_columns(columns: Iterable[tuple[Any, Any]], estimator: str) -> None:
    """Raise if there are any `columns`, pairs of name and dtype of those that are not numbers."""
    if found := [f"{name!r} ({dtype})" for name, dtype in columns]:
        raise ValueError(
            f"X has columns that are not numbers: {_shortened(found)}. {estimator} measures distances between rows: "
            "encode these columns as numbers, or drop them."
        )


def refuse_missing(names: Iterable[Any], estimator: str) -> None:
    """Raise if there are any `names`, those of columns in which values are missing."""
    if found := list(names):
        raise ValueError(
            f"Input X contains NaN.\n{estimator} does not accept missing values: impute them, or drop their rows, "
            f"first.\nThe columns concerned: {listed(found)}."
        )


def refuse_duplicates(names: Iterable[Any]) -> None:
    """Raise if there are any `names`, those that several columns share."""
    if found := list(names):
        raise ValueError(f"X has several columns of the same name: {listed(found)}. Rename or drop them.")


def listed(names: Iterable[Any]) -> str:
    """Names for a message, shortened."""
    return _shortened([repr(name) for name in names])


def _shortened(texts: Sequence[str]) -> str:
    more = f" and {len(texts) - SHOWN} more" if len(texts) > SHOWN else ""
    return ", ".join(texts[:SHOWN]) + more
