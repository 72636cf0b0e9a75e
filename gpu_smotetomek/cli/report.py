"""The result of a resampling, in numbers, as text or as JSON."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gpu_smotetomek.cli.terminal import print_line, print_table, show_progress
from gpu_smotetomek.tables import Sheet
from gpu_smotetomek.typing import Labels


@dataclass(frozen=True)
class ClassRows:
    """Rows of one class at each stage; None if the method has no such stage."""

    label: Any
    before: int
    after_smote: int | None
    after_cleaning: int | None


@dataclass(frozen=True)
class Report:
    """All numbers of the summary."""

    classes: tuple[ClassRows, ...]
    links_found: int | None
    rows_added: int
    rows_removed: int
    backend: str
    device: str
    seconds: float


def count_classes(sheet: Sheet) -> dict[Any, int]:
    """Return the rows of each class, in the order of the classes."""
    return count_rows(sheet.labels)


def count_rows(labels: Labels) -> dict[Any, int]:
    """Return the rows of each label, in the order of the labels."""
    labels, counts = np.unique(labels, return_counts=True)
    return dict(zip(labels.tolist(), counts.tolist(), strict=True))


def resample_sheet(sampler: Any, sheet: Sheet) -> tuple[Sheet, Report]:
    """Resample a sheet, with a progress bar, and report the result.

    Parameters
    ----------
    sampler : SMOTE, TomekLinks or SMOTETomek
        Not fitted yet.
    sheet : Sheet
        The input, which stays unchanged.

    Returns
    -------
    Sheet, Report
    """
    start = time.perf_counter()
    with show_progress():
        X, y = sampler.fit_resample(sheet.X, sheet.y)
    seconds = time.perf_counter() - start
    result = replace(sheet, X=X, y=y)
    cleaner = getattr(sampler, "tomek_", sampler if hasattr(sampler, "links_") else None)
    first = cleaner if getattr(sampler, "clean", None) == "before" else getattr(sampler, "tomek_before_", None)
    oversamples = sampler is not cleaner
    added: Mapping[Any, int] = sampler.sampling_strategy_ if oversamples else {}
    before, after = count_classes(sheet), count_classes(result)
    left = before if first is None else count_rows(sheet.labels[first.sample_indices_])
    final = left if first is cleaner else after
    classes = tuple(
        ClassRows(
            label=label,
            before=rows,
            after_smote=left.get(label, 0) + int(added.get(label, 0)) if oversamples else None,
            after_cleaning=final.get(label, 0) if cleaner is not None else None,
        )
        for label, rows in before.items()
    )
    n_added = sum(map(int, added.values()))
    report = Report(
        classes=classes,
        links_found=None if cleaner is None else sum(len(step.links_) for step in {cleaner, first} - {None}),
        rows_added=n_added,
        rows_removed=sum(before.values()) + n_added - sum(after.values()),
        backend=sampler.backend_,
        device=sampler.device_,
        seconds=round(seconds, 4),
    )
    return result, report


def print_report(report: Report, *, cleans_first: bool = False) -> None:
    """Print the class counts as a table, and the other numbers as lines; with `cleans_first`, SMOTE is the last stage."""
    stages = {"before": "before", "after_smote": "after SMOTE", "after_cleaning": "after cleaning"}
    shown = [key for key in stages if getattr(report.classes[0], key) is not None]
    if cleans_first:
        shown[1:] = reversed(shown[1:])
    rows: list[list[object]] = [[c.label, *(getattr(c, key) for key in shown)] for c in report.classes]
    rows = [[str(row[0]), *row[1:]] for row in rows]
    print_table(["class", *(stages[key] for key in shown)], rows, right=range(1, len(shown) + 1))
    if report.links_found is not None:
        print_line(f"Tomek links: {report.links_found:,} found, {report.rows_removed:,} rows removed")
    print_line(f"Search: {report.backend} on {report.device}, {report.seconds:.3g} s")
