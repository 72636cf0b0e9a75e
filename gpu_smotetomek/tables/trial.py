"""Trial reading in another process: a damaged file may end the process that reads it, and a packed one may fill the memory."""

import subprocess
import sys
from pathlib import Path

from gpu_smotetomek.tables import free_memory
from gpu_smotetomek.tables.errors import TableError

PROGRAM = Path(__file__).with_name("trial_reading.py")


def check_readable(path: Path, kind: str) -> None:
    """Read a Parquet or Feather file in another process first.

    Errors that the reader raises are no concern here: they come again when the file is read in this process.

    Parameters
    ----------
    path : Path
        The file.
    kind : {'parquet', 'feather'}
        Its format.

    Raises
    ------
    TableError
        If reading the file ends that process.
    MemoryError
        If the rows, unpacked, need more than the free memory.
    """
    free = free_memory.get_free_bytes()
    command = [sys.executable, "-I", str(PROGRAM), kind, str(path.absolute()), str(free or 0)]
    try:
        trial = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    except OSError:  # no other process can be started here
        return
    if trial.returncode < 0:
        raise TableError(
            f"{str(path)!r} cannot be read as {kind}: the reader does not survive it. It is damaged, or claims more memory than "
            "there is; write it anew"
        )
    if trial.stdout:
        free_memory.check_bytes_fit(int(trial.stdout), f"{str(path)!r}, unpacked, has", free_memory.REMEDY)
