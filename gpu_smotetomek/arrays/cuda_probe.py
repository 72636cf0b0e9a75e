"""Probe the CUDA driver, the GPUs and CuPy, and say what to install or update where they cannot be used."""

from __future__ import annotations

import ctypes
import sys
from dataclasses import dataclass
from importlib import metadata

OLDEST_DRIVER = 525  # the first one for CUDA 12
OLDEST_CUPY = 14


@dataclass(frozen=True)
class CudaDriver:
    """Version and devices that the CUDA driver reports.

    Attributes
    ----------
    driver : str or None
        Highest CUDA version that it supports, such as '12.4'; None without a driver.
    devices : list of str
        Names of the GPUs that this process can see.
    text : str
        Both in one sentence, with the remedy where something is missing.
    """

    driver: str | None
    devices: list[str]
    text: str

    @property
    def extra(self) -> str:
        """The extra of this package whose libraries the driver supports."""
        return "cuda13" if self.driver and float(self.driver) >= 13 else "cuda12"

    @property
    def update_advice(self) -> str | None:
        """The update that a driver without CUDA 12 needs; None for a newer driver."""
        old = self.driver and float(self.driver) < 12
        return f"too old for CUDA 12: update it to {OLDEST_DRIVER} or later" if old else None


def probe_driver() -> CudaDriver:
    """Read version and devices from the driver library, without CuPy."""
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
    extra = f'its extra is pip install "gpu_smotetomek[{cuda.extra}]"'
    text = f"driver for CUDA {version}, {names}; {cuda.update_advice or extra}"
    return CudaDriver(version, cuda.devices, text)


def gpu_name(driver: ctypes.CDLL, number: int) -> str:
    """Return the name of a GPU."""
    name = ctypes.create_string_buffer(128)
    driver.cuDeviceGetName(name, len(name), number)
    return name.value.decode(errors="replace")


def installed_distributions(module: str) -> list[str]:
    """Return the installed distributions that contain `module`, such as faiss-cpu and faiss-gpu for faiss."""
    return sorted(set(metadata.packages_distributions().get(module, [])))


def device_number(device: str) -> int:
    """Return 0 for 'cuda' and N for 'cuda:N'."""
    return int(device.partition(":")[2] or 0)


def is_usable(device: str) -> bool:
    """Whether CuPy works on this device. Without a driver CuPy is not loaded."""
    return device_number(device) < len(probe_driver().devices) and cupy_problem() is None


def explain_unusable(device: str) -> str:
    """Return the driver, CuPy and FAISS versions of a machine on which `device` is not usable, and the remedy."""
    cuda, problem = probe_driver(), cupy_problem()
    names = ", ".join(f"cuda:{i} ({name})" for i, name in enumerate(cuda.devices))
    versions = [
        f"a driver for CUDA {cuda.driver}" if cuda.driver else "no NVIDIA driver",
        names or "no GPU",
        *([f"{name} {metadata.version(name)}" for name in installed_distributions("cupy")] or ["no CuPy"]),
        *([f"{name} {metadata.version(name)}" for name in installed_distributions("faiss")] or ["no FAISS"]),
    ]
    return f"Found: {', '.join(versions)}. {_remedy(device, cuda, problem)}"


def _remedy(device: str, cuda: CudaDriver, problem: str | None) -> str:
    if cuda.driver is None:
        return "Install NVIDIA's driver (nvidia-smi then lists the GPUs), or give device='auto'."
    if not cuda.devices:
        return "Run nvidia-smi, and look at CUDA_VISIBLE_DEVICES, to see why; or give device='auto'."
    if cuda.update_advice:
        return f"The driver is {cuda.update_advice}, or give device='auto'."
    if device_number(device) >= len(cuda.devices):
        return f"Give a number below {len(cuda.devices)}."
    return f"CuPy {problem}: {_install_command(cuda)}"


def _install_command(cuda: CudaDriver) -> str:
    """Return the command that installs the libraries for this driver and removes those that conflict with them."""
    if cuda.driver is None:
        return 'pip install "gpu_smotetomek[cuda12]" (driver 525 or later) or "gpu_smotetomek[cuda13]" (580 or later)'
    conflicting = installed_distributions("cupy") + (
        ["faiss-cpu"] if cuda.extra == "cuda12" and "faiss-cpu" in installed_distributions("faiss") else []
    )
    remove = f"pip uninstall -y {' '.join(conflicting)} && " if conflicting else ""
    return f'{remove}pip install "gpu_smotetomek[{cuda.extra}]"'


def cuda_unavailable_reason() -> str | None:
    """Return None if CuPy can compile and run kernels, else one sentence with the reason and the remedy."""
    problem = cupy_problem()
    if problem is None:
        return None
    cuda = probe_driver()
    if cuda.driver is None:
        return (
            f"No NVIDIA driver was found, and CuPy {problem}: on a machine with an NVIDIA GPU, {_install_command(cuda)}"
        )
    return f"CuPy {problem}: {_install_command(cuda)}" if cuda.devices else f"There is a {cuda.text}"


def cupy_problem() -> str | None:
    """Return why CuPy cannot run kernels, as the rest of a sentence that starts with its name; None if it can."""
    if problem := cupy_import_problem():
        return problem
    import cupy

    if int(cupy.__version__.split(".")[0]) < OLDEST_CUPY:
        return f"{cupy.__version__} is too old, {OLDEST_CUPY} or later is needed"
    if not cupy.cuda.is_available():
        return "does not work with this driver" if probe_driver().driver else "has none to work with"
    try:
        cupy.cuda.nvrtc.getVersion()
    except Exception as error:  # CuPy loads NVRTC at the first call and raises no specific error where it is missing
        return f"finds no NVRTC to compile kernels with ({error})"
    return None


def cupy_import_problem() -> str | None:
    """Return why CuPy cannot be imported, as the rest of a sentence that starts with its name; None if it can."""
    try:
        import cupy
    except ModuleNotFoundError as error:
        return "is not installed" if error.name == "cupy" else f"does not load ({error})"
    except Exception as error:  # a broken installation may raise anything
        return f"does not load ({error})"
    if hasattr(cupy, "cuda"):
        return None
    del sys.modules["cupy"]  # else array-api-compat would look up arrays in it
    return "is an empty folder (of two packages that shared it one was removed)"


def free_memory(device: str) -> int:
    """Return the bytes that CuPy can still allocate on a device: free memory and free pool blocks, within the pool's limit."""
    import cupy

    with cupy.cuda.Device(device_number(device)) as current:
        pool = cupy.get_default_memory_pool()
        free, limit = current.mem_info[0] + pool.free_bytes(), pool.get_limit()
        return int(min(free, limit - pool.used_bytes()) if limit else free)
