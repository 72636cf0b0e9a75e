"""How far stored synthetic rows may be from the points that they stand for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gpu_smotetomek.arrays import dispatch, indexing
from gpu_smotetomek.arrays.narrow_floats import float_format
from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.resampling.batch import Batch
from gpu_smotetomek.typing import Array, Floats


@dataclass(frozen=True)
class RoundingSlack:
    """How far a stored synthetic row may be from the point p + g (q − p) of its segment, in scaled units.

    With N = max(‖p‖, ‖q‖), not centred, and unit roundoffs u of the dtypes (see `interpolation`): the difference errs by
    u_step ‖q − p‖, product and sum by 2⁻⁵³ (L + N), storing by u_store N; a longdouble row is also rounded to float64. The sum is
    widened for products of errors. An integer column adds ½, and a float column half its least subnormal number, for each of two
    roundings. Where features are multiplied by factors first, the row, p and q are each rounded by 2⁻⁵³ N once more, and what a
    column adds is multiplied by its factor.

    Attributes
    ----------
    norms : float64 array (n,)
        Norms of the originals that are parents.
    step, store, absolute : float
        u_step, u_store, and the part that does not depend on the row.
    """

    norms: Array
    step: float
    store: float
    absolute: float

    @classmethod
    def from_batch(cls, batch: Batch, parents: list[Array], ctx: ExecutionContext) -> RoundingSlack:
        """The slack of a batch whose synthetic rows have these parents."""
        own = dispatch.numpy_dtype(batch.X)
        stored = [np.dtype(dtype) for dtype in batch.dtypes or (own,)]
        formats = {float_format(dtype) for dtype in [*stored, own] if dtype.kind == "f"}
        step = float_format(own).unit_roundoff if own.kind == "f" else 0.0
        store = max((float_format(dtype).unit_roundoff for dtype in stored if dtype.kind == "f"), default=0.0)
        with np.errstate(over="ignore"):  # integers beside subnormal floats have no finite bound in scaled units
            absolute = float(np.ldexp(norm_of_integers(batch, stored) / 2, batch.scaled.exponent))
            for form in formats:
                least = np.ldexp(2 * norm_of_factors(batch), form.exponent_of_half_subnormal + batch.scaled.exponent)
                absolute += float(least)
            if batch.factors is not None:
                absolute += float(np.ldexp(4 * math.sqrt(batch.scaled.d), -1075 + batch.scaled.exponent))
        xp = dispatch.namespace(parents[0])
        norms = xp.zeros(batch.n_originals, dtype=xp.float64, device=dispatch.get_device(parents[0]))
        rows = indexing.flatnonzero(indexing.mask_from_indices(norms, parents))
        return cls(indexing.scatter_set(norms, rows, batch.scaled.norms(rows, ctx)), step, store, absolute)

    def bound(self, base: Array, neighbor: Array, gap: Array, parent_distance: Array) -> Array:
        """Upper bound (m,) on the slack of synthetic rows with these parents, gaps and parent distances."""
        xp = dispatch.namespace(gap)
        norm = xp.maximum(xp.take(self.norms, base), xp.take(self.norms, neighbor))
        moved = self.step * gap * parent_distance + (self.store + 2.0**-50) * norm + 2.0**-50 * parent_distance
        return (1 + 2.0**-7) * moved + self.absolute


def norm_of_factors(batch: Batch) -> float:
    """Norm of the factors of the features, which are 1 without `factors`."""
    return math.sqrt(batch.scaled.d) if batch.factors is None else norm_of_features(batch.factors)


def norm_of_integers(batch: Batch, stored: Sequence[np.dtype[Any]]) -> float:
    """The same for the features that are stored as integers or booleans; `stored` is one dtype for all, or one for each."""
    is_integer = np.array([dtype.kind != "f" for dtype in stored])
    if batch.factors is None:
        return math.sqrt(batch.scaled.d * float(is_integer.mean()))
    return norm_of_features(np.where(is_integer, batch.factors, 0.0))


def norm_of_features(values: Floats) -> float:
    """Norm of values (d,), whose squares may overflow.

    Examples
    --------
    >>> import numpy as np
    >>> norm_of_features(np.ldexp([3.0, 4.0], 600)) == 5 * 2.0**600
    True
    """
    largest = float(values.max())
    return largest * math.sqrt(float(((values / largest) ** 2).sum())) if largest else 0.0
