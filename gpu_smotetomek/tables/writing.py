"""Writing of Sheets to files."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

import polars as pl

from gpu_smotetomek.tables.atomic import open_replacement
from gpu_smotetomek.tables.formats import choose_separator, detect_format
from gpu_smotetomek.tables.npz import write_npz
from gpu_smotetomek.tables.sheet import Sheet

FORMULA = r"^[=+\-@\t\r]."
"""Text that a spreadsheet runs as a formula when it opens the file (CWE-1236)."""

PROBE_BYTES = 2**20
"""Bytes that show, after a failure, whether there is room on the disk."""


def write(
    sheet: Sheet,
    path: Path,
    *,
    separator: str | None = None,
    force: bool = False,
    beside: Mapping[Path, pl.DataFrame] | None = None,
) -> None:
    """Write a table completely or not at all, in the format of the suffix of `path`.

    Parameters
    ----------
    sheet : Sheet
        Features and target; the target returns to its position.
    path : Path
        The file to write; `check_output` checks it.
    separator : str or None
        The separator of text tables; None is a comma, or a tab for `.tsv`.
    force : bool, default False
        Whether existing files may be replaced.
    beside : mapping from Path to DataFrame, or None
        Further tables, each in the format of its suffix, which is not `.npz`. All files appear, or none.

    Raises
    ------
    UsageError
        If a file exists without `force`.
    OSError
        If the disk is full or fails; existing files stay as they were.
    """
    kind = detect_format(path)
    with ExitStack() as stack:
        for other, frame in (beside or {}).items():
            write_frame(frame, stack.enter_context(open_replacement(other, force=force)), other, separator)
        handle = stack.enter_context(open_replacement(path, force=force))
        if kind == "npz":
            write_npz(sheet, handle)
        else:
            write_frame(sheet.frame, handle, path, separator, header=sheet.header)


def write_frame(
    frame: pl.DataFrame, handle: BinaryIO, path: Path, separator: str | None, *, header: bool = True
) -> None:
    """Write a frame to an open file in the format of the suffix of `path`."""
    kind = detect_format(path)
    with raise_failure_of_disk(handle):
        if kind == "parquet":
            frame.write_parquet(handle)
        elif kind == "feather":
            frame.write_ipc(handle)
        else:
            frame.write_csv(handle, include_header=header, separator=choose_separator(path, separator))


@contextmanager
def raise_failure_of_disk(handle: BinaryIO) -> Iterator[None]:
    """Raise the OSError of a disk that takes no more bytes, where polars reports that in words of its own."""
    try:
        yield
    except pl.exceptions.PolarsError:
        handle.write(bytes(PROBE_BYTES))
        handle.flush()
        raise


def find_formulas(sheet: Sheet) -> list[str]:
    """Return the names, the labels and the cells of text that a spreadsheet would run as formulas."""
    names = pl.Series(sheet.frame.columns if sheet.header else [], dtype=pl.String)
    columns = [sheet.y] if isinstance(sheet.y, pl.Series) else []
    columns += [sheet.X[name] for name in (*sheet.passthrough, *sheet.categorical)]
    texts = pl.concat([names, *(cells.unique().drop_nulls() for cells in columns if cells.dtype == pl.String)])
    numbers = texts.cast(pl.Float64, strict=False).is_not_null()
    return list(texts.filter(texts.str.contains(FORMULA) & ~numbers))
