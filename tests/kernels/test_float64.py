"""The float64 kernels, run on the CPU from the text that a GPU gets: they have the bits of the host."""

import numpy as np
import pytest
from support import fake_cupy, oracle
from support.kernel_cases import CTX

from gpu_smotetomek.arrays import cupy_kernels, indexing
from gpu_smotetomek.neighbors import ScaledRows, brute_force
from gpu_smotetomek.resampling.interpolation import append_synthetic

pytestmark = pytest.mark.usefixtures("compiler")


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("d", [1, 3, 15, 16, 17, 40])
@pytest.mark.parametrize("scale", [1.0, 1e-300, 1e300])
def test_distances_have_the_bits_of_the_host(cupy, dtype, d, scale):
    X = (np.random.default_rng(0).normal(size=(70, d)) * (scale if dtype == np.float64 else 1.0)).astype(dtype)
    first, second = np.arange(33), np.random.default_rng(1).integers(0, 70, (33, 5))
    here, there = ScaledRows.from_matrix(X, CTX), ScaledRows.from_matrix(cupy.asarray(X), CTX)
    assert there.exponent == here.exponent
    assert cupy_kernels.has_kernels(there.X)
    on_device = there.sq_distances(cupy.asarray(first), cupy.asarray(second), CTX)
    np.testing.assert_array_equal(on_device.get(), here.sq_distances(first, second, CTX))
    tile = there.sq_distances_from(cupy.asarray(first))(cupy.asarray(np.arange(3, 70)))
    np.testing.assert_array_equal(tile.get(), here.sq_distances_from(first)(np.arange(3, 70)))
    assert [launch.kernel for launch in fake_cupy.state.launches] == ["pair_sq_distances", "tile_sq_distances"]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("w", "k"), [(1, 1), (3, 5), (8, 5), (33, 2), (70, 32)])
@pytest.mark.parametrize("kind", ["gaussian", "lattice"])
def test_candidates_are_reranked_as_on_the_host(cupy, kind, w, k, dtype):
    """Also with ties, with the query among its candidates, and with lists that are too short."""
    rng = np.random.default_rng(0)
    X = (rng.normal(size=(90, 3)) if kind == "gaussian" else rng.integers(0, 3, (90, 3))).astype(dtype)
    queries = rng.integers(0, 90, 41)
    candidates = np.stack([rng.permutation(90)[:w] for _ in queries])
    candidates[::4, -1] = queries[::4]
    expected = brute_force.rerank(ScaledRows.from_matrix(X, CTX), queries, candidates, k, CTX)
    found = brute_force.rerank(
        ScaledRows.from_matrix(cupy.asarray(X), CTX), cupy.asarray(queries), cupy.asarray(candidates), k, CTX
    )
    for there, here in zip(found, expected, strict=True):
        np.testing.assert_array_equal(there.get(), here)
    assert [launch.kernel for launch in fake_cupy.state.launches] == ["rerank"]


@pytest.mark.parametrize("processors", [1, 30])
@pytest.mark.parametrize(
    ("m", "n", "d", "k"), [(1, 1, 1, 1), (3, 40, 3, 32), (9, 255, 64, 2), (8, 257, 65, 7), (17, 900, 4, 5)]
)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_topk_by_part_matches_the_oracle(cupy, monkeypatch, dtype, m, n, d, k, processors):
    """The values are small integers, so there are ties. A query is not its own neighbour; missing entries are infinite."""
    monkeypatch.setitem(fake_cupy.Device.attributes, "MultiProcessorCount", processors)
    rng = np.random.default_rng(n)
    X = rng.integers(-3, 3, (n + 5, d)).astype(dtype)
    queries, ignored = rng.permutation(n + 5)[:m], None if d < 4 else np.array([2])
    candidates = np.setdiff1d(np.arange(n + 5), rng.permutation(n + 5)[:5])
    scaled_X = ScaledRows(cupy.asarray(X), 3, None, None if ignored is None else cupy.asarray(ignored))
    sq_distances, indices = brute_force.search_all(
        scaled_X, cupy.asarray(candidates), cupy.asarray(queries), k, CTX, balanced=False
    )
    scaled = np.delete(X.astype(np.float64) * 8, [] if ignored is None else ignored, axis=1)
    exact = oracle.squares(scaled[queries][:, None], scaled[candidates][None])
    exact[queries[:, None] == candidates] = np.inf
    order = np.argsort(exact, axis=1, kind="stable")[:, :k]
    expected = np.pad(
        np.take_along_axis(exact, order, axis=1), ((0, 0), (0, k - order.shape[1])), constant_values=np.inf
    )
    rows = np.pad(candidates[order], ((0, 0), (0, k - order.shape[1])))
    np.testing.assert_array_equal(sq_distances.get(), expected)
    np.testing.assert_array_equal(indices.get(), np.where(np.isinf(expected), queries[:, None], rows))


