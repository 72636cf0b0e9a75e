"""Tables in `.npy` arrays X and y."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from gpu_smotetomek.containers import enter_X, enter_y
from gpu_smotetomek.datasets.dataset import name_rows
from gpu_smotetomek.datasets.npy_windows import ArrayFile, open_array
from gpu_smotetomek.tables.errors import TableError
from gpu_smotetomek.typing import Labels, Mask


class NumpyDataset:
    """A folder with X.npy and y.npy, or an uncompressed `.npz` with X and y.

    Parameters
    ----------
    path : Path
    block_bytes : int
        Bytes of the features of a block, at most, unless one row has more.

    Raises
    ------
    TableError
        If the arrays are no features (n, d) and labels (n,).
    """

    def __init__(self, path: Path, block_bytes: int) -> None:
        if path.is_dir():
            self.X, self.y = open_array(path / "X.npy"), open_array(path / "y.npy")
        else:
            self.X, self.y = open_array(path, "X"), open_array(path, "y")
        check_pair(self.X, self.y, path)
        self.files = sorted({self.X.path, self.y.path})
        self.names: list[str] = []
        self.n_features = self.X.shape[1]
        self.dtype: np.dtype[Any] = self.X.dtype.newbyteorder("=")
        self.dtypes: tuple[np.dtype[Any], ...] | None = None
        self.row_bytes = self.X.dtype.itemsize * self.n_features
        n, size = self.X.shape[0], max(1, block_bytes // max(1, self.row_bytes))
        self._ranges = list(pairwise([*range(0, n, size), n]))
        self.block_rows = [stop - start for start, stop in self._ranges]

    def read_labels(self, i: int) -> Labels:
        """Labels of block i."""
        start, stop = self._ranges[i]
        try:
            return enter_y(self.y.read(start, stop)).labels
        except TableError:
            raise
        except ValueError as error:
            raise name_rows(error, str(self.y.path), start, stop) from error

    def read_block(self, i: int) -> Any:
        """Features of block i."""
        start, stop = self._ranges[i]
        try:
            return enter_X(self.X.read(start, stop)).matrix
        except TableError:
            raise
        except ValueError as error:
            raise name_rows(error, str(self.X.path), start, stop) from error

    def read_kept(self, i: int, mask: Mask) -> tuple[Any, Any]:
        """Rows of block i and their labels, as they are in the files."""
        start, stop = self._ranges[i]
        return self.X.read(start, stop)[mask], self.y.read(start, stop)[mask]

    def make_rows(self, X: Any, labels: Labels) -> tuple[Any, Any]:
        """Synthetic rows and labels in the dtypes of the files."""
        return X.astype(self.X.dtype), labels.astype(self.y.dtype)


def check_pair(X: ArrayFile, y: ArrayFile, path: Path) -> None:
    """Raise unless the arrays are features (n, d) and labels (n,)."""
    if len(X.shape) != 2 or len(y.shape) != 1 or X.shape[0] != y.shape[0] or not X.shape[0]:
        raise TableError(f"{path} has X {X.shape} and y {y.shape}: give X (n, d) and y (n,), the label of each row")
    if np.dtype(X.dtype).kind not in "biuf":
        raise TableError(f"{X.path} has the dtype {X.dtype}: give real numbers")
