"""Nearest enemies of the rows that descent does not clear: the candidates for links, each from its earlier class."""

from __future__ import annotations

from dataclasses import dataclass

from gpu_smotetomek import arrays
from gpu_smotetomek.neighbors.exact import Neighbors, down, up
from gpu_smotetomek.neighbors.space import MANY
from gpu_smotetomek.resampling.lineage import Descent
from gpu_smotetomek.typing import Array
from gpu_smotetomek.work import Work

LISTED = 12  # enemies of a parent that its children's enemies are looked for among


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

    def among_listed(block: slice) -> Pairs:
        some = inside[block]
        parent, around = descent.near(xp.take(alive, some)), arrays.take(listed, xp.take(owner, some))
        rows = descent.n + xp.take(alive, some)
        # the parent stood for what is beyond its radius
        around = xp.where(around == parent[:, None], rows[:, None], around)
        return Pairs.of(rows, *enemies.decide(rows, around, 2), xp.take(bound, some))

    work = enemies.space.work
    pairs = [among_listed(block) for block in work.blocks(int(inside.shape[0]), work.rows(96.0 * LISTED))]
    enemies.tally["list"] += int(inside.shape[0])
    rows, bounds = descent.n + xp.take(alive, short), xp.take(bound, short)
    return [*pairs, Pairs.of(rows, *enemies.nearest(rows, 2, bounds), bounds)]
