"""Compressed files, unpacked into memory up to a limit."""

import bz2
import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

from gpu_smotetomek.tables import free_memory
from gpu_smotetomek.tables.errors import TableError, UsageError

BLOCK_BYTES = 2**20
"""Bytes that are read at once; the limit is checked after each block."""

PARTS_OF_MEMORY = 2
"""A table needs so many times its text in memory: the text, and the rows."""


def read_bounded(handle: BinaryIO, subject: str) -> bytes:
    """Read all bytes of a stream whose length is unknown.

    Raises
    ------
    MemoryError
        As soon as the bytes and their rows would need more than the free memory.
    """
    free, content = free_memory.get_free_bytes(), io.BytesIO()
    while block := handle.read(BLOCK_BYTES):
        content.write(block)
        if free is not None and PARTS_OF_MEMORY * content.tell() > free:
            raise MemoryError(
                f"{subject} more than {content.tell() / 1e9:,.3g} GB, and {free / 1e9:,.3g} GB of memory are free, "
                f"for the text and for its rows; {free_memory.REMEDY}"
            )
    return content.getvalue()


def unpack(handle: BinaryIO, suffix: str, name: str) -> bytes:
    """Return the text in a compressed file.

    Parameters
    ----------
    handle : binary file
        The compressed bytes.
    suffix : {'.gz', '.bz2', '.zst'}
        The compression.
    name : str
        The file, as errors name it.

    Returns
    -------
    bytes

    Raises
    ------
    TableError
        If the file is damaged.
    UsageError
        If a library is missing.
    MemoryError
        If the text is larger than the memory.
    """
    with raise_damage(name), open_packed(handle, suffix, name) as text:
        return read_bounded(text, f"{name}, unpacked, has")


@contextmanager
def raise_damage(name: str) -> Iterator[None]:
    """Raise a TableError for the errors of the libraries that unpack."""
    try:
        yield
    except (EOFError, OSError, zlib.error) as error:
        raise TableError(
            f"{name} cannot be unpacked ({error}); it is damaged or not compressed, so write it anew"
        ) from error


def open_packed(handle: BinaryIO, suffix: str, name: str) -> Any:
    """Open a compressed file for reading its text."""
    if suffix == ".gz":
        return gzip.GzipFile(fileobj=handle)
    if suffix == ".bz2":
        return bz2.BZ2File(handle)
    try:
        import pyarrow
    except ImportError:
        raise UsageError(f"{name} is compressed by zstd, which needs pyarrow: pip install pyarrow") from None
    return pyarrow.CompressedInputStream(pyarrow.PythonFile(handle, "r"), "zstd")


def open_for_packing(handle: BinaryIO, suffix: str) -> Any:
    """Open a file for writing text that is compressed on the way; the same text gives the same bytes."""
    if suffix == ".gz":
        return gzip.GzipFile(filename="", fileobj=handle, mode="wb", mtime=0)
    return bz2.BZ2File(handle, "wb")
