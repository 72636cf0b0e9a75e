"""Candidates verified from both ends: no third row may be as near. No index over the synthetic rows is needed to know."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from gpu_smotetomek import arrays
from gpu_smotetomek.neighbors import Space, scaled_rows
from gpu_smotetomek.neighbors.exact import Neighbors, down, up
from gpu_smotetomek.resampling.lineage_bounds import Descent
from gpu_smotetomek.typing import Array, Integers

LISTED = 16  # parents listed around an end


@dataclass(frozen=True)
class Ends:
    """Ends of candidate pairs: rows (m,), their partners (m,), and the squared distances between them (m,)."""

    space: Space
    rows: Array
    partners: Array
    D: Array

    def take(self, rows: Array) -> Ends:
        return Ends(self.space, *(arrays.take_flat(part, rows) for part in (self.rows, self.partners, self.D)))

    def part(self, block: slice) -> Ends:
        return Ends(self.space, self.rows[block], self.partners[block], self.D[block])

    @property
    def delta(self) -> Array:
        return up(arrays.namespace(self.D).sqrt(self.D), self.space.d)

    def look(self, owner: Array, others: Array) -> tuple[Array, Array]:
        """Squared distances (f,) from the ends `owner` to the rows `others`, and which of these are third rows as near."""
        own, partner, D = (arrays.take_flat(part, owner) for part in (self.rows, self.partners, self.D))
        found = self.space.pairs(own, others)[:, 0]
        return found, (found <= D) & (others != own) & (others != partner)


@dataclass(frozen=True)
class Kin:
    """The originals that have children, with their children, around any row.

    Parameters
    ----------
    descent : Descent
    parents : Neighbors
        The originals with children.
    """

    descent: Descent
    parents: Neighbors

    @cached_property
    def children(self) -> tuple[Array, Array, Array]:
        """Synthetic rows in the order of their nearer parents; of each original, its first place in it, and their number."""
        order, starts, numbers = arrays.grouped(self.descent.near(slice(None)), self.descent.n)
        return self.descent.n + order, starts, numbers

    @cached_property
    def by_reach(self) -> tuple[Array, Array]:
        """The parents in the order of their reach, and the reaches, ascending."""
        rows = self.parents.rows
        xp = arrays.namespace(rows)
        reach = xp.take(self.descent.reach, rows)
        order = xp.argsort(reach, stable=False)
        return xp.take(rows, order), xp.take(reach, order)

    def alone(self, ends: Ends) -> Array:
        """Mask of the ends to which no parent and no child is as near as the partner.

        A child within δ of an end has its nearer parent o within δ + reach(o). Such a parent is listed around the end, or is
        beyond the list and reaches back over what the list certifies: those are few, and looked at apart.
        """
        work, m = self.parents.space.work, int(ends.rows.shape[0])
        blocks = work.blocks(m, work.rows(96.0 * (LISTED + 2)))
        none = ends.rows[:0] != ends.rows[:0]
        return arrays.namespace(none).concat([none, *(self._alone(ends.part(block)) for block in blocks)])

    def _alone(self, ends: Ends) -> Array:
        xp = arrays.namespace(ends.rows)
        broken = xp.zeros_like(ends.rows, dtype=xp.bool)
        listed, low = self.parents.lists(ends.rows, LISTED)
        own = xp.where(ends.rows < self.descent.n, ends.rows, listed[:, 0])  # a list need not hold the end itself
        listed = xp.concat([own[:, None], listed], axis=1)
        owner, _ = arrays.expanded(xp.full_like(ends.rows, listed.shape[1]))
        broken = self._broken(broken, ends, owner, xp.reshape(listed, (-1,)))

        left = arrays.rows_where(~broken)
        for owner, parents in self._from_afar(ends.take(left), xp.take(low, left)):
            broken = self._broken(broken, ends, xp.take(left, owner), parents)
        return ~broken

    def _from_afar(self, ends: Ends, low: Array) -> Iterator[tuple[Array, Array]]:
        """Pairs of an end (its number) and a parent that reaches back to it from beyond `low`, as far as three axes can tell."""
        xp, space = arrays.namespace(low), self.parents.space
        by_reach, reach = self.by_reach
        first = xp.searchsorted(reach, down(low, self.descent.d) - ends.delta)
        counts, delta = by_reach.shape[0] - first, ends.delta
        error = scaled_rows.coordinate_error(space)
        axes = list(
            zip(scaled_rows.coordinates(space, ends.rows), scaled_rows.coordinates(space, by_reach), strict=True)
        )

        def near(block: slice) -> tuple[Array, Array]:
            owner, place = arrays.expanded(counts[block])
            owner, place = owner + block.start, place + xp.take(first[block], owner)
            for here, there in axes:
                apart = xp.abs(xp.take(here, owner) - xp.take(there, place))
                limit = (xp.take(delta, owner) + xp.take(reach, place)) * (1 + 2.0**-20) + error
                some = arrays.rows_where(apart <= limit)
                owner, place = xp.take(owner, some), xp.take(place, some)
            return owner, xp.take(by_reach, place)

        return self._found(counts, near)

    def _found(self, counts: Array, look: Callable[[slice], tuple[Array, Array]]) -> Iterator[tuple[Array, Array]]:
        """What `look` finds in the lists of a block of owners, of these lengths: on all threads, as much at a time as the budget
        holds.
        """
        work, xp = self.parents.space.work, arrays.namespace(counts)
        lengths = arrays.to_host(counts)
        for span in spans(lengths, work.rows(64.0)):
            # each step on a block is long beside a change of threads
            blocks = list(spans(lengths[span], work.cached(8.0), span.start))
            found = work.each("bounds", look, blocks)
            yield xp.concat([owner for owner, _ in found]), xp.concat([rows for _, rows in found])

    def _broken(self, broken: Array, ends: Ends, owner: Array, parents: Array) -> Array:
        """`broken`, with the ends `owner` (f,) to which the `parents` (f,) or a child of theirs is too near."""
        xp, d = arrays.namespace(owner), self.descent.d
        found, too_near = ends.look(owner, parents)
        broken = broken | arrays.marked(broken, [xp.take(owner, arrays.rows_where(too_near))])
        reached = down(xp.sqrt(found), d) <= xp.take(ends.delta, owner) + xp.take(self.descent.reach, parents)
        reached = arrays.rows_where(reached & ~xp.take(broken, owner))
        owner, parents = xp.take(owner, reached), xp.take(parents, reached)
        away, delta = xp.sqrt(xp.take(found, reached)), xp.take(ends.delta, owner)
        rows, starts, numbers = self.children
        counts, starts = xp.take(numbers, parents), xp.take(starts, parents)

        def near(block: slice) -> tuple[Array, Array]:
            entry, place = arrays.expanded(counts[block])
            children = xp.take(rows, place + xp.take(starts[block], entry))
            # a child within δ of the end is about as far from the parent as the end is
            some = self._same_distance(children, xp.take(away[block], entry), xp.take(delta[block], entry))
            return xp.take(owner[block], xp.take(entry, some)), xp.take(children, some)

        for whose, children in self._found(counts, near):
            _, too_near = ends.look(whose, children)
            broken = broken | arrays.marked(broken, [xp.take(whose, arrays.rows_where(too_near))])
        return broken

    def _same_distance(self, children: Array, away: Array, delta: Array) -> Array:
        """Which of the children, whose nearer parents are `away` from ends, are not too near to or too far from them for δ."""
        d = self.descent.d
        made = children - self.descent.n
        half, slack = self.descent.half(made), self.descent.slack(made)
        far, short = down(away, d) - half - slack, down(half, d) - slack - up(away, d)
        return arrays.rows_where((far <= delta) & (short <= delta))


def spans(lengths: Integers, most: int, first: int = 0) -> Iterator[slice]:
    """Consecutive entries, from the `first` on, whose lengths sum to about `most` at the most, or single ones."""
    total = np.cumsum(lengths)
    start = 0
    while start < len(total):
        before = total[start - 1] if start else 0
        stop = max(start + 1, int(np.searchsorted(total, before + most, side="right")))
        yield slice(first + start, first + stop)
        start = stop


def alone_among(ends: Ends, others: Neighbors) -> Array:
    """Mask of the ends to which no third row of `others` is as near as the partner."""
    D, found = others.nearest(ends.rows, 2, ends.delta)
    return ~arrays.namespace(D).any((ends.D[:, None] >= D) & (found != ends.partners[:, None]), axis=1)
