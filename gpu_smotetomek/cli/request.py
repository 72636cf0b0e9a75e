"""The options of one command line of `resample`, as one object."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gpu_smotetomek.cli.column_options import ColumnOptions
from gpu_smotetomek.cli.resample_options import Method
from gpu_smotetomek.tables.free_memory import get_free_bytes

COLUMNAR_SUFFIXES = {".parquet", ".feather", ".arrow", ".ipc"}
COPIES_IN_MEMORY = 4
"""The table as read, as a matrix, enlarged, and cleaned."""
UNPACKED_RATIO = 2
"""Bytes in memory of a byte of a packed file, at least."""


@dataclass(frozen=True)
class Request:
    """The options of one command line of `resample`.

    Attributes
    ----------
    source, output : Path
        The file to read, and the file to write.
    target : str or None
        Name or number of the target column.
    reading : dict
        How the file is read: arguments of `tables.read`.
    columns : ColumnOptions
        The options that name columns.
    impute : str or None
        The statistic that fills missing cells.
    method : Method
        The steps to run.
    strategy : str
        The text of `--sampling-strategy`.
    given : dict
        Options of the samplers, by parameter; None where not given.
    execution : dict
        Backend, device and memory limit, by parameter.
    provenance, plot : Path or None
        Further files to write.
    mark : str or None
        Name of the column to add.
    force : bool
        Whether files may be replaced.
    dry_run : bool
        Whether nothing is to be written.
    as_json : bool
        Whether to print JSON.
    scratch : Path or None
        Folder of what is finished, where rows are read in blocks.
    level : int
        How much to print: 0 as usual, below that less, above that more.
    """

    source: Path
    output: Path
    target: str | None
    reading: dict[str, Any]
    columns: ColumnOptions
    impute: str | None
    method: Method
    strategy: str
    given: dict[str, Any]
    execution: dict[str, Any]
    provenance: Path | None
    plot: Path | None
    mark: str | None
    force: bool
    dry_run: bool
    as_json: bool
    level: int
    scratch: Path | None = None

    @property
    def prints_report(self) -> bool:
        """Whether the report and the names of the files are printed as text."""
        return self.level >= 0 and not self.as_json

    @property
    def prints_notes(self) -> bool:
        """Whether warnings and notes are printed."""
        return self.level >= -1

    @property
    def prints_details(self) -> bool:
        """Whether the whole report is printed, with steps, times and bytes."""
        return self.level >= 1

    @property
    def prints_phases(self) -> bool:
        """Whether the phases of the command are printed, with their times."""
        return self.level >= 2


def stays_in_files(request: Request) -> bool:
    """Whether a table is read block by block: that of a folder, and one that memory does not hold with its result."""
    if request.source.is_dir():
        return holds_table(request.source)
    if request.source.suffix not in COLUMNAR_SUFFIXES or not request.source.is_file():
        return False
    free = get_free_bytes()
    return free is not None and request.source.stat().st_size * UNPACKED_RATIO * COPIES_IN_MEMORY > free


def holds_table(folder: Path) -> bool:
    """Whether a folder is a table of NumPy's files or of Parquet files, beside hidden files and those of Spark."""
    if (folder / "X.npy").exists():
        return True
    suffixes = {path.suffix for path in folder.rglob("*") if path.is_file() and path.name[0] not in "._"}
    return suffixes == {".parquet"}
