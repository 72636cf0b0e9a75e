"""Streams, memory, copies and a second device, which only a GPU can show.

`pytest -m gpu` runs these tests, and those of whole calls and of containers on CuPy arrays and CUDA tensors of PyTorch.
"""

import json
import warnings

import numpy as np
import pytest
from support import datasets
from support.array_libraries import cupy, host, on_gpu, torch_cuda
from support.datasets import labels
from support.optional import optional

from gpu_smotetomek import SMOTETomek, TomekLinks

pytestmark = [pytest.mark.gpu, pytest.mark.usefixtures("small_tables_use_bounds")]

Y = labels(4000, 300, 200)
X = datasets.make("gaussian", Y, 6, dtype=np.float32)


def sampler(**parameters):
    return SMOTETomek(random_state=0, remove="both", **parameters)


@pytest.fixture(scope="module")
def expected():
    return sampler().fit_resample(X, Y)


@pytest.mark.parametrize("place", [cupy, torch_cuda])
def test_the_callers_stream_is_used(place, expected):
    """On a stream that waits for no other, a call sees earlier work, and later work sees its result."""
    library = on_gpu("cupy" if place is cupy else "torch")
    there = place(X)
    library.cuda.Device(0).synchronize() if place is cupy else library.cuda.synchronize()
    stream = library.cuda.Stream(non_blocking=True) if place is cupy else library.cuda.Stream()
    with stream if place is cupy else library.cuda.stream(stream):
        busy = place(np.ones((4096, 4096), np.float32))
        for _ in range(20):
            busy = busy @ busy * 0
        later = there + busy[0, 0]
        rows, _ = sampler().fit_resample(later, Y)
        rows = rows + 0
    stream.synchronize()
    np.testing.assert_array_equal(host(rows), expected[0])


@pytest.mark.parametrize("place", [cupy, torch_cuda])
def test_no_row_goes_through_the_host(place, tmp_path):
    """In the driver's trace of a call with 20 000 rows of 30 features, the labels are the largest copy."""
    torch, y = on_gpu("torch"), labels(19_000, 1_000)
    there, classes = place(datasets.make("gaussian", y, 30, dtype=np.float32)), place(y)
    sampler().fit_resample(there, classes)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about a profiler that is used once
        with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CUDA]) as seen:
            sampler().fit_resample(there, classes)
            torch.cuda.synchronize()
        seen.export_chrome_trace(str(tmp_path / "trace.json"))
    events = json.loads((tmp_path / "trace.json").read_text())["traceEvents"]
    copies = [event["args"]["bytes"] for event in events if "Memcpy DtoH" in event.get("name", "")]
    assert 8 * len(y) == max(copies)
    assert sum(copies) < 4 * 30 * len(y) / 2


@pytest.mark.parametrize("kind", ["array", "list", "pandas", "polars", "mixed"])
def test_host_data_comes_back_in_its_container(kind, expected):
    on_gpu("cupy")
    names = list("abcdef")
    mixed = {name: X[:, j].astype("f8" if j % 2 else "f4") for j, name in enumerate(names)} | {
        "a": np.rint(9 * X[:, 0]).astype("i4")
    }
    given = {
        "array": lambda: X,
        "list": X.tolist,
        "pandas": lambda: optional("pandas").DataFrame(X, columns=names),
        "polars": lambda: optional("polars").DataFrame(X, schema=names),
        "mixed": lambda: optional("pandas").DataFrame(mixed),
    }[kind]()
    cpu = sampler(device="cpu").fit_resample(given, Y)
    moved = sampler(device="cuda")
    rows, classes = moved.fit_resample(given, Y)
    assert type(rows) is type(given)
    assert moved.device_ == "cuda"
    np.testing.assert_array_equal(np.asarray(rows), np.asarray(cpu[0]))
    np.testing.assert_array_equal(classes, cpu[1])


def test_large_data_is_moved_to_the_gpu_automatically():
    on_gpu("cupy")
    rows, classes = datasets.blobs(60_000, 3, 0.7, 0.3, dtype=np.float32)
    automatic = TomekLinks().fit(rows, classes)
    assert automatic.device_ == "cuda"
    assert TomekLinks().fit(rows[:1000], classes[:1000]).device_ == "cpu"


def test_only_the_result_stays_in_the_pool_of_cupy(expected):
    library = on_gpu("cupy")
    pool, there = library.get_default_memory_pool(), cupy(X)
    sampler().fit_resample(there, Y)  # compiled kernels and handles stay
    before = pool.used_bytes()
    rows, _ = sampler().fit_resample(there, Y)
    assert pool.used_bytes() - before <= rows.nbytes + 512
    del rows
    assert pool.used_bytes() == before


def test_little_memory_gives_the_same_rows_or_a_clear_error(expected):
    library = on_gpu("cupy")
    pool, there = library.get_default_memory_pool(), cupy(X)
    sampler().fit_resample(there, Y)
    same = 0
    try:
        for megabytes in (1, 2, 4, 8, 16, 32, 64, 128):
            pool.free_all_blocks()
            pool.set_limit(size=pool.used_bytes() + megabytes * 2**20)
            try:
                rows, _ = sampler(backend="xp").fit_resample(there, Y)
            except MemoryError as error:
                assert "bytes for X and its result" in str(error)  # noqa: PT017 - some sizes suffice
            else:
                np.testing.assert_array_equal(host(rows), expected[0])
                same += 1
    finally:
        pool.set_limit(size=0)
    assert same


@pytest.mark.parametrize("place", [cupy, torch_cuda])
def test_a_second_device(place, expected):
    library = on_gpu("cupy" if place is cupy else "torch")
    count = library.cuda.runtime.getDeviceCount() if place is cupy else library.cuda.device_count()
    if count < 2:
        pytest.skip("one GPU only")
    if place is cupy:
        with library.cuda.Device(1):
            there = library.asarray(X)
    else:
        there = library.asarray(X, device="cuda:1")
    second = sampler()
    rows, _ = second.fit_resample(there, Y)
    assert second.device_ == "cuda:1"
    assert str(rows.device) == str(there.device)
    np.testing.assert_array_equal(host(rows), expected[0])
