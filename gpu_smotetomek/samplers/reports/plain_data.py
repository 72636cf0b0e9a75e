"""A report as plain data, which JSON can hold."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from gpu_smotetomek.resampling import StepRecord
from gpu_smotetomek.samplers.reports.distances import summarize_distances

if TYPE_CHECKING:
    from gpu_smotetomek.samplers.reports.report import Report


def convert_report(report: Report) -> dict[str, Any]:
    """All figures of a report as dict, list, str, int, float, bool and None."""
    call, distances = report.call, report.distances
    labels = [convert_label(label) for label in report.labels]
    links = [
        {"classes": [labels[first], labels[second]], "count": count}
        for (first, second), count in report.link_counts.items()
    ]
    return {
        "sampler": report.sampler_name,
        "classes": convert_classes(report, labels),
        "links_found": report.n_links,
        "links": links if report.finds_links else None,
        "rows_in_links": convert_link_shares(report, labels) if report.finds_links else None,
        "rows_in": int(report.counts[:, 0].sum()),
        "rows_out": int(report.counts[:, -1].sum()),
        "rows_added": sum(report.added),
        "rows_removed": sum(report.removed),
        "synthetic": {
            "made": distances.n_made,
            "copies": distances.n_copies,
            "distance_to_nearer_parent": summarize_distances(distances.to_nearer_parent),
            "distance_between_parents": summarize_distances(distances.between_parents),
        },
        "steps": [convert_step(report, position, step) for position, step in enumerate(report.steps)],
        "backend": report.backend,
        "device": call.device,
        "threads": call.n_threads,
        "features": call.n_features,
        "seconds": round(report.seconds, 6),
        "seconds_by_stage": {stage: round(seconds, 6) for stage, seconds in call.seconds.items()},
        "bytes": report.bytes,
        "examination": convert_examination(report),
        "advice": list(report.advice),
    }


def convert_label(label: Any) -> Any:
    """A label as JSON can hold it; other objects than numbers and text as their text."""
    return label if isinstance(label, str | bool | int | float) else str(label)


def convert_classes(report: Report, labels: list[Any]) -> list[dict[str, Any]]:
    """The rows of each class before, after the last step that adds rows, and after the last one that removes some, or None."""
    adding = [position for position, step in enumerate(report.steps) if not step.reason or report.added[position]]
    removing = [position for position, step in enumerate(report.steps) if step.reason]
    return [
        {
            "label": label,
            "before": counts[0],
            "after_smote": counts[adding[-1] + 1] if adding else None,
            "after_cleaning": counts[removing[-1] + 1] if removing else None,
        }
        for label, counts in zip(labels, report.counts.tolist(), strict=True)
    ]


def convert_link_shares(report: Report, labels: list[Any]) -> list[dict[str, Any]]:
    """The rows of each class that were in links, and their share of the rows among which links were searched."""
    shares = report.rows_in_links / np.maximum(report.rows_searched, 1)
    return [
        {"label": label, "rows": rows, "share": share}
        for label, rows, share in zip(labels, report.rows_in_links.tolist(), shares.tolist(), strict=True)
    ]


def convert_step(report: Report, position: int, step: StepRecord) -> dict[str, Any]:
    """Convert the record of a step."""
    search = step.search
    return {
        "name": step.name,
        "reason": step.reason or None,
        "added": report.added[position],
        "removed": report.removed[position],
        "rows": int(step.class_counts.sum()),
        "class_counts": step.class_counts.tolist(),
        "links": None if step.partner_ids is None else len(step.links),
        "backend": None if search is None else search.backend,
        "stages": None if search is None else {stage: int(rows) for stage, rows in search.stages.items()},
        "certified_fraction": None if search is None else float(search.certified_fraction),
        "seconds": round(step.seconds, 6),
    }


def convert_examination(report: Report) -> dict[str, Any] | None:
    """Convert the findings in the input."""
    if report.examination is None:
        return None
    facts = asdict(report.examination)
    return facts | {
        "smallest_class": convert_label(facts["smallest_class"]),
        "code_columns": list(facts["code_columns"]),
        "one_hot_columns": list(facts["one_hot_columns"]),
    }
