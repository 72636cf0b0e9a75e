"""Rows of numbers and categories in scaled units: each category that differs adds a constant to the squared distance.

Categories are codes in the last columns of the matrix. No category has a column of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar

from gpu_smotetomek.arrays import categories, dispatch, indexing
from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.neighbors.protocol import U64
from gpu_smotetomek.neighbors.scaled_rows import ProjectedRows, ScaledRows
from gpu_smotetomek.typing import Array

CODE_UNIT = 2.0**-100  # codes beside coordinates of a backend are multiplied by it, so that they add nothing to a norm
MAX_CROWD_ROWS = 256  # rows of the sample that shows how well numbers alone tell rows apart


@dataclass(frozen=True)
class ScaledMixed(ScaledRows):
    """A matrix of numbers and, in its last columns, codes of categories, with the scale of its distances.

    The squared distance is that of the numbers plus `mismatch` for each category that differs; the product and the sum are
    rounded to float64, one after the other.

    Attributes
    ----------
    X : array (n, d)
        Numbers first, then a column of codes 0, 1, … for each categorical feature.
    n_categories : tuple of int
        Number of categories of each categorical feature.
    mismatch : float
        Squared distance, in scaled units, that a category adds where it differs.
    """

    n_categories: tuple[int, ...] = ()
    mismatch: float = 0.0
    is_mixed: ClassVar[bool] = True

    @classmethod
    def from_mixed_matrix(cls, X: Array, n_categories: tuple[int, ...], ctx: ExecutionContext) -> ScaledMixed:
        """Find the scale and the projection of the numbers; a mismatch adds nothing yet."""
        numbers = ScaledRows.from_matrix(X[:, : X.shape[1] - len(n_categories)], ctx)
        return cls(X, numbers.exponent, numbers.projection, numbers.ignored_features, n_categories)

    def with_mismatch(self, mismatch: float) -> ScaledMixed:
        """The same rows with another constant."""
        other = replace(self, mismatch=mismatch)
        other.__dict__["codes"] = self.codes
        return other

    @cached_property
    def numbers(self) -> ScaledRows:
        """The numeric features alone: distances by them are lower bounds."""
        return ScaledRows(
            self.X[:, : self.d - len(self.n_categories)], self.exponent, self.projection, self.ignored_features
        )

    @cached_property
    def codes(self) -> list[Array]:
        """The codes (n,) of each categorical feature, in a small dtype."""
        return categories.compact_codes(self.X, self.n_categories)

    def take_codes(self, rows: Array) -> list[Array]:
        """The codes of `rows`, of any shape, by categorical feature."""
        return [indexing.take_1d(column, rows) for column in self.codes]

    # ---- distances ------------------------------------------------------------------------------------------------

    def float64_columns(self, rows: Array) -> Array:
        """Features (d, m) of `rows` in float64: numbers in scaled units, then codes."""
        return self._append_codes(self.numbers.float64_columns(rows), rows)

    def centred_columns(self, rows: Array) -> Array:
        """Features (d, m) of `rows`: numbers minus the centre, then codes, in steps of about the unit of the numbers."""
        return self._append_codes(self.numbers.centred_columns(rows), rows, self.projection.unit)

    def _append_codes(self, columns: Array, rows: Array, unit: float = 1.0) -> Array:
        codes = [dispatch.as_float64(column)[None, :] * unit for column in self.take_codes(rows)]
        return dispatch.namespace(columns).concat([columns, *codes], axis=0)

    def _add_mismatches(self, sq_distances: Array, first: list[Array], second: list[Array]) -> Array:
        counts = categories.count_mismatches(first, second)
        return sq_distances + dispatch.as_float64(counts) * self.mismatch

    def sq_distances_from(self, queries: Array) -> Callable[[Array], Array]:
        """A function of rows (n,) that returns their squared distances (m, n) from the queries, in scaled units."""
        sq_distances_to = self.numbers.sq_distances_from(queries)
        own = [column[:, None] for column in self.take_codes(queries)]

        def mixed_sq_distances_to(rows: Array) -> Array:
            others = [column[None, :] for column in self.take_codes(rows)]
            return self._add_mismatches(sq_distances_to(rows), own, others)

        return mixed_sq_distances_to

    def sq_distances(self, first: Array, second: Array, ctx: ExecutionContext) -> Array:
        """Squared distances (m, w) between rows `first` (m,) and `second` (m,) or (m, w), in scaled units."""
        first, second = (rows if len(rows.shape) == 2 else rows[:, None] for rows in (first, second))
        sq_distances = self.numbers.sq_distances(first, second, ctx)
        return self._add_mismatches(sq_distances, self.take_codes(first), self.take_codes(second))

    # ---- coordinates ----------------------------------------------------------------------------------------------

    def project(self, rows: Array, dtype: str, ctx: ExecutionContext, width: int | None = None) -> ProjectedRows:
        """Coordinates of the numbers of `rows`; see `ScaledRows.project`."""
        return self.numbers.project(rows, dtype, ctx, width)

    def project_with_codes(self, rows: Array, dtype: str, ctx: ExecutionContext) -> ProjectedRows:
        """Coordinates of the numbers of `rows`, then their codes times `CODE_UNIT`."""
        coordinates, outliers, norms = self.numbers.project(rows, dtype, ctx)
        xp = dispatch.namespace(coordinates)
        codes = [xp.astype(column, coordinates.dtype)[:, None] * CODE_UNIT for column in self.take_codes(rows)]
        return ProjectedRows(xp.concat([coordinates, *codes], axis=1), outliers, norms)

    def centred_norms(self, rows: Array, ctx: ExecutionContext) -> Array:
        """Norms (m,) of the centred numbers of `rows`, in scaled units, rounded up."""
        return self.numbers.centred_norms(rows, ctx)

    @cached_property
    def crowd(self) -> float:
        """Rows, on average, that are by their numbers alone no farther from a row than the row nearest to it, in a sample.

        It is 1 where categories add nothing. The more they add, the longer a list of rows near by numbers has to be.
        """
        n, xp = int(self.X.shape[0]), dispatch.namespace(self.X)
        step = -(-n // MAX_CROWD_ROWS)
        rows = xp.arange(0, n, step, dtype=xp.int64, device=dispatch.get_device(self.X))
        if rows.shape[0] < 2:
            return 1.0
        by_numbers, mixed = (kind.sq_distances_from(rows)(rows) for kind in (self.numbers, self))
        itself = rows[:, None] == rows[None, :]
        nearest = xp.min(xp.where(itself, xp.full_like(mixed, xp.inf), mixed), axis=1)
        within = ~itself & (by_numbers <= nearest[:, None] * (1 + 4 * U64))
        return indexing.count_nonzero(within) / int(rows.shape[0])
