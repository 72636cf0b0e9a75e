"""Which rows of a class have enough rows of their class nearer than their nearest enemy.

Own class and enemies are searched apart, so that bounds settle most rows: a row needs no list of its nearest rows, only that k of
its class are known to be nearer than a lower bound on its nearest enemy.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from gpu_smotetomek.arrays import dispatch, indexing
from gpu_smotetomek.neighbors import SearchSelector
from gpu_smotetomek.neighbors.exact import ExactSearch
from gpu_smotetomek.neighbors.rounding import widen_down, widen_up
from gpu_smotetomek.neighbors.scaled_rows import THREADED_FROM_BLOCKS
from gpu_smotetomek.resampling.batch import Batch
from gpu_smotetomek.resampling.family_bounds import enemy_distance_of_originals
from gpu_smotetomek.resampling.lineage_bounds import BYTES_PER_SYNTHETIC_ROW, LineageBounds
from gpu_smotetomek.typing import Array

PARTS_OF_CLASS = 8  # of a large class, each searched for a single nearest row
SPLIT_CLASS_FROM_ROWS = 4096
SAMPLED_ROWS = 256  # that show whether the lineage bounds of the enemies keep enough originals
LEAST_SHARE_KEPT = 0.2  # by bounds, of the sampled rows: bounds of all then save more than they cost


class EnemyDistance(NamedTuple):
    """Bounds (m,) on the distance of rows to their nearest enemy, in scaled units.

    Attributes
    ----------
    lower : float64 array (m,)
        No enemy is nearer.
    sq_upper : float64 array (m,)
        Squared distance to one enemy; infinite where none was found.
    """

    lower: Array
    sq_upper: Array

    def take(self, positions: Array) -> EnemyDistance:
        """The bounds at these positions."""
        return EnemyDistance(*(indexing.take_1d(values, positions) for values in self))


@dataclass(frozen=True)
class ClassAgreement:
    """Rows of one class that have `k` other rows of it strictly nearer than their nearest enemy.

    Parameters
    ----------
    batch : Batch
    own : int64 array
        All rows of the class, ascending.
    enemies : int64 array
        All other rows, ascending.
    k : int
    selector : SearchSelector
    """

    batch: Batch
    own: Array
    enemies: Array
    k: int
    selector: SearchSelector

    # ---- lineage bounds ---------------------------------------------------------------------------------------------

    def kept_by_bounds(self, bounds: LineageBounds, kth_relative: Array) -> Array:
        """Rows that the lineage shows to have enough own rows nearer than any enemy.

        Originals are compared with a part of their class, and synthetic rows with their relatives.

        Parameters
        ----------
        bounds : LineageBounds
        kth_relative : float64 array (n_synthetic,)
            As `kth_relative_sq_distance` returns it.
        """
        xp, n = dispatch.namespace(self.own), bounds.n_originals
        n_own = indexing.count_nonzero(self.own < n)
        originals, synthetic = self.own[:n_own], self.own[n_own:]
        if not synthetic.shape[0]:
            step = max(1, n_own // SAMPLED_ROWS)
            if step > 1 and self._kept_originals(bounds, originals[::step])[1] < LEAST_SHARE_KEPT:
                return originals[:0]
            return self._kept_originals(bounds, originals)[0]
        lower = self._enemy_lower_bound(bounds, originals)
        of_originals = xp.take(originals, indexing.flatnonzero(self._is_kept(originals, lower)))
        return xp.concat([of_originals, self._kept_synthetic(bounds, kth_relative, lower)])

    def kept_synthetic(self, bounds: LineageBounds, kth_relative: Array) -> Array:
        """The synthetic rows among those of `kept_by_bounds`, for which no part of the class is searched."""
        originals = self.own[: indexing.count_nonzero(self.own < bounds.n_originals)]
        if originals.shape[0] == self.own.shape[0]:
            return self.own[:0]
        return self._kept_synthetic(bounds, kth_relative, self._enemy_lower_bound(bounds, originals))

    def _kept_synthetic(self, bounds: LineageBounds, kth_relative: Array, lower_of_originals: Array) -> Array:
        xp, n = dispatch.namespace(self.own), bounds.n_originals
        n_own = int(lower_of_originals.shape[0])
        originals, synthetic = self.own[:n_own], self.own[n_own:]
        enemy_distance = indexing.scatter_set(
            xp.zeros_like(bounds.first_neighbor_distance), originals, lower_of_originals
        )

        def find_kept(block: slice) -> Array:
            positions = synthetic[block] - n
            lower = bounds.enemy_lower_bound(enemy_distance, positions)
            kept = widen_up(xp.sqrt(xp.take(kth_relative, positions)), bounds.d) < widen_down(lower, bounds.d)
            return xp.take(synthetic[block], indexing.flatnonzero(kept))

        parts = bounds.ctx.map_rows(
            "bounds", find_kept, int(synthetic.shape[0]), BYTES_PER_SYNTHETIC_ROW, threaded_from=THREADED_FROM_BLOCKS
        )
        return xp.concat([synthetic[:0], *parts])

    def _kept_originals(self, bounds: LineageBounds, rows: Array) -> tuple[Array, float]:
        """The originals that bounds keep, and their share."""
        kept = indexing.flatnonzero(self._is_kept(rows, self._enemy_lower_bound(bounds, rows)))
        return dispatch.namespace(rows).take(rows, kept), kept.shape[0] / max(1, int(rows.shape[0]))

    def _enemy_lower_bound(self, bounds: LineageBounds, originals: Array) -> Array:
        enemies = self.enemies[: indexing.count_nonzero(self.enemies < bounds.n_originals)]
        return enemy_distance_of_originals(bounds, self.batch, originals, enemies, self.selector)

    def _is_kept(self, rows: Array, enemy_lower_bound: Array) -> Array:
        """Whether k rows of a part of the class are nearer than the bound."""
        search, d = self.parts[0], self.batch.scaled.d
        kth = self._kth_distances(search, rows, enemy_lower_bound)
        return widen_up(dispatch.namespace(kth).sqrt(kth), d) < widen_down(enemy_lower_bound, d)

    # ---- searches ---------------------------------------------------------------------------------------------------

    @cached_property
    def parts(self) -> list[ExactSearch]:
        """Searches over the rows of the class, in parts if it is large: part p of P holds the positions p, p + P and so on."""
        count = PARTS_OF_CLASS if self.own.shape[0] >= SPLIT_CLASS_FROM_ROWS else 1
        n_queries = count * int(self.own.shape[0])  # of all parts together, which choose the same backend
        return [self.selector.make_search(self.batch.scaled, self.own[p::count], n_queries) for p in range(count)]

    @cached_property
    def enemy_search(self) -> ExactSearch:
        return self.selector.make_search(self.batch.scaled, self.enemies, int(self.own.shape[0]))

    def search(self, queries: Array) -> tuple[Array, int]:
        """Whether each of the queries, rows of the class, has k own rows strictly nearer than its nearest enemy; a mask (m,).

        Also the number of queries for which lists of own rows were needed.
        """
        if not queries.shape[0]:
            return indexing.all_true(queries), 0
        enemy = self._nearest_enemy(queries)
        n_nearer, is_open = self._count_parts(queries, enemy)
        undecided = indexing.flatnonzero(n_nearer < self.k)
        kept = indexing.all_true(queries)
        if not undecided.shape[0]:
            return kept, 0
        xp = dispatch.namespace(queries)
        is_open = [xp.take(mask, undecided) for mask in is_open]
        decided = self._decide(xp.take(queries, undecided), enemy.take(undecided), is_open)
        return indexing.scatter_set(kept, undecided, decided), int(undecided.shape[0])

    def _nearest_enemy(self, queries: Array) -> EnemyDistance:
        return EnemyDistance(*self._nearest_row(self.enemy_search, queries, None))

    def _nearest_row(self, search: ExactSearch, queries: Array, radius: Array | None) -> tuple[Array, Array]:
        """Lower bound (m,) on the distance to the nearest of rows without the query, and a squared distance to one of them."""
        xp, d = dispatch.namespace(queries), self.batch.scaled.d
        lists = search.list_candidates(queries, 1, radius)
        sq_distances = self.batch.scaled.sq_distances(queries, lists.indices[:, 0], self.selector.ctx)[:, 0]
        is_missing = lists.indices[:, 0] == queries
        sq_distances = xp.where(is_missing, xp.full_like(sq_distances, math.inf), sq_distances)
        nearest = widen_down(xp.sqrt(sq_distances), d)
        return xp.minimum(nearest, widen_down(lists.lower_bound, d)), sq_distances

    def _count_parts(self, queries: Array, enemy: EnemyDistance) -> tuple[Array, list[Array]]:
        """In how many parts a row is certainly nearer than the nearest enemy, up to k; and masks of the queries, one a part.

        A mask is false where certainly no row of the part is nearer than the enemy. The part of the query itself is not
        searched, as its nearest row would be the query.
        """
        xp, count, d = dispatch.namespace(queries), len(self.parts), self.batch.scaled.d
        own_part = xp.searchsorted(self.own, queries) % count
        radius = self._radius(enemy)
        n_nearer, is_open = xp.zeros_like(queries), [indexing.all_true(queries) for _ in self.parts]
        for part, search in enumerate(self.parts):
            active = indexing.flatnonzero((n_nearer < self.k) & (own_part != part))
            if not active.shape[0]:
                continue
            of_active = enemy.take(active)
            lower, sq_distances = self._nearest_row(search, xp.take(queries, active), xp.take(radius, active))
            is_nearer = widen_up(xp.sqrt(sq_distances), d) < of_active.lower
            counted = xp.take(n_nearer, active) + xp.astype(is_nearer, n_nearer.dtype)
            n_nearer = indexing.scatter_set(n_nearer, active, counted)
            may_be_nearer = lower < widen_up(xp.sqrt(of_active.sq_upper), d)
            is_open[part] = indexing.scatter_set(is_open[part], active, may_be_nearer)
        return n_nearer, is_open

    def _decide(self, queries: Array, enemy: EnemyDistance, is_open: list[Array]) -> Array:
        """The exact answer (m,) from lists of k rows of each part that may hold one nearer than the enemy."""
        xp, m = dispatch.namespace(queries), int(queries.shape[0])
        radius = self._radius(enemy)
        nearest = xp.full((m, self.k), math.inf, dtype=xp.float64, device=dispatch.get_device(queries))
        for search, mask in zip(self.parts, is_open, strict=True):
            rows = indexing.flatnonzero(mask)
            if not rows.shape[0]:
                continue
            found = search.kneighbors(xp.take(queries, rows), self.k, xp.take(radius, rows)).sq_distances
            joined = xp.concat([xp.take(nearest, rows, axis=0), found], axis=1)
            nearest = indexing.scatter_set(nearest, rows, xp.sort(joined, axis=1)[:, : self.k])
        sq_kth = nearest[:, self.k - 1]
        is_kept = widen_up(xp.sqrt(sq_kth), self.batch.scaled.d) < enemy.lower
        unclear = indexing.flatnonzero(~is_kept & (sq_kth < enemy.sq_upper))
        if not unclear.shape[0]:
            return is_kept
        sq_kth = xp.take(sq_kth, unclear)
        sq_enemy = self._kth_distances(self.enemy_search, xp.take(queries, unclear), xp.sqrt(sq_kth), 1)
        return indexing.scatter_set(is_kept, unclear, sq_kth < sq_enemy)

    def _radius(self, enemy: EnemyDistance) -> Array:
        """Radius (m,) beyond which rows do not matter."""
        distance = dispatch.namespace(enemy.lower).sqrt(enemy.sq_upper)
        return widen_up(distance, self.batch.scaled.d)

    def _kth_distances(self, search: ExactSearch, queries: Array, limit: Array, k: int = 0) -> Array:
        """Squared distance (m,) to the k-th of some rows; exact where it is within the limit."""
        radius = widen_up(limit, self.batch.scaled.d)
        return search.kneighbors(queries, k or self.k, radius).sq_distances[:, -1]
