"""NumPy's `.npz`: arrays X and y, from files that need not be trusted."""

import math
import zipfile
from typing import Any, BinaryIO

import numpy as np
from numpy.lib import format as npy

from gpu_smotetomek.tables.errors import TableError
from gpu_smotetomek.tables.free_memory import REMEDY, check_bytes_fit
from gpu_smotetomek.tables.sheet import Sheet
from gpu_smotetomek.tables.source import Source

MAX_DEFLATE_RATIO = 1032
"""A deflated byte yields at most so many bytes; a member that claims more gives a false size."""

OTHER_PACKINGS = {zipfile.ZIP_BZIP2: "bzip2", zipfile.ZIP_LZMA: "LZMA"}

HEADERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}


def read_npz(source: Source) -> Sheet:
    """Read X and y after checking their sizes, and never unpickle.

    Parameters
    ----------
    source : Source
        An archive that `numpy.savez` wrote.

    Returns
    -------
    Sheet
        With arrays; the target is the last column.

    Raises
    ------
    TableError
        If the file is not such an archive, X or y is missing, holds objects or claims a false size, or their shapes do not match.
    """
    try:
        with source.open() as handle, zipfile.ZipFile(handle) as archive:
            others = tuple(n.removesuffix(".npy") for n in archive.namelist() if n not in {"X.npy", "y.npy"})
            sizes = [check_member(archive, name, source) for name in ("X", "y")]
        check_bytes_fit(sum(sizes), f"{source.name}, unpacked, has", REMEDY)
        with source.open() as handle, np.load(handle, allow_pickle=False) as arrays:
            X, y = arrays["X"], arrays["y"]
    except (TableError, MemoryError):
        raise
    except Exception as error:  # damage raises a dozen types of error, also those of tokenize and zlib
        raise TableError(
            f"{source.name} is damaged or not an .npz file ({error}); write it anew with numpy.savez(path, X=X, y=y)"
        ) from error
    if X.ndim != 2 or y.ndim != 1 or len(X) != len(y):
        raise TableError(
            f"X has shape {X.shape} and y {y.shape} in {source.name}; expected (rows, features) and (rows,)"
        )
    for name, array, kinds in (("X", X, "biuf"), ("y", y, "biufU")):
        if array.dtype.kind not in kinds:
            raise TableError(
                f"{name} in {source.name} holds {array.dtype}; expected numbers{' or text' * (name == 'y')}"
            )
    if not X.size:
        raise TableError(f"{source.name} has no rows" if not len(X) else f"X in {source.name} has no columns")
    return Sheet(X, y, position=X.shape[1], left_out=others)


def check_member(archive: zipfile.ZipFile, name: str, source: Source) -> int:
    """Return the bytes that an array claims, after comparing them with those in the file; no memory is allocated."""
    try:
        info = archive.getinfo(f"{name}.npy")
    except KeyError:
        raise TableError(f"no array {name!r} in {source.name}; write it with numpy.savez(path, X=X, y=y)") from None
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        packing = OTHER_PACKINGS.get(info.compress_type, f"method {info.compress_type}")
        raise TableError(
            f"{name} in {source.name} is packed by {packing}, which has no bound on what it unpacks to; write it anew with "
            "numpy.savez_compressed(path, X=X, y=y)"
        )
    with archive.open(info) as member:
        shape, dtype, start = read_header(member)
    if dtype.hasobject:
        raise TableError(
            f"{name} in {source.name} holds Python objects, which are not read for safety; save numbers or text"
        )
    claimed = start + math.prod(shape) * dtype.itemsize
    held = info.compress_size * (1 if info.compress_type == zipfile.ZIP_STORED else MAX_DEFLATE_RATIO)
    if claimed != info.file_size or claimed > held or info.compress_size > source.size:
        raise TableError(
            f"{name} in {source.name} claims {claimed} bytes and the file has {info.file_size}, "
            f"packed in {info.compress_size}; it is damaged, write it anew"
        )
    return claimed


def read_header(member: Any) -> tuple[tuple[int, ...], np.dtype[Any], int]:
    """Return the shape, the dtype and the length of the header of one `.npy` member."""
    version = npy.read_magic(member)
    if version not in HEADERS:
        raise ValueError(f"version {version} of the .npy format")
    shape, _, dtype = HEADERS[version](member)
    return shape, dtype, member.tell()


def write_npz(sheet: Sheet, handle: BinaryIO) -> None:
    """Write the features as array X and the target as array y."""
    np.savez(handle, allow_pickle=False, X=sheet.matrix, y=sheet.labels)
