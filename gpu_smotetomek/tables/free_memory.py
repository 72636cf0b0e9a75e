"""Whether a file, or a result, can fit into memory: who runs out of it is ended by the system, without a word."""

import os
from pathlib import Path

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

GROUP = Path("/sys/fs/cgroup")
"""Where Linux tells a container of its memory."""


def refuse_too_large(path: Path) -> None:
    """Refuse a file that is larger than the memory that is free: its rows, and those added, take more than the file.

    Raises
    ------
    MemoryError
        With both sizes.
    """
    size, free = path.stat().st_size, free_bytes()
    if free is not None and size > free:
        msg = (
            f"{str(path)!r} has {size / 1e9:,.3g} GB, and {free / 1e9:,.3g} GB of memory are free; take fewer rows or columns, "
            "or a machine with more memory"
        )
        raise MemoryError(msg)


def refuse_too_many(rows: int, columns: int) -> None:
    """Refuse so many rows of numbers that they are larger than the memory that is free.

    Raises
    ------
    MemoryError
        With both sizes.
    """
    size, free = 8 * rows * columns, free_bytes()
    if free is not None and size > free:
        msg = (
            f"{rows:,} rows of {columns} columns take {size / 1e9:,.3g} GB, and {free / 1e9:,.3g} GB of memory are free; ask for "
            "fewer rows"
        )
        raise MemoryError(msg)


def free_bytes() -> int | None:
    """Bytes that this process may still take, as far as the system tells."""
    told = [of_machine(), of_container(), of_process()]
    return min((free for free in told if free is not None), default=None)


def of_machine() -> int | None:
    """Memory that could be had without swapping."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
    except OSError:
        return None
    return next((1024 * int(line.split()[1]) for line in lines if line.startswith("MemAvailable:")), None)


def of_container() -> int | None:
    """What the limit of a container leaves."""
    try:
        limit, used = ((GROUP / name).read_text().strip() for name in ("memory.max", "memory.current"))
    except OSError:
        return None
    return max(0, int(limit) - int(used)) if limit.isdecimal() else None


def of_process() -> int | None:
    """What the limit of `ulimit -v` leaves."""
    limit = -1 if resource is None else resource.getrlimit(resource.RLIMIT_AS)[0]
    if limit < 0:
        return None
    try:
        used = int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        used = 0
    return max(0, limit - used)
