"""CUDA C++ kernels and the one way to start them; nothing is loaded or compiled before the first start.

NVRTC, which comes with CuPy, compiles the text for the device at hand; CuPy keeps what it compiled, in memory for each device and
on disk for the next process. No product is fused with a sum unless the text says fmaf: the bits are those of the host.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

SOURCES = {
    "halving": ("kd_order.cu",),
    "search": ("packed_layout.cu", "tile_scan.cu", "search.cu"),
    "tensor": ("packed_layout.cu", "tile_scan.cu", "fp16_fragments.cu", "tensor_core_filter.cu"),
    "exact": ("float64_distances.cu", "float64_topk.cu", "project.cu"),
}
MODULES = ("halving", "search", "exact", *(f"tensor:{steps}" for steps in range(1, 9)))
OPTIONS = ("--std=c++17", "--fmad=false")


def source(module: str) -> str:
    """Text of the kernels of 'halving', 'search', 'exact' or 'tensor:N', those for N times 16 features."""
    name, _, steps = module.partition(":")
    text = "".join(files(__name__).joinpath(file).read_text("utf-8") for file in SOURCES[name])
    return f"#define STEPS {steps}\n{text}" if steps else text


@cache
def _kernel(module: str, name: str, device: int) -> Any:
    import cupy

    del device  # CuPy compiles for the current one
    return cupy.RawModule(code=source(module), options=OPTIONS).get_function(name)


def launch(module: str, name: str, grid: tuple[int, ...], block: tuple[int, ...], *arguments: Any) -> None:
    """Start a kernel on CuPy's current device and stream.

    Parameters
    ----------
    module, name : str
    grid, block : tuple of int
        Blocks, and threads of a block, up to three numbers each; a grid without blocks starts nothing.
    *arguments : CuPy arrays, NumPy scalars of exactly the declared types, or None for a null pointer
    """
    import cupy

    if all(grid):
        _kernel(module, name, cupy.cuda.Device().id)(grid, block, arguments)
