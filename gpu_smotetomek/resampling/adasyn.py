"""ADASYN: a row of a class gets as many synthetic rows as the share of enemies around it requires."""

from __future__ import annotations

import numpy as np

from gpu_smotetomek.arrays import dispatch, indexing
from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.resampling.batch import Batch
from gpu_smotetomek.resampling.interpolation import check_large_integers
from gpu_smotetomek.resampling.neighborhoods import (
    FindClassNeighbors,
    Neighborhoods,
    lower_first_neighbor_distance,
)
from gpu_smotetomek.resampling.smote import draw
from gpu_smotetomek.resampling.synthesis import NewRows, RandomSource, append_new_rows, lineage_from_draws
from gpu_smotetomek.typing import Integers


def allot_new_rows(batch: Batch, n_synthetic: dict[int, int], around: Neighborhoods) -> dict[int, Integers]:
    """Synthetic rows of each row of a class (n_class,), by code: in proportion to its enemies, each number rounded.

    Parameters
    ----------
    batch : Batch
    n_synthetic : dict
        From class code to the number of rows to add, which rounding may change.
    around : Neighborhoods
        Of all rows of these classes.

    Raises
    ------
    RuntimeError
        If no row of a class has an enemy around it.
    ValueError
        If every number of a class is rounded to 0.
    """
    codes, allotted = batch.codes[dispatch.to_numpy_int64(around.rows)], {}
    for code, size in sorted(n_synthetic.items()):
        if size == 0:
            continue
        share = around.n_enemies[codes == code] / around.k
        label = batch.get_label(code)
        if not share.sum():
            raise RuntimeError(
                f"No row of class {label!r} has a row of another class among its {around.k} nearest, and ADASYN adds rows in "
                "proportion to these: raise n_neighbors, use SMOTE, or leave the class out with sampling_strategy"
            )
        allotted[code] = np.rint(share / share.sum() * size).astype(np.int64)
        if not allotted[code].sum():
            raise ValueError(
                f"No samples will be generated for class {label!r}: its {size} new row{'s' * (size != 1)} are spread over "
                f"{np.count_nonzero(share)} rows near other classes, less than half a row each. Request more rows with "
                "sampling_strategy, or leave the class out"
            )
    return allotted


def oversample_adasyn(
    batch: Batch,
    allotted: dict[int, Integers],
    around: Neighborhoods,
    find_neighbors: FindClassNeighbors,
    random: RandomSource,
    ctx: ExecutionContext,
) -> Batch:
    """Append synthetic rows between rows of a class and their neighbours in it, class after class in ascending code.

    Parameters
    ----------
    batch : Batch
    allotted : dict
        From class code to the number of synthetic rows of each of its rows.
    around : Neighborhoods
        Of all rows of these classes.
    find_neighbors : callable
        Finds the neighbours of rows of a class among those of the class.
    random : callable
        Called once: one random source serves all classes, as in imbalanced-learn.
    ctx : ExecutionContext
    """
    parts, source, first = [], random(), around.update_first_neighbor_distance(batch)
    for code, counts in sorted(allotted.items()):
        rows, positions = batch.class_rows(code), np.flatnonzero(counts)
        check_large_integers(batch.X, rows, batch.dtypes, ctx)
        bases = indexing.take_1d(rows, dispatch.asarray_like(positions, rows))
        neighbors, distances = find_neighbors(bases, rows)
        k = int(neighbors.shape[1])
        columns, gaps = draw(source, 1, k, int(counts.sum()))
        by_place = np.argsort(batch.places_of(dispatch.to_numpy_int64(bases)))
        picks = np.repeat(by_place, counts[positions[by_place]]) * k + columns
        parts.append(NewRows(code, lineage_from_draws(bases, neighbors, distances, picks, gaps)))
        if first is not None and distances is not None:
            first = lower_first_neighbor_distance(batch, first, bases, distances[:, 0])
    return append_new_rows(batch, parts, first, ctx)
