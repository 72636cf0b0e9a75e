"""The parameter `device`: where the work runs, which data is moved and which refused; on a stand-in for a GPU."""

from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
import scipy.sparse
from sklearn.neighbors import NearestNeighbors
from support import datasets
from support.array_libraries import host, strict_device1, torch
from support.datasets import labels
from support.optional import optional

from gpu_smotetomek import (
    SMOTE,
    DeviceUnavailable,
    RandomOverSampler,
    RandomUnderSampler,
    ResamplingPipeline,
    SMOTETomek,
    TomekLinks,
    tomek_links,
)
from gpu_smotetomek.arrays import cuda_probe, dispatch
from gpu_smotetomek.samplers import settings

pytestmark = pytest.mark.usefixtures("small_tables_use_bounds")

Y = labels(60, 20)
X = datasets.make("gaussian", Y, 3)
SAMPLERS = [SMOTE, TomekLinks, SMOTETomek]


def message(kind, call) -> str:
    with pytest.raises(kind) as caught:
        call()
    return str(caught.value)


@pytest.fixture
def gpu(monkeypatch):
    """Pretend that there is a GPU, with arrays of array-api-strict; return (device, shape) of each array that is moved."""
    moves = []

    def to_cuda(X, device):
        moves.append((device, X.shape))
        return strict_device1(X)

    optional("array_api_strict")
    monkeypatch.setattr(dispatch, "to_cuda", to_cuda)
    monkeypatch.setattr(cuda_probe, "free_memory", lambda device: 2**40)
    monkeypatch.setattr(cuda_probe, "is_usable", lambda device: device in ("cuda", "cuda:1"))
    return moves


# ---- data on the host -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("device", ["cuda", "cuda:0", "cuda:1"])
@pytest.mark.parametrize("kind", ["array", "float32", "int32", "list", "pandas", "mixed pandas", "polars"])
def test_data_of_the_host_is_moved_once_and_returned_in_its_container(kind, device, gpu):
    columns = {"a": X[:, 0], "b": np.rint(9 * X[:, 1]).astype("i4"), "c": X[:, 2].astype("f4"), "d": X[:, 0] > 0}
    given = {
        "array": lambda: X,
        "float32": lambda: X.astype("f4"),
        "int32": lambda: np.rint(9 * X).astype("i4"),
        "list": X.tolist,
        "pandas": lambda: optional("pandas").DataFrame(X, columns=list("abc")),
        "mixed pandas": lambda: optional("pandas").DataFrame(columns),
        "polars": lambda: optional("polars").DataFrame(columns),
    }[kind]()
    expected = SMOTETomek(random_state=0, remove="both").fit_resample(given, Y)
    sampler = SMOTETomek(random_state=0, remove="both", device=device)
    found, classes = sampler.fit_resample(given, Y)
    assert type(found) is type(given)
    if kind == "mixed pandas":
        assert found.dtypes.tolist() == given.dtypes.tolist()
    np.testing.assert_array_equal(np.asarray(found), np.asarray(expected[0]))
    np.testing.assert_array_equal(classes, expected[1])
    assert gpu == [(sampler.device_, (80, np.shape(given)[1]))]
    assert sampler.device_ == sampler.smote_.device_ == ("cuda:1" if device == "cuda:1" else "cuda")


@pytest.mark.parametrize("names", ["draw copy", "copy clean", "smote draw clean", "smote copy clean"])
def test_a_chain_moves_what_its_random_samplers_take(names, gpu):
    """Columns that travel stay on the host, and so do all where no value is read."""
    pandas = optional("pandas")
    steps = {
        "draw": RandomUnderSampler(sampling_strategy={0: 30}, random_state=0, replacement=True),
        "copy": RandomOverSampler(sampling_strategy={1: 70}, random_state=0),
        "smote": SMOTE(sampling_strategy={1: 65}, random_state=0),
        "clean": TomekLinks(sampling_strategy="all"),
    }
    chain = ResamplingPipeline([(name, steps[name]) for name in names.split()])
    chain.set_params(passthrough=["id"], passthrough_fill="base")
    frame = pandas.DataFrame(X, columns=list("abc")).assign(id=[f"row {i}" for i in range(len(Y))])
    expected = chain.fit_resample(frame, Y)
    assert not gpu
    found, classes = chain.set_params(device="cuda").fit_resample(frame, Y)
    pandas.testing.assert_frame_equal(found, expected[0])
    np.testing.assert_array_equal(classes, expected[1])
    assert gpu == [("cuda", (80, 0 if names == "draw copy" else 3))]
    assert chain.device_ == "cuda"


def test_fit_plan_and_the_function_take_the_device_too(gpu):
    sampler = SMOTETomek(device="cuda")
    assert sampler.plan(X, Y).device == "cuda"
    assert sampler.fit(X, Y).device_ == "cuda"
    np.testing.assert_array_equal(tomek_links(X, Y, device="cuda"), tomek_links(X, Y))
    assert len(gpu) == 3


