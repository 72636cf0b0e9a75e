"""CUDA tensors of torch as CuPy arrays: memory, stream, device and pool, with stand-ins for both libraries."""

import gc
from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors
from support import datasets, fake_cupy
from support.optional import optional

from gpu_smotetomek import SMOTE, ResamplingPipeline, SMOTETomek, TomekLinks
from gpu_smotetomek.arrays import dispatch, torch_interop

pytestmark = pytest.mark.usefixtures("small_tables_use_bounds")

STATE = fake_cupy.state
Y = datasets.labels(120, 30)
X = datasets.make("gaussian", Y, 4)


class Pool:
    """A stand-in for torch's pool: it records allocations that are not freed and their streams, and can fail at a given call."""

    def __init__(self, torch):
        self.allocated, self.streams, self.fail_at, self.calls = {}, set(), None, 0
        self.error = torch.cuda.OutOfMemoryError

    def allocate(self, size, device, stream):
        self.calls += 1
        if self.calls == self.fail_at:
            raise self.error("CUDA out of memory. Tried to allocate (stand-in)")
        self.streams.add(stream)
        self.allocated[self.calls] = size
        return self.calls

    def free(self, address):
        del self.allocated[address]


@pytest.fixture
def torch(cupy, monkeypatch):
    """torch, with CPU tensors that the package treats as CUDA tensors."""
    torch = optional("torch")
    monkeypatch.setattr(torch.cuda, "current_stream", lambda device: SimpleNamespace(cuda_stream=77))
    monkeypatch.setattr(torch_interop, "can_view_as_cupy", lambda X: isinstance(X, torch.Tensor))
    return torch


@pytest.fixture
def pool(torch, monkeypatch):
    pool = Pool(torch)
    monkeypatch.setattr(torch.cuda, "caching_allocator_alloc", pool.allocate)
    monkeypatch.setattr(torch.cuda, "caching_allocator_delete", pool.free)
    return pool


SAMPLERS = {
    "both": lambda **parameters: SMOTETomek(random_state=0, remove="both", **parameters),
    "smote": lambda **parameters: SMOTE(random_state=0, **parameters),
    "links": lambda **parameters: TomekLinks(sampling_strategy="all", **parameters),
    "pipeline": lambda **parameters: ResamplingPipeline(
        [("a", TomekLinks()), ("b", SMOTE(random_state=1))], **parameters
    ),
}


@pytest.mark.parametrize("sampler", SAMPLERS.values(), ids=SAMPLERS)
@pytest.mark.parametrize("dtype", ["float64", "float32", "float16", "int32", "uint8", "bool"])
def test_results_are_tensors_with_the_rows_of_numpy(sampler, dtype, torch, pool):
    values = np.rint(9 * X).astype(dtype) if np.dtype(dtype).kind in "iub" else X.astype(dtype)
    expected, _ = sampler().fit_resample(values, Y)
    given = torch.asarray(values)
    result, y = sampler(backend="auto").fit_resample(given, torch.asarray(Y))
    assert type(result) is type(y) is torch.Tensor
    assert result.dtype == given.dtype
    np.testing.assert_array_equal(result.numpy(), expected)
    np.testing.assert_array_equal(given.numpy(), values)
    assert STATE.launches or dtype not in ("float64", "float32")
    assert [shape for shape in STATE.copies if len(shape) == 2 and shape[0] > 4] == []


@pytest.mark.parametrize("sampler", SAMPLERS.values(), ids=SAMPLERS)
def test_images_in_bfloat16_have_the_rows_of_torch_alone(sampler, torch, pool, monkeypatch):
    images = torch.asarray(X.reshape(-1, 2, 1, 2)).to(torch.bfloat16).contiguous(memory_format=torch.channels_last)
    result, _ = sampler().fit_resample(images, Y)
    assert STATE.launches
    assert result.is_contiguous(memory_format=torch.channels_last)
    monkeypatch.setattr(torch_interop, "can_view_as_cupy", lambda X: False)
    expected, _ = sampler().fit_resample(images, Y)
    assert result.dtype == expected.dtype == torch.bfloat16
    assert torch.equal(result, expected)


def test_all_work_runs_on_torchs_stream_in_torchs_memory(torch, pool):
    sampler, given = SMOTETomek(random_state=0, backend="cuda"), torch.asarray(X)
    result, _ = sampler.fit_resample(given, Y)
    assert sampler.backend_ == "cuda"
    assert {launch.stream for launch in STATE.launches} == pool.streams == {77}
    assert STATE.streams == [0, 0]
    assert STATE.used_bytes == 0  # in CuPy's pool
    gc.collect()
    assert pool.calls > 100
    n_synthetic = int(sampler.provenance_.is_synthetic.sum()) + int((sampler.provenance_.removed["id"] >= len(X)).sum())
    assert sum(pool.allocated.values()) == 32 * n_synthetic  # the lineage; torch allocated the result itself
    del sampler
    gc.collect()
    assert not pool.allocated
    assert result.untyped_storage().nbytes() == result.nbytes


