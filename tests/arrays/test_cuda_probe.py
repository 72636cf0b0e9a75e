"""What the probe of driver and CuPy says where `cuda` cannot be used, and what to do."""

import sys

import numpy as np
import pytest
from support import fake_cupy
from support.kernel_cases import selector

from gpu_smotetomek.arrays import cuda_probe
from gpu_smotetomek.errors import BackendUnavailable
from gpu_smotetomek.neighbors import available, check_backend
from gpu_smotetomek.neighbors.backends import registry

pytestmark = pytest.mark.usefixtures("compiler", "small_tables_use_bounds")

STATE = fake_cupy.state


def test_without_cupy_the_message_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "cupy", None)
    with pytest.raises(
        BackendUnavailable, match=r"backend='cuda' cannot be used here. .*CuPy is not installed: .*cuda12.*525"
    ):
        check_backend(selector("cuda").ctx, np.ones((2, 2)))
    assert "CuPy is not installed" in available()["cuda"]
    assert "cuda" in registry.BACKENDS


def no_library():
    raise RuntimeError("libnvrtc.so.12 not found")


def probed(driver: str | None, *names: str) -> cuda_probe.CudaDriver:
    return cuda_probe.CudaDriver(
        driver, list(names), f"driver for CUDA {driver}, but no usable GPU; run nvidia-smi to see why"
    )


@pytest.mark.parametrize(
    ("cuda", "version", "available_", "said"),
    [
        (probed("12.4", "H100"), "13.6.0", True, "CuPy 13.6.0 is too old, 14 or later is needed: pip .*install"),
        (probed(None), "14.0", False, "No NVIDIA driver was found, and CuPy has none to work with: on a machine with"),
        (probed("12.4"), "14.0", False, "There is a driver for CUDA 12.4, but no usable GPU; run nvidia-smi"),
        (probed("12.4", "H100"), "14.0", False, "CuPy does not work with this driver: pip"),
        (
            probed("12.4", "H100"),
            "14.0",
            True,
            r"CuPy finds no NVRTC to compile kernels with \(libnvrtc.so.12 not found\): pip",
        ),
    ],
)
def test_messages_say_what_is_missing_and_what_to_do(cupy, monkeypatch, cuda, version, available_, said):
    STATE.available = available_
    monkeypatch.setattr(cupy, "__version__", version)
    monkeypatch.setattr(cuda_probe, "probe_driver", lambda: cuda)
    monkeypatch.setattr(cupy.cuda.nvrtc, "getVersion", no_library)
    with pytest.raises(BackendUnavailable, match=f"backend='cuda' cannot be used here. {said}"):
        check_backend(selector("cuda").ctx, np.ones((2, 2)))
    assert not cuda_probe.is_usable("cuda")
