"""The filter on tensor cores, run on the CPU with sums that are cut off: its lists are those of the search without it."""

import numpy as np
import pytest
from kernels.test_kernels import WORK, check, rows, surface
from neighbors.backends.cuda.test_backend import SAMPLERS
from support import array_libraries, datasets, fake_cupy

from gpu_smotetomek import kernels
from gpu_smotetomek.neighbors.backends.cuda import tensor_core_filter as tensor
from gpu_smotetomek.neighbors.backends.cuda.backend import LISTED, TILE, Cuda, CudaIndex

pytestmark = pytest.mark.usefixtures("compiler", "small_tables_use_bounds")

FAR = 2.0**7  # norms beyond which no halves are made
TEXT = kernels.source


def searched(cupy, X, Q, k, radius=None, filtered=True, index=None):
    """Squares, sorted, rows, and the index."""
    index = index or Cuda().build(cupy.asarray(X), WORK)
    index.filtered, index.visited = filtered, cupy.zeros(3, dtype=np.uint64)
    S, found = index.search(cupy.asarray(Q), k, None if radius is None else cupy.asarray(radius))
    assert {launch.kernel for launch in fake_cupy.state.launches} >= ({"filtered"} if filtered else {"nearest"})
    return S.get(), found.get(), index


def check_same(cupy, X, Q, k, radius=None):
    """The squares have the bits of those without a filter; the rows may be others of the same square."""
    S, found, index = searched(cupy, X, Q, k, radius)
    plain, *_ = searched(cupy, X, Q, k, radius, filtered=False)
    np.testing.assert_array_equal(np.sort(S, axis=1), np.sort(plain, axis=1))
    check(X, Q, S, found, radius)
    return index


def passed(index) -> int:
    return int(index.visited.get()[2])


# ---- the same lists -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("d", [1, 3, 15, 16, 17, 31, 33, 64, 65, 128])
def test_lists_at_any_number_of_features(cupy, d):
    X, Q = rows(TILE + 1, d), rows(20, d, 1)
    for k in (1, 5, LISTED):
        index = check_same(cupy, X, Q, k)
        assert not index.gave_up.get().any()


@pytest.mark.parametrize("n", [1, 2, TILE - 1, TILE, TILE + 1, 3 * TILE])
def test_lists_around_the_size_of_a_tile(cupy, n):
    for m in (1, 17, TILE + 1):
        for k in (1, 5, LISTED):
            check_same(cupy, rows(n, 17), rows(m, 17, 1), min(k, n))


@pytest.mark.parametrize("scale", [0.0, 0.5, 1.0, 3.0])
def test_what_a_radius_leaves_out_is_beyond_it(cupy, scale):
    X, Q = rows(TILE + 30, 20), rows(40, 20, 1)
    exact = np.sort(((Q[:, None].astype(np.float64) - X) ** 2).sum(axis=2), axis=1)
    check_same(cupy, X, Q, 5, np.sqrt(exact[:, 3]) * scale)


@pytest.mark.parametrize("k", [1, 5, LISTED])
def test_ties_and_copies(cupy, k):
    rng = np.random.default_rng(0)
    X, Q = (rng.integers(0, 3, (n, 9)).astype(np.float32) for n in (2 * TILE + 3, TILE + 1))
    check_same(cupy, X, Q, k)
    check_same(cupy, np.ones((TILE + 40, 9), np.float32), np.ones((3, 9), np.float32), k)


def test_few_pairs_pass(cupy):
    X, Q = rows(17 * TILE, 24), rows(TILE, 24, 1)
    index = check_same(cupy, X, Q, 1)
    assert passed(index) < 0.04 * len(X) * len(Q)


