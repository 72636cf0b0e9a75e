"""Bounds on distances that follow from the lineage of synthetic rows, before any search; all in scaled units.

Write p and q for base and neighbor, g for the gap, L = d(p, q), and s = p + g (q − p) for the point that a stored synthetic row
stands for; the row is at most `rounding_slack` away from it. Every bound includes the float64 error of computing it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from gpu_smotetomek.arrays import dispatch, indexing, matrices
from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.neighbors.protocol import U64
from gpu_smotetomek.neighbors.rounding import widen_down, widen_up
from gpu_smotetomek.neighbors.scaled_rows import THREADED_FROM_BLOCKS
from gpu_smotetomek.resampling.batch import Batch
from gpu_smotetomek.resampling.rounding_slack import RoundingSlack
from gpu_smotetomek.typing import Array

DISTANCE_CAP = 2.0**511  # above distances of rows of 2²⁰ features in scaled units; squares of capped bounds are finite
BYTES_PER_SYNTHETIC_ROW = 128.0  # temporaries of the bounds of one row


class RowBounds(NamedTuple):
    """A bound for each original (n,) and for each synthetic row (m,)."""

    originals: Array
    synthetic: Array


@dataclass(frozen=True)
class LineageBounds:
    """Bounds for the synthetic rows of a batch and for their parents.

    Arrays with an entry for each synthetic row are computed in blocks that fit into the cache: beside the lineage itself, only
    an order and one bound are as long.

    Attributes
    ----------
    d, n_originals : int
        Features; originals, the first rows of the batch.
    base, neighbor : int64 arrays (m,)
        Rows of the parents.
    gap, parent_distance : float64 arrays (m,)
        g and L.
    first_neighbor_distance : float64 array (n,)
        Distance of each original to its nearest original of the same class, infinite where it is unknown.
    rounding : RoundingSlack
    ctx : ExecutionContext
    """

    d: int
    n_originals: int
    base: Array
    neighbor: Array
    gap: Array
    parent_distance: Array
    first_neighbor_distance: Array
    rounding: RoundingSlack
    ctx: ExecutionContext

    @classmethod
    def from_batch(cls, batch: Batch, ctx: ExecutionContext) -> LineageBounds | None:
        """The bounds of a batch with synthetic rows, all of them between two rows of their class that are there; else None.

        A parent may have been dropped, or may itself be synthetic. A row may be elsewhere than between its parents, or have a
        parent of another class.
        """
        n, lineage = batch.n_originals, batch.current_lineage
        if not lineage.n_synthetic or batch.scaled.is_mixed or not lineage.is_of_segments:
            return None
        base, neighbor = (batch.original_rows(ids) for ids in (lineage.base, lineage.neighbor))
        if base is None or neighbor is None:
            return None
        xp, first = dispatch.namespace(base), batch.first_neighbor_distance
        if first is None:
            first = xp.full((n,), math.inf, dtype=xp.float64, device=dispatch.get_device(base))
        rounding = RoundingSlack.from_batch(batch, [base, neighbor], ctx)
        parent_distance = complete_distances(batch, base, neighbor, lineage.parent_distance, ctx)
        return cls(batch.scaled.d, n, base, neighbor, lineage.gap, parent_distance, first, rounding, ctx)

    @property
    def relative_error(self) -> float:
        """Bound on the relative error of the float64 arithmetic below."""
        return 4 * (self.d + 8) * U64

    @property
    def n_synthetic(self) -> int:
        """Number of synthetic rows."""
        return int(self.gap.shape[0])

    # ---- a synthetic row and its parents ----------------------------------------------------------------------------

    def nearer_parent(self, positions: Array | slice) -> Array:
        """The nearer parent of the synthetic rows at these positions."""
        gap, base, neighbor = (take_or_slice(values, positions) for values in (self.gap, self.base, self.neighbor))
        return dispatch.namespace(gap).where(gap < 0.5, base, neighbor)

    def distance_to_parent(self, positions: Array | slice) -> Array:
        """Upper bound on the distance of points to their nearer parents, min(g, 1 − g) L."""
        gap, parent_distance = (take_or_slice(values, positions) for values in (self.gap, self.parent_distance))
        return dispatch.namespace(gap).minimum(gap, 1 - gap) * parent_distance * (1 + self.relative_error)

    def rounding_slack(self, positions: Array | slice) -> Array:
        """Upper bound on the distance from stored rows to the points of their segments."""
        columns = (self.base, self.neighbor, self.gap, self.parent_distance)
        return self.rounding.bound(*(take_or_slice(values, positions) for values in columns))

    @cached_property
    def child_reach(self) -> Array:
        """Upper bound (n,) on the distance of each original to its farthest child; −1 where it has none.

        A child is a synthetic row whose nearer parent is the original. A row within δ of a point z is an original within δ, or
        a child of an original o with d(z, o) ≤ δ + child_reach(o).
        """
        no_child = -dispatch.namespace(self.gap).ones_like(self.first_neighbor_distance)
        return self._scatter_max_to_parents(
            no_child, lambda block: self.distance_to_parent(block) + self.rounding_slack(block)
        )

    def _scatter_max_to_parents(self, target: Array, values: Callable[[slice], Array]) -> Array:
        """Raise the entries of `target` (n,) at the nearer parent of each synthetic row to the row's value."""
        negative = -target
        for block in self.ctx.blocks(self.n_synthetic, self.ctx.rows_in_cache(BYTES_PER_SYNTHETIC_ROW)):
            negative = indexing.scatter_min(negative, self.nearer_parent(block), -values(block))
        return -negative

    # ---- distance to the own class ----------------------------------------------------------------------------------

    @cached_property
    def same_class_upper_bound(self) -> RowBounds:
        """Upper bounds on the distance to the nearest row of the same class.

        For a synthetic row it is the distance to the nearer of its two neighbours along the undirected segment, where a parent
        is the neighbour of the outermost row. For an original it also covers its first neighbour. No search is needed, and with
        many rows on a segment the bounds are tiny.
        """
        xp, order = dispatch.namespace(self.gap), self._segment_order()
        parts = self._map_synthetic(lambda block: self._segment_neighbor_bounds(order, block))
        synthetic = indexing.inverse_permute(xp.concat([bound for bound, _, _ in parts]), order)
        originals = xp.asarray(self.first_neighbor_distance, copy=True)
        for _, parents, bound in parts:
            originals = indexing.scatter_min(originals, parents, bound)
        return RowBounds(originals, synthetic)

    def _map_synthetic(self, function: Callable[[slice], Array]) -> list[Array]:
        return self.ctx.map_rows(
            "bounds", function, self.n_synthetic, BYTES_PER_SYNTHETIC_ROW, threaded_from=THREADED_FROM_BLOCKS
        )

    def _position_on_segment(self, positions: Array | slice) -> tuple[Array, Array, Array]:
        """The parent with the lower number, the other one, and the position of synthetic rows between them, from 0 to 1."""
        base, neighbor, gap = (take_or_slice(values, positions) for values in (self.base, self.neighbor, self.gap))
        xp, forward = dispatch.namespace(gap), base < neighbor
        low, high = xp.where(forward, base, neighbor), xp.where(forward, neighbor, base)
        return low, high, xp.where(forward, gap, 1 - gap)

    def _segment_order(self) -> Array:
        """Order of the synthetic rows: segment by segment, and along each segment."""

        def sort_key(block: slice) -> Array:
            low, high, position = self._position_on_segment(block)
            return dispatch.as_float64(low) * self.n_originals + dispatch.as_float64(high) + position

        # one sort of a float key: where its rounding swaps two rows of a segment, the bounds are looser, but still bounds
        xp = dispatch.namespace(self.gap)
        return xp.argsort(xp.concat(self._map_synthetic(sort_key)), stable=False)

    def _segment_neighbor_bounds(self, order: Array, block: slice) -> tuple[Array, Array, Array]:
        """Bounds for a block of `order` on the distance to the row before or after; parents, and the bounds for them."""
        xp, start = dispatch.namespace(order), max(block.start - 1, 0)
        positions = order[start : min(block.stop + 1, self.n_synthetic)]  # the block, and one row on either side
        low, high, place = self._position_on_segment(positions)
        length, slack = matrices.take_dense_rows(self.parent_distance, positions), self.rounding_slack(positions)
        margin, no_step = 2 * self.relative_error * length, xp.zeros_like(place[:1])
        false = xp.zeros_like(low[:1], dtype=xp.bool)
        is_same = (low[1:] == low[:-1]) & (high[1:] == high[:-1])
        is_first, is_last = ~xp.concat([false, is_same]), ~xp.concat([is_same, false])
        step = xp.abs(place[1:] - place[:-1]) * length[1:] + slack[:-1] + slack[1:]
        before = xp.where(is_first, place * length + slack, xp.concat([no_step, step])) + margin
        after = xp.where(is_last, (1 - place) * length + slack, xp.concat([step, no_step])) + margin
        inner = slice(block.start - start, block.stop - start)
        low, high, before, after = low[inner], high[inner], before[inner], after[inner]
        first, last = indexing.flatnonzero(is_first[inner]), indexing.flatnonzero(is_last[inner])
        parents = xp.concat([xp.take(low, first), xp.take(high, last)])
        return xp.minimum(before, after), parents, xp.concat([xp.take(before, first), xp.take(after, last)])

    # ---- distance to enemies ----------------------------------------------------------------------------------------

    @property
    def enemy_radius(self) -> Array:
        """`enemy_radius` of the originals and their children, (n,)."""
        return enemy_radius(self.same_class_upper_bound.originals, self.child_search_radius, self.d)

    @property
    def child_search_radius(self) -> Array:
        """The largest search radius (n,) of a child of each original; 0 where it has none."""
        none = dispatch.namespace(self.gap).zeros_like(self.first_neighbor_distance)
        return self._scatter_max_to_parents(none, self.search_radius)

    def enemy_lower_bound(self, enemy_distance: Array, positions: Array | slice) -> Array:
        """Lower bound on the distance of synthetic rows to their nearest enemies, by Stewart's theorem.

        d(s, z)² = (1 − g) d(p, z)² + g d(q, z)² − g (1 − g) L² for every row z, so the distance is at least what this gives with
        `enemy_distance` (n,), lower bounds on the distances of the parents to the same set of enemies. By the triangle
        inequality it is also at least d(p, z) − g L, which serves where `enemy_distance` only says that no enemy is within the
        enemy radius of p.
        """
        xp = dispatch.namespace(enemy_distance)
        g, L = take_or_slice(self.gap, positions), take_or_slice(self.parent_distance, positions)
        p, q = (
            indexing.clip(xp.take(enemy_distance, take_or_slice(parent, positions)), 0, DISTANCE_CAP)
            for parent in (self.base, self.neighbor)
        )
        sq_p, sq_q, sq_L = p * p, q * q, L * L
        sq_stewart = (1 - g) * sq_p + g * sq_q - g * (1 - g) * sq_L - 4 * self.relative_error * (sq_p + sq_q + sq_L)
        widening = 1 + self.relative_error
        by_triangle = xp.maximum(p - g * L * widening, q - (1 - g) * L * widening)
        bound = xp.maximum(xp.sqrt(indexing.clip(sq_stewart, 0, None)), by_triangle)
        return widen_down(bound - self.rounding_slack(positions), self.d)

    def search_radius(self, positions: Array | slice) -> Array:
        """Radius around the nearer parent that holds every row nearer to a synthetic row than `same_class_upper_bound`."""
        own_class = take_or_slice(self.same_class_upper_bound.synthetic, positions)
        return widen_up(self.distance_to_parent(positions) + self.rounding_slack(positions) + own_class, self.d)


