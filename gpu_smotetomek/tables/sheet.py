"""A table that came from a file, and what it takes to write it back the same way."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import numpy as np
import polars as pl

from gpu_smotetomek.tables.errors import TableError, UsageError
from gpu_smotetomek.typing import Labels

EXACT = 2**53
"""Beyond it float64 does not hold every integer."""

SHOWN = 10


@dataclass(frozen=True)
class Sheet:
    """Features and target of one table; `dataclasses.replace` it with resampled ones.

    Attributes
    ----------
    X : polars.DataFrame or ndarray of shape (n_rows, n_features)
        An array only where the table came from a `.npz` file.
    y : polars.Series or ndarray of shape (n_rows,)
        The target.
    position : int
        Where the target stands among the columns.
    header : bool
        Whether the columns have names of their own.
    left_out : tuple of str
        What the file held besides, and the sheet does not.
    """

    X: Any
    y: Any
    position: int
    header: bool = True
    left_out: tuple[str, ...] = ()

    @property
    def target(self) -> str:
        """Name of the target column."""
        return str(self.y.name) if isinstance(self.y, pl.Series) else "y"

    @property
    def named_by_numbers(self) -> bool:
        """Whether the names of the features look like a row of numbers; 0, 1, 2 ... are names that programs give."""
        names = self.X.columns if self.header and isinstance(self.X, pl.DataFrame) else []
        numbers = pl.Series(names, dtype=pl.String).str.strip_chars().cast(pl.Float64, strict=False)
        counted = set(names) <= {str(i) for i in range(len(names) + 2)}
        return bool(names) and not numbers.has_nulls() and not counted

    @property
    def labels(self) -> Labels:
        """The target as an array of shape (n_rows,)."""
        if isinstance(self.y, np.ndarray):
            return self.y
        y = self.y if self.y.dtype.is_numeric() or self.y.dtype == pl.Boolean else self.y.cast(pl.String)
        return np.asarray(y.to_list()) if y.dtype == pl.String else np.asarray(y.to_numpy())

    @property
    def features(self) -> pl.DataFrame:
        """The features as a frame; those of an array are named x0, x1 and so on."""
        if isinstance(self.X, pl.DataFrame):
            return self.X
        wide = self.X.astype(np.float64) if self.X.dtype.kind == "f" and self.X.itemsize not in (4, 8) else self.X
        return pl.DataFrame({f"x{i}": wide[:, i] for i in range(wide.shape[1])})

    @property
    def frame(self) -> pl.DataFrame:
        """All columns in the order of the file."""
        y = self.y if isinstance(self.y, pl.Series) else pl.Series("y", self.y)
        columns = self.features.get_columns()
        return pl.DataFrame([*columns[: self.position], y, *columns[self.position :]])

    @property
    def matrix(self) -> np.ndarray[Any, Any]:
        """The features as one array, in the smallest dtype that holds every column."""
        if isinstance(self.X, np.ndarray):
            return self.X
        matrix = self.X.to_numpy()
        for name, dtype in self.X.schema.items():
            if matrix.dtype.kind == "f" and dtype.is_integer() and self.X[name].abs().max() > EXACT:
                msg = (
                    f"column {name!r} holds integers above 2^53, which an array of floats would change; "
                    "write .parquet or .feather instead of .npz"
                )
                raise TableError(msg)
        return np.ascontiguousarray(matrix)


def column(wanted: str, names: Sequence[str], *, header: bool) -> int:
    """Position of the column that the user means: by its name first, else by its number.

    Parameters
    ----------
    wanted : str
        A name, or a number from 0 (`"0"`) or from the end (`"-1"`).
    names : sequence of str
        The columns, in order.
    header : bool
        Whether the names are the user's own.

    Returns
    -------
    int
        From 0.

    Raises
    ------
    UsageError
        No column has that name or number.

    Examples
    --------
    >>> column("class", ["a", "class"], header=True), column("-1", ["a", "class"], header=True)
    (1, 1)
    """
    if header and wanted in names:
        return list(names).index(wanted)
    try:
        return range(len(names))[int(wanted)]
    except (ValueError, IndexError):
        pass
    if not header:
        msg = f"no column {wanted!r}; without a header line columns are numbered 0 to {len(names) - 1}, the last is -1"
        raise UsageError(msg)
    close = get_close_matches(wanted, names, n=1)
    meant = f"did you mean {close[0]!r}? It has" if close else "it has"
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    msg = f"the table has no column {wanted!r}; {meant} {', '.join(map(repr, names[:SHOWN]))}{more}"
    raise UsageError(msg)
