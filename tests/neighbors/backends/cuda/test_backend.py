"""The backend `cuda`, from whole calls down to launches, on a stand-in for CuPy: devices, streams, memory and messages."""

import gc

import numpy as np
import pytest
from support import array_libraries, datasets, fake_cupy
from support.kernel_cases import SAMPLERS, oversample_and_link, selector, small_table

from gpu_smotetomek import SMOTE, SMOTETomek, TomekLinks
from gpu_smotetomek.arrays import cuda_probe, distances, matrices
from gpu_smotetomek.arrays.dispatch import ArrayKind
from gpu_smotetomek.arrays.matrices import FOLDED_ROWS
from gpu_smotetomek.neighbors import ScaledRows, check_backend

pytestmark = pytest.mark.usefixtures("compiler", "small_tables_use_bounds")

STATE = fake_cupy.state


# ---- whole calls ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    "kind", ["gaussian", "lattice", "duplicated", "far_clusters", "one_far_row", "permuted", "tiny"]
)
def test_rows_and_links_are_those_of_the_host_and_no_row_is_copied(cupy, kind, dtype):
    X, y = small_table(kind, dtype)
    rows, expected = oversample_and_link(X, y, selector("xp"))
    used = selector("cuda")
    there, found = oversample_and_link(cupy.asarray(X), y, used)
    np.testing.assert_array_equal(found, expected)
    assert isinstance(there, cupy.ndarray)
    assert there.dtype == dtype
    # the covariance of the features, and the sample from which the projection is computed
    assert [shape for shape in STATE.copies if len(shape) == 2 and 0 not in shape] in (
        [(4, 150), (4, 4)],
        [(4, 149), (4, 4)],
    )
    assert {"nearest_by_products", "merge_parts", "rerank", "project", "interpolate"} <= {
        launch.kernel for launch in STATE.launches
    }
    assert used.backend_ == "cuda"
    np.testing.assert_array_equal(there.get(), rows)


def test_several_classes(cupy):
    X, y = datasets.blobs(220, 3, 0.6, 0.25, 0.15)
    rows, expected = oversample_and_link(X, y, selector("xp"))
    there, found = oversample_and_link(cupy.asarray(X), y, selector("cuda"))
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(there.get(), rows)


def test_auto_selects_the_kernels_on_cuda(cupy):
    X = cupy.asarray(np.random.default_rng(0).normal(size=(50, 2)))
    auto = selector("auto", ArrayKind.CUPY)
    scaled = ScaledRows.from_matrix(X, auto.ctx)
    assert auto.estimate(scaled, 50, 10**9)[0] == "cuda"
    STATE.available = False
    assert auto.estimate(scaled, 50, 10**9)[0] == "xp"


def test_lists_too_long_for_a_kernel_are_counted(cupy):
    """The first list is three rows longer than k; the second one is as long as a kernel allows."""
    X, _ = small_table("few_points")
    used = selector("cuda")
    scaled, all_rows = ScaledRows.from_matrix(cupy.asarray(X), used.ctx), cupy.asarray(np.arange(150))
    used.make_search(scaled, all_rows, 150).kneighbors(all_rows, 3)
    assert not used.statistics.fallback_queries
    used.make_search(scaled, all_rows, 150).kneighbors(all_rows, 14)
    assert used.statistics.fallback_queries["xp"] >= 150
    assert set(used.statistics.queries_by_backend) == {"cuda"}


def test_products_with_fewer_digits_are_not_used(cupy, monkeypatch):
    """CUPY_TF32 truncates float32 operands of products to ten bits, for which no bound is proven; float64 keeps all bits."""
    seen, whole = [], cupy.ndarray.__matmul__
    monkeypatch.setattr(cupy.ndarray, "__matmul__", lambda A, B: seen.append(A.dtype) or whole(A, B))
    A = np.random.default_rng(0).normal(size=(5, 3)).astype(np.float32)
    for value, dtype in (("0", np.float32), ("1", np.float64)):
        monkeypatch.setenv("CUPY_TF32", value)
        found = distances.matmul_transposed(cupy.asarray(A), cupy.asarray(A), None)
        assert seen.pop() == dtype
        assert found.dtype == np.float32
        np.testing.assert_allclose(found.get(), A @ A.T, rtol=1e-5, atol=1e-6)


