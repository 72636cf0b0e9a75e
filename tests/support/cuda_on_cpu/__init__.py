"""The text of CUDA C++ kernels, run on the CPU: g++ compiles it with a header that gives every CUDA thread a fiber."""

from __future__ import annotations

import ctypes
import functools
import hashlib
import os
import re
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

HEADER = Path(__file__).with_name("cuda.h")
# -march=native for a fused multiply-add in hardware; the same machine runs it
FLAGS = [
    "-std=c++17",
    "-O2",
    "-U_FORTIFY_SOURCE",
    "-march=native",
    "-ffp-contract=off",
    "-fno-strict-aliasing",
    "-shared",
    "-fPIC",
    "-w",
]
KERNEL = re.compile(r'extern\s+"C"\s+__global__\s+void\s+(?:__launch_bounds__\([^)]*\)\s*)?(\w+)\s*\(')
DTYPES = {"f": np.float32, "d": np.float64, "i": np.int32, "q": np.int64, "b": np.uint8, "u": np.uint64}
MOST_THREADS, MOST_BLOCKS = 1024, (2**31 - 1, 65535, 65535)


class KernelError(RuntimeError):
    """A launch that CUDA forbids, or cannot be trusted to carry out."""


@functools.cache
def compiled(text: str, flags: tuple[str, ...] = ()) -> ctypes.CDLL:
    """The kernels of a text as a shared library, kept in the folder for temporary files.

    Raises
    ------
    FileNotFoundError
        If there is no g++.
    """
    exports = "".join(f"EXPORT_KERNEL({name})\n" for name in KERNEL.findall(text))
    code = f'#include "{HEADER}"\n#line 1 "kernels.cu"\n{text}\n{exports}'
    key = hashlib.sha256("\0".join([code, HEADER.read_text(), *FLAGS, *flags]).encode()).hexdigest()[:16]
    folder = Path(tempfile.gettempdir()) / f"cuda_on_cpu_{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    library = folder / f"{key}.so"
    if not library.exists():
        fresh = folder / f"{key}.{os.getpid()}.so"  # several processes may compile at once
        command = ["g++", *FLAGS, *flags, "-x", "c++", "-", "-o", str(fresh)]
        done = subprocess.run(command, input=code, text=True, capture_output=True, check=False)
        if done.returncode:
            raise KernelError(done.stderr)
        fresh.replace(library)
    return ctypes.CDLL(str(library))


class Kernel:
    """One kernel; it is called as CuPy's are, with NumPy arrays and NumPy scalars of exactly the types it declares."""

    def __init__(self, library: ctypes.CDLL, name: str) -> None:
        self.name = name
        self._launch, parameters = library[f"launch_{name}"], library[f"parameters_of_{name}"]
        self._launch.restype = parameters.restype = ctypes.c_char_p
        self.parameters = parameters().decode()

    def __call__(self, grid: tuple[int, ...], block: tuple[int, ...], arguments: tuple[Any, ...]) -> None:
        if len(arguments) != len(self.parameters):
            raise KernelError(f"{self.name} takes {len(self.parameters)} arguments, not {len(arguments)}")
        grid, block = ((*shape, 1, 1)[:3] for shape in (grid, block))
        if not all(1 <= size <= most for size, most in zip(grid, MOST_BLOCKS, strict=True)):
            raise KernelError(f"{self.name}: a grid of {grid} blocks")
        if not 1 <= np.prod(block) <= MOST_THREADS:
            raise KernelError(f"{self.name}: a block of {block} threads")
        kept = [self._checked(*pair) for pair in enumerate(arguments)]
        values = (ctypes.c_void_p * len(kept))(*(value.ctypes.data for value in kept))
        broken = self._launch(values, (ctypes.c_uint * 3)(*grid), (ctypes.c_uint * 3)(*block))
        if broken:
            raise KernelError(f"{self.name}, {broken.decode()}")

    def _checked(self, place: int, value: Any) -> np.ndarray:
        """The argument as an array that holds it, or its address."""
        letter = self.parameters[place]
        what = f"argument {place} of {self.name}"
        if letter.islower():
            if type(value) is not DTYPES[letter]:
                raise KernelError(f"{what} is {type(value).__name__}, not {DTYPES[letter].__name__}")
            return np.array([value])
        if isinstance(value, np.ndarray):
            if letter != "P" and value.dtype != DTYPES[letter.lower()]:
                raise KernelError(f"{what} points to {value.dtype}, not {np.dtype(DTYPES[letter.lower()])}")
            if not value.flags.c_contiguous:
                raise KernelError(f"{what} is not contiguous")
            return np.array([value.ctypes.data], np.uint64)
        if value is not None:
            raise KernelError(f"{what} is {type(value).__name__}, not an array")
        return np.zeros(1, np.uint64)


def kernel(text: str, name: str, flags: tuple[str, ...] = ()) -> Kernel:
    """The kernel `name` of a text.

    Raises
    ------
    KeyError
        If the text has none of that name.
    """
    if name not in KERNEL.findall(text):
        raise KeyError(name)
    return Kernel(compiled(text, flags), name)
