"""The steps of `gpu-smotetomek resample`."""

from pathlib import Path
from typing import Any

import polars as pl

from gpu_smotetomek import SMOTE, SMOTENC, SMOTETomek, TomekLinks
from gpu_smotetomek.cli.advice import MANY_CLASSES, NAMED_BY_NUMBERS, advise_on_text
from gpu_smotetomek.cli.facts import find_stray_text, find_text
from gpu_smotetomek.cli.options import parse_strategy
from gpu_smotetomek.cli.plot import check_plane, check_plot, write_plot
from gpu_smotetomek.cli.provenance import add_mark_column, check_files, check_mark, make_provenance_table
from gpu_smotetomek.cli.reading_notes import gather_reading_options, read_with_notes
from gpu_smotetomek.cli.report import count_classes, print_report, resample_sheet
from gpu_smotetomek.cli.resample_options import Method, Remove
from gpu_smotetomek.cli.terminal import print_json, print_line, print_stderr, print_warnings_as_notes
from gpu_smotetomek.errors import join_first
from gpu_smotetomek.resampling import Provenance
from gpu_smotetomek.samplers.sampling_strategy import resolve_cleaning, resolve_oversampling
from gpu_smotetomek.tables import Sheet, TableError, UsageError, detect_format, find_formulas, write
from gpu_smotetomek.tables.free_memory import check_rows_fit
from gpu_smotetomek.tables.long_integers import describe_long_integers, find_long_integers
from gpu_smotetomek.tables.mark_advice import explain_marks

KINDS_OF_64_BITS = (pl.Int8, pl.Int16, pl.Int32, pl.Int64, pl.UInt8, pl.UInt16, pl.UInt32, pl.UInt64)

__all__ = [
    "build_sampler",
    "check_files",
    "check_format_holds",
    "check_numeric",
    "check_plot",
    "gather_reading_options",
    "name_files",
    "print_files",
    "print_json",
    "print_line",
    "print_notes",
    "print_report",
    "print_seed",
    "print_warnings_as_notes",
    "read_with_notes",
    "resample_sheet",
    "resolve_strategy",
    "set_options",
    "write_files",
    "write_plot",
]


def name_files(**files: Path | None) -> dict[str, Any]:
    """The names of files as JSON can hold them; null for those that are not written."""
    return {key: None if path is None else str(path) for key, path in files.items()}


def print_files(provenance: Path | None, plot: Path | None, sampler: Any) -> None:
    """Print the files with the provenance and the picture, if they were written."""
    if provenance is not None:
        n_rows, n_removed = len(sampler.provenance_.ids), len(sampler.provenance_.removed)
        print_line(f"Wrote {provenance}: origins of {n_rows:,} rows, and {n_removed:,} removed rows")
    if plot is not None:
        print_line(f"Wrote {plot}: a picture of the rows and the links")


def print_seed(seed: int | None, *, drawn: bool) -> None:
    """Print the seed of a method that has one."""
    if seed is not None:
        print_line(f"Seed: {seed}" + (f" (drawn; --seed {seed} gives the same rows again)" if drawn else ""))


def write_files(
    result: Sheet, output: Path, origin: Provenance, provenance: Path | None, mark: str | None, **settings: Any
) -> None:
    """Write the output, with the column `mark`, and the table of the provenance: both, or none of them."""
    beside = {} if provenance is None else {provenance: make_provenance_table(origin)}
    write(result if mark is None else add_mark_column(result, mark, origin), output, beside=beside, **settings)