def test_auto_moves_large_data_only(gpu, monkeypatch):
    sampler = SMOTETomek(random_state=0)
    expected = sampler.fit_resample(X, Y)
    assert (sampler.device_, gpu) == ("cpu", [])
    monkeypatch.setattr(settings, "MOVE_TO_GPU_FROM_PAIRS", 20.0 * 60)
    found = sampler.fit_resample(X, Y)
    assert (sampler.device_, gpu) == ("cuda", [("cuda", (80, 3))])
    np.testing.assert_array_equal(found[0], expected[0])
    monkeypatch.setattr(settings, "MOVE_TO_GPU_FROM_PAIRS", 20.0 * 60 + 1)
    assert sampler.fit(X, Y).device_ == "cpu"


@pytest.mark.parametrize(
    ("sampler", "expected"),
    [(SMOTE, 400 + 900), (TomekLinks, 50 * 110), (SMOTETomek, 20 * 120 + 30 * 60)],
)
def test_estimated_pairs_are_those_that_are_compared(sampler, expected):
    assert sampler()._estimate_pairs(np.array([60, 20, 30])) == expected


def test_without_a_gpu_auto_stays(monkeypatch):
    monkeypatch.setattr(settings, "MOVE_TO_GPU_FROM_PAIRS", 1.0)
    monkeypatch.setattr(cuda_probe, "is_usable", lambda device: False)
    assert SMOTETomek().fit(X, Y).device_ == "cpu"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (scipy.sparse.csr_array(X), "X is sparse: sparse matrices are searched on the host only"),
        (X.astype(np.longdouble), "X is of longdouble, which no GPU has: convert it to float64"),
    ],
    ids=["sparse", "longdouble"],
)
def test_what_cannot_be_moved_stays_or_is_refused(given, words, gpu, monkeypatch):
    text = message(ValueError, lambda: SMOTE(device="cuda").fit_resample(given, Y))
    assert "device='cuda' was asked for" in text
    assert words in text
    monkeypatch.setattr(settings, "MOVE_TO_GPU_FROM_PAIRS", 1.0)
    assert SMOTE().fit(given, Y).device_ == "cpu"
    assert gpu == []


# ---- data on a device -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_data_never_leaves_its_device(sampler, gpu, monkeypatch):
    monkeypatch.setattr(settings, "MOVE_TO_GPU_FROM_PAIRS", 1.0)
    for device in ("cpu", "cuda", "cuda:1"):
        text = message(ValueError, lambda device=device: sampler(device=device).fit_resample(strict_device1(X), Y))
        assert f"device={device!r} was asked for, and X is on" in text
        assert "move X there yourself; or give device='auto'" in text
    for device in ("cuda", "cuda:1"):
        assert "move X there" in message(ValueError, lambda d=device: sampler(device=d).fit_resample(torch(X), Y))
    for device in ("auto", "cpu"):
        assert sampler(device=device).fit(torch(X), Y).device_ == "cpu"
    assert gpu == []


@pytest.mark.parametrize("backend", ["faiss-cpu", "kdtree", "sklearn"])
@pytest.mark.parametrize("place", [strict_device1, torch])
def test_backends_of_the_host_do_not_copy(backend, place):
    if backend == "faiss-cpu":
        optional("faiss")
    chain = ResamplingPipeline([("smote", SMOTE()), ("tomek", TomekLinks(backend=backend))])
    for sampler in (*(kind(backend=backend) for kind in SAMPLERS), chain):
        text = message(ValueError, lambda sampler=sampler: sampler.fit_resample(place(X), Y))
        assert f"backend={backend!r} searches NumPy arrays on the host" in text
        assert "use backend='auto' or 'xp', or convert X to NumPy first" in text


@pytest.mark.parametrize("place", [strict_device1, torch])
def test_neighbors_of_scikit_learn_do_not_serve_arrays_of_other_libraries(place):
    sampler = SMOTE(k_neighbors=NearestNeighbors(n_neighbors=4))
    assert "give a number of neighbors" in message(ValueError, lambda: sampler.fit_resample(place(X), Y))


def test_an_own_neighbor_search_receives_arrays_of_the_callers_library():
    class Finder(NearestNeighbors):
        def fit(self, X, y=None):
            return super().fit(host(X))

        def kneighbors(self, X, **rest):
            return strict_device1(super().kneighbors(host(X), **rest))

    found = SMOTE(k_neighbors=Finder(n_neighbors=4), random_state=0).fit_resample(strict_device1(X), Y)[0]
    expected = SMOTE(k_neighbors=3, random_state=0).fit_resample(X, Y)[0]
    np.testing.assert_array_equal(host(found), expected)


# ---- no GPU ---------------------------------------------------------------------------------------------------------

H100 = cuda_probe.CudaDriver("12.4", ["NVIDIA H100"], "")
NOTHING = {"cupy": None, "driver": cuda_probe.CudaDriver(None, [], ""), "distributions": {}}


def works(available=True, version="14.0", nvrtc=lambda: (12, 9)):
    nvrtc = SimpleNamespace(getVersion=nvrtc)
    return SimpleNamespace(cuda=SimpleNamespace(is_available=lambda: available, nvrtc=nvrtc), __version__=version)


def no_library():
    raise RuntimeError("libnvrtc.so.12 not found")


