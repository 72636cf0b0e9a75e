"""The backend for numbers and categories keeps the contract of backends: its error is within its bound."""

from fractions import Fraction

import numpy as np
import pytest
from support import array_libraries

from gpu_smotetomek.arrays import dispatch, distances
from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.neighbors.backends.mixed import MixedProducts
from gpu_smotetomek.neighbors.scaled_mixed import CODE_UNIT


def coordinates(n, r, sizes, seed, scale=1.0):
    """Rows as a backend receives them: coordinates in float32, then codes in their small unit."""
    rng = np.random.default_rng(seed)
    codes = np.stack([rng.integers(0, size, n) for size in sizes], axis=1)
    values = rng.normal(size=(n, r)) * scale + rng.normal(size=r)
    return np.hstack([values, codes * CODE_UNIT]).astype(np.float32), codes


def exact_sq_distance(x, y, codes_x, codes_y, mismatch):
    numbers = sum((Fraction(float(a)) - Fraction(float(b))) ** 2 for a, b in zip(x, y, strict=True))
    return numbers + int(np.sum(codes_x != codes_y)) * Fraction(mismatch)


@pytest.mark.parametrize("place", array_libraries.LIBRARIES.values(), ids=array_libraries.LIBRARIES.keys())
@pytest.mark.parametrize(
    ("mismatch", "scale"), [(1.0, 1.0), (0.1, 1e-3), (2.0**70, 1.0), (2.0**-120, 1e-6), (0.0, 1.0)]
)
def test_every_returned_distance_is_within_the_bound(place, mismatch, scale):
    r, sizes = 5, (3, 300, 2)
    X, codes = coordinates(40, r, sizes, 0, scale)
    backend = MixedProducts(sizes, mismatch)
    placed = place(X)
    ctx = ExecutionContext(n_threads=1, kind=dispatch.array_kind(placed))
    found = backend.build(placed, ctx).search(placed, 40)
    sq_distances, rows = (array_libraries.host(part) for part in found)
    norms = distances.row_norms(X)
    d = r + len(sizes)
    for i in range(40):
        assert sorted(rows[i]) == list(range(40))
        for place_in_list, j in enumerate(rows[i]):
            exact = exact_sq_distance(X[i, :r], X[j, :r], codes[i], codes[j], mismatch)
            bound = float(backend.error(norms[i], norms[j], d=d, n=40)) + backend.relative_error(d=d, n=40) * float(
                exact
            )
            assert abs(Fraction(float(sq_distances[i, place_in_list])) - exact) <= Fraction(bound)


def test_lists_hold_the_nearest_rows_across_tiles(monkeypatch):
    from gpu_smotetomek.neighbors.backends import mixed

    monkeypatch.setattr(mixed, "MIXED_TILE_ROWS", 16)
    monkeypatch.setattr(mixed, "MIXED_TILE_QUERIES", 8)
    X, codes = coordinates(100, 3, (4, 4), 1)
    backend = MixedProducts((4, 4), 0.5)
    _, rows = backend.build(X, ExecutionContext(n_threads=2)).search(X, 4)
    D = ((X[:, None, :3] - X[None, :, :3]).astype(float) ** 2).sum(axis=2)
    D += 0.5 * (codes[:, None] != codes[None]).sum(axis=2)
    for i in range(100):
        assert set(rows[i]) == set(np.argsort(D[i])[:4])


def test_more_columns_than_a_byte_counts():
    X, codes = coordinates(30, 2, (2,) * 300, 2)
    backend = MixedProducts((2,) * 300, 1.0)
    sq_distances, rows = backend.build(X, ExecutionContext(n_threads=1)).search(X, 30)
    differs = (codes[:, None] != codes[None]).sum(axis=2)
    numbers = ((X[:, None, :2] - X[None, :, :2]).astype(float) ** 2).sum(axis=2)
    assert differs.max() > 150
    np.testing.assert_allclose(sq_distances, np.take_along_axis(numbers + differs, rows, 1), rtol=1e-4, atol=1e-4)
