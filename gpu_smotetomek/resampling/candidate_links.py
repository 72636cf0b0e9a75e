"""Candidates for links: pairs of rows of which one is the nearest of a class to the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from gpu_smotetomek import arrays
from gpu_smotetomek.execution import Work
from gpu_smotetomek.neighbors import Space, scaled_rows
from gpu_smotetomek.neighbors.exact import Neighbors, down, up
from gpu_smotetomek.neighbors.scaled_rows import MANY
from gpu_smotetomek.resampling.lineage_bounds import Descent
from gpu_smotetomek.typing import Array


@dataclass(frozen=True)
class Pairs:
    """Rows i, each with the row j that is strictly nearest to it among those of later classes, and their squared distance."""

    i: Array
    j: Array
    D: Array

    def where(self, mask: Array) -> Pairs:
        rows = arrays.rows_where(mask)
        return Pairs(*(arrays.take_flat(part, rows) for part in (self.i, self.j, self.D)))

    @staticmethod
    def of(i: Array, D: Array, found: Array, bound: Array) -> Pairs:
        """From lists of two: rows of which the first is strictly nearer than the second and than a row within `bound`."""
        xp = arrays.namespace(D)
        return Pairs(i, found[:, 0], D[:, 0]).where((D[:, 0] < D[:, 1]) & (xp.sqrt(D[:, 0]) <= bound))

    def strictly_nearest(self) -> Pairs:
        """Without those whose j is as near to another i: each j is in one link at most."""
        xp = arrays.namespace(self.D)
        if not self.D.shape[0]:
            return self
        order = xp.argsort(self.D, stable=True)
        order = xp.take(order, xp.argsort(xp.take(self.j, order), stable=True))
        j, D = xp.take(self.j, order), xp.take(self.D, order)
        same, false = j[1:] == j[:-1], j[:1] != j[:1]
        follows, tied = xp.concat([false, same]), xp.concat([same & (D[1:] == D[:-1]), false])
        return self.where(arrays.marked(self.D, [xp.take(order, arrays.rows_where(~follows & ~tied))]))

    @staticmethod
    def joined(pairs: list[Pairs]) -> Pairs:
        xp = arrays.namespace(pairs[0].i)
        return Pairs(*(xp.concat([getattr(part, name) for part in pairs]) for name in ("i", "j", "D")))


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
        bytes_of_one = int(self.rows.shape[1]) * (scaled_rows.bytes_of_coordinates(self.space) + 96)
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
        limit = (self.bound[block] * (1 + 2.0**-20) + scaled_rows.coordinate_error(space))[:, None]
        close = around != xp.take(self.parents, owner + first)[:, None]
        sides = (scaled_rows.coordinates(space, rows) for rows in (self.children[block], xp.reshape(listed, (-1,))))
        for here, there in zip(*sides, strict=True):
            close = close & (xp.abs(here[:, None] - arrays.take(xp.reshape(there, listed.shape), owner)) <= limit)
        at = arrays.rows_where(xp.reshape(close, (-1,)))
        return block.start + at // int(listed.shape[1]), xp.take(xp.reshape(around, (-1,)), at)


LISTED = 12  # enemies of a parent that its children's enemies are looked for among


def nearest_enemies(descent: Descent, originals: Array, synthetic: Array, enemies: Neighbors) -> Pairs:
    """Candidates of one class against the rows of all later ones.

    Parameters
    ----------
    descent : Descent
    originals : int64 array
        Rows of the class that were in the input.
    synthetic : int64 array
        Numbers, from 0, of the synthetic rows of the class.
    enemies : Neighbors
        All rows of the later classes.
    """
    xp, d = arrays.namespace(originals), descent.d
    lowest = arrays.put_rows(
        xp.zeros_like(descent.first), originals, enemies.lower(originals, xp.take(descent.scope, originals))
    )
    bound, _ = descent.nearest
    near = arrays.rows_where(down(xp.take(lowest, originals), d) < up(xp.take(bound, originals), d))
    near = xp.take(originals, near)
    reach = up(xp.take(bound, near), d)

    alive = survivors(descent, lowest, synthetic, enemies.space.work)
    enemies.tally["bounds"] += sum(
        int(rows.shape[0]) * sign for rows, sign in ((originals, 1), (near, -1), (synthetic, 1), (alive, -1))
    )
    parents = arrays.rows_where(arrays.marked(lowest, [descent.near(alive)]))
    pairs = [Pairs.of(near, *enemies.nearest(near, 2, reach), reach), *from_parents(descent, alive, parents, enemies)]
    return Pairs.joined(pairs)


def survivors(descent: Descent, lowest: Array, synthetic: Array, work: Work) -> Array:
    """Those of the synthetic rows that may have an enemy nearer than a row of their own class."""
    xp, d = arrays.namespace(lowest), descent.d
    _, bound = descent.nearest

    def alive(block: slice) -> Array:
        rows = synthetic[block]
        rows = xp.take(rows, arrays.rows_where(descent.from_enemies(lowest, rows) < up(xp.take(bound, rows), d)))
        enemy_of_parent = xp.take(lowest, descent.near(rows))
        return xp.take(rows, arrays.rows_where(down(enemy_of_parent, d) <= descent.ball(rows)))

    blocks = work.blocks(int(synthetic.shape[0]), work.cached(128.0))
    return xp.concat([synthetic[:0], *work.each("bounds", alive, blocks, threaded=len(blocks) >= MANY)])


def from_parents(descent: Descent, alive: Array, parents: Array, enemies: Neighbors) -> list[Pairs]:
    """Candidates among surviving synthetic rows, from the lists of enemies of their nearer parents.

    An enemy nearer than the bound lies in the ball around the parent. A list that reaches beyond it holds every such enemy; a
    row whose list falls short is searched.
    """
    if not alive.shape[0]:
        return []
    xp, d = arrays.namespace(alive), descent.d
    ball, bound = descent.ball(alive), up(xp.take(descent.nearest[1], alive), d)
    owner = xp.searchsorted(parents, descent.near(alive))
    widest = -arrays.minimum_at(xp.zeros_like(descent.first[: parents.shape[0]]), owner, -ball)
    listed, low = enemies.lists(parents, LISTED, widest)
    covered = ball < down(xp.take(low, owner), d)
    inside, short = arrays.rows_where(covered), arrays.rows_where(~covered)
    enemies.tally["list"] += int(inside.shape[0])
    rows = descent.n + alive
    children = (xp.take(part, inside) for part in (rows, owner, bound))
    rows, bound = xp.take(rows, short), xp.take(bound, short)
    return [
        *Listed.of(enemies.space, (parents, listed), *children).pairs(),
        Pairs.of(rows, *enemies.nearest(rows, 2, bound), bound),
    ]
