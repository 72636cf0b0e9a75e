"""Trial reading in another process: a damaged file may end the process that reads it, and a packed one may fill the memory."""

import subprocess
import sys
from pathlib import Path
from typing import Any

from gpu_smotetomek.tables import free_memory
from gpu_smotetomek.tables.errors import TableError
from gpu_smotetomek.tables.source import Source

PROGRAM = Path(__file__).with_name("trial_reading.py")


def check_readable(source: Source) -> None:
    """Read a Parquet, Feather or Excel file in another process first.

    Errors that the reader raises are no concern here: they come again when the file is read in this process.

    Parameters
    ----------
    source : Source
        The file, or its bytes.

    Raises
    ------
    TableError
        If reading the file ends that process.
    MemoryError
        If the rows, unpacked, need more than the free memory.
    """
    free = free_memory.get_free_bytes()
    path = "-" if source.content is not None else str(source.path.absolute())
    command = [sys.executable, "-I", str(PROGRAM), source.kind, path, str(free or 0)]
    stdin: Any = {"stdin": subprocess.DEVNULL} if source.content is None else {"input": source.content}
    try:
        trial = subprocess.run(command, **stdin, capture_output=True, check=False)
    except OSError:  # no other process can be started here
        return
    if trial.returncode < 0:
        raise TableError(
            f"{source.name} cannot be read as {source.kind}: the reader does not survive it. It is damaged, or claims more "
            "memory than there is; write it anew"
        )
    if trial.stdout:
        free_memory.check_bytes_fit(int(trial.stdout), f"{source.name}, unpacked, has", free_memory.REMEDY)