def test_cupy_labels_stay_in_cupys_pool(cupy, torch, pool):
    _, labels = SMOTETomek(random_state=0).fit_resample(torch.asarray(X), cupy.asarray(Y))
    gc.collect()
    assert isinstance(labels, cupy.ndarray)
    assert not pool.allocated
    assert STATE.used_bytes == labels.nbytes


def test_tensors_are_viewed_not_copied(torch, pool):
    given = torch.asarray(X)
    with torch_interop.as_cupy(given) as view:
        assert np.shares_memory(view._host, given.numpy())
    with torch_interop.as_cupy(given[::2, 1:]) as view:
        np.testing.assert_array_equal(view._host, X[::2, 1:])
    assert not pool.allocated


def test_the_device_of_the_tensor_is_current(cupy, torch, pool, monkeypatch):
    class OnDevice1(torch.Tensor):
        device = property(lambda self: SimpleNamespace(type="cuda", index=1))

    given = torch.asarray(X)
    monkeypatch.setattr(cupy, "from_dlpack", lambda tensor: cupy.asarray(X))
    with torch_interop.as_cupy(given.as_subclass(OnDevice1)) as view:
        assert view.device.id == STATE.device == 1
        assert STATE.streams == [0, 77]
    assert (STATE.device, STATE.streams) == (0, [0, 0])


def test_a_neighbors_object_of_the_caller_receives_tensors(torch, pool):
    class TensorNeighbors(NearestNeighbors):
        def fit(self, rows, y=None):
            assert type(rows) is torch.Tensor
            return super().fit(rows.numpy())

        def kneighbors(self, rows, **parameters):
            assert type(rows) is torch.Tensor
            return torch.asarray(super().kneighbors(rows.numpy(), **parameters))

    expected, _ = SMOTE(random_state=0).fit_resample(X, Y)
    result, _ = SMOTE(k_neighbors=TensorNeighbors(n_neighbors=6), random_state=0).fit_resample(torch.asarray(X), Y)
    np.testing.assert_array_equal(result.numpy(), expected)
    with pytest.raises(ValueError, match="searches NumPy arrays, and X is none"):
        SMOTE(k_neighbors=NearestNeighbors(n_neighbors=6)).fit_resample(torch.asarray(X), Y)


def test_failed_allocations_leave_no_memory_allocated(torch, pool):
    expected, _ = SMOTETomek(random_state=0).fit_resample(X, Y)
    given, succeeded, failed = torch.asarray(X), 0, 0
    for call in (*range(1, 40), *range(40, 400, 7)):
        pool.calls, pool.fail_at = 0, call
        try:
            result, _ = SMOTETomek(random_state=0).fit_resample(given, Y)
        except MemoryError as error:
            assert "bytes for X and its result" in str(error)  # noqa: PT017
            failed += 1
            del error
        else:
            np.testing.assert_array_equal(result.numpy(), expected)
            succeeded += 1
        gc.collect()
        assert not pool.allocated
        assert STATE.allocator is None
    assert failed
    assert succeeded


def test_results_have_no_gradient_and_pending_signs_are_applied(torch, pool):
    given = torch.asarray(X).requires_grad_()
    result, _ = SMOTETomek(random_state=0).fit_resample(given, Y)
    assert not result.requires_grad
    negative = torch.complex(torch.zeros(X.shape, dtype=torch.float64), torch.asarray(-X)).conj().imag
    assert negative.is_neg()
    again, _ = SMOTETomek(random_state=0).fit_resample(negative, Y)
    np.testing.assert_array_equal(again.numpy(), result.numpy())


def test_tensors_are_not_viewed_without_cupy(monkeypatch):
    torch = optional("torch")
    monkeypatch.setattr(torch_interop, "cuda_unavailable_reason", lambda: "CuPy is not installed")
    tensor = SimpleNamespace(device=SimpleNamespace(type="cuda"))
    monkeypatch.setattr(dispatch.compat, "is_torch_array", lambda X: X is tensor or isinstance(X, torch.Tensor))
    assert not torch_interop.can_view_as_cupy(tensor)
    monkeypatch.setattr(torch_interop, "cuda_unavailable_reason", lambda: None)
    assert torch_interop.can_view_as_cupy(tensor)
    assert not torch_interop.can_view_as_cupy(torch.asarray(X))
    assert not torch_interop.can_view_as_cupy(X)
