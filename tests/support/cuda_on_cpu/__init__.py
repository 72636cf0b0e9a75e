"""Runs the text of CUDA C++ kernels on the CPU: g++ compiles it with a header that gives every CUDA thread a fiber.

It shows the bits that a kernel computes, arguments that do not match their declarations, and the broken rules that `cuda.h`
lists. It cannot show races, speed, or what a real compiler makes of the text.
"""

from __future__ import annotations

import ctypes
import functools
import hashlib
import os
import re
import subprocess
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

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
STRUCT = re.compile(r"struct (\w+) \{([^{}]*)\};")
DTYPES = {"f": np.float32, "d": np.float64, "i": np.int32, "q": np.int64, "b": np.uint8, "u": np.uint64}
MAX_THREADS, MAX_BLOCKS = 1024, (2**31 - 1, 65535, 65535)


class KernelError(RuntimeError):
    """A launch that CUDA forbids or cannot carry out correctly."""


class Struct(NamedTuple):
    """A struct that is passed by value: its bytes, and the arrays to which its addresses point."""

    memory: np.ndarray
    arrays: dict[str, np.ndarray | None]

    @classmethod
    def of(cls, **members: Any) -> Struct:
        """A struct of NumPy arrays, None for a null pointer, and NumPy scalars, laid out as C++ does it."""
        arrays = {name: value for name, value in members.items() if not isinstance(value, np.generic)}
        addresses = {name: np.uint64(0 if value is None else value.ctypes.data) for name, value in arrays.items()}
        values = members | addresses
        layout = np.dtype([(name, value.dtype) for name, value in values.items()], align=True)
        return cls(np.array(tuple(values.values()), layout), arrays)


def describe_structs(text: str) -> str:
    """C++ that describes each struct that a kernel of the text takes by value."""
    code, described = re.sub("//.*", "", text), ""
    for name, body in STRUCT.findall(code):
        if re.search(rf"[(,]\s*const __grid_constant__ {name} \w+\s*[,)]", code):
            members = " ".join(f"MEMBER({member})" for member in re.findall(r"(\w+)\s*[,;]", body))
            described += f"DESCRIBE_STRUCT({name}, {members})\n"
    return described


@functools.cache
def compile_kernels(text: str, flags: tuple[str, ...] = ()) -> ctypes.CDLL:
    """The kernels of a text as a shared library, which stays in the folder for temporary files.

    Raises
    ------
    FileNotFoundError
        If there is no g++.
    """
    exports = describe_structs(text) + "".join(f"EXPORT_KERNEL({name})\n" for name in KERNEL.findall(text))
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
    """One kernel, called as CuPy's are: with NumPy arrays, structs, and NumPy scalars of exactly the declared types."""

    def __init__(self, library: ctypes.CDLL, name: str) -> None:
        self.name = name
        self._launch, parameters = library[f"launch_{name}"], library[f"parameters_of_{name}"]
        self._launch.restype = parameters.restype = ctypes.c_char_p
        self.parameters = parameters().decode().splitlines()

    def __call__(self, grid: tuple[int, ...], block: tuple[int, ...], arguments: tuple[Any, ...]) -> None:
        if len(arguments) != len(self.parameters):
            raise KernelError(f"{self.name} takes {len(self.parameters)} arguments, not {len(arguments)}")
        grid, block = ((*shape, 1, 1)[:3] for shape in (grid, block))
        if not all(1 <= size <= most for size, most in zip(grid, MAX_BLOCKS, strict=True)):
            raise KernelError(f"{self.name}: a grid of {grid} blocks")
        if not 1 <= np.prod(block) <= MAX_THREADS:
            raise KernelError(f"{self.name}: a block of {block} threads")
        what = (f"argument {number} of {self.name}" for number in range(len(arguments)))
        checked = [check_argument(*triple) for triple in zip(what, self.parameters, arguments, strict=True)]
        values = (ctypes.c_void_p * len(checked))(*(value.ctypes.data for value in checked))
        broken = self._launch(values, (ctypes.c_uint * 3)(*grid), (ctypes.c_uint * 3)(*block))
        if broken:
            raise KernelError(f"{self.name}, {broken.decode()}")


def check_argument(what: str, parameter: str, value: Any) -> np.ndarray:
    """An array that holds the argument's value, or the address of an array."""
    if parameter.startswith("{"):
        return check_struct(what, parameter.strip("{}"), value)
    if parameter.islower():
        if type(value) is not DTYPES[parameter]:
            raise KernelError(f"{what} is {type(value).__name__}, not {DTYPES[parameter].__name__}")
        return np.array([value])
    if isinstance(value, np.ndarray):
        if parameter != "P" and value.dtype != DTYPES[parameter.lower()]:
            raise KernelError(f"{what} points to {value.dtype}, not {np.dtype(DTYPES[parameter.lower()])}")
        if not value.flags.c_contiguous:
            raise KernelError(f"{what} is not contiguous")
        return np.array([value.ctypes.data], np.uint64)
    if value is not None:
        raise KernelError(f"{what} is {type(value).__name__}, not an array")
    return np.zeros(1, np.uint64)


def check_struct(what: str, declaration: str, value: Any) -> np.ndarray:
    """The bytes of a struct, after a comparison of every member with its declaration."""
    if not isinstance(value, Struct):
        raise KernelError(f"{what} is {type(value).__name__}, not a struct")
    size, *members = declaration.split()
    layout, letters = value.memory.dtype, {}
    for name, letter, _ in (member.split(":") for member in members):
        letters[name] = letter
    passed = [f"{name}:{letters.get(name)}:{layout.fields[name][1]}" for name in layout.names]
    if passed != members or layout.itemsize != int(size):
        raise KernelError(f"{what} has {layout.itemsize} bytes with {passed}, not {size} bytes with {members}")
    for name, letter in letters.items():
        member = value.memory[()][name]
        held = check_argument(f"member {name} of {what}", letter, value.arrays[name] if letter.isupper() else member)
        if held.dtype != member.dtype or held != member:
            raise KernelError(f"member {name} of {what} is {member!r}, not {held[0]!r}")
    return value.memory


def kernel(text: str, name: str, flags: tuple[str, ...] = ()) -> Kernel:
    """The kernel `name` of a text.

    Raises
    ------
    KeyError
        If the text has no such kernel.
    """
    if name not in KERNEL.findall(text):
        raise KeyError(name)
    return Kernel(compile_kernels(text, flags), name)
