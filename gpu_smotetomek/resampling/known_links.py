"""Tomek links of an input with new synthetic rows, where the lists around its rows are known from `KnownOriginals`.

A synthetic row s lies at distance t from its nearer parent p, and a row of its own class is at distance u at most. So an enemy
j in a link with s has |d(p, j) − t| ≤ u, by the triangle inequality: it is in a narrow ring of the list around p.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from gpu_smotetomek.arrays import dispatch, indexing
from gpu_smotetomek.neighbors import SearchSelector
from gpu_smotetomek.neighbors.exact import ExactSearch
from gpu_smotetomek.neighbors.reuse import extend_search
from gpu_smotetomek.neighbors.rounding import widen_down, widen_up
from gpu_smotetomek.neighbors.scaled_rows import THREADED_FROM_BLOCKS
from gpu_smotetomek.resampling.batch import Batch
from gpu_smotetomek.resampling.candidate_links import FILTER_MARGIN, CandidateLinks, filter_by_bounds
from gpu_smotetomek.resampling.known_family import KnownFamily, Ring
from gpu_smotetomek.resampling.known_originals import KnownOriginals, find_known_originals
from gpu_smotetomek.resampling.lineage_bounds import BYTES_PER_SYNTHETIC_ROW, LineageBounds
from gpu_smotetomek.resampling.link_verification import Pairs, no_closer_row
from gpu_smotetomek.resampling.rounding_slack import RoundingSlack
from gpu_smotetomek.typing import Array, Integers

QUICK_RADII = 2 + 2.0**-10  # distances to the nearer parent within which the first filter expects an enemy


def find_known_links(batch: Batch, bounds: LineageBounds, selector: SearchSelector) -> Integers | None:
    """Links (n_links, 2) of a batch whose originals are known; None where they are not, or more than one class grew."""
    known_batch = find_known_originals(batch, selector.ctx.memo)
    codes = np.unique(batch.codes[batch.n_originals :])
    if known_batch is None or len(codes) != 1 or np.count_nonzero(batch.class_counts) != 2 or batch.has_copies:
        return None
    if not all(math.isfinite(float(part)) for part in limit_slack(bounds.rounding)):  # rings would have no ends
        return None
    memo, code = selector.ctx.memo, int(codes[0])
    assert memo is not None
    key = ("links", memo.find(known_batch), code)
    known = memo.recall(key, lambda: KnownOriginals.from_batch(known_batch, code, SearchSelector(selector.ctx)))
    enemies, relatives = (
        extend_search(search, batch.scaled, selector.ctx, selector.statistics)
        for search in (known.enemies, known.relatives)
    )
    links = KnownLinks(bounds, known, enemies, KnownFamily(bounds, relatives, known)).find()
    return np.stack([dispatch.to_numpy_int64(links.i), dispatch.to_numpy_int64(links.j)], axis=1)


@dataclass(frozen=True)
class KnownLinks:
    """The search for links between enemies and a class that grew.

    Parameters
    ----------
    bounds : LineageBounds
    known : KnownOriginals
    enemies : ExactSearch
        Over the other class.
    family : KnownFamily
        The rows of the class that grew.
    """

    bounds: LineageBounds
    known: KnownOriginals
    enemies: ExactSearch
    family: KnownFamily

    def find(self) -> CandidateLinks:
        """All links; i is of the class that grew. What breaks most candidates for little work comes first."""
        positions, nearest_child = self._filter_children()
        of_originals = self._drop_parents_with_near_child(nearest_child)
        candidates = CandidateLinks.concat([of_originals, *self._find_nearest_enemies(positions)])
        links = candidates.keep_strictly_nearest()
        links = links.select(self._no_closer_enemy(links))
        links = links.select(self.family.no_closer_listed_relative(links))
        links = links.select(self.family.no_closer_listed_relative(links.reversed))
        links = links.select(self.family.no_closer_relative(links))
        return links.select(self.family.no_closer_relative(links.reversed))

    def _filter_children(self) -> tuple[Array, Array]:
        """Positions of the synthetic rows that may have an enemy nearer than their nearer parent; distance (n,) to a near child.

        The first test takes the largest slack for all rows; the second one is Stewart's bound.
        """
        bounds, distance, d = self.bounds, self.known.enemy_distance, self.bounds.d
        xp, widening = dispatch.namespace(distance), 1 + bounds.relative_error
        slope, constant = limit_slack(bounds.rounding)

        def filter_block(block: slice) -> tuple[Array, Array, Array]:
            gap, length, parent = bounds.gap[block], bounds.parent_distance[block], bounds.nearer_parent(block)
            reach = widen_up(xp.minimum(gap, 1 - gap) * length * widening + slope * length + constant, d)
            positions = block.start + indexing.flatnonzero(xp.take(distance, parent) < reach * QUICK_RADII)
            own_class = bounds.distance_to_parent(positions) + bounds.rounding_slack(positions)
            may_link = bounds.enemy_lower_bound(distance, positions) < widen_up(own_class, d)
            return xp.take(positions, indexing.flatnonzero(may_link)), parent, reach

        parts = bounds.ctx.map_rows(
            "bounds", filter_block, bounds.n_synthetic, BYTES_PER_SYNTHETIC_ROW, threaded_from=THREADED_FROM_BLOCKS
        )
        positions, parents, reach = (xp.concat([part[i] for part in parts]) for i in range(3))
        # an upper bound of the reach, in place of the least one, which takes another pass over all rows
        bounds.__dict__["child_reach"] = -indexing.scatter_min(xp.ones_like(distance), parents, -reach)
        nearest_child = indexing.scatter_min(xp.full_like(distance, xp.inf), parents, reach)
        return positions, nearest_child

    def _drop_parents_with_near_child(self, nearest_child: Array) -> CandidateLinks:
        """The links of the input without those whose end i has a child that is as near as j."""
        links, xp = self.known.links, dispatch.namespace(nearest_child)
        distance = widen_down(xp.sqrt(links.sq_distances), self.bounds.d)
        return links.select(indexing.take_1d(nearest_child, links.i) > distance)

    def _find_nearest_enemies(self, positions: Array) -> list[CandidateLinks]:
        """Candidate links of the synthetic rows at these positions, of which siblings rule out more."""
        if not positions.shape[0]:
            return []
        bounds, xp = take_synthetic_bounds(self.bounds, positions), dispatch.namespace(positions)
        left = filter_by_bounds(
            bounds, self.known.enemy_distance, xp.arange(positions.shape[0], device=dispatch.get_device(positions))
        )
        rows, d = self.bounds.n_originals + xp.take(positions, left), bounds.d
        own_class = widen_up(xp.take(bounds.same_class_upper_bound.synthetic, left), d)
        owner = indexing.take_1d(self.known.positions, bounds.nearer_parent(left))
        to_parent, slack = bounds.distance_to_parent(left), bounds.rounding_slack(left)
        farthest = widen_up(to_parent + slack, d)  # from the parent, where the row may be
        last = indexing.take_1d(self.known.near_enemies.last, owner)
        # an infinite one says that all enemies are listed, however far the row is
        room = widen_down(widen_down(last, d) - xp.where(xp.isinf(last), xp.zeros_like(last), farthest), d)
        limit = xp.minimum(own_class, room)  # all enemies within it are listed
        ring = Ring(owner, widen_down(widen_down(to_parent, d), d) - slack - limit, farthest + limit)
        pairs = ring.list_rows(self.known.near_enemies, d, bounds.ctx)
        reach = limit * FILTER_MARGIN + (slack + 2 * self.enemies.scaled.leading_coordinate_error)
        child, candidates = self._filter_by_axes(take_synthetic_bounds(bounds, left), reach, pairs)
        sq_distances = self.enemies.scaled.sq_distances(xp.take(rows, child), candidates, bounds.ctx)[:, 0]
        within = indexing.flatnonzero(widen_up(xp.sqrt(sq_distances), d) <= xp.take(limit, child))
        is_settled = indexing.mask_from_indices(rows, [xp.take(child, within)])
        # seen from the candidate, so that `keep_strictly_nearest` keeps the nearest candidate of each child
        links = (
            CandidateLinks(candidates, xp.take(rows, child), sq_distances).take(within).keep_strictly_nearest().reversed
        )
        short = indexing.flatnonzero(~is_settled & (room < own_class))
        rows, own_class = xp.take(rows, short), xp.take(own_class, short)
        return [links, CandidateLinks.from_lists(rows, self.enemies.kneighbors(rows, 2, own_class), own_class)]

    def _filter_by_axes(self, bounds: LineageBounds, reach: Array, pairs: Pairs) -> Pairs:
        """The pairs of a synthetic row and a candidate that are within `reach` (m,) as far as three axes show."""
        (child, candidates), xp = pairs, dispatch.namespace(reach)
        for axis in self.known.axes:
            base, neighbor = xp.take(axis, bounds.base), xp.take(axis, bounds.neighbor)
            place = base + bounds.gap * (neighbor - base)
            is_near = xp.abs(xp.take(place, child) - xp.take(axis, candidates)) <= xp.take(reach, child)
            near = indexing.flatnonzero(is_near)
            child, candidates = xp.take(child, near), xp.take(candidates, near)
        return child, candidates

    def _no_closer_enemy(self, links: CandidateLinks) -> Array:
        """Mask of the links to whose end j no other enemy is as near as i."""
        xp, d, ctx = dispatch.namespace(links.i), self.bounds.d, self.bounds.ctx
        ring = self.family.make_ring(links.reversed)
        is_covered = ring.is_within(self.known.near_enemies, d)
        covered, short = indexing.flatnonzero(is_covered), indexing.flatnonzero(~is_covered)
        of_covered = links.take(covered)
        end, others = ring.take(covered).list_rows(self.known.near_enemies, d, ctx)
        own = of_covered.take(end)
        sq_distances = self.enemies.scaled.sq_distances(own.j, others, ctx)[:, 0]
        is_closer = (sq_distances <= own.sq_distances) & (others != own.j)
        broken = xp.take(covered, xp.take(end, indexing.flatnonzero(is_closer)))
        of_short = links.take(short)
        is_lost = ~no_closer_row(of_short.reversed, self.enemies)
        return ~indexing.mask_from_indices(links.i, [broken, xp.take(short, indexing.flatnonzero(is_lost))])


def limit_slack(rounding: RoundingSlack) -> tuple[float, float]:
    """A slope and a constant: no slack is more than slope times parent distance plus constant."""
    margin, largest = 1 + 2.0**-6, float(dispatch.namespace(rounding.norms).max(rounding.norms))
    constant = (rounding.store + 2.0**-50) * largest + rounding.absolute
    return margin * (rounding.step + 2.0**-50), margin * constant


def take_synthetic_bounds(bounds: LineageBounds, positions: Array) -> LineageBounds:
    """The bounds of the synthetic rows at these positions, as if there were no others."""
    columns = {
        name: indexing.take_1d(getattr(bounds, name), positions)
        for name in ("base", "neighbor", "gap", "parent_distance")
    }
    return replace(bounds, **columns)
