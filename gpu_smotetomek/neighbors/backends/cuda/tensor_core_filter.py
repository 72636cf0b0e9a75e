"""When `kernels/tensor_core_filter.cu` filters pairs on tensor cores, and the float16 rows that it multiplies."""

from __future__ import annotations

import numpy as np

from gpu_smotetomek.arrays import dispatch
from gpu_smotetomek.kernels import launch
from gpu_smotetomek.kernels.constants import SEARCH_THREADS, STEP_FEATURES
from gpu_smotetomek.neighbors.backends.cuda.layout import PackedTiles
from gpu_smotetomek.typing import Array

MAX_FEATURES = 128  # with more, the queries of a warp no longer fit into its registers
MIN_COMPUTE_CAPABILITY = 80  # the first with these instructions
# Below these sizes boxes skip most tiles, empty lists let many pairs pass, or compiling takes longer than the products. On an
# H200 a search of standard normal rows takes 1.9 times (8 features) to 5 times (128) as long without the filter; on a surface,
# where few tiles remain, it takes 1 ms less.
MIN_FEATURES, MIN_ROWS, MIN_PAIRS = 8, 2**13, 2**30


def is_supported(tiles: PackedTiles) -> bool:
    """Whether the device has the instructions and the kernel the registers."""
    capability = int(dispatch.get_device(tiles.sq_norms).compute_capability)
    return tiles.d <= MAX_FEATURES and capability >= MIN_COMPUTE_CAPABILITY


def saves_time(tiles: PackedTiles, m: int) -> bool:
    """Whether the filter speeds up a search for m queries: there are many pairs, and boxes alone skip few of them."""
    return tiles.d >= MIN_FEATURES and tiles.n >= MIN_ROWS and tiles.n * m >= MIN_PAIRS


def count_steps(d: int) -> int:
    """Steps of STEP_FEATURES features, rounded up."""
    return -(-d // STEP_FEATURES)


def module_name(d: int) -> str:
    """Name of the kernel module for d features."""
    return f"tensor_core_filter:{count_steps(d)}"


def pack_fp16(tiles: PackedTiles, width: int) -> Array:
    """Fragments of FRAGMENT_ROWS rows or QUERIES_PER_WARP queries: float16 in pairs, and one float each, as
    `kernels/fp16_fragments.cu` describes.

    They take 2 d + 4 bytes a row, with d rounded up to a multiple of 16, besides the 4 d + 4 bytes of the tiles.
    """
    xp, words = dispatch.namespace(tiles.sq_norms), width * (STEP_FEATURES * count_steps(tiles.d) // 2 + 1)
    fragments = xp.empty((int(tiles.sq_norms.shape[0]) // width, words), dtype=xp.int32)
    arguments = tiles.packed, tiles.sq_norms, np.int32(width), np.int32(tiles.d), fragments
    launch(module_name(tiles.d), "pack_fp16", (tiles.count,), (SEARCH_THREADS,), *arguments)
    return fragments
