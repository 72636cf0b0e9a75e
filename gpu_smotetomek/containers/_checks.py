"""Checks of feature matrices, whose errors name the columns."""

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NoReturn

import numpy as np
from scipy.sparse import issparse
from sklearn.utils import check_array

from ..errors import join_first
from ._remedies import check_objects, describe_numbers

IMPUTE = "{estimator} does not accept missing values: impute them, or drop their rows, first."


def check_matrix(
    X: Any,
    estimator: str,
    names: Sequence[Any] | None = None,
    row_shape: tuple[int, ...] = (),
    *,
    from_list: bool = False,
) -> Any:
    """Return `X` as a two-dimensional matrix of finite real numbers in native byte order, without a copy if it is one.

    `names` are the names of the columns, if they have any; the error for NaN or infinity lists them. `row_shape` is the shape of
    a row in the caller's array; if it has more dimensions than one, the error lists positions in a row. The objects of a list
    come back as they are, so that any numbers may be among them: `from_list`.
    """
    _check_dtype(X, estimator, from_list=from_list)
    if X.ndim < 2:
        check_shape(X.shape, estimator)
    if issparse(X):
        check_sparse_structure(X)
    try:
        matrix = check_array(X, dtype="numeric", accept_sparse=("csr", "csc"), estimator=estimator, input_name="X")
    except ValueError as error:
        if not str(error).startswith("Input X contains"):
            raise
        raise_not_finite(str(error), _find_nonfinite_columns(X), estimator, names, row_shape)
    return matrix if matrix.dtype.isnative else matrix.astype(matrix.dtype.newbyteorder("="))


def check_sparse_structure(X: Any) -> None:
    """Raise if the indices of a matrix point outside it: reading such a matrix, or converting it, may end the process."""
    try:
        if X.format in ("csr", "csc", "bsr"):
            X.check_format(full_check=True)
        elif X.format == "coo":
            _check_coordinates(X)
    except ValueError as error:
        raise ValueError(
            f"X is no valid {X.format.upper()} matrix: {error}. Build it anew from its values and their row and column numbers, "
            "for example by scipy.sparse.coo_array((values, (rows, columns)), shape=shape)"
        ) from error


def _check_coordinates(X: Any) -> None:
    """Raise ValueError if a row or column number of a COO matrix is out of range."""
    for what, numbers, size in zip(("row", "column"), X.coords, X.shape, strict=False):
        outside = numbers[(numbers < 0) | (numbers >= size)]
        if len(outside):
            raise ValueError(f"{what} number {outside[0]} is out of range, as there are {size} {what}s")
    if any(len(numbers) != len(X.data) for numbers in X.coords):
        raise ValueError(f"it has {len(X.data)} values, and another number of row and column numbers")


def raise_not_finite(
    message: str,
    columns: Sequence[int],
    estimator: str,
    names: Sequence[Any] | None = None,
    row_shape: tuple[int, ...] = (),
) -> NoReturn:
    """Raise for NaN or infinity in `columns`, with the first line of scikit-learn's message; the rest is about models."""
    first = message.splitlines()[0]
    infinite = f"{estimator} measures distances: put finite numbers there, or drop those rows, first."
    remedy = IMPUTE.format(estimator=estimator) if "NaN" in first else infinite
    what, labels = "columns", [repr(j if names is None else names[j]) for j in columns]
    if len(row_shape) > 1:
        positions = np.transpose(np.unravel_index(np.asarray(columns), row_shape))
        what, labels = "positions in a row", [repr(tuple(position)) for position in positions.tolist()]
    raise ValueError(f"{first}\n{remedy}\nThe {what} concerned: {join_first(labels)}.") from None


def _check_dtype(X: Any, estimator: str, *, from_list: bool = False) -> None:
    if isinstance(X, np.ma.MaskedArray):
        raise TypeError("X is a masked array, and a mask would be lost: fill it first, for example with X.filled(0).")
    if X.dtype.names:
        raise ValueError(
            f"X is a structured array with the fields {join_first([repr(name) for name in X.dtype.names])}: "
            "numpy.lib.recfunctions.structured_to_unstructured(X) makes a table of it."
        )
    if X.dtype.kind not in "biufcOSU":  # check_array refuses complex numbers, and objects that are not numbers
        raise ValueError(f"X has dtype {X.dtype}; {estimator} needs numbers: convert it to integers or floats first.")
    if X.dtype.kind in "SU" or (X.dtype == object and any(isinstance(value, (str, bytes)) for value in X.flat)):
        raise ValueError(
            f"X has text in it; {estimator} needs numbers: encode what is text, or convert, for example with X.astype(float)."
        )
    if X.dtype == object and not from_list:
        check_objects(X.flat)


