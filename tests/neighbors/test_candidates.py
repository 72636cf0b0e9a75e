"""Every bound of the candidates, compared with arithmetic without rounding on rows that are chosen against it."""

import math
from fractions import Fraction

import numpy as np
import pytest
from support import datasets, exact_arithmetic, oracle
from support.adversarial_backend import ExactBackend
from support.optional import optional

from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.neighbors import BACKENDS, ScaledRows, candidates, exact, projection
from gpu_smotetomek.neighbors.exact import ExactSearch
from gpu_smotetomek.neighbors.protocol import U64, expanded_error, gamma

pytestmark = pytest.mark.usefixtures("small_tables_use_bounds")

CTX = ExecutionContext(n_threads=1)


# ---- the expanded form in float32 -----------------------------------------------------------------------------------

F = np.float32


def in_order(x: np.ndarray, y: np.ndarray) -> np.float32:
    total = F(0)
    for a, b in zip(x, y, strict=True):
        total = F(total + F(a * b))
    return total


def fused(x: np.ndarray, y: np.ndarray) -> np.float32:
    """Each product and its addition rounded once."""
    total = F(0)
    for a, b in zip(x.astype(np.float64), y.astype(np.float64), strict=True):
        total = F(float(total) + a * b)
    return total


def by_halves(x: np.ndarray, y: np.ndarray) -> np.float32:
    if len(x) == 1:
        return F(x[0] * y[0])
    middle = len(x) // 2
    return F(by_halves(x[:middle], y[:middle]) + by_halves(x[middle:], y[middle:]))


def flushed(value: np.float32) -> np.float32:
    return F(0) if abs(value) < F(2.0**-126) else value


def in_order_flushed(x: np.ndarray, y: np.ndarray) -> np.float32:
    """In order, on a device without subnormal numbers."""
    total = F(0)
    for a, b in zip(x, y, strict=True):
        total = flushed(F(total + flushed(F(a * b))))
    return total


PRODUCTS = [in_order, fused, by_halves, in_order_flushed, np.dot]


def opposite(rng: np.random.Generator, d: int) -> tuple[np.ndarray, np.ndarray]:
    x = rng.choice([-1, 1], d) * (1 + rng.random(d) * 2.0**-10)
    return x, -x


ROWS = {
    "close": lambda rng, d: (x := rng.normal(size=d), x + 1e-4 * rng.normal(size=d)),
    "equal": lambda rng, d: (x := rng.normal(size=d), x),
    "opposite": opposite,
    "apart": lambda rng, d: (rng.normal(size=d), rng.normal(size=d)),
    "of two sizes": lambda rng, d: (1e6 * rng.normal(size=d), 1e-6 * rng.normal(size=d)),
    "subnormal squares": lambda rng, d: tuple(part * 2.0**-63 * (1 - 2.0**-9) for part in opposite(rng, d)),
}


@pytest.mark.parametrize("product", PRODUCTS, ids=lambda product: product.__name__)
@pytest.mark.parametrize("rows", ROWS)
@pytest.mark.parametrize("d", [1, 2, 5, 40])
def test_the_expanded_form_errs_within_its_bound(product, rows, d):
    flush = flushed if product is in_order_flushed else F
    for seed in range(25):
        x, y = (part.astype(F) for part in ROWS[rows](np.random.default_rng(seed), d))
        square = F(flush(F(product(x, x) + product(y, y))) - F(2 * product(x, y)))
        true = sum((Fraction(float(a)) - Fraction(float(b))) ** 2 for a, b in zip(x, y, strict=True))
        a, b = (float(np.linalg.norm(part.astype(np.float64))) * (1 + 2.0**-40) for part in (x, y))
        assert abs(Fraction(float(flush(square))) - true) <= Fraction(expanded_error(a, b, d))


def test_the_bound_of_the_expanded_form_is_not_much_too_wide():
    """The error of some rows of one feature reaches a sixth of the bound."""
    worst = 0.0
    for seed in range(300):
        x, y = (part.astype(F) for part in ROWS["opposite"](np.random.default_rng(seed), 1))
        square = float(F(in_order(x, x) + in_order(y, y)) - F(2 * in_order(x, y)))
        error = abs(square - (float(x[0]) - float(y[0])) ** 2)
        worst = max(worst, error / expanded_error(abs(float(x[0])), abs(float(y[0])), 1))
    assert worst > 1 / 6


def test_gamma_is_the_compound_of_p_roundings():
    for p in (1, 5, 100, 10_000):
        for u in (2.0**-24, U64):
            assert (1 + Fraction(u)) ** p - 1 <= Fraction(gamma(p, u))
            assert 1 - (1 - Fraction(u)) ** p <= Fraction(gamma(p, u))


