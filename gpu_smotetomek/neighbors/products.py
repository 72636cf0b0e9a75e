"""Bounds on the squared distances of few rows with very many features: products of blocks of features, which each read X once.

Where the bounds separate the nearest rows, they decide the order; no distance is then computed feature by feature.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from gpu_smotetomek.arrays import matrices
from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.neighbors.exact import ExactSearch
from gpu_smotetomek.neighbors.protocol import TINY64, U64, gamma
from gpu_smotetomek.neighbors.scaled_csr import powers_of_two
from gpu_smotetomek.neighbors.scaled_rows import ScaledRows
from gpu_smotetomek.typing import Array, Floats, Integers, NeighborLists

MOST_PRODUCT_ROWS = 2048  # with more rows, lists of a backend cost less than products in float64
LEAST_PRODUCT_FEATURES = 512  # with fewer features, lists cost as little
FEATURES_PER_PRODUCT = 2048  # most features of a block: longer products are no faster, and err more
LEAST_ORDERED_SHARE = 0.8  # of the rows: where float32 orders fewer, products in float64 cost less than distances
BYTES_PER_PRODUCT = 96  # products of each thread, their sum, error and bounds, and what selects from these
LONGEST_LIST_SHARE = 0.05  # of the rows: longer lists cost more than the stages of other searches
PRODUCT_EXPONENT = -20  # products are of scaled units times 2**-20, so that no sum of squares overflows


class PairBounds(NamedTuple):
    """Lower and upper bounds (m, n) on float64 squared distances, in units of their own."""

    lower: Floats
    upper: Floats

    def count_candidates(self, k: int) -> Integers:
        """How many columns (m,) may be among the k with the least distance: those with the least lower bounds.

        The k-th least distance is at most the k-th least upper bound, so a row with a larger lower bound is farther.
        """
        kth = np.partition(self.upper, k - 1, axis=1)[:, k - 1 : k]
        return np.asarray(np.count_nonzero(self.lower <= kth, axis=1))

    def order_nearest(self, k: int) -> tuple[Integers, Integers]:
        """The k columns (m, k) with the least lower bounds, and a mask (m,) of the rows where this is the order of distances.

        It is where each upper bound is below all lower bounds that follow, so that no two distances are equal.
        """
        width = min(k + 1, self.lower.shape[1])
        nearest = np.argpartition(self.lower, width - 1, axis=1)[:, :width]
        lower = np.take_along_axis(self.lower, nearest, axis=1)
        nearest = np.take_along_axis(nearest, np.argsort(lower, axis=1), axis=1)
        lower, upper = (np.take_along_axis(bound, nearest, axis=1) for bound in self)
        is_ordered = width == k + 1 and (upper[:, :-1] < lower[:, 1:]).all(axis=1)
        return nearest[:, :k], np.broadcast_to(is_ordered, len(nearest))


@dataclass(frozen=True)
class ProductSearch(ExactSearch):
    """A search of rows among themselves, where bounds of products settle most of it; other queries are searched as usual."""

    computes_distances = False

    @cached_property
    def _pair_bounds(self) -> PairBounds:
        """Bounds from products in float32; in float64 where those do not tell the nearest rows apart."""
        bounds = bound_sq_distances(self.scaled, self.rows, "float32", self.ctx)
        if bounds is not None and bounds.order_nearest(1)[1].mean() >= LEAST_ORDERED_SHARE:
            return bounds
        del bounds
        bounds = bound_sq_distances(self.scaled, self.rows, "float64", self.ctx)
        assert bounds is not None
        return bounds

    def _bounds_of(self, queries: Integers) -> PairBounds | None:
        """The bounds (m, n) of queries that are all among the rows, else None."""
        if queries is self.rows:
            return self._pair_bounds
        positions = np.searchsorted(self.rows, queries)
        if not np.array_equal(self.rows.take(positions, mode="clip"), queries):
            return None
        return PairBounds(*(bound[positions] for bound in self._pair_bounds))

    def kneighbors(self, queries: Integers, k: int, radius: Array | None = None) -> NeighborLists:
        """As `ExactSearch.kneighbors`: float64 distances to the rows that bounds do not exclude."""
        bounds = self._bounds_of(queries) if k <= len(self.rows) else None
        if bounds is None:
            return super().kneighbors(queries, k, radius)
        counts = bounds.count_candidates(k)
        lists = NeighborLists(np.empty((len(queries), k)), np.empty((len(queries), k), np.int64))
        is_short = counts <= 2 * k  # a few longer lists do not lengthen the others
        is_long = ~is_short & (counts > LONGEST_LIST_SHARE * len(self.rows)) & (self.backend is not None)
        for group in (np.flatnonzero(is_short), np.flatnonzero(~is_short & ~is_long)):
            if len(group):
                width = int(counts[group].max())
                candidates = np.argpartition(bounds.lower[group], width - 1, axis=1)[:, :width]
                found = self.rerank(queries[group], self.rows[candidates], k)
                lists.sq_distances[group], lists.indices[group] = found
        left = np.flatnonzero(is_long)
        self._count_settled(len(queries) - len(left))
        if len(left):  # copies, which other stages search once
            found = super().kneighbors(queries[left], k, None if radius is None else radius[left])
            lists.sq_distances[left], lists.indices[left] = found
        return lists

    def nearest_rows(self, queries: Integers, k: int) -> Integers:
        """As `ExactSearch.nearest_rows`, without distances where bounds give the order."""
        nearest, left = self._order_nearest(queries, k)
        if len(left):
            nearest[left] = super().nearest_rows(queries[left], k)
        return nearest

    def strictly_nearest(self, queries: Integers) -> Integers:
        """As `ExactSearch.strictly_nearest`, without distances where bounds give the order."""
        nearest, left = self._order_nearest(queries, 1)
        nearest = nearest[:, 0]
        if len(left):
            nearest[left] = super().strictly_nearest(queries[left])
        return nearest

    def _order_nearest(self, queries: Integers, k: int) -> tuple[Integers, Integers]:
        """Rows (m, k), and the positions of the queries of which these are not known to be the nearest rows, in order."""
        bounds = self._bounds_of(queries) if k < len(self.rows) else None
        if bounds is None:
            return np.zeros((len(queries), k), np.int64), np.arange(len(queries))
        positions, is_ordered = bounds.order_nearest(k)
        self._count_settled(int(is_ordered.sum()))
        return self.rows[positions], np.flatnonzero(~is_ordered)

    def _count_settled(self, n_queries: int) -> None:
        self.statistics.queries_by_backend["direct"] += n_queries
        self.statistics.settled_by_stage["products"] += n_queries


def suits_products(scaled: ScaledRows, n: int, ctx: ExecutionContext) -> bool:
    """Whether products of n rows fit into the budget, and cost less than a backend's lists with their float64 distances."""
    X = scaled.X
    if (
        not isinstance(X, np.ndarray)
        or X.dtype == np.longdouble
        or scaled.ignored_features is not None
        or scaled.is_mixed
    ):
        return False
    is_wide = scaled.d >= LEAST_PRODUCT_FEATURES and 2 <= n <= MOST_PRODUCT_ROWS
    return is_wide and BYTES_PER_PRODUCT * n * n <= ctx.memory_limit


