"""Which CUDA driver, GPUs and CuPy the machine has, why they cannot be used, and the way there."""

from __future__ import annotations

import ctypes
import sys
from contextlib import AbstractContextManager
from dataclasses import dataclass
from importlib import metadata
from typing import Any

import numpy as np

from gpu_smotetomek.typing import Array

OLDEST_DRIVER = 525
"""The first driver for CUDA 12."""
OLDEST_CUPY = 14


@dataclass(frozen=True)
class CudaDriver:
    """What the driver says.

    Attributes
    ----------
    driver : str or None
        Highest CUDA version that it runs, such as '12.4'; None without a driver.
    devices : list of str
        Names of the GPUs that it lets this process see.
    text : str
        The same in a sentence, with what to do.
    """

    driver: str | None
    devices: list[str]
    text: str

    @property
    def extra(self) -> str:
        """The extra of this package whose libraries the driver runs."""
        return "cuda13" if self.driver and float(self.driver) >= 13 else "cuda12"

    @property
    def update_advice(self) -> str | None:
        """What to do where the driver runs no CUDA that our CuPys are made for; None elsewhere."""
        old = self.driver and float(self.driver) < 12
        return f"too old for CUDA 12: update it to {OLDEST_DRIVER} or later" if old else None


def probe_driver() -> CudaDriver:
    """Ask the driver library for its version and its devices; no other library is needed for that."""
    try:
        driver = ctypes.CDLL("nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1")
    except OSError:
        return CudaDriver(None, [], "no NVIDIA driver found; work is done on the CPU")
    number, count = ctypes.c_int(), ctypes.c_int()
    driver.cuDriverGetVersion(ctypes.byref(number))
    version = f"{number.value // 1000}.{number.value % 1000 // 10}"
    status = driver.cuInit(0)
    if status or driver.cuDeviceGetCount(ctypes.byref(count)) or not count.value:
        text = f"driver for CUDA {version}, but no usable GPU (cuInit gives {status}); run nvidia-smi to see why"
        return CudaDriver(version, [], text)
    cuda = CudaDriver(version, [gpu_name(driver, i) for i in range(count.value)], "")
    names = ", ".join(cuda.devices)
    way = f'its extra is pip install "gpu_smotetomek[{cuda.extra}]"'
    text = f"driver for CUDA {version}, {names}; {cuda.update_advice or way}"
    return CudaDriver(version, cuda.devices, text)


def gpu_name(driver: ctypes.CDLL, number: int) -> str:
    """Name of one GPU."""
    name = ctypes.create_string_buffer(128)
    driver.cuDeviceGetName(name, len(name), number)
    return name.value.decode(errors="replace")


def installed_distributions(module: str) -> list[str]:
    """Distributions that bring `module` along, such as faiss-cpu and faiss-gpu for faiss."""
    return sorted(set(metadata.packages_distributions().get(module, [])))


def device_number(device: str) -> int:
    """0 of 'cuda', N of 'cuda:N'."""
    return int(device.partition(":")[2] or 0)


def is_usable(device: str) -> bool:
    """Whether CuPy works on this device here. Without a driver CuPy is not even loaded."""
    return device_number(device) < len(probe_driver().devices) and cupy_problem() is None


def explain_unusable(device: str) -> str:
    """What was found of driver, CuPy and FAISS where `device` is not usable, and what to do."""
    cuda, fails = probe_driver(), cupy_problem()
    names = ", ".join(f"cuda:{i} ({name})" for i, name in enumerate(cuda.devices))
    found = [
        f"a driver for CUDA {cuda.driver}" if cuda.driver else "no NVIDIA driver",
        names or "no GPU",
        *([f"{name} {metadata.version(name)}" for name in installed_distributions("cupy")] or ["no CuPy"]),
        *([f"{name} {metadata.version(name)}" for name in installed_distributions("faiss")] or ["no FAISS"]),
    ]
    return f"Found: {', '.join(found)}. {_remedy(device, cuda, fails)}"


