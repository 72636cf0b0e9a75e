"""Candidates for links: pairs of rows of which one is the nearest of a class to the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from gpu_smotetomek.arrays import dispatch, indexing, matrices
from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.neighbors import ScaledRows, scaled_rows
from gpu_smotetomek.neighbors.exact import ExactSearch, widen_down, widen_up
from gpu_smotetomek.neighbors.scaled_rows import THREADED_FROM_BLOCKS
from gpu_smotetomek.resampling.lineage_bounds import LineageBounds
from gpu_smotetomek.typing import Array


@dataclass(frozen=True)
class CandidateLinks:
    """Rows i, each with the row j that is strictly nearest to it among those of later classes, and their squared distance."""

    i: Array
    j: Array
    sq_distances: Array

    def select(self, mask: Array) -> CandidateLinks:
        rows = indexing.flatnonzero(mask)
        return CandidateLinks(*(indexing.take_flat(part, rows) for part in (self.i, self.j, self.sq_distances)))

    @staticmethod
    def from_lists(i: Array, D: Array, found: Array, bound: Array) -> CandidateLinks:
        """From lists of two: rows of which the first is strictly nearer than the second and than a row within `bound`."""
        xp = dispatch.namespace(D)
        return CandidateLinks(i, found[:, 0], D[:, 0]).select((D[:, 0] < D[:, 1]) & (xp.sqrt(D[:, 0]) <= bound))

    def drop_ties(self) -> CandidateLinks:
        """Without those whose j is as near to another i: each j is in one link at most."""
        xp = dispatch.namespace(self.sq_distances)
        if not self.sq_distances.shape[0]:
            return self
        order = xp.argsort(self.sq_distances, stable=True)
        order = xp.take(order, xp.argsort(xp.take(self.j, order), stable=True))
        j, D = xp.take(self.j, order), xp.take(self.sq_distances, order)
        same, false = j[1:] == j[:-1], j[:1] != j[:1]
        follows, tied = xp.concat([false, same]), xp.concat([same & (D[1:] == D[:-1]), false])
        return self.select(
            indexing.mask_from_indices(self.sq_distances, [xp.take(order, indexing.flatnonzero(~follows & ~tied))])
        )

    @staticmethod
    def concat(pairs: list[CandidateLinks]) -> CandidateLinks:
        xp = dispatch.namespace(pairs[0].i)
        return CandidateLinks(
            *(xp.concat([getattr(part, name) for part in pairs]) for name in ("i", "j", "sq_distances"))
        )


@dataclass(frozen=True)
class ChildCandidates:
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

    space: ScaledRows
    parents: Array
    rows: Array
    children: Array
    owner: Array
    bound: Array

    @classmethod
    def group_by_parent(
        cls, space: ScaledRows, lists: tuple[Array, Array], children: Array, owner: Array, bound: Array
    ) -> Self:
        """From parents (q,) and lists (q, w), some of which nobody may ask about, and children in any order."""
        xp, (parents, rows) = dispatch.namespace(children), lists
        asked = indexing.flatnonzero(indexing.mask_from_indices(parents, [owner]))
        order = xp.argsort(owner, stable=False)
        owner = xp.searchsorted(asked, xp.take(owner, order))
        return cls(
            space,
            xp.take(parents, asked),
            matrices.take_dense_rows(rows, asked),
            xp.take(children, order),
            owner,
            xp.take(bound, order),
        )

    def nearest_links(self) -> list[CandidateLinks]:
        """Each child with the listed row that is strictly nearest to it, where that is within its bound."""
        work = self.space.work
        size = work.rows_per_block(64.0 * int(self.rows.shape[1]))
        return [self._nearest_links(block) for block in work.blocks(int(self.children.shape[0]), size)]

    def _nearest_links(self, block: slice) -> CandidateLinks:
        work, xp = self.space.work, dispatch.namespace(self.children)
        bytes_of_one = int(self.rows.shape[1]) * (scaled_rows.bytes_of_coordinates(self.space) + 96)
        size = min(
            work.rows_per_block(bytes_of_one), work.rows_in_cache(128.0)
        )  # steps that are long beside a change of threads
        with work.single_threaded_blas():
            found = work.map_blocks("bounds", self._prefilter, work.blocks(block.stop - block.start, size, block.start))
        child, other = (xp.concat([part[i] for part in found]) for i in (0, 1))
        rows = xp.take(self.children, child)
        pairs = CandidateLinks(other, rows, self.space.sq_distances(rows, other)[:, 0])
        pairs = pairs.select(xp.sqrt(pairs.sq_distances) <= xp.take(self.bound, child)).drop_ties()
        return CandidateLinks(pairs.j, pairs.i, pairs.sq_distances)

    def _prefilter(self, block: slice) -> tuple[Array, Array]:
        """Places of children in the block, and rows listed for them, that are within the bound as far as three axes can tell."""
        space, owner, xp = self.space, self.owner[block], dispatch.namespace(self.children)
        first, last = int(owner[0]), int(owner[-1])
        listed, owner = self.rows[first : last + 1, :], owner - first
        around = matrices.take_dense_rows(listed, owner)
        limit = (self.bound[block] * (1 + 2.0**-20) + scaled_rows.coordinate_error(space))[:, None]
        close = around != xp.take(self.parents, owner + first)[:, None]
        sides = (
            scaled_rows.leading_coordinates(space, rows) for rows in (self.children[block], xp.reshape(listed, (-1,)))
        )
        for here, there in zip(*sides, strict=True):
            close = close & (
                xp.abs(here[:, None] - matrices.take_dense_rows(xp.reshape(there, listed.shape), owner)) <= limit
            )
        at = indexing.flatnonzero(xp.reshape(close, (-1,)))
        return block.start + at // int(listed.shape[1]), xp.take(xp.reshape(around, (-1,)), at)


ENEMIES_PER_PARENT = 12  # enemies of a parent that its children's enemies are looked for among


def find_nearest_enemies(
    descent: LineageBounds, originals: Array, synthetic: Array, enemies: ExactSearch
) -> CandidateLinks:
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
    xp, d = dispatch.namespace(originals), descent.n_features
    lowest = indexing.scatter_set(
        xp.zeros_like(descent.first_neighbor_distance),
        originals,
        enemies.nearest_lower_bound(originals, xp.take(descent.enemy_radius, originals)),
    )
    bound, _ = descent.same_class_upper_bound
    near = indexing.flatnonzero(widen_down(xp.take(lowest, originals), d) < widen_up(xp.take(bound, originals), d))
    near = xp.take(originals, near)
    reach = widen_up(xp.take(bound, near), d)

    alive = filter_by_bounds(descent, lowest, synthetic, enemies.space.work)
    enemies.settled_by_stage["bounds"] += sum(
        int(rows.shape[0]) * sign for rows, sign in ((originals, 1), (near, -1), (synthetic, 1), (alive, -1))
    )
    parents = indexing.flatnonzero(indexing.mask_from_indices(lowest, [descent.nearer_parent(alive)]))
    pairs = [
        CandidateLinks.from_lists(near, *enemies.kneighbors(near, 2, reach), reach),
        *search_from_parents(descent, alive, parents, enemies),
    ]
    return CandidateLinks.concat(pairs)


def filter_by_bounds(descent: LineageBounds, lowest: Array, synthetic: Array, work: ExecutionContext) -> Array:
    """Those of the synthetic rows that may have an enemy nearer than a row of their own class."""
    xp, d = dispatch.namespace(lowest), descent.n_features
    _, bound = descent.same_class_upper_bound

    def alive(block: slice) -> Array:
        rows = synthetic[block]
        rows = xp.take(
            rows, indexing.flatnonzero(descent.enemy_lower_bound(lowest, rows) < widen_up(xp.take(bound, rows), d))
        )
        enemy_of_parent = xp.take(lowest, descent.nearer_parent(rows))
        return xp.take(rows, indexing.flatnonzero(widen_down(enemy_of_parent, d) <= descent.search_radius(rows)))

    blocks = work.blocks(int(synthetic.shape[0]), work.rows_in_cache(128.0))
    return xp.concat(
        [synthetic[:0], *work.map_blocks("bounds", alive, blocks, threaded=len(blocks) >= THREADED_FROM_BLOCKS)]
    )


def search_from_parents(
    descent: LineageBounds, alive: Array, parents: Array, enemies: ExactSearch
) -> list[CandidateLinks]:
    """Candidates among surviving synthetic rows, from the lists of enemies of their nearer parents.

    An enemy nearer than the bound lies in the ball around the parent. A list that reaches beyond it holds every such enemy; a
    row whose list falls short is searched.
    """
    if not alive.shape[0]:
        return []
    xp, d = dispatch.namespace(alive), descent.n_features
    ball, bound = descent.search_radius(alive), widen_up(xp.take(descent.same_class_upper_bound[1], alive), d)
    owner = xp.searchsorted(parents, descent.nearer_parent(alive))
    widest = -indexing.scatter_min(xp.zeros_like(descent.first_neighbor_distance[: parents.shape[0]]), owner, -ball)
    listed, low = enemies.list_candidates(parents, ENEMIES_PER_PARENT, widest)
    covered = ball < widen_down(xp.take(low, owner), d)
    inside, short = indexing.flatnonzero(covered), indexing.flatnonzero(~covered)
    enemies.settled_by_stage["list"] += int(inside.shape[0])
    rows = descent.n_originals + alive
    children = (xp.take(part, inside) for part in (rows, owner, bound))
    rows, bound = xp.take(rows, short), xp.take(bound, short)
    return [
        *ChildCandidates.group_by_parent(enemies.space, (parents, listed), *children).nearest_links(),
        CandidateLinks.from_lists(rows, *enemies.kneighbors(rows, 2, bound), bound),
    ]
