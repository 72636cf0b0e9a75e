"""Rows of one matrix in scaled units: the float64 distances that decide, and the coordinates that a backend searches.

Scaled units are those of the input times a power of two, so scaling is exact and no squared distance overflows.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar, NamedTuple

import numpy as np

from gpu_smotetomek.arrays import cupy_kernels, dispatch, distances, indexing, matrices, sparse_rows
from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.neighbors.projection import Projection, find_outliers, sample_rows
from gpu_smotetomek.neighbors.protocol import U64
from gpu_smotetomek.neighbors.scale_exponent import scale_exponent
from gpu_smotetomek.neighbors.scaled_csr import ScaledCSR, powers_of_two
from gpu_smotetomek.typing import Array

THREADED_FROM_BLOCKS = 64  # cached blocks from which threads pay: one step on a block is short beside a thread switch
SPARSE_SAMPLE_ROWS = 256  # rows that locate the centre and the unit of rows that stay sparse
NORM_EXPONENT = -100  # norms are computed at this scale: rows far from the origin could overflow when squared


class ProjectedRows(NamedTuple):
    """Coordinates (m, r) of rows, a mask (m,) of outliers or None, and centred norms (m,) or None."""

    coordinates: Array
    outliers: Array | None
    centred_norms: Array | None

    def slice(self, block: slice) -> ProjectedRows:
        """The rows of a block."""
        outliers, norms = (None if part is None else part[block] for part in (self.outliers, self.centred_norms))
        return ProjectedRows(self.coordinates[block, :], outliers, norms)


@dataclass(frozen=True)
class ScaledRows:
    """A matrix with the scale of its distances.

    Attributes
    ----------
    X : array (n, d)
        The caller's rows, of any real dtype, dense or CSR/CSC; never converted as a whole.
    exponent : int
        Scaled units are those of X times 2**exponent.
    projection : Projection
        Maps rows to the coordinates that backends search.
    ignored_features : int64 array, or None
        Features that overflow when they are scaled. Only constant features do, as they are 2⁵²⁴ times as large as the largest
        half range, so they contribute to no distance.
    is_mixed : bool
        Whether some columns are codes of categories: `ScaledMixed`.
    """

    X: Array
    exponent: int
    projection: Projection
    ignored_features: Array | None = None
    is_mixed: ClassVar[bool] = False

    @classmethod
    def from_matrix(cls, X: Array, ctx: ExecutionContext) -> ScaledRows:
        """Find the scale of a matrix and, from a fixed sample of its rows, its projection."""
        if dispatch.is_sparse(X):
            X = sparse_rows.to_canonical_csr(X)
        exponent, n = scale_exponent(X), int(X.shape[0])
        if X.shape[1] == 0:  # rows of a sampler that reads no values
            return cls(X, exponent, Projection(dispatch.asarray_like(np.empty(0), X), 1.0))
        if sparse_rows.is_thin(X):
            return cls._from_thin_matrix(X, exponent)
        rows = dispatch.asarray_like(sample_rows(n, int(X.shape[1]), ctx), X)
        with np.errstate(over="ignore"):
            sample = matrices.float64_columns(X, rows, powers_of_two(exponent))
        return cls._from_sample(X, exponent, sample, n, ctx)

    @classmethod
    def from_sample(cls, sample: Array, exponent: int, n: int, ctx: ExecutionContext) -> ScaledRows:
        """The scale of n rows, of which this is the sample (s, d) of `sample_rows`, for the rows of the sample."""
        every = np.arange(int(sample.shape[0]))
        with np.errstate(over="ignore"):
            columns = matrices.float64_columns(sample, every, powers_of_two(exponent))
        return cls._from_sample(sample, exponent, columns, n, ctx)

    @classmethod
    def _from_sample(cls, X: Array, exponent: int, sample: Array, n: int, ctx: ExecutionContext) -> ScaledRows:
        """The scale of X from the columns (d, s) of a sample of n rows, in scaled units."""
        infinite = indexing.flatnonzero(dispatch.namespace(sample).isinf(sample[:, 0]))
        ignored = infinite if infinite.shape[0] else None
        with ctx.single_threaded_blas():  # threads slow down products this small
            return cls(X, exponent, Projection.from_sample(matrices.zero_features(sample, ignored), n), ignored)

    @classmethod
    def _from_thin_matrix(cls, X: Array, exponent: int) -> ScaledRows:
        """`from_matrix` of sparse rows that stay sparse."""
        n, factors = int(X.shape[0]), powers_of_two(exponent)
        sample = sparse_rows.take_float64_rows(X, np.arange(0, n, max(1, -(-n // SPARSE_SAMPLE_ROWS))), factors)
        ignored = sparse_rows.clear_infinite_features(sample)
        return cls(X, exponent, Projection.from_sparse_sample(sample), ignored)

    def with_matrix(self, X: Array) -> ScaledRows:
        """The same scale and projection for a matrix with the same features."""
        return replace(self, X=X)

    @property
    def d(self) -> int:
        """Number of features."""
        return int(self.X.shape[1])

    @property
    def kernel_scale(self) -> tuple[tuple[float, ...], Array | None]:
        """Factors and ignored features, as the kernels take them."""
        return powers_of_two(self.exponent), self.ignored_features

    @cached_property
    def is_thin(self) -> bool:
        """Whether the rows stay sparse for distances and norms; their bits are those of dense rows."""
        return sparse_rows.is_thin(self.X)

    @cached_property
    def as_csr(self) -> ScaledCSR:
        """The same rows, which are sparse, and stay so."""
        return ScaledCSR(self.X, self.exponent, self.ignored_features)

    @property
    def work_per_pair(self) -> float:
        """Work of a float64 distance, in units of a dense feature."""
        if self.is_thin:
            return sparse_rows.DENSE_FEATURES_PER_ENTRY * sparse_rows.mean_row_entries(self.X)
        return float(self.d)

    # ---- distances ------------------------------------------------------------------------------------------------

    def float64_columns(self, rows: Array) -> Array:
        """Features (d, m) of `rows` in float64, in scaled units."""
        if self.ignored_features is None:
            return matrices.float64_columns(self.X, rows, powers_of_two(self.exponent))
        with np.errstate(over="ignore"):
            columns = matrices.float64_columns(self.X, rows, powers_of_two(self.exponent))
            return matrices.zero_features(columns, self.ignored_features)

    def centred_columns(self, rows: Array) -> Array:
        """Features (d, m) of `rows` in float64, minus the centre, in scaled units."""
        return self.float64_columns(rows) - self.projection.centre[:, None]

    def norms(self, rows: Array, ctx: ExecutionContext) -> Array:
        """Norms (m,) of rows that are not centred, in scaled units, rounded up."""
        xp, factor = dispatch.namespace(rows), 2.0**NORM_EXPONENT
        if cupy_kernels.has_kernels(self.X):
            centre = xp.zeros_like(self.projection.centre)
            parameters = cupy_kernels.ProjectionParameters(centre, (), None, 1, "float64", math.inf)
            factors = powers_of_two(self.exponent + NORM_EXPONENT)
            return cupy_kernels.project(self.X, rows, factors, self.ignored_features, parameters)[2] * (1 / factor)

        if self.is_thin:
            return self.as_csr.norms(rows, NORM_EXPONENT, ctx) * (1 / factor)

        def block_norms(block: slice) -> Array:
            return distances.column_norms(self.float64_columns(rows[block]) * factor)

        parts = ctx.map_rows("norms", block_norms, int(rows.shape[0]), 16.0 * self.d, threaded_from=None)
        if not parts:
            return xp.zeros((0,), dtype=xp.float64, device=dispatch.get_device(rows))
        return xp.concat(parts) * (1 / factor)

    def sq_distances_from(self, queries: Array) -> Callable[[Array], Array]:
        """A function of rows (n,) that returns their squared distances (m, n) from the queries, in scaled units."""
        if cupy_kernels.has_kernels(self.X):
            return lambda rows: cupy_kernels.tile_sq_distances(self.X, queries, rows, *self.kernel_scale)
        if self.is_thin:
            return self.as_csr.sq_distances_from(queries)
        columns = self.float64_columns(queries)[:, :, None]
        return lambda rows: distances.sq_distances(columns, self.float64_columns(rows)[:, None, :])

    def sq_distances(self, first: Array, second: Array, ctx: ExecutionContext) -> Array:
        """Squared distances (m, w) between rows `first` (m,) and `second` (m,) or (m, w), in scaled units."""
        first, second = (rows if len(rows.shape) == 2 else rows[:, None] for rows in (first, second))
        if cupy_kernels.has_kernels(self.X):
            return cupy_kernels.pair_sq_distances(self.X, first[:, 0], second, *self.kernel_scale)
        if self.is_thin:
            return self.as_csr.sq_distances(first[:, 0], second, ctx)
        m, w = second.shape
        xp = dispatch.namespace(second)

        def block_sq_distances(block: slice) -> Array:
            columns = self.float64_columns(first[block, 0])[:, :, None]
            others = self.float64_columns(xp.reshape(second[block, :], (-1,)))
            return distances.sq_distances(columns, xp.reshape(others, (self.d, -1, w)))

        parts = ctx.map_rows(
            "distances", block_sq_distances, m, 16.0 * self.d * (w + 1), threaded_from=THREADED_FROM_BLOCKS
        )
        if not parts:
            return xp.zeros((0, w), dtype=xp.float64, device=dispatch.get_device(second))
        return xp.concat(parts, axis=0)

    # ---- coordinates ----------------------------------------------------------------------------------------------

    def project(self, rows: Array, dtype: str, ctx: ExecutionContext, width: int | None = None) -> ProjectedRows:
        """Coordinates of `rows` in `dtype`, on all axes or on the first `width`.

        Outliers get the coordinates of the centre: no list certifies them, so a later stage settles them in float64. Centred
        norms come along only where they cost nothing.
        """
        norms = None
        if cupy_kernels.has_kernels(self.X):
            values, outliers, norms = self._project_by_kernel(rows, dtype, width)
        else:
            values = self._project_in_blocks(rows, dtype, ctx, width)[:, :width]
            outliers = find_outliers(values, self.projection.outlier_limit(dtype))
        if outliers is not None:
            xp = dispatch.namespace(values)
            zero = xp.zeros((), dtype=values.dtype, device=dispatch.get_device(values))
            values = xp.where(outliers[:, None], zero, values)
        return ProjectedRows(values, outliers, norms)

    def centred_norms(self, rows: Array, ctx: ExecutionContext) -> Array:
        """Norms (m,) of centred rows over all features, in scaled units, rounded up."""

        def block_norms(block: slice) -> Array:
            return distances.column_norms(self.centred_columns(rows[block]))

        parts = ctx.map_rows("norms", block_norms, int(rows.shape[0]), 16.0 * self.d, threaded_from=None)
        return dispatch.namespace(rows).concat(parts) * (1 + 2.0**-40)

    def leading_coordinates(self, rows: Array, ctx: ExecutionContext) -> list[Array]:
        """Coordinates (m,) on each of the widest axes, at most three, in scaled units: no farther apart than the rows are."""
        if self.is_thin:
            return []  # a few features exclude no pair
        width = min(3, self.projection.rank("float64", self.d))
        values = self.project(rows, "float64", ctx, width).coordinates
        xp = dispatch.namespace(values)
        return [xp.asarray(values[:, axis], copy=True) for axis in range(width)]

    @property
    def leading_coordinate_bytes(self) -> float:
        """Temporaries of `leading_coordinates` for one row."""
        if self.is_thin:
            return 0.0
        return 64.0 if cupy_kernels.has_kernels(self.X) else 24.0 * self.d

    @property
    def leading_coordinate_error(self) -> float:
        """Bound on the error of the difference of two leading coordinates; each feature is within 2⁵⁰² of the centre."""
        relative = self.projection.rotation_error(self.d) + self.projection.axes_error(self.d) + 2 * U64
        return 2 * relative * math.sqrt(self.d) * 2.0**502

    def _project_by_kernel(
        self, rows: Array, dtype: str, width: int | None
    ) -> tuple[Array, Array | None, Array | None]:
        projection = self.projection
        parameters = cupy_kernels.ProjectionParameters(
            projection.centre,
            powers_of_two(projection.exponent(dtype)),
            projection.axes_for(dtype),
            width or projection.rank(dtype, self.d),
            dtype,
            projection.outlier_limit(dtype),
        )
        return cupy_kernels.project(self.X, rows, *self.kernel_scale, parameters)

    def _project_in_blocks(self, rows: Array, dtype: str, ctx: ExecutionContext, width: int | None) -> Array:
        exponent, axes = self.projection.exponent(dtype), self.projection.axes_for(dtype)
        axes = axes if axes is None or width is None else axes[:, :width]
        factors, centre = powers_of_two(self.exponent + exponent), self.projection.centre
        with np.errstate(over="ignore"):
            for factor in powers_of_two(exponent):
                centre = centre * factor  # powers of two commute with the subtraction
        xp, n, row_bytes = dispatch.namespace(centre), int(rows.shape[0]), 24.0 * self.d

        def project_block(block: slice) -> Array:
            with np.errstate(over="ignore", invalid="ignore"):  # rows that overflow are outliers
                values = matrices.float64_rows(self.X, rows[block], factors) - centre
                if self.ignored_features is not None:
                    values = matrices.zero_features(values.T, self.ignored_features).T
                return values if axes is None else values @ axes

        if not dispatch.is_numpy_or_sparse(self.X):
            parts = ctx.map_rows("project", project_block, n, row_bytes, threaded_from=None)
            with np.errstate(over="ignore", invalid="ignore"):  # some libraries compute with NumPy
                parts = [xp.astype(part, getattr(xp, dtype)) for part in parts or [project_block(slice(0, 0))]]
            return xp.concat(parts, axis=0)
        out = np.empty((n, self.d if axes is None else axes.shape[1]), dtype)

        def fill(block: slice) -> None:
            with np.errstate(over="ignore", invalid="ignore"):
                out[block] = project_block(block)

        with nullcontext() if axes is None else ctx.single_threaded_blas():
            ctx.map_rows("project", fill, n, row_bytes, threaded_from=THREADED_FROM_BLOCKS)
        return out