def test_tiles_are_skipped_as_without(cupy):
    middles = np.random.default_rng(0).normal(size=(20, 16))
    X, Q = (
        (np.repeat(middles, n // 20, axis=0) + rows(n, 16, n)).astype(np.float32) for n in (40 * TILE, 2 * TILE - 16)
    )
    index = check_same(cupy, X, Q, 3)
    *_, plain = searched(cupy, X, Q, 3, filtered=False)
    assert not index.gave_up.get().any()
    assert index.visited.get()[0] <= plain.visited.get()[0]
    assert index.visited.get()[1] < 1.05 * plain.visited.get()[1] < 0.9 * 8 * 2 * 40


def test_a_tile_that_was_fetched_and_is_no_longer_wanted_is_not_taken_for_the_next(cupy):
    """All queries begin with tile 0, whose box is around them; tile 9 is wanted until tile 8 was seen, and tile 10 after it."""
    at = np.array([0, 20, 20, 20, 20, 20, 20, 20, 1, 5, 0.5, 6])
    X = 0.3 * rows(len(at) * TILE, 16)
    X[:, 0] += np.repeat(at, TILE).astype(np.float32)
    X[:TILE] = 10 * np.sign(X[:TILE])
    Q = 0.01 * rows(16, 16, 1)
    index = check_same(cupy, X, Q, 1)
    assert index.visited.get()[0] == 10
    assert not index.gave_up.get().any()


def test_rows_in_parts(cupy, monkeypatch):
    monkeypatch.setitem(fake_cupy.Device.attributes, "MultiProcessorCount", 100)
    index = check_same(cupy, rows(70 * TILE, 10), rows(20, 10, 1), 4)
    assert index.gave_up.shape == (3, 1)


# ---- what halves cannot hold ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["queries", "rows", "both"])
@pytest.mark.parametrize("size", [FAR * (1 - 2.0**-20), FAR * (1 + 2.0**-20), 2.0**16, 2.0**40])
def test_norms_too_large_for_halves(cupy, size, where):
    X, Q = rows(2 * TILE + 5, 18), rows(40, 18, 1)
    for given, seed in ((X, 2), (Q, 3)):
        if where in ("both", {id(X): "rows", id(Q): "queries"}[id(given)]):
            far = rows(10, 18, seed)
            given[5:15] = far / np.linalg.norm(far, axis=1, keepdims=True) * np.float32(size)
    Q[3] = X[7]
    check_same(cupy, X, Q, 5)


@pytest.mark.parametrize("size", [FAR, 2.0**40])
def test_pairs_on_both_sides_of_what_halves_hold(cupy, size):
    X, Q = rows(3 * TILE, 18), rows(40, 18, 1)
    X[::7] *= (size * (1 + 2.0**-10) / np.linalg.norm(X[::7], axis=1, keepdims=True)).astype(np.float32)
    Q[:20] = X[7 * np.arange(20, 40)] * np.float32(1 - 2.0**-9)
    Q[20:] = 0
    for k in (1, LISTED):
        check_same(cupy, X, Q, k)
        check_same(cupy, X[:112:7], Q, k)  # all of them


@pytest.mark.parametrize("exponent", [-10, -20, -33, -40, -70, -140])
def test_values_too_small_for_halves(cupy, exponent):
    X, Q = (np.ldexp(rows(n, 18, seed), exponent) for n, seed in ((2 * TILE, 0), (40, 1)))
    check_same(cupy, X, Q, 3)
    X[::2] = np.ldexp(X[::2], -exponent)
    check_same(cupy, X, Q, 3)


def test_a_filter_that_lets_too_many_pass_is_given_up(cupy):
    """A cluster far from the middle and narrow: halves cannot tell its rows apart. The second block of queries is elsewhere."""
    X, Q = rows(6 * TILE, 20), rows(2 * TILE, 20, 1)
    for given in (X[: 5 * TILE], Q[:TILE]):
        given *= 1e-3
        given += 10.0
    index = check_same(cupy, X, Q, 2)
    np.testing.assert_array_equal(index.gave_up.get(), [[1, 0]])
    assert passed(index) < TILE * TILE  # the boxes told it
    X[::100] = 0
    index = check_same(cupy, X, Q, 2)
    np.testing.assert_array_equal(index.gave_up.get(), [[1, 0]])
    assert TILE * TILE < passed(index) < 3 * TILE * TILE  # the pairs did


def test_rows_on_a_surface(cupy):
    check_same(cupy, surface(40 * TILE, 0), surface(2 * TILE, 1), 3)


# ---- the bound ------------------------------------------------------------------------------------------------------


def rounded_down(cupy):
    """Features where halves are the most too small, digits for sums above zero to lose, and radii beside the last bit."""
    x = np.full((1, 128), 4 * (1 + 2.0**-11), np.float32)
    x[0, 64:] = 2.828125 / 256
    return np.concatenate([x, x, -x]), np.repeat(x, 100, axis=0), np.geomspace(1e-3, 2, 100)


def too_small(cupy):
    """Tiny rows here and there among others."""
    X, Q = rows(2 * TILE, 18), np.ldexp(rows(40, 18, 1), -33)
    X[::20] = np.ldexp(X[::20], -33)
    return X, Q, None


@pytest.mark.parametrize(
    ("case", "left_out"),
    [(rounded_down, "0x1p-10 + "), (rounded_down, " + 0x1p-19 * FEATURES"), (too_small, "0x1p-32 * FEATURES")],
)
def test_every_term_of_the_bound_is_needed(cupy, monkeypatch, case, left_out):
    X, Q, radius = case(cupy)
    index = check_same(cupy, X, Q, 1, radius)
    plain, *_ = searched(cupy, X, Q, 1, radius, filtered=False)
    assert np.isfinite(plain).sum() > 30
    assert not index.gave_up.get().any()

    assert TEXT("tensor:1").count(left_out) == 1
    without = "0" if left_out.startswith("0x1p-32") else ""
    monkeypatch.setattr(kernels, "source", lambda module: TEXT(module).replace(left_out, without))
    kernels._kernel.cache_clear()
    S, *_ = searched(cupy, X, Q, 1, radius)
    assert (plain < S).any()


PROBES = """
extern "C" __global__ void halves_of(const float* in, int* out)
{ out[blockIdx.x * 256 + threadIdx.x] = half_of(in[blockIdx.x * 256 + threadIdx.x]); }
extern "C" __global__ void sums_of(const int* x, const int* y, float* sums)
{
    const int lane = blockIdx.x * 32 + threadIdx.x;
    float sum[4] = {sums[4 * lane], sums[4 * lane + 1], sums[4 * lane + 2], sums[4 * lane + 3]};
    multiply_halves(sum, reinterpret_cast<const int4*>(x)[lane], reinterpret_cast<const int2*>(y)[lane]);
    for (int j = 0; j < 4; ++j) sums[4 * lane + j] = sum[j];
}
"""


def probe(cupy, name):
    return cupy.RawModule(code=TEXT("tensor:1") + PROBES, options=kernels.OPTIONS).get_function(name)


def check_halves(cupy):
    """Every half, the midpoints between, and what is beside them."""
    bits = np.arange(0x7C00, dtype=np.uint16).view(np.float16).astype(np.float32)
    middle = (bits[:-1] + bits[1:]) / 2
    values = [bits, middle, np.nextafter(middle, np.float32(0)), np.nextafter(middle, np.float32(np.inf)), -bits]
    values = np.resize(np.concatenate([*values, [65519.996, 65520, 1e-30]]).astype(np.float32), 256 * 700)
    out = cupy.zeros(len(values), dtype=np.int32)
    probe(cupy, "halves_of")((700,), (256,), (cupy.asarray(values), out))
    with np.errstate(over="ignore"):
        np.testing.assert_array_equal(out.get().astype(np.uint16), values.astype(np.float16).view(np.uint16))


def check_sums(cupy, A, B, C):
    """Of halves A (m, 16, 16), B (m, 8, 16) and float32 C (m, 16, 8); found and exact. Lanes hold what PTX says of m16n8k16."""
    lane, up = np.arange(32), np.array([0, 8])
    first, second = lane // 4, lane[:, None] % 4 * 2 + np.arange(2)
    x = np.stack([A[:, first[:, None] + i, second + j] for j in up for i in up], axis=2)
    y = np.stack([B[:, first[:, None], second + j] for j in up], axis=2)
    places = [(slice(None), first + i, second[:, j]) for i in up for j in (0, 1)]
    sums = cupy.asarray(np.ascontiguousarray(np.stack([C[place] for place in places], axis=2)))
    words = (cupy.asarray(np.ascontiguousarray(part).view(np.int32).ravel()) for part in (x, y))
    probe(cupy, "sums_of")((len(A),), (32,), (*words, sums))
    found = np.zeros(C.shape)
    for j, place in enumerate(places):
        found[place] = sums.get()[:, :, j]
    A, B, C = (part.astype(np.float64) for part in (A, B, C))
    exact = C + A @ B.swapaxes(1, 2)
    size = abs(C) + abs(A) @ abs(B).swapaxes(1, 2)
    lost = 3 * 16 * 2.0**-23 * size + 2.0**-20 * 16  # as kernels/fp16_fragments.cu allows, in units of 2^-16
    assert (abs(found - exact) <= lost).all()
    return found, exact


def operands(m):
    """Coordinates of many sizes, and sums so far that they nearly cancel."""
    rng = np.random.default_rng(0)
    A, B = (rng.normal(size=(m, n, 16)) * 2.0 ** rng.integers(-24, 12, (m, n, 16)) for n in (16, 8))
    A[::2], B[::2] = (rng.normal(size=(m - m // 2, n, 16)) for n in (16, 8))
    A, B = A.astype(np.float16), B.astype(np.float16)
    C = -(A.astype(np.float64) @ B.astype(np.float64).swapaxes(1, 2)) * rng.choice([0, 0.5, 1, 1], (m, 16, 8))
    return A, B, C.astype(np.float32)


def test_halves_are_the_nearest_ones_and_sums_are_cut_off(cupy):
    check_halves(cupy)
    found, exact = check_sums(cupy, *operands(60))
    assert (found != exact.astype(np.float32)).mean() > 0.3


# ---- where it is used -----------------------------------------------------------------------------------------------


def test_it_is_used_where_it_pays_and_the_device_has_it(cupy, monkeypatch):
    X, Q = rows(200, 16), rows(30, 16, 1)
    launched = fake_cupy.state.launches

    def used(d=16, filtered=None):
        index = Cuda().build(cupy.asarray(X[:, :d] if d <= 16 else rows(200, d)), WORK)
        index.filtered = filtered
        launched.clear()
        index.search(cupy.asarray(Q[:, :d] if d <= 16 else rows(30, d)), 1)
        return "filtered" in {launch.kernel for launch in launched}

    assert not used()
    monkeypatch.setattr(tensor, "LEAST_ROWS", 200)
    monkeypatch.setattr(tensor, "LEAST_PAIRS", 6000)
    assert used(8)
    assert used(128)
    assert not used(7)
    assert used(7, filtered=True)
    assert not used(filtered=False)
    assert not used(129, filtered=True)
    for capability, has in (("75", False), ("80", True), ("120", True)):
        monkeypatch.setattr(fake_cupy.Device, "compute_capability", capability)
        assert used(filtered=True) is has


def test_halves_of_the_rows_are_made_once(cupy):
    X, Q = rows(200, 20), rows(30, 20, 1)
    index = Cuda().build(cupy.asarray(X), WORK)
    for _ in range(3):
        searched(cupy, X, Q, 1, index=index)
    assert [launch.kernel for launch in fake_cupy.state.launches].count("halves") == 1 + 3
    assert index._halves.nbytes == 2 * TILE * (2 * 32 + 4)


def test_without_room_for_halves_the_lists_are_those_of_float32(cupy):
    X, Q = rows(200, 20), rows(30, 20, 1)
    plain, _, index = searched(cupy, X, Q, 3, filtered=False)
    launches, state = fake_cupy.state.launches, fake_cupy.state
    start = state.allocations
    searched(cupy, X, Q, 3, filtered=False, index=index)
    before = state.allocations - start
    for number in (
        before - 3,
        before - 2,
        before - 1,
    ):  # of the rows, of the queries, of the flags; counters and Q are there
        fresh = Cuda().build(cupy.asarray(X), WORK)
        fresh.filtered = True
        there = cupy.asarray(Q)
        launches.clear()
        state.fail_at = state.allocations + number
        S, _ = fresh.search(there, 3)
        assert state.fail_at is None
        assert "filtered" not in {launch.kernel for launch in launches}
        np.testing.assert_array_equal(S.get(), plain)


@pytest.mark.parametrize("kind", ["gaussian", "lattice", "far_clusters", "one_far_row", "tiny"])
@pytest.mark.parametrize("name", ["SMOTETomek", "clean first"])
def test_whole_calls_give_the_rows_of_the_host(cupy, monkeypatch, name, kind):
    y = datasets.labels(120, 30)
    X = datasets.make(kind, y, 12, dtype=np.float64)
    expected, classes = SAMPLERS[name](device="cpu").fit_resample(X, y)
    monkeypatch.setattr(CudaIndex, "filtered", True)
    found, found_classes = SAMPLERS[name](backend="cuda").fit_resample(cupy.asarray(X), y)
    assert "filtered" in {launch.kernel for launch in fake_cupy.state.launches}
    np.testing.assert_array_equal(array_libraries.host(found), expected)
    np.testing.assert_array_equal(array_libraries.host(found_classes), classes)
