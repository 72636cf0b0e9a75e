"""CUDA tensors of torch, worked on as CuPy's arrays: their memory, stream, device and pool, on stand-ins for both libraries."""

import gc
from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors
from support import datasets, fake_cupy
from support.optional import optional

from gpu_smotetomek import SMOTE, ResamplingPipeline, SMOTETomek, TomekLinks
from gpu_smotetomek.arrays import torch_interop
from gpu_smotetomek.arrays import torch_interop as lending
from gpu_smotetomek.samplers import base

pytestmark = pytest.mark.usefixtures("small_tables_use_bounds")

STATE = fake_cupy.state
Y = datasets.labels(120, 30)
X = datasets.make("gaussian", Y, 4)


class Pool:
    """torch's: what was taken and not given back, and for which streams; one that fails if told so."""

    def __init__(self, torch):
        self.taken, self.streams, self.fail_at, self.calls = {}, set(), None, 0
        self.error = torch.cuda.OutOfMemoryError

    def take(self, size, device, stream):
        self.calls += 1
        if self.calls == self.fail_at:
            raise self.error("CUDA out of memory. Tried to allocate (stand-in)")
        self.streams.add(stream)
        self.taken[self.calls] = size
        return self.calls

    def give(self, address):
        del self.taken[address]


@pytest.fixture
def torch(cupy, monkeypatch):
    """torch, whose tensors on the CPU are taken for tensors on CUDA."""
    torch = optional("torch")
    monkeypatch.setattr(torch.cuda, "current_stream", lambda device: SimpleNamespace(cuda_stream=77))
    for module in (lending,):
        monkeypatch.setattr(module, "can_view_as_cupy", lambda X: isinstance(X, torch.Tensor))
    return torch


@pytest.fixture
def pool(torch, monkeypatch):
    pool = Pool(torch)
    monkeypatch.setattr(torch.cuda, "caching_allocator_alloc", pool.take)
    monkeypatch.setattr(torch.cuda, "caching_allocator_delete", pool.give)
    return pool


SAMPLERS = {
    "both": lambda **means: SMOTETomek(random_state=0, remove="both", **means),
    "smote": lambda **means: SMOTE(random_state=0, **means),
    "links": lambda **means: TomekLinks(sampling_strategy="all", **means),
    "pipeline": lambda **means: ResamplingPipeline([("a", TomekLinks()), ("b", SMOTE(random_state=1))], **means),
}


@pytest.mark.parametrize("sampler", SAMPLERS.values(), ids=SAMPLERS)
@pytest.mark.parametrize("dtype", ["float64", "float32", "float16", "int32", "uint8", "bool"])
def test_tensors_come_back_as_torchs_own(sampler, dtype, torch, pool):
    values = np.rint(9 * X).astype(dtype) if np.dtype(dtype).kind in "iub" else X.astype(dtype)
    expected, _ = sampler().fit_resample(values, Y)
    given = torch.asarray(values)
    there = sampler(backend="auto")
    found, y = there.fit_resample(given, torch.asarray(Y))
    assert type(found) is type(y) is torch.Tensor
    assert found.dtype == given.dtype
    np.testing.assert_array_equal(found.numpy(), expected)
    np.testing.assert_array_equal(given.numpy(), values)
    assert STATE.launches or dtype not in ("float64", "float32")
    assert [shape for shape in STATE.copies if len(shape) == 2 and shape[0] > 4] == []


def test_all_is_done_on_torchs_stream_in_torchs_memory(torch, pool):
    sampler, given = SMOTETomek(random_state=0, backend="cuda"), torch.asarray(X)
    found, _ = sampler.fit_resample(given, Y)
    assert sampler.backend_ == "cuda"
    assert {launch.stream for launch in STATE.launches} == pool.streams == {77}
    assert STATE.streams == [0, 0]
    assert STATE.used_bytes == 0  # of CuPy's pool
    gc.collect()
    assert pool.calls > 100
    assert not pool.taken  # the result is torch's own
    assert found.untyped_storage().nbytes() == found.nbytes


