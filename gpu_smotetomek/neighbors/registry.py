"""Which backend serves: by name, or by device, by what is installed and by the shape of the work."""

from __future__ import annotations

import math
import sys
from collections import Counter
from dataclasses import dataclass, field

from gpu_smotetomek import arrays
from gpu_smotetomek.errors import BackendUnavailable
from gpu_smotetomek.neighbors.cuda import Cuda
from gpu_smotetomek.neighbors.exact import Neighbors
from gpu_smotetomek.neighbors.faiss_cpu import FaissCpu
from gpu_smotetomek.neighbors.faiss_gpu import FaissGpu
from gpu_smotetomek.neighbors.kdtree import LEAF, KDTree
from gpu_smotetomek.neighbors.protocol import Backend
from gpu_smotetomek.neighbors.sklearn import Sklearn
from gpu_smotetomek.neighbors.space import Space
from gpu_smotetomek.neighbors.streamed import Streamed
from gpu_smotetomek.neighbors.xp import Xp
from gpu_smotetomek.typing import Array
from gpu_smotetomek.work import Work

# Seconds here were measured on an idle core of 2023; between processors it is their ratios that hold, and these decide.
SMALL = 1e6  # pairs times (features + LOOK) up to which all distances in float64 are taken before a search were set up
COPIED = (
    3  # times all rows' features that float64 distances may take anyway: laying rows out for a search takes as long
)
LOOK = 6  # features' worth of finding the least of float64 distances
FUSED = 32  # features that FAISS has a fused kernel for: it looks at each product in registers
SINGLE = 0.4  # of a list's seconds that a single nearest row takes
LOADING = 0.05  # seconds that FAISS takes to load
DEVICE = 200  # cores that a device of today is about as fast as

HOST = {"faiss-cpu", "kdtree", "sklearn"}  # they search NumPy arrays
CUDA = {"cuda", "faiss-gpu"}  # they search arrays of CUDA devices

BACKENDS: dict[str, Backend] = {}


def register(backend: Backend) -> None:
    """Make a backend available by its name.

    Raises
    ------
    TypeError
        If it lacks one of `build`, `error` and `unavailable`: without a proven error bound no answer can be certified.
    """
    missing = [verb for verb in ("build", "error", "unavailable") if not callable(getattr(backend, verb, None))]
    if missing:
        raise TypeError(
            f"backend {backend.name!r} has no {' and no '.join(missing)}; a backend proposes and proves its error"
        )
    BACKENDS[backend.name] = backend


for _backend in (FaissCpu(), KDTree(), Sklearn(), Xp(), Cuda(), FaissGpu()):
    register(_backend)


def available() -> dict[str, str | None]:
    """For each backend None where it can run here, else why not and the remedy."""
    return {name: backend.unavailable() for name, backend in BACKENDS.items()}


def named(name: str) -> Backend:
    """The backend of that name.

    Raises
    ------
    ValueError
        If there is none of that name.
    BackendUnavailable
        If it cannot run here.
    """
    if name not in BACKENDS:
        raise ValueError(f"backend={name!r} is not known; choose 'auto' or one of {', '.join(map(repr, BACKENDS))}")
    reason = BACKENDS[name].unavailable()
    if reason is not None:
        raise BackendUnavailable(f"backend={name!r} cannot be used here. {reason}")
    return BACKENDS[name]


def refuse_host(name: str, X: Array) -> None:
    """Raise where a backend of CUDA devices is given rows that are elsewhere: none moves rows by itself.

    Raises
    ------
    ValueError
        With where the rows are and what to do.
    """
    if name in CUDA and not arrays.on_cuda(X):
        raise ValueError(
            f"backend={name!r} searches on a CUDA device, and X is {type(X).__module__.split('.')[0]} data on "
            f"{arrays.device_name(X)}: pass device='cuda', a CuPy array or a CUDA tensor, or choose backend='auto'"
        )


