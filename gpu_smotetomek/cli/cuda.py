"""Which CUDA driver the machine has, asked of the driver itself."""

import ctypes
import sys
from dataclasses import dataclass


@dataclass(frozen=True)
class Cuda:
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


def find_cuda() -> Cuda:
    """Ask the driver library for its version and its devices; no other library is needed for that."""
    try:
        driver = ctypes.CDLL("nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1")
    except OSError:
        return Cuda(None, [], "no NVIDIA driver found; work is done on the CPU")
    number, count = ctypes.c_int(), ctypes.c_int()
    driver.cuDriverGetVersion(ctypes.byref(number))
    version = f"{number.value // 1000}.{number.value % 1000 // 10}"
    status = driver.cuInit(0)
    if status or driver.cuDeviceGetCount(ctypes.byref(count)) or not count.value:
        text = f"driver for CUDA {version}, but no usable GPU (cuInit gives {status}); run nvidia-smi to see why"
        return Cuda(version, [], text)
    devices = [name_of(driver, i) for i in range(count.value)]
    extra = "cuda13" if number.value >= 13_000 else "cuda12"
    text = f'driver for CUDA {version}, {", ".join(devices)}; its extra is pip install "gpu_smotetomek[{extra}]"'
    return Cuda(version, devices, text)


def name_of(driver: ctypes.CDLL, number: int) -> str:
    """Name of one GPU."""
    name = ctypes.create_string_buffer(128)
    driver.cuDeviceGetName(name, len(name), number)
    return name.value.decode(errors="replace")
