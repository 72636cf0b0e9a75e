"""Checks of a sheet before any work: its features, its classes, and what the output can hold."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from gpu_smotetomek.cli.imputation import check_complete
from gpu_smotetomek.cli.options import parse_strategy
from gpu_smotetomek.cli.plot import check_plane
from gpu_smotetomek.cli.provenance import check_mark
from gpu_smotetomek.cli.remedies import collect_remedies, format_options
from gpu_smotetomek.cli.report import count_classes
from gpu_smotetomek.cli.resample_options import Method
from gpu_smotetomek.cli.text_columns import advise_on_text, find_stray_text, find_text
from gpu_smotetomek.errors import join_first
from gpu_smotetomek.inspection import Finding
from gpu_smotetomek.inspection.advice import MANY_CLASSES
from gpu_smotetomek.inspection.columns import read_columns
from gpu_smotetomek.inspection.findings import find_columns_to_correct
from gpu_smotetomek.samplers.sampling_strategy import resolve_cleaning, resolve_oversampling
from gpu_smotetomek.tables import Sheet, TableError, UsageError, detect_format
from gpu_smotetomek.tables.free_memory import check_rows_fit
from gpu_smotetomek.tables.long_integers import describe_long_integers, find_long_integers
from gpu_smotetomek.tables.mark_advice import explain_marks

KINDS_OF_64_BITS = (pl.Int8, pl.Int16, pl.Int32, pl.Int64, pl.UInt8, pl.UInt16, pl.UInt32, pl.UInt64)


def find_unsuitable(sheet: Sheet) -> list[Finding]:
    """The features that are none as they are."""
    codes = np.unique(sheet.labels, return_inverse=True)[1].reshape(-1)
    return list(find_columns_to_correct(read_columns(sheet.compared), codes, sheet.categorical))


def check_long_integers(sheet: Sheet) -> None:
    """Raise for a column of integers of more than 64 bits, which NumPy does not hold.

    Raises
    ------
    TableError
    """
    others = sheet.compared.drop([name for name in sheet.categorical if name in sheet.compared.columns])
    longest = [name for name in find_long_integers(others) if others[name].dtype.base_type() not in KINDS_OF_64_BITS]
    if longest:
        raise TableError(describe_long_integers(longest[0], others))


def check_features(sheet: Sheet, findings: list[Finding], *, named: bool) -> None:
    """Raise for features that are neither complete columns of numbers nor categories; the message has the options to add.

    Categories that were not named are no reason to accept a column that mostly holds numbers.

    Raises
    ------
    TableError
    """
    others = sheet.compared.drop([name for name in sheet.categorical if name in sheet.compared.columns])
    stray = find_stray_text(others if named else sheet.compared, sheet.marks)
    checked = {*others.columns, *stray}
    text = find_text(sheet.compared.select(name for name in sheet.compared.columns if name in checked), sheet.marks)
    if text:
        names = join_first(list(map(repr, text)))
        suitable = [finding for finding in findings if finding.column in text and finding.kind != "digits"]
        options = format_options(collect_remedies(suitable))
        marks = explain_marks(sheet.compared.select(list(text)), sheet.marks)
        advice = " ".join(advise_on_text(text, stray, marks, options))
        raise TableError(f"features must be numbers. {advice} The columns concerned: {names}.")
    check_complete(sheet)


def check_format_holds(
    sheet: Sheet, output: Path, mark: str | None, plot: Path | None, form: str | None = None
) -> None:
    """Raise, before any work, if the files have no place for a column that only travels, the mark of the rows, or two axes."""
    check_mark(mark, sheet, output, form)
    check_plane(plot, sheet)
    kind, travelling = detect_format(output, form, writes=True), [sheet.X[name] for name in sheet.passthrough]
    if kind == "npz" and (travelling or sheet.categorical):
        option = "--passthrough or --id" if travelling else "--categorical"
        raise UsageError(
            f"{str(output)!r} holds an array of numbers only; with {option} write .parquet, .feather or .csv"
        )
    nested = [cells.name for cells in travelling if cells.dtype.is_nested() or cells.dtype in (pl.Object, pl.Binary)]
    if kind == "csv" and nested:
        names = join_first(list(map(repr, nested)))
        raise UsageError(
            f"cells of {names} are no text, so {str(output)!r} cannot hold them; write .parquet or .feather"
        )


def check_classes(sheet: Sheet) -> dict[Any, int]:
    """Return the rows of each class; raise if there is one only, or so many that they are a quantity."""
    classes = count_classes(sheet)
    if len(classes) < 2:
        raise TableError(
            f"column {sheet.target!r} holds one class only, {next(iter(classes))!r}; resampling needs two or more"
        )
    if len(classes) > max(MANY_CLASSES, len(sheet.labels) / 2):
        raise TableError(
            f"column {sheet.target!r} has {len(classes):,} different values in {len(sheet.labels):,} rows, so it is no class; "
            "name the column to predict with --target"
        )
    return classes


def resolve_strategy(text: str, sheet: Sheet, method: Method) -> Any:
    """Parse --sampling-strategy and check it against the classes, before any work."""
    classes = check_classes(sheet)
    strategy = parse_strategy(text, list(classes))
    if strategy == "auto" or (strategy, method) == ("larger", Method.tomek):
        return strategy
    if isinstance(strategy, float) and method is not Method.tomek and len(classes) != 2:
        raise UsageError(
            f"--sampling-strategy {text}: a ratio needs two classes, and column {sheet.target!r} has {len(classes)}; "
            f"give the rows of classes, such as {min(classes, key=classes.__getitem__)}={max(classes.values())}"
        )
    try:
        (resolve_cleaning if method is Method.tomek else resolve_oversampling)(strategy, sheet.labels)
    except (ValueError, TypeError) as error:
        raise UsageError(f"--sampling-strategy {text!r}: {error}") from error
    if isinstance(strategy, dict):
        check_rows_fit(sum(strategy.values()), int(sheet.features.shape[1]))
    return strategy


def check_class_sizes(strategy: Any, sheet: Sheet, k: int) -> None:
    """Raise for a class that is to grow and has no more than k rows; the smallest is named, as its remedy helps all.

    Raises
    ------
    TableError
    """
    sizes = count_classes(sheet)
    added = {
        getattr(label, "item", lambda label=label: label)(): n
        for label, n in resolve_oversampling(strategy, sheet.labels).items()
    }
    small = [label for label, n in added.items() if n and sizes[label] <= k]
    if small:
        label = min(small, key=sizes.__getitem__)
        rows = sizes[label]
        lower = f"--k-neighbors {rows - 1}, " if rows > 1 else ""
        raise TableError(
            f"class {label!r} has {rows} row{'s' * (rows != 1)}, and --k-neighbors {k} needs {k + 1} in a class that is "
            f"over-sampled; give {lower}--small-class shrink (fewer neighbours) or skip (no new rows), leave the class out with "
            "--sampling-strategy, or collect more of its rows"
        )
