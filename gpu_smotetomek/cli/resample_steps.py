"""The steps of `gpu-smotetomek resample`."""

import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl
import polars.selectors as cs

from gpu_smotetomek.cli.building import build_sampler
from gpu_smotetomek.cli.checks import (
    check_class_sizes,
    check_features,
    check_format_holds,
    check_long_integers,
    find_unsuitable,
    resolve_strategy,
)
from gpu_smotetomek.cli.columns import clear_identifiers, read_sheet
from gpu_smotetomek.cli.dry_run import print_dry_run
from gpu_smotetomek.cli.imputation import FilledColumn, describe_filled, fill_missing
from gpu_smotetomek.cli.plot import check_plot, write_plot
from gpu_smotetomek.cli.provenance import add_mark_column, check_files, make_provenance_table
from gpu_smotetomek.cli.report import print_links, print_report, resample_sheet
from gpu_smotetomek.cli.request import Request, stays_in_files
from gpu_smotetomek.cli.resample_options import Method, SmallClass
from gpu_smotetomek.cli.terminal import (
    print_json,
    print_line,
    print_lines,
    print_stderr,
    print_warning,
    print_warnings_as_notes,
)
from gpu_smotetomek.cli.text_columns import NAMED_BY_NUMBERS
from gpu_smotetomek.errors import DominantFeatureWarning
from gpu_smotetomek.inspection import Finding
from gpu_smotetomek.inspection.advice import COMMAND, DEFAULT_K_NEIGHBORS, advise_on_findings, describe_spread
from gpu_smotetomek.inspection.columns import read_columns
from gpu_smotetomek.inspection.features import compare_spreads, list_left_out
from gpu_smotetomek.resampling import Provenance
from gpu_smotetomek.samplers.reports import Report
from gpu_smotetomek.tables import Sheet, UsageError, detect_format, find_formulas, write


def run_request(request: Request) -> None:
    """Read a table, resample it, write the result and report; or say what would happen."""
    # here, as the libraries of blocks need not load for other tables
    if stays_in_files(request):
        from gpu_smotetomek.cli.dataset_steps import run_dataset_request

        run_dataset_request(request)
        return
    if request.scratch is not None:
        raise UsageError("--scratch is for tables that are read in blocks, and this one fits into memory; leave it out")
    resample_in_memory(request)


def resample_in_memory(request: Request) -> None:
    """Resample a table that fits into memory."""
    check_outputs(request)
    with print_phase(request, "read"):
        sheet, identifiers = read_sheet(request.source, request.target, request.columns, request.reading)
    with print_phase(request, "check"):
        check_long_integers(sheet)
        sheet, filled = (sheet, []) if request.impute is None else fill_missing(sheet, request.impute)
        findings = find_unsuitable(sheet)
        check_features(sheet, findings, named=request.columns.names_categories)
        check_format_holds(sheet, request.output, request.mark, request.plot, request.reading["form"])
        strategy = resolve_strategy(request.strategy, sheet, request.method)
        if request.method is not Method.tomek and request.given["small_class"] in (None, SmallClass.error):
            check_class_sizes(strategy, sheet, request.given["k_neighbors"] or DEFAULT_K_NEIGHBORS)
        seed = draw_seed(request)
        sampler = build_sampler(request, sheet, strategy, seed)
    facts = {"seed": seed, "imputed": filled, "findings": findings}
    if request.dry_run:
        with print_warnings_as_notes(quietly=not request.prints_notes):
            print_dry_run(request, sheet, sampler, strategy, name_files(request) | convert_facts(facts))
        print_warnings(request, sheet, findings, filled)
        return
    with print_phase(request, "resample"), print_warnings_as_notes(quietly=not request.prints_notes) as printed:
        result, report = resample_sheet(sampler, sheet, shows_progress=request.level >= 0)
    if request.given["passthrough_fill"] is not None:
        result = clear_identifiers(result, identifiers, pl.Series(sampler.provenance_.is_synthetic))
    with print_phase(request, "write"):
        write_files(request, result, sampler.provenance_)
        write_plot(request.plot, sampler, sheet, result, force=request.force)
    names_feature = any(isinstance(warning, DominantFeatureWarning) for warning in printed)
    print_warnings(request, sheet, findings, filled, shows_spread=not names_feature)
    print_after(request, result, report, sampler, facts)


def check_outputs(request: Request) -> None:
    """Raise, before any work, if a file should not be written."""
    form, force = request.reading["form"], request.force
    check_files(request.output, request.provenance, request.source, force=force, form=form)
    check_plot(request.plot, force=force)


@contextmanager
def print_phase(request: Request, name: str) -> Iterator[None]:
    """Print, where the command line requests it, how long a phase took."""
    start = time.perf_counter()
    yield
    if request.prints_phases:
        print_stderr(f"{name}: {time.perf_counter() - start:.2f} s")


