"""Rows that do not fit on the device: they stay on the host, are searched in blocks, and give the rows of the host."""

import gc

import numpy as np
import pytest
from support import array_libraries, datasets, fake_cupy, oracle
from support.optional import optional

from gpu_smotetomek import SMOTE, ResamplingPipeline, SMOTETomek, TomekLinks
from gpu_smotetomek.arrays import cuda_probe
from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.neighbors.backends.cuda import out_of_core
from gpu_smotetomek.neighbors.backends.cuda.out_of_core import OutOfCoreCuda

pytestmark = pytest.mark.usefixtures("compiler", "small_tables_use_bounds", "little_work_space")

STATE = fake_cupy.state
Y = datasets.labels(900, 140, 60)
FREE_BYTES = 120_000  # less than the input takes, and the resampled rows take more


@pytest.fixture
def cupy(monkeypatch):
    """A small device, which searches a few hundred rows at a time."""
    monkeypatch.setattr(fake_cupy.Device, "mem_info", (FREE_BYTES, 2 * FREE_BYTES))
    monkeypatch.setattr(cuda_probe, "is_usable", lambda device: device in ("cuda", "cuda:1"))
    monkeypatch.setattr(out_of_core, "MIN_BLOCK_ROWS", 150)
    monkeypatch.setattr(out_of_core, "QUERIES_PER_UPLOAD", 100)
    with fake_cupy.installed() as module:
        yield module


def data(kind: str = "gaussian", dtype: type = np.float32) -> np.ndarray:
    return datasets.make(kind, Y, 6, dtype=dtype)


def sampler(**parameters: object) -> SMOTETomek:
    return SMOTETomek(random_state=0, remove="both", memory_limit=2**18, **parameters)


# ---- whole calls ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "device"),
    [("gaussian", "cuda:1")]
    + [(kind, "cuda") for kind in ("gaussian", "lattice", "duplicated", "far_clusters", "one_far_row")],
)
def test_rows_are_those_of_the_host_and_the_device_holds_few_at_a_time(cupy, kind, device):
    X = data(kind)
    expected, classes = sampler(device="cpu").fit_resample(X, Y)
    resampler = sampler(device=device)
    found, found_classes = resampler.fit_resample(X, Y)
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(found_classes, classes)
    assert (resampler.device_, resampler.backend_) == (device, "cuda")
    assert {launch.device for launch in STATE.launches} == {int(device == "cuda:1")}
    assert {launch.kernel for launch in STATE.launches} >= {"pack_rows", "nearest_by_products", "merge_parts"}
    assert STATE.peak_bytes < X.nbytes + 2**18
    gc.collect()
    assert STATE.used_bytes == 0


