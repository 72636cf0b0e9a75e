"""Candidate links: a row i, and the row j of a later class that is strictly nearest to it.

Bounds from the lineage rule out most rows. The others are searched: originals directly, synthetic rows among the enemies listed
for their nearer parents.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np

from gpu_smotetomek.arrays import dispatch, indexing, matrices
from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.neighbors import ScaledRows
from gpu_smotetomek.neighbors.axis_tree import AxisTree, choose_axis_tree
from gpu_smotetomek.neighbors.exact import ExactSearch
from gpu_smotetomek.neighbors.rounding import widen_down, widen_up
from gpu_smotetomek.neighbors.scaled_rows import THREADED_FROM_BLOCKS
from gpu_smotetomek.resampling.lineage_bounds import BYTES_PER_SYNTHETIC_ROW, LineageBounds
from gpu_smotetomek.typing import Array, NeighborLists

DIRECT_UP_TO_AXES = 4  # axes of a tree up to which a search within a tiny radius costs less than a list of the parent
LIST_PARENTS_ABOVE_PAIRS = 2**18  # pairs of a row and an enemy that lists of parents must spare to pay
ENEMIES_PER_PARENT = 12  # enemies listed for a parent, among which those of its children are found
LONGEST_AXIS_LIST = 4096  # enemies near a synthetic row on few axes whose distances are all computed
FILTER_MARGIN = 1 + 2.0**-20  # covers the rounding of the axis filter


class CandidateLinks(NamedTuple):
    """Rows i (m,), the row j (m,) of a later class that is strictly nearest to each, and their squared distances (m,)."""

    i: Array
    j: Array
    sq_distances: Array

    @classmethod
    def from_lists(cls, i: Array, lists: NeighborLists, bound: Array) -> CandidateLinks:
        """Keep the rows whose first of two listed enemies is strictly nearer than the second, and within `bound`."""
        xp, sq_distances = dispatch.namespace(i), lists.sq_distances
        is_candidate = (sq_distances[:, 0] < sq_distances[:, 1]) & (xp.sqrt(sq_distances[:, 0]) <= bound)
        return cls(i, lists.indices[:, 0], sq_distances[:, 0]).select(is_candidate)

    @classmethod
    def concat(cls, parts: list[CandidateLinks]) -> CandidateLinks:
        """One group of candidates after another."""
        xp = dispatch.namespace(parts[0].i)
        return cls(*(xp.concat(columns) for columns in zip(*parts, strict=True)))

    @property
    def reversed(self) -> CandidateLinks:
        """The same links, seen from j."""
        return CandidateLinks(self.j, self.i, self.sq_distances)

    def take(self, positions: Array) -> CandidateLinks:
        """The candidates at these positions."""
        return CandidateLinks(*(indexing.take_1d(column, positions) for column in self))

    def select(self, mask: Array) -> CandidateLinks:
        """The candidates where the mask is true."""
        return self.take(indexing.flatnonzero(mask))

    def distance_upper_bound(self, d: int) -> Array:
        """Upper bound δ (m,) on the distance of i and j."""
        return widen_up(dispatch.namespace(self.sq_distances).sqrt(self.sq_distances), d)

    def keep_strictly_nearest(self) -> CandidateLinks:
        """Keep, for each j, the nearest i, and none if two are equally near: a row is in one link at most."""
        xp = dispatch.namespace(self.sq_distances)
        if not self.sq_distances.shape[0]:
            return self
        order = xp.argsort(self.sq_distances, stable=True)
        order = xp.take(order, xp.argsort(xp.take(self.j, order), stable=True))
        j, sq_distances = xp.take(self.j, order), xp.take(self.sq_distances, order)
        is_same, false = j[1:] == j[:-1], xp.zeros_like(j[:1], dtype=xp.bool)
        follows = xp.concat([false, is_same])
        is_tied = xp.concat([is_same & (sq_distances[1:] == sq_distances[:-1]), false])
        nearest = xp.take(order, indexing.flatnonzero(~follows & ~is_tied))
        return self.select(indexing.mask_from_indices(self.sq_distances, [nearest]))


def find_nearest_enemies(
    bounds: LineageBounds, originals: Array, synthetic: Array, enemies: ExactSearch
) -> CandidateLinks:
    """Candidate links of one class with the rows of all later classes.

    Parameters
    ----------
    bounds : LineageBounds
    originals : int64 array
        Rows of the class that were in the input.
    synthetic : int64 array
        Positions among the synthetic rows of those of the class.
    enemies : ExactSearch
        Over all rows of the later classes.
    """
    xp, d, n_rows = dispatch.namespace(originals), bounds.d, originals.shape[0] + synthetic.shape[0]
    has_copy, is_copy = mark_copies(bounds)
    synthetic = xp.take(synthetic, indexing.flatnonzero(~xp.take(is_copy, synthetic)))
    with enemies.build_in_background():
        radius = xp.take(bounds.enemy_radius, originals)
    enemy_distance = indexing.scatter_set(
        xp.zeros_like(bounds.first_neighbor_distance), originals, enemies.nearest_lower_bound(originals, radius)
    )
    own_class = bounds.same_class_upper_bound.originals
    is_near = widen_down(xp.take(enemy_distance, originals), d) < widen_up(xp.take(own_class, originals), d)
    near = xp.take(originals, indexing.flatnonzero(is_near & ~xp.take(has_copy, originals)))
    radius = widen_up(xp.take(own_class, near), d)

    remaining = filter_by_bounds(bounds, enemy_distance, synthetic)
    enemies.statistics.settled_by_stage["bounds"] += int(n_rows - near.shape[0] - remaining.shape[0])
    searches_children = enemies.uses_tree and enemies.scaled.projection.rank("float64", d) <= DIRECT_UP_TO_AXES
    parents = indexing.flatnonzero(indexing.mask_from_indices(enemy_distance, [bounds.nearer_parent(remaining)]))
    n_spared = int(remaining.shape[0] - parents.shape[0]) * int(enemies.rows.shape[0])
    rows = bounds.n_originals + remaining
    own_class = widen_up(xp.take(bounds.same_class_upper_bound.synthetic, remaining), d)
    if n_spared <= LIST_PARENTS_ABOVE_PAIRS and not searches_children:
        rows, radius = xp.concat([near, rows]), xp.concat([radius, own_class])
        return CandidateLinks.from_lists(rows, enemies.kneighbors(rows, 2, radius), radius)
    of_originals = CandidateLinks.from_lists(near, enemies.kneighbors(near, 2, radius), radius)
    if searches_children:
        return CandidateLinks.concat([of_originals, search_directly(bounds, remaining, enemies)])
    if (tree := choose_axis_tree(enemies, rows, own_class, int(parents.shape[0]))) is not None:
        return CandidateLinks.concat([of_originals, *search_on_axes(tree, enemies)])
    return CandidateLinks.concat([of_originals, *search_from_parents(bounds, remaining, parents, enemies)])


def mark_copies(bounds: LineageBounds) -> tuple[Array, Array]:
    """Mask (n,) of the originals that have a copy, and mask (m,) of the copies: at distance 0 of each other, in no link."""
    is_copy = (bounds.gap == 0) & (bounds.base == bounds.neighbor)
    base = dispatch.namespace(is_copy).take(bounds.base, indexing.flatnonzero(is_copy))
    return indexing.mask_from_indices(bounds.first_neighbor_distance, [base]), is_copy


def filter_by_bounds(bounds: LineageBounds, enemy_distance: Array, synthetic: Array) -> Array:
    """Positions of the synthetic rows that may have an enemy nearer than a row of their own class."""
    xp, d = dispatch.namespace(enemy_distance), bounds.d
    own_class = bounds.same_class_upper_bound.synthetic

    def filter_block(block: slice) -> Array:
        positions = synthetic[block]
        may_link = bounds.enemy_lower_bound(enemy_distance, positions) < widen_up(xp.take(own_class, positions), d)
        positions = xp.take(positions, indexing.flatnonzero(may_link))
        of_parent = widen_down(xp.take(enemy_distance, bounds.nearer_parent(positions)), d)
        return xp.take(positions, indexing.flatnonzero(of_parent <= bounds.search_radius(positions)))

    parts = bounds.ctx.map_rows(
        "bounds", filter_block, int(synthetic.shape[0]), BYTES_PER_SYNTHETIC_ROW, threaded_from=THREADED_FROM_BLOCKS
    )
    return xp.concat([synthetic[:0], *parts])


def search_directly(bounds: LineageBounds, synthetic: Array, enemies: ExactSearch) -> CandidateLinks:
    """Candidate links of synthetic rows, each searched within its bound."""
    xp, d = dispatch.namespace(synthetic), bounds.d
    rows = bounds.n_originals + synthetic
    own_class = widen_up(xp.take(bounds.same_class_upper_bound.synthetic, synthetic), d)
    is_near = widen_down(enemies.nearest_lower_bound(rows, own_class), d) < own_class
    near = indexing.flatnonzero(is_near)
    enemies.statistics.settled_by_stage["bounds"] += int(synthetic.shape[0] - near.shape[0])
    rows, own_class = xp.take(rows, near), xp.take(own_class, near)
    return CandidateLinks.from_lists(rows, enemies.kneighbors(rows, 2, own_class), own_class)


def search_on_axes(tree: AxisTree, enemies: ExactSearch) -> list[CandidateLinks]:
    """Candidate links of the tree's queries, synthetic rows, with the enemies within their radius; long lists are searched."""
    scaled, ctx, counts = enemies.scaled, enemies.ctx, tree.count_rows()
    long = np.flatnonzero(counts > LONGEST_AXIS_LIST)
    enemies.statistics.settled_by_stage["axes"] += len(counts) - len(long)
    listed = np.flatnonzero((counts > 0) & (counts <= LONGEST_AXIS_LIST))
    found = []
    for position, candidates in tree.list_pairs(listed, counts[listed]):
        rows = tree.queries[position]
        # seen from the candidate, so that `keep_strictly_nearest` keeps the nearest candidate of each row
        links = CandidateLinks(candidates, rows, scaled.sq_distances(rows, candidates, ctx)[:, 0])
        found.append(
            links.select(np.sqrt(links.sq_distances) <= tree.radius[position]).keep_strictly_nearest().reversed
        )
    rows, radius = tree.queries[long], tree.radius[long]
    return [*found, CandidateLinks.from_lists(rows, enemies.kneighbors(rows, 2, radius), radius)]


