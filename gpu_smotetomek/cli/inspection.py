"""The inspection of a table, printed with the options that correct it."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl

from gpu_smotetomek.cli.checks import check_class_sizes, check_classes, check_features, check_long_integers
from gpu_smotetomek.cli.column_options import ColumnOptions
from gpu_smotetomek.cli.columns import read_sheet
from gpu_smotetomek.cli.imputation import FilledColumn, describe_filled, fill_missing
from gpu_smotetomek.cli.reading_notes import describe_notes
from gpu_smotetomek.cli.remedies import collect_remedies, format_command
from gpu_smotetomek.cli.terminal import (
    print_bullets,
    print_json,
    print_line,
    print_pairs,
    print_table,
    print_warnings_as_notes,
)
from gpu_smotetomek.cli.text_columns import NAMED_BY_NUMBERS, advise_on_text, find_stray_text, find_text
from gpu_smotetomek.inspection import Inspection, inspect_table
from gpu_smotetomek.inspection.advice import COMMAND, DEFAULT_K_NEIGHBORS, advise, advise_on_scales
from gpu_smotetomek.inspection.text import list_classes, list_facts
from gpu_smotetomek.tables import Sheet, TableError, UsageError
from gpu_smotetomek.tables.mark_advice import explain_marks


def inspect_file(
    source: Path,
    target: str | None,
    options: ColumnOptions,
    corrections: Mapping[str, str | None],
    reading: Mapping[str, Any],
    *,
    as_json: bool,
) -> bool:
    """Read a table, and print its facts and advice, as text or JSON; return whether `resample` would refuse it."""
    sheet, _ = read_sheet(source, target, options, reading)
    impute, scale = corrections["--impute"], corrections["--scale"]
    check_long_integers(sheet)
    filled: list[FilledColumn] = []
    if impute is not None:
        sheet, filled = fill_missing(sheet, impute)
    inspection = inspect_sheet(sheet, is_named=options.names_categories)
    if scale is not None:
        inspection = forget_scales(inspection)
    advice = advise_on_sheet(sheet, inspection)
    if as_json:
        print_json({"input": str(source), "target": sheet.target} | inspection.to_dict() | {"advice": advice})
        return inspection.refusal is not None
    count = f"{inspection.n_features} feature{'s' * (inspection.n_features != 1)}"
    print_line(f"{source}: {inspection.n_rows:,} rows, {count}, target {sheet.target!r}")
    print_table(["class", "rows", "share"], list_classes(inspection), right=(1, 2))
    facts = {"Imputed:": describe_filled(filled, impute)} if filled and impute is not None else {}
    print_pairs(list_facts(inspection) | facts)
    print_line()
    print_bullets(advice)
    command = suggest_command(sheet, inspection, options, corrections)
    if command is not None:
        print_line()
        print_line("A command that follows this advice:")
        print_line("  " + format_command(source, options, *command, target, reading))
    return inspection.refusal is not None


def suggest_command(
    sheet: Sheet, inspection: Inspection, options: ColumnOptions, corrections: Mapping[str, str | None]
) -> tuple[dict[str, str], str | None] | None:
    """The texts of options, and the statistic that fills cells, of a command that follows the advice; None without any."""
    if not isinstance(sheet.X, pl.DataFrame):  # without names, options cannot name columns
        inspection = replace(inspection, findings=())
    texts, scale = collect_remedies(inspection.findings, options), corrections["--scale"]
    lacks_scale = scale is None and any(advise_on_scales(inspection, COMMAND))
    has_holes = bool(inspection.missing.keys() - inspection.non_numeric.keys())
    if texts == options.named and not has_holes and not lacks_scale:
        return None
    word = "standard" if lacks_scale else scale
    texts |= {} if word is None else {"--scale": word}
    return texts, corrections["--impute"] or ("median" if has_holes else None)


def forget_scales(inspection: Inspection) -> Inspection:
    """An inspection without what holds for features in their own units only."""
    examination = inspection.examination
    if examination is not None:
        examination = replace(examination, dominant_feature=None, dominant_share=None)
    return replace(inspection, examination=examination, spread=None)


def inspect_sheet(sheet: Sheet, *, is_named: bool) -> Inspection:
    """Inspect a sheet, and find out why `resample` would refuse it."""
    named, travelling = list(sheet.categorical) or None, list(sheet.passthrough) or None
    with print_warnings_as_notes(quietly=True):  # the advice has them
        inspection = inspect_table(sheet.features, sheet.y, categorical_features=named, passthrough=travelling)
    marked = explain_marks(
        sheet.compared, sheet.marks
    )  # numbers that are written with other marks are no ids or categories
    findings = (replace(each, kind="digits") if each.column in marked else each for each in inspection.findings)
    inspection = replace(inspection, findings=tuple(findings))
    try:
        check_features(sheet, list(inspection.findings), named=is_named)
        check_classes(sheet)
        check_class_sizes("auto", sheet, DEFAULT_K_NEIGHBORS)
    except (TableError, UsageError) as error:
        return replace(inspection, plan=None, refusal=str(error))
    return inspection


def advise_on_sheet(sheet: Sheet, inspection: Inspection) -> list[str]:
    """Sentences of advice with the options that correct the table, the most urgent first."""
    others = sheet.compared.drop([name for name in sheet.categorical if name in sheet.compared.columns])
    digits = [finding.column for finding in inspection.findings if finding.kind == "digits"]
    text = {name: cell for name, cell in find_text(others, sheet.marks).items() if name in digits}
    findings = tuple(finding for finding in inspection.findings if finding.column not in text)
    return [
        *describe_notes(sheet),
        *([NAMED_BY_NUMBERS] if sheet.named_by_numbers else []),
        *advise_on_text(
            text, find_stray_text(others, sheet.marks), explain_marks(others.select(list(text)), sheet.marks)
        ),
        *advise(replace(inspection, findings=findings), COMMAND),
    ]
