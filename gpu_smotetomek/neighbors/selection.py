"""Who serves a search: by name, or by device, by what is installed and by the shape of the work."""

from __future__ import annotations

import math
import sys
from collections import Counter
from dataclasses import dataclass, field

from gpu_smotetomek.arrays import dispatch
from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.neighbors.backends.cuda.out_of_core import OutOfCoreCuda
from gpu_smotetomek.neighbors.backends.kdtree import LEAF_ROWS
from gpu_smotetomek.neighbors.backends.registry import BACKENDS, check_array_kind, get_backend
from gpu_smotetomek.neighbors.exact import ExactSearch
from gpu_smotetomek.neighbors.protocol import Backend
from gpu_smotetomek.neighbors.scaled_rows import ScaledRows
from gpu_smotetomek.typing import Array

forgone = {"faiss": 0.0}
"""Seconds, over all threads, that a library would have saved this process so far, had it been loaded."""


@dataclass
class SearchSelector:
    """The search of one call: the backend asked for, the means, and what was used.

    Parameters
    ----------
    work : Work
    backend : str
        'auto' or a name.
    used : Counter
        Queries that each backend was asked about.
    tally : Counter
        Where they were decided.
    elsewhere : Counter
        Queries whose lists were too long for their backend, under the name of who took them, on the same device.
    through : str or None
        The device that rows, which are more than it holds and stay on the host, go through in blocks.
    """

    work: ExecutionContext
    backend: str = "auto"
    queries_by_backend: Counter[str] = field(default_factory=Counter)
    settled_by_stage: Counter[str] = field(default_factory=Counter)
    fallback_queries: Counter[str] = field(default_factory=Counter)
    stream_device: str | None = None

    def __post_init__(self) -> None:
        if self.backend != "auto":
            get_backend(self.backend)
        if self.stream_device and self.backend not in ("auto", "cuda"):
            raise ValueError(
                f"X and its result need more memory than is free on {self.stream_device!r}, so X stays on the host and goes through in "
                f"blocks, which backend={self.backend!r} cannot: use backend='auto' or 'cuda', or device='cpu'"
            )

    @property
    def backend_(self) -> str:
        """The backend that most queries went to; 'direct' where all distances were taken in float64."""
        return (
            self.queries_by_backend.most_common(1)[0][0]
            if self.queries_by_backend
            else "direct"
            if self.backend == "auto"
            else self.backend
        )

    @property
    def certified_fraction(self) -> float:
        """Share of the rows that bounds or certified lists settled; all distances of the others were taken in float64."""
        total = self.settled_by_stage.total()
        return 1 - self.settled_by_stage["float64"] / total if total else 1.0

    def search_over(self, space: ScaledRows, rows: Array, n_queries: int) -> ExactSearch:
        """Exact neighbours among `rows` for about `n_queries` queries."""
        backend = self._choose_backend(space, int(rows.shape[0]), n_queries)
        quick = self._choose_small_query_backend(space, int(rows.shape[0]), n_queries, backend)
        return ExactSearch(
            space,
            rows,
            backend,
            self.settled_by_stage,
            quick,
            fallback_queries=self.fallback_queries,
            queries_by_backend=self.queries_by_backend,
        )

    def estimate(self, space: ScaledRows, n: int, n_queries: int) -> tuple[str, float]:
        """The name of what `over` would take among n rows, and the seconds of an ordinary machine with as many threads."""
        backend = self._choose_backend(space, n, n_queries)
        name = backend.name if backend else "direct"
        estimates = {
            "kdtree": seconds_of_tree,
            "sklearn": seconds_of_tree,
            "direct": seconds_of_float64_search,
        }
        seconds = estimates.get(name, seconds_of_brute_force)(space, n, n_queries)
        return name, seconds / (
            DEVICE_SPEED_IN_CORES if self.work.kind.is_gpu or self.stream_device else self.work.n_threads
        )

    def _choose_backend(self, space: ScaledRows, n: int, n_queries: int) -> Backend | None:
        if self.backend == "auto" and is_small(space, n, n_queries):
            return None
        if self.stream_device:
            return OutOfCoreCuda(self.stream_device)
        if self.backend != "auto":
            check_array_kind(get_backend(self.backend), space.X)
            return get_backend(self.backend)
        if not dispatch.is_numpy_or_sparse(space.X):
            cuda = dispatch.is_cupy(space.X) and BACKENDS["cuda"].unavailable() is None
            return BACKENDS["cuda" if cuda else "xp"]
        brute, tree = seconds_of_brute_force(space, n, n_queries), seconds_of_tree(space, n, n_queries)
        return BACKENDS["kdtree" if tree < brute and not dispatch.is_sparse(space.X) else "xp"]

    def _choose_small_query_backend(
        self, space: ScaledRows, n: int, n_queries: int, backend: Backend | None
    ) -> Backend | None:
        """FAISS, whose fused kernel finds a single nearest row, where that saves time.

        It is loaded once the calls so far could have saved as much as that takes. It then also lists rows for queries that are
        too few for another index.
        """
        if self.backend != "auto" or self.stream_device or backend is None or not dispatch.is_numpy_or_sparse(space.X):
            return None
        faiss = BACKENDS["faiss-cpu"]
        other = seconds_of_single_neighbor(space, n, n_queries, tree=backend.name == "kdtree")
        saved = other - seconds_of_faiss(space, n, n_queries)
        if saved < FAISS_MIN_SAVING_SECONDS:
            return None
        if "faiss" not in sys.modules:
            forgone["faiss"] += saved
            if forgone["faiss"] < FAISS_LOADING_SECONDS * space.work.n_threads:
                return None
        return faiss if faiss.unavailable() is None else None