@pytest.mark.parametrize(
    ("device", "found", "words"),
    [
        ("cuda", {}, ["no NVIDIA driver, no GPU, no CuPy, no FAISS", "Install NVIDIA's driver", "device='auto'"]),
        ("cuda", {"driver": cuda_probe.CudaDriver("12.4", [], "")}, ["a driver for CUDA 12.4, no GPU", "nvidia-smi"]),
        (
            "cuda",
            {"driver": H100},
            ["cuda:0 (NVIDIA H100)", 'CuPy is not installed: pip install "gpu_smotetomek[cuda12]"'],
        ),
        (
            "cuda",
            {"driver": cuda_probe.CudaDriver("13.0", ["B200"], ""), "distributions": {"faiss": ["faiss-cpu"]}},
            ["faiss-cpu 9.9", 'installed: pip install "gpu_smotetomek[cuda13]"'],
        ),
        (
            "cuda",
            {"driver": H100, "distributions": {"faiss": ["faiss-cpu"], "cupy": ["cupy-cuda13x"]}, "cupy": works(False)},
            [
                "cupy-cuda13x 9.9, faiss-cpu 9.9",
                "CuPy does not work with this driver: pip uninstall -y cupy-cuda13x faiss-cpu && "
                'pip install "gpu_smotetomek[cuda12]"',
            ],
        ),
        (
            "cuda",
            {"driver": cuda_probe.CudaDriver("11.4", ["NVIDIA K80"], "")},
            ["a driver for CUDA 11.4", "The driver is too old for CUDA 12: update it to 525 or later", "device='auto'"],
        ),
        (
            "cuda",
            {"driver": H100, "cupy": works(version="13.6.0")},
            ["CuPy 13.6.0 is too old, 14 or later is needed: pip "],
        ),
        (
            "cuda",
            {"driver": H100, "cupy": works(nvrtc=no_library)},
            ["CuPy finds no NVRTC to compile kernels with (libnvrtc.so.12 not found): pip install"],
        ),
        ("cuda:7", {"driver": H100, "cupy": works()}, ["cuda:0 (NVIDIA H100)", "Give a number below 1"]),
    ],
)
def test_the_error_for_an_unavailable_device_says_what_was_found_and_what_to_do(device, found, words, monkeypatch):
    state = NOTHING | found
    monkeypatch.setitem(cuda_probe.sys.modules, "cupy", state["cupy"])
    monkeypatch.setattr(cuda_probe, "probe_driver", lambda: state["driver"])
    monkeypatch.setattr(cuda_probe.metadata, "packages_distributions", lambda: state["distributions"])
    monkeypatch.setattr(cuda_probe.metadata, "version", lambda name: "9.9")
    for sampler in SAMPLERS:
        text = message(DeviceUnavailable, lambda sampler=sampler: sampler(device=device).fit_resample(X, Y))
        assert text.startswith(f"device={device!r} was asked for and cannot be used. Found: ")
        for word in words:
            assert word in text


def test_an_available_device_is_usable(monkeypatch):
    monkeypatch.setattr(cuda_probe, "probe_driver", lambda: H100)
    monkeypatch.setitem(cuda_probe.sys.modules, "cupy", works())
    assert (cuda_probe.is_usable("cuda"), cuda_probe.is_usable("cuda:0"), cuda_probe.is_usable("cuda:1")) == (
        True,
        True,
        False,
    )


def test_a_broken_cupy_is_reported(monkeypatch):
    class Broken:
        def find_spec(self, name, path=None, target=None):
            if name == "cupy":
                raise RuntimeError("libcudart is missing")

    monkeypatch.delitem(cuda_probe.sys.modules, "cupy", raising=False)
    monkeypatch.setattr(cuda_probe.sys, "meta_path", [Broken(), *cuda_probe.sys.meta_path])
    monkeypatch.setattr(cuda_probe, "probe_driver", lambda: H100)
    assert "CuPy does not load (libcudart is missing): " in cuda_probe.explain_unusable("cuda")
    assert not cuda_probe.is_usable("cuda")


def test_the_empty_folder_of_a_removed_cupy_is_reported_and_does_no_harm(monkeypatch):
    no_driver = "No NVIDIA driver was found, and CuPy is an empty folder"
    for driver, words in ((H100, "CuPy is an empty folder"), (NOTHING["driver"], no_driver)):
        monkeypatch.setattr(cuda_probe, "probe_driver", lambda driver=driver: driver)
        monkeypatch.setitem(cuda_probe.sys.modules, "cupy", ModuleType("cupy"))
        assert cuda_probe.cuda_unavailable_reason().startswith(words)
        assert "cupy" not in cuda_probe.sys.modules
    monkeypatch.setattr(cuda_probe, "probe_driver", lambda: H100)
    monkeypatch.setitem(cuda_probe.sys.modules, "cupy", ModuleType("cupy"))
    assert (
        "CuPy is an empty folder (of two packages that shared it one was removed): pip "
        in cuda_probe.explain_unusable("cuda")
    )
    assert SMOTE(random_state=0).fit_resample(X, Y)[0].shape == (120, X.shape[1])
