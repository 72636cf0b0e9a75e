"""The filter of `kernels/tensor_core_filter.cu`: where tensor cores look at all pairs first, and the halves that they multiply."""

from __future__ import annotations

import numpy as np

from gpu_smotetomek.arrays import dispatch
from gpu_smotetomek.kernels import launch
from gpu_smotetomek.neighbors.backends.cuda.layout import Tiles
from gpu_smotetomek.typing import Array

WIDTH, STEP = 8, 16  # rows of a fragment, features of a step: as in kernels/fp16_fragments.cu
MOST_FEATURES = 128  # beyond it the halves of a warp's queries fill its registers
OLDEST = 80  # compute capability: the first with these instructions
# Below, tiles are skipped by boxes, empty lists let much pass, or the compiler takes longer than products. On an H200 a search of
# standard normal rows takes 1.9 (8 features) to 5 times (128) as long without; on a surface, where few tiles are left, a ms less.
LEAST_FEATURES, LEAST_ROWS, LEAST_PAIRS = 8, 2**13, 2**30
THREADS = 256


def able(tiles: Tiles) -> bool:
    """Whether the device has the instructions, and the kernel the registers."""
    capability = int(dispatch.get_device(tiles.norms).compute_capability)
    return tiles.d <= MOST_FEATURES and capability >= OLDEST


def pays(tiles: Tiles, m: int) -> bool:
    """Whether m queries are searched sooner with it: the pairs are many, and few of them by boxes alone."""
    return tiles.d >= LEAST_FEATURES and tiles.n >= LEAST_ROWS and tiles.n * m >= LEAST_PAIRS


def steps(d: int) -> int:
    """Sixteens of features."""
    return -(-d // STEP)


def module(d: int) -> str:
    """Name of the kernels for d features."""
    return f"tensor:{steps(d)}"


def halves(tiles: Tiles, width: int) -> Array:
    """Rows (WIDTH a fragment) or queries (twice as many) as halves, two in a word, and a float each: see kernels/fp16_fragments.cu.

    They take 2 d + 4 bytes a row, d rounded up to a multiple of 16, beside the 4 d + 4 of the tiles.
    """
    xp, words = dispatch.namespace(tiles.norms), width * (STEP * steps(tiles.d) // 2 + 1)
    fragments = xp.empty((int(tiles.norms.shape[0]) // width, words), dtype=xp.int32)
    rows = tiles.packed, tiles.norms, np.int32(width), np.int32(tiles.d)
    launch(module(tiles.d), "halves", (tiles.count,), (THREADS,), *rows, fragments)
    return fragments
