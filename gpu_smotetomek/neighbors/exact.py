"""Exact k nearest neighbours: float64 decides among candidates, and what no certificate covers goes to the next stage."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import ClassVar

from gpu_smotetomek.arrays import dispatch, indexing
from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.neighbors import brute_force, duplicates
from gpu_smotetomek.neighbors.backends.float64_leaves import Float64Leaves
from gpu_smotetomek.neighbors.backends.kdtree import KDTree
from gpu_smotetomek.neighbors.candidates import CandidateLists, CandidateSearch
from gpu_smotetomek.neighbors.duplicates import DuplicateGroups
from gpu_smotetomek.neighbors.protocol import Backend
from gpu_smotetomek.neighbors.rounding import widen_down, widen_up
from gpu_smotetomek.neighbors.scaled_rows import ScaledRows
from gpu_smotetomek.neighbors.statistics import SearchStatistics
from gpu_smotetomek.typing import Array, NeighborLists

EXTRA_CANDIDATES = 2  # beyond k and the query itself
LONGER_LIST_FACTOR = 4
FEW_QUERIES = 128  # up to so many queries, no second index is built
LARGE_SEARCH_WORK = 1e8  # pairs times features from which grouping duplicates and a float64 tree pay before brute force
LONG_LIST_BACKEND = "xp"  # makes the lists that are longer than a backend's `max_k`

Answer = tuple[NeighborLists, Array]
"""Lists of k rows for each query, and a mask (m,) of the queries whose list is certified to be exact."""
Stage = Callable[["ExactSearch", Array, int, Array | None], Answer | None]
ListCandidates = Callable[[Array, int, Array | None], CandidateLists]


@dataclass(frozen=True)
class ExactSearch:
    """Exact nearest neighbours among some rows of a matrix.

    Parameters
    ----------
    scaled : ScaledRows
    rows : int64 array (n,)
        The searched rows, ascending.
    backend : Backend or None
        Proposes candidates; None: every distance is computed in float64.
    ctx : ExecutionContext
    statistics : SearchStatistics
        Counts the queries.
    single_neighbor_backend : Backend or None
        Serves `nearest_lower_bound`, and queries too few to build an index for, instead of `backend`.
    is_distinct : bool
        Whether duplicates are known to be out.
    computes_distances : bool
        Whether `nearest_rows` always computes distances.
    """

    scaled: ScaledRows
    rows: Array
    backend: Backend | None
    ctx: ExecutionContext
    statistics: SearchStatistics = field(default_factory=SearchStatistics)
    single_neighbor_backend: Backend | None = None
    is_distinct: bool = False
    computes_distances: ClassVar[bool] = True

    # ---- answers --------------------------------------------------------------------------------------------------

    def kneighbors(self, queries: Array, k: int, radius: Array | None = None) -> NeighborLists:
        """Squared distances (scaled units) and rows, both (m, k), of the k nearest other rows by (distance, row number).

        A query is not its own neighbour. A list with fewer than k other rows ends in infinite distances. Entries beyond the
        radius (m,), in scaled units, may be missing or wrong; within it the lists are exact.
        """
        xp, device, m = dispatch.namespace(queries), dispatch.get_device(queries), int(queries.shape[0])
        sq_distances = xp.full((m, k), math.inf, dtype=xp.float64, device=device)
        indices = xp.zeros((m, k), dtype=xp.int64, device=device)
        pending = xp.arange(m, dtype=xp.int64, device=device)
        for name, run_stage in self._stages(queries).items():
            left = int(pending.shape[0])
            if not left:
                break
            if left == m:
                answer = run_stage(self, queries, k, radius)
            else:
                left_radius = None if radius is None else indexing.take_1d(radius, pending)
                answer = run_stage(self, indexing.take_1d(queries, pending), k, left_radius)
            if answer is None:
                continue
            lists, certified = answer
            sq_distances = indexing.scatter_set(sq_distances, pending, lists.sq_distances)
            indices = indexing.scatter_set(indices, pending, lists.indices)
            self.statistics.settled_by_stage[name] += indexing.count_nonzero(certified)
            pending = indexing.take_1d(pending, indexing.flatnonzero(~certified))
        return NeighborLists(sq_distances, indices)

    def nearest_rows(self, queries: Array, k: int) -> Array:
        """The rows of `kneighbors` (m, k), without their distances."""
        return self.kneighbors(queries, k).indices

    def strictly_nearest(self, queries: Array) -> Array:
        """The nearest other row (m,) of each query; −1 where two are equally near."""
        sq_distances, indices = self.kneighbors(queries, 2)
        xp = dispatch.namespace(indices)
        return xp.where(sq_distances[:, 0] < sq_distances[:, 1], indices[:, 0], -xp.ones_like(indices[:, 0]))

    def list_candidates(self, queries: Array, k: int, radius: Array | None = None) -> CandidateLists:
        """Some rows near each query, and the certified lower bound (m,), in scaled units, on the distance of every other row.

        Rows beyond the radius may be left out. Without a backend the lists leave out the query itself, and the bound does not
        cover it.
        """
        if self.backend is not None:
            self._count_long_lists(int(queries.shape[0]), k)
            return self._propose(queries, k, radius)
        xp, n = dispatch.namespace(queries), int(self.rows.shape[0])
        sq_distances, indices = self.kneighbors(queries, min(k, n))
        last = xp.sqrt(sq_distances[:, -1])
        return CandidateLists(indices, widen_down(last, self.scaled.d) if k < n else xp.full_like(last, math.inf))

    def nearest_lower_bound(self, queries: Array, radius: Array) -> Array:
        """Lower bound (m,) on the distance of each query to the nearest of the rows, in scaled units; no query is one of them.

        Beyond the radius the bound need not be tight. One candidate gives the bound: no row, the candidate included, has a
        smaller returned squared distance.
        """
        if self.backend is None or self.rows.shape[0] == 1:
            lists, _ = self._search_all_rows(queries, 1, None)
            bound = widen_down(dispatch.namespace(queries).sqrt(lists.sq_distances[:, 0]), self.scaled.d)
        else:
            bound = self._propose(queries, 1, radius).lower_bound
        return indexing.clip(bound, 0, None)

    @property
    def uses_tree(self) -> bool:
        """Whether one tree serves every search for candidates."""
        return isinstance(self.backend, KDTree) and self.single_neighbor_backend is None

    def build_in_background(self) -> AbstractContextManager[object]:
        """Build a tree on another thread, if one serves and threads may run."""
        return self.candidate_search.build_in_background() if self.uses_tree else nullcontext()

    # ---- candidates -----------------------------------------------------------------------------------------------

    @cached_property
    def candidate_search(self) -> CandidateSearch:
        assert self.backend is not None
        return CandidateSearch(self.scaled, self.rows, self.backend, self.ctx)

    @cached_property
    def single_neighbor_search(self) -> CandidateSearch:
        if self.single_neighbor_backend is None:
            return self.candidate_search
        return CandidateSearch(self.scaled, self.rows, self.single_neighbor_backend, self.ctx)

    @cached_property
    def tree_search(self) -> CandidateSearch:
        if isinstance(self.backend, KDTree):
            return self.candidate_search
        return CandidateSearch(self.scaled, self.rows, KDTree(), self.ctx)

    @cached_property
    def leaf_search(self) -> CandidateSearch:
        return CandidateSearch(self.scaled, self.rows, Float64Leaves(), self.ctx)

    @cached_property
    def duplicate_groups(self) -> DuplicateGroups:
        return DuplicateGroups.from_rows(self.scaled, self.rows, self.ctx)

    @cached_property
    def representative_search(self) -> ExactSearch:
        """A search among the first rows of the groups of equal rows."""
        rows, statistics = self.duplicate_groups.representatives, replace(self.statistics, settled_by_stage=Counter())
        backend = self.backend if rows.shape[0] > brute_force.HOST_TILE[1] else None
        return replace(self, rows=rows, backend=backend, statistics=statistics, is_distinct=True)

    @cached_property
    def repeats_rows(self) -> bool:
        """Whether grouping equal rows pays before any other stage."""
        return duplicates.repeats_rows(self.scaled, self.rows, self.ctx)

    def _propose(self, queries: Array, k: int, radius: Array | None) -> CandidateLists:
        """Candidate lists of the backend that suits so many queries."""
        m = int(queries.shape[0])
        candidates = self.single_neighbor_search if k == 1 or m <= FEW_QUERIES else self.candidate_search
        self.statistics.queries_by_backend[candidates.backend.name] += m
        return candidates.search(queries, k, radius)

    def _certify(self, search: ListCandidates, queries: Array, k: int, width: int, radius: Array | None) -> Answer:
        """Rerank candidate lists of `width` rows in float64, and certify those that no unlisted row can change."""
        self._count_long_lists(int(queries.shape[0]), width)
        candidates, lower_bound = search(queries, width, radius)
        lists, d = self.rerank(queries, candidates, k), self.scaled.d
        lower_bound = widen_down(lower_bound, d)
        certified = widen_up(dispatch.namespace(queries).sqrt(lists.sq_distances[:, k - 1]), d) < lower_bound
        return lists, certified if radius is None else certified | (widen_up(radius, d) < lower_bound)

    def rerank(self, queries: Array, candidates: Array, k: int) -> NeighborLists:
        """The first k candidates of each query; see `brute_force.rerank`."""
        return brute_force.rerank(self.scaled, queries, candidates, k, self.ctx)

    def _count_long_lists(self, m: int, k: int) -> None:
        if self.backend is not None and min(k, int(self.rows.shape[0])) > self.backend.max_k:
            self.statistics.fallback_queries[LONG_LIST_BACKEND] += m

    def may_group(self, queries: Array) -> bool:
        """Whether grouping equal rows may pay for so many queries; always if they are grouped already."""
        may_repeat = self.backend is not None and not self.is_distinct
        return may_repeat and ("duplicate_groups" in self.__dict__ or self._is_large(queries))

    def _is_large(self, queries: Array) -> bool:
        return float(queries.shape[0]) * float(self.rows.shape[0]) * self.scaled.work_per_pair >= LARGE_SEARCH_WORK

    # ---- stages: each returns an answer, or None where it does not apply --------------------------------------------

    def _stages(self, queries: Array) -> dict[str, Stage]:
        """All stages in order; that of equal rows comes first where copies would fill most lists."""
        grouped_first = {"equal rows": STAGES["equal rows"], **STAGES}
        return grouped_first if self.may_group(queries) and self.repeats_rows else STAGES

    def _search_list(self, queries: Array, k: int, radius: Array | None, factor: int = 1) -> Answer | None:
        """Lists of the backend, capped at its `max_k` unless even the shortest useful list exceeds that."""
        if self.backend is None:
            return None
        shortest = k + 1 + EXTRA_CANDIDATES
        width = factor * shortest if self.backend.max_k <= shortest else int(min(factor * shortest, self.backend.max_k))
        return self._certify(self._propose, queries, k, width, radius)

    def _search_longer_list(self, queries: Array, k: int, radius: Array | None) -> Answer | None:
        return None if self._refined_width(k) else self._search_list(queries, k, radius, LONGER_LIST_FACTOR)

    def _search_finer_list(self, queries: Array, k: int, radius: Array | None) -> Answer | None:
        """Lists of the backend's refinement, as long as it makes them."""
        width = self._refined_width(k)
        if not width:
            return None
        assert self.candidate_search.refined is not None
        return self._certify(self.candidate_search.refined.search, queries, k, width, radius)

    def _refined_width(self, k: int) -> int:
        """Length of the refinement's lists; 0 where they would be no longer than the first list."""
        refinement, shortest = self.backend and self.backend.refinement, k + 1 + EXTRA_CANDIDATES
        if refinement is None or shortest >= refinement.max_k:
            return 0
        return int(min(LONGER_LIST_FACTOR * shortest, refinement.max_k))

    def _search_float64_leaves(self, queries: Array, k: int, radius: Array | None) -> Answer | None:
        """The rows within the radius, in float64; few rows far out have a float32 error beyond their radius."""
        if radius is None or not self._may_use_float64_tree(queries) or isinstance(self.backend, KDTree):
            return None
        width = LONGER_LIST_FACTOR * (k + 1 + EXTRA_CANDIDATES)
        return self._certify(self.leaf_search.search, queries, k, width, radius)

    def _search_equal_rows(self, queries: Array, k: int, radius: Array | None) -> Answer | None:
        """Search distinct rows only: copies of a row fill every list that has to reach beyond them."""
        if not self.may_group(queries):
            return None
        groups, search = self.duplicate_groups, self.representative_search.kneighbors
        if groups.start.shape[0] == self.rows.shape[0]:
            return None
        return groups.kneighbors(queries, k, radius, search, self.ctx), indexing.all_true(queries)

    def _may_use_float64_tree(self, queries: Array) -> bool:
        if self.scaled.is_mixed and not isinstance(self.backend, KDTree):
            return False  # by numbers alone, too many rows are near
        return self.backend is not None and self.ctx.kind is dispatch.ArrayKind.NUMPY and self._is_large(queries)

    def _search_float64_tree(self, queries: Array, k: int, radius: Array | None) -> Answer | None:
        """A float64 tree on the host, with lists long enough for most ties."""
        if not self._may_use_float64_tree(queries):
            return None
        width = LONGER_LIST_FACTOR**2 * (k + 1 + EXTRA_CANDIDATES)
        return self._certify(self.tree_search.search, queries, k, width, radius)

    def _search_all_rows(self, queries: Array, k: int, radius: Array | None) -> Answer:
        """Every distance in float64."""
        del radius
        if self.backend is None:
            self.statistics.queries_by_backend["direct"] += int(queries.shape[0])
        balanced = self._is_large(queries)
        lists = brute_force.search_all(self.scaled, self.rows, queries, k, self.ctx, balanced=balanced)
        return lists, indexing.all_true(queries)


STAGES: dict[str, Stage] = {
    "list": ExactSearch._search_list,
    "longer list": ExactSearch._search_longer_list,
    "finer list": ExactSearch._search_finer_list,
    "float64 leaves": ExactSearch._search_float64_leaves,
    "equal rows": ExactSearch._search_equal_rows,
    "float64 tree": ExactSearch._search_float64_tree,
    "float64": ExactSearch._search_all_rows,
}
"""The escalation stages in order; each serves the queries that no earlier stage settled."""
