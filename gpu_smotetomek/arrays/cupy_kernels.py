"""Float64 arithmetic in our own kernels, one launch each, where CuPy holds the rows; the bits are those of the host."""

from __future__ import annotations

from typing import NamedTuple

import array_api_compat as compat
import numpy as np

from gpu_smotetomek.arrays.dispatch import is_sparse, namespace
from gpu_smotetomek.kernels import launch
from gpu_smotetomek.kernels.constants import MAX_FLOAT64_K, PAIR_TILE, PROJECT_ROWS, TOPK_QUERIES, TOPK_THREADS
from gpu_smotetomek.typing import Array, NeighborLists

BLOCK_THREADS = 256  # of a block, where the kernel leaves it open
MAX_GRID_Y = 65535  # blocks in a grid's second dimension
MAX_TOPK_ROWS = 2**31 - TOPK_THREADS  # lists count positions in 32 bits
BLOCKS_PER_PROCESSOR = 4  # enough to keep every multiprocessor busy until the end


class ScaledMatrix(NamedTuple):
    """X times two powers of two, as `kernels/float64_distances.cu` declares it."""

    X: Array
    is_float64: np.int32
    d: np.int32
    scale: np.float64
    scale2: np.float64
    ignored: Array | None

    @classmethod
    def describe(cls, X: Array, factors: tuple[float, ...], ignored_features: Array | None) -> ScaledMatrix:
        xp, d, mask = namespace(X), int(X.shape[1]), None
        if ignored_features is not None:
            mask = xp.zeros(d, dtype=xp.uint8)
            mask[ignored_features] = 1
        scale, scale2 = (*factors, 1.0, 1.0)[:2]
        return cls(X, np.int32(X.dtype == np.float64), np.int32(d), np.float64(scale), np.float64(scale2), mask)


def has_kernels(X: Array) -> bool:
    """Whether the functions below take X: a CuPy matrix of float32 or float64, row after row."""
    if is_sparse(X) or not compat.is_cupy_array(X):
        return False
    return X.dtype in (np.float32, np.float64) and bool(X.flags.c_contiguous)


def _int64(rows: Array) -> Array:
    if rows.dtype == np.int64 and rows.flags.c_contiguous:
        return rows
    xp = namespace(rows)
    return xp.ascontiguousarray(xp.astype(rows, xp.int64, copy=False))


