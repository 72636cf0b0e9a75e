"""Frames whose columns have several roles: some are features, some only travel with their rows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from gpu_smotetomek.arrays import dispatch

from ..errors import join_first, suggest
from ..typing import Integers
from ._categories import MixedFeatures, check_kinds, join_codes, resolve_positions
from ._rows import Frame, select_rows

if TYPE_CHECKING:
    from . import Table


@dataclass(frozen=True)
class ColumnRoles:
    """The roles of the columns of a frame; a column without a role is a numeric feature.

    Attributes
    ----------
    passthrough : tuple of column names
        Columns that travel with their rows and are not read.
    categorical : 'auto', sequence or None
        Names or numbers of the columns that are categories, or a mask; 'auto' takes those with dtypes of categories.
    fill : {'missing', 'base'}
        The cells of synthetic rows in these columns: missing values, or the cells of the base rows.
    adds_rows : bool
        Whether synthetic rows may be added, so that cells may be missing.
    reads_values : bool
        Whether the sampler reads any value; if not, all columns travel, and X may be any container of anything.
    """

    passthrough: tuple[Any, ...] = ()
    categorical: Any = None
    fill: str = "missing"
    adds_rows: bool = True
    reads_values: bool = True


class SplitTable:
    """A frame whose columns have roles; restored with the same columns, in their order and their dtypes.

    Attributes
    ----------
    matrix : array (n, d)
        The numeric features, then the codes of the categorical ones.
    dtypes : tuple of dtypes, or None
        Those of the numeric features, where they differ, or differ from that of the matrix.
    mixed_features : MixedFeatures or None
        The categorical features; None where there are none.
    """

    is_native = False

    def __init__(self, frame: Frame, roles: ColumnRoles, categorical: Sequence[int], numeric: "Table") -> None:
        self._frame, self._fill, self._numeric = frame, roles.fill, numeric
        self._travelling = frame.select(roles.passthrough) if roles.passthrough else None
        self.matrix, self.dtypes = numeric.matrix, numeric.dtypes
        self.mixed_features: MixedFeatures | None = None
        self._codings = [frame.encode(position) for position in categorical]
        if categorical:
            self._append_codes(roles, categorical)
        if self._travelling is not None and roles.adds_rows and roles.fill == "missing":
            check_missing_fits(self._travelling)

    def _append_codes(self, roles: ColumnRoles, categorical: Sequence[int]) -> None:
        names, numbers = self._frame.names, self._numeric.matrix
        if dispatch.is_sparse(numbers):
            raise ValueError(
                "X has sparse columns beside categorical ones: make these dense first, with X.sparse.to_dense()"
            )
        others = [j for j, name in enumerate(names) if j not in categorical and name not in roles.passthrough]
        sizes = tuple(coding.n_categories for coding in self._codings)
        self.mixed_features = MixedFeatures(tuple(categorical), tuple(others), sizes)
        codes = [dispatch.asarray_like(coding.codes, numbers) for coding in self._codings]
        self.matrix = join_codes(numbers, codes, sizes)
        if self.dtypes is None and self.matrix.dtype != numbers.dtype:
            self.dtypes = (dispatch.numpy_dtype(numbers),) * len(others)

    def restore(self, kept_rows: Any, synthetic: Any, find_bases: Callable[[], Integers]) -> Any:
        """Return rows `kept_rows`, then `synthetic`, whose base rows are `find_bases()` (m,)."""
        d, kept = int(synthetic.shape[1]) - len(self._codings), np.asarray(kept_rows)
        parts = [self._numeric.restore(kept_rows, synthetic[:, :d], find_bases)]
        for place, coding in enumerate(self._codings):
            assert self.mixed_features is not None
            name = self._frame.names[self.mixed_features.categorical[place]]
            copies = coding.first_rows[dispatch.to_numpy_int64(synthetic[:, d + place])]
            parts.append(select_rows(self._frame.select([name]).native, np.concatenate([kept, copies])))
        if self._travelling is not None:
            parts.append(self._restore_travelling(self._travelling, kept, int(synthetic.shape[0]), find_bases))
        return self._frame.join(parts)

    def _restore_travelling(
        self, travelling: Frame, kept_rows: Integers, m: int, find_bases: Callable[[], Integers]
    ) -> Any:
        copies = find_bases() if m and self._fill == "base" else np.empty(0, np.int64)
        moved = select_rows(travelling.native, np.concatenate([kept_rows, copies]))
        if m and self._fill == "missing":
            check_missing_fits(travelling)
            moved = travelling.append_missing(moved, m)
        return moved


def split_frame(frame: Frame, roles: ColumnRoles, estimator: str) -> tuple[list[int], list[Any]]:
    """Return the positions of the categorical columns of a frame, and the names of its numeric features.

    Raises
    ------
    ValueError
        If a role names no column, a column has two roles, or no numeric feature is left.
    """
    features, names = find_features(frame.names, roles, estimator), frame.names
    if roles.categorical is None:
        return [], features
    by_dtype = [j for j in frame.find_categorical() if names[j] in features]
    categorical = resolve_positions(roles.categorical, names, len(names), by_dtype)
    if both := [repr(names[j]) for j in categorical if names[j] in roles.passthrough]:
        raise ValueError(
            f"passthrough and categorical_features both name {join_first(both)}: leave it out of one of them"
        )
    numeric = [name for name in features if names.index(name) not in categorical]
    check_kinds(len(categorical), len(numeric), estimator)
    return categorical, numeric


def find_features(names: Sequence[Any], roles: ColumnRoles, estimator: str) -> list[Any]:
    """Return the names of the columns without a role.

    Raises
    ------
    ValueError
        If a role names no column, or no feature is left.
    """
    for name in roles.passthrough:
        if name not in names:
            hint = suggest(name, names)
            raise ValueError(
                f"passthrough names {name!r}, and X has no such column; {f'{hint} It' if hint else 'it'} has "
                f"{join_first(list(map(repr, names)))}"
            )
    features = [name for name in names if name not in roles.passthrough]
    if not features:
        raise ValueError(
            f"passthrough names all columns of X, and {estimator} needs one or more features: leave out of passthrough "
            "the columns that hold them"
        )
    return features


def check_missing_fits(frame: Frame) -> None:
    """Raise if a column cannot hold the missing cells of synthetic rows in its own dtype."""
    if columns := frame.find_without_missing():
        names = join_first([f"{name!r} ({dtype})" for name, dtype in columns])
        raise ValueError(
            f"passthrough columns cannot hold the missing values of synthetic rows in their dtypes: {names}. "
            "Give passthrough_fill='base', which copies the cells of the base rows, or convert these columns first to a "
            "dtype with missing values, for example to 'Int64', 'boolean' or 'object' of pandas, or a nullable field of PyArrow."
        )


def raise_no_names(X: Any) -> NoReturn:
    """Raise for a container whose columns have no names that `passthrough` could use."""
    raise ValueError(
        f"passthrough names columns, and those of X ({type(X).__module__}.{type(X).__qualname__}) have no names: give X as a "
        "frame of pandas, polars or cuDF or a PyArrow Table, or leave passthrough out"
    )