def check_numeric(sheet: Sheet, *, named: bool) -> None:
    """Raise for columns that are neither numeric nor categories, with advice on their cells.

    Categories that were not named are no reason to accept a column that mostly holds numbers.
    """
    others = sheet.compared if not sheet.categorical else sheet.compared.drop(sheet.categorical)
    longest = [name for name in find_long_integers(others) if others[name].dtype.base_type() not in KINDS_OF_64_BITS]
    if longest:
        raise TableError(describe_long_integers(longest[0], others))
    stray = find_stray_text(others if named else sheet.compared, sheet.marks)
    checked = {*others.columns, *stray}
    text = find_text(sheet.compared.select(name for name in sheet.compared.columns if name in checked), sheet.marks)
    if text:
        names = join_first(list(map(repr, text)))
        marks = explain_marks(sheet.compared.select(list(text)), sheet.marks)
        raise TableError(
            f"features must be numbers. {' '.join(advise_on_text(text, stray, marks))} The columns concerned: {names}."
        )


def check_format_holds(
    sheet: Sheet, output: Path, mark: str | None, plot: Path | None, form: str | None = None
) -> None:
    """Raise, before any work, if the files have no place for a column that only travels, the mark of the rows, or two axes."""
    check_mark(mark, sheet, output, form)
    check_plane(plot, sheet)
    kind, travelling = detect_format(output, form, writes=True), [sheet.X[name] for name in sheet.passthrough]
    if kind == "npz" and (travelling or sheet.categorical):
        reason = f"with column {travelling[0].name!r}, which travels," if travelling else "with --categorical"
        raise UsageError(f"{str(output)!r} holds an array of numbers only; {reason} write .parquet, .feather or .csv")
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
    if len(classes) > max(MANY_CLASSES, len(sheet.labels) / 2):
        raise TableError(
            f"column {sheet.target!r} has {len(classes):,} different values in {len(sheet.labels):,} rows, so it is no class; "
            "name the column to predict with --target"
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


def print_notes(result: Sheet, output: Path, form: str | None = None) -> None:
    """Print notes on names that may be data, on arrays left out, and on text that a spreadsheet would run."""
    if result.named_by_numbers:
        print_stderr(f"note: {NAMED_BY_NUMBERS[0].lower()}{NAMED_BY_NUMBERS[1:-1]}")
    if result.left_out:
        print_stderr(
            f"note: only X and y are resampled; {', '.join(result.left_out)} of the input is not in the output"
        )
    formulas = find_formulas(result) if detect_format(output, form, writes=True) == "csv" else []
    if formulas:
        print_stderr(f"note: spreadsheets take {formulas[0]!r} for a formula; import {output} there as text")


def set_options(sampler: Any, given: dict[str, Any]) -> None:
    """Set the options that were given, but for those that `build_sampler` takes."""
    if given["passthrough_fill"] is not None:
        sampler.set_params(passthrough_fill=given["passthrough_fill"].value)
    if given["small_class"] is not None:
        name = "small_class" if isinstance(sampler, SMOTE) else "smote__small_class"
        sampler.set_params(**{name: given["small_class"].value})
    cleaning = {name: given[name] for name in ("repeat", "min_samples", "definition") if given[name] is not None}
    if "definition" in cleaning:
        cleaning["definition"] = cleaning["definition"].value.replace("-", " ")
    if isinstance(sampler, TomekLinks):
        sampler.set_params(**cleaning)
    elif isinstance(sampler, SMOTETomek):
        sampler.set_params(clean=given["clean"] or "after")
        strategy = "all" if given["remove"] is Remove.both else "larger"
        sampler.set_params(tomek=TomekLinks(sampling_strategy=strategy, **cleaning))


def build_sampler(
    method: Method,
    strategy: Any,
    seed: int | None,
    k: int,
    jobs: int | None,
    categorical: list[str] | None,
    common: dict[str, Any],
) -> Any:
    """Build the sampler that the options describe, but for those of the cleaning."""
    if method is Method.tomek:
        return TomekLinks(sampling_strategy=strategy, n_jobs=jobs, categorical_features=categorical, **common)
    own = {"sampling_strategy": strategy, "random_state": seed, "k_neighbors": k, "n_jobs": jobs, **common}
    if method is not Method.smote:
        del own["passthrough"]
    smote = SMOTE(**own) if categorical is None else SMOTENC(categorical, **own)
    return smote if method is Method.smote else SMOTETomek(smote=smote, n_jobs=jobs, **common)