def bound_sq_distances(scaled: ScaledRows, rows: Integers, dtype: str, ctx: ExecutionContext) -> PairBounds | None:
    """Bounds (n, n) on the float64 squared distances of all pairs of `rows`; infinite from a row to itself.

    The rows are centred, at any point, and rounded to `dtype`, of unit roundoff u; the products of blocks of w features, in any
    order of summation, are added in float64, of unit roundoff v. With a and b the norms of two rows, computed and rounded up, the
    squared distance ‖x‖² + ‖y‖² − 2 x·y errs by at most γ_{w+2}(u) (a + b)² for the products, and γ_{d+3}(v) (a + b)² for the
    sums. Storing moves the distance by at most (u + 2 v) (a + b), its square by 3 (u + 2 v) (a + b)². The distance that decides
    errs by γ_{d+2}(v) of itself; it is at most (a + b)². The last term covers underflow, in `dtype` and in scaled
    units. None where `dtype` overflows.
    """
    n, d, info = len(rows), scaled.d, np.finfo(dtype)
    width = ctx.rows_per_block(24.0 * n, FEATURES_PER_PRODUCT)
    n_parts = max(1, min(ctx.n_concurrent, ctx.memory_limit // (4 * 8 * n * n), d // width))
    with ctx.single_threaded_blas():
        products, *others = ctx.map_blocks(
            "products", lambda part: multiply_rows(scaled, rows, part, width, dtype), ctx.blocks(d, -(-d // n_parts))
        )
    for part in others:
        products += part
    sq_norms = products.diagonal().copy()
    if not (sq_norms < float(info.max) / 4).all():  # then no product of a block overflowed either
        return None
    share = gamma(min(width, d) + 16, float(info.eps) / 2) + gamma(3 * d + 64, U64)
    norms = np.sqrt(sq_norms) * (1 + share)
    products *= -2
    products += sq_norms
    products += sq_norms[:, None]
    error = np.add.outer(norms, norms)
    error *= error
    error *= share
    in_scaled_units = math.ldexp(16 * d * TINY64, 2 * product_exponent(scaled, dtype))
    error += 16 * d * float(info.tiny) + in_scaled_units
    np.fill_diagonal(products, np.inf)
    lower = products - error
    products += error
    return PairBounds(lower, products)


def multiply_rows(scaled: ScaledRows, rows: Integers, features: slice, width: int, dtype: str) -> Floats:
    """Products (n, n), in float64, of all pairs of `rows`, centred and in `dtype`, for some features, `width` at a time."""
    products = np.zeros((len(rows), len(rows)))
    with np.errstate(over="ignore", invalid="ignore"):  # what overflows is found in the sums
        for start in range(features.start, features.stop, width):
            values = take_centred(scaled, rows, slice(start, min(features.stop, start + width)), dtype)
            products += values @ values.T
    return products


def product_exponent(scaled: ScaledRows, dtype: str) -> int:
    """The exponent e such that products in `dtype` are of scaled units times 2**e."""
    return scaled.projection.exponent(dtype) if dtype == "float32" else PRODUCT_EXPONENT


def take_centred(scaled: ScaledRows, rows: Integers, features: slice, dtype: str) -> Floats:
    """Some features of `rows`, centred and in `dtype`, in units in which no sum of squares overflows where rows are typical."""
    shift = product_exponent(scaled, dtype)
    centre, exponent = scaled.projection.centre[features] * 2.0**shift, scaled.exponent + shift
    if scaled.X.dtype == dtype and abs(exponent) < np.finfo(dtype).maxexp:
        values = scaled.X[rows, features]  # no copy in float64
        values *= values.dtype.type(2.0**exponent)
        values -= centre.astype(dtype)
        return np.asarray(values)
    values = matrices.float64_rows(scaled.X[:, features], rows, powers_of_two(exponent))
    values -= centre
    return np.asarray(values, dtype)
