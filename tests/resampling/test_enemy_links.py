"""Links by the looser definition: each row the strictly nearest of all rows that are not of the other's class."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse
from support import cleaning_oracle, datasets, mixed_tables, oracle
from support.datasets import labels

from gpu_smotetomek import SMOTE, ResamplingPipeline, TomekLinks, tomek_links

ENEMIES = "nearest enemies"


def expect(X, y):
    return cleaning_oracle.clean(X, y, "all", definition=ENEMIES)[0]


@pytest.mark.parametrize(
    ("points", "classes", "links"),
    [
        ("0 1 9", "a a b", [[1, 2]]),  # the nearest rows are of one class, the nearest enemies are a pair
        ("0 1 1.5 9", "a b b a", [[0, 1]]),
        ("-1 0 1", "b a b", []),  # a tie of enemies
        ("0 0 0 9", "a a b a", []),  # two rows of a class at one point: which of them?
        ("0 0 9", "a b b", [[0, 1]]),
        ("0 0 0 9", "a b c a", []),
        ("0 2 3 10", "a b c c", [[1, 2]]),  # the nearest enemy of a is b, that of b is c
        ("0 2 5 9", "a b b c", [[0, 1], [2, 3]]),
        ("0 1", "a b", [[0, 1]]),
        ("3 3", "a b", [[0, 1]]),
        ("1e300 0 1", "a a b", [[1, 2]]),
    ],
)
def test_links_of_points_on_a_line(points, classes, links, backend):
    X, y = np.array(points.split(), dtype=float)[:, None], np.array(classes.split())
    assert tomek_links(X, y, definition=ENEMIES, backend=backend).tolist() == links
    assert expect(X, y).tolist() == links


@pytest.mark.parametrize("d", [1, 18])
@pytest.mark.parametrize("sizes", [(40, 15), (25, 15, 12), (15, 15, 12, 10)])
@pytest.mark.parametrize("kind", list(datasets.KINDS))
def test_links_are_the_oracles(kind, sizes, d, backend):
    y = np.random.RandomState(1).permutation(labels(*sizes))
    X = datasets.make(kind, y, d)
    np.testing.assert_array_equal(tomek_links(X, y, definition=ENEMIES, backend=backend), expect(X, y))


@given(
    st.lists(st.tuples(st.integers(0, 6), st.integers(0, 3), st.integers(0, 3)), min_size=2, max_size=24).filter(
        lambda rows: len({row[2] for row in rows}) > 1
    )
)
def test_links_of_any_few_points(rows):
    table = np.array(rows)
    X, y = table[:, :2].astype(float), table[:, 2]
    links = tomek_links(X, y, definition=ENEMIES)
    np.testing.assert_array_equal(links, expect(X, y))
    narrow = {tuple(link) for link in tomek_links(X, y).tolist()}
    assert narrow <= {tuple(link) for link in links.tolist()}, "each Tomek link is a pair of nearest enemies"


def test_the_order_of_the_rows_does_not_matter():
    X, y = datasets.blobs(300, 3, 0.6, 0.25, 0.15)
    order = np.random.RandomState(0).permutation(300)
    links = tomek_links(X[order], y[order], definition=ENEMIES)
    assert {frozenset(order[link]) for link in links} == set(map(frozenset, tomek_links(X, y, definition=ENEMIES)))


def test_sparse_rows():
    X, y = datasets.blobs(120, 12)
    X = X * (np.random.RandomState(1).uniform(size=X.shape) < 0.3)
    links = expect(X, y)
    assert len(links) > 0
    np.testing.assert_array_equal(tomek_links(sparse.csr_array(X), y, definition=ENEMIES), links)


def test_tables_with_categories():
    from support import mixed_oracle

    frame, y = mixed_tables.make((60, 25, 15))
    numbers, categories = mixed_tables.split(frame)
    D = mixed_oracle.sq_distance_matrix(numbers, categories, mixed_oracle.constant(numbers, y))
    links, _, _ = cleaning_oracle.clean(numbers, y, "all", definition=ENEMIES, D=D)
    assert len(links) > 5
    np.testing.assert_array_equal(
        tomek_links(frame, y, definition=ENEMIES, categorical_features=mixed_tables.CATEGORICAL), links
    )


@pytest.mark.usefixtures("thresholds")
def test_links_after_over_sampling():
    X, y = datasets.blobs(100, 3, 0.6, 0.25, 0.15)
    cleaner = TomekLinks(sampling_strategy="all", definition=ENEMIES)
    chain = ResamplingPipeline([("s", SMOTE(random_state=0)), ("t", cleaner)])
    chain.fit_resample(X, y)
    X_over, y_over = oracle.smote(X, y)
    links, _, _ = cleaning_oracle.clean(
        X_over, y_over, "all", definition=ENEMIES, D=oracle.sq_distance_matrix(X_over, oracle.exponent(X))
    )
    np.testing.assert_array_equal(chain.named_steps_["t"].links_, links)