# ---- devices and streams --------------------------------------------------------------------------------------------


def test_a_second_device_is_respected(cupy):
    X, y = small_table()
    rows, expected = oversample_and_link(X, y, selector("xp"))
    with cupy.cuda.Device(1):
        there, found = oversample_and_link(cupy.asarray(X), y, selector("cuda"))
        assert there.device.id == 1
        np.testing.assert_array_equal(there.get(), rows)
    np.testing.assert_array_equal(found, expected)
    assert {launch.device for launch in STATE.launches} == {1}


def test_everything_runs_on_the_current_stream(cupy):
    X, y = small_table()
    with cupy.cuda.Stream(1234):
        oversample_and_link(cupy.asarray(X), y, selector("cuda"))
    assert {launch.stream for launch in STATE.launches} == {1234}
    assert STATE.streams == [0, 0]


@pytest.mark.parametrize("kind", ["labels", "one-hot"])
@pytest.mark.parametrize(("rows_at", "labels_at"), [(0, 1), (1, 0), (1, 1)])
@pytest.mark.parametrize("sampler", [SMOTE(random_state=0), TomekLinks(), SMOTETomek(random_state=0)])
def test_labels_may_be_on_another_device_than_rows(cupy, sampler, rows_at, labels_at, kind):
    X, y = small_table()
    y = y if kind == "labels" else np.eye(2, dtype=np.float32)[y]
    expected = sampler.fit_resample(X, y)
    with cupy.cuda.Device(rows_at):
        rows_there = cupy.asarray(X)
    with cupy.cuda.Device(labels_at):
        labels_there = cupy.asarray(y)
    found = sampler.fit_resample(rows_there, labels_there)
    for there, here, device in zip(found, expected, (rows_at, labels_at), strict=True):
        assert there.device.id == device
        np.testing.assert_array_equal(there.get(), here)
    assert STATE.device == 0


# ---- memory ---------------------------------------------------------------------------------------------------------


def test_only_the_result_stays_on_the_device(cupy):
    X, y = small_table()
    X = cupy.asarray(X)
    oversample_and_link(X, y, selector("cuda"))
    gc.collect()
    before = STATE.used_bytes
    rows, _ = oversample_and_link(X, y, selector("cuda"))
    gc.collect()
    assert STATE.used_bytes - before == rows.nbytes
    del rows
    gc.collect()
    assert STATE.used_bytes == before


