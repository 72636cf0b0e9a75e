"""The tables of a report, as text cells, for all forms in which it is shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from gpu_smotetomek.samplers.reports.distances import summarize_distances

if TYPE_CHECKING:
    from gpu_smotetomek.samplers.reports.report import Report

MAX_CLASSES_SHOWN, MAX_PAIRS_SHOWN = 12, 8
MAX_LABEL_LENGTH = 40
STAGE_NAMES = {"enter": "read X and y", "resample": "resample", "restore": "build the result"}
DECIMAL_UNITS = ("B", "kB", "MB", "GB", "TB")


@dataclass(frozen=True)
class Section:
    """A table of a report.

    Attributes
    ----------
    title : str
        What the table shows.
    heads : tuple of str
        Titles of the columns.
    rows : sequence of tuples of str
        Cells.
    note : str
        What the table leaves out; empty where it is complete.
    texts : tuple of str
        Titles of the columns that are aligned to the left; the others hold numbers.
    """

    title: str
    heads: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    note: str = ""
    texts: tuple[str, ...] = ("class", "classes", "distance", "step", "backend", "rows settled by", "what")


def summarize_call(report: Report) -> str:
    """One sentence on the whole call."""
    rows_in, rows_out = int(report.counts[:, 0].sum()), int(report.counts[:, -1].sum())
    threads = "1 thread" if report.call.n_threads == 1 else f"{report.call.n_threads} threads"
    return (
        f"{report.sampler_name}: {rows_in:,} rows became {rows_out:,} ({sum(report.added):,} added, "
        f"{sum(report.removed):,} removed) in {format_seconds(report.seconds)} on {report.call.device}, {threads}"
    )


def list_sections(report: Report) -> list[Section]:
    """The tables of a report, without those that would be empty."""
    sections = [
        list_class_rows(report),
        list_links(report),
        list_distances(report),
        list_steps(report),
        list_costs(report),
    ]
    return [section for section in sections if section.rows]


def list_class_rows(report: Report) -> Section:
    """Rows of each class in the input and after each step, and in links; the smallest classes where there are many."""
    order = np.argsort(report.counts[:, 0], kind="stable")[:MAX_CLASSES_SHOWN]
    shown = np.sort(order) if len(report.labels) <= MAX_CLASSES_SHOWN else order
    rows = []
    for code in shown.tolist():
        cells = [f"{count:,}" for count in report.counts[code]]
        if report.finds_links:
            searched = int(report.rows_searched[code])
            in_links = int(report.rows_in_links[code])
            cells += [f"{in_links:,}", f"{in_links / searched:.1%}" if searched else "-"]
        rows.append((show_label(report.labels[code]), *cells))
    if len(report.labels) > 1:
        total = [f"{count:,}" for count in report.counts.sum(axis=0)]
        if report.finds_links:
            in_links, searched = int(report.rows_in_links.sum()), int(report.rows_searched.sum())
            total += [f"{in_links:,}", f"{in_links / max(1, searched):.1%}"]
        rows.append(("all", *total))
    heads = ("class", "input", *(f"after {step.name}" for step in report.steps))
    heads += ("in links", "share") if report.finds_links else ()
    more = len(report.labels) - len(shown)
    return Section("Rows", heads, rows, f"and {more:,} larger classes" if more else "")


def list_links(report: Report) -> Section:
    """Links of each pair of classes, the most frequent ones first."""
    pairs = sorted(report.link_counts.items(), key=lambda item: (-item[1], item[0]))
    labels = [show_label(label) for label in report.labels] if pairs else []
    rows = [(f"{labels[first]} - {labels[second]}", f"{count:,}") for (first, second), count in pairs[:MAX_PAIRS_SHOWN]]
    more = pairs[MAX_PAIRS_SHOWN:]
    note = f"and {sum(count for _, count in more):,} links of {len(more):,} more pairs" if more else ""
    return Section("Tomek links", ("classes", "links"), rows, note)


def list_distances(report: Report) -> Section:
    """Least value, quartiles and largest value of the distances of synthetic rows, in units of X."""
    distances = report.distances
    named = {"to the nearer parent": distances.to_nearer_parent, "between parents": distances.between_parents}
    summaries = {name: summarize_distances(values) for name, values in named.items()}
    rows = [
        (name, *(f"{value:.4g}" for value in summary.values()))
        for name, summary in summaries.items()
        if summary is not None
    ]
    note = f"{distances.n_copies:,} added rows are copies" if distances.n_copies else ""
    heads = ("distance", "least", "lower quartile", "median", "upper quartile", "largest")
    return Section("Synthetic rows", heads, rows, note)


def list_steps(report: Report) -> Section:
    """List what each step added, removed and searched."""
    rows = []
    for step, added, removed in zip(report.steps, report.added, report.removed, strict=True):
        cells = [step.name, f"{added:,}", f"{removed:,}", format_seconds(step.seconds)]
        if step.search is None:
            rows.append((*cells, "-", "-", ""))
            continue
        stages = ", ".join(f"{stage} {rows_settled:,}" for stage, rows_settled in step.search.stages.items())
        certified = "-" if step.search.backend == "direct" else f"{step.search.certified_fraction:.1%}"
        rows.append((*cells, step.search.backend, certified, stages))
    heads = ("step", "added", "removed", "time", "backend", "certified", "rows settled by")
    return Section("Steps", heads, rows)


def list_costs(report: Report) -> Section:
    """Seconds of the stages, and bytes."""
    rows = [
        (f"time to {STAGE_NAMES[stage]}", format_seconds(seconds)) for stage, seconds in report.call.seconds.items()
    ]
    names = {"input": "input", "result": "result", "lineage": "parents", "memory_limit": "memory limit"}
    rows += [(names[name], format_bytes(size)) for name, size in report.bytes.items() if size is not None]
    return Section("Time and memory", ("what", "size"), rows)


def show_label(label: Any) -> str:
    """A label as text of one line, shortened if it is long."""
    text = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in str(label))
    return text if len(text) <= MAX_LABEL_LENGTH else text[: MAX_LABEL_LENGTH - 3] + "..."


def format_seconds(seconds: float) -> str:
    """Seconds in a unit that suits them.

    Examples
    --------
    >>> format_seconds(0.00123), format_seconds(12.345)
    ('1.23 ms', '12.3 s')
    """
    return f"{seconds * 1e3:.3g} ms" if seconds < 1 else f"{seconds:.3g} s"


def format_bytes(size: int) -> str:
    """Bytes in a decimal unit that suits them.

    Examples
    --------
    >>> format_bytes(999), format_bytes(268_435_456)
    ('999 B', '268 MB')
    """
    power = min((len(str(size)) - 1) // 3, len(DECIMAL_UNITS) - 1)
    return f"{size} B" if not power else f"{size / 1000**power:.3g} {DECIMAL_UNITS[power]}"
