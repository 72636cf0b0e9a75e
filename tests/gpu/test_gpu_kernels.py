"""The kernels on a real GPU, `pytest -m gpu`: the checks of tests/kernels and tests/neighbors/backends/cuda."""

import numpy as np
import pytest
from support import datasets, kernel_cases
from support.kernel_cases import check_lists, normal_rows, oversample_and_link, selector, small_table, surface

from gpu_smotetomek import SMOTETomek
from gpu_smotetomek.arrays import cuda_probe
from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.kernels.constants import MAX_K, TILE_ROWS
from gpu_smotetomek.neighbors import BACKENDS
from gpu_smotetomek.neighbors.backends.cuda.backend import Cuda, CudaIndex

reason = cuda_probe.cuda_unavailable_reason()
pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(reason is not None, reason=str(reason)),
    pytest.mark.usefixtures("small_tables_use_bounds"),
]


@pytest.fixture
def cupy():
    return pytest.importorskip("cupy")


def usable(name: str) -> str:
    """The name of a backend; the test is skipped, with the reason, where the backend is unavailable."""
    if name in BACKENDS and (missing := BACKENDS[name].unavailable()):
        pytest.skip(missing)
    return name


@pytest.mark.parametrize("backend", ["cuda", "xp", "faiss-gpu", "auto"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("kind", datasets.KINDS)
def test_rows_and_links_have_the_bits_of_the_host(cupy, kind, dtype, backend):
    X, y = small_table(kind, dtype)
    expected_rows, expected = oversample_and_link(X, y, selector("xp"))
    there, found = oversample_and_link(cupy.asarray(X), y, selector(usable(backend)))
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(there.get(), expected_rows)


@pytest.mark.parametrize("backend", ["cuda", "faiss-gpu"])
@pytest.mark.parametrize("d", [1, 3, 4, 31, 33, 128, 300])
@pytest.mark.parametrize("n", [1, TILE_ROWS - 1, TILE_ROWS + 1, 40 * TILE_ROWS])
def test_lists_are_within_the_bound(cupy, n, d, backend):
    X, Q = normal_rows(n, d), normal_rows(200, d, 1)
    index = BACKENDS[usable(backend)].build(cupy.asarray(X), ExecutionContext())
    for k in {1, 2, 5, MAX_K}:
        sq_distances, found = index.search(cupy.asarray(Q), min(k, n))
        check_lists(X, Q, sq_distances.get(), found.get())


def test_skipped_tiles_change_no_list(cupy):
    X, Q = surface(200 * TILE_ROWS, 0), surface(4 * TILE_ROWS, 1)
    sq_distances, found = Cuda().build(cupy.asarray(X), ExecutionContext()).search(cupy.asarray(Q), 3)
    check_lists(X, Q, sq_distances.get(), found.get())


def test_errors_of_tensor_cores_are_within_their_bound(cupy):
    kernel_cases.check_fp16(cupy)
    kernel_cases.check_sums(cupy, *kernel_cases.operands(4000))


@pytest.mark.parametrize("d", [1, 8, 16, 17, 32, 33, 64, 65, 128])
@pytest.mark.parametrize("k", [1, 5, MAX_K])
def test_a_filter_on_tensor_cores_changes_no_distance(cupy, d, k):
    X, Q = normal_rows(300 * TILE_ROWS, d), normal_rows(3 * TILE_ROWS + 1, d, 1)
    index = CudaIndex(cupy.asarray(X), ExecutionContext())
    found = []
    for index.use_filter in (False, True):
        sq_distances, at = index.search(cupy.asarray(Q), k)
        found.append(np.sort(sq_distances.get(), axis=1))
    np.testing.assert_array_equal(*found)
    check_lists(X, Q, sq_distances.get(), at.get())


@pytest.mark.parametrize("case", [kernel_cases.rows_rounded_down, kernel_cases.tiny_rows])
def test_a_filter_on_tensor_cores_at_its_bound(cupy, case):
    X, Q, radius = case()
    index, found = CudaIndex(cupy.asarray(X), ExecutionContext()), []
    for index.use_filter in (False, True):
        sq_distances, _ = index.search(cupy.asarray(Q), 1, None if radius is None else cupy.asarray(radius))
        found.append(sq_distances.get())
    np.testing.assert_array_equal(*found)


@pytest.mark.parametrize("backend", ["cuda", "faiss-gpu"])
def test_the_stream_of_the_caller_suffices(cupy, backend):
    X, y = small_table()
    _, expected = oversample_and_link(X, y, selector("xp"))
    with cupy.cuda.Stream(non_blocking=True) as stream:
        there, found = oversample_and_link(cupy.asarray(X), y, selector(usable(backend)))
        stream.synchronize()
    np.testing.assert_array_equal(found, expected)
    assert isinstance(there, cupy.ndarray)


@pytest.mark.parametrize("backend", ["cuda", "faiss-gpu"])
def test_torch_tensors_on_a_stream_of_their_own(cupy, backend):
    torch = pytest.importorskip("torch")
    if not torch.cuda.is_available():
        pytest.skip("torch sees no GPU")
    X, y = small_table()
    sampler, pool = SMOTETomek(random_state=0, backend=usable(backend)), cupy.get_default_memory_pool()
    expected, _ = SMOTETomek(random_state=0, backend="xp").fit_resample(X, y)
    before = pool.used_bytes()
    with torch.cuda.stream(torch.cuda.Stream()):
        given = torch.asarray(X, device="cuda")
        there = torch.cuda.memory_allocated()
        found, _ = sampler.fit_resample(given, y)
        took = torch.cuda.memory_allocated() - there
    assert sampler.tomek_.backend_ == backend
    assert type(found) is torch.Tensor
    np.testing.assert_array_equal(found.cpu().numpy(), expected)
    assert pool.used_bytes() == before  # all memory was torch's, and all but the rows and the lineage was freed
    lineage = 4 * (
        8 * sampler.provenance_.steps[-1].n_made + 512
    )  # the four arrays that the sampler keeps, in whole blocks
    assert took <= found.nbytes + 512 + lineage


@pytest.mark.parametrize("backend", ["cuda", "faiss-gpu"])
def test_memory_is_freed(cupy, backend):
    X, y = small_table()
    X, pool = cupy.asarray(X), cupy.get_default_memory_pool()
    oversample_and_link(X, y, selector(usable(backend)))
    before = pool.used_bytes()
    there, _ = oversample_and_link(X, y, selector(backend))
    assert pool.used_bytes() - before <= there.nbytes + 512
