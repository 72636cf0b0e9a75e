"""The backend `faiss-gpu` on stand-ins for CuPy and FAISS: addresses, streams, memory, and the arrays that it rejects."""

import gc
import re
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from support import array_libraries, datasets, fake_cupy, fake_faiss

from gpu_smotetomek import SMOTETomek
from gpu_smotetomek.errors import BackendUnavailable
from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.neighbors import BACKENDS, available, check_backend
from gpu_smotetomek.neighbors.backends import faiss_gpu

pytestmark = pytest.mark.usefixtures("compiler", "small_tables_use_bounds")

FAISS = fake_faiss.state
CUPY = fake_cupy.state


@pytest.fixture
def cupy():
    with fake_faiss.installed() as module:
        yield module


def make_data(kind: str = "gaussian") -> tuple[np.ndarray, np.ndarray]:
    y = datasets.labels(120, 30)
    return datasets.make(kind, y, 4, dtype=np.float32), y


def make_sampler(**parameters: object) -> SMOTETomek:
    return SMOTETomek(random_state=0, remove="both", backend="faiss-gpu", **parameters)


def build_index(X: object, **parameters: int) -> faiss_gpu.FaissGpuIndex:
    return BACKENDS["faiss-gpu"].build(X, ExecutionContext(**parameters))


# ---- answers --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize("kind", ["gaussian", "lattice", "duplicated", "far_clusters", "one_far_row", "tiny"])
def test_rows_are_the_same_as_on_the_cpu_and_none_is_copied_to_the_host(cupy, kind, number):
    X, y = make_data(kind)
    rows, classes = SMOTETomek(random_state=0, remove="both", device="cpu").fit_resample(X, y)
    with cupy.cuda.Device(number):
        X_gpu = cupy.asarray(X)
    resampler = make_sampler()
    result, result_classes = resampler.fit_resample(X_gpu, y)
    assert all(len(shape) < 2 or shape[0] == 4 or 0 in shape for shape in CUPY.copies), (
        "at most the columns of a sample"
    )
    np.testing.assert_array_equal(array_libraries.host(result), rows)
    np.testing.assert_array_equal(result_classes, classes)
    assert resampler.backend_ == "faiss-gpu"
    assert {call.device for call in FAISS.calls} == {number}
    assert all(launch.kernel not in ("nearest_by_products", "merge_parts") for launch in CUPY.launches)


def test_faiss_receives_the_addresses_of_the_arrays_and_the_current_stream(cupy):
    X = cupy.asarray(np.random.default_rng(0).normal(size=(40, 3)).astype(np.float32))
    with cupy.cuda.Stream(1234):
        sq_distances, indices = build_index(X).search(X, 2)
    assert CUPY.copies == []
    assert FAISS.calls == [(40, 40, 3, 2, 0, 1234, 2**27)]
    np.testing.assert_array_equal(indices.get()[:, 0], np.arange(40))
    assert (sq_distances.dtype, indices.dtype) == (np.float32, np.int64)


def test_longer_lists_than_max_k_come_from_matrix_products(cupy, monkeypatch):
    monkeypatch.setattr(faiss_gpu, "MAX_FAISS_K", 5)
    X = cupy.asarray(np.random.default_rng(0).normal(size=(40, 3)).astype(np.float32))
    own = build_index(X)
    short, long = own.search(X, 5)[1].get(), own.search(X, 6)[1].get()
    assert [call.k for call in FAISS.calls] == [5]
    assert all(set(few) < set(more) for few, more in zip(short.tolist(), long.tolist(), strict=True))


# ---- memory ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("limit", "temporary"), [(2**20, 2**19), (2**28, 2**27), (2**40, faiss_gpu.MAX_TEMPORARY_BYTES)]
)
def test_temporary_memory_is_within_the_budget_and_no_memory_is_pinned(cupy, limit, temporary):
    X = cupy.asarray(np.ones((3, 2), dtype=np.float32))
    own = build_index(X, memory_limit=limit)
    own.search(X, 1)
    own.search(X, 2)
    assert own.resources.pinned == 0
    assert [call.temporary for call in FAISS.calls] == [temporary, temporary]
    assert len(FAISS.resources) == 1, "shared by all searches of an index"


def test_only_the_result_stays_allocated(cupy):
    X, y = make_data()
    X_gpu = cupy.asarray(X)
    make_sampler().fit_resample(X_gpu, y)
    gc.collect()
    before = CUPY.used_bytes
    rows, _ = make_sampler().fit_resample(X_gpu, y)
    gc.collect()
    assert FAISS.resources
    assert all(made() is None for made in FAISS.resources)
    assert CUPY.used_bytes - before == rows.nbytes


