"""SciPy's sparse matrices and arrays."""

from typing import Any

from scipy.sparse import vstack

from ..typing import Integers
from ._checks import check_matrix


class SparseTable:
    """A sparse matrix or array; CSR and CSC are restored as such, other formats as CSR."""

    dtypes = None
    is_native = False

    def __init__(self, X: Any, estimator: str) -> None:
        self.matrix = check_matrix(X, estimator)

    def restore(self, kept_rows: Integers, synthetic: Any) -> Any:
        """Return rows `kept_rows`, then `synthetic`."""
        like = self.matrix
        return type(like)(vstack([like[kept_rows], synthetic], format=like.format, dtype=like.dtype))
