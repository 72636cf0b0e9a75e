"""Results as Parquet or Feather files: a file for each part, which are joined where one file is the result."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

from gpu_smotetomek.datasets.arrow_dataset import FEATHER_SUFFIXES, ArrowDataset
from gpu_smotetomek.tables.errors import UsageError


class ArrowSink:
    """A folder of Parquet files, or one Parquet or Feather file.

    Parameters
    ----------
    dataset : ArrowDataset
    out : Path
        The result: a file that ends in `.parquet`, `.feather` or `.arrow`, or a folder.
    folder : Path
        Where the files are written before they are complete.
    sizes : list of int
        Rows of each part.

    Raises
    ------
    UsageError
        If a Feather file is to have columns of categories, whose parts have dictionaries of their own.
    """

    def __init__(self, dataset: ArrowDataset, out: Path, folder: Path, sizes: list[int]) -> None:
        import pyarrow

        self.schema, self.out, self.scratch, self.sizes = dataset.schema, out, folder, sizes
        if out.suffix in FEATHER_SUFFIXES and any(pyarrow.types.is_dictionary(type_) for type_ in self.schema.types):
            raise UsageError(
                f"{out} would have columns of categories, which Feather files in parts cannot: write Parquet"
            )
        self.folder = folder / "result"
        self.folder.mkdir(exist_ok=True)

    def holds(self, part: int) -> bool:
        """Whether the file of a part is there."""
        return self.sizes[part] == 0 or self._name_part(part).exists()

    def write_part(self, part: int, rows: Any) -> None:
        """Write a part, and flush it to the disk; a part without rows has no file."""
        import pyarrow.parquet

        if not rows.num_rows:
            return
        path = self._name_part(part)
        temporary = self.scratch / "part.new"
        with temporary.open("wb") as handle:
            pyarrow.parquet.write_table(rows, handle)
            handle.flush()
            os.fsync(handle.fileno())
        temporary.replace(path)

    def finish(self) -> Path:
        """The complete result, to be renamed."""
        import pyarrow.ipc
        import pyarrow.parquet

        if not self.out.suffix:
            return self.folder
        path = self.scratch / "result.new"
        is_feather = self.out.suffix in FEATHER_SUFFIXES
        with path.open("wb") as handle:
            writer = (
                pyarrow.ipc.new_file(handle, self.schema)
                if is_feather
                else pyarrow.parquet.ParquetWriter(handle, self.schema)
            )
            with writer:
                for part in np.flatnonzero(self.sizes).tolist():
                    writer.write_table(self._read_part(part))
            handle.flush()
            os.fsync(handle.fileno())
        return path

    def _read_part(self, part: int) -> Any:
        import pyarrow.parquet

        with pyarrow.parquet.ParquetFile(self._name_part(part)) as file:
            return file.read(use_threads=False).replace_schema_metadata(self.schema.metadata)

    def _name_part(self, part: int) -> Path:
        return self.folder / f"part-{part:05d}.parquet"