def search_from_parents(
    bounds: LineageBounds, synthetic: Array, parents: Array, enemies: ExactSearch
) -> list[CandidateLinks]:
    """Candidate links of synthetic rows, from the lists of enemies of their nearer parents.

    An enemy nearer than the bound lies within the search radius around the parent. A list that reaches beyond the radius holds
    every such enemy; a row whose list falls short is searched.
    """
    if not synthetic.shape[0]:
        return []
    xp, d = dispatch.namespace(synthetic), bounds.d
    radius = bounds.search_radius(synthetic)
    own_class = widen_up(xp.take(bounds.same_class_upper_bound.synthetic, synthetic), d)
    owner = xp.searchsorted(parents, bounds.nearer_parent(synthetic))
    unset = xp.zeros_like(bounds.first_neighbor_distance[: parents.shape[0]])
    widest = -indexing.scatter_min(unset, owner, -radius)
    candidates, lower_bound = enemies.list_candidates(parents, ENEMIES_PER_PARENT, widest)
    is_covered = radius < widen_down(xp.take(lower_bound, owner), d)
    covered, short = indexing.flatnonzero(is_covered), indexing.flatnonzero(~is_covered)
    enemies.statistics.settled_by_stage["list"] += int(covered.shape[0])
    rows = bounds.n_originals + synthetic
    of_covered = (xp.take(rows, covered), xp.take(owner, covered), xp.take(own_class, covered))
    children = ChildCandidates.group_by_parent(enemies.scaled, (parents, candidates), of_covered, enemies.ctx)
    rows, own_class = xp.take(rows, short), xp.take(own_class, short)
    searched = CandidateLinks.from_lists(rows, enemies.kneighbors(rows, 2, own_class), own_class)
    return [*children.nearest_links(), searched]


