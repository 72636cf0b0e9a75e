"""What a matrix must be before it comes in, and how a refusal names the columns."""

from collections.abc import Iterable, Sequence
from typing import Any, NoReturn

import numpy as np
from scipy.sparse import issparse
from sklearn.utils import check_array

SHOWN = 10  # column names in a message
IMPUTE = "{estimator} does not accept missing values: impute them, or drop their rows, first."


def checked(X: Any, estimator: str, names: Sequence[Any] | None = None) -> Any:
    """`X` as a two-dimensional matrix of finite real numbers in native byte order; not copied if it is one already.

    `names` are those of the columns, if they have any; a refusal of NaN or infinity tells them.
    """
    _check_kind(X, estimator)
    try:
        matrix = check_array(X, dtype="numeric", accept_sparse=("csr", "csc"), estimator=estimator, input_name="X")
    except ValueError as error:
        if not str(error).startswith("Input X contains"):
            raise
        refuse_values(str(error), _not_finite(X), estimator, names)
    return matrix if matrix.dtype.isnative else matrix.astype(matrix.dtype.newbyteorder("="))


def refuse_values(told: str, columns: Sequence[int], estimator: str, names: Sequence[Any] | None = None) -> NoReturn:
    """Raise for NaN or infinity in `columns`, after scikit-learn's first sentence; what it goes on to say is for models."""
    first = told.splitlines()[0]
    infinite = f"{estimator} measures distances: put finite numbers there, or drop those rows, first."
    remedy = IMPUTE.format(estimator=estimator) if "NaN" in first else infinite
    where = listed(columns if names is None else [names[j] for j in columns])
    raise ValueError(f"{first}\n{remedy}\nThe columns concerned: {where}.") from None


def _check_kind(X: Any, estimator: str) -> None:
    if isinstance(X, np.ma.MaskedArray):
        raise TypeError("X is a masked array, and a mask would be lost: fill it first, for example with X.filled(0).")
    if X.dtype.kind not in "biufcOSU":  # complex numbers and what hides in objects are left to check_array
        raise ValueError(f"X has dtype {X.dtype}; {estimator} needs numbers: convert it to integers or floats first.")
    if X.dtype.kind in "SU" or (X.dtype == object and any(isinstance(value, (str, bytes)) for value in X.flat)):
        raise ValueError(
            f"X has text in it; {estimator} needs numbers: encode what is text, or convert, for example with X.astype(float)."
        )


def refuse_no_table(X: Any) -> None:
    """Raise, for an object that NumPy makes no rows of."""
    path = "; read the file first, for example with pandas.read_csv" if isinstance(X, (str, bytes)) else ""
    expected = "rows of numbers in a data frame, a NumPy array or a list"
    raise TypeError(f"X is {X!r:.50} ({type(X).__name__}), and no table: expected {expected}{path}.")


def _not_finite(X: Any) -> list[int]:
    """Numbers of the columns of an array or a sparse matrix that hold NaN or infinity."""
    if issparse(X):
        X = X.tocoo()
        columns: Any = np.unique(X.col[~np.isfinite(X.data)])
    else:
        columns = np.flatnonzero(~np.isfinite(X.astype(float) if X.dtype == object else X).all(axis=0))
    return list(columns.tolist())


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
            f"Input X contains NaN.\n{IMPUTE.format(estimator=estimator)}\nThe columns concerned: {listed(found)}."
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
