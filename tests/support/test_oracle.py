"""Tests of the oracle itself: against fractions, the textbook definition, and imbalanced-learn."""

from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
from imblearn.over_sampling import SMOTE
from imblearn.under_sampling import TomekLinks
from support import datasets, oracle

Rows = list[list[Fraction]]


def fractions(X: np.ndarray) -> Rows:
    return [[Fraction(float(value)) for value in row] for row in X]


def exact_square(p: list[Fraction], q: list[Fraction]) -> Fraction:
    return sum(((a - b) ** 2 for a, b in zip(p, q, strict=True)), Fraction(0))


def textbook_links(rows: Rows, y: np.ndarray) -> list[list[int]]:
    """Pairs of two classes such that no third row is as near to either as they are to each other."""
    return [
        [i, j]
        for i, j in combinations(range(len(rows)), 2)
        if y[i] != y[j]
        and all(
            exact_square(rows[i], rows[j]) < min(exact_square(rows[i], rows[z]), exact_square(rows[j], rows[z]))
            for z in range(len(rows))
            if z not in (i, j)
        )
    ]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0.0, 1.0], 500),  # half a range of 0.5 = 0.5 * 2**0
        ([0.0, 2.0], 499),
        ([5.0, 5.0], 0),  # nothing to scale
        ([-1.7e308, 1.7e308], 500 - 1024),  # the range itself is no float64
        ([0.0, 5e-324], 0),  # half of the smallest number is 0
        ([0.0, 1e-310], 500 + 1030),
    ],
)
def test_the_exponent_of_hand_made_columns(values, expected):
    assert oracle.exponent(np.array(values)[:, None]) == expected


@pytest.mark.parametrize("e", [-1530, -7, 0, 500, 1530])
def test_scaling_is_exact_where_the_result_is_a_float64(e):
    X = np.ldexp(np.array([[1.5, -3.25, 1 / 3]]), -e // 2)
    for value, result in zip(X[0], oracle.scaled(X, e)[0], strict=True):
        assert Fraction(float(result)) == Fraction(float(value)) * Fraction(2) ** e


@pytest.mark.parametrize("d", [1, 2, 7])
def test_squares_of_integers_are_exact(d):
    X = datasets.make("lattice", datasets.labels(12, 6), d)
    rows = fractions(X)
    for i, row in enumerate(oracle.squares(X[:, None], X[None])):
        assert [Fraction(float(value)) for value in row] == [exact_square(rows[i], other) for other in rows]


@pytest.mark.parametrize("kind", ["gaussian", "lognormal", "offset", "far_clusters"])
def test_squares_of_floats_err_by_no_more_than_their_roundings(kind):
    """Each product reaches the sum through at most d + 2 roundings, and no difference cancels."""
    d, u = 7, Fraction(1, 2**53)
    gamma = (d + 2) * u / (1 - (d + 2) * u)
    X = datasets.make(kind, datasets.labels(10, 5), d)
    rows = fractions(X)
    for i, j in combinations(range(len(X)), 2):
        true = exact_square(rows[i], rows[j])
        assert abs(Fraction(float(oracle.squares(X[i], X[j]))) - true) <= gamma * true


@pytest.mark.parametrize("d", [1, 2, 5])
@pytest.mark.parametrize("kind", ["lattice", "gaussian", "duplicated", "constant"])
def test_neighbours_are_ordered_by_distance_then_row_number(kind, d):
    X = datasets.make(kind, datasets.labels(10, 5), d)
    rows = fractions(X)
    for i, found in enumerate(oracle.kneighbors(X, 4)):
        others = [j for j in range(len(X)) if j != i]
        assert found.tolist() == sorted(others, key=lambda j: (exact_square(rows[i], rows[j]), j))[:4]


@pytest.mark.parametrize("d", [1, 2, 5])
@pytest.mark.parametrize("sizes", [(10, 5), (8, 5, 4)])
@pytest.mark.parametrize("kind", ["lattice", "gaussian", "one_far_row", "one_row_at_1e300", "tiny", "constant"])
def test_links_are_the_textbooks(kind, sizes, d):
    y = datasets.labels(*sizes)
    X = datasets.make(kind, y, d)
    assert oracle.tomek_links(X, y).tolist() == textbook_links(fractions(X), y)


def test_the_sets_hold_links_and_ties():
    """Else the tests that compare links would compare nothing."""
    y = datasets.labels(60, 20)
    for kind in datasets.KINDS:
        links = oracle.tomek_links(datasets.make(kind, y, 2), y)
        assert (len(links) > 0) == (kind not in ("constant", "few_points")), kind
    for kind in ("lattice", "duplicated", "few_points", "constant"):
        D = oracle.sq_distance_matrix(datasets.make(kind, y, 2))
        assert ((D.min(axis=1)[:, None] == D).sum(axis=1) > 1).any(), kind


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.int16])
@pytest.mark.parametrize("kind", ["gaussian", "lattice", "duplicated"])
def test_synthetic_rows_lie_between_two_neighbours_in_fractions(kind, dtype):
    """Reproduced from the description of the draws, row by row: base + gap * (neighbour - base), up to roundings."""
    y = datasets.labels(30, 10)
    X = datasets.make(kind, y, 3, dtype=dtype)
    S, labels = oracle.smote(X, y, k=3, random_state=4)
    assert (labels == np.r_[y, np.ones(20, int)]).all()

    P, rows, rng = X[y == 1], fractions(X[y == 1]), np.random.RandomState(4)
    picks, gaps = rng.randint(0, 30, 20), rng.uniform(size=20)
    for s, pick, gap in zip(S[40:], picks, gaps, strict=True):
        base, rank = divmod(int(pick), 3)
        others = [j for j in range(10) if j != base]
        other = sorted(others, key=lambda j: (exact_square(rows[base], rows[j]), j))[rank]
        for value, p, q, stored in zip(s, rows[base], rows[other], P[base], strict=True):
            exact = p + Fraction(float(gap)) * (q - p)
            half_ulp = Fraction(1, 2) if X.dtype.kind == "i" else Fraction(float(np.spacing(np.abs(value)))) / 2
            of_difference = 0 if X.dtype.kind == "i" else Fraction(float(np.spacing(dtype(abs(float(q - p)))))) / 2
            assert abs(Fraction(float(value)) - exact) <= half_ulp + of_difference + (abs(exact) + abs(q - p)) / 2**52
            assert value.dtype == stored.dtype


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.int16])
def test_off_segment_accepts_what_smote_writes_and_nothing_else(dtype):
    rng = np.random.RandomState(0)
    P, Q = (datasets.make("gaussian", datasets.labels(200), 4, dtype=dtype, seed=seed) for seed in (1, 2))
    S = oracle.interpolate(P, Q, rng.uniform(size=200))
    wide = np.abs(Q.astype(float) - P).argmin(axis=1)  # moved in its narrowest feature, which does not tell the gap
    moved = S.copy()
    size = np.abs(S).max(axis=1) + np.abs(P).max(axis=1) + 1
    step = 3 if S.dtype.kind == "i" else 16 * np.spacing(size).astype(dtype)
    moved[np.arange(200), wide] += step
    assert all(oracle.off_segment(s, p[None], q[None]).max() <= 0 for s, p, q in zip(S, P, Q, strict=True))
    assert all(oracle.off_segment(s, p[None], q[None]).max() > 0 for s, p, q in zip(moved, P, Q, strict=True))


