"""scipy's sparse matrices and arrays."""

from typing import Any

from scipy.sparse import vstack

from ..typing import Integers
from ._checks import checked


class SparseTable:
    """CSR and CSC come back as they came, the other formats as CSR; a matrix as a matrix, an array as an array."""

    dtypes = None
    plain = False

    def __init__(self, X: Any, estimator: str) -> None:
        self.matrix = checked(X, estimator)

    def leave(self, kept: Integers, synthetic: Any) -> Any:
        """Rows `kept`, then `synthetic`."""
        like = self.matrix
        return type(like)(vstack([like[kept], synthetic], format=like.format, dtype=like.dtype))