def check_shape(shape: tuple[int, ...], estimator: str) -> None:
    """Raise, with scikit-learn's message, if an array of this shape has less than two dimensions, or is empty."""
    if len(shape) < 2:
        given = f"1D array instead: shape {tuple(shape)}" if shape else "scalar array instead"
        raise ValueError(
            f"Expected 2D array, got {given}.\nReshape your data either using array.reshape(-1, 1) if your data has a single "
            "feature or array.reshape(1, -1) if it contains a single sample."
        )
    flat = (shape[0], math.prod(shape[1:]))
    check_array(np.broadcast_to(np.int8(0), flat), estimator=estimator, input_name="X")  # takes one byte for any shape


def raise_not_a_table(X: Any) -> NoReturn:
    """Raise for an object that NumPy cannot convert to rows."""
    path = "; read the file first, for example with pandas.read_csv" if isinstance(X, (str, bytes)) else ""
    expected = "rows of numbers in a data frame, a NumPy array or a list"
    raise TypeError(f"X is {X!r:.50} ({type(X).__name__}), and no table: expected {expected}{path}.")


def _find_nonfinite_columns(X: Any) -> list[int]:
    """Return the numbers of the columns, of an array or a sparse matrix, that hold NaN or infinity."""
    if issparse(X):
        X = X.tocoo()
        columns: Any = np.unique(X.col[~np.isfinite(X.data)])
    else:
        columns = np.flatnonzero(~np.isfinite(X.astype(float) if X.dtype == object else X).all(axis=0))
    return list(columns.tolist())


def resolve_dtypes(
    columns: Sequence[tuple[Any, Any, "np.dtype[Any] | None"]],
    missing: Iterable[Any],
    estimator: str,
    cast: str = "X.astype({{{name!r}: float}})",
    read_objects: Callable[[int], Iterable[Any]] = lambda _: (),
) -> "tuple[np.dtype[Any], tuple[np.dtype[Any], ...] | None]":
    """Return the common dtype of the columns and, if they differ, the dtype of each.

    `columns` holds the name of each column, its dtype in the frame and in NumPy, the latter None if it is not numeric; `missing`
    holds the names of columns with missing values. Both are errors. `cast` is the code that casts the column `name` to floats;
    `read_objects` gives the cells of a column of objects by its position.
    """
    refused = [
        (name, describe_numbers(native, read_objects(j)))
        for j, (name, native, dtype) in enumerate(columns)
        if dtype is None
    ]
    if refused and all(form is not None for _, form in refused):
        name, form = refused[0]
        form = f"{form}, and missing values" if name in missing else form
        raise ValueError(
            f"Column {name!r} of X holds numbers in a form that arrays do not have ({form}): cast it first, for example with "
            f"{cast.format(name=name)}."
        )
    if others := [f"{name!r} ({native})" for name, native, dtype in columns if dtype is None]:
        raise ValueError(
            f"X has columns that are not numbers: {join_first(others)}. {estimator} measures distances between rows: "
            "name categories in categorical_features (of SMOTENC and the cleaners), encode or drop the other columns, or name "
            "them in passthrough, which keeps them out of the distances."
        )
    if names := list(map(repr, missing)):
        raise ValueError(
            f"Input X contains NaN.\n{IMPUTE.format(estimator=estimator)}\nThe columns concerned: {join_first(names)}."
        )
    dtypes = tuple(dtype for _, _, dtype in columns if dtype is not None)
    common = np.result_type(*dtypes) if dtypes else np.dtype(float)
    return common, None if set(dtypes) <= {common} else dtypes


def check_no_duplicates(names: Iterable[Any]) -> None:
    """Raise if there are `names`: those that several columns share."""
    if found := list(map(repr, names)):
        raise ValueError(f"X has several columns of the same name: {join_first(found)}. Rename or drop them.")