def draw_seed(request: Request) -> int | None:
    """The seed that was given, or a random one; None for a method without draws."""
    seed: int | None = request.given["seed"]
    return secrets.randbelow(2**32) if seed is None and request.method is not Method.tomek else seed


# ---- what is printed after the work: before it, an error would have to be found among warnings ---------------------


def print_warnings(
    request: Request,
    sheet: Sheet,
    findings: Sequence[Finding],
    filled: Sequence[FilledColumn],
    *,
    shows_spread: bool = True,
) -> None:
    """Print what was filled, and which features are none as they are."""
    if not request.prints_notes:
        return
    for note in sheet.notes:
        print_stderr(f"note: {note}")
    if sheet.named_by_numbers:
        print_stderr(f"note: {NAMED_BY_NUMBERS[0].lower()}{NAMED_BY_NUMBERS[1:-1]}")
    if filled and request.impute is not None:
        print_stderr(f"note: {describe_filled(filled, request.impute)}")
    spread = advise_on_spread(sheet, findings) if shows_spread and request.given["scale"] is None else ()
    for sentence in (*advise_on_findings(findings, COMMAND), *spread):
        print_warning(sentence)
    if request.prints_details:
        print_stderr(f"note: features: {', '.join(sheet.compared.columns)}")


def advise_on_spread(sheet: Sheet, findings: Sequence[Finding]) -> Iterator[str]:
    """Advise on features whose spreads differ by orders of magnitude."""
    numbers = sheet.compared.select(cs.numeric() | cs.boolean()).drop(sheet.categorical, strict=False)
    yield from describe_spread(compare_spreads(read_columns(numbers), list_left_out(findings)), COMMAND.terms["scale"])


def print_after(request: Request, result: Sheet, report: Report, sampler: Any, facts: dict[str, Any]) -> None:
    """Print notes on the output, the report and the files."""
    if request.prints_notes:
        print_notes(result, request.output, request.reading["form"])
    if request.as_json:
        print_json(name_files(request) | convert_facts(facts) | {"method": request.method.value} | report.to_dict())
    if not request.prints_report:
        return
    if request.prints_details:
        print_lines(str(report))
        print_links(report)
    else:
        print_report(report, cleans_first=request.given["clean"] == "before", warned=facts["findings"])
    print_seed(facts["seed"], drawn=request.given["seed"] is None)
    print_line(f"Wrote {request.output}: {len(result.labels):,} rows")
    print_files(request, sampler)


def name_files(request: Request) -> dict[str, str | None]:
    """The names of the files as JSON can hold them; null for those that are not written."""
    files = {"input": request.source, "output": request.output, "provenance": request.provenance, "plot": request.plot}
    return {key: None if path is None else str(path) for key, path in files.items()}


def convert_facts(facts: dict[str, Any]) -> dict[str, Any]:
    """The seed, the cells that were filled and the findings, as JSON can hold them."""
    return {
        "seed": facts["seed"],
        "imputed": [{"column": c.name, "cells": c.n_cells, "value": c.value} for c in facts["imputed"]],
        "findings": [{"column": f.column, "kind": f.kind, "fact": f.fact} for f in facts["findings"]],
    }


def print_seed(seed: int | None, *, drawn: bool) -> None:
    """Print the seed of a method that has one."""
    if seed is not None:
        print_line(f"Seed: {seed}" + (f" (drawn; --seed {seed} gives the same rows again)" if drawn else ""))


def print_files(request: Request, sampler: Any) -> None:
    """Print the files with the provenance and the picture, if they were written."""
    if request.provenance is not None:
        n_rows, n_removed = len(sampler.provenance_.ids), len(sampler.provenance_.removed)
        print_line(f"Wrote {request.provenance}: origins of {n_rows:,} rows, and {n_removed:,} removed rows")
    if request.plot is not None:
        print_line(f"Wrote {request.plot}: a picture of the rows and the links")


def print_notes(result: Sheet, output: Path, form: str | None) -> None:
    """Print notes on arrays left out, and on text that a spreadsheet would run."""
    if result.left_out:
        print_stderr(
            f"note: only X and y are resampled; {', '.join(result.left_out)} of the input is not in the output"
        )
    formulas = find_formulas(result) if detect_format(output, form, writes=True) == "csv" else []
    if formulas:
        print_stderr(f"note: spreadsheets take {formulas[0]!r} for a formula; import {output} there as text")


def write_files(request: Request, result: Sheet, origin: Provenance) -> None:
    """Write the output, with the column of marks, and the table of the provenance: both, or none of them."""
    path, mark = request.provenance, request.mark
    beside = {} if path is None else {path: make_provenance_table(origin)}
    sheet = result if mark is None else add_mark_column(result, mark, origin)
    separator, form = request.reading["separator"], request.reading["form"]
    write(sheet, request.output, beside=beside, separator=separator, form=form, force=request.force)
