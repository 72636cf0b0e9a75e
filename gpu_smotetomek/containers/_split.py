"""Frames whose columns have several roles: some are features, some only travel with their rows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from ..errors import join_first
from ..typing import Integers
from ._rows import Frame, select_rows

if TYPE_CHECKING:
    from . import Table


@dataclass(frozen=True)
class ColumnRoles:
    """What the columns of a frame are used for; a column without a role is a numeric feature.

    Attributes
    ----------
    passthrough : tuple of column names
        Columns that travel with their rows and are not read.
    fill : {'missing', 'base'}
        The cells of synthetic rows in these columns: missing values, or the cells of the base rows.
    adds_rows : bool
        Whether synthetic rows may be added, so that cells may be missing.
    reads_values : bool
        Whether the sampler reads any value; if not, all columns travel, and X may be any container of anything.
    """

    passthrough: tuple[Any, ...] = ()
    fill: str = "missing"
    adds_rows: bool = True
    reads_values: bool = True


class SplitTable:
    """A frame whose columns have roles; restored with the same columns, in their order and their dtypes.

    Attributes
    ----------
    matrix : array (n, d)
        The numeric features.
    dtypes : tuple of dtypes, or None
        Those of the numeric features, where they differ.
    """

    is_native = False

    def __init__(self, frame: Frame, roles: ColumnRoles, numeric: "Table") -> None:
        self._frame, self._fill, self._numeric = frame, roles.fill, numeric
        self._travelling = frame.select(roles.passthrough)
        self.matrix, self.dtypes = numeric.matrix, numeric.dtypes
        if roles.adds_rows and roles.fill == "missing":
            check_missing_fits(self._travelling)

    def restore(self, kept_rows: Any, synthetic: Any, find_bases: Callable[[], Integers]) -> Any:
        """Return rows `kept_rows`, then `synthetic`, whose base rows are `find_bases()` (m,)."""
        m, travelling = int(synthetic.shape[0]), self._travelling
        copies = find_bases() if m and self._fill == "base" else np.empty(0, np.int64)
        moved = select_rows(travelling.native, np.concatenate([np.asarray(kept_rows), copies]))
        if m and self._fill == "missing":
            check_missing_fits(travelling)
            moved = travelling.append_missing(moved, m)
        return self._frame.join([self._numeric.restore(kept_rows, synthetic, find_bases), moved])


def find_features(names: Sequence[Any], roles: ColumnRoles, estimator: str) -> list[Any]:
    """Return the names of the columns without a role.

    Raises
    ------
    ValueError
        If a role names no column, or no feature is left.
    """
    for name in roles.passthrough:
        if name not in names:
            texts = {str(other): other for other in names}
            close = [repr(texts[text]) for text in get_close_matches(str(name), texts, n=1)]
            hint = f"did you mean {close[0]}? It has" if close else "it has"
            raise ValueError(
                f"passthrough names {name!r}, and X has no such column; {hint} {join_first(list(map(repr, names)))}"
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
