"""How far stored synthetic rows are from the points that they stand for."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from gpu_smotetomek import arrays
from gpu_smotetomek.resampling.batch import Batch
from gpu_smotetomek.typing import Array


@dataclass(frozen=True)
class Rounding:
    """How far a stored synthetic row may be from the point p + g (q − p) of its segment, in scaled units.

    With N = max(‖p‖, ‖q‖), not centred, and unit roundoffs u of the dtypes (`write`): the difference errs by u_step ‖q − p‖,
    product and sum by 2⁻⁵³ (L + N), storing by u_store N; a longdouble row is rounded to float64 besides. All of it is widened
    for what multiplies. An integer column adds ½, a float column half its least subnormal, for each of two roundings.

    Attributes
    ----------
    norms : float64 array (n,)
        Of the originals that are parents.
    step, store, whole : float
        u_step, u_store, and what does not depend on the row.
    """

    norms: Array
    step: float
    store: float
    whole: float

    @classmethod
    def of(cls, batch: Batch, parents: list[Array]) -> Rounding:
        own = arrays.numpy_dtype(batch.X)
        stored = [np.dtype(dtype) for dtype in batch.dtypes or (own,)]
        floats = [np.finfo(dtype) for dtype in {*stored, own} if dtype.kind == "f"]
        step = float(np.finfo(own).eps) / 2 if own.kind == "f" else 0.0
        store = max((float(np.finfo(dtype).eps) / 2 for dtype in stored if dtype.kind == "f"), default=0.0)
        d, exponent = batch.space.d, batch.space.exponent
        integers = d * sum(dtype.kind != "f" for dtype in stored) / len(stored)
        whole = math.ldexp(math.sqrt(integers) / 2, exponent)
        for info in floats:
            whole += math.ldexp(2 * math.sqrt(d), int(info.minexp) - int(info.nmant) - 1 + exponent)
        xp = arrays.namespace(parents[0])
        norms = xp.zeros(batch.n_originals, dtype=xp.float64, device=arrays.device_of(parents[0]))
        rows = arrays.rows_where(arrays.marked(norms, parents))
        return cls(arrays.put_rows(norms, rows, batch.space.norms(rows)), step, store, whole)

    def slack(self, base: Array, neighbor: Array, gap: Array, length: Array) -> Array:
        """The bound for synthetic rows of these parents, gaps and lengths."""
        xp = arrays.namespace(gap)
        N = xp.maximum(xp.take(self.norms, base), xp.take(self.norms, neighbor))
        moved = self.step * gap * length + (self.store + 2.0**-50) * N + 2.0**-50 * length
        return (1 + 2.0**-7) * moved + self.whole
