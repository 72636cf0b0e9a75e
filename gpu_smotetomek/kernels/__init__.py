"""CUDA C++ kernels, and the one function that launches them; nothing is loaded or compiled before the first launch.

NVRTC, which comes with CuPy, compiles the text for the device in use. CuPy keeps the result in memory for each device and on
disk for the next process. A product is fused with a sum only where the text says fmaf, so the bits are those of the host.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

from gpu_smotetomek.kernels import constants

SOURCES = {
    "kd_order": ("kd_order.cu",),
    "search": ("packed_layout.cu", "tile_scan.cu", "search.cu"),
    "tensor_core_filter": ("packed_layout.cu", "tile_scan.cu", "fp16_fragments.cu", "tensor_core_filter.cu"),
    "float64": ("float64_distances.cu", "float64_topk.cu", "project.cu"),
}
MODULES = ("kd_order", "search", "float64", *(f"tensor_core_filter:{steps}" for steps in range(1, 9)))
OPTIONS = ("--std=c++17", "--fmad=false")


def source(module: str) -> str:
    """Text of one of the `MODULES`, with the shared constants; 'tensor_core_filter:N' takes N steps of STEP_FEATURES features."""
    name, _, steps = module.partition(":")
    sizes = {key: value for key, value in vars(constants).items() if key.isupper()}
    if steps:
        sizes["FEATURE_STEPS"] = int(steps)
    definitions = "".join(f"constexpr int {key} = {value};\n" for key, value in sizes.items())
    return definitions + "".join(files(__name__).joinpath(file).read_text("utf-8") for file in SOURCES[name])


@cache
def _kernel(module: str, name: str, device: int) -> Any:
    import cupy

    del device  # CuPy compiles for the current one
    return cupy.RawModule(code=source(module), options=OPTIONS).get_function(name)


def pack_struct(members: Any) -> np.ndarray[Any, Any]:
    """A named tuple as a C++ struct of the same members, in an array without dimensions: CuPy passes it by value."""
    values = [
        value if isinstance(value, np.generic) else np.uint64(value.data.ptr if value is not None else 0)
        for value in members
    ]
    layout = np.dtype([(name, value.dtype) for name, value in zip(members._fields, values, strict=True)], align=True)
    return np.array(tuple(values), layout)


def launch(module: str, name: str, grid: tuple[int, ...], block: tuple[int, ...], *arguments: Any) -> None:
    """Launch a kernel on CuPy's current device and stream.

    Parameters
    ----------
    module, name : str
    grid, block : tuple of int
        Number of blocks, and of threads in a block, in up to three dimensions; a grid without blocks launches nothing.
    *arguments : CuPy arrays, NumPy scalars of exactly the declared types, None for a null pointer, or named tuples of these
        A named tuple is passed by value, as the C++ struct that has the same members in the same order.
    """
    import cupy

    if all(grid):
        values = [pack_struct(value) if isinstance(value, tuple) else value for value in arguments]
        _kernel(module, name, cupy.cuda.Device().id)(grid, block, tuple(values))
