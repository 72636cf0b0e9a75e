"""The exact layer: float64 decides among the candidates; what no certificate covers is searched again."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property

from gpu_smotetomek.arrays import dispatch, indexing, matrices
from gpu_smotetomek.neighbors import brute_force as direct
from gpu_smotetomek.neighbors.backends.kdtree import KDTree
from gpu_smotetomek.neighbors.brute_force import Found
from gpu_smotetomek.neighbors.candidates import Candidates
from gpu_smotetomek.neighbors.duplicates import DuplicateGroups
from gpu_smotetomek.neighbors.protocol import U64, Backend
from gpu_smotetomek.neighbors.scaled_rows import ScaledRows
from gpu_smotetomek.typing import Array

ABSOLUTE_SLACK = 2.0**-530  # absolute allowance of a comparison of distances, in scaled units
EXTRA_CANDIDATES = 2  # candidates beyond k and self
LONGER_LIST_FACTOR = 4  # how much longer a second list is
SMALL_QUERY_ROWS = 128  # queries for which no second index is built
LARGE_SEARCH_WORK = 1e8  # pairs times features from which equal rows are grouped, and a float64 tree is built, before all distances are taken

Answer = tuple[Array, Array, Array]  # squares (m, k), rows (m, k), certified (m,)
Lists = Callable[[Array, int, Array | None], Found]  # as `Candidates.lists`


def widen_up(distance: Array, d: int) -> Array:
    """A float64 distance raised by what its d differences, squares and sums, and those of a bound beside it, may have lost."""
    return distance * (1 + 4 * (d + 8) * U64) + ABSOLUTE_SLACK


def widen_down(distance: Array, d: int) -> Array:
    return distance * (1 - 4 * (d + 8) * U64) - ABSOLUTE_SLACK


@dataclass(frozen=True)
class ExactSearch:
    """Exact nearest neighbours among some rows of a space.

    Parameters
    ----------
    space : Space
    rows : int64 array (n,)
        The searched rows, ascending.
    backend : Backend or None
        Who proposes; None: nobody, every distance is taken in float64.
    tally : Counter
        Where queries were decided: 'list', 'longer list' or 'finer list', 'equal rows', 'float64 tree' or 'float64'.
    quick : Backend or None
        Who answers `lower`, where that is another: a single nearest row has roads of its own. And few queries, for which
        a second index would not be worth building.
    distinct : bool
        Whether no two rows are known to be equal.
    elsewhere : Counter
        Queries whose lists were too long for the backend, under the name of who took them.
    used : Counter
        Queries that each proposer, `backend` or `quick`, was asked about; 'direct' where there is none.
    """

    space: ScaledRows
    rows: Array
    backend: Backend | None
    settled_by_stage: Counter[str] = field(default_factory=Counter)
    small_query_backend: Backend | None = None
    distinct: bool = False
    fallback_queries: Counter[str] = field(default_factory=Counter)
    queries_by_backend: Counter[str] = field(default_factory=Counter)

    @cached_property
    def candidates(self) -> Candidates:
        assert self.backend is not None
        return Candidates(self.space, self.rows, self.backend)

    @cached_property
    def small_query_candidates(self) -> Candidates:
        return (
            Candidates(self.space, self.rows, self.small_query_backend) if self.small_query_backend else self.candidates
        )

    def _propose(self, queries: Array, k: int, radius: Array | None) -> tuple[Array, Array]:
        """Lists of k, and their lower ends, of who answers so many queries."""
        m = int(queries.shape[0])
        candidates = self.small_query_candidates if k == 1 or m <= SMALL_QUERY_ROWS else self.candidates
        self.queries_by_backend[candidates.backend.name] += m
        return candidates.search(queries, k, radius)

    @cached_property
    def tree(self) -> Candidates:
        return self.candidates if isinstance(self.backend, KDTree) else Candidates(self.space, self.rows, KDTree())

    def kneighbors(self, queries: Array, k: int, radius: Array | None = None) -> tuple[Array, Array]:
        """Squared distances (scaled units) and rows, both (m, k), of the k nearest other rows by (distance, row number).

        A query is left out of its own neighbours by row number. Where fewer than k other rows exist, the list ends in
        infinite distances. What is beyond the radius (m,), in scaled units, may be missing or wrong: within it all is exact.
        """
        xp, device = dispatch.namespace(queries), dispatch.get_device(queries)
        m = int(queries.shape[0])
        D = xp.full((m, k), math.inf, dtype=xp.float64, device=device)
        found = xp.zeros((m, k), dtype=xp.int64, device=device)
        pending = xp.arange(m, dtype=xp.int64, device=device)
        roads = {
            "list": self._search_list,
            "longer list": self._search_longer_list,
            "finer list": self._search_refined_list,
            "equal rows": self._search_distinct_rows,
            "float64 tree": self._search_float64_tree,
            "float64": self._search_all_rows,
        }
        for name, road in roads.items():
            some = None if radius is None else matrices.take_dense_rows(radius, pending)
            answer = road(matrices.take_dense_rows(queries, pending), k, some) if pending.shape[0] else None
            if answer is None:
                continue
            D, found = indexing.scatter_set(D, pending, answer[0]), indexing.scatter_set(found, pending, answer[1])
            self.settled_by_stage[name] += indexing.count_nonzero(answer[2])
            pending = matrices.take_dense_rows(pending, indexing.flatnonzero(~answer[2]))
        return D, found

    def list_candidates(self, queries: Array, k: int, radius: Array | None = None) -> tuple[Array, Array]:
        """Some rows near each query, and the certified lower end (m,), in scaled units, of the distance of every other row.

        Rows beyond the radius need not be listed. Without a backend self is left out of the lists, and of the lower end.
        """
        if self.backend is not None:
            self._count_fallback(int(queries.shape[0]), k)
            return self._propose(queries, k, radius)
        xp, n = dispatch.namespace(queries), int(self.rows.shape[0])
        D, found = self.kneighbors(queries, min(k, n))
        last = xp.sqrt(D[:, -1])
        return found, widen_down(last, self.space.d) if k < n else xp.full_like(last, math.inf)

    def nearest_lower_bound(self, queries: Array, radius: Array) -> Array:
        """Distance (m,) of each query to the nearest of the rows, from below, in scaled units; no query is one of them.

        Beyond the radius it is only said to be beyond. One candidate is enough to know it: no row, that one included, has a
        smaller returned square.
        """
        xp = dispatch.namespace(queries)
        if self.backend is None or self.rows.shape[0] == 1:
            low = widen_down(xp.sqrt(self._search_all_rows(queries, 1)[0][:, 0]), self.space.d)
        else:
            _, low = self._propose(queries, 1, radius)
        return indexing.clip(low, 0, None)

    def _search_list(self, queries: Array, k: int, radius: Array | None, longer: int = 1) -> Answer | None:
        if self.backend is None:
            return None
        return self._certify(self._propose, queries, k, self._list_width(k, longer), radius)

    def _search_longer_list(self, queries: Array, k: int, radius: Array | None) -> Answer | None:
        return None if self._refined_width(k) else self._search_list(queries, k, radius, LONGER_LIST_FACTOR)

    def _search_refined_list(self, queries: Array, k: int, radius: Array | None) -> Answer | None:
        """A list that is as long as a way to search with a smaller error makes it."""
        width = self._refined_width(k)
        if not width:
            return None
        assert self.candidates.refined is not None
        return self._certify(self.candidates.refined.search, queries, k, width, radius)

    def _refined_width(self, k: int) -> int:
        """How long that list is; 0 where there is none longer than the first."""
        finer = self.backend and self.backend.refinement
        first, longest = k + 1 + EXTRA_CANDIDATES, 0 if finer is None else finer.max_k
        return int(min(LONGER_LIST_FACTOR * first, longest)) if first < longest else 0

    def _list_width(self, k: int, longer: int) -> int:
        """Rows of a list: no more than the backend makes itself, where that is more than the first list."""
        first = k + 1 + EXTRA_CANDIDATES
        longest = math.inf if self.backend is None else self.backend.max_k
        return int(min(longer * first, longest)) if longest > first else longer * first

    def _is_large(self, queries: Array) -> bool:
        return float(queries.shape[0]) * float(self.rows.shape[0]) * self.space.d >= LARGE_SEARCH_WORK

    @cached_property
    def groups(self) -> DuplicateGroups:
        return DuplicateGroups.from_rows(self.space, self.rows)

    def _search_distinct_rows(self, queries: Array, k: int, radius: Array | None) -> Answer | None:
        """Copies of a row fill every list that should reach beyond them: each is searched once, where there are some."""
        if self.backend is None or self.distinct or not self._is_large(queries):
            return None
        groups = self.groups
        if groups.start.shape[0] == self.rows.shape[0]:
            return None
        backend = self.backend if groups.start.shape[0] > direct.HOST_TILE[1] else None
        inner = replace(self, rows=groups.representatives, backend=backend, settled_by_stage=Counter(), distinct=True)
        D, found = groups.expand_neighbors(*inner.kneighbors(queries, k, radius), queries, k)
        return D, found, dispatch.namespace(found).ones_like(queries, dtype=dispatch.namespace(found).bool)

    def _search_float64_tree(self, queries: Array, k: int, radius: Array | None) -> Answer | None:
        """A float64 tree on the host, with lists long enough for most ties."""
        dense = dispatch.is_numpy_or_sparse(self.space.X) and not dispatch.is_sparse(self.space.X)
        if self.backend is None or not dense or not self._is_large(queries):
            return None
        return self._certify(self.tree.search, queries, k, LONGER_LIST_FACTOR**2 * (k + 1 + EXTRA_CANDIDATES), radius)

    def _certify(self, lists: Lists, queries: Array, k: int, width: int, radius: Array | None) -> Answer:
        self._count_fallback(int(queries.shape[0]), width)
        listed, low = lists(queries, width, radius)
        D, found = self.rerank(queries, listed, k)
        d = self.space.d
        certified = widen_up(dispatch.namespace(D).sqrt(D[:, k - 1]), d) < widen_down(low, d)
        return D, found, certified if radius is None else certified | (widen_up(radius, d) < widen_down(low, d))

    def _count_fallback(self, m: int, k: int) -> None:
        """Note queries whose lists the backend has from elsewhere."""
        if min(k, int(self.rows.shape[0])) > (math.inf if self.backend is None else self.backend.max_k):
            self.fallback_queries["xp"] += m

    def rerank(self, queries: Array, listed: Array, k: int) -> Found:
        """As `direct.decided`."""
        return direct.rerank(self.space, queries, listed, k)

    def _search_all_rows(self, queries: Array, k: int, radius: Array | None = None) -> Answer:
        """Every distance in float64."""
        del radius
        if self.backend is None:
            self.queries_by_backend["direct"] += int(queries.shape[0])
        D, found = direct.search_all(self.space, self.rows, queries, k, shared=self._is_large(queries))
        return D, found, dispatch.namespace(found).ones_like(queries, dtype=dispatch.namespace(found).bool)
