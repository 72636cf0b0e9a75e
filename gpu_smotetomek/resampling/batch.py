"""A Batch: rows on one device, their classes, and where each came from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from gpu_smotetomek import arrays
from gpu_smotetomek.neighbors import Space
from gpu_smotetomek.typing import Array, Integers, Labels
from gpu_smotetomek.work import Work


@dataclass(frozen=True)
class Lineage:
    """Parents of the synthetic rows, in the order in which they were made; beside the rows.

    Attributes
    ----------
    base, neighbor : int64 arrays (m,)
        Ids of the rows between which each was written.
    gap : float64 array (m,)
        Its place on the way from base to neighbor, 0 ≤ gap < 1.
    length : float64 array (m,)
        Distance of base and neighbor, in scaled units.
    """

    base: Array
    neighbor: Array
    gap: Array
    length: Array

    @classmethod
    def none(cls, X: Array) -> Lineage:
        """Of no rows, beside X."""
        ids, lengths = (arrays.beside(np.empty(0, dtype), X) for dtype in (np.int64, np.float64))
        return cls(ids, ids, lengths, lengths)

    @classmethod
    def joined(cls, parts: Sequence[Lineage]) -> Lineage:
        """One after another."""
        if len(parts) == 1:
            return parts[0]
        xp = arrays.namespace(parts[0].gap)
        return cls(*(xp.concat(values) for values in zip(*(part.parts for part in parts), strict=True)))

    @property
    def m(self) -> int:
        """Synthetic rows."""
        return int(self.gap.shape[0])

    @property
    def parts(self) -> tuple[Array, Array, Array, Array]:
        return self.base, self.neighbor, self.gap, self.length

    def of(self, made: Integers) -> Lineage:
        """Of the synthetic rows with these numbers, in the order in which they were made."""
        if len(made) == self.m:
            return self
        rows = arrays.beside(made, self.gap)
        return Lineage(*(arrays.take_flat(values, rows) for values in self.parts))


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
        known; beside X. None once a row was dropped, for the distance may have been to that one.
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
    first: Array | None
    space: Space
    owned: bool = False

    @classmethod
    def of(cls, X: Array, labels: Labels, dtypes: tuple[Any, ...] | None, work: Work) -> Batch:
        classes, codes = arrays.sorted_classes(labels)
        n = len(codes)
        space, xp = Space.of(X, work), arrays.namespace(X)
        first = xp.full((n,), np.inf, dtype=xp.float64, device=arrays.device_of(X))
        return cls(X, codes, classes, dtypes, np.arange(n), n, Lineage.none(X), None, first, space)

    @property
    def labels(self) -> Labels:
        return self.classes[self.codes]

    def runs(self, first: int) -> tuple[Labels, Integers]:
        """Labels of the rows from the `first` on, in runs of equal ones: that of each run, and its length."""
        codes = self.codes[first:]
        starts = np.flatnonzero(np.concatenate([[True], codes[1:] != codes[:-1]])) if len(codes) else codes[:0]
        return self.classes[codes[starts]], np.diff(starts, append=len(codes))

    def rows_of(self, code: int) -> Array:
        """Numbers of the rows of a class, ascending, beside X."""
        return arrays.beside(np.flatnonzero(self.codes == code), self.X)

    @property
    def whole(self) -> bool:
        """Whether no row was dropped, so that ids are the numbers of the rows."""
        return len(self.ids) == self.n_input + self.lineage.m

    def ids_of(self, rows: Array) -> Array:
        """Ids of the rows with these numbers, beside X."""
        return rows if self.whole else arrays.take_flat(arrays.beside(self.ids, self.X), rows)

    def originals(self, ids: Array) -> Array | None:
        """Rows of the input with these ids; None where one of them was dropped, or is synthetic."""
        xp, n = arrays.namespace(ids), self.n_originals
        if n == self.n_input:
            return ids if bool(xp.all(ids < n)) else None
        if not n:
            return None
        present = arrays.beside(self.ids[:n], self.X)
        rows = arrays.clipped(xp.searchsorted(present, ids), 0, n - 1)
        return rows if bool(xp.all(xp.take(present, rows) == ids)) else None

    @property
    def n_originals(self) -> int:
        """Rows of the input that are left; they come first."""
        return int(np.searchsorted(self.ids, self.n_input))

    @cached_property
    def class_counts(self) -> Integers:
        """Rows of each class."""
        return arrays.counted(self.codes, len(self.classes))

    def without(self, dropped: Integers) -> Batch:
        """Without these rows, ascending; ids and the lineage stay. Rows that this batch owns move up in place."""
        n = len(self.codes)
        if not len(dropped):
            return self
        if arrays.on_host(self.X):
            rows = np.delete(np.arange(n), dropped)
            owned = self.owned and isinstance(self.X, np.ndarray)
            size = self.space.work.cached(16.0 * self.space.d)
            X = arrays.moved_up(self.X, rows, size) if owned else arrays.select(self.X, rows)
        else:  # the few go there, not the many
            X = arrays.take(self.X, arrays.others(arrays.beside(dropped, self.X), n))
        codes, ids = (np.delete(values, dropped) for values in (self.codes, self.ids))
        return replace(self, X=X, codes=codes, ids=ids, first=None, space=self.space.over(X), owned=True)

    def grown(self, X: Array, codes: Integers, lineage: Lineage, first: Array | None) -> Batch:
        """With synthetic rows below, X as a whole, whose lineage names the ids of their parents, and what is known of first
        neighbours.
        """
        next_id = self.n_input + self.lineage.m
        return replace(
            self,
            X=X,
            codes=np.concatenate([self.codes, codes]),
            ids=np.concatenate([self.ids, np.arange(next_id, next_id + len(codes))]),
            lineage=Lineage.joined([self.lineage, lineage]) if self.lineage.m else lineage,
            first=first,
            counts=self.class_counts if self.counts is None else self.counts,
            space=self.space.over(X),
            owned=self.owned or X is not self.X,
        )
