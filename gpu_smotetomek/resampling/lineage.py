"""What descent says of distances before any search: bounds for synthetic rows, in scaled units.

Write p, q for base and neighbour, g for the gap, L = d(p, q), s = p + g (q − p) for the point that a stored synthetic row
stands for, at most `slack` from it. Every bound is widened by the float64 error of computing it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from gpu_smotetomek import arrays
from gpu_smotetomek.neighbors.exact import down, up
from gpu_smotetomek.neighbors.protocol import U64
from gpu_smotetomek.resampling.batch import Batch
from gpu_smotetomek.typing import Array

CAP = 2.0**505  # no distance in scaled units is that large: keeps squares of infinite bounds finite


@dataclass(frozen=True)
class Descent:
    """The synthetic rows of a batch and the originals they descend from.

    Attributes
    ----------
    d, n : int
        Features; originals, the first rows of the batch.
    base, neighbor : int64 arrays (m,)
        Rows of the parents.
    gap, length, slack : float64 arrays (m,)
        g, L, and the bound on the distance from the stored row to the point of its segment.
    first : float64 array (n,)
        Distance of each original to its nearest original of the same class, infinite where it is not known.
    """

    d: int
    n: int
    base: Array
    neighbor: Array
    gap: Array
    length: Array
    slack: Array
    first: Array

    @classmethod
    def of(cls, batch: Batch) -> Descent | None:
        """The descent of a batch's synthetic rows; None where it has none, or lost a parent, or has a synthetic parent."""
        n = batch.n_originals
        lineage = batch.lineage.of(batch.ids[n:] - batch.n_input)
        if not lineage.m:
            return None
        base, neighbor = (batch.originals(ids) for ids in (lineage.base, lineage.neighbor))
        if base is None or neighbor is None:
            return None
        xp, gap, length = arrays.namespace(base), lineage.gap, lineage.length
        first = batch.first
        if first is None:
            first = xp.full((n,), math.inf, dtype=xp.float64, device=arrays.device_of(base))
        return cls(batch.space.d, n, base, neighbor, gap, length, slack_of(batch, base, neighbor, gap, length), first)

    @property
    def eps(self) -> float:
        return 4 * (self.d + 8) * U64

    @property
    def m(self) -> int:
        return int(self.gap.shape[0])

    def near(self, rows: Array | slice = slice(None)) -> Array:
        """The nearer parent of synthetic rows (numbers, from 0, or a slice)."""
        gap, base, neighbor = (taken(values, rows) for values in (self.gap, self.base, self.neighbor))
        return arrays.namespace(gap).where(gap < 0.5, base, neighbor)

    def half(self, rows: Array | slice = slice(None)) -> Array:
        """Distance of points to their nearer parents, min(g, 1 − g) L, from above."""
        gap, length = taken(self.gap, rows), taken(self.length, rows)
        return arrays.namespace(gap).minimum(gap, 1 - gap) * length * (1 + self.eps)

    @cached_property
    def reach(self) -> Array:
        """How far the farthest child of each original (n,) is from it, as nearer parent, from above; −1: no child.

        A row within δ of a point z is an original within δ, or a child of an original o with d(z, o) ≤ δ + reach(o).
        """
        xp = arrays.namespace(self.gap)
        return -arrays.minimum_at(xp.ones_like(self.first), self.near(), -(self.half() + self.slack))

    @cached_property
    def nearest(self) -> tuple[Array, Array]:
        """Distance to some row of the same class, from above: of each original (n,) and of each synthetic row (m,).

        Of a synthetic row to the next one on the same undirected segment, or to the parent where it is the last; of an
        original also to its first neighbour. No search is needed, and with many rows an original these bounds are tiny.
        """
        xp = arrays.namespace(self.gap)
        forward = self.base < self.neighbor
        low, high = xp.where(forward, self.base, self.neighbor), xp.where(forward, self.neighbor, self.base)
        at = xp.where(forward, self.gap, 1 - self.gap)
        # one sort of a float key: where its rounding swaps two rows of a segment the bounds are looser, and still bounds
        order = xp.argsort(arrays.in_float64(low) * self.n + arrays.in_float64(high) + at)
        low, high, at, length, slack = (xp.take(values, order) for values in (low, high, at, self.length, self.slack))
        margin, none, false = 2 * self.eps * length, at[:1] * 0, low[:1] != low[:1]
        same = (low[1:] == low[:-1]) & (high[1:] == high[:-1])
        first, last = ~xp.concat([false, same]), ~xp.concat([same, false])
        step = xp.abs(at[1:] - at[:-1]) * length[1:] + slack[:-1] + slack[1:]
        before = xp.where(first, at * length + slack, xp.concat([none, step])) + margin
        after = xp.where(last, (1 - at) * length + slack, xp.concat([step, none])) + margin
        synthetic = arrays.unsorted(xp.minimum(before, after), order)
        starts, ends = arrays.rows_where(first), arrays.rows_where(last)
        originals = xp.asarray(self.first, copy=True)
        originals = arrays.minimum_at(originals, xp.take(low, starts), xp.take(before, starts))
        originals = arrays.minimum_at(originals, xp.take(high, ends), xp.take(after, ends))
        return originals, synthetic

    @property
    def scope(self) -> Array:
        """How far an enemy of an original (n,) may be and still matter: what is nearer to it, or to a child of it as nearer
        parent, than a row of its own class lies within. From above.
        """
        originals = self.nearest[0]
        own = arrays.namespace(originals).clip(originals, None, CAP)
        return up(-arrays.minimum_at(-own, self.near(), -self.ball()), self.d)

    def from_enemies(self, enemy: Array, rows: Array | slice = slice(None)) -> Array:
        """Distance of synthetic rows (numbers, or a slice) to any row outside their class, from below, by Stewart's theorem.

        d(s, m)² = (1 − g) d(p, m)² + g d(q, m)² − g (1 − g) L² for every row m, so it is at least that with the distances
        `enemy` (n,) of the parents to their nearest enemies, from below; and at least d(p, m) − g L, where `enemy` only says
        that no enemy is in the scope of p.
        """
        xp = arrays.namespace(enemy)
        g, L = taken(self.gap, rows), taken(self.length, rows)
        p, q = (xp.clip(xp.take(enemy, taken(parent, rows)), 0, CAP) for parent in (self.base, self.neighbor))
        p2, q2, L2 = p * p, q * q, L * L
        square = (1 - g) * p2 + g * q2 - g * (1 - g) * L2 - 4 * self.eps * (p2 + q2 + L2)
        straight = xp.maximum(p - g * L * (1 + self.eps), q - (1 - g) * L * (1 + self.eps))
        least = xp.maximum(xp.sqrt(xp.clip(square, 0, None)), straight)
        return down(least - taken(self.slack, rows), self.d)

    def ball(self, rows: Array | slice = slice(None)) -> Array:
        """Radius around the nearer parent that holds every row nearer to the synthetic row than its bound `nearest`."""
        return up(self.half(rows) + taken(self.slack, rows) + taken(self.nearest[1], rows), self.d)


def taken(values: Array, rows: Array | slice) -> Array:
    return values[rows] if isinstance(rows, slice) else arrays.take(values, rows)


def slack_of(batch: Batch, base: Array, neighbor: Array, gap: Array, length: Array) -> Array:
    """Bound (m,) on the distance between each stored synthetic row and the point p + g (q − p), in scaled units.

    With N = max(‖p‖, ‖q‖), not centred, and unit roundoffs u of the dtypes (`write`): the difference errs by u_step ‖q − p‖,
    product and sum by 2⁻⁵³ (L + N), storing by u_store N; a longdouble row is rounded to float64 besides. All of it is widened
    for what multiplies. An integer column adds ½, a float column half its least subnormal, for each of two roundings.
    """
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
    xp = arrays.namespace(gap)
    norms = xp.zeros(batch.n_originals, dtype=xp.float64, device=arrays.device_of(gap))
    parents = arrays.rows_where(arrays.marked(norms, [base, neighbor]))
    norms = arrays.put_rows(norms, parents, batch.space.norms(parents))
    N = xp.maximum(xp.take(norms, base), xp.take(norms, neighbor))
    return (1 + 2.0**-7) * (step * gap * length + (store + 2.0**-50) * N + 2.0**-50 * length) + whole
