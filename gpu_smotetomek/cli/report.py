"""What a resampling did, in numbers, as text or as JSON."""

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from gpu_smotetomek.cli.terminal import bar, say, say_table
from gpu_smotetomek.tables import Sheet


@dataclass(frozen=True)
class ClassRows:
    """Rows of one class at each stage; None where the method has no such stage."""

    label: Any
    before: int
    after_smote: int | None
    after_cleaning: int | None


@dataclass(frozen=True)
class Report:
    """Everything that the summary tells."""

    classes: tuple[ClassRows, ...]
    links_found: int | None
    rows_added: int
    rows_removed: int
    backend: str
    device: str
    seconds: float

    def as_dict(self) -> dict[str, Any]:
        """The same as plain data."""
        return asdict(self)


def counts_of(sheet: Sheet) -> dict[Any, int]:
    """Rows of each class, classes in order."""
    labels, counts = np.unique(sheet.labels, return_counts=True)
    return dict(zip(labels.tolist(), counts.tolist(), strict=True))


def resampled(sampler: Any, sheet: Sheet) -> tuple[Sheet, Report]:
    """Resample a sheet, with a progress bar, and report what happened.

    Parameters
    ----------
    sampler : SMOTE, TomekLinks or SMOTETomek
        Not fitted yet.
    sheet : Sheet
        The input, left as it is.

    Returns
    -------
    Sheet, Report
    """
    start = time.perf_counter()
    with bar():
        X, y = sampler.fit_resample(sheet.X, sheet.y)
    seconds = time.perf_counter() - start
    result = replace(sheet, X=X, y=y)
    cleaner = getattr(sampler, "tomek_", sampler if hasattr(sampler, "links_") else None)
    grew = sampler is not cleaner
    added: Mapping[Any, int] = sampler.sampling_strategy_ if grew else {}
    before, after = counts_of(sheet), counts_of(result)
    classes = tuple(
        ClassRows(
            label=label,
            before=rows,
            after_smote=rows + int(added.get(label, 0)) if grew else None,
            after_cleaning=after.get(label, 0) if cleaner is not None else None,
        )
        for label, rows in before.items()
    )
    n_added = sum(map(int, added.values()))
    report = Report(
        classes=classes,
        links_found=None if cleaner is None else len(cleaner.links_),
        rows_added=n_added,
        rows_removed=sum(before.values()) + n_added - sum(after.values()),
        backend=sampler.backend_,
        device=sampler.device_,
        seconds=round(seconds, 4),
    )
    return result, report


def say_report(report: Report) -> None:
    """Print the class counts as a table and the rest as lines."""
    stages = {"before": "before", "after_smote": "after SMOTE", "after_cleaning": "after cleaning"}
    kept = [key for key in stages if getattr(report.classes[0], key) is not None]
    rows: list[list[object]] = [[c.label, *(getattr(c, key) for key in kept)] for c in report.classes]
    rows = [[str(row[0]), *row[1:]] for row in rows]
    say_table(["class", *(stages[key] for key in kept)], rows, right=range(1, len(kept) + 1))
    if report.links_found is not None:
        say(f"Tomek links: {report.links_found:,} found, {report.rows_removed:,} rows removed")
    say(f"Search: {report.backend} on {report.device}, {report.seconds:.3g} s")
