"""Every bound of the candidates, compared with arithmetic without rounding on rows that are chosen against it."""

from fractions import Fraction

import numpy as np
import pytest
from support import datasets, exact_arithmetic, oracle
from support.adversarial_backend import ExactBackend
from support.hard_rows import hard_rows
from support.optional import optional

from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.neighbors import BACKENDS, ScaledRows, candidates, exact
from gpu_smotetomek.neighbors.exact import ExactSearch

pytestmark = pytest.mark.usefixtures("small_tables_use_bounds")

CTX = ExecutionContext(n_threads=1)


# ---- what was not returned ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["xp", "kdtree", "sklearn"])
def test_a_row_that_is_not_returned_is_no_nearer_than_the_bound(name):
    """Its returned squared distance is the true one plus the whole bound: the largest T at which it may be left out."""
    backend, rng = BACKENDS[name], np.random.default_rng(0)
    a = 2.0 ** rng.uniform(-30, 50, 400)
    delta = a * 2.0 ** rng.uniform(-40, 10, 400)
    for b in (a + delta, np.abs(a - delta)):
        for share in (1.0, 0.999, 0.5):
            more = 1 + backend.relative_error(d=7, n=1000)
            T = (more * delta**2 + backend.error(a, b, d=7, n=1000)) * share
            low = candidates.unreturned_lower_bound(backend, a, T, 7, 1000)
            assert all(Fraction(end) <= Fraction(x) for end, x in zip(low.tolist(), delta.tolist(), strict=True))


@pytest.mark.parametrize("T", [0.0, -1.0, -0.0])
def test_a_list_that_ends_in_zero_certifies_nothing(T):
    assert candidates.unreturned_lower_bound(BACKENDS["xp"], np.ones(3), np.full(3, T), 4, 10).tolist() == [0.0] * 3


def test_where_the_error_is_small_the_bound_is_almost_the_distance():
    low = candidates.unreturned_lower_bound(BACKENDS["xp"], np.ones(1), np.ones(1), 10, 10)[0]
    assert 0.999 < low < 1


# ---- rows as received -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["host", "device"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    "kind",
    ["offset", "one unit apart", "below float32", "subnormal candidates", "subnormal", "far", "a plane", "near a plane"]
    + ["far from a plane"],
)
def test_candidates_are_no_farther_apart_than_rows_but_for_their_rounding(kind, dtype, place, request):
    """Check the lower bound from a received distance δ, for every pair of rows without outliers; with the kernel too."""
    X = hard_rows(kind)
    scaled, rows, centred_norms = ScaledRows.from_matrix(X, CTX), np.arange(len(X)), None
    if place == "device":
        cupy = request.getfixturevalue("cupy")
        there = ScaledRows.from_matrix(cupy.asarray(X), CTX)
        projected = there.project(cupy.asarray(rows), dtype, CTX)
        values, outliers, centred_norms = (None if part is None else part.get() for part in projected)
        assert (centred_norms >= scaled.centred_norms(rows, CTX) * (1 - 2.0**-39)).all()
    else:
        values, outliers, _ = scaled.project(rows, dtype, CTX)
    kept = rows if outliers is None else np.flatnonzero(~outliers)
    values = values[kept].astype(np.float64)
    norms = np.linalg.norm(values, axis=1) * (1 + 2.0**-40)
    received = np.sqrt(oracle.squares(values[:, None], values[None]))
    search = candidates.CandidateSearch(scaled, rows, ExactBackend(dtype), CTX)
    true = exact_arithmetic.squares(X[kept], X[kept])  # in units of 2**-2148, before the scale
    for i, a in enumerate(norms):
        row = kept[i : i + 1]
        rotation_error = search._rotation_error(row, None if centred_norms is None else centred_norms[row])
        bound = search._lower_bound(np.full(len(kept), a), rotation_error, received[i] ** 2, None, False)
        bound = exact.widen_down(bound, X.shape[1])  # as the exact layer uses it
        for j in np.flatnonzero(bound > 0):
            true_square = Fraction(int(true[i, j]), 2**2148) * Fraction(2) ** (2 * scaled.exponent)
            assert Fraction(float(bound[j])) ** 2 <= true_square


@pytest.mark.parametrize("kind", datasets.KINDS)
@pytest.mark.parametrize("name", ["xp", "kdtree", "sklearn", "faiss-cpu"])
@pytest.mark.parametrize("k", [1, 6])
def test_no_row_that_is_not_listed_is_nearer_than_the_lower_bound(name, kind, k):
    if name == "faiss-cpu":
        optional("faiss")
    X = datasets.make(kind, datasets.labels(150), 12)
    rows = np.arange(150)
    listed, bound = candidates.CandidateSearch(ScaledRows.from_matrix(X, CTX), rows, BACKENDS[name], CTX).search(
        rows, k
    )
    Z = oracle.scaled(X, oracle.exponent(X))
    sq_distances = oracle.squares(Z[:, None], Z[None])
    farthest_listed = np.sqrt(np.take_along_axis(sq_distances, listed, axis=1).max(axis=1))
    np.put_along_axis(sq_distances, listed, np.inf, axis=1)
    assert (exact.widen_up(np.sqrt(sq_distances), 12).min(axis=1) >= exact.widen_down(bound, 12)).all()
    if kind == "gaussian" and k > 1:  # the first is the row itself
        assert (bound >= 0.99 * farthest_listed).all()


@pytest.mark.parametrize("seed", [8, 38])
@pytest.mark.parametrize("name", ["xp", "kdtree"])
def test_rows_far_along_an_omitted_axis(name, seed):
    """Their coordinates on the other axes carry the rounding of the whole row, not of its remainder."""
    rng = np.random.default_rng(seed)
    axes = np.linalg.qr(rng.normal(size=(30, 30)))[0]
    X = rng.normal(size=(1500, 2)) @ axes[:2]
    away = 2.0 ** rng.integers(30, 49)
    steps = np.arange(150) * rng.uniform(1, 4) * np.spacing(away * 0.18)
    far = np.sort(rng.choice(1500, 150, replace=False))
    X[far] = away * axes[5] + steps[:, None] * axes[0]
    search = ExactSearch(ScaledRows.from_matrix(X, CTX), np.arange(1500), BACKENDS[name], CTX)
    np.testing.assert_array_equal(search.kneighbors(far, 1).indices, oracle.kneighbors(X, 1)[far])


# ---- comparisons in float64 -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("d", [1, 8, 60])
def test_widened_distances_enclose_the_true_distance(d):
    rng = np.random.default_rng(d)
    for size in (2.0**499, 1.0, 2.0**-520, 2.0**-540):
        x, y = rng.normal(size=(2, 30, d)) * size
        y[:10] = x[:10] + size * 2.0**-30 * rng.normal(size=(10, d))
        computed = np.sqrt(oracle.squares(x, y))
        for i in range(30):
            true = Fraction(
                int(((exact_arithmetic.integers(x[i]) - exact_arithmetic.integers(y[i])) ** 2).sum()), 2**2148
            )
            assert Fraction(exact.widen_up(computed[i], d)) ** 2 >= true
            assert max(Fraction(exact.widen_down(computed[i], d)), 0) ** 2 <= true


def test_a_list_that_errs_in_proportion_certifies_so_much_less():
    backend = ExactBackend("float64", relative=3.0)
    assert candidates.unreturned_lower_bound(backend, np.ones(1), np.full(1, 16.0), 4, 10)[0] == pytest.approx(
        2.0, rel=1e-9
    )