def enemy_radius(own_class: Array, child_search_radius: Array, d: int) -> Array:
    """Radius (n,) around each original within which an enemy can matter, from above.

    An enemy beyond it is farther from the original, and from each of its children, than a row of their own class.

    Parameters
    ----------
    own_class : float64 array (n,)
        Upper bound on the distance of each original to the nearest row of its class.
    child_search_radius : float64 array (n,)
        The largest search radius of a child of each original.
    d : int
        Features.
    """
    xp = dispatch.namespace(own_class)
    return widen_up(xp.maximum(indexing.clip(own_class, None, DISTANCE_CAP), child_search_radius), d)


def complete_distances(
    batch: Batch, base: Array, neighbor: Array, parent_distance: Array, ctx: ExecutionContext
) -> Array:
    """The distances (m,) of the parents, computed where they are not known."""
    xp = dispatch.namespace(parent_distance)
    unknown = indexing.flatnonzero(xp.isnan(parent_distance))
    if not unknown.shape[0]:
        return parent_distance
    sq_distances = batch.scaled.sq_distances(xp.take(base, unknown), xp.take(neighbor, unknown), ctx)[:, 0]
    return indexing.scatter_set(xp.asarray(parent_distance, copy=True), unknown, xp.sqrt(sq_distances))


def take_or_slice(values: Array, positions: Array | slice) -> Array:
    """The entries of `values` at `positions`."""
    return values[positions] if isinstance(positions, slice) else matrices.take_dense_rows(values, positions)
