"""Rows in cells: nothing within a radius is passed by, what is passed by is counted, and rows are where they were."""

import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import datasets, oracle
from support.optional import optional

from gpu_smotetomek import SMOTETomek, TomekLinks
from gpu_smotetomek.neighbors.backends import leaf_tree as cells
from gpu_smotetomek.neighbors.backends.leaf_tree import LeafTree, sq_distance_increases, is_worthwhile
from gpu_smotetomek.progress import progress

KINDS = ["gaussian", "lattice", "duplicated", "far_clusters", "one_far_row", "tiny"]


@pytest.fixture
def small(monkeypatch):
    """Cells of so few rows that small tables have many."""
    for name, value in {"WORTHWHILE_FROM_ROWS": 1, "MAX_LEAF_ROWS": 16, "LEAF_ROWS_MULTIPLE": 2}.items():
        monkeypatch.setattr(cells, name, value)


def rows_of(kind: str, n: int = 300, d: int = 4) -> np.ndarray:
    return datasets.make(kind, datasets.labels(n), d, dtype=np.float32)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("kind", KINDS)
def test_rows_are_parted_into_cells_that_hold_to_their_bounds(kind):
    X = rows_of(kind)
    parts = LeafTree(X)
    assert sorted(parts.order) == list(range(300))
    for (start, stop), half in parts.splits.items():
        x = X[:, half.feature]
        assert start < half.middle < stop
        assert (half.middle - start) % 2 == 0, "kernels take rows in twos here"
        assert (x[parts.order[start : half.middle]] <= half.value).all()
        assert (x[parts.order[half.middle : stop]] >= half.value).all()
        assert half.low <= half.value <= half.high
    sizes = [len(rows) for rows, _ in parts.find_leaves(X[:1], np.array([np.inf]))]
    assert sum(sizes) == 300
    assert 6 <= min(sizes) <= max(sizes) <= 16


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("kind", KINDS)
def test_no_row_within_the_radius_is_passed_by(kind):
    X = rows_of(kind)
    Q = np.concatenate([X[:40], X[:40] * np.float32(0.75)])
    D = oracle.squares(Q.astype(np.float64)[:, None], X.astype(np.float64)[None])
    for most in (np.zeros(80), D.min(axis=1), np.sort(D, axis=1)[:, 20], np.full(80, np.inf)):
        seen = np.zeros(D.shape, dtype=bool)
        for rows, near in LeafTree(X).find_leaves(Q, most):
            assert not seen[np.ix_(near, rows)].any(), "a cell is searched once"
            seen[np.ix_(near, rows)] = True
        assert seen[most[:, None] >= D].all()


@pytest.mark.usefixtures("small")
def test_most_cells_are_beyond_a_small_radius():
    X = rows_of("gaussian", 2000)
    asked = sum(len(near) for _, near in LeafTree(X).find_leaves(X[:100], np.full(100, 0.01 * X.var())))
    everything = sum(len(near) for _, near in LeafTree(X).find_leaves(X[:100], np.full(100, np.inf)))
    assert asked < everything / 8


@given(
    value=st.floats(-10, 10, width=32),
    room=st.tuples(st.floats(0, 10, width=32), st.floats(0, 10, width=32)),
    x=st.floats(-30, 30, width=32),
)
def test_a_half_is_farther_than_the_whole_by_what_its_feature_says(value, room, x):
    low, high = value - room[0], value + room[1]
    before, after = sq_distance_increases(cells.Split(0, value, low, high, 0), np.array([x]))

    def square(left: float, right: float) -> float:
        return max(left - x, x - right, 0.0) ** 2

    assert before[0] == pytest.approx(square(low, value) - square(low, high), abs=1e-12)
    assert after[0] == pytest.approx(square(value, high) - square(low, high), abs=1e-12)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("k", [1, 5])
def test_the_nearest_within_a_radius_are_found(kind, k):
    X = rows_of(kind)
    Q = X[:50] * np.float32(0.75)

    def brute(queries: np.ndarray, rows: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        D = oracle.squares(queries.astype(np.float64)[:, None], rows.astype(np.float64)[None])
        at = np.argsort(D, axis=1, kind="stable")[:, :k]
        return np.take_along_axis(D, at, axis=1), at

    D_true = brute(Q, X, k)[0]
    radius = np.sqrt(D_true[:, -1]) * np.random.default_rng(0).choice([0, 0.5, 1.5, 10], 50)
    D, found = LeafTree(X).search(Q.astype(np.float64), k, radius, brute)
    inside = D_true[:, -1] < radius**2
    np.testing.assert_allclose(np.sort(D, axis=1)[inside], D_true[inside], rtol=1e-12, atol=0)
    np.testing.assert_allclose(
        oracle.squares(Q[inside][:, None].astype(float), X[found[inside]].astype(float)), D[inside]
    )
    assert not ((radius**2)[:, None] < D)[np.isfinite(D)].any()


def test_few_rows_and_long_lists_are_not_parted():
    assert is_worthwhile(cells.WORTHWHILE_FROM_ROWS, 1)
    assert not is_worthwhile(cells.WORTHWHILE_FROM_ROWS - 1, 1)
    assert not is_worthwhile(10**9, cells.MAX_LEAF_ROWS // 2)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize("kind", KINDS)
def test_links_are_those_of_the_definition(kind, n_jobs):
    optional("faiss")
    y = datasets.labels(300, 60)
    X = datasets.make(kind, y, 4, dtype=np.float32)
    sampler = SMOTETomek(random_state=0, remove="both", backend="faiss-cpu", n_jobs=n_jobs)
    oracle.assert_same(sampler.fit_resample(X, y), oracle.smote_tomek(X, y, remove="both"))


@pytest.mark.usefixtures("small")
def test_a_watcher_may_search_with_faiss_itself():
    """No caller's code runs while the lock on FAISS's settings is held: it would wait for itself."""
    optional("faiss")
    y = datasets.labels(300, 60)
    X = datasets.make("gaussian", y, 4, dtype=np.float32)
    inner = []

    def watch(stage: str, done: int, total: int) -> None:
        if not inner:
            inner.append(stage)
            TomekLinks(backend="faiss-cpu").fit_resample(X, y)

    searching = threading.Thread(target=lambda: run(watch, X, y), daemon=True)
    searching.start()
    searching.join(60)
    assert not searching.is_alive()
    assert inner


def run(watch, X, y):
    with progress(watch):
        SMOTETomek(random_state=0, backend="faiss-cpu", n_jobs=2).fit_resample(X, y)
