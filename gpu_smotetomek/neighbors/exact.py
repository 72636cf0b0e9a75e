"""The exact layer: float64 decides among the candidates; what no certificate covers is searched again."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property

from gpu_smotetomek import arrays
from gpu_smotetomek.neighbors import brute_force as direct
from gpu_smotetomek.neighbors.backends.kdtree import KDTree
from gpu_smotetomek.neighbors.brute_force import Found
from gpu_smotetomek.neighbors.candidates import Candidates
from gpu_smotetomek.neighbors.duplicates import Groups
from gpu_smotetomek.neighbors.protocol import U64, Backend
from gpu_smotetomek.neighbors.scaled_rows import Space
from gpu_smotetomek.typing import Array

TINY = 2.0**-530  # absolute allowance of a comparison of distances, in scaled units
SLACK = 2  # candidates beyond k and self
LONGER = 4  # how much longer a second list is
FEW = 128  # queries for which no second index is built
MUCH = 1e8  # pairs times features from which equal rows are grouped, and a float64 tree is built, before all distances are taken

Answer = tuple[Array, Array, Array]  # squares (m, k), rows (m, k), certified (m,)
Lists = Callable[[Array, int, Array | None], Found]  # as `Candidates.lists`


def up(distance: Array, d: int) -> Array:
    """A float64 distance raised by what its d differences, squares and sums, and those of a bound beside it, may have lost."""
    return distance * (1 + 4 * (d + 8) * U64) + TINY


def down(distance: Array, d: int) -> Array:
    return distance * (1 - 4 * (d + 8) * U64) - TINY


@dataclass(frozen=True)
class Neighbors:
    """Exact nearest neighbours among some rows of a space.

    Parameters
    ----------
    space : Space
    rows : int64 array (n,)
        The searched rows, ascending.
    backend : Backend or None
        Who proposes; None: nobody, every distance is taken in float64.
    tally : Counter
        Where queries were decided: 'list', 'longer list' or 'finer list', 'equal rows', 'float64 tree' or 'float64'.
    quick : Backend or None
        Who answers `lower`, where that is another: a single nearest row has roads of its own. And few queries, for which
        a second index would not be worth building.
    distinct : bool
        Whether no two rows are known to be equal.
    elsewhere : Counter
        Queries whose lists were too long for the backend, under the name of who took them.
    used : Counter
        Queries that each proposer, `backend` or `quick`, was asked about; 'direct' where there is none.
    """

    space: Space
    rows: Array
    backend: Backend | None
    tally: Counter[str] = field(default_factory=Counter)
    quick: Backend | None = None
    distinct: bool = False
    elsewhere: Counter[str] = field(default_factory=Counter)
    used: Counter[str] = field(default_factory=Counter)

    @cached_property
    def candidates(self) -> Candidates:
        assert self.backend is not None
        return Candidates(self.space, self.rows, self.backend)

    @cached_property
    def quick_candidates(self) -> Candidates:
        return Candidates(self.space, self.rows, self.quick) if self.quick else self.candidates

    def _proposed(self, queries: Array, k: int, radius: Array | None) -> tuple[Array, Array]:
        """Lists of k, and their lower ends, of who answers so many queries."""
        m = int(queries.shape[0])
        candidates = self.quick_candidates if k == 1 or m <= FEW else self.candidates
        self.used[candidates.backend.name] += m
        return candidates.lists(queries, k, radius)

    @cached_property
    def tree(self) -> Candidates:
        return self.candidates if isinstance(self.backend, KDTree) else Candidates(self.space, self.rows, KDTree())

    def nearest(self, queries: Array, k: int, radius: Array | None = None) -> tuple[Array, Array]:
        """Squared distances (scaled units) and rows, both (m, k), of the k nearest other rows by (distance, row number).

        A query is left out of its own neighbours by row number. Where fewer than k other rows exist, the list ends in
        infinite distances. What is beyond the radius (m,), in scaled units, may be missing or wrong: within it all is exact.
        """
        xp, device = arrays.namespace(queries), arrays.device_of(queries)
        m = int(queries.shape[0])
        D = xp.full((m, k), math.inf, dtype=xp.float64, device=device)
        found = xp.zeros((m, k), dtype=xp.int64, device=device)
        pending = xp.arange(m, dtype=xp.int64, device=device)
        roads = {
            "list": self._list,
            "longer list": self._longer,
            "finer list": self._finer,
            "equal rows": self._grouped,
            "float64 tree": self._tree,
            "float64": self._direct,
        }
        for name, road in roads.items():
            some = None if radius is None else arrays.take(radius, pending)
            answer = road(arrays.take(queries, pending), k, some) if pending.shape[0] else None
            if answer is None:
                continue
            D, found = arrays.put_rows(D, pending, answer[0]), arrays.put_rows(found, pending, answer[1])
            self.tally[name] += arrays.count(answer[2])
            pending = arrays.take(pending, arrays.rows_where(~answer[2]))
        return D, found

    def lists(self, queries: Array, k: int, radius: Array | None = None) -> tuple[Array, Array]:
        """Some rows near each query, and the certified lower end (m,), in scaled units, of the distance of every other row.

        Rows beyond the radius need not be listed. Without a backend self is left out of the lists, and of the lower end.
        """
        if self.backend is not None:
            self._count(int(queries.shape[0]), k)
            return self._proposed(queries, k, radius)
        xp, n = arrays.namespace(queries), int(self.rows.shape[0])
        D, found = self.nearest(queries, min(k, n))
        last = xp.sqrt(D[:, -1])
        return found, down(last, self.space.d) if k < n else xp.full_like(last, math.inf)

    def lower(self, queries: Array, radius: Array) -> Array:
        """Distance (m,) of each query to the nearest of the rows, from below, in scaled units; no query is one of them.

        Beyond the radius it is only said to be beyond. One candidate is enough to know it: no row, that one included, has a
        smaller returned square.
        """
        xp = arrays.namespace(queries)
        if self.backend is None or self.rows.shape[0] == 1:
            low = down(xp.sqrt(self._direct(queries, 1)[0][:, 0]), self.space.d)
        else:
            _, low = self._proposed(queries, 1, radius)
        return arrays.clipped(low, 0, None)

    def _list(self, queries: Array, k: int, radius: Array | None, longer: int = 1) -> Answer | None:
        if self.backend is None:
            return None
        return self._certify(self._proposed, queries, k, self._width(k, longer), radius)

    def _longer(self, queries: Array, k: int, radius: Array | None) -> Answer | None:
        return None if self._finest(k) else self._list(queries, k, radius, LONGER)

    def _finer(self, queries: Array, k: int, radius: Array | None) -> Answer | None:
        """A list that is as long as a way to search with a smaller error makes it."""
        width = self._finest(k)
        if not width:
            return None
        assert self.candidates.finer is not None
        return self._certify(self.candidates.finer.lists, queries, k, width, radius)

    def _finest(self, k: int) -> int:
        """How long that list is; 0 where there is none longer than the first."""
        finer = getattr(self.backend, "finer", None)
        first, longest = k + 1 + SLACK, 0 if finer is None else getattr(finer, "longest", math.inf)
        return int(min(LONGER * first, longest)) if first < longest else 0

    def _width(self, k: int, longer: int) -> int:
        """Rows of a list: no more than the backend makes itself, where that is more than the first list."""
        first, longest = k + 1 + SLACK, getattr(self.backend, "longest", math.inf)
        return int(min(longer * first, longest)) if longest > first else longer * first

    def _much(self, queries: Array) -> bool:
        return float(queries.shape[0]) * float(self.rows.shape[0]) * self.space.d >= MUCH

    @cached_property
    def groups(self) -> Groups:
        return Groups.of(self.space, self.rows)

    def _grouped(self, queries: Array, k: int, radius: Array | None) -> Answer | None:
        """Copies of a row fill every list that should reach beyond them: each is searched once, where there are some."""
        if self.backend is None or self.distinct or not self._much(queries):
            return None
        groups = self.groups
        if groups.start.shape[0] == self.rows.shape[0]:
            return None
        backend = self.backend if groups.start.shape[0] > direct.TILE[1] else None
        inner = replace(self, rows=groups.first, backend=backend, tally=Counter(), distinct=True)
        D, found = groups.nearest(*inner.nearest(queries, k, radius), queries, k)
        return D, found, arrays.namespace(found).ones_like(queries, dtype=arrays.namespace(found).bool)

    def _tree(self, queries: Array, k: int, radius: Array | None) -> Answer | None:
        """A float64 tree on the host, with lists long enough for most ties."""
        dense = arrays.on_host(self.space.X) and not arrays.is_sparse(self.space.X)
        if self.backend is None or not dense or not self._much(queries):
            return None
        return self._certify(self.tree.lists, queries, k, LONGER**2 * (k + 1 + SLACK), radius)

    def _certify(self, lists: Lists, queries: Array, k: int, width: int, radius: Array | None) -> Answer:
        self._count(int(queries.shape[0]), width)
        listed, low = lists(queries, width, radius)
        D, found = self.decide(queries, listed, k)
        d = self.space.d
        certified = up(arrays.namespace(D).sqrt(D[:, k - 1]), d) < down(low, d)
        return D, found, certified if radius is None else certified | (up(radius, d) < down(low, d))

    def _count(self, m: int, k: int) -> None:
        """Note queries whose lists the backend has from elsewhere."""
        if min(k, int(self.rows.shape[0])) > getattr(self.backend, "longest", math.inf):
            self.elsewhere["xp"] += m

    def decide(self, queries: Array, listed: Array, k: int) -> Found:
        """As `direct.decided`."""
        return direct.decided(self.space, queries, listed, k)

    def _direct(self, queries: Array, k: int, radius: Array | None = None) -> Answer:
        """Every distance in float64."""
        del radius
        if self.backend is None:
            self.used["direct"] += int(queries.shape[0])
        D, found = direct.nearest(self.space, self.rows, queries, k, shared=self._much(queries))
        return D, found, arrays.namespace(found).ones_like(queries, dtype=arrays.namespace(found).bool)
