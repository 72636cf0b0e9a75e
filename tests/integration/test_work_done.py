"""How much work is done, counted and not timed: pairs of rows compared, and bytes in use."""

import tracemalloc
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from support import oracle
from threadpoolctl import threadpool_info

from gpu_smotetomek import SMOTETomek, TomekLinks
from gpu_smotetomek.arrays import distances
from gpu_smotetomek.neighbors import BACKENDS, ScaledRows
from gpu_smotetomek.neighbors.backends.matmul import Matmul
from gpu_smotetomek.resampling.work_estimate import BYTES_PER_ROW


class Counting(Matmul):
    """Brute force that counts the pairs of queries and rows."""

    name = "counting"
    pairs = 0

    def build(self, X, ctx):
        index = super().build(X, ctx)
        search = index.search

        def counted(queries, k, radius=None):
            self.pairs += len(queries) * len(X)
            return search(queries, k, radius)

        index.search = counted
        return index


@pytest.fixture
def counting(monkeypatch):
    """The counting backend, which also counts the pairs whose distance is computed in float64."""
    backend, sq_distances = Counting(), ScaledRows.sq_distances

    def counted(self, first, second, ctx):
        backend.pairs += np.size(second)
        return sq_distances(self, first, second, ctx)

    monkeypatch.setitem(BACKENDS, "counting", backend)
    monkeypatch.setattr(ScaledRows, "sq_distances", counted)
    return backend


def overlapping(n, d):
    """Two classes, one row in twenty in the smaller one, that share a cloud."""
    rng = np.random.default_rng(n)
    y = (np.arange(n) % 20 == 0).astype(int)
    return (rng.normal(size=(n, d)) + 0.5 * y[:, None]).astype(np.float32), y


@pytest.mark.parametrize("d", [4, 20])
def test_pairs_grow_as_the_product_of_the_classes(counting, d):
    for n in (2_000, 4_000, 8_000):
        counting.pairs = 0
        sampler = SMOTETomek(random_state=0, backend="counting")
        sampler.fit_resample(*overlapping(n, d))
        few, many = n // 20, n - n // 20
        assert few * many <= counting.pairs <= 4 * few * many  # a search over the enlarged data: 76 times few * many
        assert len(sampler.tomek_.links_) > 0 or d == 20


def test_cleaning_searches_for_the_smaller_classes_and_the_rows_near_them(counting):
    X, y = overlapping(4_000, 4)
    cleaner = TomekLinks(backend="counting")
    cleaner.fit_resample(X, y)
    assert 200 * 4_000 <= counting.pairs <= 2.5 * 200 * 4_000
    assert len(cleaner.links_) > 10


def surface() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    Z = rng.normal(size=(100_000, 3))
    X = np.tanh(Z @ rng.normal(size=(3, 10))).astype(np.float32)
    return X, (Z[:, 0] + 0.5 * rng.normal(size=len(Z)) > 1.85).astype(int)


def mixed() -> tuple[np.ndarray, np.ndarray]:
    """Classes that share one cloud in two features: a third of the synthetic rows is compared."""
    X = np.random.default_rng(0).normal(size=(100_000, 2)).astype(np.float32)
    y = (np.arange(len(X)) >= 95_000).astype(int)
    X[y == 1] += 1
    return X, y


@pytest.mark.parametrize(
    ("made", "a_row", "backend", "limit"),
    [
        (surface, 64, "xp", 8),
        (surface, 64, "xp", 64),
        (surface, 64, "kdtree", 8),
        (mixed, BYTES_PER_ROW, "kdtree", 8),
        (mixed, BYTES_PER_ROW, "kdtree", 64),
    ],
)
def test_memory_has_a_ceiling(backend, limit, made, a_row):
    """Beside input and output: the limit, at most 100 bytes a row (fewer where few rows may be in a link), and the index."""
    X, y = made()
    sampler = SMOTETomek(random_state=0, backend=backend, memory_limit=limit * 2**20)
    sampler.fit_resample(X[::20], y[::20])  # loads what is loaded once
    tracemalloc.start()
    try:
        outputs = sampler.fit_resample(X, y)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    rows = len(X) + sampler.smote_.n_synthetic_
    index = int((y == 0).sum()) * {"xp": 4 * (X.shape[1] + 2), "kdtree": 8 * X.shape[1]}[backend]
    assert peak - sum(output.nbytes for output in outputs) <= limit * 2**20 + a_row * rows + index
    assert len(sampler.tomek_.links_) > 100


# ---- small tables ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("n", "d"), [(500, 10), (2000, 20)])
def test_small_tables_start_no_threads(n, d, monkeypatch):
    """Starting threads, ours or those of BLAS, takes longer than the work; on a busy machine many times as long."""

    def refuse(*_):
        raise AssertionError("a thread is started")

    blas_threads, product = set[int](), distances.matmul_transposed

    def record(*arguments):
        blas_threads.update(
            pool["num_threads"]
            for pool in threadpool_info()
            if pool["user_api"] == "blas" and "faiss" not in pool["filepath"]
        )
        return product(*arguments)

    monkeypatch.setattr(ThreadPoolExecutor, "submit", refuse)
    monkeypatch.setattr(distances, "matmul_transposed", record)
    SMOTETomek(random_state=0, n_jobs=4).fit_resample(*overlapping(n, d))
    assert blas_threads == {1}


def test_few_rows_of_the_largest_class_are_searched_without_the_index():
    y = (np.arange(1200) % 6 == 0).astype(int)
    X = np.random.default_rng(0).normal(size=(1200, 10)) + y[:, None]
    cleaner = TomekLinks(sampling_strategy="all")
    cleaner.fit_resample(X, y)
    np.testing.assert_array_equal(cleaner.links_, oracle.tomek_links(X, y))
    partners = cleaner.search_stages_["float64"]
    assert cleaner.search_stages_ == {"list": 200, "float64": partners}
    assert 0 < len(cleaner.links_) <= partners
