"""A table from a file, with what is needed to write it back in the same form."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from gpu_smotetomek.errors import join_first, suggest
from gpu_smotetomek.tables.errors import TableError, UsageError
from gpu_smotetomek.tables.number_marks import POINT, NumberMarks
from gpu_smotetomek.typing import Labels

MAX_EXACT_INTEGER = 2**53
"""float64 holds every integer up to this one."""


@dataclass(frozen=True)
class Sheet:
    """Features and target of one table; `dataclasses.replace` exchanges them for resampled ones.

    Attributes
    ----------
    X : polars.DataFrame or ndarray of shape (n_rows, n_features)
        An array only if the table is from a `.npz` file.
    y : polars.Series or ndarray of shape (n_rows,)
        The target.
    position : int
        Position of the target among the columns.
    header : bool
        Whether the file names the columns.
    left_out : tuple of str
        Names of arrays in the file that the sheet does not hold.
    passthrough : tuple of str
        Columns of X that only travel with their rows.
    categorical : tuple of str
        Columns of X that are categories.
    notes : tuple of str
        What is unusual about the file, and how it was read.
    marks : NumberMarks
        How numbers are written in columns of text.
    """

    X: Any
    y: Any
    position: int
    header: bool = True
    left_out: tuple[str, ...] = ()
    passthrough: tuple[str, ...] = ()
    categorical: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    marks: NumberMarks = POINT

    @property
    def target(self) -> str:
        """Name of the target column."""
        return str(self.y.name) if isinstance(self.y, pl.Series) else "y"

    @property
    def named_by_numbers(self) -> bool:
        """Whether the names of the features look like a row of numbers; 0, 1, 2 ... are names that programs write."""
        names = self.X.columns if self.header and isinstance(self.X, pl.DataFrame) else []
        numbers = pl.Series(names, dtype=pl.String).str.strip_chars().cast(pl.Float64, strict=False)
        enumerated = set(names) <= {str(i) for i in range(len(names) + 2)}
        return bool(names) and not numbers.has_nulls() and not enumerated

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
    def compared(self) -> pl.DataFrame:
        """The features that distances compare: those that do not only travel."""
        return self.features.drop(self.passthrough)

    @property
    def frame(self) -> pl.DataFrame:
        """All columns in the order of the file."""
        y = self.y if isinstance(self.y, pl.Series) else pl.Series("y", self.y)
        columns = self.features.get_columns()
        columns = [*columns[: self.position], y, *columns[self.position :]]
        return pl.DataFrame({column.name: column for column in columns})  # a list would rename a column without a name

    @property
    def matrix(self) -> np.ndarray[Any, Any]:
        """The features as one array, in the smallest dtype that holds every column."""
        if isinstance(self.X, np.ndarray):
            return self.X
        matrix = self.X.to_numpy()
        for name, dtype in self.X.schema.items():
            if matrix.dtype.kind == "f" and dtype.is_integer() and self.X[name].abs().max() > MAX_EXACT_INTEGER:
                raise TableError(
                    f"column {name!r} holds integers above 2^53, which an array of floats would change; "
                    "write .parquet or .feather instead of .npz"
                )
        return np.ascontiguousarray(matrix)


def find_column(name_or_number: str, names: Sequence[str], *, header: bool) -> int:
    """Return the position of a column: by its name first, else by its number.

    Parameters
    ----------
    name_or_number : str
        A name, or a number from 0 (`"0"`) or from the end (`"-1"`).
    names : sequence of str
        The columns, in order.
    header : bool
        Whether the names are from the file.

    Returns
    -------
    int
        From 0.

    Raises
    ------
    UsageError
        If no column has that name or number.

    Examples
    --------
    >>> find_column("class", ["a", "class"], header=True), find_column("-1", ["a", "class"], header=True)
    (1, 1)
    """
    if name_or_number in names:
        return list(names).index(name_or_number)
    try:
        return range(len(names))[int(name_or_number)]
    except (ValueError, IndexError):
        pass
    if not header:
        raise UsageError(
            f"no column {name_or_number!r}; without a header line columns are numbered 0 to {len(names) - 1}, the last is -1"
        )
    hint = suggest(name_or_number, names)
    others = "; add --no-header if its first line is data" if any(map(is_number, names)) else ""
    raise UsageError(
        f"the table has no column {name_or_number!r}; {f'{hint} It' if hint else 'it'} has {join_first(list(map(repr, names)))}"
        f"{others}"
    )


def is_number(text: str) -> bool:
    """Whether a text writes a number."""
    try:
        float(text)
    except ValueError:
        return False
    return True


def find_columns(text: str, names: Sequence[str], *, header: bool) -> tuple[str, ...]:
    """Return the names of the columns that a text lists: names or numbers, divided by commas.

    Raises
    ------
    UsageError
        If no column has one of the names or numbers.

    Examples
    --------
    >>> find_columns("id,-1", ["id", "age", "town"], header=True)
    ('id', 'town')
    """
    known = set(names)
    cells = [cell if cell in known else cell.strip() for cell in split_names(text, known)]
    found = (cell if cell in known else names[find_column(cell, names, header=header)] for cell in cells)
    return tuple(dict.fromkeys(found))


def split_names(text: str, names: Collection[str]) -> list[str]:
    """Split a text at its commas, but for those inside the longest names.

    Examples
    --------
    >>> split_names("id,height, in cm,age", {"id", "age", "height, in cm"})
    ['id', 'height, in cm', 'age']
    """
    parts, cells = text.split(","), list[str]()
    longest = 1 + max((name.count(",") for name in names), default=0)
    while parts:
        found = (n for n in range(longest, 1, -1) if ",".join(parts[:n]) in names)
        n = next(found, 1)
        cells.append(",".join(parts[:n]))
        del parts[:n]
    return cells
