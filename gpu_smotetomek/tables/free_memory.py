"""Checks that a file or a result fits into the free memory; the system kills a process that runs out of it without a message."""

from pathlib import Path

from gpu_smotetomek.address_space import get_free_address_space

CGROUP = Path("/sys/fs/cgroup")
"""Where Linux gives the memory limit of a container."""

CGROUP_OF_PROCESS = Path("/proc/self/cgroup")
"""Where Linux names the control groups of this process."""

CGROUP_FILES = (("memory.max", "memory.current"), ("memory.limit_in_bytes", "memory.usage_in_bytes"))
"""Names of the files with the limit and with the memory in use, in versions 2 and 1."""

REMEDY = "take fewer rows or columns, or a machine with more memory"


def check_file_fits(path: Path) -> None:
    """Raise MemoryError if a file is larger than the free memory: its rows, and those added, need more than the file."""
    is_text = path.suffix in (".csv", ".tsv", ".txt", ".data", ".dat")
    convert = (
        f"convert it by polars.scan_csv({path.name!r}).sink_parquet('table.parquet'), which is read in blocks; or "
    )
    check_bytes_fit(path.stat().st_size, f"{str(path)!r} has", f"{convert if is_text else ''}{REMEDY}")


def check_rows_fit(rows: int, columns: int) -> None:
    """Raise MemoryError if so many rows of numbers are larger than the free memory."""
    check_bytes_fit(8 * rows * columns, f"{rows:,} rows of {columns} columns take", "ask for fewer rows")


def check_bytes_fit(size: int, subject: str, remedy: str) -> None:
    """Raise MemoryError, with both sizes, if `size` bytes are more than the free memory."""
    free = get_free_bytes()
    if free is not None and size > free:
        raise MemoryError(f"{subject} {size / 1e9:,.3g} GB, and {free / 1e9:,.3g} GB of memory are free; {remedy}")


def get_free_bytes() -> int | None:
    """Return the bytes that this process may still allocate; None if the system gives no limit."""
    limits = [get_machine_bytes(), get_container_bytes(), get_free_address_space()]
    return min((free for free in limits if free is not None), default=None)


def get_machine_bytes() -> int | None:
    """Return the memory available without swapping."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
    except OSError:
        return None
    return next((1024 * int(line.split()[1]) for line in lines if line.startswith("MemAvailable:")), None)


def get_container_bytes() -> int | None:
    """Return the memory that the limits of the control groups of this process leave: its own, and those that contain it."""
    limits = []
    for folder in list_memory_groups():
        for names in CGROUP_FILES:
            try:
                limit, used = ((folder / name).read_text().strip() for name in names)
            except OSError:
                continue
            if limit.isdecimal():
                limits.append(max(0, int(limit) - int(used)))
    return min(limits, default=None)


def list_memory_groups() -> list[Path]:
    """List the folders of the control groups that limit the memory of this process, of both versions, outermost first."""
    try:
        lines = CGROUP_OF_PROCESS.read_text().splitlines()
    except OSError:
        lines = []
    folders = [CGROUP, CGROUP / "memory"]
    for line in lines:
        _, controllers, group = line.split(":", 2)
        root = CGROUP / "memory" if controllers else CGROUP
        if controllers in ("", "memory"):
            parts = Path(group.lstrip("/")).parts
            folders += [root.joinpath(*parts[:n]) for n in range(1, len(parts) + 1)]
    return folders
