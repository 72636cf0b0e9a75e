"""What descent says of distances before any search: bounds for synthetic rows, in scaled units.

Write p, q for base and neighbour, g for the gap, L = d(p, q), s = p + g (q − p) for the point that a stored synthetic row
stands for, at most `slack` from it. Every bound is widened by the float64 error of computing it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from gpu_smotetomek.arrays import dispatch, indexing, matrices
from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.neighbors.exact import widen_down, widen_up
from gpu_smotetomek.neighbors.protocol import U64
from gpu_smotetomek.neighbors.scaled_rows import THREADED_FROM_BLOCKS
from gpu_smotetomek.resampling.batch import Batch
from gpu_smotetomek.typing import Array

DISTANCE_CAP = 2.0**505  # no distance in scaled units is that large: keeps squares of infinite bounds finite


@dataclass(frozen=True)
class LineageBounds:
    """The synthetic rows of a batch and the originals they descend from.

    What there are millions of is taken in blocks that stay in the cache: beside the lineage itself only an order, and a bound
    a row, are as long.

    Attributes
    ----------
    d, n : int
        Features; originals, the first rows of the batch.
    base, neighbor : int64 arrays (m,)
        Rows of the parents.
    gap, length : float64 arrays (m,)
        g and L.
    first : float64 array (n,)
        Distance of each original to its nearest original of the same class, infinite where it is not known.
    rounding : Rounding
    work : Work
    """

    n_features: int
    n_originals: int
    base: Array
    neighbor: Array
    gap: Array
    parent_distance: Array
    first_neighbor_distance: Array
    rounding: RoundingSlack
    work: ExecutionContext

    @classmethod
    def from_batch(cls, batch: Batch) -> LineageBounds | None:
        """The descent of a batch's synthetic rows; None where it has none, or lost a parent, or has a synthetic parent."""
        n = batch.n_originals
        lineage = batch.current_lineage
        if not lineage.n_synthetic:
            return None
        base, neighbor = (batch.original_rows(ids) for ids in (lineage.base, lineage.neighbor))
        if base is None or neighbor is None:
            return None
        xp, first = dispatch.namespace(base), batch.first_neighbor_distance
        if first is None:
            first = xp.full((n,), math.inf, dtype=xp.float64, device=dispatch.get_device(base))
        rounding, work = RoundingSlack.from_batch(batch, [base, neighbor]), batch.scaled.work
        return cls(batch.scaled.d, n, base, neighbor, lineage.gap, lineage.parent_distance, first, rounding, work)

    @property
    def eps(self) -> float:
        return 4 * (self.n_features + 8) * U64

    @property
    def n_synthetic(self) -> int:
        return int(self.gap.shape[0])

    @property
    def blocks(self) -> list[slice]:
        return self.work.blocks(self.n_synthetic, self.work.rows_in_cache(128.0))

    def nearer_parent(self, rows: Array | slice) -> Array:
        """The nearer parent of synthetic rows (numbers, from 0, or a slice)."""
        gap, base, neighbor = (take_or_slice(values, rows) for values in (self.gap, self.base, self.neighbor))
        return dispatch.namespace(gap).where(gap < 0.5, base, neighbor)

    def distance_to_parent(self, rows: Array | slice) -> Array:
        """Distance of points to their nearer parents, min(g, 1 − g) L, from above."""
        gap, length = take_or_slice(self.gap, rows), take_or_slice(self.parent_distance, rows)
        return dispatch.namespace(gap).minimum(gap, 1 - gap) * length * (1 + self.eps)

    def rounding_slack(self, rows: Array | slice) -> Array:
        """Bound on the distance from stored rows to the points of their segments."""
        return self.rounding.slack(
            *(take_or_slice(part, rows) for part in (self.base, self.neighbor, self.gap, self.parent_distance))
        )

    @cached_property
    def child_reach(self) -> Array:
        """How far the farthest child of each original (n,) is from it, as nearer parent, from above; −1: no child.

        A row within δ of a point z is an original within δ, or a child of an original o with d(z, o) ≤ δ + reach(o).
        """
        none = dispatch.namespace(self.gap).ones_like(self.first_neighbor_distance)
        return -self._scatter_min_to_parents(
            none, lambda block: -(self.distance_to_parent(block) + self.rounding_slack(block))
        )

    def _scatter_min_to_parents(self, target: Array, values: Callable[[slice], Array]) -> Array:
        """`target` (n,), lowered at the nearer parent of each synthetic row to its value."""
        for block in self.blocks:
            target = indexing.scatter_min(target, self.nearer_parent(block), values(block))
        return target

    @cached_property
    def same_class_upper_bound(self) -> tuple[Array, Array]:
        """Distance to some row of the same class, from above: of each original (n,) and of each synthetic row (m,).

        Of a synthetic row to the next one on the same undirected segment, or to the parent where it is the last; of an
        original also to its first neighbour. No search is needed, and with many rows an original these bounds are tiny.
        """
        xp, blocks = dispatch.namespace(self.gap), self.blocks
        order, threaded = self._segment_order(), len(blocks) >= THREADED_FROM_BLOCKS
        found = self.work.map_blocks(
            "bounds", lambda block: self._segment_neighbor_bounds(order, block), blocks, threaded=threaded
        )
        synthetic = indexing.inverse_permute(xp.concat([bound for bound, _, _ in found]), order)
        originals = xp.asarray(self.first_neighbor_distance, copy=True)
        for _, parents, bound in found:
            originals = indexing.scatter_min(originals, parents, bound)
        return originals, synthetic

    def _position_on_segment(self, rows: Array | slice) -> tuple[Array, Array, Array]:
        """The parent of the lower number, the other, and the place of synthetic rows on the way from it."""
        base, neighbor, gap = (take_or_slice(values, rows) for values in (self.base, self.neighbor, self.gap))
        xp, forward = dispatch.namespace(gap), base < neighbor
        low, high = xp.where(forward, base, neighbor), xp.where(forward, neighbor, base)
        return low, high, xp.where(forward, gap, 1 - gap)

    def _segment_order(self) -> Array:
        """Order of the synthetic rows: segment by segment, and along each."""

        def key(block: slice) -> Array:
            low, high, at = self._position_on_segment(block)
            return dispatch.as_float64(low) * self.n_originals + dispatch.as_float64(high) + at

        # one sort of a float key: where its rounding swaps two rows of a segment the bounds are looser, and still bounds
        xp, blocks = dispatch.namespace(self.gap), self.blocks
        keys = self.work.map_blocks("bounds", key, blocks, threaded=len(blocks) >= THREADED_FROM_BLOCKS)
        return xp.argsort(xp.concat(keys), stable=False)

    def _segment_neighbor_bounds(self, order: Array, block: slice) -> tuple[Array, Array, Array]:
        """For a block of `order`: the distance to the row before or after, and parents with what the rows beside them say."""
        xp, start = dispatch.namespace(order), max(block.start - 1, 0)
        rows = order[start : min(block.stop + 1, self.n_synthetic)]  # and one on either side
        low, high, at = self._position_on_segment(rows)
        length, slack = matrices.take_dense_rows(self.parent_distance, rows), self.rounding_slack(rows)
        margin, none, false = 2 * self.eps * length, at[:1] * 0, low[:1] != low[:1]
        same = (low[1:] == low[:-1]) & (high[1:] == high[:-1])
        first, last = ~xp.concat([false, same]), ~xp.concat([same, false])
        step = xp.abs(at[1:] - at[:-1]) * length[1:] + slack[:-1] + slack[1:]
        before = xp.where(first, at * length + slack, xp.concat([none, step])) + margin
        after = xp.where(last, (1 - at) * length + slack, xp.concat([step, none])) + margin
        own = slice(block.start - start, block.stop - start)
        low, high, before, after, first, last = (part[own] for part in (low, high, before, after, first, last))
        starts, ends = indexing.flatnonzero(first), indexing.flatnonzero(last)
        parents = xp.concat([xp.take(low, starts), xp.take(high, ends)])
        return xp.minimum(before, after), parents, xp.concat([xp.take(before, starts), xp.take(after, ends)])

    @property
    def enemy_radius(self) -> Array:
        """How far an enemy of an original (n,) may be and still matter: what is nearer to it, or to a child of it as nearer
        parent, than a row of its own class lies within. From above.
        """
        originals = self.same_class_upper_bound[0]
        own = indexing.clip(originals, None, DISTANCE_CAP)
        return widen_up(-self._scatter_min_to_parents(-own, lambda block: -self.search_radius(block)), self.n_features)

    def enemy_lower_bound(self, enemy: Array, rows: Array | slice) -> Array:
        """Distance of synthetic rows (numbers, or a slice) to any row outside their class, from below, by Stewart's theorem.

        d(s, m)² = (1 − g) d(p, m)² + g d(q, m)² − g (1 − g) L² for every row m, so it is at least that with the distances
        `enemy` (n,) of the parents to their nearest enemies, from below; and at least d(p, m) − g L, where `enemy` only says
        that no enemy is in the scope of p.
        """
        xp = dispatch.namespace(enemy)
        g, L = take_or_slice(self.gap, rows), take_or_slice(self.parent_distance, rows)
        p, q = (
            indexing.clip(xp.take(enemy, take_or_slice(parent, rows)), 0, DISTANCE_CAP)
            for parent in (self.base, self.neighbor)
        )
        p2, q2, L2 = p * p, q * q, L * L
        square = (1 - g) * p2 + g * q2 - g * (1 - g) * L2 - 4 * self.eps * (p2 + q2 + L2)
        straight = xp.maximum(p - g * L * (1 + self.eps), q - (1 - g) * L * (1 + self.eps))
        least = xp.maximum(xp.sqrt(indexing.clip(square, 0, None)), straight)
        return widen_down(least - self.rounding_slack(rows), self.n_features)

    def search_radius(self, rows: Array | slice) -> Array:
        """Radius around the nearer parent that holds every row nearer to the synthetic row than its bound `nearest`."""
        return widen_up(
            self.distance_to_parent(rows)
            + self.rounding_slack(rows)
            + take_or_slice(self.same_class_upper_bound[1], rows),
            self.n_features,
        )


