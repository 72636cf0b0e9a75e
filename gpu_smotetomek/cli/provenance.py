"""Origins of the rows of an output: as a table of its own, and as a column of the output."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl

from gpu_smotetomek.resampling import Provenance
from gpu_smotetomek.tables import FORMATS, Sheet, UsageError, check_output, detect_format
from gpu_smotetomek.tables.formats import check_format_has_effect, is_stream


def check_files(output: Path, path: Path | None, source: Path, *, force: bool, form: str | None = None) -> None:
    """Raise, before any work, if the output or the table of the provenance, where there is one, should not be written.

    Raises
    ------
    UsageError
        As `check_output`, or if the file is the output, or its format holds arrays only.
    """
    check_format_has_effect(form, source, output)
    check_output(output, source, force=force, form=form)
    if path is None:
        return
    if is_stream(path):
        raise UsageError("--provenance names a file; only the table goes to standard output")
    if path.suffix.lower() not in FORMATS:
        suffixes = ", ".join(suffix for suffix in FORMATS if FORMATS[suffix] != "npz")
        problem = f"ends in {path.suffix!r}" if path.suffix else "has no suffix"
        raise UsageError(f"--provenance {str(path)!r} {problem}; name a file that ends in one of {suffixes}")
    if detect_format(path, writes=True) == "npz":
        raise UsageError(
            f"{str(path)!r} holds arrays of numbers only; with --provenance name a .parquet, .feather or .csv"
        )
    if locate(path) == locate(output):
        raise UsageError(f"--provenance and --output both name {str(path)!r}; name another file")
    check_output(path, source, force=force)


def locate(path: Path) -> Path:
    """The place that a file takes: its folder with links followed, and its name, which may be a link that is replaced."""
    return path.parent.resolve() / path.name


def check_mark(column: str | None, sheet: Sheet, output: Path, form: str | None = None) -> None:
    """Raise, before any work, if the output cannot have a further column of text of this name."""
    if column is None:
        return
    if detect_format(output, form, writes=True) == "npz":
        raise UsageError(
            f"{str(output)!r} holds an array of numbers only; with --mark write .parquet, .feather or .csv"
        )
    if not column:
        raise UsageError("--mark names the column to add; give a name that is not empty")
    if column in sheet.frame.columns:
        raise UsageError(f"the table has a column {column!r} already; give --mark another name")


def add_mark_column(sheet: Sheet, column: str, provenance: Provenance) -> Sheet:
    """The resampled sheet with a last column that says what each row is."""
    marks = pl.Series(column, name_kinds(provenance.is_synthetic, provenance.origin))
    return replace(sheet, X=sheet.features.with_columns(marks), passthrough=(*sheet.passthrough, column))


def name_kinds(
    is_synthetic: "np.ndarray[tuple[int], np.dtype[np.bool_]]", origin: "np.ndarray[tuple[int], np.dtype[np.int64]]"
) -> list[str]:
    """Name what each row is: 'original', 'copy' or 'synthetic'."""
    kinds: list[str] = np.where(~is_synthetic, "original", np.where(origin >= 0, "copy", "synthetic")).tolist()
    return kinds


def make_provenance_table(provenance: Provenance) -> pl.DataFrame:
    """A line for each row of the output, in its order, then one for each removed row, step after step.

    Empty cells stand for what does not apply. The partner of a row is the other row of its link, whether one of them was removed
    or not; of several links the last one, which is that of its removal.
    """
    frame = provenance.to_frame("polars", rows="all")
    n_rows, partners = len(provenance.ids), np.full(len(frame), -1)
    links = provenance.links
    partners[links.ravel()] = links[:, ::-1].ravel()
    ids = frame["id"].to_numpy()
    columns = {
        "row": np.append(np.arange(n_rows), np.full(len(ids) - n_rows, -1)),
        "kind": name_kinds(frame["is_synthetic"].to_numpy(), frame["origin"].to_numpy()),
        "partner": partners[ids],
    }
    frame = frame.with_columns(
        pl.col("gap").fill_nan(None), **{name: pl.Series(cells) for name, cells in columns.items()}
    )
    numbers = {name: pl.when(pl.col(name) >= 0).then(name) for name in ("row", "origin", "base", "neighbor", "partner")}
    order = ("row", "id", "kind", "origin", "base", "neighbor", "gap", "step", "reason", "partner")
    return frame.with_columns(**numbers).select(order)
