"""Rows of `.npy` arrays, in files of their own or in an uncompressed `.npz`, read at their offsets.

No file is mapped: the mapping of a whole table counts as address space.
"""

from __future__ import annotations

import struct
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from gpu_smotetomek.tables.errors import TableError

LOCAL_HEADER_BYTES = 30  # of a member of a zip file, before its name


@dataclass(frozen=True)
class ArrayFile:
    """An array in a file.

    Attributes
    ----------
    path : Path
    offset : int
        Of the first value.
    shape : tuple of int
    dtype : NumPy dtype
    """

    path: Path
    offset: int
    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    def read(self, start: int, stop: int) -> np.ndarray[Any, Any]:
        """Rows start … stop − 1.

        Raises
        ------
        TableError
            If the file ends before.
        """
        rows = np.empty((stop - start, *self.shape[1:]), self.dtype)
        row_bytes = self.dtype.itemsize * int(np.prod(self.shape[1:], dtype=np.int64))
        with self.path.open("rb", buffering=0) as handle:
            handle.seek(self.offset + start * row_bytes)
            fill_buffer(handle, rows.reshape(-1).view(np.uint8).data, self.path)
        return rows


def fill_buffer(handle: Any, buffer: memoryview, path: Path) -> None:
    """Read a file into a buffer until that is full."""
    done = 0
    while done < len(buffer):
        count = handle.readinto(buffer[done : done + 2**24])
        if not count:
            raise TableError(f"{path} is shorter than its header says: write it again")
        done += count


def open_array(path: Path, member: str | None = None) -> ArrayFile:
    """Find the array of a `.npy` file, or of a member of a `.npz`.

    Raises
    ------
    TableError
        If it is no such array: compressed, of objects, or in Fortran order.
    """
    place = str(path) if member is None else f"{path}, {member}"
    with path.open("rb") as handle:
        if member is not None:
            seek_member(handle, path, member)
        try:
            version = np.lib.format.read_magic(handle)
            read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
            shape, is_fortran, dtype = read(handle)
        except ValueError as error:
            raise TableError(f"{place} is no array of NumPy ({error}): write it by numpy.save") from error
        if dtype.hasobject:
            raise TableError(
                f"{place} has Python objects: convert them to numbers or to text, X.astype(float) or y.astype(str)"
            )
        if is_fortran and len(shape) > 1:
            raise TableError(f"{place} is in Fortran order: save numpy.ascontiguousarray of it")
        return ArrayFile(path, handle.tell(), shape, dtype)


def seek_member(handle: BinaryIO, path: Path, member: str) -> None:
    """Go to the first byte of an uncompressed member of a zip file."""
    with zipfile.ZipFile(path) as archive:
        if f"{member}.npy" not in archive.namelist():
            raise TableError(f"{path} has no array {member!r}: numpy.savez({path.name!r}, X=X, y=y) writes both")
        info = archive.getinfo(f"{member}.npy")
    if info.compress_type != zipfile.ZIP_STORED:
        raise TableError(f"{path} is compressed, and rows are read at their offsets: write it by numpy.savez")
    handle.seek(info.header_offset)
    header = handle.read(LOCAL_HEADER_BYTES)
    n_name, n_extra = struct.unpack("<HH", header[26:30])
    handle.seek(info.header_offset + LOCAL_HEADER_BYTES + n_name + n_extra)
