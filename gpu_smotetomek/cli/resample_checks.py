"""Checks of the command line of `resample`, before any work."""

import re
from pathlib import Path
from typing import Any

import polars as pl

from gpu_smotetomek.cli.advice import advise_on_text
from gpu_smotetomek.cli.facts import find_stray_text, find_text
from gpu_smotetomek.cli.options import parse_strategy
from gpu_smotetomek.cli.provenance import check_mark
from gpu_smotetomek.cli.report import count_classes
from gpu_smotetomek.cli.resample_options import Method
from gpu_smotetomek.errors import join_first
from gpu_smotetomek.neighbors import available
from gpu_smotetomek.samplers.sampling_strategy import resolve_cleaning, resolve_oversampling
from gpu_smotetomek.tables import Sheet, TableError, UsageError, detect_format
from gpu_smotetomek.tables.free_memory import check_rows_fit

UNUSED_OPTIONS = {
    Method.smotetomek: (),
    Method.smote: ("remove",),
    Method.tomek: ("remove", "seed", "k_neighbors", "passthrough_fill", "small_class"),
}
"""Options without effect on a method. They are errors, since the user would rely on them."""


def check_options(method: Method, given: dict[str, Any], backend: str, device: str) -> None:
    """Raise for options without effect, and for values that no sampler accepts."""
    for name in UNUSED_OPTIONS[method]:
        if given[name] is not None:
            raise UsageError(f"--{name.replace('_', '-')} has no use with --method {method.value}; leave it out")
    if given["passthrough_fill"] is not None and given["passthrough"] is None:
        raise UsageError("--passthrough-fill has no use without --passthrough; leave it out")
    if given["jobs"] == 0:
        raise UsageError("--jobs 0 is no number of threads; give 1 or more, or -1 for all cores")
    if backend not in {"auto", *available()}:
        raise UsageError(f"no backend {backend!r}; there are auto, {', '.join(available())}")
    if not re.fullmatch(r"auto|cpu|cuda(:[0-9]+)?", device):
        raise UsageError(f"no device {device!r}; give auto, cpu, cuda, or cuda:N with the number of a GPU")


def check_sheet(sheet: Sheet, output: Path, *, mark: str | None, named: bool) -> None:
    """Raise for a table that cannot be resampled, or not be written to this output; `named` as in `check_numeric`."""
    check_numeric(sheet, named=named)
    check_format_holds(sheet, output)
    check_mark(mark, sheet, output)


def check_numeric(sheet: Sheet, *, named: bool) -> None:
    """Raise for columns that are neither numeric nor categories, with advice on their cells.

    Categories that were not named are no reason to accept a column that mostly holds numbers.
    """
    others = sheet.compared if not sheet.categorical else sheet.compared.drop(sheet.categorical)
    stray = find_stray_text(others if named else sheet.compared)
    text = find_text(sheet.compared.select(name for name in sheet.compared.columns if name in others or name in stray))
    if text:
        names = join_first(list(map(repr, text)))
        raise TableError(
            f"features must be numbers. {' '.join(advise_on_text(text, stray))} The columns concerned: {names}."
        )


def check_format_holds(sheet: Sheet, output: Path) -> None:
    """Raise, before any work, if the format of the output has no place for a column that only travels."""
    kind, travelling = detect_format(output), [sheet.X[name] for name in sheet.passthrough]
    if kind == "npz" and (travelling or sheet.categorical):
        option = "--passthrough" if travelling else "--categorical"
        raise UsageError(
            f"{str(output)!r} holds an array of numbers only; with {option} write .parquet, .feather or .csv"
        )
    nested = [cells.name for cells in travelling if cells.dtype.is_nested() or cells.dtype in (pl.Object, pl.Binary)]
    if kind == "csv" and nested:
        names = join_first(list(map(repr, nested)))
        raise UsageError(
            f"cells of {names} are no text, so {str(output)!r} cannot hold them; write .parquet or .feather"
        )


def resolve_strategy(text: str, sheet: Sheet, method: Method) -> Any:
    """Parse --sampling-strategy and check it against the classes, before any work."""
    classes = count_classes(sheet)
    if len(classes) < 2:
        raise TableError(
            f"column {sheet.target!r} holds one class only, {next(iter(classes))!r}; resampling needs two or more"
        )
    strategy = parse_strategy(text, list(classes))
    if strategy == "auto" or (strategy, method) == ("larger", Method.tomek):
        return strategy
    try:
        (resolve_cleaning if method is Method.tomek else resolve_oversampling)(strategy, sheet.labels)
    except (ValueError, TypeError) as error:
        raise UsageError(f"--sampling-strategy {text!r}: {error}") from error
    if isinstance(strategy, dict):
        check_rows_fit(sum(strategy.values()), int(sheet.features.shape[1]))
    return strategy
