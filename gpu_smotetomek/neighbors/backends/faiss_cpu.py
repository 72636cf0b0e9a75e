"""Backend `faiss-cpu`: FAISS's exhaustive search of NumPy rows.

`backend='auto'` uses it for single nearest neighbors of NumPy rows, where FAISS is installed and its fused kernel saves more than
a fixed time (`FAISS_MIN_SAVING_SECONDS` in `selection.py`); what the process did before has no influence.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from gpu_smotetomek.address_space import get_free_address_space
from gpu_smotetomek.arrays import topk
from gpu_smotetomek.arrays.dispatch import HOST_KINDS
from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.neighbors.backends.leaf_tree import LeafTree, is_tree_worthwhile
from gpu_smotetomek.neighbors.backends.matmul import THREADED_FROM_PAIRS
from gpu_smotetomek.neighbors.protocol import Backend, Index, expanded_error
from gpu_smotetomek.progress import suppress_progress
from gpu_smotetomek.typing import Array, NeighborLists

USE_TREE_FROM_ROWS = 2**17  # in smaller indexes, the fused kernel takes less time than building the tree
USE_TREE_FROM_QUERIES = 1024  # the fused kernel is several times as fast as products in tiles

ADDRESS_SPACE_OF_FAISS = 400 * 2**20
"""Bytes that loading FAISS, with scikit-learn's neighbours, may take: with less, it ends the process."""


@dataclass
class ProcessWideSettings:
    """FAISS's settings are those of the process: one search at a time changes and restores them.

    Attributes
    ----------
    original : (int, int) or None
        Threshold and number of threads before the search that runs now.
    """

    lock: threading.Lock = field(default_factory=threading.Lock)
    original: tuple[int, int] | None = None

    def restore(self) -> None:
        """Restore the settings from before the search, if one runs."""
        if self.original is not None:
            faiss = import_faiss()
            faiss.cvar.distance_compute_blas_threshold, threads = self.original
            faiss.omp_set_num_threads(threads)
            self.original = None

    def reset_after_fork(self) -> None:
        """End the search of the parent process, which never ends in this one; its lock may be held forever."""
        self.lock = threading.Lock()
        self.restore()


process_wide = ProcessWideSettings()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=process_wide.reset_after_fork)


def import_faiss() -> Any:
    """Import FAISS, which takes a tenth of a second with scikit-learn's neighbours."""
    import sklearn.neighbors  # noqa: F401  before FAISS: the other order doubles the time of scikit-learn's own search
    import faiss  # isort: skip

    return faiss


def is_faiss_loaded() -> bool:
    """Whether FAISS is loaded, so that a search with it takes no address space for libraries."""
    return "faiss" in sys.modules


def lacking_address_space() -> str | None:
    """None where FAISS is loaded or there is room to load it, else the reason with both sizes and the remedy."""
    free = None if is_faiss_loaded() else get_free_address_space()
    if free is None or free >= ADDRESS_SPACE_OF_FAISS:
        return None
    return (
        f"Loading FAISS takes up to {ADDRESS_SPACE_OF_FAISS:,} bytes of address space, and the limit of this process leaves "
        f"{free:,}: raise the limit (ulimit -v), or import faiss before it is set"
    )


def faiss_unavailable_reason(package: str) -> str | None:
    """None where FAISS works, else the reason and how to install the distribution `package`."""
    if reason := lacking_address_space():
        return reason
    try:
        faiss = import_faiss()
    except ModuleNotFoundError as error:
        if error.name != "faiss":
            return f"FAISS does not load ({error}): pip install --force-reinstall {package}"
        return f"FAISS is not installed: pip install {package}"
    except Exception as error:  # faiss-gpu without its CUDA wheels raises RuntimeError
        return f"FAISS does not load ({error}): pip uninstall faiss-cpu faiss-gpu, then pip install {package}"
    if not hasattr(faiss, "knn"):
        return (
            f"FAISS is an empty shell (faiss-cpu and faiss-gpu share a folder): pip install --force-reinstall {package}"
        )
    return None


@contextmanager
def faiss_settings(n_threads: int) -> Iterator[Any]:
    """Yield FAISS with its number of threads set, and restore its settings afterwards."""
    faiss = import_faiss()
    with process_wide.lock:
        process_wide.original = faiss.cvar.distance_compute_blas_threshold, faiss.omp_get_max_threads()
        faiss.cvar.distance_compute_blas_threshold = 1  # for fewer queries FAISS runs a scalar loop, many times slower
        faiss.omp_set_num_threads(n_threads)
        try:
            yield faiss
        finally:
            process_wide.restore()


class FaissCpuIndex:
    def __init__(self, X: Array, ctx: ExecutionContext) -> None:
        self.X, self.ctx = X, ctx

    @cached_property
    def leaf_tree(self) -> LeafTree:
        return LeafTree(self.X)

    def search(self, queries: Array, k: int, radius: Array | None = None) -> NeighborLists:
        """Search on our threads, each with one FAISS thread: FAISS's own would spin after each call, on cores that we need."""
        m, size = len(queries), self.ctx.rows_per_block(16.0 * self.X.shape[1] + 512)
        is_large = m * len(self.X) >= THREADED_FROM_PAIRS
        blocks = self.ctx.balanced_blocks(m, size) if is_large else self.ctx.blocks(m, size)
        tree = self._choose_tree(queries, k, radius)

        def search_block(block: slice) -> NeighborLists:
            faiss.omp_set_num_threads(1)  # for the current thread
            x = queries[block]
            if tree is None or radius is None:
                return NeighborLists(*faiss.knn(x, self.X, k))
            return tree.search(x, k, radius[block], lambda near, rows: faiss.knn(x[near], self.X[rows], k))

        with faiss_settings(1) as faiss, self.ctx.single_threaded_blas(), suppress_progress():
            return topk.concat_lists(self.ctx.map_blocks("tiles", search_block, blocks), axis=0)

    def _choose_tree(self, queries: Array, k: int, radius: Array | None) -> LeafTree | None:
        """The tree, where the radii leave out most of the rows of a large index."""
        n, m = len(self.X), len(queries)
        is_large = n >= USE_TREE_FROM_ROWS and m >= USE_TREE_FROM_QUERIES
        if radius is None or not (is_large and is_tree_worthwhile(n, m, k)):
            return None
        return self.leaf_tree if self.leaf_tree.is_selective(queries, radius) else None


class FaissCpu(Backend):
    name = "faiss-cpu"
    dtype = "float32"
    array_kinds = HOST_KINDS

    def unavailable(self) -> str | None:
        return faiss_unavailable_reason("faiss-cpu")

    def build(self, X: Array, ctx: ExecutionContext) -> Index:
        return FaissCpuIndex(X, ctx)

    def error(self, a: Array, b: Array, *, d: int, n: int) -> Array:
        """FAISS sums norms and products in float32, by a matrix product or a fused kernel, or squares of differences."""
        del n
        return expanded_error(a, b, d)
