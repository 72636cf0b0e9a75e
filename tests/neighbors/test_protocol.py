"""The error bound of squared distances in the expanded form, compared with arithmetic without rounding."""

from fractions import Fraction

import numpy as np
import pytest

from gpu_smotetomek.neighbors.protocol import U64, expanded_error, gamma

pytestmark = pytest.mark.usefixtures("small_tables_use_bounds")

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
