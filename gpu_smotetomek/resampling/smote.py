"""SMOTE in three stages: neighbours within a class (no seed), draws (no rows), synthetic rows (written once)."""

from __future__ import annotations

import numpy as np

from gpu_smotetomek.arrays import dispatch
from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.neighbors import SearchSelector
from gpu_smotetomek.resampling.batch import Batch
from gpu_smotetomek.resampling.interpolation import check_large_integers
from gpu_smotetomek.resampling.neighborhoods import FindNeighbors, lower_first_neighbor_distance, nearest_neighbors
from gpu_smotetomek.resampling.synthesis import NewRows, RandomSource, append_new_rows, lineage_from_draws
from gpu_smotetomek.typing import Array, Floats, Integers

DRAW_IN_BACKGROUND_FROM = 2**16  # draws that take longer than to wake another thread


def class_neighbors(batch: Batch, rows: Array, k: int, selector: SearchSelector) -> tuple[Array, Array | None]:
    """The k nearest other rows (n_class, k) of each of `rows`, all of one class, and their distances in scaled units."""
    return nearest_neighbors(batch, rows, rows, k, selector)


def draw(random: np.random.RandomState | np.random.Generator, n: int, k: int, size: int) -> tuple[Integers, Floats]:
    """`size` pairs of a row and one of its neighbours, as row · k + neighbour, and as many gaps; imbalanced-learn's draws.

    Examples
    --------
    >>> import numpy as np
    >>> draw(np.random.RandomState(0), 3, 2, 2)
    (array([4, 5]), array([0.84426575, 0.85794562]))
    """
    return draw_picks(random, n * k, size), draw_gaps(random, size)


def draw_picks(random: np.random.RandomState | np.random.Generator, n_pairs: int, size: int) -> Integers:
    """`size` numbers below `n_pairs`; drawing them in several calls gives the same numbers."""
    if isinstance(random, np.random.Generator):
        return random.integers(0, n_pairs, size)
    return random.randint(0, n_pairs, size)


def draw_gaps(random: np.random.RandomState | np.random.Generator, size: int) -> Floats:
    """`size` numbers in [0, 1)."""
    return random.random(size) if isinstance(random, np.random.Generator) else random.uniform(size=size)


def oversample(
    batch: Batch,
    n_synthetic: dict[int, int],
    find_neighbors: FindNeighbors,
    random: RandomSource,
    ctx: ExecutionContext,
    k: int | None = None,
) -> Batch:
    """Append synthetic rows, class after class in ascending code.

    Parameters
    ----------
    batch : Batch
    n_synthetic : dict
        From class code to the number of rows to add.
    find_neighbors : callable
        Finds the neighbours of the rows of a class among them.
    random : callable
        Returns the random source for a class: a fresh one each time if the seed is an int, as in imbalanced-learn.
    ctx : ExecutionContext
    k : int or None
        Neighbours of a row, if the draws may be made before the neighbours are known: no other code uses the random source. A
        class of fewer rows has as many neighbours as it has other rows.
    """
    parts: list[NewRows] = []
    first = batch.first_neighbor_distance
    for code, size in sorted(n_synthetic.items()):
        if size == 0:
            continue
        rows = batch.class_rows(code)
        check_large_integers(batch.X, rows, batch.dtypes, ctx)
        n = int(rows.shape[0])
        if k and size >= DRAW_IN_BACKGROUND_FROM and ctx.n_threads > 1:
            with ctx.in_background(draw, random(), n, min(k, max(1, n - 1)), size) as drawing:
                neighbors, neighbor_distances = find_neighbors(rows)
            picks, gaps = drawing.result()
        else:
            neighbors, neighbor_distances = find_neighbors(rows)
            picks, gaps = draw(random(), n, int(neighbors.shape[1]), size)
        picks = follow_order(picks, int(neighbors.shape[1]), batch, rows)
        parts.append(NewRows(code, lineage_from_draws(rows, neighbors, neighbor_distances, picks, gaps)))
        if first is not None and neighbor_distances is not None:
            first = lower_first_neighbor_distance(batch, first, rows, neighbor_distances[:, 0])
    return append_new_rows(batch, parts, first, ctx)


def follow_order(picks: Integers, k: int, batch: Batch, rows: Array) -> Integers:
    """Picks of `rows` (m,), ascending, by position, where the draws number the rows in the order of the result."""
    if batch.order is None:
        return picks
    by_place = np.argsort(batch.places_of(dispatch.to_numpy_int64(rows)))
    return by_place[picks // k] * k + picks % k
