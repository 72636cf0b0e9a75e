"""Tables in Parquet and Feather files."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from gpu_smotetomek.containers import enter_X, enter_y
from gpu_smotetomek.datasets.dataset import name_rows
from gpu_smotetomek.tables.errors import TableError, UsageError
from gpu_smotetomek.typing import Labels, Mask

FEATHER_SUFFIXES = (".feather", ".arrow")


class Piece(NamedTuple):
    """Consecutive rows of one row group or record batch of a file.

    Attributes
    ----------
    path : Path
    group : int
        Number of the row group.
    start, stop : int
        Rows of the group.
    first : int
        Number of the row `start` in the file.
    """

    path: Path
    group: int
    start: int
    stop: int
    first: int


class ArrowDataset:
    """A Parquet or Feather file, or a folder of Parquet files; all columns but the target are features.

    Parameters
    ----------
    path : Path
    target : str
        Name of the column with the labels.
    block_bytes : int
        Bytes of a block in memory, about; larger row groups are cut, smaller ones of a folder are joined.

    Raises
    ------
    TableError
        If the files have other columns than the first, no rows, or not the target.
    """

    def __init__(self, path: Path, target: str, block_bytes: int) -> None:
        self.target, self.files = target, list_files(path)
        groups = [(file, *describe_file(file)) for file in self.files]
        self.schema = groups[0][1]
        for file, schema, _ in groups:
            if not schema.equals(self.schema):
                raise TableError(
                    f"{file} has other columns than {self.files[0]}: give all files the same columns and types"
                )
        if self.schema.names.count(target) != 1:
            raise TableError(f"{path} has no single column {target!r}; its columns are {', '.join(self.schema.names)}")
        self.names = [name for name in self.schema.names if name != target]
        self.n_features = len(self.names)
        self.row_bytes = 8 * len(self.schema.names)
        sizes = [(file, sizes) for file, _, sizes in groups]
        self.blocks = cut_groups(sizes, max(1, block_bytes // self.row_bytes))
        if not self.blocks:
            raise TableError(f"{path} has no rows")
        self.block_rows = [sum(piece.stop - piece.start for piece in block) for block in self.blocks]
        self._first = enter_X(self._read(0, self.names).slice(0, 1))
        self.dtype: np.dtype[Any] = self._first.matrix.dtype
        self.dtypes = self._first.dtypes

    def read_labels(self, i: int) -> Labels:
        """Labels of block i."""
        try:
            return enter_y(self._read(i, [self.target])[self.target]).labels
        except ValueError as error:
            raise self._name_block(error, i) from error

    def read_block(self, i: int) -> Any:
        """Features of block i, in the common dtype of the columns."""
        try:
            return enter_X(self._read(i, self.names)).matrix
        except ValueError as error:
            raise self._name_block(error, i) from error

    def read_kept(self, i: int, mask: Mask) -> Any:
        """Rows of block i as they are in the files, all columns."""
        import pyarrow

        return self._read(i, self.schema.names).filter(pyarrow.array(mask))

    def make_rows(self, X: Any, labels: Labels) -> Any:
        """A table of synthetic rows, each column in its type."""
        import pyarrow

        features = self._first.restore(np.arange(0), X, lambda: np.arange(0))
        field = self.schema.field(self.target)
        columns = [
            pyarrow.array(labels.tolist(), type=field.type) if name == self.target else features[name]
            for name in self.schema.names
        ]
        return pyarrow.table(columns, schema=self.schema)

    def _read(self, i: int, names: list[str]) -> Any:
        import pyarrow

        tables = [read_piece(piece, names) for piece in self.blocks[i]]
        metadata = self.schema.metadata
        return pyarrow.concat_tables([table.replace_schema_metadata(metadata) for table in tables])

    def _name_block(self, error: Exception, i: int) -> ValueError:
        first, last = self.blocks[i][0], self.blocks[i][-1]
        place = str(first.path) if first.path == last.path else f"{first.path} to {last.path}"
        return name_rows(error, place, first.first, last.first + last.stop - last.start)


def list_files(path: Path) -> list[Path]:
    """The file itself, or the Parquet files of a folder and the folders in it, by name."""
    require_pyarrow()
    if not path.is_dir():
        return [path]
    files = sorted(file for file in path.rglob("*.parquet") if not file.name.startswith((".", "_")))
    if not files:
        raise UsageError(f"folder {str(path)!r} has neither X.npy and y.npy nor Parquet files")
    return files


def require_pyarrow() -> None:
    """Raise ImportError, with the command that installs it, where pyarrow is missing."""
    try:
        import pyarrow.parquet  # noqa: F401
    except ImportError:
        raise ImportError("Parquet and Feather files in blocks need pyarrow: pip install pyarrow") from None


def describe_file(path: Path) -> tuple[Any, list[int]]:
    """The schema of a file, and the rows of each of its row groups."""
    import pyarrow.ipc
    import pyarrow.parquet

    try:
        if path.suffix in FEATHER_SUFFIXES:
            with pyarrow.OSFile(str(path)) as source, pyarrow.ipc.open_file(source) as reader:
                sizes = [reader.get_batch(group).num_rows for group in range(reader.num_record_batches)]
                return reader.schema, sizes
        with pyarrow.parquet.ParquetFile(path) as file:
            return file.schema_arrow, [file.metadata.row_group(g).num_rows for g in range(file.num_row_groups)]
    except pyarrow.ArrowInvalid as error:
        raise TableError(f"{path} cannot be read ({error}): write it again") from error


def read_piece(piece: Piece, names: list[str]) -> Any:
    """Some columns of a piece, as a table."""
    import pyarrow.ipc
    import pyarrow.parquet

    if piece.path.suffix in FEATHER_SUFFIXES:
        with pyarrow.OSFile(str(piece.path)) as source, pyarrow.ipc.open_file(source) as reader:
            table = pyarrow.Table.from_batches([reader.get_batch(piece.group)]).select(names)
    else:
        with pyarrow.parquet.ParquetFile(piece.path) as file:
            table = file.read_row_group(piece.group, columns=names, use_threads=False).select(names)
    return table.slice(piece.start, piece.stop - piece.start)


def cut_groups(files: list[tuple[Path, list[int]]], size: int) -> list[list[Piece]]:
    """Blocks of at most `size` rows, of consecutive pieces of row groups.

    Examples
    --------
    >>> blocks = cut_groups([(Path("a"), [2, 3, 9])], 6)
    >>> [[(piece.group, piece.start, piece.stop) for piece in block] for block in blocks]
    [[(0, 0, 2), (1, 0, 3)], [(2, 0, 6)], [(2, 6, 9)]]
    """
    blocks, n_last = list[list[Piece]](), size
    for piece in cut_pieces(files, size):
        n_rows = piece.stop - piece.start
        if n_last + n_rows > size:
            blocks.append([])
            n_last = 0
        blocks[-1].append(piece)
        n_last += n_rows
    return blocks


def cut_pieces(files: list[tuple[Path, list[int]]], size: int) -> Iterator[Piece]:
    """The row groups of files, in pieces of at most `size` rows."""
    for path, sizes in files:
        for group, (n_rows, end) in enumerate(zip(sizes, accumulate(sizes), strict=True)):
            for start in range(0, n_rows, size):
                yield Piece(path, group, start, min(n_rows, start + size), end - n_rows + start)
