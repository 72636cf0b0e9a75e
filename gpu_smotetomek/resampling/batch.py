"""A Batch: rows on one device, their classes, and where each came from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gpu_smotetomek import arrays
from gpu_smotetomek.neighbors import Space
from gpu_smotetomek.typing import Array, Floats, Integers, Labels
from gpu_smotetomek.work import Work


@dataclass(frozen=True)
class Lineage:
    """Parents of the synthetic rows, in the order in which they were made.

    Attributes
    ----------
    base, neighbor : int64 arrays (m,)
        Ids of the rows between which each was written.
    gap : float64 array (m,)
        Its place on the way from base to neighbor, 0 ≤ gap < 1.
    length : float64 array (m,)
        Distance of base and neighbor, in scaled units.
    """

    base: Integers
    neighbor: Integers
    gap: Floats
    length: Floats

    @classmethod
    def none(cls) -> Lineage:
        return cls(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0), np.empty(0))

    def then(self, other: Lineage) -> Lineage:
        return Lineage(*(np.concatenate(pair) for pair in zip(self.parts, other.parts, strict=True)))

    @property
    def parts(self) -> tuple[Integers, Integers, Floats, Floats]:
        return self.base, self.neighbor, self.gap, self.length

    def of(self, made: Integers) -> Lineage:
        """Of the synthetic rows with these numbers, in the order in which they were made."""
        if len(made) == len(self.gap):
            return self
        return Lineage(self.base[made], self.neighbor[made], self.gap[made], self.length[made])


@dataclass(frozen=True)
class Batch:
    """What the steps hand on: all on one device, in one namespace.

    Attributes
    ----------
    X : array (n, d)
        Rows: those of the input that are left, in their order, then the synthetic ones.
    codes : array (n,) of small integers, on the host
        Class of each row, a position in `classes`.
    classes : array (n_classes,)
        Labels, sorted.
    dtypes : tuple of dtypes, or None
        In which the caller stores each column, where they differ.
    ids : int64 array (n,), on the host
        Stable number of each row: below `n_input` a row of the input, else a synthetic row.
    lineage : Lineage
        Of synthetic row `n_input + i` at i, dropped ones included.
    counts : int array (n_classes,), or None
        Rows of each class before the first over-sampler; cleaning after it resolves class names on these.
    first : float64 array (n_input,), or None
        Distance of each row of the input to its nearest row of the same class, in scaled units, infinite where it is not
        known; None once a row was dropped, for the distance may have been to that one.
    space : Space
        Scale of the distances, that of the input.
    owned : bool
        Whether X is nobody else's.
    """

    X: Array
    codes: Integers
    classes: Labels
    dtypes: tuple[Any, ...] | None
    ids: Integers
    n_input: int
    lineage: Lineage
    counts: Integers | None
    first: Floats | None
    space: Space
    owned: bool = False

    @classmethod
    def of(cls, X: Array, labels: Labels, dtypes: tuple[Any, ...] | None, work: Work) -> Batch:
        classes, codes = arrays.sorted_classes(labels)
        n = len(codes)
        first = np.full(n, np.inf)
        space = Space.of(X, work)
        codes = codes.astype(np.min_scalar_type(len(classes)))
        return cls(X, codes, classes, dtypes, np.arange(n), n, Lineage.none(), None, first, space)

    @property
    def labels(self) -> Labels:
        return self.classes[self.codes]

    def rows_of(self, codes: list[int] | Integers) -> Array:
        """Numbers of the rows of these classes, ascending, beside X."""
        return arrays.beside(np.flatnonzero(np.isin(self.codes, codes)), self.X)

    @property
    def n_originals(self) -> int:
        """Rows of the input that are left; they come first."""
        return int(np.searchsorted(self.ids, self.n_input))

    def class_counts(self) -> Integers:
        return np.bincount(self.codes, minlength=len(self.classes)).astype(np.int64)

    def keep(self, rows: Integers) -> Batch:
        """Only these rows, ascending; their ids and the lineage stay. Rows that this batch owns move up in place."""
        if len(rows) == len(self.codes):
            return self
        if self.owned and isinstance(self.X, np.ndarray):
            X = arrays.moved_up(self.X, rows, self.space.work.cached(16.0 * self.space.d))
        else:
            X = arrays.select(self.X, arrays.beside(rows, self.X))
        return replace(
            self, X=X, codes=self.codes[rows], ids=self.ids[rows], first=None, space=self.space.over(X), owned=True
        )

    def grown(self, X: Array, codes: Integers, lineage: Lineage, first: Floats | None) -> Batch:
        """With synthetic rows below, X as a whole, whose lineage names the ids of their parents, and what is known of first
        neighbours.
        """
        next_id = self.n_input + len(self.lineage.gap)
        return replace(
            self,
            X=X,
            codes=np.concatenate([self.codes, codes]),
            ids=np.concatenate([self.ids, np.arange(next_id, next_id + len(codes))]),
            lineage=self.lineage.then(lineage) if len(self.lineage.gap) else lineage,
            first=first,
            counts=self.class_counts() if self.counts is None else self.counts,
            space=self.space.over(X),
            owned=self.owned or X is not self.X,
        )
