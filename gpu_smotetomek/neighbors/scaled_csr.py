"""CSR rows in scaled units that stay sparse: distances with the bits of dense rows, norms, and rows for a backend."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gpu_smotetomek.arrays import indexing, sparse_rows
from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.typing import Array, Floats, Integers

ROWS_OF_BLOCK = 2**13  # rows of mean length: SciPy takes a tenth of a millisecond for a block beside its entries
PAIRS_OF_TILE = 2**12  # pairs of rows that are subtracted at once: a call of SciPy costs as much as many pairs
COPIES_OF_ENTRIES = 4  # alive at once: two blocks of rows, their difference and its squares
OUTLIER_LIMIT = 2.0**480  # in candidate units; squared norms up to here are finite


def powers_of_two(exponent: int) -> tuple[float, ...]:
    """Factors whose product is 2**exponent, each of them a float64 number; 2.0**1030 alone is none."""
    if -1000 <= exponent <= 1000:
        return (2.0**exponent,) if exponent else ()
    half = exponent // 2
    return powers_of_two(half) + powers_of_two(exponent - half)


def split_by_entries(counts: Integers, ctx: ExecutionContext) -> list[slice]:
    """Blocks of rows whose temporaries fit into the budget, from the number (m,) of stored entries of each row."""
    most = ctx.rows_per_block(float(COPIES_OF_ENTRIES * sparse_rows.BYTES_PER_ENTRY))
    mean = max(1.0, float(counts.mean())) if len(counts) else 1.0
    return list(indexing.split_by_total(counts, min(most, int(mean * ROWS_OF_BLOCK))))


@dataclass(frozen=True)
class ScaledCSR:
    """A sparse matrix with the scale of its distances; see `ScaledRows`.

    Attributes
    ----------
    X : canonical CSR matrix (n, d)
    exponent : int
    ignored_features : int64 array, or None
    """

    X: Array
    exponent: int
    ignored_features: Integers | None = None

    def float64_rows(self, rows: Integers, exponent: int = 0) -> Array:
        """Rows as canonical CSR (m, d) in float64, in scaled units times 2**exponent."""
        factors = powers_of_two(self.exponent + exponent)
        return sparse_rows.take_float64_rows(self.X, rows, factors, self.ignored_features)

    def norms(self, rows: Integers, exponent: int, ctx: ExecutionContext) -> Floats:
        """Norms (m,) of rows that are not centred, in scaled units times 2**exponent, rounded up."""

        def block_norms(block: slice) -> Floats:
            return sparse_rows.norms(self.float64_rows(rows[block], exponent))

        blocks = split_by_entries(self._counts(rows), ctx)
        return np.concatenate([np.empty(0), *ctx.map_blocks("norms", block_norms, blocks, threaded=False)])

    def sq_distances_from(self, queries: Integers) -> Callable[[Integers], Floats]:
        """A function of rows (n,) that returns their squared distances (m, n) from the queries."""
        own = self.float64_rows(queries)

        def sq_distances_to(rows: Integers) -> Floats:
            others, n = self.float64_rows(rows), len(rows)
            at_once = max(1, PAIRS_OF_TILE // max(1, n))  # queries whose pairs are subtracted at once
            every = np.arange(len(queries))
            blocks = [every[start : start + at_once] for start in range(0, len(queries), at_once)]
            parts = (
                sparse_rows.csr_sq_distances(own[np.repeat(block, n)], others[np.tile(np.arange(n), len(block))])
                for block in blocks
            )
            return np.concatenate([np.empty(0), *parts]).reshape(len(queries), n)

        return sq_distances_to

    def sq_distances(self, first: Integers, second: Integers, ctx: ExecutionContext) -> Floats:
        """Squared distances (m, w) between rows `first` (m,) and `second` (m, w)."""
        shape, first, second = second.shape, np.repeat(first, second.shape[1]), second.reshape(-1)

        def block_sq_distances(block: slice) -> Floats:
            return sparse_rows.csr_sq_distances(self.float64_rows(first[block]), self.float64_rows(second[block]))

        blocks = split_by_entries(self._counts(first) + self._counts(second), ctx)
        return np.concatenate([np.empty(0), *ctx.map_blocks("distances", block_sq_distances, blocks)]).reshape(shape)

    def project(self, rows: Integers, centre: Floats, exponent: int) -> tuple[Array, Array | None]:
        """Centred rows as canonical CSR, in scaled units times 2**exponent; a mask (m,) of outliers, or None.

        Outliers become rows of zeros.
        """
        with np.errstate(over="ignore", invalid="ignore"):  # rows that overflow are outliers
            for factor in powers_of_two(exponent):
                centre = centre * factor  # powers of two commute with the subtraction
            values = sparse_rows.subtract_row(self.float64_rows(rows, exponent), centre)
        outliers = sparse_rows.rows_beyond(values, OUTLIER_LIMIT)
        return (sparse_rows.empty_rows(values, outliers), outliers) if outliers.any() else (values, None)

    def _counts(self, rows: Integers) -> Integers:
        """Numbers (m,) of stored entries of rows."""
        counts: Integers = self.X.indptr[rows + 1] - self.X.indptr[rows]
        return counts
