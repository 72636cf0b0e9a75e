"""A resampling of a sheet, and its report as text."""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import numpy as np

from gpu_smotetomek.cli.terminal import print_bullets, print_line, print_table, show_progress
from gpu_smotetomek.inspection import Finding
from gpu_smotetomek.samplers.reports import Report
from gpu_smotetomek.samplers.reports.advice import advise_on_columns
from gpu_smotetomek.tables import Sheet

MAX_CLASSES_PRINTED = 40
IDLE_CLEANING_BELOW_SHARE = 0.001
"""Cleaning that removes a smaller share of the rows after SMOTE changes next to nothing."""


def count_classes(sheet: Sheet) -> dict[Any, int]:
    """Return the rows of each class, in the order of the classes."""
    labels, counts = np.unique(sheet.labels, return_counts=True)
    return dict(zip(labels.tolist(), counts.tolist(), strict=True))


def resample_sheet(sampler: Any, sheet: Sheet, *, shows_progress: bool = True) -> tuple[Sheet, Report]:
    """Resample a sheet, with a progress bar, and report the result.

    Parameters
    ----------
    sampler : SMOTE, TomekLinks or SMOTETomek
        Not fitted yet.
    sheet : Sheet
        The input, which stays unchanged.
    shows_progress : bool, default True
        Whether a progress bar is drawn on a terminal.

    Returns
    -------
    Sheet, Report
        The report with all advice, so that a sample of the input was looked at again.
    """
    with show_progress() if shows_progress else nullcontext():
        X, y = sampler.fit_resample(sheet.X, sheet.y)
    return replace(sheet, X=X, y=y), sampler.report_.examine(sheet.X, sheet.y)


def print_report(report: Report, *, cleans_first: bool = False, warned: Sequence[Finding] = ()) -> None:
    """Print the class counts as a table, the other numbers as lines, and the advice as a list.

    With `cleans_first`, SMOTE is the last stage. Columns of codes in `warned` are not mentioned again.
    """
    facts = report.to_dict()
    classes: Sequence[dict[str, Any]] = facts["classes"]
    stages = {"before": "before", "after_smote": "after SMOTE", "after_cleaning": "after cleaning"}
    shown = [key for key in stages if classes[0][key] is not None]
    if cleans_first:
        shown[1:] = reversed(shown[1:])
    by_size = sorted(classes, key=lambda of_class: int(of_class["before"]))[:MAX_CLASSES_PRINTED]
    printed = classes if len(classes) <= MAX_CLASSES_PRINTED else by_size
    rows: list[list[object]] = [[str(of_class["label"]), *(of_class[key] for key in shown)] for of_class in printed]
    print_table(["class", *(stages[key] for key in shown)], rows, right=range(1, len(shown) + 1))
    if len(classes) > len(printed):
        print_line(f"and {len(classes) - len(printed):,} larger classes")
    print_links(report)
    print_line(f"Search: {facts['backend']} on {facts['device']}, {facts['seconds']:.3g} s")
    known = list(advise_on_columns(report)) if any(finding.kind == "codes" for finding in warned) else []
    if advice := [sentence for sentence in report.advice if sentence not in known or "One-hot" in sentence]:
        print_line()
        print_bullets(advice)
        print_line()


def print_links(report: Report) -> None:
    """Print the links that were found, and whether cleaning changed next to nothing; no line where none were searched."""
    if report.n_links is None:
        return
    print_line(f"Tomek links: {report.n_links:,} found, {sum(report.removed):,} rows removed")
    n_rows = int(report.rows_searched.sum())
    if sum(report.added) and sum(report.removed) < IDLE_CLEANING_BELOW_SHARE * n_rows:
        links = f"{report.n_links:,} link{'s' * (report.n_links != 1)}"
        print_line(f"{links} among {n_rows:,} rows: cleaning changed next to nothing, this is plain SMOTE")
