"""Categories of a column as codes 0, 1, … in the order of their values; the first cell of each stands for it on the way back."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from gpu_smotetomek.arrays import categories, dispatch, encoding

from ..errors import join_first
from ..typing import Array, Integers
from ._labels import is_missing


class MixedFeatures(NamedTuple):
    """Which columns of a container are features, and how; positions count all its columns.

    Attributes
    ----------
    categorical : tuple of int
        Categorical features in the order in which they were given, which is that of the last columns of the matrix.
    continuous : tuple of int
        Numeric features.
    n_categories : tuple of int
        Number of categories of each categorical feature.
    """

    categorical: tuple[int, ...]
    continuous: tuple[int, ...]
    n_categories: tuple[int, ...]


class Coding(NamedTuple):
    """A column as codes (n,) of a small dtype, and the first row (n_categories,) of each category, all on the host."""

    codes: Integers
    first_rows: Integers

    @property
    def n_categories(self) -> int:
        """Number of categories."""
        return len(self.first_rows)


def encode_ids(ids: Integers, read_cells: Callable[[Integers], Sequence[Any]]) -> Coding:
    """Return the codes of a column from ids (n,), of which equal ones stand for equal cells, and the cells of some rows.

    Missing cells are a category of their own, and come last.

    Examples
    --------
    >>> import numpy as np
    >>> cells = np.array(["b", "a", "b"])
    >>> encode_ids(np.array([7, 3, 7]), lambda rows: cells[rows].tolist())
    Coding(codes=array([1, 0, 1], dtype=uint8), first_rows=array([1, 0]))
    """
    distinct, positions = encoding.unique_inverse(ids)
    first_rows = np.empty(len(distinct), np.int64)
    first_rows[positions[::-1]] = np.arange(len(ids))[::-1]  # the last one written is the first row
    cells = read_cells(first_rows)
    order = sort_cells(cells)
    ranks, representatives = np.empty(len(order), np.int64), list[int]()
    for place in order:
        is_new = not representatives or is_missing(cells[place]) or cells[place] != cells[representatives[-1]]
        if is_new:
            representatives.append(place)
        ranks[place] = len(representatives) - 1
    first = np.full(len(representatives), len(ids))
    np.minimum.at(first, ranks, first_rows)
    return Coding(ranks.astype(categories.code_dtype(len(first)))[positions], first)


def sort_cells(cells: Sequence[Any]) -> list[int]:
    """Return the positions of cells in the order of their values, or of their types where these have none; missing ones last."""
    missing = [place for place, cell in enumerate(cells) if is_missing(cell)]
    present = [place for place, cell in enumerate(cells) if not is_missing(cell)]
    try:
        present.sort(key=cells.__getitem__)
    except TypeError:
        present.sort(key=lambda place: (type(cells[place]).__name__, str(cells[place])))
    return present + sorted(missing, key=lambda place: cells[place] is not None)


def identify_objects(cells: np.ndarray[Any, Any]) -> Integers:
    """Return an id (n,) of each cell of an array of objects; all NaN are one."""
    known: dict[Any, int] = {}
    nan = object()
    try:
        keys = (nan if cell is not None and is_missing(cell) else cell for cell in cells.tolist())
        return np.fromiter((known.setdefault(key, len(known)) for key in keys), np.int64, len(cells))
    except TypeError as error:
        raise ValueError(f"a category must be hashable, such as text or a number; {error}") from error


def encode_sorted(values: Array) -> tuple[Array, Array]:
    """Return the codes (n,) of numbers of any library, and the number of each category, ascending."""
    xp = dispatch.namespace(values)
    ordered = xp.sort(xp.astype(values, xp.uint8) if values.dtype == xp.bool else values)
    is_first = xp.concat([xp.ones_like(ordered[:1], dtype=xp.bool), ordered[1:] != ordered[:-1]])
    distinct = xp.take(ordered, xp.nonzero(is_first)[0])
    return xp.searchsorted(distinct, xp.astype(values, distinct.dtype)), distinct


def resolve_positions(
    spec: Any, names: Sequence[Any] | None, n_columns: int, by_dtype: Sequence[int] | None
) -> list[int]:
    """Return the positions of the columns that `categorical_features` describes, in its order.

    Parameters
    ----------
    spec : 'auto' or sequence
        Names, numbers, or a mask of all columns; 'auto' takes those of `by_dtype`.
    names : sequence, or None
        Names of the columns, if there are any.
    n_columns : int
    by_dtype : sequence of int, or None
        Positions of the columns whose dtypes are those of categories; None where columns have no dtypes.

    Raises
    ------
    ValueError
        If it names no column, or one twice.
    """
    if isinstance(spec, str):
        if by_dtype is None:
            raise ValueError(
                "categorical_features='auto' goes by the dtypes of columns, and X has none: give X as a frame of pandas, polars "
                "or cuDF or a PyArrow Table, or give the numbers of the categorical columns"
            )
        return list(by_dtype)
    entries = list(spec)
    if entries and all(isinstance(entry, (bool, np.bool_)) for entry in entries):
        if len(entries) != n_columns:
            raise ValueError(
                f"categorical_features is a mask of {len(entries)} columns, and X has {n_columns}: give one for each"
            )
        return np.flatnonzero(entries).tolist()
    positions = [find_position(entry, names, n_columns) for entry in entries]
    if len(set(positions)) < len(positions):
        raise ValueError(f"categorical_features names a column twice: {join_first(list(map(repr, entries)))}")
    return positions


def find_position(entry: Any, names: Sequence[Any] | None, n_columns: int) -> int:
    """Return the position of the column that a name or a number stands for."""
    if isinstance(entry, (int, np.integer)):
        if not -n_columns <= entry < n_columns:
            raise ValueError(
                f"all features must be in [0, {n_columns - 1}] or [-{n_columns}, 0]: categorical_features names column {entry}"
            )
        return int(entry) % n_columns
    if names is None:
        raise ValueError(
            f"categorical_features names {entry!r}, and the columns of X have no names: give their numbers, or X as a frame"
        )
    if entry not in names:
        raise ValueError(
            f"Some column names are not columns of the dataframe: {{{entry!r}}}. categorical_features names it, and X has "
            f"{join_first(list(map(repr, names)))}"
        )
    return list(names).index(entry)


def check_kinds(n_categorical: int, n_continuous: int, estimator: str) -> None:
    """Raise if there are no numeric features beside categorical ones."""
    if n_categorical and not n_continuous:
        raise ValueError(
            f"{estimator} is not designed to work only with categorical features, and X has {n_categorical} feature(s), all "
            "categorical. It requires some numerical features, by whose spread differences of categories count; for categories "
            "alone there is SMOTEN of imbalanced-learn."
        )


def join_codes(numbers: Array, codes: Sequence[Array], n_categories: Sequence[int]) -> Array:
    """Return numbers (n, p) and columns of codes (n,) as one matrix, in the dtype of the numbers where it holds the codes."""
    xp, most = dispatch.namespace(numbers), max(n_categories) - 1
    dtype = np.dtype(dispatch.dtype_name(numbers))
    exact = 2 ** (np.finfo(dtype).nmant + 1) if dtype.kind == "f" else 1 if dtype.kind == "b" else np.iinfo(dtype).max
    if exact < most or dtype.kind == "b":
        dtype = np.result_type(dtype, np.dtype(categories.code_dtype(most + 1)))
    if isinstance(numbers, np.ndarray):
        out = np.empty((len(numbers), numbers.shape[1] + len(codes)), dtype)
        out[:, : numbers.shape[1]] = numbers
        for j, column in enumerate(codes):
            out[:, numbers.shape[1] + j] = column
        return out
    own = getattr(xp, dtype.name)
    columns = [xp.astype(column, own)[:, None] for column in codes]
    return xp.concat([xp.astype(numbers, own, copy=False), *columns], axis=1)
