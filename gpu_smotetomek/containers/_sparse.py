"""SciPy's sparse matrices and arrays."""

from typing import Any

from scipy.sparse import vstack

from ..typing import Integers
from ._checks import check_matrix


class SparseTable:
    """A sparse matrix or array; CSR and CSC are restored as such, other formats as CSR."""

    dtypes = None

    def __init__(self, X: Any, estimator: str) -> None:
        self.matrix = check_matrix(X, estimator)
        self.is_native = type(self.matrix) is type(X) and X.format == "csr" and bool(X.has_canonical_format)

    def restore(self, kept_rows: Integers, synthetic: Any, _: Any = None) -> Any:
        """Return rows `kept_rows`, then `synthetic`."""
        like = self.matrix
        return type(like)(vstack([like[kept_rows], synthetic], format=like.format, dtype=like.dtype))
