"""Random copies with noise: the smoothed bootstrap, with imbalanced-learn's draws."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from gpu_smotetomek.arrays import dispatch, matrices
from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.neighbors import ScaledRows
from gpu_smotetomek.resampling.batch import Batch
from gpu_smotetomek.resampling.extrapolation import find_limits
from gpu_smotetomek.resampling.interpolation import cast_columns, check_large_integers
from gpu_smotetomek.resampling.lineage import Lineage
from gpu_smotetomek.resampling.random_rows import RandomState
from gpu_smotetomek.typing import Array, Floats, Integers


def append_perturbed(
    batch: Batch, shrinkage: Mapping[int, float], n_new: Mapping[int, int], random: RandomState, ctx: ExecutionContext
) -> tuple[Batch, Integers]:
    """The batch with a smoothed bootstrap (ROSE) of its classes at its end, and the places of the rows that were drawn.

    A new row is a drawn row of the class plus normal noise of standard deviation h σ in each feature, with σ that of the class
    and h = shrinkage · (4 / ((d + 2) n))^(1 / (d + 4)), for n rows in all with d features (Menardi and Torelli, "Training and
    assessing classification rules with imbalanced data", Data Mining and Knowledge Discovery 28 (2014) 92-122). The sum is
    computed in float64 and rounded once, to the nearest value that the dtype of its column holds.

    Raises
    ------
    ValueError
        If a sum is not finite, or an integer is so large that float64 skips some of its size.
    """
    n, d = (int(length) for length in batch.X.shape)
    constant = (4 / ((d + 2) * n)) ** (1 / (d + 4))
    parts, codes, drawn = [batch.X], [batch.codes[:0]], [np.empty(0, np.int64)]
    for code, size in sorted(n_new.items()):
        places = np.flatnonzero(batch.ordered_codes == code)
        of_class = dispatch.asarray_like(batch.rows_at(places), batch.X)
        check_large_integers(batch.X, of_class, batch.dtypes, ctx, "RandomOverSampler cannot add noise to")
        scale = class_noise_scale(batch.X, of_class, shrinkage[code] * constant)
        drawn.append(random.choice(places, size=size, replace=True))
        rows = batch.rows_at(drawn[-1])
        for block in ctx.blocks(size, ctx.rows_per_block(48.0 * d)):
            noise = draw_normal(random, block.stop - block.start, d)
            parts.append(add_noise(batch, rows[block], noise, scale))
        codes.append(np.full(size, code, batch.codes.dtype))
    places = np.concatenate(drawn)
    return append_off_segments(batch, parts, np.concatenate(codes), batch.rows_at(places), ctx), places


def class_noise_scale(X: Array, rows: Array, factor: float) -> Floats | Array:
    """Standard deviation (d,) of the features of these rows, times a factor, in float64; with NumPy's bits for a NumPy array."""
    P = matrices.take_rows(X, rows)
    with np.errstate(over="ignore", invalid="ignore"):  # `add_noise` raises
        if dispatch.is_sparse(P):
            from sklearn.utils.sparsefuncs import mean_variance_axis

            return factor * np.sqrt(mean_variance_axis(P, axis=0)[1])
        if isinstance(P, np.ndarray):
            return np.asarray(factor * np.std(P, axis=0), np.promote_types(X.dtype, np.float64))
    return factor * dispatch.namespace(P).std(dispatch.as_float64(P), axis=0)


def draw_normal(random: RandomState, m: int, d: int) -> Floats:
    """Standard normal values (m, d)."""
    return random.standard_normal((m, d)) if isinstance(random, np.random.Generator) else random.randn(m, d)


def add_noise(batch: Batch, rows: Integers, noise: Floats, scale: Array) -> Array:
    """The rows plus noise (m, d) times `scale` (d,), in the kind and dtype of X, each column rounded to its own dtype."""
    X = batch.X
    P = matrices.take_dense_rows(X, dispatch.asarray_like(rows, X))
    xp = dispatch.namespace(P)
    with np.errstate(over="ignore", invalid="ignore"):
        values = dispatch.asarray_like(noise, P) * scale + dispatch.promote_to_float64(P)
        dtypes = batch.dtypes or [dispatch.numpy_dtype(P)] * int(P.shape[1])
        columns = [clip_to_dtype(values[:, j], np.dtype(dtype)) for j, dtype in enumerate(dtypes)]
        values = cast_columns(xp.stack(columns, axis=1), X.dtype, batch.dtypes)
    if xp.isdtype(X.dtype, "real floating") and not bool(xp.all(xp.isfinite(values))):
        raise ValueError(
            f"RandomOverSampler cannot add noise of this shrinkage to rows so near the limit of {dispatch.dtype_name(X)}: lower "
            "shrinkage, divide X, or convert it to a wider dtype"
        )
    return matrices.sparse_like(values, X) if dispatch.is_sparse(X) else values


def clip_to_dtype(values: Array, dtype: np.dtype[Any]) -> Array:
    """Float64 values, clipped to the range of an integer or boolean dtype, whose limits they then round to."""
    if dtype.kind == "f":
        return values
    least, largest = find_limits(dtype)
    below = float(largest) if int(float(largest)) <= largest else math.nextafter(float(largest), 0.0)
    return dispatch.namespace(values).clip(values, float(least), below)


def append_off_segments(
    batch: Batch, parts: list[Array], codes: Integers, rows: Integers, ctx: ExecutionContext
) -> Batch:
    """The batch with rows at its end that are on no segment; their bases are `rows`.

    They may lie outside the range of X, so the scale of the distances is found again, and distances in the old one are forgotten.
    """
    base = batch.row_ids(dispatch.asarray_like(rows, batch.X))
    unknown = dispatch.asarray_like(np.full(len(rows), math.nan), base)
    xp = dispatch.namespace(base)
    elsewhere = Lineage(base, base, unknown, unknown, is_segment=xp.zeros_like(unknown, dtype=xp.bool))
    batch = batch.append(matrices.concat_rows(parts), codes, elsewhere, None)
    lineage = batch.lineage
    forgotten = replace(lineage, parent_distance=xp.full_like(lineage.parent_distance, math.nan))
    scaled = ScaledRows.from_matrix(batch.scaled.X, ctx)
    X = scaled.X if batch.factors is None else batch.X
    return replace(batch, X=X, lineage=forgotten, scaled=scaled)
