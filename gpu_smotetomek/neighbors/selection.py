"""Who serves a search: by name, or by device, by what is installed and by the shape of the work."""

from __future__ import annotations

import math
import sys
from collections import Counter
from dataclasses import dataclass, field

from gpu_smotetomek import arrays
from gpu_smotetomek.execution import Work
from gpu_smotetomek.neighbors.backends.cuda.out_of_core import Streamed
from gpu_smotetomek.neighbors.backends.kdtree import LEAF
from gpu_smotetomek.neighbors.backends.registry import BACKENDS, HOST, named, refuse_host
from gpu_smotetomek.neighbors.exact import Neighbors
from gpu_smotetomek.neighbors.protocol import Backend
from gpu_smotetomek.neighbors.scaled_rows import Space
from gpu_smotetomek.typing import Array

forgone = {"faiss": 0.0}
"""Seconds, over all threads, that a library would have saved this process so far, had it been loaded."""


@dataclass
class Engine:
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

    work: Work
    backend: str = "auto"
    used: Counter[str] = field(default_factory=Counter)
    tally: Counter[str] = field(default_factory=Counter)
    elsewhere: Counter[str] = field(default_factory=Counter)
    through: str | None = None

    def __post_init__(self) -> None:
        if self.backend != "auto":
            named(self.backend)
        if self.work.on_device and self.backend in HOST:
            raise ValueError(
                f"backend={self.backend!r} searches NumPy arrays on the host, and the rows are in an array of another library or "
                "on a device, from where nothing is copied unasked: use backend='auto' or 'xp', or convert X to NumPy first"
            )
        if self.through and self.backend not in ("auto", "cuda"):
            raise ValueError(
                f"X and its result need more memory than is free on {self.through!r}, so X stays on the host and goes through in "
                f"blocks, which backend={self.backend!r} cannot: use backend='auto' or 'cuda', or device='cpu'"
            )

    @property
    def backend_(self) -> str:
        """The backend that most queries went to; 'direct' where all distances were taken in float64."""
        return self.used.most_common(1)[0][0] if self.used else "direct" if self.backend == "auto" else self.backend

    @property
    def certified_fraction(self) -> float:
        """Share of the rows that bounds or certified lists settled; all distances of the others were taken in float64."""
        total = self.tally.total()
        return 1 - self.tally["float64"] / total if total else 1.0

    def over(self, space: Space, rows: Array, n_queries: int) -> Neighbors:
        """Exact neighbours among `rows` for about `n_queries` queries."""
        backend = self._choose(space, int(rows.shape[0]), n_queries)
        quick = self._quick(space, int(rows.shape[0]), n_queries, backend)
        return Neighbors(space, rows, backend, self.tally, quick, elsewhere=self.elsewhere, used=self.used)

    def foreseen(self, space: Space, n: int, n_queries: int) -> tuple[str, float]:
        """The name of what `over` would take among n rows, and the seconds of an ordinary machine with as many threads."""
        backend = self._choose(space, n, n_queries)
        name = backend.name if backend else "direct"
        estimates = {
            "kdtree": seconds_of_tree,
            "sklearn": seconds_of_tree,
            "direct": seconds_of_distances,
        }
        seconds = estimates.get(name, seconds_of_brute_force)(space, n, n_queries)
        return name, seconds / (DEVICE if self.work.on_device or self.through else self.work.threads)

    def _choose(self, space: Space, n: int, n_queries: int) -> Backend | None:
        if self.backend == "auto" and small(space, n, n_queries):
            return None
        if self.through:
            return Streamed(self.through)
        if self.backend != "auto":
            refuse_host(self.backend, space.X)
            return named(self.backend)
        if not arrays.on_host(space.X):
            cuda = arrays.in_cupy(space.X) and BACKENDS["cuda"].unavailable() is None
            return BACKENDS["cuda" if cuda else "xp"]
        brute, tree = seconds_of_brute_force(space, n, n_queries), seconds_of_tree(space, n, n_queries)
        return BACKENDS["kdtree" if tree < brute and not arrays.is_sparse(space.X) else "xp"]

    def _quick(self, space: Space, n: int, n_queries: int, backend: Backend | None) -> Backend | None:
        """FAISS, whose fused kernel finds a single nearest row, where that saves time.

        It is loaded once the calls so far could have saved as much as that takes. It then also lists rows for queries that are
        too few for another index.
        """
        if self.backend != "auto" or self.through or backend is None or not arrays.on_host(space.X):
            return None
        faiss = BACKENDS["faiss-cpu"]
        other = seconds_of_one(space, n, n_queries, tree=backend.name == "kdtree")
        saved = other - seconds_of_fused(space, n, n_queries)
        if saved < WAKING:
            return None
        if "faiss" not in sys.modules:
            forgone["faiss"] += saved
            if forgone["faiss"] < LOADING * space.work.threads:
                return None
        return faiss if faiss.unavailable() is None else None


