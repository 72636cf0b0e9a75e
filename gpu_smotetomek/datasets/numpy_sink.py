"""Results as `.npy` arrays, whose parts are written at their offsets."""

from __future__ import annotations

import os
import shutil
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from gpu_smotetomek.datasets.numpy_dataset import NumpyDataset


class NumpySink:
    """X.npy and y.npy in a folder, or both in a `.npz`; the same bytes as those of numpy.save.

    Parameters
    ----------
    dataset : NumpyDataset
    out : Path
        The result: a folder, or a file that ends in `.npz`.
    folder : Path
        Where the files are written before they are complete.
    sizes : list of int
        Rows of each part.
    """

    def __init__(self, dataset: NumpyDataset, out: Path, folder: Path, sizes: list[int]) -> None:
        self.out, self.folder = out, folder / "result"
        self.starts = np.cumsum([0, *sizes]).tolist()
        n = self.starts[-1]
        self.folder.mkdir(exist_ok=True)
        shapes = {"X": ((n, dataset.n_features), dataset.X.dtype), "y": ((n,), dataset.y.dtype)}
        self.offsets = {name: create_array(self.folder / f"{name}.npy", *shape) for name, shape in shapes.items()}

    def holds(self, part: int) -> bool:  # noqa: ARG002
        """Whether a part that the journal names is still there: the files have their full length from the start."""
        return True

    def write_part(self, part: int, rows: tuple[Any, Any]) -> None:
        """Write the rows and labels of a part, and flush them to the disk."""
        for name, values in zip("Xy", rows, strict=True):
            values = np.ascontiguousarray(values)
            row_bytes = values.dtype.itemsize * int(np.prod(values.shape[1:], dtype=np.int64))
            with (self.folder / f"{name}.npy").open("r+b") as handle:
                handle.seek(self.offsets[name] + self.starts[part] * row_bytes)
                handle.write(values.reshape(-1).view(np.uint8).data)
                handle.flush()
                os.fsync(handle.fileno())

    def finish(self) -> Path:
        """The complete result, to be renamed."""
        if self.out.suffix != ".npz":
            return self.folder
        path = self.folder / "result.npz"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
            for name in "Xy":
                info = zipfile.ZipInfo(f"{name}.npy")
                with (
                    (self.folder / info.filename).open("rb") as source,
                    archive.open(info, "w", force_zip64=True) as member,
                ):
                    shutil.copyfileobj(source, member, 2**20)
        return path


def create_array(path: Path, shape: tuple[int, ...], dtype: np.dtype[Any]) -> int:
    """Create a `.npy` file of its full length, unless there is one; return the offset of its first value."""
    header = {"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False, "shape": shape}
    with path.open("r+b" if path.exists() else "w+b") as handle:
        np.lib.format.write_array_header_1_0(handle, header)
        offset = handle.tell()
        handle.truncate(offset + dtype.itemsize * int(np.prod(shape, dtype=np.int64)))
    return offset