# ---- kd-tree --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("d", [1, 2, 6])
def test_a_deep_tree_prunes_within_its_bound(d):
    """Rows over 600 powers of two: a sliding midpoint cuts off a few at a time, and every cut adds its rounding."""
    rng = np.random.default_rng(d)
    X = rng.normal(size=(300, d)) * 2.0 ** rng.integers(-300, 300, (300, 1))
    Q = X[::30] * (1 + 2.0**-40)
    tree = BACKENDS["kdtree"]
    S, found = tree.build(X, CTX).search(Q, 4)
    true = exact_arithmetic.squares(Q, X)
    a, b = (np.linalg.norm(rows, axis=1) * (1 + 2.0**-40) for rows in (Q, X))
    bound = exact_arithmetic.bound(tree, a[:, None], b[None], true, d=d, n=300)
    S, listed = exact_arithmetic.integers(S, 2 * exact_arithmetic.UNIT), np.take_along_axis(true, found, axis=1)
    assert (abs(S - listed) <= np.take_along_axis(bound, found, axis=1)).all()
    reachable, last = true + bound, S.max(axis=1, keepdims=True)
    np.put_along_axis(reachable, found, last, axis=1)
    assert (reachable >= last).all()


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


def hard_rows(kind: str) -> np.ndarray:
    rng = np.random.default_rng(5)
    planes = np.linalg.qr(rng.normal(size=(12, 12)))[0]
    return {
        "offset": lambda: rng.normal(size=(40, 3)) + 1e8,
        "one unit apart": lambda: (
            np.repeat(rng.normal(size=(5, 4)), 8, axis=0) + rng.integers(-3, 4, (40, 4)) * 2.0**-53
        ),
        "below float32": lambda: (
            np.repeat(rng.normal(size=(5, 4)), 8, axis=0) + rng.integers(-3, 4, (40, 4)) * 2.0**-26
        ),
        "subnormal candidates": lambda: rng.normal(size=(40, 2)) * 2.0 ** rng.choice([0, -150], (40, 1), p=[0.8, 0.2]),
        "subnormal": lambda: rng.normal(size=(40, 3)) * 1e-310,
        "far": lambda: rng.normal(size=(40, 3)) * 2.0 ** rng.integers(0, 49, (40, 1)),
        "a plane": lambda: rng.normal(size=(40, 2)) @ planes[:2],
        "near a plane": lambda: rng.normal(size=(40, 2)) @ planes[:2] + 1e-6 * rng.normal(size=(40, 12)),
        "far from a plane": lambda: np.concatenate(
            [rng.normal(size=(32, 2)) @ planes[:2], 2.0**46 * planes[5] + np.arange(8)[:, None] * 2.0**-5 * planes[0]]
        ),
    }[kind]()


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


def test_axes_are_orthogonal_and_as_many_as_distinguish_rows():
    rng = np.random.default_rng(0)
    for d, rank in ((2, 1), (10, 3), (40, 5)):
        X = rng.normal(size=(2000, rank)) @ np.linalg.qr(rng.normal(size=(d, d)))[0][:rank]
        axes = ScaledRows.from_matrix(X, CTX).projection.axes
        assert axes.shape == (d, rank)
        assert np.abs(axes.T @ axes - np.eye(rank)).max() <= 8 * d * U64
    full = ScaledRows.from_matrix(rng.normal(size=(2000, 6)), CTX).projection
    assert full.axes.shape == (6, 6)
    assert full.axes_for("float32") is None  # no axis can be omitted


def test_small_tables_have_no_axes(monkeypatch):
    X = hard_rows("near a plane")
    on_axes = ScaledRows.from_matrix(X, CTX).projection
    monkeypatch.setattr(projection, "FIND_AXES_FROM_ROWS", len(X) + 1)
    plain = ScaledRows.from_matrix(X, CTX).projection
    assert on_axes.rank("float32", 12) < plain.rank("float32", 12) == 12
    assert on_axes.dimension < plain.dimension == math.inf


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_omitted_axes_only_bring_rows_nearer(dtype):
    X = hard_rows("near a plane")
    scaled = ScaledRows.from_matrix(X, CTX)
    values, outliers, _ = scaled.project(np.arange(len(X)), dtype, CTX)
    assert outliers is None
    assert values.shape[1] < 12
    near = oracle.squares(values.astype(np.float64)[:, None], values.astype(np.float64)[None])
    true = oracle.squares(X[:, None], X[None]) * 4.0 ** (scaled.exponent + scaled.projection.exponent(dtype))
    assert (near <= true * (1 + 1e-5)).all()


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


# ---- intrinsic dimension ---------------------------------------------------------------------------------------------


def test_the_dimension_of_a_sample_with_distances_of_all_scales():
    """One pair is so near that the quotient of its second and first distance overflows."""
    columns = np.array([[0.0, 1e-160, 5e5, -3e5, 1e-3]])
    nearest, dimension = projection.estimate_neighborhood(columns)
    assert nearest >= 0
    assert dimension > 0


def test_the_dimension_of_a_sample_whose_second_distances_are_the_first_but_for_rounding():
    corners = 1e150 * np.array([[0.0, 1.0, 0.5], [0.0, 0.0, 0.75**0.5 * (1 + 1e-15)]])
    with np.errstate(all="raise"):
        _, dimension = projection.estimate_neighborhood(corners)
    assert dimension == math.inf
