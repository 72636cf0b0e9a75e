"""`doctor` reports what is installed, explains what is missing, and does not fail for it."""

import ctypes
import json

import pytest
from support.optional import optional

optional("polars"), optional("typer"), optional("rich")
threadpoolctl = optional("threadpoolctl")

from gpu_smotetomek.arrays import cuda_probe  # noqa: E402
from gpu_smotetomek.cli import health  # noqa: E402
from gpu_smotetomek.cli.app import app  # noqa: E402


def run(capsys, *line):
    with pytest.raises(SystemExit) as exit_info:
        app(list(line))
    return exit_info.value.code, *capsys.readouterr()


def test_report_as_text_and_json(capsys, monkeypatch):
    monkeypatch.setattr(health, "available", lambda: {"kdtree": None, "cuda": "no CuPy; pip install cupy-cuda12x"})
    monkeypatch.setattr(health, "probe_driver", lambda: cuda_probe.CudaDriver(None, [], "no NVIDIA driver found"))
    code, out, err = run(capsys, "doctor")
    assert (code, err) == (0, "")
    assert "numpy " in out
    assert "kdtree   yes\n" in out
    assert "cuda     no CuPy; pip install cupy-cuda12x\n" in out
    assert out.endswith("\n\nCUDA: no NVIDIA driver found\n") or "\n- " in out
    report = json.loads(run(capsys, "doctor", "--json")[1])
    assert report["backends"] == {"kdtree": None, "cuda": "no CuPy; pip install cupy-cuda12x"}
    assert report["cuda"]["driver"] is None
    assert report["versions"]["gpu_smotetomek"]


def test_clashing_packages_are_named_with_the_way_out(monkeypatch):
    found = {"faiss": ["faiss-gpu", "faiss-cpu", "faiss-cpu"], "cupy": ["cupy-cuda12x"]}
    monkeypatch.setattr(health.metadata, "packages_distributions", lambda: found)
    advice = health.examine().advice[0]
    assert advice.startswith(
        "faiss-cpu and faiss-gpu overwrite each other's module 'faiss': pip uninstall -y faiss-cpu faiss-gpu"
    )
    assert health.advise_on_clashes("cupy", health.installed_distributions("cupy")) == []


@pytest.mark.parametrize(("driver", "warns"), [("12.8", True), ("13.0", False), (None, False)])
def test_cupy_for_a_later_cuda_than_the_driver_runs(driver, warns):
    advice = health.advise_on_driver(["cupy-cuda13x"], cuda_probe.CudaDriver(driver, [], ""))
    assert bool(advice) == warns
    assert all(
        f"cupy-cuda13x needs a driver for CUDA 13, and this one runs CUDA {driver} at most" in line for line in advice
    )
    assert health.advise_on_driver(["cupy-cuda12x", "cupy"], cuda_probe.CudaDriver("12.8", [], "")) == []


def test_a_slow_blas_in_faiss_is_explained(monkeypatch):
    optional("faiss")
    pools = [{"filepath": "/x/faiss_cpu.libs/libopenblas.so", "architecture": "Prescott"}]
    monkeypatch.setattr(threadpoolctl, "threadpool_info", lambda: pools)
    advice = health.advise_on_blas()
    assert len(advice) == 1
    assert "takes this processor for a Prescott" in advice[0]
    assert f"OPENBLAS_CORETYPE={health.detect_core_type()} " in advice[0]
    pools[0]["architecture"] = "Zen"
    assert health.advise_on_blas() == []


class FakeDriver:
    """A CUDA driver library with fixed answers."""

    def __init__(self, version, init, devices):
        self.version, self.init, self.devices = version, init, devices

    def cuDriverGetVersion(self, number):  # noqa: N802
        number._obj.value = self.version

    def cuInit(self, _):  # noqa: N802
        return self.init

    def cuDeviceGetCount(self, number):  # noqa: N802
        number._obj.value = len(self.devices)
        return 0

    def cuDeviceGetName(self, name, _, number):  # noqa: N802
        name.value = self.devices[number].encode()


@pytest.mark.parametrize(
    ("driver", "version", "text"),
    [
        (FakeDriver(12040, 0, ["H100"]), "12.4", 'H100; its extra is pip install "gpu_smotetomek[cuda12]"'),
        (FakeDriver(13000, 0, ["A", "B"]), "13.0", 'A, B; its extra is pip install "gpu_smotetomek[cuda13]"'),
        (FakeDriver(11040, 0, ["K80"]), "11.4", "K80; too old for CUDA 12: update it to 525 or later"),
        (FakeDriver(12040, 999, []), "12.4", "but no usable GPU (cuInit gives 999); run nvidia-smi to see why"),
    ],
)  # fmt: skip
def test_probe_of_the_driver(monkeypatch, driver, version, text):
    monkeypatch.setattr(ctypes, "CDLL", lambda _: driver)
    probed = cuda_probe.probe_driver()
    assert (probed.driver, probed.text) == (version, f"driver for CUDA {version}, {text}")
    assert probed.devices == driver.devices


def test_machine_without_driver(monkeypatch):
    def missing(_):
        raise OSError

    monkeypatch.setattr(ctypes, "CDLL", missing)
    assert cuda_probe.probe_driver() == cuda_probe.CudaDriver(
        None, [], "no NVIDIA driver found; work is done on the CPU"
    )
