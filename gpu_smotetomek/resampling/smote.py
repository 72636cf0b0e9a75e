"""SMOTE in three stages: neighbours of the originals (no seed in it), draw (no X in it), synthetic rows (written once)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from gpu_smotetomek import arrays
from gpu_smotetomek.neighbors import Engine
from gpu_smotetomek.resampling.batch import Batch, Lineage
from gpu_smotetomek.resampling.write import refuse_large_integers, write
from gpu_smotetomek.typing import Array, Floats, Integers
from gpu_smotetomek.work import Work

Random = Callable[[], np.random.RandomState | np.random.Generator]
Neighbourhood = Callable[[Array], Array]


def within_class(batch: Batch, rows: Array, k: int, engine: Engine) -> Array:
    """Positions among `rows` (n_class,), all of one class, of the k nearest others of each, (n_class, k).

    Raises
    ------
    ValueError
        If the class has no more than k rows.
    """
    n = int(rows.shape[0])
    if n <= k:
        label = batch.classes[batch.codes[int(rows[0])]]
        remedy = f"lower k_neighbors to {n - 1}, or " if n > 1 else ""
        raise ValueError(
            f"Expected n_neighbors <= n_samples_fit, but class {label!r} has {n} row(s), and k_neighbors={k} needs at least "
            f"{k + 1}; {remedy}leave the class out with sampling_strategy, or collect more rows of it"
        )
    _, found = engine.over(batch.space, rows, n).nearest(rows, k)
    xp = arrays.namespace(found)
    return xp.reshape(xp.searchsorted(rows, xp.reshape(found, (-1,))), found.shape)


def draw(random: np.random.RandomState | np.random.Generator, n: int, k: int, size: int) -> tuple[Integers, Floats]:
    """`size` draws of a (row, neighbour) pair, as row · k + neighbour, and of a gap; the numbers that imbalanced-learn draws.

    Examples
    --------
    >>> import numpy as np
    >>> draw(np.random.RandomState(0), 3, 2, 2)
    (array([4, 5]), array([0.54488318, 0.4236548 ]))
    """
    if isinstance(random, np.random.Generator):
        return random.integers(0, n * k, size), random.random(size)
    return random.randint(0, n * k, size), random.uniform(size=size)


def oversample(batch: Batch, wanted: dict[int, int], neighbourhood: Neighbourhood, random: Random, work: Work) -> Batch:
    """The batch with `wanted` synthetic rows a class code, class after class in ascending code.

    Parameters
    ----------
    neighbourhood : callable
        Gives, for the rows of a class (n_class,), the positions (n_class, k) of their neighbours among them.
    random : callable
        Gives the source of a class's draws: a fresh one each time where the seed is an int, as in imbalanced-learn.
    """
    plans = []
    for code, size in sorted(wanted.items()):
        if size == 0:
            continue
        rows = batch.rows_of([code])
        refuse_large_integers(batch.X, rows, batch.dtypes, work)
        found = neighbourhood(rows)
        n, k = (int(length) for length in found.shape)
        pick, gap = draw(random(), n, k, size)
        at = arrays.take_flat(arrays.namespace(found).reshape(found, (-1,)), arrays.beside(pick, found))
        base, neighbor = arrays.host_rows(rows)[pick // k], arrays.host_rows(arrays.take_flat(rows, at))
        plans.append((base, neighbor, gap, np.full(size, code, np.int64)))
    if not plans:
        return batch.grown(batch.X[:0], np.empty(0, np.int64), Lineage.none())
    base, neighbor, gap, codes = (np.concatenate(part) for part in zip(*plans, strict=True))
    synthetic = write(batch.X, (base, neighbor, gap), batch.dtypes, work)
    return batch.grown(synthetic, codes, Lineage(batch.ids[base], batch.ids[neighbor], gap))