@pytest.mark.parametrize("dtype", [np.float64, np.int32])
@pytest.mark.parametrize(
    "made",
    [
        lambda **parameters: SMOTE(random_state=0, **parameters),
        TomekLinks,
        lambda **parameters: SMOTETomek(random_state=0, scale="standard", **parameters),
        lambda **parameters: ResamplingPipeline(
            [("clean", TomekLinks()), ("grow", SMOTE(random_state=0))], **parameters
        ),
    ],
)
def test_every_sampler_searches_out_of_core(cupy, made, dtype):
    X = np.rint(9 * data()).astype(dtype)
    expected = made(device="cpu", memory_limit=2**18).fit_resample(X, Y)
    found = made(device="cuda", memory_limit=2**18, backend="cuda").fit_resample(X, Y)
    assert any(launch.kernel == "nearest_by_products" for launch in STATE.launches)
    for ours, theirs in zip(found, expected, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_a_data_frame_comes_back(cupy):
    frame = optional("pandas").DataFrame(data(), columns=list("abcdef"))
    found, _ = sampler(device="cuda").fit_resample(frame, Y)
    expected, _ = sampler(device="cpu").fit_resample(frame, Y)
    assert found.equals(expected)


def test_the_plan_says_that_rows_are_streamed(cupy):
    plan = sampler(device="cuda").plan(data(), Y)
    assert (plan.streamed, plan.device, plan.backend, plan.device_bytes) == (True, "cuda", "cuda", FREE_BYTES)
    assert not sampler(device="cpu").plan(data(), Y).streamed


def test_rows_that_fit_are_moved_once(cupy, monkeypatch):
    monkeypatch.setattr(fake_cupy.Device, "mem_info", (2**30, 2**30))
    X = data()
    found, _ = sampler(device="cuda").fit_resample(X, Y)
    assert X.shape not in STATE.copies
    assert any(launch.kernel == "interpolate" for launch in STATE.launches), "rows were made on the device"
    np.testing.assert_array_equal(found, sampler(device="cpu").fit_resample(X, Y)[0])


@pytest.mark.parametrize("backend", ["xp", "kdtree", "sklearn"])
def test_other_backends_are_refused(cupy, backend):
    said = rf"more memory than is free on 'cuda', .* blocks, which backend='{backend}' cannot: use backend='auto' or 'cuda'"
    with pytest.raises(ValueError, match=said):
        sampler(device="cuda", backend=backend).fit_resample(data(), Y)


def test_rows_of_a_strategy_dictionary_count(cupy, monkeypatch):
    monkeypatch.setattr(fake_cupy.Device, "mem_info", (10**6, 10**6))
    X, few = data(), {"random_state": 0, "device": "cuda", "memory_limit": 2**18}
    assert not SMOTETomek(**few).plan(X, Y).streamed
    smote = SMOTE(sampling_strategy={1: 20_000}, random_state=0)
    for made in (
        SMOTE(sampling_strategy={1: 20_000}, **few),
        SMOTETomek(sampling_strategy={1: 20_000}, **few),
        SMOTETomek(smote=smote, device="cuda", memory_limit=2**18),
        ResamplingPipeline([("s", smote), ("t", TomekLinks())], device="cuda", memory_limit=2**18),
    ):
        rows, _ = made.fit_resample(X, Y)
        assert len(rows) > 20_000
    assert SMOTETomek(sampling_strategy={1: 20_000}, **few).plan(X, Y).streamed


def test_the_limit_of_cupys_pool_counts(cupy, monkeypatch):
    monkeypatch.setattr(fake_cupy.Device, "mem_info", (2**30, 2**30))
    assert cuda_probe.free_memory("cuda") == 2**30
    STATE.limit = FREE_BYTES
    assert cuda_probe.free_memory("cuda") == FREE_BYTES
    held = cupy.zeros(1000, dtype=np.float64)
    assert cuda_probe.free_memory("cuda") == FREE_BYTES - held.nbytes


# ---- searches -------------------------------------------------------------------------------------------------------


def search(X: np.ndarray, queries: np.ndarray, k: int, radius: np.ndarray | None = None) -> tuple:
    return OutOfCoreCuda().build(X, ExecutionContext(n_threads=1)).search(queries, k, radius)


@pytest.mark.parametrize("k", [1, 5, 16, 160])
@pytest.mark.parametrize("least", [40, 150, 10_000])
def test_lists_do_not_depend_on_the_blocks(cupy, monkeypatch, least, k):
    monkeypatch.setattr(out_of_core, "MIN_BLOCK_ROWS", least)
    monkeypatch.setattr(out_of_core, "BLOCK_MEMORY_DIVISOR", 10**9)
    X = (
        np.random.default_rng(0).integers(-4, 5, (450, 3)).astype(np.float32)
    )  # small integers: no squared distance is rounded
    sq_distances, found = search(X, X[:120], k)
    exact = oracle.squares(X[:120, None].astype(float), X[None].astype(float))
    np.testing.assert_array_equal(np.sort(sq_distances, axis=1), np.sort(exact, axis=1)[:, :k])
    np.testing.assert_array_equal(np.take_along_axis(exact, found, axis=1), sq_distances)
    assert all(len(set(row)) == k for row in found.tolist())


def test_what_is_beyond_the_radius_is_infinite_in_every_block(cupy):
    X = np.random.default_rng(0).normal(size=(450, 3)).astype(np.float32)
    radius = np.full(60, 0.3)
    sq_distances, found = search(
        X, X[:60], 20, radius
    )  # longer than a kernel's list: a matrix product scores every row
    exact = oracle.squares(X[:60, None].astype(float), X[None].astype(float))
    for q in range(60):
        within = np.flatnonzero(exact[q] < 0.0899)
        assert set(within.tolist()) <= set(found[q][np.isfinite(sq_distances[q])].tolist())
    assert (sq_distances[np.isfinite(sq_distances)] <= np.float32(0.0901)).all()


def test_a_block_without_memory_is_split(cupy):
    X = np.random.default_rng(0).normal(size=(600, 4)).astype(np.float32)
    expected = search(X, X[:50], 3)
    blocks = len([launch for launch in STATE.launches if launch.kernel == "nearest_by_products"])
    STATE.limit = 90_000
    STATE.launches.clear()
    found = search(X, X[:50], 3)
    assert len([launch for launch in STATE.launches if launch.kernel == "nearest_by_products"]) > blocks
    for ours, theirs in zip(found, expected, strict=True):
        np.testing.assert_array_equal(np.sort(ours, axis=1), np.sort(theirs, axis=1))


def test_a_device_without_memory_for_a_row_is_reported(cupy):
    STATE.limit = 100
    with pytest.raises(MemoryError, match="no room for a single row of 'rows on the device'"):
        search(np.ones((300, 4), np.float32), np.ones((2, 4), np.float32), 1)


@pytest.mark.gpu
def test_on_a_gpu_a_lowered_limit_gives_the_same_rows(monkeypatch):
    library = array_libraries.on_gpu("cupy")
    monkeypatch.setattr(out_of_core, "MIN_BLOCK_ROWS", 2**10)
    rows, classes = datasets.blobs(40_000, 3, 0.7, 0.3, dtype=np.float32)
    expected = SMOTETomek(random_state=0, device="cpu").fit_resample(rows, classes)
    pool = library.get_default_memory_pool()
    pool.free_all_blocks()
    pool.set_limit(size=pool.used_bytes() + 64 * 2**20)
    try:
        resampler = SMOTETomek(random_state=0, device="cuda")
        found = resampler.fit_resample(rows, classes)
    finally:
        pool.set_limit(size=0)
    assert (resampler.device_, resampler.backend_) == ("cuda", "cuda")
    for ours, theirs in zip(found, expected, strict=True):
        np.testing.assert_array_equal(ours, theirs)
