"""Synthetic rows by their parents: the lineage of a range, drawn again, and the bounds of a part of all segments."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gpu_smotetomek.blocks.draws import SyntheticRange
from gpu_smotetomek.blocks.held_rows import HeldRows
from gpu_smotetomek.blocks.own_class import OwnClass
from gpu_smotetomek.blocks.plan import BlockPlan
from gpu_smotetomek.resampling import Lineage
from gpu_smotetomek.resampling.candidate_links import filter_by_bounds, mark_copies
from gpu_smotetomek.resampling.interpolated_rows import InterpolatedRows
from gpu_smotetomek.resampling.lineage_bounds import LineageBounds, RowBounds
from gpu_smotetomek.resampling.synthesis import lineage_from_draws
from gpu_smotetomek.typing import Floats, Integers


@dataclass(frozen=True)
class FamilyPart:
    """All synthetic rows of the segments whose parent with the lower number is in a range of held rows.

    Attributes
    ----------
    numbers : int64 array (m,)
        Their numbers among all synthetic rows, ascending.
    lineage : Lineage
        Parents as held rows.
    own_class : float64 array (m,)
        Upper bound on the distance of each to the nearest row of its class.
    """

    numbers: Integers
    lineage: Lineage
    own_class: Floats

    def make_rows(self, held: HeldRows, plan: BlockPlan) -> InterpolatedRows:
        """The rows, which are computed when they are taken."""
        return InterpolatedRows(held.X, self.lineage, plan.dtypes)

    def make_bounds(self, held: HeldRows, own_class: OwnClass, plan: BlockPlan) -> LineageBounds:
        """The bounds of the part; those on the distances to the own class are not computed again."""
        bounds = part_bounds(self.lineage, held, own_class, plan)
        vars(bounds)["same_class_upper_bound"] = RowBounds(own_class.first_distance, self.own_class)
        return bounds


def part_bounds(lineage: Lineage, held: HeldRows, own_class: OwnClass, plan: BlockPlan) -> LineageBounds:
    """Bounds for synthetic rows of the held rows."""
    first, rounding = own_class.first_distance, own_class.rounding
    return LineageBounds(plan.d, held.n, *lineage.columns, first, rounding, plan.ctx)


def redraw_lineage(part: SyntheticRange, held: HeldRows, own_class: OwnClass) -> Lineage:
    """The lineage of the synthetic rows of a range, parents as held rows."""
    rows = np.flatnonzero(held.codes == part.code)
    neighbors, distances = own_class.neighbors[part.code], own_class.distances[part.code]
    picks, gaps = part.draw(neighbors.size)
    return lineage_from_draws(rows, neighbors, distances, picks, gaps)


def make_part(parents: tuple[int, int], held: HeldRows, own_class: OwnClass, plan: BlockPlan) -> FamilyPart:
    """The part of a range of held rows: all draws are made again, and those of other segments forgotten."""
    low, high = parents
    numbers, lineages = [np.empty(0, np.int64)], [Lineage.empty(held.X)]
    for part in plan.ranges:
        lineage = redraw_lineage(part, held, own_class)
        lower = np.minimum(lineage.base, lineage.neighbor)
        positions = np.flatnonzero((lower >= low) & (lower < high))
        numbers.append(part.first + positions)
        lineages.append(lineage.take(positions))
    lineage = Lineage.concat(lineages)
    bound = np.empty(0)
    if lineage.n_synthetic:
        bound = part_bounds(lineage, held, own_class, plan).same_class_upper_bound.synthetic
    return FamilyPart(np.concatenate(numbers), lineage, bound)


@dataclass(frozen=True)
class HeldBounds:
    """Bounds of the held rows that follow from all synthetic rows.

    Attributes
    ----------
    own_class : float64 array (n_held,)
        Upper bound on the distance to the nearest row of the own class.
    child_search_radius : float64 array (n_held,)
        The largest search radius of a child; 0 where there is none.
    has_children, has_copy : bool arrays (n_held,)
        Whether a synthetic row has it as its nearer parent; whether one is at its place.
    """

    own_class: Floats
    child_search_radius: Floats
    has_children: np.ndarray[tuple[int], np.dtype[np.bool_]]
    has_copy: np.ndarray[tuple[int], np.dtype[np.bool_]]


def bound_held_rows(part: FamilyPart, held: HeldRows, own_class: OwnClass, plan: BlockPlan) -> HeldBounds:
    """The bounds that follow from the synthetic rows of one part."""
    none = np.zeros(held.n, bool)
    if not part.lineage.n_synthetic:
        return HeldBounds(own_class.first_distance, np.zeros(held.n), none, none)
    bounds = part_bounds(part.lineage, held, own_class, plan)
    originals = bounds.same_class_upper_bound.originals
    has_copy, _ = mark_copies(bounds)
    return HeldBounds(originals, bounds.child_search_radius, bounds.child_reach >= 0, has_copy)


def merge_held_bounds(parts: list[HeldBounds]) -> HeldBounds:
    """The bounds that follow from several parts."""
    return HeldBounds(
        np.minimum.reduce([part.own_class for part in parts]),
        np.maximum.reduce([part.child_search_radius for part in parts]),
        np.logical_or.reduce([part.has_children for part in parts]),
        np.logical_or.reduce([part.has_copy for part in parts]),
    )


@dataclass(frozen=True)
class RemainingRows:
    """Synthetic rows that no bound rules out.

    Attributes
    ----------
    numbers : int64 array (m,)
        Among all synthetic rows.
    lineage : Lineage
    parents : int64 array (m,)
        The nearer parent of each.
    search_radius : float64 array (m,)
        Radius around the parent that holds every enemy that may matter.
    own_class : float64 array (m,)
        Upper bound on the distance to the nearest row of the own class.
    """

    numbers: Integers
    lineage: Lineage
    parents: Integers
    search_radius: Floats
    own_class: Floats

    @property
    def n(self) -> int:
        """Number of rows."""
        return len(self.numbers)


def filter_part(
    part: FamilyPart, enemy_distance: Floats, held: HeldRows, own_class: OwnClass, plan: BlockPlan
) -> RemainingRows:
    """The synthetic rows of a part that may have an enemy nearer than a row of their own class.

    Parameters
    ----------
    part : FamilyPart
    enemy_distance : float64 array (n_held,)
        Lower bound on the distance of each held row to its nearest enemy.
    held : HeldRows
    own_class : OwnClass
    plan : BlockPlan
    """
    lineage, positions = part.lineage, np.arange(part.lineage.n_synthetic)
    bounds = part.make_bounds(held, own_class, plan)
    if len(positions):
        _, is_copy = mark_copies(bounds)
        positions = filter_by_bounds(bounds, enemy_distance, np.flatnonzero(~is_copy))
    parents, radius = bounds.nearer_parent(positions), bounds.search_radius(positions)
    return RemainingRows(part.numbers[positions], lineage.take(positions), parents, radius, part.own_class[positions])


def concat_remaining(parts: list[RemainingRows]) -> RemainingRows:
    """The rows of several parts."""
    return RemainingRows(
        np.concatenate([part.numbers for part in parts]),
        Lineage.concat([part.lineage for part in parts]),
        *(
            np.concatenate([getattr(part, name) for part in parts])
            for name in ("parents", "search_radius", "own_class")
        ),
    )
