"""The nearest of the rows that are listed for a parent, for each of its children."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from gpu_smotetomek import arrays
from gpu_smotetomek.neighbors import Space, placing
from gpu_smotetomek.resampling.candidate_links import Pairs
from gpu_smotetomek.typing import Array


@dataclass(frozen=True)
class Listed:
    """Children, parent by parent, and what is listed for their parents.

    Attributes
    ----------
    space : Space
    parents : int64 array (p,)
        Those that have children here.
    rows : int64 array (p, w)
        Rows that are listed; the parent itself stands for nobody.
    children : int64 array (m,)
    owner : int64 array (m,)
        Place of each child's parent among the parents, ascending.
    bound : float64 array (m,)
        Distance beyond which nothing matters to a child.
    """

    space: Space
    parents: Array
    rows: Array
    children: Array
    owner: Array
    bound: Array

    @classmethod
    def of(cls, space: Space, lists: tuple[Array, Array], children: Array, owner: Array, bound: Array) -> Self:
        """From parents (q,) and lists (q, w), some of which nobody may ask about, and children in any order."""
        xp, (parents, rows) = arrays.namespace(children), lists
        asked = arrays.rows_where(arrays.marked(parents, [owner]))
        order = xp.argsort(owner, stable=False)
        owner = xp.searchsorted(asked, xp.take(owner, order))
        return cls(
            space,
            xp.take(parents, asked),
            arrays.take(rows, asked),
            xp.take(children, order),
            owner,
            xp.take(bound, order),
        )

    def pairs(self) -> list[Pairs]:
        """Each child with the listed row that is strictly nearest to it, where that is within its bound."""
        work = self.space.work
        size = work.rows(64.0 * int(self.rows.shape[1]))
        return [self._pairs(block) for block in work.blocks(int(self.children.shape[0]), size)]

    def _pairs(self, block: slice) -> Pairs:
        work, xp = self.space.work, arrays.namespace(self.children)
        bytes_of_one = int(self.rows.shape[1]) * (placing.bytes_of_coordinates(self.space) + 96)
        size = min(work.rows(bytes_of_one), work.cached(128.0))  # steps that are long beside a change of threads
        with work.alone():
            found = work.each("bounds", self._close, work.blocks(block.stop - block.start, size, block.start))
        child, other = (xp.concat([part[i] for part in found]) for i in (0, 1))
        rows = xp.take(self.children, child)
        pairs = Pairs(other, rows, self.space.pairs(rows, other)[:, 0])
        pairs = pairs.where(xp.sqrt(pairs.D) <= xp.take(self.bound, child)).strictly_nearest()
        return Pairs(pairs.j, pairs.i, pairs.D)

    def _close(self, block: slice) -> tuple[Array, Array]:
        """Places of children in the block, and rows listed for them, that are within the bound as far as three axes can tell."""
        space, owner, xp = self.space, self.owner[block], arrays.namespace(self.children)
        first, last = int(owner[0]), int(owner[-1])
        listed, owner = self.rows[first : last + 1, :], owner - first
        around = arrays.take(listed, owner)
        limit = (self.bound[block] * (1 + 2.0**-20) + placing.coordinate_error(space))[:, None]
        close = around != xp.take(self.parents, owner + first)[:, None]
        sides = (placing.coordinates(space, rows) for rows in (self.children[block], xp.reshape(listed, (-1,))))
        for here, there in zip(*sides, strict=True):
            close = close & (xp.abs(here[:, None] - arrays.take(xp.reshape(there, listed.shape), owner)) <= limit)
        at = arrays.rows_where(xp.reshape(close, (-1,)))
        return block.start + at // int(listed.shape[1]), xp.take(xp.reshape(around, (-1,)), at)
