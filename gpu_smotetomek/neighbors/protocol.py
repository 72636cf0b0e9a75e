"""The contract of a search backend: it proposes candidates and proves a bound on its own error; it decides nothing.

rows ──build──> Index ──search──> squared distances, indices     a backend: one file in `backends/`
  └────────────error────────────> a proven bound on them
                                       │
candidates.py: adds to each list a certified lower bound on the distance of every row that is not in it
exact.py: float64 distances decide; queries without a certificate go to the next stage
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import ClassVar, Literal, Protocol

from gpu_smotetomek.arrays.dispatch import ArrayKind
from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.typing import Array, NeighborLists

U32 = 2.0**-24
U64 = 2.0**-53
TINY32 = 2.0**-126
TINY64 = 2.0**-1022


class Index(Protocol):
    """A built index over the rows of one matrix."""

    def search(self, queries: Array, k: int, radius: Array | None = None, /) -> NeighborLists | tuple[Array, Array]:
        """Squared distances (floats) and row numbers (int64), both (m, k), of the k rows that seem nearest, in any order.

        The squared distance of a row that is not returned, computed within the backend's bound, is at least the largest
        returned one, or, where that is infinite, at least the square of the radius.

        Parameters
        ----------
        queries : array (m, d)
            Centred, scaled rows in the backend's dtype, C-contiguous.
        k : int
            At least 1, at most the rows of the index.
        radius : float64 array (m,), or None
            Rows beyond it may be left out: an infinite squared distance stands for each, with any row number of the index. A
            backend that saves no work this way ignores the radius.
        """


class RefinableIndex(Index, Protocol):
    """An index of a backend that has a `refinement`."""

    def refined(self) -> Index:
        """The same rows as an index of the refinement."""


class Backend(ABC):
    """A way to search for neighbours, without state.

    A subclass sets `name` and `dtype` and implements `build` and `error`; the defaults of all else suit an exhaustive search on
    any array library.

    Attributes
    ----------
    name : str
        Value of the parameter `backend` that selects it.
    dtype : {'float32', 'float64'}
        Dtype of the rows that it takes.
    array_kinds : frozenset of ArrayKind
        Kinds of arrays that it searches.
    max_k : float
        Longest list that it makes itself; longer ones come from tiles of matrix products on the same device.
    needs_all_queries : bool
        Whether every search has a high fixed price, so that it should receive as many queries as the budget holds.
    takes_sparse_rows : bool
        Whether it receives rows and queries as CSR matrices of canonical format.
    takes_codes : bool
        Whether it receives the codes of categories beside the coordinates of numbers.
    is_serial : bool
        Whether a search runs on the thread that calls it, so that several threads may search an index at once.
    refinement : Backend or None
        A slower way to search the same index with a smaller error; `index.refined()` is then an index of that backend, which
        lists no more than its own `max_k` rows.
    """

    name: ClassVar[str]
    dtype: Literal["float32", "float64"]
    array_kinds: frozenset[ArrayKind] = frozenset(ArrayKind)
    max_k: float = math.inf
    needs_all_queries: bool = False
    takes_sparse_rows: bool = False
    takes_codes: bool = False
    is_serial: bool = False
    refinement: Backend | None = None

    def unavailable(self) -> str | None:
        """None where the backend can run, else one sentence with the reason and the remedy."""
        return None

    @abstractmethod
    def build(self, X: Array, ctx: ExecutionContext, /) -> Index:
        """Build an index.

        Parameters
        ----------
        X : array (n, d)
            Centred, scaled rows in `dtype`, C-contiguous.
        ctx : ExecutionContext
            Holds the threads and the memory budget.
        """

    @abstractmethod
    def error(self, a: Array, b: Array, /, *, d: int, n: int) -> Array:
        """Absolute bound on the error of a returned squared distance between rows of norms a and b *as received*.

        It does not fall when a norm grows; d is the number of features, n that of indexed rows.
        """

    def relative_error(self, *, d: int, n: int) -> float:
        """Bound on the error in proportion to the exact squared distance, in addition to `error`.

        Parameters
        ----------
        d : int
            Number of features.
        n : int
            Number of indexed rows.
        """
        del d, n
        return 0.0


def gamma(p: int, u: float) -> float:
    """Relative error γ_p = p u / (1 − p u) of p roundings.

    Source: Higham, Accuracy and Stability of Numerical Algorithms, 3.1.

    Parameters
    ----------
    p : int
        Number of roundings.
    u : float
        Unit roundoff, such as `U32` or `U64`.
    """
    return p * u / (1 - p * u)


def expanded_error(a: Array, b: Array, d: int) -> Array:
    """Bound on the error of ‖x‖² + ‖y‖² − 2 x·y in float32, as a squared distance.

    It bounds ``|fl(‖x‖² + ‖y‖² − 2 x·y) − ‖x − y‖²|`` for any order of summation, fused or not, with or without subnormal
    numbers, for rows of norms a and b with d features.

    Each product reaches the result through at most d + 2 roundings, hence
    ``γ_{d+2} (‖x‖² + ‖y‖² + 2 |x|·|y|) ≤ γ_{d+2} (a + b)²``,
    and each of the 3 d products, the third counted twice, and each of as many sums may lose 2⁻¹²⁶ to underflow (Higham, 3.1).
    Clamping at zero only reduces the error; the bound allows two more roundings for a square root on the way. Direct
    differences err by γ_{d+2} ‖x − y‖², which is less.
    """
    return gamma(d + 4, U32) * (a + b) ** 2 + 8 * d * TINY32