def test_where_faiss_finds_no_memory_blocks_of_queries_become_smaller(cupy):
    X, y = make_data()
    expected, _ = SMOTETomek(random_state=0, remove="both", device="cpu").fit_resample(X, y)
    FAISS.fails = RuntimeError(
        "StandardGpuResources: alloc fail type TemporaryMemoryOverflow (cudaMalloc error out of memory)"
    )
    result, _ = make_sampler().fit_resample(cupy.asarray(X), y)
    assert FAISS.fails is None
    np.testing.assert_array_equal(array_libraries.host(result), expected)


# ---- rejected arrays ------------------------------------------------------------------------------------------------


def table(
    shape: tuple[int, ...] = (4, 2), dtype: str = "float32", device: int = 0, order: str = "C"
) -> SimpleNamespace:
    array = np.zeros(shape, dtype=dtype, order=order)
    return SimpleNamespace(dtype=array.dtype, ndim=array.ndim, shape=shape, flags=array.flags, device=device)


@pytest.mark.parametrize(
    ("queries", "rows", "k", "message"),
    [
        (table(dtype="float64"), table(), 1, "C-contiguous float32 tables with rows, not float64 of shape"),
        (table(), table(order="F"), 1, "C-contiguous float32 tables"),
        (table(), table((4,)), 1, "C-contiguous float32 tables"),
        (table((0, 2)), table(), 1, r"not float32 of shape \(0, 2\)"),
        (
            table((4, 3)),
            table(),
            1,
            r"queries of shape \(4, 3\) on 0 and rows of shape \(4, 2\) on 0 do not go together",
        ),
        (table(device=1), table(), 1, "do not go together"),
        (table(), table(), 0, "k is 1 to 4 here, not 0"),
        (table(), table(), 5, "k is 1 to 4 here, not 5"),
        (table(), table((5000, 2)), 2049, "k is 1 to 2048 here, not 2049"),
    ],
)
def test_arrays_that_would_end_the_process_raise_an_error(queries, rows, k, message):
    with pytest.raises(ValueError, match=message):
        faiss_gpu.check_faiss_arrays(queries, rows, k)


def test_numpy_rows_are_not_moved_silently(cupy):
    X = np.zeros((20, 2))
    with pytest.raises(ValueError, match="backend='faiss-gpu' searches on a CUDA device, and X is numpy data on cpu"):
        check_backend(ExecutionContext(backend="faiss-gpu"), X)


def test_the_cpu_build_of_faiss_is_unavailable(cupy):
    del sys.modules["faiss"].GpuDistanceParams
    assert available()["faiss-gpu"] == (
        "FAISS is the build for CPUs: pip uninstall -y faiss-cpu && pip install faiss-gpu"
    )


def test_faiss_without_a_gpu_is_unavailable(cupy):
    FAISS.gpus = 0
    with pytest.raises(BackendUnavailable, match="FAISS sees no GPU: run nvidia-smi"):
        check_backend(ExecutionContext(backend="faiss-gpu"), cupy.ones((2, 2)))


def test_without_faiss_the_reason_names_the_distribution_to_install(cupy, monkeypatch):
    monkeypatch.setitem(sys.modules, "faiss", None)
    assert available()["faiss-gpu"] == "FAISS is not installed: pip install faiss-gpu"


def test_without_cupy_faiss_is_not_called(monkeypatch):
    """Without a driver the first call of FAISS ends the process."""
    monkeypatch.setitem(sys.modules, "cupy", None)
    monkeypatch.setattr(faiss_gpu, "import_faiss", lambda: pytest.fail("FAISS was called"))
    monkeypatch.setattr(faiss_gpu, "faiss_unavailable_reason", lambda package: pytest.fail("FAISS was called"))
    assert "CuPy is not installed" in available()["faiss-gpu"]


@pytest.mark.parametrize(
    ("packages", "capability", "message"),
    [
        (
            ["faiss-gpu-cu12"],
            "90",
            "faiss-gpu-cu12 has no code for this GPU, of compute capability 9.0, .* && pip install faiss-gpu",
        ),
        (["faiss-gpu-cu12"], "120", "compute capability 12.0"),
        (["faiss-gpu-cu12"], "89", None),
        (["faiss-gpu"], "90", None),
    ],
)
def test_a_wheel_without_code_for_the_gpu_is_unavailable(cupy, monkeypatch, packages, capability, message):
    monkeypatch.setattr(faiss_gpu, "is_installed", packages.__contains__)
    monkeypatch.setattr(fake_cupy.Device, "compute_capability", capability)
    reason = available()["faiss-gpu"]
    assert reason is None if message is None else re.search(message, reason)
