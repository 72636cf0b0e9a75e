"""SMOTE in three stages: neighbours of the originals (no seed in it), draw (no X in it), synthetic rows (written once)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from gpu_smotetomek import arrays
from gpu_smotetomek.execution import Work
from gpu_smotetomek.neighbors import Engine
from gpu_smotetomek.resampling.batch import Batch, Lineage
from gpu_smotetomek.resampling.interpolation import enlarged, refuse_large_integers, refuse_overflow
from gpu_smotetomek.typing import Array, Floats, Integers

ASIDE = 2**16  # draws that are worth another thread

Random = Callable[[], np.random.RandomState | np.random.Generator]
Neighbourhood = Callable[[Array], tuple[Array, Array | None]]


def within_class(batch: Batch, rows: Array, k: int, engine: Engine) -> tuple[Array, Array]:
    """Of `rows` (n_class,), all of one class: positions among them of the k nearest others of each, and their distances."""
    D, found = engine.over(batch.space, rows, int(rows.shape[0])).nearest(rows, k)
    xp = arrays.namespace(found)
    return xp.reshape(xp.searchsorted(rows, xp.reshape(found, (-1,))), found.shape), xp.sqrt(D)


def refuse_few(batch: Batch, wanted: dict[int, int], k: int) -> None:
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
    batch: Batch, wanted: dict[int, int], neighbourhood: Neighbourhood, random: Random, work: Work, k: int | None = None
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
    codes, first = [batch.codes[:0]], batch.first
    for code, size in sorted(wanted.items()):
        if size == 0:
            continue
        rows = batch.rows_of(code)
        refuse_large_integers(batch.X, rows, batch.dtypes, work)
        n = int(rows.shape[0])
        if k and size >= ASIDE and work.threads > 1:
            with work.aside(draw, random(), n, k, size) as drawing:
                found, distances = neighbourhood(rows)
            pick, gap = drawing.result()
        else:
            found, distances = neighbourhood(rows)
            pick, gap = draw(random(), n, int(found.shape[1]), size)
        made.append(drawn(batch, rows, found, distances, pick, gap))
        codes.append(np.full(size, code, batch.codes.dtype))
        if first is not None and distances is not None:
            first = with_first(batch, first, rows, distances)
    if not made:
        return batch.grown(batch.X, batch.codes[:0], Lineage.none(batch.X), first)
    lineage = Lineage.joined(made)
    X = enlarged(batch.X, (lineage.base, lineage.neighbor, lineage.gap), batch.dtypes, work)
    refuse_overflow(X[len(batch.codes) :, :], batch.space.exponent)
    ids = replace(lineage, base=batch.ids_of(lineage.base), neighbor=batch.ids_of(lineage.neighbor))
    return batch.grown(X, np.concatenate(codes), ids, first)


def drawn(batch: Batch, rows: Array, found: Array, distances: Array | None, pick: Integers, gap: Floats) -> Lineage:
    """What was drawn among the neighbours (n_class, k) of the rows of a class, as pairs of rows and their distances."""
    xp, k, picked = arrays.namespace(found), int(found.shape[1]), arrays.beside(pick, found)
    base = xp.take(rows, picked // k)
    neighbor = xp.take(rows, xp.take(xp.reshape(found, (-1,)), picked))
    if distances is None:
        length = xp.sqrt(batch.space.pairs(base, neighbor)[:, 0])
    else:
        length = xp.take(xp.reshape(distances, (-1,)), picked)
    return Lineage(base, neighbor, arrays.beside(gap, found), length)


def with_first(batch: Batch, first: Array, rows: Array, distances: Array) -> Array:
    """`first` with the nearest distances of the rows of the input among those of a class; nothing was dropped."""
    xp, inside = arrays.namespace(first), arrays.count(rows < batch.n_originals)  # they come first
    return arrays.put_rows(xp.asarray(first, copy=True), rows[:inside], distances[:inside, 0])