# Seconds here were measured on an idle core of 2023; between processors it is their ratios that hold, and these decide.
SMALL = 1e6  # pairs times (features + LOOK) up to which all distances in float64 are taken before a search were set up
COPIED = 3  # times all rows' features that they may take in any case: laying rows out for a search takes as long
LOOK = 6  # features' worth of finding the least of float64 distances
FUSED = 32  # features that FAISS has a fused kernel for: it looks at each product in registers
SINGLE = 0.4  # of a list's seconds that a single nearest row takes by brute force
SINGLE_OF_TREE = 0.7  # and by a tree
LOADING = 0.05  # seconds that FAISS takes to load
WAKING = 0.01  # seconds that a search by FAISS must save, whose threads wait in their own way
DEVICE = 200  # cores that a device of today is about as fast as


def small(space: Space, n: int, n_queries: int) -> bool:
    """Whether all distances in float64 take less than to set up a search."""
    return n_queries * (space.d + LOOK) * float(n) <= max(SMALL, COPIED * space.d * float(n))


def seconds_of_distances(space: Space, n: int, n_queries: int) -> float:
    """About, on one core: all distances in float64."""
    return n_queries * n * (space.d + LOOK) * 1e-9


def seconds_of_brute_force(space: Space, n: int, n_queries: int) -> float:
    """About, on one core: products in float32 and several looks at each result."""
    return n_queries * n * (2.5 + 0.02 * space.frame.rank("float32", space.d)) * 1e-9


def seconds_of_one(space: Space, n: int, n_queries: int, *, tree: bool) -> float:
    """About, on one core: a single nearest row, by a tree that is there or by brute force."""
    if tree:
        return SINGLE_OF_TREE * seconds_of_queries(space, n, n_queries)
    return SINGLE * seconds_of_brute_force(space, n, n_queries)


def seconds_of_fused(space: Space, n: int, n_queries: int) -> float:
    """About, on one core: a single nearest row by FAISS's fused kernel; infinite where it has none."""
    rank = space.frame.rank("float32", space.d)
    return n_queries * n * 0.026e-9 * rank if rank <= FUSED else math.inf


def seconds_of_tree(space: Space, n: int, n_queries: int) -> float:
    """About, on one core: the tree is built on one."""
    level = (10 + 0.4 * space.frame.rank("float64", space.d)) * 1e-9
    return float(space.work.threads * n * math.log2(n) * level) + seconds_of_queries(space, n, n_queries)


def seconds_of_queries(space: Space, n: int, n_queries: int) -> float:
    """About, on one core: a query opens about 1.5 · 2**m leaves where rows fill m dimensions."""
    leaves = min(n / LEAF, 1.5 * 2.0 ** min(space.frame.dimension, 60))
    a_leaf = 0.15e-6 + LEAF * 0.5e-9 * space.frame.rank("float64", space.d)
    return float(n_queries * leaves * a_leaf)
