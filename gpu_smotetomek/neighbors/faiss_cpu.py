"""Backend `faiss-cpu`: FAISS's exhaustive search on a host."""

from __future__ import annotations

import threading
from typing import Any, Final

import sklearn.neighbors  # noqa: F401  before FAISS: the other order doubles the time of scikit-learn's own search

from gpu_smotetomek.neighbors.protocol import Index, expanded_error
from gpu_smotetomek.typing import Array
from gpu_smotetomek.work import Work

GLOBALS = threading.Lock()  # FAISS's settings belong to the process: one search at a time changes and restores them


def load() -> Any:
    import faiss

    return faiss


class FaissIndex:
    def __init__(self, X: Array, threads: int) -> None:
        self.X, self.threads = X, threads

    def search(self, queries: Array, k: int, radius: Array | None = None) -> tuple[Array, Array]:
        del radius  # brute force looks at every row
        faiss = load()
        with GLOBALS:
            threshold, threads = faiss.cvar.distance_compute_blas_threshold, faiss.omp_get_max_threads()
            faiss.cvar.distance_compute_blas_threshold = 1  # below it FAISS takes a scalar loop, many times slower
            faiss.omp_set_num_threads(self.threads)
            try:
                D, indices = faiss.knn(queries, self.X, k)
            finally:
                faiss.cvar.distance_compute_blas_threshold = threshold
                faiss.omp_set_num_threads(threads)
        return D, indices


class FaissCpu:
    name = "faiss-cpu"
    dtype: Final = "float32"

    def unavailable(self) -> str | None:
        try:
            faiss = load()
        except ModuleNotFoundError as error:
            if error.name != "faiss":
                return f"FAISS does not load ({error}): pip install --force-reinstall faiss-cpu"
            return "FAISS is not installed: pip install faiss-cpu"
        except Exception as error:  # faiss-gpu without its CUDA wheels raises RuntimeError
            return f"FAISS does not load ({error}): pip uninstall faiss-cpu faiss-gpu, then pip install faiss-cpu"
        if not hasattr(faiss, "knn"):
            return "FAISS is an empty shell (faiss-cpu and faiss-gpu share a folder): pip install --force-reinstall faiss-cpu"
        return None

    def build(self, X: Array, work: Work) -> Index:
        return FaissIndex(X, work.threads)

    def error(self, a: Array, b: Array, *, d: int, n: int) -> Array:
        """Norms and products in float32, by a matrix product or a fused kernel, or direct differences."""
        del n
        return expanded_error(a, b, d)