@dataclass
class Engine:
    """The search of one call: the backend asked for, the means, and what was used.

    Parameters
    ----------
    work : Work
    backend : str
        'auto' or a name.
    used : Counter
        Queries that each backend was to serve.
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
        self.used[backend.name if backend else "direct"] += n_queries
        quick = self._quick(space, int(rows.shape[0]), n_queries, backend)
        return Neighbors(space, rows, backend, self.tally, quick, elsewhere=self.elsewhere)

    def foreseen(self, space: Space, n: int, n_queries: int) -> tuple[str, float]:
        """The name of what `over` would take among n rows, and the seconds of an ordinary machine with as many threads."""
        backend = self._choose(space, n, n_queries)
        name = backend.name if backend else "direct"
        if name in ("kdtree", "sklearn"):
            seconds = seconds_of_tree(space, n, n_queries)
        elif backend is None:
            seconds = n_queries * n * (space.d + LOOK) * 1e-9
        else:
            seconds = seconds_of_brute_force(space, n, n_queries)
        return name, seconds / (DEVICE if self.work.on_device or self.through else self.work.threads)

    def _choose(self, space: Space, n: int, n_queries: int) -> Backend | None:
        if self.backend == "auto" and self._small(space, n, n_queries):
            return None
        if self.through:
            return Streamed(self.through)
        if self.backend != "auto":
            refuse_host(self.backend, space.X)
            return named(self.backend)
        if not arrays.on_host(space.X):
            cuda = arrays.on_cuda(space.X) and BACKENDS["cuda"].unavailable() is None
            return BACKENDS["cuda" if cuda else "xp"]
        brute, tree = seconds_of_brute_force(space, n, n_queries), seconds_of_tree(space, n, n_queries)
        return BACKENDS["kdtree" if tree < brute and not arrays.is_sparse(space.X) else "xp"]

    def _small(self, space: Space, n: int, n_queries: int) -> bool:
        """Whether all distances in float64 take less than to set up a search."""
        return n_queries * (space.d + LOOK) * float(n) <= max(SMALL, COPIED * space.d * float(n))

    def _quick(self, space: Space, n: int, n_queries: int, backend: Backend | None) -> Backend | None:
        """FAISS's fused kernel for a single nearest row, where it saves more than it takes to load."""
        if self.backend != "auto" or self.through or backend is None or not arrays.on_host(space.X):
            return None
        rank, faiss = space.frame.rank("float32", space.d), BACKENDS["faiss-cpu"]
        if rank > FUSED:
            return None
        tree = backend.name == "kdtree"
        other = SINGLE * (seconds_of_queries if tree else seconds_of_brute_force)(space, n, n_queries)
        fused = n_queries * n * 0.026e-9 * rank
        loading = 0.0 if "faiss" in sys.modules else LOADING * space.work.threads
        return faiss if other - fused > loading and faiss.unavailable() is None else None


def seconds_of_brute_force(space: Space, n: int, n_queries: int) -> float:
    """About, on one core: products in float32 and several looks at each result."""
    return n_queries * n * (2.5 + 0.02 * space.frame.rank("float32", space.d)) * 1e-9


def seconds_of_tree(space: Space, n: int, n_queries: int) -> float:
    """About, on one core: the tree is built on one."""
    level = (10 + 0.4 * space.frame.rank("float64", space.d)) * 1e-9
    return float(space.work.threads * n * math.log2(n) * level) + seconds_of_queries(space, n, n_queries)


def seconds_of_queries(space: Space, n: int, n_queries: int) -> float:
    """About, on one core: a query opens about 1.5 · 2**m leaves where rows fill m dimensions."""
    leaves = min(n / LEAF, 1.5 * 2.0 ** min(space.frame.dimension, 60))
    a_leaf = 0.15e-6 + LEAF * 0.5e-9 * space.frame.rank("float64", space.d)
    return float(n_queries * leaves * a_leaf)
