"""The first look at each block: ranges of the features, a sample, and the rows of the classes that are held in memory."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gpu_smotetomek.arrays import matrices
from gpu_smotetomek.blocks.plan import Block, BlockPlan
from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.neighbors import ScaledRows
from gpu_smotetomek.neighbors.projection import Projection, sample_rows
from gpu_smotetomek.neighbors.scale_exponent import exponent_of_half_range
from gpu_smotetomek.resampling import Batch, Lineage
from gpu_smotetomek.resampling.interpolation import check_large_integers
from gpu_smotetomek.typing import Array, Floats, Integers


@dataclass(frozen=True)
class FirstLook:
    """What is known of consecutive blocks once they were read.

    Attributes
    ----------
    high, low : float64 arrays (d,)
        Largest and least value of each feature.
    numbers : int64 array (n_held,)
        Rows of the input that are held.
    codes : int array (n_held,)
    X : array (n_held, d)
    sample : array (s, d)
        Rows of the sample that locates the centre and the axes.
    """

    high: Floats
    low: Floats
    numbers: Integers
    codes: Integers
    X: Array
    sample: Array


def look_at_block(block: Block, plan: BlockPlan) -> FirstLook:
    """Look at one block.

    Raises
    ------
    RuntimeError
        If the block has another number of rows than at the count of the labels.
    """
    X, codes, start = block
    check_block(block, plan)
    is_held = codes != plan.blocked_class
    rows = sample_rows(plan.n, plan.d, plan.ctx)
    rows = rows[(rows >= start) & (rows < start + len(X))] - start
    if len(X):
        high, low = matrices.feature_ranges(X)
    else:
        high, low = np.full(plan.d, -np.inf), np.full(plan.d, np.inf)
    held = np.flatnonzero(is_held)
    return FirstLook(high, low, start + held, codes[held], X[held], X[rows])


def check_block(block: Block, plan: BlockPlan) -> None:
    """Raise if a block is not what it was when its rows were counted."""
    position = int(np.searchsorted(plan.starts, block.start, side="right")) - 1
    position = max(0, min(position, len(plan.starts) - 2))
    while position and plan.starts[position] == block.start and plan.starts[position + 1] != block.start + len(block.X):
        position -= 1  # empty blocks share their start
    if plan.starts[position] != block.start or plan.starts[position + 1] != block.start + len(block.X):
        raise RuntimeError(
            f"the block from row {block.start} has {len(block.X)} rows now, and had another number when its labels were "
            "counted: give a source that is the same each time it is read"
        )


def merge_looks(looks: list[FirstLook]) -> FirstLook:
    """The look at all blocks of consecutive looks."""
    return FirstLook(
        np.maximum.reduce([look.high for look in looks]),
        np.minimum.reduce([look.low for look in looks]),
        *(np.concatenate([getattr(look, name) for look in looks]) for name in ("numbers", "codes", "X", "sample")),
    )


@dataclass(frozen=True)
class HeldRows:
    """The rows of all classes but that in blocks, and the scale of the distances of all rows.

    Attributes
    ----------
    numbers : int64 array (n_held,)
        Their numbers in the input, ascending.
    codes : int array (n_held,)
    X : array (n_held, d)
    exponent : int
    projection : Projection
    ignored_features : int64 array, or None
        As those of `ScaledRows`.
    """

    numbers: Integers
    codes: Integers
    X: Array
    exponent: int
    projection: Projection
    ignored_features: Array | None

    @property
    def n(self) -> int:
        """Number of held rows."""
        return len(self.numbers)

    def scale(self, X: Array) -> ScaledRows:
        """A matrix with the scale of the input."""
        return ScaledRows(X, self.exponent, self.projection, self.ignored_features)

    def as_batch(self, plan: BlockPlan) -> Batch:
        """The held rows as a batch, as if they were all rows of the input."""
        none, unknown = np.empty(0, np.int64), np.full(self.n, np.inf)
        lineage, scaled = Lineage.empty(self.X), self.scale(self.X)
        return Batch(self.X, self.codes, plan.classes, plan.dtypes, none, self.n, lineage, None, unknown, scaled)


def hold_rows(look: FirstLook, plan: BlockPlan) -> HeldRows:
    """The held rows of all blocks.

    Raises
    ------
    ValueError
        If a class that is over-sampled holds integers of 2**53 or more.
    """
    half_range = np.max(look.high / 2 - look.low / 2) if plan.d and plan.n else 0.0
    X, ctx = np.ascontiguousarray(look.X), plan.ctx
    scaled = find_scale(look.sample, exponent_of_half_range(half_range), plan.n, ctx)
    for code in plan.n_synthetic:
        check_large_integers(X, np.flatnonzero(look.codes == code), plan.dtypes, ctx)
    return HeldRows(look.numbers, look.codes, X, scaled.exponent, scaled.projection, scaled.ignored_features)


def find_scale(sample: Array, exponent: int, n: int, ctx: ExecutionContext) -> ScaledRows:
    """The scale of n rows from their sample."""
    return ScaledRows.from_sample(np.ascontiguousarray(sample), exponent, n, ctx)
