"""Factors that multiply the features before distances, as `scale` gives them, and the products."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from gpu_smotetomek.arrays import dispatch, sparse_rows
from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.resampling.feature_spread import FeatureRanges, interquartile_ranges, standard_deviations
from gpu_smotetomek.typing import Array, Floats

SIGNIFICANT_BITS = (
    29  # of a factor: its products with floats of 24 bits, and with integers up to 2**24, are exact in float64
)
LARGEST_PRODUCT = 2.0**1000  # of a value and its factor: also a synthetic row beyond its parents stays finite

SPREADS: dict[str, Callable[[Array, FeatureRanges, ExecutionContext], Floats]] = {
    "standard": standard_deviations,
    "robust": interquartile_ranges,
}


def find_factors(X: Array, scale: str | Floats, ctx: ExecutionContext) -> Floats:
    """Factors (d,) of the features of X (n, d), in float64 on the host.

    Parameters
    ----------
    X : array or sparse matrix (n, d)
    scale : {'standard', 'robust'} or float64 array (d,)
        The inverse of the standard deviation, or of the interquartile range, of each feature, 1 where that is 0; or the factors
        themselves. The former are rounded to 29 significant bits, so that equal differences stay equal.
    ctx : ExecutionContext

    Raises
    ------
    ValueError
        If a product is beyond the range of float64, or no factor is a number.
    """
    X = sparse_rows.to_canonical_csr(X) if dispatch.is_sparse(X) else X
    ranges = FeatureRanges.from_matrix(X)
    if isinstance(scale, str):
        spread = SPREADS[scale](X, ranges, ctx)
        with np.errstate(divide="ignore", over="ignore"):
            factors = np.where(spread > 0, round_significand(1 / spread), 1.0)
    else:
        factors = scale
    with np.errstate(over="ignore", invalid="ignore"):
        beyond = np.flatnonzero(~(ranges.largest * factors < LARGEST_PRODUCT))
    if len(beyond):
        j = int(beyond[0])
        raise ValueError(
            f"feature {j} has values up to {ranges.largest[j]:g} in size, and scale multiplies it by {factors[j]:g}: the "
            "products are beyond the range of float64; divide the feature, or give other factors"
        )
    return factors


def round_significand(values: Floats) -> Floats:
    """Values rounded to 29 significant bits.

    Examples
    --------
    >>> import numpy as np
    >>> round_significand(np.array([0.1, 3.0]))
    array([0.1, 3. ])
    >>> round_significand(np.array([0.1])) == 0.1
    array([False])
    """
    significand, exponent = np.frexp(values)
    return np.asarray(np.ldexp(np.rint(np.ldexp(significand, SIGNIFICANT_BITS)), exponent - SIGNIFICANT_BITS))


def multiply_features(X: Array, factors: Floats) -> Array:
    """X with each feature multiplied by its factor, in float64, in new memory; CSR rows stay CSR."""
    if dispatch.is_sparse(X):
        values = np.asarray(X.data * factors[X.indices], np.float64)
        return type(X)((values, X.indices, X.indptr), shape=X.shape)
    if isinstance(X, np.ndarray):
        return np.asarray(X * factors, np.float64)
    return dispatch.as_float64(X) * dispatch.asarray_like(factors, X)
