"""Verification of one end of each candidate link: no third row may be as near to it as its partner.

`tomek.verify_links` checks both ends. The lineage shows where synthetic rows can be, so no index over them is needed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from gpu_smotetomek.arrays import dispatch, indexing
from gpu_smotetomek.neighbors.exact import ExactSearch
from gpu_smotetomek.neighbors.rounding import widen_down, widen_up
from gpu_smotetomek.resampling.candidate_links import FILTER_MARGIN, CandidateLinks
from gpu_smotetomek.resampling.lineage_bounds import LineageBounds
from gpu_smotetomek.typing import Array

PARENTS_PER_END = 16  # parents listed around an end
FAMILY_SECONDS_PER_LINK = 15e-6  # of `FamilyIndex` for the two ends of a candidate link, on one core in few dimensions
Pairs = tuple[Array, Array]
"""Positions of links (f,), whose end i is meant, and for each a row (f,)."""


class ChildrenByParent(NamedTuple):
    """Synthetic rows (m,) grouped by nearer parent; first position (n,) and number (n,) of the children of each original."""

    rows: Array
    start: Array
    count: Array


@dataclass(frozen=True)
class FamilyIndex:
    """The originals that have children, and all synthetic rows as their children, searchable around any row.

    Parameters
    ----------
    bounds : LineageBounds
    parents : ExactSearch
        Over the originals with children.
    """

    bounds: LineageBounds
    parents: ExactSearch

    @cached_property
    def children(self) -> ChildrenByParent:
        """All children, grouped by parent."""
        order, start, count = indexing.group_by(self.bounds.nearer_parent(slice(None)), self.bounds.n_originals)
        return ChildrenByParent(self.bounds.n_originals + order, start, count)

    @cached_property
    def parents_by_reach(self) -> tuple[Array, Array]:
        """The parents in the order of their child reach, and the reaches, ascending; 0 for a row without children."""
        rows = self.parents.rows
        xp = dispatch.namespace(rows)
        reach = indexing.clip(xp.take(self.bounds.child_reach, rows), 0, None)
        order = xp.argsort(reach, stable=False)
        return xp.take(rows, order), xp.take(reach, order)

    def no_closer_relative(self, links: CandidateLinks) -> Array:
        """Mask of the links to whose end i no other parent and no child is as near as j.

        The parents are all originals with children, of any class, so the check covers every row but childless originals. A child
        within δ of an end has its nearer parent o within δ + child_reach(o). Such a parent is listed around the end, or it is
        beyond the list with a reach that covers what the list certifies; of those, the few that three axes do not exclude are
        compared.
        """
        ctx, m = self.parents.ctx, int(links.i.shape[0])
        blocks = ctx.blocks(m, ctx.rows_per_block(96.0 * (PARENTS_PER_END + 2)))
        xp = dispatch.namespace(links.i)
        none = xp.zeros_like(links.i[:0], dtype=xp.bool)
        masks = (self._no_closer_relative(CandidateLinks(*(column[block] for column in links))) for block in blocks)
        return xp.concat([none, *masks])

    def _no_closer_relative(self, links: CandidateLinks) -> Array:
        xp = dispatch.namespace(links.i)
        pairs, lower_bound = self._list_parents(links)
        broken = self._mark_broken(xp.zeros_like(links.i, dtype=xp.bool), links, pairs)
        left = indexing.flatnonzero(~broken)
        for end, parents in self._far_reaching_parents(links.take(left), xp.take(lower_bound, left)):
            broken = self._mark_broken(broken, links, (xp.take(left, end), parents))
        return ~broken

    def _list_parents(self, links: CandidateLinks) -> tuple[Pairs, Array]:
        """Pairs of each end i and the parents near it, and a lower bound (m,) on the distance of the end to all others."""
        xp = dispatch.namespace(links.i)
        listed, lower_bound = self.parents.list_candidates(links.i, PARENTS_PER_END)
        # an end that is an original counts as a parent of its own, as its list need not hold it
        own = xp.where(links.i < self.bounds.n_originals, links.i, listed[:, 0])
        listed = xp.concat([own[:, None], listed], axis=1)
        end, _ = indexing.ragged_arange(xp.full_like(links.i, listed.shape[1]))
        return (end, xp.reshape(listed, (-1,))), lower_bound

    def _far_reaching_parents(self, links: CandidateLinks, lower_bound: Array) -> Iterator[Pairs]:
        """Pairs of an end and a parent beyond its `lower_bound` whose reach may cover the end, as far as three axes show."""
        xp, scaled, ctx = dispatch.namespace(lower_bound), self.parents.scaled, self.parents.ctx
        parents, reach = self.parents_by_reach
        delta = links.distance_upper_bound(self.bounds.d)
        counts = self._count_far_reaching(lower_bound, delta)
        n_far = int(xp.max(counts)) if counts.shape[0] else 0
        if not n_far:
            return
        parents, reach = parents[-n_far:], reach[-n_far:]
        first, error = n_far - counts, scaled.leading_coordinate_error
        axes = list(zip(*(scaled.leading_coordinates(rows, ctx) for rows in (links.i, parents)), strict=True))

        def filter_block(block: slice) -> Pairs:
            end, position = indexing.ragged_arange(counts[block])
            end, position = end + block.start, position + xp.take(first[block], end)
            for of_end, of_parent in axes:
                difference = xp.abs(xp.take(of_end, end) - xp.take(of_parent, position))
                limit = (xp.take(delta, end) + xp.take(reach, position)) * FILTER_MARGIN + error
                near = indexing.flatnonzero(difference <= limit)
                end, position = xp.take(end, near), xp.take(position, near)
            return end, xp.take(parents, position)

        yield from self._expand_lists(counts, filter_block)

    def _count_far_reaching(self, lower_bound: Array, delta: Array) -> Array:
        """Number (m,) of the parents whose reach covers all that is at `lower_bound` from an end."""
        xp, (_, reach) = dispatch.namespace(lower_bound), self.parents_by_reach
        return reach.shape[0] - xp.searchsorted(reach, widen_down(lower_bound, self.bounds.d) - delta)

    def _expand_lists(self, counts: Array, expand: Callable[[slice], Pairs]) -> Iterator[Pairs]:
        """The pairs of lists of these lengths, on all threads; as many at a time as the budget holds."""
        ctx, xp = self.parents.ctx, dispatch.namespace(counts)
        lengths = dispatch.to_numpy(counts)
        for span in indexing.split_by_total(lengths, ctx.rows_per_block(64.0)):
            blocks = list(indexing.split_by_total(lengths[span], ctx.rows_in_cache(8.0), span.start))
            parts = ctx.map_blocks("bounds", expand, blocks)
            yield xp.concat([end for end, _ in parts]), xp.concat([rows for _, rows in parts])

    def _mark_broken(self, broken: Array, links: CandidateLinks, pairs: Pairs) -> Array:
        """`broken`, with the links to whose end i a paired parent, or one of its children, is too near."""
        xp, d, (end, parents) = dispatch.namespace(broken), self.bounds.d, pairs
        sq_distances, is_too_near = self._compare(links, pairs)
        broken = broken | indexing.mask_from_indices(broken, [xp.take(end, indexing.flatnonzero(is_too_near))])
        delta, distance = links.distance_upper_bound(self.bounds.d), xp.sqrt(sq_distances)
        in_reach = widen_down(distance, d) <= xp.take(delta, end) + xp.take(self.bounds.child_reach, parents)
        in_reach = indexing.flatnonzero(in_reach & ~xp.take(broken, end))
        end, parents, distance = (xp.take(values, in_reach) for values in (end, parents, distance))
        delta, family = xp.take(delta, end), self.children
        counts, start = xp.take(family.count, parents), xp.take(family.start, parents)

        def filter_block(block: slice) -> Pairs:
            entry, position = indexing.ragged_arange(counts[block])
            children = xp.take(family.rows, position + xp.take(start[block], entry))
            # a child within δ of the end is about as far from the parent as the end is
            near = self._at_matching_distance(children, xp.take(distance[block], entry), xp.take(delta[block], entry))
            return xp.take(end[block], xp.take(entry, near)), xp.take(children, near)

        for family_pairs in self._expand_lists(counts, filter_block):
            _, is_too_near = self._compare(links, family_pairs)
            too_near = xp.take(family_pairs[0], indexing.flatnonzero(is_too_near))
            broken = broken | indexing.mask_from_indices(broken, [too_near])
        return broken

    def _compare(self, links: CandidateLinks, pairs: Pairs) -> tuple[Array, Array]:
        """Squared distances (f,) of the pairs, and a mask of those whose row is a third row as near as the partner."""
        others, own = pairs[1], links.take(pairs[0])
        sq_distances = self.parents.scaled.sq_distances(own.i, others, self.parents.ctx)[:, 0]
        is_third = (others != own.i) & (others != own.j)
        return sq_distances, (sq_distances <= own.sq_distances) & is_third

    def _at_matching_distance(self, children: Array, distance: Array, delta: Array) -> Array:
        """Positions of the children whose distance to the parent differs from that of the end by no more than δ.

        By the triangle inequality no other child is within δ of the end.
        """
        d, positions = self.bounds.d, children - self.bounds.n_originals
        to_parent, slack = self.bounds.distance_to_parent(positions), self.bounds.rounding_slack(positions)
        too_far = widen_down(distance, d) - to_parent - slack
        too_near = widen_down(to_parent, d) - slack - widen_up(distance, d)
        return indexing.flatnonzero((too_far <= delta) & (too_near <= delta))


def no_closer_row(links: CandidateLinks, others: ExactSearch) -> Array:
    """Mask of the links to whose end i no third row among `others` is as near as j."""
    lists = others.kneighbors(links.i, 2, links.distance_upper_bound(others.scaled.d))
    is_closer = (links.sq_distances[:, None] >= lists.sq_distances) & (lists.indices != links.j[:, None])
    return ~dispatch.namespace(is_closer).any(is_closer, axis=1)


def verify_by_search(links: CandidateLinks, earlier: ExactSearch, later: ExactSearch) -> CandidateLinks:
    """The candidates that are links, by a search around both ends.

    Parameters
    ----------
    links : CandidateLinks
    earlier, later : ExactSearch
        Over all rows up to the class of i, synthetic rows included, and over those of all later classes. Among the latter, j is
        the strictly nearest row to i already.
    """
    links = links.select(no_closer_row(links, earlier))
    links = links.select(no_closer_row(links.reversed, earlier))
    return links.select(no_closer_row(links.reversed, later))
