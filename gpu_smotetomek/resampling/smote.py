"""SMOTE in three stages: neighbours of the originals (no seed in it), draw (no X in it), synthetic rows (written once)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from gpu_smotetomek.arrays import dispatch, indexing
from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.neighbors import SearchSelector
from gpu_smotetomek.resampling.batch import Batch, Lineage
from gpu_smotetomek.resampling.interpolation import append_synthetic, check_large_integers, check_overflow
from gpu_smotetomek.typing import Array, Floats, Integers

DRAW_IN_BACKGROUND_FROM = 2**16  # draws that are worth another thread

Random = Callable[[], np.random.RandomState | np.random.Generator]
Neighbourhood = Callable[[Array], tuple[Array, Array | None]]


def class_neighbors(batch: Batch, rows: Array, k: int, engine: SearchSelector) -> tuple[Array, Array]:
    """Of `rows` (n_class,), all of one class: positions among them of the k nearest others of each, and their distances."""
    D, found = engine.search_over(batch.scaled, rows, int(rows.shape[0])).kneighbors(rows, k)
    xp = dispatch.namespace(found)
    return xp.reshape(xp.searchsorted(rows, xp.reshape(found, (-1,))), found.shape), xp.sqrt(D)


def check_class_sizes(batch: Batch, wanted: dict[int, int], k: int) -> None:
    """Refuse to grow a class of no more than k rows.

    Raises
    ------
    ValueError
        About the smallest such class: what helps it helps the others.
    """
    sizes = batch.class_counts
    few = sorted((int(sizes[code]), code) for code, size in wanted.items() if size and sizes[code] <= k)
    if not few:
        return
    n, code = few[0]
    label = batch.classes[code : code + 1].tolist()[0]
    lower = f"lower k_neighbors to {n - 1} or less, or " if n > 1 else ""
    more = f" {len(few) - 1} more have too few." if len(few) > 1 else ""
    raise ValueError(
        f"Class {label!r} has {n} row{'s' * (n > 1)}, and k_neighbors={k} needs at least {k + 1} rows in a "
        f"class that is over-sampled: {lower}leave the class out with sampling_strategy, or collect more rows of it.{more}"
    )


def draw(random: np.random.RandomState | np.random.Generator, n: int, k: int, size: int) -> tuple[Integers, Floats]:
    """`size` draws of a (row, neighbour) pair, as row · k + neighbour, and of a gap; the numbers that imbalanced-learn draws.

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
    wanted: dict[int, int],
    neighbourhood: Neighbourhood,
    random: Random,
    work: ExecutionContext,
    k: int | None = None,
) -> Batch:
    """The batch with `wanted` synthetic rows a class code, class after class in ascending code.

    Parameters
    ----------
    neighbourhood : callable
        Gives, for the rows of a class (n_class,), the positions (n_class, k) of their neighbours among them and, where it
        knows them, the distances in scaled units, ascending.
    random : callable
        Gives the source of a class's draws: a fresh one each time where the seed is an int, as in imbalanced-learn.
    k : int or None
        How many neighbours a row has, where the draws may be made before they are known: of a source that is nobody else's.
    """
    made: list[Lineage] = []
    codes, first = [batch.codes[:0]], batch.first_neighbor_distance
    for code, size in sorted(wanted.items()):
        if size == 0:
            continue
        rows = batch.class_rows(code)
        check_large_integers(batch.X, rows, batch.dtypes, work)
        n = int(rows.shape[0])
        if k and size >= DRAW_IN_BACKGROUND_FROM and work.n_threads > 1:
            with work.in_background(draw, random(), n, k, size) as drawing:
                found, distances = neighbourhood(rows)
            pick, gap = drawing.result()
        else:
            found, distances = neighbourhood(rows)
            pick, gap = draw(random(), n, int(found.shape[1]), size)
        made.append(lineage_from_draws(batch, rows, found, distances, pick, gap))
        codes.append(np.full(size, code, batch.codes.dtype))
        if first is not None and distances is not None:
            first = update_first_neighbor_distance(batch, first, rows, distances)
    if not made:
        return batch.append(batch.X, batch.codes[:0], Lineage.empty(batch.X), first)
    lineage = Lineage.concat(made)
    X = append_synthetic(batch.X, (lineage.base, lineage.neighbor, lineage.gap), batch.dtypes, work)
    check_overflow(X[len(batch.codes) :, :], batch.scaled.exponent)
    ids = replace(lineage, base=batch.row_ids(lineage.base), neighbor=batch.row_ids(lineage.neighbor))
    return batch.append(X, np.concatenate(codes), ids, first)


def lineage_from_draws(
    batch: Batch, rows: Array, found: Array, distances: Array | None, pick: Integers, gap: Floats
) -> Lineage:
    """What was drawn among the neighbours (n_class, k) of the rows of a class, as pairs of rows and their distances."""
    xp, k, picked = dispatch.namespace(found), int(found.shape[1]), dispatch.asarray_like(pick, found)
    base = xp.take(rows, picked // k)
    neighbor = xp.take(rows, xp.take(xp.reshape(found, (-1,)), picked))
    if distances is None:
        length = xp.sqrt(batch.scaled.sq_distances(base, neighbor)[:, 0])
    else:
        length = xp.take(xp.reshape(distances, (-1,)), picked)
    return Lineage(base, neighbor, dispatch.asarray_like(gap, found), length)


def update_first_neighbor_distance(batch: Batch, first: Array, rows: Array, distances: Array) -> Array:
    """`first` with the nearest distances of the rows of the input among those of a class; nothing was dropped."""
    xp, inside = dispatch.namespace(first), indexing.count_nonzero(rows < batch.n_originals)  # they come first
    return indexing.scatter_set(xp.asarray(first, copy=True), rows[:inside], distances[:inside, 0])
