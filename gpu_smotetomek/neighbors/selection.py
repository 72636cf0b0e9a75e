"""Which backend serves a search, and what the search would cost.

Estimates of seconds choose among backends; they never decide an answer.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from gpu_smotetomek.address_space import get_free_address_space
from gpu_smotetomek.arrays import sparse_rows
from gpu_smotetomek.arrays.dispatch import ArrayKind
from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.neighbors.backends.cuda.out_of_core import OutOfCoreCuda
from gpu_smotetomek.neighbors.backends.faiss_cpu import is_faiss_loaded
from gpu_smotetomek.neighbors.backends.kdtree import LEAF_ROWS
from gpu_smotetomek.neighbors.backends.mixed import MixedProducts
from gpu_smotetomek.neighbors.backends.registry import BACKENDS, check_array_kind, get_backend
from gpu_smotetomek.neighbors.exact import ExactSearch
from gpu_smotetomek.neighbors.integer_search import IntegerSearch, may_hold_integers
from gpu_smotetomek.neighbors.products import ProductSearch, suits_products
from gpu_smotetomek.neighbors.protocol import Backend
from gpu_smotetomek.neighbors.scaled_mixed import ScaledMixed
from gpu_smotetomek.neighbors.scaled_rows import ScaledRows
from gpu_smotetomek.neighbors.statistics import SearchStatistics
from gpu_smotetomek.typing import Array

# Seconds here were measured on an idle core of 2023. Other processors differ, but the ratios, which decide, hold.
BRUTE_FORCE_UP_TO_WORK = 1e6  # pairs times (features + SELECTION_COST_FEATURES) that take less than to set up a search
BRUTE_FORCE_UP_TO_COPIES = 3  # in units of all rows' features: laying rows out for a search takes as long
PRODUCTS_FROM_QUERIES_SHARE = 0.1  # of the rows: fewer queries cost less without the products of all pairs
SELECTION_COST_FEATURES = 6  # finding the least of float64 distances costs as much as so many features
FAISS_FUSED_FEATURES = 32  # most features of FAISS's fused kernel, which keeps products in registers
FAISS_MIN_SAVING_SECONDS = 0.02  # what a search must save: FAISS loads in about 0.03 s, once in a process
MATMUL_SINGLE_NEIGHBOR_SHARE = 0.4  # of a list's seconds that a single nearest row takes by brute force
TREE_SINGLE_NEIGHBOR_SHARE = 0.7  # and by a tree
TREE_MAX_CROWD = 4.0  # rows as near by numbers as the nearest row: with more, lists of a tree over the numbers get long
SPARSE_PAIR_SECONDS = 5e-9  # of a pair of sparse rows, beside the features that both store
SHARED_ENTRY_SECONDS = 4e-9  # of a feature that both store
MIXED_BACKENDS = ("xp", "kdtree")
DEVICE_SPEED_IN_CORES = 200  # a GPU of today is about as fast as so many cores


def check_backend(ctx: ExecutionContext, X: Array, *, is_mixed: bool = False) -> None:
    """Raise if the context's backend is unknown, unavailable, or cannot search rows of the kind of X.

    Raises
    ------
    ValueError
        If the backend is unknown, or X is of a kind that it does not search; with `is_mixed`, X has categories.
    BackendUnavailable
        If the backend cannot run here.
    """
    if ctx.backend != "auto":
        backend = get_backend(ctx.backend)
        if is_mixed and ctx.backend not in MIXED_BACKENDS:
            raise ValueError(
                f"backend={ctx.backend!r} searches numbers, and X has categorical features: use backend='auto', or one of "
                f"{', '.join(map(repr, MIXED_BACKENDS))}"
            )
        if ctx.out_of_core_device is None:
            check_array_kind(backend, X)
    if is_mixed and ctx.out_of_core_device:
        raise ValueError(
            f"X and its result need more memory than is free on {ctx.out_of_core_device!r}, and rows with categorical features "
            "do not go through it in blocks: use device='cpu'"
        )
    if ctx.out_of_core_device and ctx.backend not in ("auto", "cuda"):
        raise ValueError(
            f"X and its result need more memory than is free on {ctx.out_of_core_device!r}, so X stays on the host and goes "
            f"through in blocks, which backend={ctx.backend!r} cannot: use backend='auto' or 'cuda', or device='cpu'"
        )


@dataclass(frozen=True)
class SearchSelector:
    """Makes the searches of one step, and counts what they did.

    Parameters
    ----------
    ctx : ExecutionContext
    statistics : SearchStatistics
    """

    ctx: ExecutionContext
    statistics: SearchStatistics = field(default_factory=SearchStatistics)

    @property
    def backend_(self) -> str:
        """The backend that received most queries; 'direct' where all distances were computed in float64."""
        queries = self.statistics.queries_by_backend
        return queries.most_common(1)[0][0] if queries else "direct" if self.ctx.backend == "auto" else self.ctx.backend

    @property
    def certified_fraction(self) -> float:
        """Share of the rows that bounds or certified lists settled; the others needed all distances in float64."""
        settled = self.statistics.settled_by_stage
        total = settled.total()
        return 1 - settled["float64"] / total if total else 1.0

    def make_search(self, scaled: ScaledRows, rows: Array, n_queries: int, *, only_lists: bool = False) -> ExactSearch:
        """An exact search among `rows` for about `n_queries` queries.

        With `only_lists`, single nearest rows are not searched, so that no backend for them is loaded.
        """
        n = int(rows.shape[0])
        backend = self._choose_backend(scaled, n, n_queries)
        single_neighbor_backend = (
            None if only_lists else self._choose_single_neighbor_backend(scaled, n, n_queries, backend)
        )
        kind = ProductSearch if self.takes_products(scaled, n, n_queries) else ExactSearch
        if kind is ExactSearch and self._takes_integers(backend) and may_hold_integers(scaled, rows):
            kind = IntegerSearch
        return kind(scaled, rows, backend, self.ctx, self.statistics, single_neighbor_backend)

    def estimate(self, scaled: ScaledRows, n: int, n_queries: int) -> tuple[str, float]:
        """Name of the backend that would search among n rows, and seconds on an ordinary machine with as many threads."""
        if self.takes_products(scaled, n, n_queries):
            return "direct", self._seconds_of_wide_products(scaled, n) / self.ctx.n_threads
        backend = self._choose_backend(scaled, n, n_queries)
        name = backend.name if backend else "direct"
        estimators = {
            "kdtree": self._seconds_of_tree,
            "direct": self._seconds_of_float64_search,
            "sparse": self._seconds_of_sparse_products,
        }
        seconds = estimators.get(name, self._seconds_of_products)(scaled, n, n_queries)
        return name, seconds / (DEVICE_SPEED_IN_CORES if self.ctx.uses_device else self.ctx.n_threads)

    def estimate_single_neighbor(self, scaled: ScaledRows, n: int, n_queries: int) -> float:
        """Seconds of finding no more than the nearest of n rows for each query."""
        seconds = self.estimate(scaled, n, n_queries)[1]
        if self.takes_products(scaled, n, n_queries):
            return seconds
        backend = self._choose_backend(scaled, n, n_queries)
        if self._choose_single_neighbor_backend(scaled, n, n_queries, backend):
            return self._seconds_of_faiss(scaled, n, n_queries) / self.ctx.n_threads
        shares = {"direct": 1.0, "sparse": 1.0, "kdtree": TREE_SINGLE_NEIGHBOR_SHARE}
        return seconds * shares.get(backend.name if backend else "direct", MATMUL_SINGLE_NEIGHBOR_SHARE)

    def takes_products(self, scaled: ScaledRows, n: int, n_queries: int) -> bool:
        """Whether few rows with very many features are compared by products of all pairs, which few queries do not need."""
        is_free = self.ctx.backend == "auto" and self.ctx.out_of_core_device is None
        return is_free and n_queries >= PRODUCTS_FROM_QUERIES_SHARE * n and suits_products(scaled, n, self.ctx)

    def _takes_integers(self, backend: Backend | None) -> bool:
        """Whether rows of small integers may be searched by exact products, where products would propose lists."""
        return self.ctx.backend == "auto" and self.ctx.kind is ArrayKind.NUMPY and backend is BACKENDS["xp"]

    # ---- choice ---------------------------------------------------------------------------------------------------

    def _choose_backend(self, scaled: ScaledRows, n: int, n_queries: int) -> Backend | None:
        """The backend of the context; for 'auto' the fastest one on the device, None where brute force in float64 is faster."""
        if self.ctx.backend == "auto" and self._is_small(scaled, n, n_queries):
            return None
        if isinstance(scaled, ScaledMixed):
            return self._choose_mixed_backend(scaled, n, n_queries)
        if self.ctx.out_of_core_device:
            return OutOfCoreCuda(self.ctx.out_of_core_device)
        if self.ctx.backend != "auto":
            return get_backend(self.ctx.backend)
        if self.ctx.kind is ArrayKind.CUPY and BACKENDS["cuda"].unavailable() is None:
            return BACKENDS["cuda"]
        if self.ctx.kind is ArrayKind.NUMPY:
            tree, brute = (f(scaled, n, n_queries) for f in (self._seconds_of_tree, self._seconds_of_products))
            return BACKENDS["kdtree" if tree < brute else "xp"]
        if not scaled.is_thin:
            return BACKENDS["xp"]
        brute, stored = (f(scaled, n, n_queries) for f in (self._seconds_of_products, self._seconds_of_sparse_products))
        return BACKENDS["sparse" if stored < brute else "xp"]

    def _choose_mixed_backend(self, scaled: ScaledMixed, n: int, n_queries: int) -> Backend:
        """A tree over the numbers where these alone leave short lists, else products of numbers with counted mismatches."""
        products, name = MixedProducts.for_rows(scaled), self.ctx.backend
        if name == "auto" and self.ctx.kind is ArrayKind.NUMPY:
            tree, brute = (f(scaled, n, n_queries) for f in (self._seconds_of_tree, self._seconds_of_products))
            name = "kdtree" if tree < brute and scaled.crowd <= TREE_MAX_CROWD else "xp"
        return BACKENDS["kdtree"] if name == "kdtree" else products

    def _choose_single_neighbor_backend(
        self, scaled: ScaledRows, n: int, n_queries: int, backend: Backend | None
    ) -> Backend | None:
        """FAISS, whose fused kernel finds a single nearest row, where that saves more than a fixed time.

        It then also lists candidates for queries that are too few to build another index for.
        """
        if self.ctx.backend != "auto" or self.ctx.out_of_core_device or backend is None or scaled.is_mixed:
            return None
        if not self.ctx.kind.is_numpy_or_sparse:
            return None
        other = self._seconds_of_single_neighbor(scaled, n, n_queries, tree=backend.name == "kdtree")
        saving = (other - self._seconds_of_faiss(scaled, n, n_queries)) / self.ctx.n_threads
        if saving < FAISS_MIN_SAVING_SECONDS:
            return None
        if get_free_address_space() is not None and not is_faiss_loaded():
            return None  # a library that is loaded in the middle of a call could take the space that the call needs
        faiss = BACKENDS["faiss-cpu"]
        return faiss if faiss.unavailable() is None else None

    # ---- seconds on one core ----------------------------------------------------------------------------------------

    def _is_small(self, scaled: ScaledRows, n: int, n_queries: int) -> bool:
        """Whether all distances in float64 take less time than to set up a search."""
        work = n_queries * (scaled.work_per_pair + SELECTION_COST_FEATURES) * float(n)
        return work <= max(BRUTE_FORCE_UP_TO_WORK, BRUTE_FORCE_UP_TO_COPIES * scaled.work_per_pair * float(n))

    def _seconds_of_float64_search(self, scaled: ScaledRows, n: int, n_queries: int) -> float:
        """All distances in float64."""
        return n_queries * n * (scaled.work_per_pair + SELECTION_COST_FEATURES) * 1e-9

    def _seconds_of_wide_products(self, scaled: ScaledRows, n: int) -> float:
        """Products of all pairs in float64, with reading the rows."""
        return n * (n + 32.0) * scaled.d * 0.03e-9

    def _seconds_of_products(self, scaled: ScaledRows, n: int, n_queries: int) -> float:
        """Products in float32, and several passes over each result; of categories, one comparison each."""
        codes = len(scaled.n_categories) if isinstance(scaled, ScaledMixed) else 0
        rank = scaled.projection.rank("float32", scaled.d - codes)
        return n_queries * n * (2.5 + 0.02 * rank + 0.16 * codes) * 1e-9

    def _seconds_of_sparse_products(self, scaled: ScaledRows, n: int, n_queries: int) -> float:
        """Products of stored entries that two rows share, and several passes over each result."""
        shared = sparse_rows.mean_shared_entries(scaled.X)
        return n_queries * n * (SPARSE_PAIR_SECONDS + SHARED_ENTRY_SECONDS * shared)

    def _seconds_of_single_neighbor(self, scaled: ScaledRows, n: int, n_queries: int, *, tree: bool) -> float:
        """A single nearest row, by a tree that exists already or by brute force."""
        if tree:
            return TREE_SINGLE_NEIGHBOR_SHARE * self._seconds_of_tree_queries(scaled, n, n_queries)
        return MATMUL_SINGLE_NEIGHBOR_SHARE * self._seconds_of_products(scaled, n, n_queries)

    def _seconds_of_faiss(self, scaled: ScaledRows, n: int, n_queries: int) -> float:
        """A single nearest row by FAISS's fused kernel; infinite where it has none for so many features."""
        rank = scaled.projection.rank("float32", scaled.d)
        return n_queries * n * 0.026e-9 * rank if rank <= FAISS_FUSED_FEATURES else math.inf

    def _seconds_of_tree(self, scaled: ScaledRows, n: int, n_queries: int) -> float:
        """Building a tree, which takes one core while the others wait, and searching it."""
        level = (10 + 0.4 * scaled.projection.rank("float64", scaled.d)) * 1e-9
        build = self.ctx.n_threads * n * math.log2(n) * level
        return float(build) + self._seconds_of_tree_queries(scaled, n, n_queries)

    def _seconds_of_tree_queries(self, scaled: ScaledRows, n: int, n_queries: int) -> float:
        """Searching a tree: a query opens about 1.5 · 2**m leaves where rows fill m dimensions."""
        rank = scaled.projection.rank("float64", scaled.d)
        dimension = min(scaled.projection.dimension, rank, 60)  # the estimate is infinite for repeated or tied rows
        leaves = min(n / LEAF_ROWS, 1.5 * 2.0**dimension)
        leaf = 0.15e-6 + LEAF_ROWS * 0.5e-9 * rank
        return float(n_queries * leaves * leaf)