def test_out_of_memory_raises_a_clear_error_and_leaks_nothing(cupy):
    X, y = small_table()
    _, expected = oversample_and_link(X, y, selector("xp"))
    X = cupy.asarray(X)
    start = STATE.allocations
    oversample_and_link(X, y, selector("cuda"))
    total = STATE.allocations - start
    gc.collect()
    before, raised = STATE.used_bytes, 0
    for number in [*range(1, total, total // 8), total]:
        STATE.fail_at = STATE.allocations + number
        try:
            _, found = oversample_and_link(X, y, selector("cuda"))
        except MemoryError as error:
            assert "Out of memory allocating" in str(error)  # noqa: PT017 - some allocations are retried in halves
            raised += 1
        else:
            np.testing.assert_array_equal(found, expected)
            del _, found
        gc.collect()
        assert STATE.used_bytes == before
    assert raised
    _, found = oversample_and_link(X, y, selector("cuda"))
    np.testing.assert_array_equal(found, expected)


# ---- messages ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", [array_libraries.copied, array_libraries.torch])
def test_rows_on_another_device_are_not_moved_silently(cupy, place):
    X = place(np.random.default_rng(0).normal(size=(20, 2)))
    said = f"backend='cuda' searches on a CUDA device, and X is {type(X).__module__} data on cpu: pass device='cuda'"
    with pytest.raises(ValueError, match=said):
        check_backend(selector("cuda").ctx, X)


# ---- samplers ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize("kind", ["there", "text", "host"])
@pytest.mark.parametrize("name", SAMPLERS)
def test_whole_calls_stay_on_their_device_and_return_the_rows_of_the_host(cupy, name, kind, number):
    X, y = small_table(dtype=np.float32)
    labels = y.astype(str) if kind == "text" else y
    rows, classes = SAMPLERS[name](device="cpu").fit_resample(X, labels)
    with cupy.cuda.Device(number):
        there = cupy.asarray(X)
        given = cupy.asarray(y) if kind == "there" else labels
    sampler = SAMPLERS[name](backend="cuda")
    found, found_classes = sampler.fit_resample(there, given)
    assert isinstance(found, cupy.ndarray)
    assert type(found_classes) is type(given)
    assert (found.device.id, STATE.device) == (number, 0)
    assert sampler.device_ == ("cuda:1" if number else "cuda")
    assert {launch.device for launch in STATE.launches} == {number}
    assert all(len(shape) < 2 or shape in ((4, 150), (4, 4)) or 0 in shape for shape in STATE.copies)
    np.testing.assert_array_equal(array_libraries.host(found), rows)
    np.testing.assert_array_equal(array_libraries.host(found_classes), classes)


@pytest.mark.parametrize("device", ["cuda", "cuda:1"])
def test_host_data_is_moved_once_and_comes_back(cupy, monkeypatch, device):
    monkeypatch.setattr(cuda_probe, "probe_driver", lambda: cuda_probe.CudaDriver("12.9", ["one", "two"], ""))
    X, y = small_table()
    rows, classes = SMOTETomek(random_state=0).fit_resample(X, y)
    moved = []
    asarray = cupy.asarray
    monkeypatch.setattr(
        cupy, "asarray", lambda values, **more: moved.append(np.shape(values)) or asarray(values, **more)
    )
    sampler = SMOTETomek(random_state=0, device=device, backend="cuda")
    found, found_classes = sampler.fit_resample(X, y)
    assert type(found) is np.ndarray
    assert sampler.device_ == device
    assert moved.count(X.shape) == 1
    assert {launch.device for launch in STATE.launches} == {int(device[5:] or 0)}
    np.testing.assert_array_equal(found, rows)
    np.testing.assert_array_equal(found_classes, classes)


@pytest.mark.parametrize("n", [1, 7, 8, 9, 50])
def test_half_ranges_are_those_of_the_host(cupy, monkeypatch, n):
    monkeypatch.setitem(FOLDED_ROWS, "cupy", 4)
    for dtype in (np.float32, np.uint8, np.uint64):
        X = np.random.default_rng(n).integers(0, 100, (n, 3)).astype(dtype)
        for place in (0, n - 1, n // 2):
            X[place, place % 3] = 101 + place
        assert (
            matrices.max_half_range(cupy.asarray(X))
            == matrices.max_half_range(X)
            == np.ptp(X.astype(float), axis=0).max() / 2
        )


@pytest.mark.parametrize("sampler", [SMOTE(), TomekLinks()])
def test_rows_are_copied_even_if_none_is_added_or_dropped(cupy, sampler):
    """Two clouds of equal size, far apart."""
    X = np.random.default_rng(0).normal(size=(40, 3))
    y = np.repeat([0, 1], 20)
    X[y == 1] += 100
    there = cupy.asarray(X)
    rows, classes = sampler.fit_resample(there, y)
    np.testing.assert_array_equal(rows.get(), X)
    np.testing.assert_array_equal(classes, y)
    assert rows.data.ptr != there.data.ptr
