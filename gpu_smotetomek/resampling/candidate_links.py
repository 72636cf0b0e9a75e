"""Candidates for links: pairs of rows of which one is the nearest of a class to the other."""

from __future__ import annotations

from dataclasses import dataclass

from gpu_smotetomek import arrays
from gpu_smotetomek.typing import Array


@dataclass(frozen=True)
class Pairs:
    """Rows i, each with the row j that is strictly nearest to it among those of later classes, and their squared distance."""

    i: Array
    j: Array
    D: Array

    def where(self, mask: Array) -> Pairs:
        rows = arrays.rows_where(mask)
        return Pairs(*(arrays.take_flat(part, rows) for part in (self.i, self.j, self.D)))

    @staticmethod
    def of(i: Array, D: Array, found: Array, bound: Array) -> Pairs:
        """From lists of two: rows of which the first is strictly nearer than the second and than a row within `bound`."""
        xp = arrays.namespace(D)
        return Pairs(i, found[:, 0], D[:, 0]).where((D[:, 0] < D[:, 1]) & (xp.sqrt(D[:, 0]) <= bound))

    def strictly_nearest(self) -> Pairs:
        """Without those whose j is as near to another i: each j is in one link at most."""
        xp = arrays.namespace(self.D)
        if not self.D.shape[0]:
            return self
        order = xp.argsort(self.D, stable=True)
        order = xp.take(order, xp.argsort(xp.take(self.j, order), stable=True))
        j, D = xp.take(self.j, order), xp.take(self.D, order)
        same, false = j[1:] == j[:-1], j[:1] != j[:1]
        follows, tied = xp.concat([false, same]), xp.concat([same & (D[1:] == D[:-1]), false])
        return self.where(arrays.marked(self.D, [xp.take(order, arrays.rows_where(~follows & ~tied))]))

    @staticmethod
    def joined(pairs: list[Pairs]) -> Pairs:
        xp = arrays.namespace(pairs[0].i)
        return Pairs(*(xp.concat([getattr(part, name) for part in pairs]) for name in ("i", "j", "D")))
