"""A program that reads a Parquet, Feather or Excel file and exits: damage may end the process that reads it.

Run with the format, the path ("-" for standard input) and the bytes of free memory (0: unknown). Imports nothing of this package,
so that it starts fast.
"""

import io
import sys
from typing import BinaryIO

import polars as pl

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

BITS_OF_OTHER_CELLS = 64
BITS = {
    pl.Boolean: 1,
    pl.Int8: 8,
    pl.UInt8: 8,
    pl.Int16: 16,
    pl.UInt16: 16,
    pl.Int32: 32,
    pl.UInt32: 32,
    pl.Float32: 32,
}
"""Bits of one cell in memory."""


def main(kind: str, path: str, free_bytes: int) -> None:
    """Read the file, or print the bytes of its rows if these need more than the free memory."""
    with io.BytesIO(sys.stdin.buffer.read()) if path == "-" else open(path, "rb") as handle:
        needed = 0 if kind == "xlsx" else estimate_bytes(kind, handle)
        if free_bytes and needed > free_bytes:
            print(needed)
            return
        if free_bytes:
            limit_address_space(free_bytes)
        handle.seek(0)
        if kind == "xlsx":
            pl.read_excel(handle, engine="calamine", has_header=False)
        elif kind == "parquet":
            pl.read_parquet(handle)
        else:
            pl.read_ipc(handle)


def estimate_bytes(kind: str, handle: BinaryIO) -> int:
    """Count the bytes that the rows need in memory."""
    lazy = pl.scan_parquet(handle) if kind == "parquet" else pl.scan_ipc(handle)
    rows = int(lazy.select(pl.len()).collect().item())
    dtypes = lazy.collect_schema().values()
    return rows * sum(BITS.get(dtype.base_type(), BITS_OF_OTHER_CELLS) for dtype in dtypes) // 8


def limit_address_space(free_bytes: int) -> None:
    """Let an allocation beyond the free memory fail, where the system can do so."""
    if resource is None:
        return
    try:
        with open("/proc/self/statm") as handle:
            used = int(handle.read().split()[0]) * resource.getpagesize()
    except OSError:
        return
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    limit = used + free_bytes
    resource.setrlimit(resource.RLIMIT_AS, (limit if hard < 0 else min(limit, hard), hard))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
