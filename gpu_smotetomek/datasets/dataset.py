"""What a table in files offers: blocks of rows, which are read one at a time."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np

from gpu_smotetomek.blocks import Block, encode_labels
from gpu_smotetomek.typing import Integers, Labels, Mask

HASH_BYTES = 2**16  # hashed at either end of a file


class Dataset(Protocol):
    """A table in files, as blocks of consecutive rows.

    Attributes
    ----------
    block_rows : list of int
        Rows of each block.
    names : list of str
        Names of the features; empty for arrays.
    n_features : int
    dtype : NumPy dtype
        Common dtype of the features.
    dtypes : tuple of dtypes, or None
        Dtypes of the columns, where they differ.
    files : list of Path
        The files that are read.
    row_bytes : int
        Bytes of a row in memory, about.
    """

    block_rows: list[int]
    names: list[str]
    n_features: int
    dtype: np.dtype[Any]
    dtypes: tuple[np.dtype[Any], ...] | None
    files: list[Path]
    row_bytes: int

    def read_labels(self, i: int) -> Labels:
        """Labels (n_rows,) of block i."""

    def read_block(self, i: int) -> Any:
        """Features (n_rows, d) of block i, checked."""

    def read_kept(self, i: int, mask: Mask) -> Any:
        """The rows of block i that a mask (n_rows,) selects, with all columns, as a sink takes them."""

    def make_rows(self, X: Any, labels: Labels) -> Any:
        """Synthetic rows (m, d) with their labels (m,), as a sink takes them."""


class DatasetClasses(NamedTuple):
    """The labels of a table, and how many rows have each.

    Attributes
    ----------
    classes : array (n_classes,)
        Labels, sorted.
    counts : int array (n_classes,)
    """

    classes: Labels
    counts: Integers


def count_dataset_classes(dataset: Dataset) -> DatasetClasses:
    """Count the labels of all blocks."""
    totals = Counter[Any]()
    found = []
    for i in range(len(dataset.block_rows)):
        classes, counts = np.unique(dataset.read_labels(i), return_counts=True)
        found.append(classes)
        totals.update(dict(zip(classes.tolist(), counts.tolist(), strict=True)))
    classes = np.unique(np.concatenate(found))
    return DatasetClasses(classes, np.array([totals[label] for label in classes.tolist()], np.int64))


def read_coded_block(dataset: Dataset, i: int, start: int, classes: Labels) -> Block:
    """Block i, whose first row has the number `start`, with the positions of its labels among the classes.

    Raises
    ------
    RuntimeError
        If a label is new: the files have changed since the labels were counted.
    """
    codes = encode_labels(dataset.read_labels(i), classes, start)
    return Block(np.ascontiguousarray(dataset.read_block(i)), codes, start)


def identify_files(files: list[Path]) -> list[dict[str, Any]]:
    """Size, time of change and a hash of both ends of each file."""
    return [identify_file(path) for path in files]


def identify_file(path: Path) -> dict[str, Any]:
    """Size, time of change and a hash of both ends of a file."""
    status = path.stat()
    digest = hashlib.blake2b(digest_size=16)
    with path.open("rb") as handle:
        digest.update(handle.read(HASH_BYTES))
        handle.seek(max(0, status.st_size - HASH_BYTES), os.SEEK_SET)
        digest.update(handle.read(HASH_BYTES))
    return {"name": path.name, "size": status.st_size, "mtime": status.st_mtime_ns, "hash": digest.hexdigest()}


def name_rows(error: Exception, place: str, start: int, stop: int) -> ValueError:
    """The error of a block, which names the file and the rows, counted from 0."""
    return ValueError(f"{place}, rows {start:,} … {stop - 1:,}: {error}")
