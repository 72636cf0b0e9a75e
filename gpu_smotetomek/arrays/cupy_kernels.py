"""The float64 arithmetic that decides, in one kernel each where CuPy holds the rows: the bits are those of the host."""

from __future__ import annotations

from typing import NamedTuple

import array_api_compat as compat
import numpy as np

from gpu_smotetomek.arrays.dispatch import is_sparse, namespace
from gpu_smotetomek.kernels import launch
from gpu_smotetomek.typing import Array

THREADS, SIDE = 256, 16  # of a block: SIDE as in kernels/float64_distances.cu
MOST_BLOCKS = 65535  # of a grid's second dimension
ASKED, LONGEST = 8, 32  # as in kernels/float64_topk.cu
MOST_ROWS = 2**31 - THREADS  # that lists count in 32 bits
ROWS = 8  # of a block of `framed`
FULL = 4  # blocks for each multiprocessor that keep a device busy to the end


def has_kernels(X: Array) -> bool:
    """Whether the functions below take X: a CuPy matrix of float32 or float64, row after row."""
    if is_sparse(X) or not compat.is_cupy_array(X):
        return False
    return X.dtype in (np.float32, np.float64) and bool(X.flags.c_contiguous)


def _described(X: Array, factors: tuple[float, ...], flat: Array | None) -> tuple[object, ...]:
    xp, d = namespace(X), int(X.shape[1])
    marks = None
    if flat is not None:
        marks = xp.zeros(d, dtype=xp.uint8)
        marks[flat] = 1
    one, two = (*factors, 1.0, 1.0)[:2]
    return X, np.int32(X.dtype == np.float64), np.int32(d), np.float64(one), np.float64(two), marks


def _int64(rows: Array) -> Array:
    if rows.dtype == np.int64 and rows.flags.c_contiguous:
        return rows
    xp = namespace(rows)
    return xp.ascontiguousarray(xp.astype(rows, xp.int64, copy=False))