def test_off_segment_of_rows_beyond_an_end_and_of_a_point():
    P, Q = np.array([[0.0, 0.0]]), np.array([[1.0, 1.0]])
    assert oracle.off_segment(np.array([1.5, 1.5]), P, Q) > 0
    assert oracle.off_segment(np.array([-0.5, -0.5]), P, Q) > 0
    assert oracle.off_segment(np.array([0.0, 0.0]), P, P) <= 0
    assert oracle.off_segment(np.array([0.1, 0.0]), P, P) > 0


@pytest.mark.parametrize(
    ("strategy", "expected"),
    [
        ("by class 0", [1, 2, 3, 4, 5]),
        ("by both classes", [3, 5]),
        ("larger: 0 and 2", [1, 2, 3, 5]),  # 0 is larger than 1, and 2 than 1
        ("larger: all equal", [3, 5]),
    ],
)
def test_what_is_kept_of_hand_made_links(strategy, expected):
    y, links = np.array([0, 1, 1, 0, 2, 2]), np.array([[0, 1], [2, 4]])
    kept = {
        "by class 0": oracle.kept_by_class(y, links, [0]),
        "by both classes": oracle.kept_by_class(y, links, [0, 1, 2]),
        "larger: 0 and 2": oracle.kept_larger(y, links, {0: 9, 1: 3, 2: 4}),
        "larger: all equal": oracle.kept_larger(y, links, {0: 5, 1: 5, 2: 5}),
    }
    assert kept[strategy].tolist() == expected


def test_columns_of_a_frame_are_rounded_one_by_one():
    S = np.array([[0.1, 2.5, 0.6], [0.2, 3.5, 0.4]])
    columns = (np.dtype(np.float32), np.dtype(np.int8), np.dtype(bool))
    expected = [[float(np.float32(0.1)), 2.0, 1.0], [float(np.float32(0.2)), 4.0, 0.0]]
    assert oracle.round_columns(S, columns).tolist() == expected


@pytest.mark.parametrize("sizes", [(0.8, 0.2), (0.6, 0.3, 0.1)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_oracle_agrees_with_imbalanced_learn_where_that_is_right(dtype, sizes):
    X, y = datasets.blobs(150, 3, *sizes, dtype=dtype)
    X_over, y_over = oracle.smote(X, y, random_state=7)
    theirs, labels = SMOTE(random_state=7).fit_resample(X, y)
    assert (theirs == X_over).all()
    assert (labels == y_over).all()

    cleaner = TomekLinks(sampling_strategy="all")
    cleaner.fit_resample(X_over, y_over)
    links = oracle.tomek_links(X_over, y_over)
    assert len(links) > 0
    assert cleaner.sample_indices_.tolist() == oracle.kept_by_class(y_over, links, set(y)).tolist()
