"""Who serves a search: by name, or by device, by what is installed and by the shape of the work."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import dataclass, field

from gpu_smotetomek import arrays
from gpu_smotetomek.execution import Work
from gpu_smotetomek.neighbors import costs
from gpu_smotetomek.neighbors.backends.cuda.out_of_core import Streamed
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
            "kdtree": costs.seconds_of_tree,
            "sklearn": costs.seconds_of_tree,
            "direct": costs.seconds_of_distances,
        }
        seconds = estimates.get(name, costs.seconds_of_brute_force)(space, n, n_queries)
        return name, seconds / (costs.DEVICE if self.work.on_device or self.through else self.work.threads)

    def _choose(self, space: Space, n: int, n_queries: int) -> Backend | None:
        if self.backend == "auto" and costs.small(space, n, n_queries):
            return None
        if self.through:
            return Streamed(self.through)
        if self.backend != "auto":
            refuse_host(self.backend, space.X)
            return named(self.backend)
        if not arrays.on_host(space.X):
            cuda = arrays.in_cupy(space.X) and BACKENDS["cuda"].unavailable() is None
            return BACKENDS["cuda" if cuda else "xp"]
        brute, tree = costs.seconds_of_brute_force(space, n, n_queries), costs.seconds_of_tree(space, n, n_queries)
        return BACKENDS["kdtree" if tree < brute and not arrays.is_sparse(space.X) else "xp"]

    def _quick(self, space: Space, n: int, n_queries: int, backend: Backend | None) -> Backend | None:
        """FAISS, whose fused kernel finds a single nearest row, where that saves time.

        It is loaded once the calls so far could have saved as much as that takes. It then also lists rows for queries that are
        too few for another index.
        """
        if self.backend != "auto" or self.through or backend is None or not arrays.on_host(space.X):
            return None
        faiss = BACKENDS["faiss-cpu"]
        other = costs.seconds_of_one(space, n, n_queries, tree=backend.name == "kdtree")
        saved = other - costs.seconds_of_fused(space, n, n_queries)
        if saved < costs.WAKING:
            return None
        if "faiss" not in sys.modules:
            forgone["faiss"] += saved
            if forgone["faiss"] < costs.LOADING * space.work.threads:
                return None
        return faiss if faiss.unavailable() is None else None
