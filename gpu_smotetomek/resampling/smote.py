"""SMOTE in three stages: neighbours within a class (no seed), draws (no rows), synthetic rows (written once)."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from gpu_smotetomek.arrays import dispatch, indexing
from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.neighbors import SearchSelector
from gpu_smotetomek.resampling.batch import Batch, Lineage
from gpu_smotetomek.resampling.interpolation import append_synthetic, check_large_integers, check_overflow
from gpu_smotetomek.typing import Array, Floats, Integers

DRAW_IN_BACKGROUND_FROM = 2**16  # draws that take longer than to wake another thread
OMIT_DISTANCES_UP_TO_ROWS = 700  # over-sampled, two such classes are still cleaned without lineage bounds

RandomSource = Callable[[], np.random.RandomState | np.random.Generator]
FindNeighbors = Callable[[Array], tuple[Array, Array | None]]
"""From the rows of a class (n_class,) to their neighbours (n_class, k) and, where known, the distances to them, ascending."""


def class_neighbors(batch: Batch, rows: Array, k: int, selector: SearchSelector) -> tuple[Array, Array | None]:
    """The k nearest other rows (n_class, k) of each of `rows`, all of one class, and their distances in scaled units.

    The distances are left out where the search does without them, and the table is so small that no bound will need them.
    """
    search = selector.make_search(batch.scaled, rows, int(rows.shape[0]))
    if not search.computes_distances and len(batch.codes) <= OMIT_DISTANCES_UP_TO_ROWS:
        return search.nearest_rows(rows, k), None
    sq_distances, neighbors = search.kneighbors(rows, k)
    return neighbors, dispatch.namespace(sq_distances).sqrt(sq_distances)


def check_class_sizes(batch: Batch, n_synthetic: dict[int, int], k: int) -> None:
    """Raise if a class that is to grow has no more than k rows.

    Raises
    ------
    ValueError
        About the smallest such class, as its remedy helps the others as well.
    """
    sizes = batch.class_counts
    too_small = sorted((int(sizes[code]), code) for code, size in n_synthetic.items() if size and sizes[code] <= k)
    if not too_small:
        return
    n, code = too_small[0]
    label = batch.classes[code : code + 1].tolist()[0]
    lower = f"lower k_neighbors to {n - 1} or less, or " if n > 1 else ""
    more = f" {len(too_small) - 1} more have too few." if len(too_small) > 1 else ""
    raise ValueError(
        f"Class {label!r} has {n} row{'s' * (n > 1)}, and k_neighbors={k} needs at least {k + 1} rows in a "
        f"class that is over-sampled: {lower}leave the class out with sampling_strategy, or collect more rows of it.{more}"
    )


def draw(random: np.random.RandomState | np.random.Generator, n: int, k: int, size: int) -> tuple[Integers, Floats]:
    """`size` pairs of a row and one of its neighbours, as row · k + neighbour, and as many gaps; imbalanced-learn's draws.

    Examples
    --------
    >>> import numpy as np
    >>> draw(np.random.RandomState(0), 3, 2, 2)
    (array([4, 5]), array([0.84426575, 0.85794562]))
    """
    if isinstance(random, np.random.Generator):
        return random.integers(0, n * k, size), random.random(size)
    return random.randint(0, n * k, size), random.uniform(size=size)


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
        Finds the neighbours of the rows of a class.
    random : callable
        Returns the random source for a class: a fresh one each time if the seed is an int, as in imbalanced-learn.
    ctx : ExecutionContext
    k : int or None
        Neighbours of a row, if the draws may be made before the neighbours are known: no other code uses the random source.
    """
    lineages: list[Lineage] = []
    codes, first = [batch.codes[:0]], batch.first_neighbor_distance
    for code, size in sorted(n_synthetic.items()):
        if size == 0:
            continue
        rows = batch.class_rows(code)
        check_large_integers(batch.X, rows, batch.dtypes, ctx)
        n = int(rows.shape[0])
        if k and size >= DRAW_IN_BACKGROUND_FROM and ctx.n_threads > 1:
            with ctx.in_background(draw, random(), n, k, size) as drawing:
                neighbors, neighbor_distances = find_neighbors(rows)
            picks, gaps = drawing.result()
        else:
            neighbors, neighbor_distances = find_neighbors(rows)
            picks, gaps = draw(random(), n, int(neighbors.shape[1]), size)
        picks = follow_order(picks, int(neighbors.shape[1]), batch, code)
        lineages.append(lineage_from_draws(rows, neighbors, neighbor_distances, picks, gaps))
        codes.append(np.full(size, code, batch.codes.dtype))
        if first is not None and neighbor_distances is not None:
            first = update_first_neighbor_distance(batch, first, rows, neighbor_distances)
    if not lineages:
        return batch.append(batch.X, batch.codes[:0], Lineage.empty(batch.X), first)
    lineage = Lineage.concat(lineages)
    X = append_synthetic(batch.X, (lineage.base, lineage.neighbor, lineage.gap), batch.dtypes, ctx)
    check_overflow(X[len(batch.codes) :, :], batch.scaled.exponent)
    lineage = replace(lineage, base=batch.row_ids(lineage.base), neighbor=batch.row_ids(lineage.neighbor))
    return batch.append(X, np.concatenate(codes), lineage, first)


def follow_order(picks: Integers, k: int, batch: Batch, code: int) -> Integers:
    """Picks of the same rows where the draws number the rows of a class in the order of the result, and the lists by row."""
    if batch.order is None:
        return picks
    by_place = np.argsort(np.argsort(batch.order[batch.ordered_codes == code]))
    return by_place[picks // k] * k + picks % k


def lineage_from_draws(
    rows: Array,
    neighbors: Array,
    neighbor_distances: Array | None,
    picks: Integers,
    gaps: Floats,
) -> Lineage:
    """The drawn parents, as row numbers, among the neighbours (n_class, k) of the rows of a class."""
    xp, k, picked = dispatch.namespace(neighbors), int(neighbors.shape[1]), dispatch.asarray_like(picks, neighbors)
    base = xp.take(rows, picked // k)
    neighbor = xp.take(xp.reshape(neighbors, (-1,)), picked)
    if neighbor_distances is None:
        parent_distance = xp.full_like(dispatch.asarray_like(gaps, neighbors), math.nan)
    else:
        parent_distance = xp.take(xp.reshape(neighbor_distances, (-1,)), picked)
    return Lineage(base, neighbor, dispatch.asarray_like(gaps, neighbors), parent_distance)


def update_first_neighbor_distance(batch: Batch, first: Array, rows: Array, neighbor_distances: Array) -> Array:
    """`first` with the nearest distances of the rows of the input among those of a class; no row was dropped."""
    n_inside = indexing.count_nonzero(rows < batch.n_originals)  # the input's rows come first
    first = dispatch.namespace(first).asarray(first, copy=True)
    return indexing.scatter_set(first, rows[:n_inside], neighbor_distances[:n_inside, 0])
