"""Writing of Sheets to files."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path
from typing import Any, BinaryIO

import polars as pl
import polars.selectors as cs

from gpu_smotetomek.tables.atomic import open_replacement
from gpu_smotetomek.tables.compression import open_for_packing
from gpu_smotetomek.tables.formats import FORMATS, choose_separator, find_suffix, is_stream, split_suffix
from gpu_smotetomek.tables.npz import write_npz
from gpu_smotetomek.tables.number_marks import POINT, NumberMarks
from gpu_smotetomek.tables.sheet import Sheet
from gpu_smotetomek.tables.standard_output import open_standard_output

FORMULA = r"^[=+\-@\t\r]."
"""Text that a spreadsheet runs as a formula when it opens the file (CWE-1236)."""

PROBE_BYTES = 2**20
"""Bytes that show, after a failure, whether there is room on the disk."""


def write(
    sheet: Sheet,
    path: Path,
    *,
    separator: str | None = None,
    form: str | None = None,
    force: bool = False,
    beside: Mapping[Path, pl.DataFrame] | None = None,
) -> None:
    """Write a table completely or not at all, in the format of the suffix of `path`.

    Parameters
    ----------
    sheet : Sheet
        Features and target; the target returns to its position.
    path : Path
        The file to write, which `check_output` checks, or '-' for standard output.
    separator : str or None
        The separator of text tables; None is a comma, or a tab for `.tsv`.
    form : str or None
        The format of standard output, as a suffix without its dot; None is CSV.
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
    suffix = find_suffix(path, form, writes=True)
    with ExitStack() as stack:
        for other, frame in (beside or {}).items():
            handle = stack.enter_context(open_replacement(other, force=force))
            write_frame(frame, handle, find_suffix(other, writes=True), separator)
        if is_stream(path):
            handle = stack.enter_context(open_standard_output())
        else:
            handle = stack.enter_context(open_replacement(path, force=force))
        if suffix == ".npz":
            write_npz(sheet, handle)
        else:
            write_frame(sheet.frame, handle, suffix, separator, header=sheet.header, marks=sheet.marks)


def write_frame(
    frame: pl.DataFrame,
    handle: BinaryIO,
    suffix: str,
    separator: str | None,
    *,
    header: bool = True,
    marks: NumberMarks = POINT,
) -> None:
    """Write a frame to an open file in the format of a suffix; numbers in text have the decimal mark that they had."""
    first, packing = split_suffix(suffix)
    with raise_failure_of_disk(handle):
        if FORMATS[first] == "parquet":
            frame.write_parquet(handle)
        elif FORMATS[first] == "feather":
            frame.write_ipc(handle)
        else:
            text: Any = open_for_packing(handle, packing) if packing else nullcontext(handle)
            written = frame if marks.decimal == "." else write_decimal_marks(frame, marks.decimal)
            with text as stream:
                written.write_csv(stream, include_header=header, separator=choose_separator(suffix, separator))


def write_decimal_marks(frame: pl.DataFrame, mark: str) -> pl.DataFrame:
    """Return a frame whose floats are text with a decimal mark of their own; polars has none before 1.31."""
    return frame.with_columns(cs.float().cast(pl.String).str.replace(".", mark, literal=True))


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