def test_features_that_overflow_when_scaled_take_no_part(cupy):
    X = np.random.default_rng(0).normal(size=(40, 3)) * 1e-250
    X[:, 1] = 1e200
    here, there = ScaledRows.from_matrix(X, CTX), ScaledRows.from_matrix(cupy.asarray(X), CTX)
    assert here.ignored_features.tolist() == there.ignored_features.get().tolist() == [1]
    all_rows = np.arange(40)
    expected = here.sq_distances(all_rows, all_rows[::-1].copy(), CTX)
    assert (expected > 0).all()
    np.testing.assert_array_equal(
        there.sq_distances(cupy.asarray(all_rows), cupy.asarray(all_rows[::-1]), CTX).get(), expected
    )
    np.testing.assert_array_equal(
        there.sq_distances_from(cupy.asarray(all_rows))(cupy.asarray(all_rows)).get(),
        here.sq_distances_from(all_rows)(all_rows),
    )


@pytest.mark.parametrize("has_axes", [False, True])
@pytest.mark.parametrize("d", [1, 31, 32, 33, 100])
def test_rows_wider_than_a_grid_are_projected_group_by_group(cupy, monkeypatch, d, has_axes):
    monkeypatch.setattr(cupy_kernels, "MAX_GRID_Y", 2)
    X, centre = np.random.default_rng(0).normal(size=(21, d)), np.linspace(-1, 1, d)
    axes = np.linalg.qr(np.random.default_rng(1).normal(size=(d, d)))[0] if has_axes else None
    parameters = cupy_kernels.ProjectionParameters(
        *map(cupy.asarray, (centre,)), (2.0,), None if axes is None else cupy.asarray(axes), d, "float64", 3.0
    )
    values, outlying, norms = cupy_kernels.project(
        cupy.asarray(X), cupy.asarray(np.arange(21)), (4.0,), None, parameters
    )
    expected = (4 * X - centre) * 2 @ (np.eye(d) if axes is None else axes)
    np.testing.assert_allclose(values.get(), expected, rtol=1e-12, atol=1e-12)
    np.testing.assert_array_equal(outlying.get(), (abs(expected) > 3).any(axis=1))
    np.testing.assert_allclose(norms.get(), np.linalg.norm(4 * X - centre, axis=1), rtol=1e-11)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_synthetic_rows_have_the_bits_of_the_host(cupy, dtype):
    rng = np.random.default_rng(0)
    X = (rng.normal(size=(50, 7)) * 10.0 ** rng.integers(-20, 20, (50, 7))).astype(dtype)
    plan = rng.integers(0, 50, 333), rng.integers(0, 50, 333), rng.uniform(size=333)
    there = append_synthetic(cupy.asarray(X), tuple(cupy.asarray(values) for values in plan), None, CTX)
    assert there.dtype == dtype
    np.testing.assert_array_equal(there.get(), append_synthetic(X, plan, None, CTX))
    assert [launch.kernel for launch in fake_cupy.state.launches] == ["interpolate"]


def test_minima_keep_all_digits_of_float64(cupy):
    """A float32 minimum, as CuPy's own, would lose digits, and everything below 2**-150."""
    rng = np.random.default_rng(0)
    rows, values = rng.integers(0, 40, 700), rng.normal(size=700) * 2.0 ** rng.integers(-600, 100, 700)
    expected = np.full(50, np.inf)
    np.minimum.at(expected, rows, values)
    found = indexing.scatter_min(cupy.full(50, np.inf), cupy.asarray(rows), cupy.asarray(values))
    np.testing.assert_array_equal(found.get(), expected)


@pytest.mark.parametrize("shape", [(0, 3), (5, 0)])
def test_without_rows_or_pairs_no_kernel_is_launched(cupy, shape):
    X = cupy.asarray(np.zeros((4, 3)))
    empty = cupy_kernels.pair_sq_distances(
        X, cupy.zeros(shape[0], dtype=np.int64), cupy.zeros(shape, dtype=np.int64), (), None
    )
    assert empty.shape == shape
    assert not fake_cupy.state.launches


def test_kernels_take_contiguous_float_matrices_only(cupy):
    X = np.random.default_rng(0).normal(size=(20, 6))
    for other in (cupy.asarray(X)[:, ::2], cupy.asarray(X.astype(np.int64)), X):
        assert not cupy_kernels.has_kernels(other)
    assert cupy_kernels.has_kernels(cupy.asarray(X))
