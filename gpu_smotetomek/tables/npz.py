"""NumPy's `.npz`: arrays X and y, read without trust."""

import math
import zipfile
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.lib import format as npy

from gpu_smotetomek.tables.errors import TableError
from gpu_smotetomek.tables.sheet import Sheet

DEFLATE_LIMIT = 1032
"""No deflated byte yields more bytes than this, so a member that claims more lies about its size."""

HEADERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}


def read_npz(path: Path) -> Sheet:
    """Read X and y, after their sizes were checked, without ever unpickling.

    Parameters
    ----------
    path : Path
        An archive as `numpy.savez` writes it.

    Returns
    -------
    Sheet
        With arrays; the target stands last.

    Raises
    ------
    TableError
        Not such an archive, X or y missing, objects in them, sizes that do not hold, or shapes that do not fit.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            others = tuple(n.removesuffix(".npy") for n in archive.namelist() if n not in {"X.npy", "y.npy"})
            for name in ("X", "y"):
                check_member(archive, name, path)
        with np.load(path, allow_pickle=False) as arrays:
            X, y = arrays["X"], arrays["y"]
    except (TableError, MemoryError):
        raise
    except Exception as error:  # damage shows as a dozen types, tokenizer's and zlib's among them
        msg = f"{str(path)!r} is damaged or not an .npz file ({error}); write it anew with numpy.savez(path, X=X, y=y)"
        raise TableError(msg) from error
    if X.ndim != 2 or y.ndim != 1 or len(X) != len(y):
        msg = f"X has shape {X.shape} and y {y.shape} in {str(path)!r}; expected (rows, features) and (rows,)"
        raise TableError(msg)
    for name, array, kinds in (("X", X, "biuf"), ("y", y, "biufU")):
        if array.dtype.kind not in kinds:
            msg = f"{name} in {str(path)!r} holds {array.dtype}; expected numbers{' or text' * (name == 'y')}"
            raise TableError(msg)
    if not X.size:
        msg = f"{str(path)!r} has no rows" if not len(X) else f"X in {str(path)!r} has no columns"
        raise TableError(msg)
    return Sheet(X, y, position=X.shape[1], left_out=others)


def check_member(archive: zipfile.ZipFile, name: str, path: Path) -> None:
    """Hold what one array claims about itself against the bytes that are there, before any memory is asked for."""
    try:
        info = archive.getinfo(f"{name}.npy")
    except KeyError:
        msg = f"no array {name!r} in {str(path)!r}; write it with numpy.savez(path, X=X, y=y)"
        raise TableError(msg) from None
    with archive.open(info) as member:
        shape, dtype, start = read_header(member)
    if dtype.hasobject:
        msg = f"{name} in {str(path)!r} holds Python objects, which are not read for safety; save numbers or text"
        raise TableError(msg)
    claimed = start + math.prod(shape) * dtype.itemsize
    held = info.compress_size * (1 if info.compress_type == zipfile.ZIP_STORED else DEFLATE_LIMIT)
    if claimed != info.file_size or claimed > held or info.compress_size > path.stat().st_size:
        msg = (
            f"{name} in {str(path)!r} claims {claimed} bytes and the file has {info.file_size}, "
            f"packed in {info.compress_size}; it is damaged, write it anew"
        )
        raise TableError(msg)


def read_header(member: Any) -> tuple[tuple[int, ...], np.dtype[Any], int]:
    """Shape, dtype and length of the header of one `.npy` member."""
    version = npy.read_magic(member)
    if version not in HEADERS:
        msg = f"version {version} of the .npy format"
        raise ValueError(msg)
    shape, _, dtype = HEADERS[version](member)
    return shape, dtype, member.tell()


def write_npz(sheet: Sheet, handle: BinaryIO) -> None:
    """Write the features as array X and the target as array y."""
    np.savez(handle, allow_pickle=False, X=sheet.matrix, y=sheet.labels)
