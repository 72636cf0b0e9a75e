"""FAISS on the CPU leaves its settings as they were, and is imported late."""

from typing import Any

import numpy as np
import pytest
from support.optional import optional
from support.search_cases import CTX, table

from gpu_smotetomek.neighbors import BACKENDS
from gpu_smotetomek.neighbors.backends import faiss_cpu


@pytest.mark.parametrize("fails", [False, True])
def test_faiss_settings_are_the_callers_again(fails, monkeypatch):
    faiss = optional("faiss")
    seen = {}

    def knn(queries: Any, X: Any, k: int) -> Any:
        seen.update(threshold=faiss.cvar.distance_compute_blas_threshold, threads=faiss.omp_get_max_threads())
        if fails:
            raise RuntimeError("out of luck")
        return whole(queries, X, k)

    whole = faiss.knn
    monkeypatch.setattr(faiss, "knn", knn)
    threshold, threads = faiss.cvar.distance_compute_blas_threshold, faiss.omp_get_max_threads()
    faiss.cvar.distance_compute_blas_threshold = 12_345
    faiss.omp_set_num_threads(2)
    try:
        X = table(30, 3).astype(np.float32)
        index = BACKENDS["faiss-cpu"].build(X, CTX)
        if fails:
            with pytest.raises(RuntimeError, match="out of luck"):
                index.search(X, 2)
        else:
            assert index.search(X, 2)[1][:, 0].tolist() == list(range(30))
        assert seen["threads"] == 1
        assert faiss.cvar.distance_compute_blas_threshold == 12_345
        assert faiss.omp_get_max_threads() == 2
        assert faiss_cpu.process_wide.lock.acquire(blocking=False)
        faiss_cpu.process_wide.lock.release()
    finally:
        faiss.cvar.distance_compute_blas_threshold = threshold
        faiss.omp_set_num_threads(threads)


def test_faiss_is_imported_late_and_after_scikit_learn(fresh_python):
    optional("faiss")
    printed = fresh_python("""
import sys
order = []

class Watch:
    def find_spec(self, name, path=None, target=None):
        if name in ("faiss", "sklearn.neighbors"):
            order.append(name)

sys.meta_path.insert(0, Watch())
import gpu_smotetomek
assert "faiss" not in sys.modules
from gpu_smotetomek.neighbors import available
available()
print(*order)
""")
    assert printed.split() == ["sklearn.neighbors", "faiss"]
