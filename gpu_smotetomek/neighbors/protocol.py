"""What a search backend is: it proposes candidates and proves how wrong it can be.

rows ──build──> Index ──search──> squares, indices          a backend: one small file, no decision in it
  └─────────────error───────────> its proven bound
                                       │
candidates.py: centred rows in, lists with the certified lower end of all that is not listed out
exact.py: float64 decides; what is not certified is searched again
"""

from __future__ import annotations

from typing import Literal, Protocol

from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.typing import Array

U32 = 2.0**-24
U64 = 2.0**-53
TINY32 = 2.0**-126
TINY64 = 2.0**-1022


class Index(Protocol):
    """One built matrix of candidates."""

    def search(self, queries: Array, k: int, radius: Array | None = None, /) -> tuple[Array, Array]:
        """Squares (floats) and row numbers (int64), both (m, k), of the k rows that seem nearest, in no promised order.

        Every row that is not returned has a square, computed within the backend's bound, of at least the largest returned,
        or, where that is infinite, of at least the square of the radius.

        Parameters
        ----------
        queries : array (m, d)
            Centred, scaled rows in the backend's dtype, C-contiguous.
        k : int
            At least 1, at most the rows of the index.
        radius : float64 array (m,), or None
            Rows beyond it need not be found: an infinite square stands for each, beside any row number of the index. Who
            cannot save work by it finds them.
        """


class Backend(Protocol):
    """A way to search; stateless.

    One that makes no longer lists itself than `longest` may say so: others are counted. One whose squares err in proportion to
    themselves may say by how much, `relative(d=, n=)`: a returned square errs by that times the exact one, and `error`. One
    whose every search has a price may say that it `wants_all` queries at once, as many as the budget holds. One that has a slower
    way with a smaller error may name it: `finer`, a backend whose index is what `finer()` of its own index gives; it is asked for
    no more than `longest` rows.
    """

    name: str

    @property
    def dtype(self) -> Literal["float32", "float64"]:
        """Of the rows that it takes."""

    def unavailable(self) -> str | None:
        """None where it can run, else why not and the remedy, in one sentence."""

    def build(self, X: Array, work: ExecutionContext, /) -> Index:
        """Index of centred, scaled rows (n, d), C-contiguous, in `dtype`, with the threads and the bytes of `work`."""

    def error(self, a: Array, b: Array, /, *, d: int, n: int) -> Array:
        """Bound, absolute, on the error of a returned square between rows of norms a and b *as received*.

        Non-decreasing in both norms; d features, n indexed rows. A backend without one cannot be registered.
        """


def gamma(p: int, u: float) -> float:
    """γ_p = p u / (1 − p u), the relative error of p roundings (Higham, Accuracy and Stability of Numerical Algorithms, 3.1)."""
    return p * u / (1 - p * u)


def expanded_error(a: Array, b: Array, d: int) -> Array:
    """Bound on ``|fl(‖x‖² + ‖y‖² − 2 x·y) − ‖x − y‖²|`` in float32, any order of summation, fused or not, flushed to zero or not.

    Each product reaches the result through at most d + 2 roundings, hence
    ``γ_{d+2} (‖x‖² + ‖y‖² + 2 |x|·|y|) ≤ γ_{d+2} (a + b)²``,
    and each of the 3 d products, the third counted twice, and each of as many sums may lose 2⁻¹²⁶ to underflow (Higham, 3.1).
    Clamping at zero only helps; two more roundings are allowed for a square root on the way. Direct differences err by
    γ_{d+2} ‖x − y‖², which is less.
    """
    return gamma(d + 4, U32) * (a + b) ** 2 + 8 * d * TINY32
