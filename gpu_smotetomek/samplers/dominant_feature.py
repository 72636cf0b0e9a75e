"""The feature that makes up most of the distances between neighbours, from a sample; a warning where it makes up nearly all."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gpu_smotetomek.arrays import dispatch, indexing, matrices
from gpu_smotetomek.arrays.pairwise_sums import add_in_pairs
from gpu_smotetomek.errors import DominantFeatureWarning, warn_caller
from gpu_smotetomek.neighbors.scaled_csr import powers_of_two
from gpu_smotetomek.resampling import Batch, Lineage
from gpu_smotetomek.samplers.column_names import name_columns
from gpu_smotetomek.typing import Array, Floats, Integers

if TYPE_CHECKING:
    from gpu_smotetomek.samplers.base import Sampler

DOMINANT_ABOVE_SHARE = 0.9
DOMINANT_ELSEWHERE_ABOVE_SHARE = 0.85  # of other pairs; a rare flag beside one feature leaves about 0.8
SAMPLED_PAIRS = 128
WARN_FROM_ROWS = 12  # with a neighbour; fewer are no evidence
MAX_SAMPLED_VALUES = 2**22
FEATURES_PER_BLOCK = 1024  # of the sampled pairs, whose differences stay in the cache


class DominantFeature(NamedTuple):
    """A numeric feature and its share of the squared distances.

    Attributes
    ----------
    column : int
        Column of the matrix.
    share : float
        Its part of the sum of the squared distances of pairs of rows.
    """

    column: int
    share: float


def warn_of_dominant_feature(sampler: Sampler, initial: Batch, resampled: Batch) -> None:
    """Warn where one feature makes up nearly all of the distances, between neighbours and others, of features without a scale.

    Neighbours are the parents of synthetic rows, or else the rows of links. Rows that stay sparse are not examined.
    """
    d = count_numeric(initial)
    if getattr(sampler, "scale", "none") is not None or d < 2 or initial.scaled.is_thin:
        return
    first, second = sample_neighbors(initial, resampled, min(SAMPLED_PAIRS, MAX_SAMPLED_VALUES // d))
    if len(np.unique(first)) < WARN_FROM_ROWS:
        return
    found = find_dominant_feature(initial, first, second)
    if found is None or found.share <= DOMINANT_ABOVE_SHARE:
        return
    # neighbours often agree in a feature of few values, which counts all the same: it differs in other pairs
    if compute_mean_share(initial, found.column, first, np.roll(second, 1)) <= DOMINANT_ELSEWHERE_ABOVE_SHARE:
        return
    name = name_columns(sampler, initial.scaled.d)[found.column]
    finding = (
        f"{name} makes up {found.share:.0%} of the squared distances between neighbours, so the others hardly count"
    )
    remedy = "give scale='standard' or scale='robust'; or, if the units are meant as they are, scale=numpy.ones({})"
    warn_caller(DominantFeatureWarning(finding, remedy.format(initial.scaled.d)))


def count_numeric(batch: Batch) -> int:
    """Number of numeric features of a batch; they come first."""
    return batch.mixed.numbers.d if batch.scaled.is_mixed else batch.scaled.d


def find_dominant_feature(batch: Batch, first: Integers, second: Integers) -> DominantFeature | None:
    """The feature with the largest share in the distances of pairs of rows (m,); None where only one feature varies."""
    if not len(first):
        return None
    shares = sum_square_differences(batch, first, second)
    if np.count_nonzero(shares) < 2:
        return None
    column = int(shares.argmax())
    return DominantFeature(column, float(shares[column] / shares.sum()))


def sum_square_differences(batch: Batch, first: Integers, second: Integers) -> Floats:
    """Sums (d,) of `square_differences` over the pairs; the rows of NumPy are read in blocks of features, with the same bits."""
    scaled = batch.scaled
    if scaled.is_mixed or not isinstance(scaled.X, np.ndarray) or scaled.ignored_features is not None:
        return dispatch.to_numpy(add_in_pairs(square_differences(batch, first, second)))
    sums, factors = np.empty(scaled.d), powers_of_two(scaled.exponent)
    with np.errstate(under="ignore"):
        for start in range(0, scaled.d, FEATURES_PER_BLOCK):
            features = slice(start, start + FEATURES_PER_BLOCK)
            difference = matrices.float64_rows(scaled.X[:, features], first, factors)
            difference -= matrices.float64_rows(scaled.X[:, features], second, factors)
            difference *= 2.0**-20
            difference *= difference
            sums[features] = add_in_pairs(difference.T)
    return sums


def compute_mean_share(batch: Batch, column: int, first: Integers, second: Integers) -> float:
    """The mean, over pairs of different rows, of the part of a feature in their squared distance."""
    squares = square_differences(batch, first, second)
    xp = dispatch.namespace(squares)
    total = xp.sum(squares, axis=0)
    parts = squares[column, :] / xp.where(total > 0, total, xp.ones_like(total))
    return float(xp.sum(parts)) / max(1, indexing.count_nonzero(total > 0))


def square_differences(batch: Batch, first: Integers, second: Integers) -> Array:
    """Squared differences (d, m) of pairs of rows in each numeric feature, in units in which no sum overflows."""
    columns = [batch.scaled.float64_columns(dispatch.asarray_like(rows, batch.X)) for rows in (first, second)]
    with np.errstate(under="ignore"):
        difference = (columns[0] - columns[1])[: count_numeric(batch), :] * 2.0**-20
        return difference * difference


def sample_neighbors(initial: Batch, resampled: Batch, most: int) -> tuple[Integers, Integers]:
    """Rows of some pairs of neighbours, from the steps that led from one batch to the other."""
    first, second = sample_parents(resampled.lineage, initial.n_input, most)
    if len(first):
        return first, second
    links = np.concatenate([np.empty((0, 2), np.int64), *(step.links for step in resampled.history)])
    links = links[spread_evenly(len(links), most)]
    links = links[(links < initial.n_input).all(axis=1)]
    return links[:, 0], links[:, 1]


def sample_parents(lineage: Lineage, n_input: int, most: int) -> tuple[Integers, Integers]:
    """Bases and neighbors of some synthetic rows, of those between two different rows of the input."""
    some = lineage.take(dispatch.asarray_like(spread_evenly(lineage.n_synthetic, most), lineage.gap))
    base, neighbor = dispatch.to_numpy_int64(some.base), dispatch.to_numpy_int64(some.neighbor)
    is_pair = (base != neighbor) & (base < n_input) & (neighbor < n_input)
    return base[is_pair], neighbor[is_pair]


def spread_evenly(n: int, most: int) -> Integers:
    """At most `most` of n positions, evenly spread.

    Examples
    --------
    >>> spread_evenly(10, 4)
    array([0, 2, 5, 7])
    """
    return np.arange(n) if n <= most else np.arange(most) * n // most
