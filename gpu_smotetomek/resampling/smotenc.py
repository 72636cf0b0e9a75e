"""SMOTE of mixed tables: numbers are interpolated, and each category is the most frequent one among the neighbours."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from gpu_smotetomek.arrays import categories, dispatch, indexing, matrices
from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.neighbors.scaled_mixed import ScaledMixed
from gpu_smotetomek.resampling.batch import Batch
from gpu_smotetomek.resampling.interpolation import cast_columns, check_large_integers, check_overflow, interpolate
from gpu_smotetomek.resampling.lineage import Lineage
from gpu_smotetomek.resampling.smote import draw, follow_order
from gpu_smotetomek.resampling.synthesis import RandomSource, lineage_from_draws
from gpu_smotetomek.typing import Array, Integers

FindMixedNeighbors = Callable[[int, Array], tuple[Array, Array]]
"""From a class and its rows (n_class,) to their neighbours (n_class, k) and the distances to them, ascending."""


def oversample_mixed(
    batch: Batch,
    n_synthetic: dict[int, int],
    find_neighbors: FindMixedNeighbors,
    random: RandomSource,
    ctx: ExecutionContext,
) -> Batch:
    """Append synthetic rows, class after class in ascending code.

    Parameters
    ----------
    batch : Batch
        With categorical features.
    n_synthetic : dict
        From class code to the number of rows to add.
    find_neighbors : callable
        Finds the neighbours of the rows of a class.
    random : callable
        Returns the random source for a class. A second call returns that of the draws among tied categories: the same one, or
        a fresh one if the seed is an int, as in imbalanced-learn.
    ctx : ExecutionContext
    """
    scaled = batch.mixed
    lineages, codes, new = list[Lineage](), [batch.codes[:0]], list[list[Array]]()
    for code, size in sorted(n_synthetic.items()):
        if size == 0:
            continue
        rows = batch.class_rows(code)
        check_large_integers(batch.X, rows, batch.dtypes, ctx)
        neighbors, neighbor_distances = find_neighbors(code, rows)
        k = int(neighbors.shape[1])
        picks, gaps = draw(random(), int(rows.shape[0]), k, size)
        picks = follow_order(picks, k, batch, rows)
        lineages.append(lineage_from_draws(rows, neighbors, neighbor_distances, picks, gaps))
        codes.append(np.full(size, code, batch.codes.dtype))
        new.append(draw_categories(scaled, neighbors, picks // k, random()))
    if not lineages:
        return batch.append(batch.X, batch.codes[:0], Lineage.empty(batch.X), None)
    lineage, xp = Lineage.concat(lineages), dispatch.namespace(batch.X)
    categories_by_column = [xp.concat(parts) for parts in zip(*new, strict=True)]
    X = append_mixed(batch, lineage, categories_by_column, ctx)
    check_overflow(X[len(batch.codes) :, : scaled.numbers.d], batch.exponent_of_rows)
    lineage = replace(lineage, base=batch.row_ids(lineage.base), neighbor=batch.row_ids(lineage.neighbor))
    return batch.append(X, np.concatenate(codes), lineage, None)


def draw_categories(
    scaled: ScaledMixed, neighbors: Array, bases: Integers, random: np.random.RandomState | np.random.Generator
) -> list[Array]:
    """The category (m,) of each synthetic row, for each categorical feature: the most frequent one among the neighbours.

    Parameters
    ----------
    scaled : ScaledMixed
    neighbors : int64 array (n_class, k)
    bases : int array (m,), on the host
        Position, in the class, of the base of each synthetic row.
    random : RandomState or Generator
        Draws where several categories are equally frequent, feature after feature; imbalanced-learn's draws.
    """
    drawn, on_device = list[Array](), dispatch.asarray_like(bases, neighbors)
    for column in scaled.codes:
        frequent, n_tied = categories.find_most_frequent(indexing.take_1d(column, neighbors))
        choices = draw_among_tied(dispatch.to_numpy_int64(n_tied)[bases], random)
        places = on_device * int(neighbors.shape[1]) + dispatch.asarray_like(choices, neighbors)
        drawn.append(indexing.take_1d(dispatch.namespace(frequent).reshape(frequent, (-1,)), places))
    return drawn


def draw_among_tied(n_tied: Integers, random: np.random.RandomState | np.random.Generator) -> Integers:
    """A number below n_tied[i] for each i (m,): all candidates are shuffled, and the first one of each i is taken.

    Examples
    --------
    >>> import numpy as np
    >>> draw_among_tied(np.array([1, 3, 2]), np.random.RandomState(0))
    array([0, 1, 1])
    """
    total = int(n_tied.sum())
    order = random.permutation(total)
    starts = np.cumsum(n_tied) - n_tied
    if total == len(n_tied):  # the order is drawn all the same, for what is drawn after it
        return np.zeros(total, np.int64)
    position = np.empty(total, np.int64)
    position[order] = np.arange(total)
    first = np.minimum.reduceat(position, starts)
    chosen: Integers = order[first] - starts
    return chosen


def append_mixed(batch: Batch, lineage: Lineage, codes: list[Array], ctx: ExecutionContext) -> Array:
    """The rows of a batch followed by its synthetic rows (n + m, d): numbers between the parents, then the codes (m,)."""
    X, dtypes, p = batch.X, batch.dtypes, batch.mixed.numbers.d
    numbers, n, m = X[:, :p], int(X.shape[0]), lineage.n_synthetic

    def interpolate_block(block: slice) -> Array:
        base, neighbor, gap = (values[block] for values in lineage.columns[:3])
        P, Q = matrices.take_dense_rows(numbers, base), matrices.take_dense_rows(numbers, neighbor)
        with np.errstate(over="ignore"):  # `check_overflow` raises
            return cast_columns(interpolate(P, Q, gap), X.dtype, None if dtypes is None else dtypes[:p])

    if isinstance(X, np.ndarray):
        out = np.empty((n + m, X.shape[1]), X.dtype)
        out[:n] = X
        for j, column in enumerate(codes):
            out[n:, p + j] = column

        def fill(block: slice) -> None:
            out[n + block.start : n + block.stop, :p] = interpolate_block(block)

        ctx.map_rows("write", fill, m, 32.0 * p)
        return out
    xp = dispatch.namespace(X)

    def append_codes(block: slice) -> Array:
        own = [xp.astype(column[block], X.dtype)[:, None] for column in codes]
        return xp.concat([interpolate_block(block), *own], axis=1)

    return xp.concat([X, *ctx.map_rows("write", append_codes, m, 32.0 * X.shape[1], threaded_from=None)], axis=0)