def _remedy(device: str, cuda: CudaDriver, fails: str | None) -> str:
    if cuda.driver is None:
        return "Install NVIDIA's driver (nvidia-smi then lists the GPUs), or give device='auto'."
    if not cuda.devices:
        return "Run nvidia-smi, and look at CUDA_VISIBLE_DEVICES, to see why; or give device='auto'."
    if cuda.update_advice:
        return f"The driver is {cuda.update_advice}, or give device='auto'."
    if device_number(device) >= len(cuda.devices):
        return f"Give a number below {len(cuda.devices)}."
    return f"CuPy {fails}: {_install_command(cuda)}"


def _install_command(cuda: CudaDriver) -> str:
    """The command that gives this driver what it needs, and takes away what clashes with it."""
    if cuda.driver is None:
        return 'pip install "gpu_smotetomek[cuda12]" (driver 525 or later) or "gpu_smotetomek[cuda13]" (580 or later)'
    wrong = installed_distributions("cupy") + (
        ["faiss-cpu"] if cuda.extra == "cuda12" and "faiss-cpu" in installed_distributions("faiss") else []
    )
    remove = f"pip uninstall -y {' '.join(wrong)} && " if wrong else ""
    return f'{remove}pip install "gpu_smotetomek[{cuda.extra}]"'


def cuda_unavailable_reason() -> str | None:
    """None where CuPy can compile and run kernels here, else what was found and what to do, in one sentence."""
    fails = cupy_problem()
    if fails is None:
        return None
    cuda = probe_driver()
    if cuda.driver is None:
        return (
            f"No NVIDIA driver was found, and CuPy {fails}: on a machine with an NVIDIA GPU, {_install_command(cuda)}"
        )
    return f"CuPy {fails}: {_install_command(cuda)}" if cuda.devices else f"There is a {cuda.text}"


def cupy_problem() -> str | None:
    """How CuPy fails, as the rest of a sentence that its name begins; None where it compiles and runs kernels."""
    if fails := cupy_import_problem():
        return fails
    import cupy

    if int(cupy.__version__.split(".")[0]) < OLDEST_CUPY:
        return f"{cupy.__version__} is too old, {OLDEST_CUPY} or later is needed"
    if not cupy.cuda.is_available():
        return "does not work with this driver" if probe_driver().driver else "has none to work with"
    try:
        cupy.cuda.nvrtc.getVersion()
    except Exception as error:  # the library is looked for at the first call, and its absence has no class of its own
        return f"finds no NVRTC to compile kernels with ({error})"
    return None


def cupy_import_problem() -> str | None:
    """Why CuPy cannot be imported, as the rest of a sentence; None where it can."""
    try:
        import cupy
    except ModuleNotFoundError as error:
        return "is not installed" if error.name == "cupy" else f"does not load ({error})"
    except Exception as error:  # of a broken installation, anything
        return f"does not load ({error})"
    if hasattr(cupy, "cuda"):
        return None
    del sys.modules["cupy"]  # or array-api-compat would ask it for its arrays
    return "is an empty folder (of two packages that shared it one was removed)"


def cuda_device(name: str) -> AbstractContextManager[Any]:
    """CuPy's current device is the one of this name, inside."""
    import cupy

    return cupy.cuda.Device(device_number(name))  # type: ignore[no-any-return]


def free_memory(name: str) -> int:
    """Bytes that CuPy may still take on the device of this name: what is free there and in its pool, within the pool's limit."""
    import cupy

    with cuda_device(name) as here:
        pool = cupy.get_default_memory_pool()
        free, limit = here.mem_info[0] + pool.free_bytes(), pool.get_limit()
        return int(min(free, limit - pool.used_bytes()) if limit else free)


def to_cuda(X: np.ndarray[Any, Any], name: str) -> Array:
    """A copy of a NumPy array on the CUDA device of this name."""
    import cupy

    with cuda_device(name):
        return cupy.asarray(X)