def scatter_min_float64(target: Array, rows: Array, values: Array) -> Array:
    """`target` (n,), float64, with the entries `rows` (m,) lowered in place to the smallest of their `values` (m,)."""
    m = int(rows.shape[0])
    launch(
        "float64", "scatter_min", (-(-m // BLOCK_THREADS),), (BLOCK_THREADS,), target, _int64(rows), values, np.int64(m)
    )
    return target


def pair_sq_distances(
    X: Array, first: Array, second: Array, factors: tuple[float, ...], ignored: Array | None
) -> Array:
    """Squared distances (m, w), float64, between rows first (m,) and second (m, w) of X times each of at most two factors.

    Features `ignored` take no part. Differences are squared and summed feature after feature, each product and sum rounded on its
    own: the bits of `distances.sq_distances`.
    """
    m, w = (int(length) for length in second.shape)
    out = namespace(X).empty((m, w), dtype=np.float64)
    arguments = ScaledMatrix.describe(X, factors, ignored), _int64(first), _int64(second), np.int64(m), np.int64(w), out
    launch("float64", "pair_sq_distances", (-(-m * w // BLOCK_THREADS),), (BLOCK_THREADS,), *arguments)
    return out


def tile_sq_distances(
    X: Array, first: Array, second: Array, factors: tuple[float, ...], ignored: Array | None
) -> Array:
    """`pair_sq_distances` between every row of first (m,) and every row of second (n,): (m, n)."""
    m, n = int(first.shape[0]), int(second.shape[0])
    out = namespace(X).empty((m, n), dtype=np.float64)
    grid = -(-n // PAIR_TILE), min(MAX_GRID_Y, -(-m // PAIR_TILE))
    arguments = ScaledMatrix.describe(X, factors, ignored), _int64(first), _int64(second), np.int64(m), np.int64(n), out
    launch("float64", "tile_sq_distances", grid, (PAIR_TILE, PAIR_TILE), *arguments)
    return out


def supports_topk(X: Array, n: int, k: int) -> bool:
    """Whether `rerank` and `topk_by_part` make lists of k among n rows of X."""
    return has_kernels(X) and k <= MAX_FLOAT64_K and n < MAX_TOPK_ROWS


def rerank(
    X: Array, queries: Array, candidates: Array, k: int, factors: tuple[float, ...], ignored: Array | None
) -> NeighborLists:
    """For each query (m,) the first k of its candidates (m, w) by (`pair_sq_distances`, row number): (m, k).

    The query itself is no candidate: it pads lists that are too short, at an infinite squared distance.
    """
    xp, (m, w) = namespace(X), (int(length) for length in candidates.shape)
    lists = NeighborLists(xp.empty((m, k), dtype=xp.float64), xp.empty((m, k), dtype=xp.int64))
    matrix, sizes = ScaledMatrix.describe(X, factors, ignored), (np.int32(w), np.int32(k))
    arguments = matrix, _int64(queries), np.int64(m), _int64(candidates), *sizes, *lists
    launch("float64", "rerank", (-(-32 * m // BLOCK_THREADS),), (BLOCK_THREADS,), *arguments)
    return lists


def count_parts(X: Array, m: int, n: int) -> int:
    """Parts into which n rows are split for m queries: enough to keep the device busy where there are few queries."""
    processors = int(X.device.attributes["MultiProcessorCount"])
    return max(1, min(-(-n // TOPK_THREADS), -(-BLOCKS_PER_PROCESSOR * processors * TOPK_QUERIES // m), MAX_GRID_Y))


def topk_by_part(
    X: Array, queries: Array, rows: Array, k: int, factors: tuple[float, ...], ignored: Array | None
) -> NeighborLists:
    """For each query (m,) the first k of each part of `rows` (n,) by (`pair_sq_distances`, row number): (m, parts · k).

    `rows` are ascending. The query itself is left out. A list that is too short ends in infinite squared distances and the query.
    """
    xp, (m, n) = namespace(X), (int(queries.shape[0]), int(rows.shape[0]))
    rows_per_part = -(-n // (count_parts(X, m, n) * TOPK_THREADS)) * TOPK_THREADS
    parts = -(-n // rows_per_part)
    lists = NeighborLists(xp.empty((m, parts * k), dtype=xp.float64), xp.empty((m, parts * k), dtype=xp.int64))
    sizes = np.int32(n), np.int32(rows_per_part), np.int32(k)
    arguments = ScaledMatrix.describe(X, factors, ignored), _int64(queries), np.int64(m), _int64(rows), *sizes, *lists
    launch("float64", "topk_by_part", (-(-m // TOPK_QUERIES), parts), (TOPK_THREADS,), *arguments)
    return lists


class ProjectionParameters(NamedTuple):
    """How `project` maps rows: minus `centre` (d,), times `units`, onto the first `width` columns of `axes` (d, r).

    Without axes the first `width` features are kept. A row with a coordinate beyond `limit` is outlying.
    """

    centre: Array
    units: tuple[float, ...]
    axes: Array | None
    width: int
    dtype: str
    limit: float


def project(
    X: Array, rows: Array, factors: tuple[float, ...], ignored: Array | None, at: ProjectionParameters
) -> tuple[Array, Array | None, Array]:
    """Coordinates (m, width) of rows (m,) of X times `factors`.

    Also a mask (m,) of the outlying rows, None where there is none, and the norms (m,) of the centred rows before `units`,
    rounded up.
    """
    xp, m = namespace(X), int(rows.shape[0])
    out, norms = xp.empty((m, at.width), dtype=at.dtype), xp.empty(m, dtype=xp.float64)
    outlying, any_outlying = xp.zeros(m, dtype=xp.uint8), xp.zeros(1, dtype=xp.int32)
    units = map(np.float64, (*at.units, 1.0, 1.0)[:2])
    axes = None if at.axes is None else xp.ascontiguousarray(at.axes[:, : at.width])
    inputs = ScaledMatrix.describe(X, factors, ignored), _int64(rows), np.int64(m), at.centre, *units, axes
    sizes = np.int32(at.width), np.float64(at.limit), np.int32(at.dtype == "float32")
    grid = -(-m // PROJECT_ROWS), min(MAX_GRID_Y, -(-at.width // 32))
    launch("float64", "project", grid, (32 * PROJECT_ROWS,), *inputs, *sizes, out, outlying, any_outlying, norms)
    return out, xp.astype(outlying, xp.bool) if int(any_outlying[0]) else None, norms


def interpolate(X: Array, base: Array, neighbor: Array, gap: Array) -> Array:
    """Rows (m, d) of X's dtype between row base (m,) and row neighbor (m,), at gap (m,), float64.

    The difference is rounded to the dtype of X, product and sum to float64, and the value to the dtype of X: imbalanced-learn's
    bits.
    """
    m, d = int(base.shape[0]), int(X.shape[1])
    out = namespace(X).empty((m, d), dtype=X.dtype)
    sizes = np.int32(X.dtype == np.float64), np.int32(d)
    arguments = X, *sizes, _int64(base), _int64(neighbor), gap, np.int64(m), out
    launch("float64", "interpolate", (-(-m * d // BLOCK_THREADS),), (BLOCK_THREADS,), *arguments)
    return out
