"""Borderline-SMOTE: synthetic rows of those rows only that have at least half enemies, but not enemies only, around them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gpu_smotetomek.arrays import dispatch, indexing
from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.resampling.batch import Batch
from gpu_smotetomek.resampling.interpolation import check_large_integers
from gpu_smotetomek.resampling.neighborhoods import FindClassNeighbors, Neighborhoods
from gpu_smotetomek.resampling.smote import draw, follow_order
from gpu_smotetomek.resampling.synthesis import NewRows, RandomSource, append_new_rows, lineage_from_draws
from gpu_smotetomek.typing import Array, Integers

MAX_FACTOR_TO_ENEMIES = 0.5  # a synthetic row is at most half as far from its base as an enemy is


def find_growing_rows(batch: Batch, n_synthetic: dict[int, int]) -> Array:
    """All rows of the classes that get new rows, ascending, on the device of X."""
    codes = [code for code, size in n_synthetic.items() if size]
    return dispatch.asarray_like(np.flatnonzero(np.isin(batch.codes, codes)), batch.X)


def find_danger(batch: Batch, around: Neighborhoods) -> dict[int, Integers]:
    """Rows in danger of each class, by code and ascending: those with m/2 ≤ enemies < m among m neighbours."""
    rows = dispatch.to_numpy_int64(around.rows)
    rows_of_all = rows[(around.n_enemies >= around.k / 2) & (around.n_enemies < around.k)]
    return {int(code): rows_of_all[batch.codes[rows_of_all] == code] for code in np.unique(batch.codes[rows])}


def oversample_borderline_within(
    batch: Batch,
    n_synthetic: dict[int, int],
    danger: dict[int, Integers],
    around: Neighborhoods,
    find_neighbors: FindClassNeighbors,
    random: RandomSource,
    ctx: ExecutionContext,
) -> Batch:
    """Append synthetic rows between rows in danger and their neighbours in the class: kind 'borderline-1'.

    Parameters
    ----------
    batch : Batch
    n_synthetic : dict
        From class code to the number of rows to add.
    danger : dict
        From class code to the rows in danger.
    around : Neighborhoods
        Of the rows of these classes.
    find_neighbors : callable
        Finds the neighbours of rows of a class among those of the class.
    random : callable
        As in `oversample`.
    ctx : ExecutionContext
    """
    parts = []
    for code, size in sorted(n_synthetic.items()):
        if size == 0:
            continue
        rows, bases = batch.class_rows(code), dispatch.asarray_like(danger[code], batch.X)
        check_large_integers(batch.X, rows, batch.dtypes, ctx)
        neighbors, distances = find_neighbors(bases, rows)
        picks, gaps = draw(random(), len(danger[code]), int(neighbors.shape[1]), size)
        picks = follow_order(picks, int(neighbors.shape[1]), batch, bases)
        parts.append(NewRows(code, lineage_from_draws(bases, neighbors, distances, picks, gaps)))
    return append_new_rows(batch, parts, around.update_first_neighbor_distance(batch), ctx)


def oversample_borderline_across(
    batch: Batch,
    n_synthetic: dict[int, int],
    danger: Neighborhoods,
    around: Neighborhoods,
    random: RandomSource,
    ctx: ExecutionContext,
) -> Batch:
    """Append synthetic rows between rows in danger and their neighbours of any class: kind 'borderline-2'.

    The difference to an enemy is multiplied by a number between 0 and ½ that is drawn for each row.

    Parameters
    ----------
    batch : Batch
    n_synthetic : dict
        From class code to the number of rows to add.
    danger : Neighborhoods
        Of the rows in danger; neighbours are drawn from it.
    around : Neighborhoods
        Of all rows of these classes.
    random : callable
        As in `oversample`; called twice for a class, so that an int starts afresh for the factors, as in imbalanced-learn.
    ctx : ExecutionContext
    """
    for rows in (danger.rows, indexing.flatten(danger.neighbors)):
        check_large_integers(batch.X, rows, batch.dtypes, ctx)
    codes, parts = batch.codes[dispatch.to_numpy_int64(danger.rows)], []
    for code, size in sorted(n_synthetic.items()):
        if size == 0:
            continue
        own = danger.take(batch, np.flatnonzero(codes == code), danger.k)
        picks, gaps = draw(random(), int(own.rows.shape[0]), own.k, size)
        picks = follow_order(picks, own.k, batch, own.rows)
        lineage = lineage_from_draws(own.rows, own.neighbors, own.distances, picks, gaps)
        is_enemy = indexing.take_1d(indexing.flatten(own.is_enemy), dispatch.asarray_like(picks, own.rows))
        positions = dispatch.to_numpy_int64(indexing.flatnonzero(is_enemy))
        factor = np.ones(size)
        factor[positions] = random().uniform(0.0, MAX_FACTOR_TO_ENEMIES, len(positions))
        lineage = replace(lineage, factor=dispatch.asarray_like(factor, batch.X), is_segment=~is_enemy)
        parts.append(NewRows(code, lineage))
    return append_new_rows(batch, parts, around.update_first_neighbor_distance(batch), ctx)
