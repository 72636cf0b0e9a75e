"""Rows of one matrix and the scale of their distances: the float64 columns that decide."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from gpu_smotetomek.arrays import cupy_kernels, dispatch, distances, indexing, matrices
from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.neighbors.projection import MAX_SAMPLE_ROWS, Projection
from gpu_smotetomek.neighbors.protocol import U64
from gpu_smotetomek.typing import Array

MIN_SAMPLE_ROWS = 64  # rows of a sample that says where the middle is, whatever the budget
THREADED_FROM_BLOCKS = (
    64  # blocks in the cache that are worth a second thread: each step in them is short beside a change of threads
)


def powers_of_two(exponent: int) -> tuple[float, ...]:
    """2**exponent as factors that are float64 numbers: 2.0**1030 is none."""
    if -1000 <= exponent <= 1000:
        return (2.0**exponent,) if exponent else ()
    half = exponent // 2
    return powers_of_two(half) + powers_of_two(exponent - half)


def scale_exponent(X: Array) -> int:
    """The exponent e by whose power of two X is scaled before any distance: 500 less that of the largest half range.

    Scaled by it, no square of a difference overflows, and none that is within 2⁻⁹⁸⁵ of the largest vanishes.

    Examples
    --------
    >>> import numpy as np
    >>> exponent_of(np.array([[0.0], [3.0]]))
    499
    """
    half = matrices.max_half_range(X)
    return 500 - int(np.frexp(half)[1]) if half else 0


@dataclass(frozen=True)
class ScaledRows:
    """A matrix with the scale of its distances.

    Attributes
    ----------
    X : array (n, d)
        The caller's rows, any real dtype, dense or CSR/CSC; never converted whole.
    exponent : int
        Distances are those of the rows times 2**exponent ("scaled units").
    frame : Frame
        Where candidates stand.
    flat : int64 array, or None
        Features that overflow when they are scaled. Only constant ones do, being 2⁵²⁴ times as large as the largest half range,
        so they take no part.
    """

    X: Array
    work: ExecutionContext
    exponent: int
    projection: Projection
    ignored_features: Array | None = None

    @classmethod
    def from_matrix(cls, X: Array, work: ExecutionContext) -> ScaledRows:
        exponent, n = scale_exponent(X), int(X.shape[0])
        room = int(work.memory_limit // (96 * X.shape[1]))  # a wide sparse row is large when it is dense
        most = max(MIN_SAMPLE_ROWS, min(MAX_SAMPLE_ROWS, room))
        rows = dispatch.asarray_like(np.arange(0, n, max(1, -(-n // most))), X)
        with np.errstate(over="ignore"):
            sample = matrices.float64_columns(X, rows, powers_of_two(exponent))
        infinite = indexing.flatnonzero(dispatch.namespace(sample).isinf(sample[:, 0]))
        flat = infinite if infinite.shape[0] else None
        with work.single_threaded_blas():  # products this small lose by threads
            return cls(X, work, exponent, Projection.from_sample(matrices.zero_features(sample, flat), n), flat)

    def with_matrix(self, X: Array) -> ScaledRows:
        """The same scale over more rows: those of `self` followed by new ones."""
        return replace(self, X=X)

    @property
    def d(self) -> int:
        return int(self.X.shape[1])

    @property
    def scale(self) -> tuple[tuple[float, ...], Array | None]:
        """What kernels need for scaled units: factors, and features that take no part."""
        return powers_of_two(self.exponent), self.ignored_features

    def columns(self, rows: Array) -> Array:
        """Float64 columns (d, m) of `rows`, in scaled units."""
        if self.ignored_features is None:
            return matrices.float64_columns(self.X, rows, powers_of_two(self.exponent))
        with np.errstate(over="ignore"):
            return matrices.zero_features(
                matrices.float64_columns(self.X, rows, powers_of_two(self.exponent)), self.ignored_features
            )

    def norms(self, rows: Array) -> Array:
        """Norms (m,) of rows that are not centred, in scaled units, rounded up."""
        xp = dispatch.namespace(rows)
        scale = 2.0**-100  # rows far from the origin beside their spread: the square of such a norm may be no float64
        if cupy_kernels.has_kernels(self.X):
            origin = cupy_kernels.ProjectionParameters(
                xp.zeros_like(self.projection.centre), (), None, 1, "float64", math.inf
            )
            return cupy_kernels.project(
                self.X, rows, powers_of_two(self.exponent - 100), self.ignored_features, origin
            )[2] * (1 / scale)
        blocks = self.work.blocks(int(rows.shape[0]), self.work.rows_in_cache(16.0 * self.d))
        parts = self.work.map_blocks(
            "norms", lambda block: distances.column_norms(self.columns(rows[block]) * scale), blocks, threaded=False
        )
        return (
            xp.concat(parts) * (1 / scale)
            if parts
            else xp.zeros((0,), dtype=xp.float64, device=dispatch.get_device(rows))
        )

    def sq_distances_from(self, queries: Array) -> Callable[[Array], Array]:
        """A function that gives, for rows (n,), their squared distances (m, n) from the queries, in scaled units."""
        if cupy_kernels.has_kernels(self.X):
            return lambda rows: cupy_kernels.tile_sq_distances(self.X, queries, rows, *self.scale)
        near = self.columns(queries)[:, :, None]
        return lambda rows: distances.sq_distances(near, self.columns(rows)[:, None, :])

    def sq_distances(self, first: Array, second: Array) -> Array:
        """Squared distances, in scaled units, between `first` (m,) and `second` (m,) or (m, w), row numbers."""
        first, second = (rows if len(rows.shape) == 2 else rows[:, None] for rows in (first, second))
        if cupy_kernels.has_kernels(self.X):
            return cupy_kernels.pair_sq_distances(self.X, first[:, 0], second, *self.scale)
        m, w = second.shape
        xp = dispatch.namespace(second)
        blocks = self.work.blocks(m, self.work.rows_in_cache(16.0 * self.d * (w + 1)))

        def decide(block: slice) -> Array:
            near = self.columns(first[block, 0])[:, :, None]
            far = self.columns(xp.reshape(second[block, :], (-1,)))
            return distances.sq_distances(near, xp.reshape(far, (self.d, -1, w)))

        parts = self.work.map_blocks("distances", decide, blocks, threaded=len(blocks) >= THREADED_FROM_BLOCKS)
        return (
            xp.concat(parts, axis=0)
            if parts
            else xp.zeros((0, w), dtype=xp.float64, device=dispatch.get_device(second))
        )

    @cached_property
    def axes(self) -> Array:
        """Those of the frame, beside X."""
        assert self.projection.axes is not None
        return dispatch.asarray_like(self.projection.axes, self.projection.centre)


Projected = tuple[Array, Array | None, Array | None]  # values (m, r), outlying (m,), deviations (m,)


def project(space: ScaledRows, rows: Array, dtype: str, width: int | None = None) -> Projected:
    """Rows (m, r) in the frame of the candidates, in `dtype`, and a mask of the outlying ones (None: no row is).

    Outlying rows stand at the centre here: they take the float64 road. Besides `deviations`, where they cost nothing. Of
    `width` axes, if only so many are wanted.
    """
    norms = None
    if cupy_kernels.has_kernels(space.X):
        values, far, norms = _project_by_kernel(space, rows, dtype, width or space.projection.rank(dtype, space.d))
    else:
        values = _project_in_blocks(space, rows, dtype)[:, :width]
        far = find_outliers(values, space.projection.outlier_limit(dtype))
    if far is not None:
        zero = dispatch.namespace(values).zeros((), dtype=values.dtype, device=dispatch.get_device(values))
        values = dispatch.namespace(values).where(far[:, None], zero, values)
    return values, far, norms


def find_outliers(values: Array, limit: float) -> Array | None:
    """Mask (m,) of the rows (m, r) with a value beyond the limit; None where there is none."""
    xp = dispatch.namespace(values)
    if not math.prod(values.shape) or max(float(xp.max(values)), -float(xp.min(values))) <= limit:
        return None
    return ~(xp.max(xp.abs(values), axis=1) <= limit)  # of an overflow too, whose coordinates may be NaN


def centred_norms(space: ScaledRows, rows: Array) -> Array:
    """Norms (m,) of centred rows, all features counted, in scaled units, rounded up."""
    centre, work = space.projection.centre[:, None], space.work
    blocks = work.blocks(int(rows.shape[0]), work.rows_in_cache(16.0 * space.d))
    parts = work.map_blocks(
        "norms", lambda block: distances.column_norms(space.columns(rows[block]) - centre), blocks, threaded=False
    )
    return dispatch.namespace(rows).concat(parts) * (1 + 2.0**-40)


def leading_coordinates(space: ScaledRows, rows: Array) -> list[Array]:
    """Coordinates (m,) on each of the widest axes, three at most, in scaled units: no further apart than the rows."""
    width = min(3, space.projection.rank("float64", space.d))
    values, *_ = project(space, rows, "float64", width)
    xp = dispatch.namespace(values)
    return [xp.asarray(values[:, axis], copy=True) for axis in range(width)]


def bytes_of_coordinates(space: ScaledRows) -> float:
    """Of work space, for one row."""
    return 64.0 if cupy_kernels.has_kernels(space.X) else 24.0 * space.d


def coordinate_error(space: ScaledRows) -> float:
    """What the difference of two coordinates may err by: a row is at most 2⁵⁰² from the centre in each feature."""
    relative = space.projection.rotation_error(space.d) + space.projection.axes_error(space.d) + 2 * U64
    return 2 * relative * math.sqrt(space.d) * 2.0**502


def _project_by_kernel(space: ScaledRows, rows: Array, dtype: str, width: int) -> Projected:
    frame, axes = space.projection, None if space.projection.axes_for(dtype) is None else space.axes
    where = cupy_kernels.ProjectionParameters(
        frame.centre, powers_of_two(frame.exponent(dtype)), axes, width, dtype, frame.outlier_limit(dtype)
    )
    return cupy_kernels.project(space.X, rows, *space.scale, where)


def _project_in_blocks(space: ScaledRows, rows: Array, dtype: str) -> Array:
    work, exponent = space.work, space.projection.exponent(dtype)
    axes = None if space.projection.axes_for(dtype) is None else space.axes
    factors, shift = powers_of_two(space.exponent + exponent), space.projection.centre
    with np.errstate(over="ignore"):
        for factor in powers_of_two(exponent):
            shift = shift * factor  # powers of two commute with the subtraction
    xp = dispatch.namespace(shift)

    def framed(block: slice) -> Array:
        values = matrices.float64_rows(space.X, rows[block], factors) - shift
        if space.ignored_features is not None:
            values = matrices.zero_features(values.T, space.ignored_features).T
        return values if axes is None else values @ axes

    blocks = work.blocks(int(rows.shape[0]), work.rows_in_cache(24.0 * space.d))
    if not dispatch.is_numpy_or_sparse(space.X):
        with np.errstate(over="ignore", invalid="ignore"):  # some libraries are NumPy inside
            parts = work.map_blocks("project", framed, blocks or [slice(0, 0)], threaded=False)
            return xp.concat([xp.astype(part, getattr(xp, dtype)) for part in parts], axis=0)
    out = np.empty((len(rows), space.d if axes is None else axes.shape[1]), dtype)

    def fill(block: slice) -> None:
        with np.errstate(over="ignore", invalid="ignore"):  # what overflows is outlying
            out[block] = framed(block)

    with nullcontext() if axes is None else work.single_threaded_blas():
        work.map_blocks("project", fill, blocks, threaded=len(blocks) >= THREADED_FROM_BLOCKS)
    return out
