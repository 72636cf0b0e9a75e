"""SVM-SMOTE: synthetic rows of support vectors, between rows of the class near enemies, and beyond the others."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from gpu_smotetomek.arrays import dispatch
from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.resampling.batch import Batch
from gpu_smotetomek.resampling.extrapolation import check_extrapolated_range
from gpu_smotetomek.resampling.interpolation import check_large_integers
from gpu_smotetomek.resampling.neighborhoods import FindClassNeighbors, Neighborhoods
from gpu_smotetomek.resampling.smote import draw
from gpu_smotetomek.resampling.synthesis import NewRows, RandomSource, append_new_rows, lineage_from_draws
from gpu_smotetomek.typing import Array, Integers

BETA_PARAMETER = 10  # of the beta distribution of the share of rows that lie between rows, as in imbalanced-learn
MAX_SVC_SEED = np.iinfo(np.intc).max


@dataclass(frozen=True)
class SupportVectors:
    """The support vectors of a class that are not noise, in the order of the estimator.

    Attributes
    ----------
    rows : int64 array (m,)
        On the host.
    is_in_danger : bool array (m,)
        Whether at least half of its neighbours, but not all, are enemies.
    """

    rows: Integers
    is_in_danger: np.ndarray[tuple[int], np.dtype[np.bool_]]

    @classmethod
    def select(cls, batch: Batch, code: int, support: Integers, around: Neighborhoods) -> SupportVectors:
        """The support vectors of a class among the rows `support`.

        Raises
        ------
        ValueError
            If all of them are noise: every row around them is an enemy.
        """
        rows = support[batch.codes[support] == code]
        n_enemies = around.n_enemies[np.searchsorted(dispatch.to_numpy_int64(around.rows), rows)]
        is_noise = n_enemies == around.k
        if is_noise.all():
            label = batch.get_label(code)
            raise ValueError(
                f"All support vectors of class {label!r}, {len(rows)} in number, are noise: the {around.k} rows nearest to each "
                "are of other classes. Raise m_neighbors, use SMOTE, or leave the class out with sampling_strategy"
            )
        return cls(rows[~is_noise], n_enemies[~is_noise] >= around.k / 2)


def oversample_svm(
    batch: Batch,
    n_synthetic: dict[int, int],
    support: Integers,
    around: Neighborhoods,
    find_neighbors: FindClassNeighbors,
    random: RandomSource,
    ctx: ExecutionContext,
    *,
    out_step: float,
    draws_seeds: bool,
) -> Batch:
    """Append synthetic rows of support vectors, class after class in ascending code.

    A share of the rows, drawn from a beta distribution, is between support vectors in danger and their neighbours in the class.
    The others are beyond the other support vectors, seen from their neighbours, by at most `out_step` of the distance. Where
    there are no support vectors of one kind, its rows are not made.

    Parameters
    ----------
    batch : Batch
    n_synthetic : dict
        From class code to the number of rows to add.
    support : int64 array
        Rows of the support vectors of all classes, in the order of the estimator.
    around : Neighborhoods
        Of the support vectors of the classes that grow, ascending.
    find_neighbors : callable
        Finds the neighbours of rows of a class among those of the class.
    random : callable
        Called once for the shares, and again for the draws of each kind of row.
    ctx : ExecutionContext
    out_step : float
    draws_seeds : bool
        Whether the shared random source also gives the seed of the fit that imbalanced-learn makes for each class after the
        first.
    """
    parts: list[NewRows] = []
    shares = random()
    for code, size in sorted(n_synthetic.items()):
        if size == 0:
            continue
        rows = batch.class_rows(code)
        check_large_integers(batch.X, rows, batch.dtypes, ctx)
        if int(rows.shape[0]) == 1:  # which the sampler lets through to be copied
            parts.append(draw_new_rows(code, rows, find_neighbors(rows, rows), (size, 1.0), random))
            continue
        if draws_seeds and parts and isinstance(shares, np.random.RandomState):
            shares.randint(MAX_SVC_SEED)
        vectors = SupportVectors.select(batch, code, support, around)
        n_between = int(shares.beta(BETA_PARAMETER, BETA_PARAMETER) * (size + 1))
        for is_chosen, plan in (
            (vectors.is_in_danger, (n_between, 1.0)),
            (~vectors.is_in_danger, (size - n_between, -out_step)),
        ):
            if is_chosen.any():
                bases = dispatch.asarray_like(vectors.rows[is_chosen], batch.X)
                parts.append(draw_new_rows(code, bases, find_neighbors(bases, rows), plan, random))
    beyond = [part.lineage for part in parts if part.lineage.is_segment is not None]
    for lineage in beyond:
        check_extrapolated_range(batch.X, lineage, batch.dtypes, ctx)
    return append_new_rows(batch, parts, around.update_first_neighbor_distance(batch), ctx)


def draw_new_rows(
    code: int,
    bases: Array,
    neighborhood: tuple[Array, Array | None],
    plan: tuple[int, float],
    random: RandomSource,
) -> NewRows:
    """New rows at uniform steps, up to a largest one, from bases towards their neighbours; `plan` is (number, largest step)."""
    (neighbors, distances), (size, largest_step) = neighborhood, plan
    picks, gaps = draw(random(), int(bases.shape[0]), int(neighbors.shape[1]), size)
    lineage = lineage_from_draws(bases, neighbors, distances, picks, largest_step * gaps)
    if largest_step <= 0:
        xp = dispatch.namespace(lineage.gap)
        lineage = replace(lineage, is_segment=xp.zeros_like(lineage.gap, dtype=xp.bool))
    return NewRows(code, lineage)