@dataclass(frozen=True)
class ChildCandidates:
    """Children grouped by parent, and the candidates listed for their parents.

    Attributes
    ----------
    scaled : ScaledRows
    parents : int64 array (p,)
        Originals that have children here.
    candidates : int64 array (p, w)
        Rows listed for each parent; an entry equal to the parent itself is empty.
    children : int64 array (m,)
    owner : int64 array (m,)
        Position of each child's parent among the parents, ascending.
    bound : float64 array (m,)
        Distance beyond which no candidate matters to a child.
    ctx : ExecutionContext
    """

    scaled: ScaledRows
    parents: Array
    candidates: Array
    children: Array
    owner: Array
    bound: Array
    ctx: ExecutionContext

    @classmethod
    def group_by_parent(
        cls, scaled: ScaledRows, lists: tuple[Array, Array], children: tuple[Array, Array, Array], ctx: ExecutionContext
    ) -> Self:
        """Group children (rows, owners and bounds), in any order; keep the parents (q,) and lists (q, w) that have a child."""
        (parents, candidates), (rows, owner, bound) = lists, children
        xp = dispatch.namespace(rows)
        needed = indexing.flatnonzero(indexing.mask_from_indices(parents, [owner]))
        order = xp.argsort(owner, stable=False)
        owner = xp.searchsorted(needed, xp.take(owner, order))
        parents, candidates = xp.take(parents, needed), matrices.take_dense_rows(candidates, needed)
        return cls(scaled, parents, candidates, xp.take(rows, order), owner, xp.take(bound, order), ctx)

    def nearest_links(self) -> list[CandidateLinks]:
        """Each child with its strictly nearest candidate, where that is within its bound."""
        # seen from the candidate, so that `keep_strictly_nearest` keeps the nearest candidate of each child
        return [pairs.reversed.keep_strictly_nearest().reversed for pairs in self.pairs_within_bound()]

    def pairs_within_bound(self) -> Iterator[CandidateLinks]:
        """Each child i with every candidate j within its bound, for blocks of children."""
        size = self.ctx.rows_per_block(64.0 * int(self.candidates.shape[1]))
        for block in self.ctx.blocks(int(self.children.shape[0]), size):
            yield self._pairs_within_bound(block)

    def _pairs_within_bound(self, block: slice) -> CandidateLinks:
        ctx, scaled, xp = self.ctx, self.scaled, dispatch.namespace(self.children)
        bytes_per_child = int(self.candidates.shape[1]) * (scaled.leading_coordinate_bytes + 96)
        size = min(ctx.rows_per_block(bytes_per_child), ctx.rows_in_cache(BYTES_PER_SYNTHETIC_ROW))
        with ctx.single_threaded_blas():
            blocks = ctx.blocks(block.stop - block.start, size, block.start)
            parts = ctx.map_blocks("bounds", self._prefilter, blocks)
        child, candidates = (xp.concat([part[i] for part in parts]) for i in (0, 1))
        rows = xp.take(self.children, child)
        pairs = CandidateLinks(rows, candidates, scaled.sq_distances(rows, candidates, ctx)[:, 0])
        return pairs.select(xp.sqrt(pairs.sq_distances) <= xp.take(self.bound, child))

    def _prefilter(self, block: slice) -> tuple[Array, Array]:
        """Positions of children in the block, and candidates that are within the bound as far as three axes show."""
        scaled, owner, xp = self.scaled, self.owner[block], dispatch.namespace(self.children)
        first, last = int(owner[0]), int(owner[-1])
        candidates, owner = self.candidates[first : last + 1, :], owner - first
        of_child = matrices.take_dense_rows(candidates, owner)
        limit = (self.bound[block] * FILTER_MARGIN + scaled.leading_coordinate_error)[:, None]
        is_near = of_child != xp.take(self.parents, owner + first)[:, None]
        sides = self.children[block], xp.reshape(candidates, (-1,))
        for child, candidate in zip(*(scaled.leading_coordinates(rows, self.ctx) for rows in sides), strict=True):
            of_candidates = matrices.take_dense_rows(xp.reshape(candidate, candidates.shape), owner)
            is_near = is_near & (xp.abs(child[:, None] - of_candidates) <= limit)
        flat = indexing.flatnonzero(xp.reshape(is_near, (-1,)))
        return block.start + flat // int(candidates.shape[1]), xp.take(xp.reshape(of_child, (-1,)), flat)
