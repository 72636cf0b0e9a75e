"""The leaf tree: its leaves hold all rows within their bounds, and no row within a query's radius is skipped."""

import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import datasets, oracle
from support import small_leaves as support_leaves
from support.optional import optional

from gpu_smotetomek import SMOTETomek, TomekLinks
from gpu_smotetomek.neighbors.backends import leaf_tree
from gpu_smotetomek.neighbors.backends.leaf_tree import LeafTree, is_tree_worthwhile, sq_distance_increases
from gpu_smotetomek.progress import progress

pytestmark = pytest.mark.usefixtures("small_tables_use_bounds")

KINDS = ["gaussian", "lattice", "duplicated", "far_clusters", "one_far_row", "tiny"]


@pytest.fixture
def small_leaves(monkeypatch):
    """Leaves of so few rows that small tables have many."""
    support_leaves.use(monkeypatch)


def make_rows(kind: str, n: int = 300, d: int = 4) -> np.ndarray:
    return datasets.make(kind, datasets.labels(n), d, dtype=np.float32)


@pytest.mark.usefixtures("small_leaves")
@pytest.mark.parametrize("kind", KINDS)
def test_the_leaves_hold_all_rows_within_the_bounds_of_their_splits(kind):
    X = make_rows(kind)
    tree = LeafTree(X)
    assert sorted(tree.order) == list(range(300))
    for (start, stop), split in tree.splits.items():
        x = X[:, split.feature]
        assert start < split.middle < stop
        assert (split.middle - start) % 2 == 0, "a multiple of LEAF_ROWS_MULTIPLE"
        assert (x[tree.order[start : split.middle]] <= split.value).all()
        assert (x[tree.order[split.middle : stop]] >= split.value).all()
        assert split.lower <= split.value <= split.upper
    sizes = [len(rows) for rows, _ in tree.find_leaves(X[:1], np.array([np.inf]))]
    assert sum(sizes) == 300
    assert 6 <= min(sizes) <= max(sizes) <= 16


@pytest.mark.usefixtures("small_leaves")
@pytest.mark.parametrize("kind", KINDS)
def test_no_row_within_the_radius_is_skipped(kind):
    X = make_rows(kind)
    queries = np.concatenate([X[:40], X[:40] * np.float32(0.75)])
    sq_distances = oracle.squares(queries.astype(np.float64)[:, None], X.astype(np.float64)[None])
    for sq_radius in (
        np.zeros(80),
        sq_distances.min(axis=1),
        np.sort(sq_distances, axis=1)[:, 20],
        np.full(80, np.inf),
    ):
        seen = np.zeros(sq_distances.shape, dtype=bool)
        for rows, positions in LeafTree(X).find_leaves(queries, sq_radius):
            assert not seen[np.ix_(positions, rows)].any(), "a leaf is searched once"
            seen[np.ix_(positions, rows)] = True
        assert seen[sq_radius[:, None] >= sq_distances].all()


@pytest.mark.usefixtures("small_leaves")
def test_most_leaves_are_beyond_a_small_radius():
    X = make_rows("gaussian", 2000)
    within = sum(len(positions) for _, positions in LeafTree(X).find_leaves(X[:100], np.full(100, 0.01 * X.var())))
    everything = sum(len(positions) for _, positions in LeafTree(X).find_leaves(X[:100], np.full(100, np.inf)))
    assert within < everything / 8


@given(
    value=st.floats(-10, 10, width=32),
    margins=st.tuples(st.floats(0, 10, width=32), st.floats(0, 10, width=32)),
    x=st.floats(-30, 30, width=32),
)
def test_the_distances_of_the_parts_of_a_split_exceed_that_of_the_node_by_one_feature(value, margins, x):
    lower, upper = value - margins[0], value + margins[1]
    before, after = sq_distance_increases(leaf_tree.Split(0, value, lower, upper, 0), np.array([x]))

    def sq_distance(left: float, right: float) -> float:
        return max(left - x, x - right, 0.0) ** 2

    assert before[0] == pytest.approx(sq_distance(lower, value) - sq_distance(lower, upper), abs=1e-12)
    assert after[0] == pytest.approx(sq_distance(value, upper) - sq_distance(lower, upper), abs=1e-12)


@pytest.mark.usefixtures("small_leaves")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("k", [1, 5])
def test_search_returns_the_nearest_rows_within_the_radius(kind, k):
    X = make_rows(kind)
    queries = X[:50] * np.float32(0.75)

    def search_leaf(positions: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        sq_distances = oracle.squares(queries[positions].astype(np.float64)[:, None], X[rows].astype(np.float64)[None])
        columns = np.argsort(sq_distances, axis=1, kind="stable")[:, :k]
        return np.take_along_axis(sq_distances, columns, axis=1), columns

    expected = search_leaf(np.arange(50), np.arange(300))[0]
    radius = np.sqrt(expected[:, -1]) * np.random.default_rng(0).choice([0, 0.5, 1.5, 10], 50)
    sq_distances, indices = LeafTree(X).search(queries.astype(np.float64), k, radius, search_leaf)
    inside = expected[:, -1] < radius**2
    np.testing.assert_allclose(np.sort(sq_distances, axis=1)[inside], expected[inside], rtol=1e-12, atol=0)
    np.testing.assert_allclose(
        oracle.squares(queries[inside][:, None].astype(float), X[indices[inside]].astype(float)), sq_distances[inside]
    )
    assert not ((radius**2)[:, None] < sq_distances)[np.isfinite(sq_distances)].any()


def test_few_rows_and_long_lists_are_searched_without_a_tree():
    n, m = leaf_tree.WORTHWHILE_FROM_LEAVES * leaf_tree.MAX_LEAF_ROWS, leaf_tree.WORTHWHILE_FROM_QUERIES
    assert is_tree_worthwhile(n, m, 1)
    assert not is_tree_worthwhile(n - 1, m, 1)
    assert not is_tree_worthwhile(n, m - 1, 1)
    assert not is_tree_worthwhile(10**9, 10**9, leaf_tree.MAX_LEAF_ROWS // 2)


def test_a_tree_is_selective_where_radii_leave_out_most_pairs():
    X = make_rows("gaussian", 20_000)
    tree = LeafTree(X)
    assert tree.is_selective(X[:300], np.full(300, 0.01))
    assert not tree.is_selective(X[:300], np.full(300, 1e6))


@pytest.mark.usefixtures("small_leaves")
@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize("backend", ["xp", "faiss-cpu"])
@pytest.mark.parametrize("kind", KINDS)
def test_links_are_those_of_the_definition(kind, backend, n_jobs):
    if backend == "faiss-cpu":
        optional("faiss")
    y = datasets.labels(300, 60)
    X = datasets.make(kind, y, 4, dtype=np.float32)
    sampler = SMOTETomek(random_state=0, remove="both", backend=backend, n_jobs=n_jobs)
    oracle.assert_same(sampler.fit_resample(X, y), oracle.smote_tomek(X, y, remove="both"))


@pytest.mark.usefixtures("small_leaves")
def test_a_progress_callback_may_search_with_faiss():
    """Callbacks do not run while a search holds the lock on FAISS's settings, or this would deadlock."""
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
