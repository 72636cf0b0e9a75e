"""Candidates verified from both ends: no third row may be as near. No index over the synthetic rows is needed to know."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from gpu_smotetomek.arrays import dispatch, indexing
from gpu_smotetomek.neighbors import ScaledRows, scaled_rows
from gpu_smotetomek.neighbors.exact import ExactSearch, widen_down, widen_up
from gpu_smotetomek.resampling.lineage_bounds import LineageBounds
from gpu_smotetomek.typing import Array, Integers

PARENTS_PER_END = 16  # parents listed around an end


@dataclass(frozen=True)
class LinkEnds:
    """Ends of candidate pairs: rows (m,), their partners (m,), and the squared distances between them (m,)."""

    space: ScaledRows
    rows: Array
    partners: Array
    sq_distances: Array

    def take(self, rows: Array) -> LinkEnds:
        return LinkEnds(
            self.space, *(indexing.take_flat(part, rows) for part in (self.rows, self.partners, self.sq_distances))
        )

    def slice(self, block: slice) -> LinkEnds:
        return LinkEnds(self.space, self.rows[block], self.partners[block], self.sq_distances[block])

    @property
    def distance_upper_bound(self) -> Array:
        return widen_up(dispatch.namespace(self.sq_distances).sqrt(self.sq_distances), self.space.d)

    def compare(self, owner: Array, others: Array) -> tuple[Array, Array]:
        """Squared distances (f,) from the ends `owner` to the rows `others`, and which of these are third rows as near."""
        own, partner, D = (indexing.take_flat(part, owner) for part in (self.rows, self.partners, self.sq_distances))
        found = self.space.sq_distances(own, others)[:, 0]
        return found, (found <= D) & (others != own) & (others != partner)


@dataclass(frozen=True)
class FamilyIndex:
    """The originals that have children, with their children, around any row.

    Parameters
    ----------
    descent : Descent
    parents : Neighbors
        The originals with children.
    """

    descent: LineageBounds
    parents: ExactSearch

    @cached_property
    def children(self) -> tuple[Array, Array, Array]:
        """Synthetic rows in the order of their nearer parents; of each original, its first place in it, and their number."""
        order, starts, numbers = indexing.group_by(self.descent.nearer_parent(slice(None)), self.descent.n_originals)
        return self.descent.n_originals + order, starts, numbers

    @cached_property
    def parents_by_reach(self) -> tuple[Array, Array]:
        """The parents in the order of their reach, and the reaches, ascending."""
        rows = self.parents.rows
        xp = dispatch.namespace(rows)
        reach = xp.take(self.descent.child_reach, rows)
        order = xp.argsort(reach, stable=False)
        return xp.take(rows, order), xp.take(reach, order)

    def no_closer_relative(self, ends: LinkEnds) -> Array:
        """Mask of the ends to which no parent and no child is as near as the partner.

        A child within δ of an end has its nearer parent o within δ + reach(o). Such a parent is listed around the end, or is
        beyond the list and reaches back over what the list certifies: those are few, and looked at apart.
        """
        work, m = self.parents.space.work, int(ends.rows.shape[0])
        blocks = work.blocks(m, work.rows_per_block(96.0 * (PARENTS_PER_END + 2)))
        none = ends.rows[:0] != ends.rows[:0]
        return dispatch.namespace(none).concat(
            [none, *(self._no_closer_relative(ends.slice(block)) for block in blocks)]
        )

    def _no_closer_relative(self, ends: LinkEnds) -> Array:
        xp = dispatch.namespace(ends.rows)
        broken = xp.zeros_like(ends.rows, dtype=xp.bool)
        listed, low = self.parents.list_candidates(ends.rows, PARENTS_PER_END)
        own = xp.where(
            ends.rows < self.descent.n_originals, ends.rows, listed[:, 0]
        )  # a list need not hold the end itself
        listed = xp.concat([own[:, None], listed], axis=1)
        owner, _ = indexing.ragged_arange(xp.full_like(ends.rows, listed.shape[1]))
        broken = self._mark_broken(broken, ends, owner, xp.reshape(listed, (-1,)))

        left = indexing.flatnonzero(~broken)
        for owner, parents in self._far_reaching_parents(ends.take(left), xp.take(low, left)):
            broken = self._mark_broken(broken, ends, xp.take(left, owner), parents)
        return ~broken

    def _far_reaching_parents(self, ends: LinkEnds, low: Array) -> Iterator[tuple[Array, Array]]:
        """Pairs of an end (its number) and a parent that reaches back to it from beyond `low`, as far as three axes can tell."""
        xp, space = dispatch.namespace(low), self.parents.space
        by_reach, reach = self.parents_by_reach
        first = xp.searchsorted(reach, widen_down(low, self.descent.n_features) - ends.distance_upper_bound)
        counts, delta = by_reach.shape[0] - first, ends.distance_upper_bound
        error = scaled_rows.coordinate_error(space)
        axes = list(
            zip(
                scaled_rows.leading_coordinates(space, ends.rows),
                scaled_rows.leading_coordinates(space, by_reach),
                strict=True,
            )
        )

        def near(block: slice) -> tuple[Array, Array]:
            owner, place = indexing.ragged_arange(counts[block])
            owner, place = owner + block.start, place + xp.take(first[block], owner)
            for here, there in axes:
                apart = xp.abs(xp.take(here, owner) - xp.take(there, place))
                limit = (xp.take(delta, owner) + xp.take(reach, place)) * (1 + 2.0**-20) + error
                some = indexing.flatnonzero(apart <= limit)
                owner, place = xp.take(owner, some), xp.take(place, some)
            return owner, xp.take(by_reach, place)

        return self._expand_lists(counts, near)

    def _expand_lists(
        self, counts: Array, look: Callable[[slice], tuple[Array, Array]]
    ) -> Iterator[tuple[Array, Array]]:
        """What `look` finds in the lists of a block of owners, of these lengths: on all threads, as much at a time as the budget
        holds.
        """
        work, xp = self.parents.space.work, dispatch.namespace(counts)
        lengths = dispatch.to_numpy(counts)
        for span in split_by_total(lengths, work.rows_per_block(64.0)):
            # each step on a block is long beside a change of threads
            blocks = list(split_by_total(lengths[span], work.rows_in_cache(8.0), span.start))
            found = work.map_blocks("bounds", look, blocks)
            yield xp.concat([owner for owner, _ in found]), xp.concat([rows for _, rows in found])

    def _mark_broken(self, broken: Array, ends: LinkEnds, owner: Array, parents: Array) -> Array:
        """`broken`, with the ends `owner` (f,) to which the `parents` (f,) or a child of theirs is too near."""
        xp, d = dispatch.namespace(owner), self.descent.n_features
        found, too_near = ends.compare(owner, parents)
        broken = broken | indexing.mask_from_indices(broken, [xp.take(owner, indexing.flatnonzero(too_near))])
        reached = widen_down(xp.sqrt(found), d) <= xp.take(ends.distance_upper_bound, owner) + xp.take(
            self.descent.child_reach, parents
        )
        reached = indexing.flatnonzero(reached & ~xp.take(broken, owner))
        owner, parents = xp.take(owner, reached), xp.take(parents, reached)
        away, delta = xp.sqrt(xp.take(found, reached)), xp.take(ends.distance_upper_bound, owner)
        rows, starts, numbers = self.children
        counts, starts = xp.take(numbers, parents), xp.take(starts, parents)

        def near(block: slice) -> tuple[Array, Array]:
            entry, place = indexing.ragged_arange(counts[block])
            children = xp.take(rows, place + xp.take(starts[block], entry))
            # a child within δ of the end is about as far from the parent as the end is
            some = self._at_matching_distance(children, xp.take(away[block], entry), xp.take(delta[block], entry))
            return xp.take(owner[block], xp.take(entry, some)), xp.take(children, some)

        for whose, children in self._expand_lists(counts, near):
            _, too_near = ends.compare(whose, children)
            broken = broken | indexing.mask_from_indices(broken, [xp.take(whose, indexing.flatnonzero(too_near))])
        return broken

    def _at_matching_distance(self, children: Array, away: Array, delta: Array) -> Array:
        """Which of the children, whose nearer parents are `away` from ends, are not too near to or too far from them for δ."""
        d = self.descent.n_features
        made = children - self.descent.n_originals
        half, slack = self.descent.distance_to_parent(made), self.descent.rounding_slack(made)
        far, short = widen_down(away, d) - half - slack, widen_down(half, d) - slack - widen_up(away, d)
        return indexing.flatnonzero((far <= delta) & (short <= delta))


def split_by_total(lengths: Integers, most: int, first: int = 0) -> Iterator[slice]:
    """Consecutive entries, from the `first` on, whose lengths sum to about `most` at the most, or single ones."""
    total = np.cumsum(lengths)
    start = 0
    while start < len(total):
        before = total[start - 1] if start else 0
        stop = max(start + 1, int(np.searchsorted(total, before + most, side="right")))
        yield slice(first + start, first + stop)
        start = stop


def no_closer_row(ends: LinkEnds, others: ExactSearch) -> Array:
    """Mask of the ends to which no third row of `others` is as near as the partner."""
    D, found = others.kneighbors(ends.rows, 2, ends.distance_upper_bound)
    return ~dispatch.namespace(D).any((ends.sq_distances[:, None] >= D) & (found != ends.partners[:, None]), axis=1)
