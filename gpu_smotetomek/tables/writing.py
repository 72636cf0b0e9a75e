"""From a Sheet to a file."""

from pathlib import Path

import polars as pl

from gpu_smotetomek.tables.atomic import replacing
from gpu_smotetomek.tables.formats import format_of, separator_of
from gpu_smotetomek.tables.npz import write_npz
from gpu_smotetomek.tables.sheet import Sheet

FORMULA = r"^[=+\-@\t\r]."
"""Text that a spreadsheet would run when it opens the file (CWE-1236)."""


def write(sheet: Sheet, path: Path, *, separator: str | None = None, force: bool = False) -> None:
    """Write a table, whole or not at all, in the format that the suffix of `path` names.

    Parameters
    ----------
    sheet : Sheet
        Features and target; the target goes back to where it stood.
    path : Path
        Where to; see `check_output` for what is refused.
    separator : str or None
        What stands between the cells of a text table; None: a comma, or a tab in a `.tsv`.
    force : bool, default False
        Whether a file that is already there may be replaced.

    Raises
    ------
    UsageError
        A file is there without `force`.
    OSError
        The disk is full or failed; what was there is still there.
    """
    kind = format_of(path)
    with replacing(path, force=force) as handle:
        if kind == "npz":
            write_npz(sheet, handle)
        elif kind == "parquet":
            sheet.frame.write_parquet(handle)
        elif kind == "feather":
            sheet.frame.write_ipc(handle)
        else:
            sheet.frame.write_csv(handle, include_header=sheet.header, separator=separator_of(path, separator))


def formulas(sheet: Sheet) -> list[str]:
    """Names and labels that a spreadsheet would take for formulas."""
    names = sheet.frame.columns if sheet.header else []
    labels = sheet.y.unique() if isinstance(sheet.y, pl.Series) and sheet.y.dtype == pl.String else []
    texts = pl.Series([*names, *labels], dtype=pl.String)
    numbers = texts.cast(pl.Float64, strict=False).is_not_null()
    return list(texts.filter(texts.str.contains(FORMULA) & ~numbers))
