"""Nearest enemies of the rows that descent does not clear: the candidates for links, each from its earlier class."""

from __future__ import annotations

from gpu_smotetomek import arrays
from gpu_smotetomek.execution import Work
from gpu_smotetomek.neighbors.exact import Neighbors, down, up
from gpu_smotetomek.neighbors.scaled_rows import MANY
from gpu_smotetomek.resampling.candidate_links import Pairs
from gpu_smotetomek.resampling.lineage_bounds import Descent
from gpu_smotetomek.resampling.listed import Listed
from gpu_smotetomek.typing import Array

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
