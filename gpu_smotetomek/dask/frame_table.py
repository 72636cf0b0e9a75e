"""dask DataFrames as blocks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import dask.dataframe as dd
import numpy as np
from dask.dataframe.utils import meta_nonempty
from dask.delayed import Delayed
from narwhals.dependencies import is_pandas_dataframe

from gpu_smotetomek.dask.graph_executor import GraphExecutor

if TYPE_CHECKING:
    from gpu_smotetomek.dask.tables import Part

TARGET = "target of gpu_smotetomek"  # the column of the labels in partitions with rows and labels


@dataclass(frozen=True)
class BlockedFrames:
    """Partitions of a dask DataFrame and its labels; attributes as those of `DaskTable`."""

    X_blocks: list[Delayed]
    y_blocks: list[Delayed]
    example: Any
    X_meta: Any
    y_meta: Any
    names: list[Any] | None

    def collect(self, parts: Sequence[Part]) -> tuple[Any, Any]:
        """A DataFrame and a Series of the parts that have rows, with a fresh index of known divisions."""
        executor, parts = GraphExecutor(), [part for part in parts if part.n_rows]
        stops = np.cumsum([part.n_rows for part in parts]).tolist()
        starts = [0, *stops[:-1]]
        divisions = (*starts, stops[-1] - 1)
        rows = [executor.run(number_rows, part.X, start) for part, start in zip(parts, starts, strict=True)]
        labels = [executor.run(number_rows, part.y, start) for part, start in zip(parts, starts, strict=True)]
        X_meta, y_meta = (meta.reset_index(drop=True) for meta in (self.X_meta, self.y_meta))
        return (
            dd.from_delayed(rows, meta=X_meta, divisions=divisions),
            dd.from_delayed(labels, meta=y_meta, divisions=divisions),
        )


def make_frame_table(X: Any, y: Any) -> BlockedFrames:
    """The partitions of two collections.

    Both are made one collection first: Dask fuses partitions of a file by the columns that are read, so that those of X alone
    and of y alone may differ.
    """
    if not is_pandas_dataframe(X._meta):
        raise TypeError(
            f"X has partitions of {type(X._meta).__module__}.{type(X._meta).__qualname__}, and partitions of pandas were "
            "expected: call X.to_backend('pandas') first"
        )
    if X.known_divisions and y.known_divisions and X.divisions != y.divisions:
        y = y.repartition(divisions=X.divisions)
    if X.npartitions != y.npartitions:
        raise ValueError(
            f"X has {X.npartitions} partitions and y {y.npartitions}, and their divisions are not known: give two columns of one "
            "collection"
        )
    meta = join_target(X._meta, y._meta)
    joined = dd.map_partitions(join_target, X, y, meta=meta, align_dataframes=False, enforce_metadata=False)
    executor = GraphExecutor()
    blocks = joined.to_delayed()
    X_blocks = executor.map(take_features, blocks, X._meta.columns)
    y_blocks = executor.map(take_target, blocks, y._meta.name)
    return BlockedFrames(X_blocks, y_blocks, meta_nonempty(X._meta).iloc[:1], X._meta, y._meta, list(X._meta.columns))


def join_target(X: Any, y: Any) -> Any:
    """A partition with the labels as its last column.

    Raises
    ------
    ValueError
        If the rows and labels of a partition have different index labels.
    """
    if not X.index.equals(y.index):
        raise ValueError(
            f"a partition of X has {len(X)} rows and that of y {len(y)} labels, and their index labels differ: give two columns "
            "of one collection"
        )
    return X.assign(**{TARGET: y})


def take_features(block: Any, columns: Any) -> Any:
    """The columns of a partition that are features."""
    features = block.iloc[:, :-1]
    features.columns = columns
    return features


def take_target(block: Any, name: Any) -> Any:
    """The labels of a partition."""
    return block.iloc[:, -1].rename(name)


def number_rows(rows: Any, start: int) -> Any:
    """Rows or labels with an index that counts from `start`."""
    return rows.set_axis(range(start, start + len(rows)), axis=0)
