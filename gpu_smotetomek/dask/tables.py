"""A dask collection of rows and one of labels, as blocks, and the way back to the same kind of collections."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import dask.array as da
from dask import is_dask_collection
from dask.delayed import Delayed

from gpu_smotetomek.dask.array_table import make_array_table


class DaskTable(Protocol):
    """Rows and labels of the same blocks."""

    @property
    def X_blocks(self) -> list[Delayed]:  # noqa: N802
        """Rows of each block."""

    @property
    def y_blocks(self) -> list[Delayed]:
        """Labels of each block."""

    @property
    def example(self) -> Any:
        """A row (1, d) of any values, with the library and the dtypes of all rows."""

    @property
    def names(self) -> list[Any] | None:
        """Names of the columns, where they have some."""

    def collect(self, parts: Sequence[Part]) -> tuple[Any, Any]:
        """The collections of rows and labels of these parts, in order."""


@dataclass(frozen=True)
class Part:
    """A block of the result.

    Attributes
    ----------
    X, y : Delayed
        Its rows and labels.
    n_rows : int
    """

    X: Delayed
    y: Delayed
    n_rows: int


def enter_collections(X: Any, y: Any, estimator: str) -> DaskTable:
    """The blocks of two collections.

    Raises
    ------
    TypeError
        If they are no dask arrays, no dask DataFrame and Series, or hold blocks of another library than NumPy and pandas.
    ValueError
        If their blocks do not match.
    """
    if isinstance(X, da.Array) and isinstance(y, da.Array):
        return make_array_table(X, y)
    if is_frame(X) and is_frame(y) and (X.ndim, y.ndim) == (2, 1):
        from gpu_smotetomek.dask.frame_table import make_frame_table  # pandas is imported with it

        return make_frame_table(X, y)
    came = " and ".join(f"{type(data).__module__}.{type(data).__qualname__}" for data in (X, y))
    raise TypeError(
        f"X and y are {came}, and gpu_smotetomek.dask.{estimator} takes two dask arrays, or a dask DataFrame and a dask Series: "
        f"convert them with dask.array.from_array or dask.dataframe.from_pandas, or use gpu_smotetomek.{estimator} for rows that "
        "are in memory"
    )


def is_frame(data: Any) -> bool:
    """Whether an object is a dask DataFrame or Series."""
    return is_dask_collection(data) and hasattr(data, "divisions") and hasattr(data, "_meta")
