"""SMOTE in three stages: neighbours of the originals (no seed in it), draw (no X in it), synthetic rows (written once)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from gpu_smotetomek import arrays
from gpu_smotetomek.neighbors import Engine
from gpu_smotetomek.resampling.batch import Batch, Lineage
from gpu_smotetomek.resampling.write import enlarged, refuse_large_integers, refuse_overflow
from gpu_smotetomek.typing import Array, Floats, Integers
from gpu_smotetomek.work import Work

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
    sizes = batch.class_counts()
    few = sorted((int(sizes[code]), code) for code, size in wanted.items() if size and sizes[code] <= k)
    if not few:
        return
    n, code = few[0]
    lower = f"lower k_neighbors to {n - 1} or less, or " if n > 1 else ""
    more = f" {len(few) - 1} more have too few." if len(few) > 1 else ""
    raise ValueError(
        f"Class {batch.classes[code].item()!r} has {n} row{'s' * (n > 1)}, and k_neighbors={k} needs at least {k + 1} rows in a "
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


def oversample(batch: Batch, wanted: dict[int, int], neighbourhood: Neighbourhood, random: Random, work: Work) -> Batch:
    """The batch with `wanted` synthetic rows a class code, class after class in ascending code.

    Parameters
    ----------
    neighbourhood : callable
        Gives, for the rows of a class (n_class,), the positions (n_class, k) of their neighbours among them and, where it
        knows them, the distances in scaled units, ascending.
    random : callable
        Gives the source of a class's draws: a fresh one each time where the seed is an int, as in imbalanced-learn.
    """
    plans, first = [], batch.first if batch.first is None else batch.first.copy()
    for code, size in sorted(wanted.items()):
        if size == 0:
            continue
        rows = batch.rows_of([code])
        refuse_large_integers(batch.X, rows, batch.dtypes, work)
        found, distances = neighbourhood(rows)
        n, k = (int(length) for length in found.shape)
        pick, gap = draw(random(), n, k, size)
        xp, own, picked = arrays.namespace(found), arrays.host_rows(rows), arrays.beside(pick, found)
        at = xp.take(xp.reshape(found, (-1,)), picked)
        base, neighbor = own[pick // k], arrays.host_rows(xp.take(rows, at))
        if distances is None:
            length = np.sqrt(
                arrays.to_host(batch.space.pairs(arrays.beside(base, found), arrays.beside(neighbor, found))[:, 0])
            )
        else:
            length = arrays.to_host(xp.take(xp.reshape(distances, (-1,)), picked))
            if first is not None:
                first[batch.ids[own[own < batch.n_originals]]] = arrays.to_host(distances[:, 0])[
                    own < batch.n_originals
                ]
        plans.append((base, neighbor, gap, length, np.full(size, code, batch.codes.dtype)))
    if not plans:
        return batch.grown(batch.X, batch.codes[:0], Lineage.none(), first)
    base, neighbor, gap, length, codes = (np.concatenate(part) for part in zip(*plans, strict=True))
    X = enlarged(batch.X, (base, neighbor, gap), batch.dtypes, work)
    refuse_overflow(X[len(batch.codes) :, :], batch.space.exponent)
    return batch.grown(X, codes, Lineage(batch.ids[base], batch.ids[neighbor], gap, length), first)
