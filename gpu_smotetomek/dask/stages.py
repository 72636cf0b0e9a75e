"""What a task does with one block: count its labels, convert it, and make a block of the result."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from gpu_smotetomek.blocks import (
    Block,
    BlockLinks,
    BlockPlan,
    HeldRows,
    OwnClass,
    SyntheticRange,
    encode_labels,
    keep_mask,
    make_synthetic_rows,
)
from gpu_smotetomek.containers import enter_X, enter_y, select_rows
from gpu_smotetomek.typing import Integers, Labels


class LabelCounts(NamedTuple):
    """The labels of consecutive blocks.

    Attributes
    ----------
    labels : array (n_classes,)
        Sorted.
    counts : int64 array (n_classes,)
        Rows of each.
    block_rows : list of int
        Rows of each block.
    examples : dict
        From label to the first label cell of the class, in the container of the labels (1,).
    """

    labels: Labels
    counts: Integers
    block_rows: list[int]
    examples: dict[Any, Any]


def count_block_labels(y: Any) -> LabelCounts:
    """The labels of one block."""
    if not len(y):
        return LabelCounts(np.empty(0), np.empty(0, np.int64), [0], {})
    labels, first, counts = np.unique(enter_y(y).labels, return_index=True, return_counts=True)
    examples = {label: select_rows(y, first[[code]]) for code, label in enumerate(labels.tolist())}
    return LabelCounts(labels, counts, [len(y)], examples)


def merge_counts(parts: list[LabelCounts]) -> LabelCounts:
    """The labels of consecutive blocks."""
    filled = [part for part in parts if len(part.labels)] or parts[:1]
    labels, codes = np.unique(np.concatenate([part.labels for part in filled]), return_inverse=True)
    counts = np.zeros(len(labels), np.int64)
    np.add.at(counts, codes, np.concatenate([part.counts for part in filled]))
    examples = {label: cells for part in reversed(filled) for label, cells in part.examples.items()}
    return LabelCounts(labels, counts, [rows for part in parts for rows in part.block_rows], examples)


def make_block(X: Any, y: Any, start: int, classes: Labels, dtype: Any, estimator: str) -> Block:
    """A block of the search.

    Raises
    ------
    ValueError
        If rows and labels are not as many, values are missing or infinite, or the dtype is not that of the collection.
    RuntimeError
        If a label is none of the classes.
    """
    if len(X) != len(y):
        raise ValueError(
            f"the block from row {start} has {len(X)} rows and {len(y)} labels: give both from the same partitions"
        )
    if not len(X):
        return Block(np.empty((0, X.shape[1]), dtype), np.empty(0, np.int64), start)
    matrix = enter_X(X, estimator=estimator).matrix
    if matrix.dtype != dtype:
        raise ValueError(
            f"the block from row {start} has the dtype {matrix.dtype}, and its collection has {dtype}: convert it with astype"
        )
    return Block(np.ascontiguousarray(matrix), encode_labels(enter_y(y).labels, classes, start), start)


def keep_rows(X: Any, y: Any, start: int, links: BlockLinks) -> tuple[Any, Any]:
    """The rows and labels of a block that stay."""
    kept = np.flatnonzero(keep_mask(Block(X, y, start), links))
    return select_rows(X, kept), select_rows(y, kept)


def make_range_rows(
    part: SyntheticRange,
    held: HeldRows,
    neighbors: OwnClass,
    links: BlockLinks,
    plan: BlockPlan,
    example: Any,
    cells: Any,
) -> tuple[Any, Any]:
    """The synthetic rows of a range that stay, in the container of `example`, and their labels, copies of `cells` (1,)."""
    rows, codes = make_synthetic_rows(part, held, neighbors, links, plan)
    table = enter_X(example)
    return table.restore(np.empty(0, np.int64), rows, lambda: codes), select_rows(cells, np.zeros(len(rows), np.int64))


def take_first(pair: tuple[Any, Any]) -> Any:
    """The rows."""
    return pair[0]


def take_second(pair: tuple[Any, Any]) -> Any:
    """The labels."""
    return pair[1]