def take_or_slice(values: Array, rows: Array | slice) -> Array:
    return values[rows] if isinstance(rows, slice) else matrices.take_dense_rows(values, rows)


@dataclass(frozen=True)
class RoundingSlack:
    """How far a stored synthetic row may be from the point p + g (q − p) of its segment, in scaled units.

    With N = max(‖p‖, ‖q‖), not centred, and unit roundoffs u of the dtypes (`write`): the difference errs by u_step ‖q − p‖,
    product and sum by 2⁻⁵³ (L + N), storing by u_store N; a longdouble row is rounded to float64 besides. All of it is widened
    for what multiplies. An integer column adds ½, a float column half its least subnormal, for each of two roundings.

    Attributes
    ----------
    norms : float64 array (n,)
        Of the originals that are parents.
    step, store, whole : float
        u_step, u_store, and what does not depend on the row.
    """

    norms: Array
    step: float
    store: float
    absolute: float

    @classmethod
    def from_batch(cls, batch: Batch, parents: list[Array]) -> RoundingSlack:
        own = dispatch.numpy_dtype(batch.X)
        stored = [np.dtype(dtype) for dtype in batch.dtypes or (own,)]
        floats = [np.finfo(dtype) for dtype in {*stored, own} if dtype.kind == "f"]
        step = float(np.finfo(own).eps) / 2 if own.kind == "f" else 0.0
        store = max((float(np.finfo(dtype).eps) / 2 for dtype in stored if dtype.kind == "f"), default=0.0)
        d, exponent = batch.scaled.d, batch.scaled.exponent
        integers = d * sum(dtype.kind != "f" for dtype in stored) / len(stored)
        whole = math.ldexp(math.sqrt(integers) / 2, exponent)
        for info in floats:
            whole += math.ldexp(2 * math.sqrt(d), int(info.minexp) - int(info.nmant) - 1 + exponent)
        xp = dispatch.namespace(parents[0])
        norms = xp.zeros(batch.n_originals, dtype=xp.float64, device=dispatch.get_device(parents[0]))
        rows = indexing.flatnonzero(indexing.mask_from_indices(norms, parents))
        return cls(indexing.scatter_set(norms, rows, batch.scaled.norms(rows)), step, store, whole)

    def slack(self, base: Array, neighbor: Array, gap: Array, length: Array) -> Array:
        """The bound for synthetic rows of these parents, gaps and lengths."""
        xp = dispatch.namespace(gap)
        N = xp.maximum(xp.take(self.norms, base), xp.take(self.norms, neighbor))
        moved = self.step * gap * length + (self.store + 2.0**-50) * N + 2.0**-50 * length
        return (1 + 2.0**-7) * moved + self.absolute