# Seconds here were measured on an idle core of 2023; between processors it is their ratios that hold, and these decide.
BRUTE_FORCE_UP_TO_WORK = (
    1e6  # pairs times (features + LOOK) up to which all distances in float64 are taken before a search were set up
)
BRUTE_FORCE_UP_TO_COPIES = (
    3  # times all rows' features that they may take in any case: laying rows out for a search takes as long
)
SELECTION_COST_FEATURES = 6  # features' worth of finding the least of float64 distances
FAISS_FUSED_FEATURES = 32  # features that FAISS has a fused kernel for: it looks at each product in registers
MATMUL_SINGLE_NEIGHBOR_SHARE = 0.4  # of a list's seconds that a single nearest row takes by brute force
TREE_SINGLE_NEIGHBOR_SHARE = 0.7  # and by a tree
FAISS_LOADING_SECONDS = 0.05  # seconds that FAISS takes to load
FAISS_MIN_SAVING_SECONDS = 0.01  # seconds that a search by FAISS must save, whose threads wait in their own way
DEVICE_SPEED_IN_CORES = 200  # cores that a device of today is about as fast as


def is_small(space: ScaledRows, n: int, n_queries: int) -> bool:
    """Whether all distances in float64 take less than to set up a search."""
    return n_queries * (space.d + SELECTION_COST_FEATURES) * float(n) <= max(
        BRUTE_FORCE_UP_TO_WORK, BRUTE_FORCE_UP_TO_COPIES * space.d * float(n)
    )


def seconds_of_float64_search(space: ScaledRows, n: int, n_queries: int) -> float:
    """About, on one core: all distances in float64."""
    return n_queries * n * (space.d + SELECTION_COST_FEATURES) * 1e-9


def seconds_of_brute_force(space: ScaledRows, n: int, n_queries: int) -> float:
    """About, on one core: products in float32 and several looks at each result."""
    return n_queries * n * (2.5 + 0.02 * space.projection.rank("float32", space.d)) * 1e-9


def seconds_of_single_neighbor(space: ScaledRows, n: int, n_queries: int, *, tree: bool) -> float:
    """About, on one core: a single nearest row, by a tree that is there or by brute force."""
    if tree:
        return TREE_SINGLE_NEIGHBOR_SHARE * seconds_of_tree_queries(space, n, n_queries)
    return MATMUL_SINGLE_NEIGHBOR_SHARE * seconds_of_brute_force(space, n, n_queries)


def seconds_of_faiss(space: ScaledRows, n: int, n_queries: int) -> float:
    """About, on one core: a single nearest row by FAISS's fused kernel; infinite where it has none."""
    rank = space.projection.rank("float32", space.d)
    return n_queries * n * 0.026e-9 * rank if rank <= FAISS_FUSED_FEATURES else math.inf


def seconds_of_tree(space: ScaledRows, n: int, n_queries: int) -> float:
    """About, on one core: the tree is built on one."""
    level = (10 + 0.4 * space.projection.rank("float64", space.d)) * 1e-9
    return float(space.work.n_threads * n * math.log2(n) * level) + seconds_of_tree_queries(space, n, n_queries)


def seconds_of_tree_queries(space: ScaledRows, n: int, n_queries: int) -> float:
    """About, on one core: a query opens about 1.5 · 2**m leaves where rows fill m dimensions."""
    leaves = min(n / LEAF_ROWS, 1.5 * 2.0 ** min(space.projection.dimension, 60))
    a_leaf = 0.15e-6 + LEAF_ROWS * 0.5e-9 * space.projection.rank("float64", space.d)
    return float(n_queries * leaves * a_leaf)
