"""Nearest enemies of the held rows and of the remaining synthetic rows: in one block or part, and merged over all of them.

Rows have numbers of their own here: the held rows come first, then all synthetic rows, then all rows of the input, of which only
those of the class in blocks are meant.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from gpu_smotetomek.arrays.lazy_rows import LazyRows, RowStack
from gpu_smotetomek.blocks.families import FamilyPart, HeldBounds, RemainingRows
from gpu_smotetomek.blocks.held_rows import HeldRows, check_block
from gpu_smotetomek.blocks.plan import Block, BlockPlan
from gpu_smotetomek.neighbors.exact import ExactSearch
from gpu_smotetomek.neighbors.rounding import widen_down, widen_up
from gpu_smotetomek.resampling.candidate_links import DIRECT_UP_TO_AXES, ENEMIES_PER_PARENT, ChildCandidates
from gpu_smotetomek.resampling.interpolated_rows import InterpolatedRows
from gpu_smotetomek.resampling.lineage_bounds import enemy_radius
from gpu_smotetomek.typing import Array, Floats, Integers

EnemySource: TypeAlias = Block | FamilyPart | None
"""Where enemies are looked for: rows of the class in blocks, synthetic rows, or, for None, the held rows."""


@dataclass(frozen=True)
class EnemyRows:
    """Rows of one source, which are searched.

    Attributes
    ----------
    top : array, LazyRows or None
        The matrix that comes above the held rows; None where the held rows themselves are the source.
    rows : int64 array (m,)
        The rows of the source that may be enemies, as rows of the stack, ascending.
    rank : int array (m,)
        The ranks of their classes.
    numbers : int64 array
        Number of each row of the source, by its position in the stack.
    n_top : int
        Rows of `top`; held rows are that far down in the stack.
    """

    top: Array | LazyRows | None
    rows: Integers
    rank: Integers
    numbers: Integers
    n_top: int

    @classmethod
    def from_source(cls, source: EnemySource, held: HeldRows, plan: BlockPlan) -> EnemyRows:
        """The rows of a block, of a part, or the held rows."""
        if source is None:
            return cls(None, np.arange(held.n), plan.rank[held.codes], np.arange(held.n), 0)
        if isinstance(source, FamilyPart):
            m = source.lineage.n_synthetic
            rank = plan.rank[held.codes[source.lineage.base]]
            return cls(source.make_rows(held, plan), np.arange(m), rank, held.n + source.numbers, m)
        check_block(source, plan)
        rows = np.flatnonzero(source.codes == plan.blocked_class)
        numbers = held.n + plan.n_new + source.start + np.arange(len(source.codes))
        return cls(source.X, rows, np.full(len(rows), plan.last_rank), numbers, len(source.X))

    def stack_on(self, held: HeldRows, below: list[Any]) -> RowStack:
        """The rows of the source, then the held rows, then more matrices."""
        return RowStack([*([] if self.top is None else [self.top]), held.X, *below])

    def searches(
        self, held: HeldRows, plan: BlockPlan, below: list[Any], wanted: Integers
    ) -> Iterator[tuple[int, ExactSearch]]:
        """For each rank of `wanted` held rows: a search over the rows of the source whose classes come after it."""
        scaled, selector, search = held.scale(self.stack_on(held, below)), plan.selector, None
        ranks, counts = np.unique(plan.rank[held.codes[wanted]], return_counts=True)
        for rank, count in zip(ranks.tolist(), counts.tolist(), strict=True):
            later = self.rows[self.rank > rank]
            if search is None or len(search.rows) != len(later):
                search = selector.make_search(scaled, later, count) if len(later) else None
            if search is not None:
                yield rank, search


# ---- lower bounds ---------------------------------------------------------------------------------------------------


def bound_enemy_distances(source: EnemySource, held: HeldRows, radius: Floats, plan: BlockPlan) -> Floats:
    """Lower bound (n_held,) on the distance of each held row to the rows of a source of later classes.

    Parameters
    ----------
    source : Block, FamilyPart or None
    held : HeldRows
    radius : float64 array (n_held,)
        Beyond it, no enemy matters.
    plan : BlockPlan
    """
    bound, enemies, rank = np.full(held.n, np.inf), EnemyRows.from_source(source, held, plan), plan.rank[held.codes]
    for own_rank, search in enemies.searches(held, plan, [], np.arange(held.n)):
        queries = np.flatnonzero(rank == own_rank)
        bound[queries] = search.nearest_lower_bound(enemies.n_top + queries, radius[queries])
    return bound


def least(parts: list[Floats]) -> Floats:
    """The elementwise minimum."""
    return np.asarray(np.minimum.reduce(parts))


# ---- the nearest two ------------------------------------------------------------------------------------------------


class NearestEnemies(NamedTuple):
    """Rows i (m,), the nearest enemy j (m,) of each within its bound, and squared distances to it and to the second one.

    The second one is infinite where no other enemy is within the bound.
    """

    i: Integers
    j: Integers
    sq_nearest: Floats
    sq_second: Floats

    @classmethod
    def none(cls) -> NearestEnemies:
        """No rows."""
        rows, values = np.empty(0, np.int64), np.empty(0)
        return cls(rows, rows, values, values)

    @classmethod
    def from_pairs(cls, i: Integers, j: Integers, sq_distances: Floats) -> NearestEnemies:
        """The nearest and the second of all pairs."""
        return merge_nearest([cls(i, j, sq_distances, np.full(len(i), np.inf))])


def merge_nearest(parts: list[NearestEnemies]) -> NearestEnemies:
    """The nearest enemies among those of several sources.

    Examples
    --------
    >>> import numpy as np
    >>> one = NearestEnemies(np.array([7]), np.array([1]), np.array([4.0]), np.array([9.0]))
    >>> other = NearestEnemies(np.array([7]), np.array([2]), np.array([5.0]), np.array([6.0]))
    >>> [values.tolist() for values in merge_nearest([one, other])]
    [[7], [1], [4.0], [5.0]]
    """
    i, j, sq_nearest, sq_second = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    order = np.lexsort((j, sq_nearest, i))
    i, j, sq_nearest, sq_second = i[order], j[order], sq_nearest[order], sq_second[order]
    is_first = np.ones(len(i), bool)
    is_first[1:] = i[1:] != i[:-1]
    first = np.flatnonzero(is_first)
    following = np.full(len(i), np.inf)
    following[:-1] = np.where(is_first[1:], np.inf, sq_nearest[1:])
    return NearestEnemies(i[first], j[first], sq_nearest[first], np.minimum(sq_second, following)[first])


@dataclass(frozen=True)
class EnemyQueries:
    """The rows whose nearest enemies are searched.

    Attributes
    ----------
    held_rows : int64 array (p,)
        Held rows that no bound rules out.
    bound : float64 array (p,)
        Distance beyond which no enemy matters to them.
    remaining : RemainingRows
        Synthetic rows that no bound rules out.
    """

    held_rows: Integers
    bound: Floats
    remaining: RemainingRows


def choose_queries(
    enemy_distance: Floats, bounds: HeldBounds, remaining: RemainingRows, plan: BlockPlan
) -> EnemyQueries:
    """The held rows with an enemy that may be nearer than a row of their own class, and the remaining synthetic rows."""
    own_class = widen_up(bounds.own_class, plan.d)
    is_near = (widen_down(enemy_distance, plan.d) < own_class) & ~bounds.has_copy
    rows = np.flatnonzero(is_near)
    return EnemyQueries(rows, own_class[rows], remaining)


def held_enemy_radius(bounds: HeldBounds, plan: BlockPlan) -> Floats:
    """Radius (n_held,) around each held row within which an enemy can matter to it or to its children."""
    return np.asarray(enemy_radius(bounds.own_class, bounds.child_search_radius, plan.d))


def search_nearest_enemies(
    source: EnemySource, held: HeldRows, queries: EnemyQueries, plan: BlockPlan
) -> NearestEnemies:
    """The nearest enemies of all queries among the rows of a source."""
    enemies, remaining, rank = EnemyRows.from_source(source, held, plan), queries.remaining, plan.rank[held.codes]
    synthetic = InterpolatedRows(held.X, remaining.lineage, plan.dtypes)
    wanted = np.concatenate([queries.held_rows, remaining.parents])
    found = [NearestEnemies.none()]
    for own_rank, search in enemies.searches(held, plan, [synthetic], wanted):
        is_own = rank[queries.held_rows] == own_rank
        rows = queries.held_rows[is_own]
        found.append(search_each(search, enemies, enemies.n_top + rows, rows, queries.bound[is_own]))
        positions = np.flatnonzero(rank[remaining.parents] == own_rank)
        found += search_remaining(search, enemies, held, remaining, positions)
    return merge_nearest(found)


def search_each(
    search: ExactSearch, enemies: EnemyRows, rows: Integers, numbers: Integers, bound: Floats
) -> NearestEnemies:
    """The nearest enemies of rows of the stack, each searched within its bound."""
    if not len(rows):
        return NearestEnemies.none()
    sq_distances, indices = search.kneighbors(rows, 2, bound)
    is_inside = np.isfinite(sq_distances) & (np.sqrt(sq_distances) <= bound[:, None])
    second = np.where(is_inside[:, 1], sq_distances[:, 1], np.inf)
    kept = np.flatnonzero(is_inside[:, 0])
    return NearestEnemies(numbers[kept], enemies.numbers[indices[kept, 0]], sq_distances[kept, 0], second[kept])


def search_remaining(
    search: ExactSearch, enemies: EnemyRows, held: HeldRows, remaining: RemainingRows, positions: Integers
) -> list[NearestEnemies]:
    """The nearest enemies of remaining synthetic rows, from the lists of their parents where these reach far enough."""
    first, d = enemies.n_top + held.n, search.scaled.d
    rows, numbers = first + positions, held.n + remaining.numbers
    bound = widen_up(remaining.own_class, d)
    if not len(positions) or (search.uses_tree and search.scaled.projection.rank("float64", d) <= DIRECT_UP_TO_AXES):
        return [search_each(search, enemies, rows, numbers[positions], bound[positions])]
    parents, owner = np.unique(remaining.parents[positions], return_inverse=True)
    radius = remaining.search_radius[positions]
    widest = np.zeros(len(parents))
    np.maximum.at(widest, owner, radius)
    candidates, lower_bound = search.list_candidates(enemies.n_top + parents, ENEMIES_PER_PARENT, widest)
    is_covered = radius < widen_down(lower_bound, d)[owner]
    # in most blocks there is no enemy within most of the radii
    has_candidates = (candidates != (enemies.n_top + parents)[:, None]).any(axis=1)[owner]
    listed, short = np.flatnonzero(is_covered & has_candidates), np.flatnonzero(~is_covered)
    found = [search_each(search, enemies, rows[short], numbers[positions[short]], bound[positions[short]])]
    if len(listed):
        children = rows[listed], owner[listed], bound[positions[listed]]
        lists = enemies.n_top + parents, candidates
        grouped = ChildCandidates.group_by_parent(search.scaled, lists, children, search.ctx)
        for pairs in grouped.pairs_within_bound():
            child = numbers[pairs.i - first]
            found.append(NearestEnemies.from_pairs(child, enemies.numbers[pairs.j], pairs.sq_distances))
    return found