def scatter_min_float64(target: Array, rows: Array, values: Array) -> Array:
    """`target` (n,), float64, in place, with each entry lowered to the least of the `values` (m,) whose row it is."""
    m = int(rows.shape[0])
    launch("exact", "lower", (-(-m // THREADS),), (THREADS,), target, _int64(rows), values, np.int64(m))
    return target


def pair_sq_distances(X: Array, first: Array, second: Array, factors: tuple[float, ...], flat: Array | None) -> Array:
    """Squared distances (m, w), float64, between rows first (m,) and second (m, w) of X times each of two factors or fewer.

    Features `flat` take no part. Direct differences, features in order, each product and sum rounded on its own: `squares` of
    `columns`, without the columns.
    """
    m, w = (int(length) for length in second.shape)
    out = namespace(X).empty((m, w), dtype=np.float64)
    sizes = np.int64(m), np.int64(w)
    rows = _int64(first), _int64(second)
    launch(
        "exact", "pair_squares", (-(-m * w // THREADS),), (THREADS,), *_described(X, factors, flat), *rows, *sizes, out
    )
    return out


def tile_sq_distances(X: Array, first: Array, second: Array, factors: tuple[float, ...], flat: Array | None) -> Array:
    """`pair_squares` of every row of first (m,) with every one of second (n,): (m, n)."""
    m, n = int(first.shape[0]), int(second.shape[0])
    out = namespace(X).empty((m, n), dtype=np.float64)
    grid = -(-n // SIDE), min(MOST_BLOCKS, -(-m // SIDE))
    rows, sizes = (_int64(first), _int64(second)), (np.int64(m), np.int64(n))
    launch("exact", "tile_squares", grid, (SIDE, SIDE), *_described(X, factors, flat), *rows, *sizes, out)
    return out


def supports_topk(X: Array, n: int, k: int) -> bool:
    """Whether `first_rows` takes lists of k among n rows of X."""
    return has_kernels(X) and k <= LONGEST and n < MOST_ROWS


def rerank(
    X: Array, queries: Array, listed: Array, k: int, factors: tuple[float, ...], flat: Array | None
) -> tuple[Array, Array]:
    """Of the rows listed (m, w) for each query (m,) the first k by (`pair_squares`, row number): (m, k).

    The query itself stands for nobody, and pads what is too short, at an infinite square.
    """
    xp, (m, w) = namespace(X), (int(length) for length in listed.shape)
    D, found = xp.empty((m, k), dtype=xp.float64), xp.empty((m, k), dtype=xp.int64)
    asked = (*_described(X, factors, flat), _int64(queries), np.int64(m), _int64(listed), np.int32(w), np.int32(k))
    launch("exact", "decided", (-(-32 * m // THREADS),), (THREADS,), *asked, D, found)
    return D, found


def count_parts(X: Array, m: int, n: int) -> int:
    """Parts that n rows are searched in for m queries: where queries are few, enough to fill the device."""
    processors = int(X.device.attributes["MultiProcessorCount"])
    return max(1, min(-(-n // THREADS), -(-FULL * processors * ASKED // m), MOST_BLOCKS))


def topk_by_part(
    X: Array, queries: Array, rows: Array, k: int, factors: tuple[float, ...], flat: Array | None
) -> tuple[Array, Array]:
    """For each query (m,) the first k of each part of `rows` (n,), ascending, by (`tile_squares`, row number): (m, parts · k).

    A query is not among its own; a list that is too short ends in infinite squares and the query.
    """
    xp, (m, n) = namespace(X), (int(queries.shape[0]), int(rows.shape[0]))
    parts = count_parts(X, m, n)
    part = -(-n // (parts * THREADS)) * THREADS
    parts = -(-n // part)
    D, found = xp.empty((m, parts * k), dtype=xp.float64), xp.empty((m, parts * k), dtype=xp.int64)
    sizes = (np.int32(n), np.int32(part), np.int32(k))
    asked = (*_described(X, factors, flat), _int64(queries), np.int64(m), _int64(rows), *sizes, D, found)
    launch("exact", "first_rows", (-(-m // ASKED), parts), (THREADS,), *asked)
    return D, found


class ProjectionParameters(NamedTuple):
    """Where `framed` puts rows: less `centre` (d,), times `units`, on the first `width` columns of `axes` (d, r), or features."""

    centre: Array
    units: tuple[float, ...]
    axes: Array | None
    width: int
    dtype: str
    limit: float


def project(
    X: Array, rows: Array, factors: tuple[float, ...], flat: Array | None, at: ProjectionParameters
) -> tuple[Array, Array | None, Array]:
    """Rows (m,) of X times `factors` in their place, (m, width).

    Also a mask (m,) of those with a value beyond the limit, None where there is none, and norms (m,), rounded up, of the centred
    rows before `units`.
    """
    xp, m = namespace(X), int(rows.shape[0])
    out, norms = xp.empty((m, at.width), dtype=at.dtype), xp.empty(m, dtype=xp.float64)
    far, some = xp.zeros(m, dtype=xp.uint8), xp.zeros(1, dtype=xp.int32)
    units = map(np.float64, (*at.units, 1.0, 1.0)[:2])
    axes = None if at.axes is None else xp.ascontiguousarray(at.axes[:, : at.width])
    asked = (*_described(X, factors, flat), _int64(rows), np.int64(m), at.centre, *units, axes)
    given = np.int32(at.width), np.float64(at.limit), np.int32(at.dtype == "float32"), out, far, some, norms
    grid = -(-m // ROWS), min(MOST_BLOCKS, -(-at.width // 32))
    launch("exact", "framed", grid, (32 * ROWS,), *asked, *given)
    return out, xp.astype(far, xp.bool) if int(some[0]) else None, norms


def interpolate(X: Array, base: Array, neighbor: Array, gap: Array) -> Array:
    """Rows (m, d) of X's dtype on the way from row base (m,) to row neighbor (m,), by gap (m,), float64.

    The difference is rounded to the dtype of X, product and sum to float64, and the value once more: imbalanced-learn's bits.
    """
    m, d = int(base.shape[0]), int(X.shape[1])
    out = namespace(X).empty((m, d), dtype=X.dtype)
    rows = np.int32(d), _int64(base), _int64(neighbor), gap
    grid = (-(-m * d // THREADS),)
    launch("exact", "interpolate", grid, (THREADS,), X, np.int32(X.dtype == np.float64), *rows, np.int64(m), out)
    return out