def test_labels_of_cupy_stay_in_its_own_pool(cupy, torch, pool):
    _, labels = SMOTETomek(random_state=0).fit_resample(torch.asarray(X), cupy.asarray(Y))
    gc.collect()
    assert isinstance(labels, cupy.ndarray)
    assert not pool.taken
    assert STATE.used_bytes == labels.nbytes


def test_rows_are_lent_not_copied(torch, pool):
    given = torch.asarray(X)
    with torch_interop.as_cupy(given) as there:
        assert np.shares_memory(there._host, given.numpy())
    with torch_interop.as_cupy(given[::2, 1:]) as there:
        np.testing.assert_array_equal(there._host, X[::2, 1:])
    assert not pool.taken


def test_the_device_is_that_of_the_tensor(cupy, torch, pool, monkeypatch):
    class Elsewhere(torch.Tensor):
        device = property(lambda self: SimpleNamespace(type="cuda", index=1))

    given = torch.asarray(X)
    monkeypatch.setattr(cupy, "from_dlpack", lambda tensor: cupy.asarray(X))
    with torch_interop.as_cupy(given.as_subclass(Elsewhere)) as there:
        assert there.device.id == STATE.device == 1
        assert STATE.streams == [0, 77]
    assert (STATE.device, STATE.streams) == (0, [0, 0])


def test_a_search_object_of_the_callers_sees_tensors(torch, pool):
    class Finder(NearestNeighbors):
        def fit(self, rows, y=None):
            assert type(rows) is torch.Tensor
            return super().fit(rows.numpy())

        def kneighbors(self, rows, **rest):
            assert type(rows) is torch.Tensor
            return torch.asarray(super().kneighbors(rows.numpy(), **rest))

    expected, _ = SMOTE(random_state=0).fit_resample(X, Y)
    found, _ = SMOTE(k_neighbors=Finder(n_neighbors=6), random_state=0).fit_resample(torch.asarray(X), Y)
    np.testing.assert_array_equal(found.numpy(), expected)
    with pytest.raises(ValueError, match="searches NumPy arrays, and X is none"):
        SMOTE(k_neighbors=NearestNeighbors(n_neighbors=6)).fit_resample(torch.asarray(X), Y)


def test_where_torch_finds_no_memory_nothing_is_lost(torch, pool):
    expected, _ = SMOTETomek(random_state=0).fit_resample(X, Y)
    given, same, told = torch.asarray(X), 0, 0
    for at in (*range(1, 40), *range(40, 400, 7)):
        pool.calls, pool.fail_at = 0, at
        try:
            found, _ = SMOTETomek(random_state=0).fit_resample(given, Y)
        except MemoryError as error:
            assert "bytes for X and its result" in str(error)  # noqa: PT017
            told += 1
            del error
        else:
            np.testing.assert_array_equal(found.numpy(), expected)
            same += 1
        gc.collect()
        assert not pool.taken
        assert STATE.allocator is None
    assert told
    assert same


def test_gradients_end_and_marks_of_sign_are_kept(torch, pool):
    given = torch.asarray(X).requires_grad_()
    found, _ = SMOTETomek(random_state=0).fit_resample(given, Y)
    assert not found.requires_grad
    negative = torch.complex(torch.zeros(X.shape, dtype=torch.float64), torch.asarray(-X)).conj().imag
    assert negative.is_neg()
    again, _ = SMOTETomek(random_state=0).fit_resample(negative, Y)
    np.testing.assert_array_equal(again.numpy(), found.numpy())


def test_without_cupy_torch_does_it_itself(monkeypatch):
    torch = optional("torch")
    monkeypatch.setattr(lending, "cuda_unavailable_reason", lambda: "CuPy is not installed")
    tensor = SimpleNamespace(device=SimpleNamespace(type="cuda"))
    monkeypatch.setattr(lending.compat, "is_torch_array", lambda X: X is tensor or isinstance(X, torch.Tensor))
    assert not lending.can_view_as_cupy(tensor)
    monkeypatch.setattr(lending, "cuda_unavailable_reason", lambda: None)
    assert lending.can_view_as_cupy(tensor)
    assert not lending.can_view_as_cupy(torch.asarray(X))
    assert not lending.can_view_as_cupy(X)
    assert base.torch_interop.can_view_as_cupy is lending.can_view_as_cupy
