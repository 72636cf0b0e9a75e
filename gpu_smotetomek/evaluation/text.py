"""The result of `stability` as a text of tables."""

from __future__ import annotations

from textwrap import fill

import numpy as np

from gpu_smotetomek.evaluation.overlap import take_pairs
from gpu_smotetomek.evaluation.result import PLAIN, Stability
from gpu_smotetomek.typing import Floats

Cells = list[list[str]]
"""Rows of cells, the heads first."""


def format_stability(result: Stability) -> str:
    """The whole text: the table resampled, counts over seeds, overlap of seeds, and scores where there are any."""
    overlaps = tabulate_overlaps(result)
    tables = [align(overlaps)] if len(overlaps) > 1 else []
    parts = [format_heading(result), align(tabulate_counts(result)), "\n".join([*tables, describe_shares(result)])]
    if result.scores:
        omitted = [fill(sentence, 100, subsequent_indent="  ") for sentence in describe_omitted(result)]
        parts.append("\n".join([describe_scores(result), align(tabulate_scores(result)), *omitted]))
    rule = "─" * max(len(line) for part in parts for line in part.splitlines())
    return f"\n{rule}\n".join(parts)


def format_heading(result: Stability) -> str:
    """The sampler, the classes and the seeds."""
    sizes = ", ".join(f"{size} of {label!r}" for label, size in result.class_counts.items())
    seeds = [counts.seed for counts in result.seeds]
    is_range = len(seeds) > 2 and seeds == list(range(seeds[0], seeds[0] + len(seeds)))
    named = f"{seeds[0]} to {seeds[-1]}" if is_range else ", ".join(map(str, seeds))
    return f"{result.sampler} on {len(result.times_removed)} rows ({sizes}), seed{'s' * (len(seeds) > 1)} {named}"


def tabulate_counts(result: Stability) -> Cells:
    """Smallest, middle and largest count over the seeds."""
    columns: dict[str, list[int]] = {
        "rows of the result": [counts.n_rows for counts in result.seeds],
        "synthetic rows": [counts.n_synthetic for counts in result.seeds],
        "links": [counts.n_links for counts in result.seeds if counts.n_links is not None],
    }
    columns |= {f"removed rows of {label!r}": [c.removed[label] for c in result.seeds] for label in result.class_counts}
    rows = [
        [name, f"{min(values)}", f"{np.median(values):g}", f"{max(values)}"]
        for name, values in columns.items()
        if values
    ]
    return [["over the seeds", "smallest", "median", "largest"], *rows]


def tabulate_overlaps(result: Stability) -> Cells:
    """Mean and smallest overlap of two seeds; no row but the heads for a single seed."""
    rows = [["overlap of two seeds (Jaccard)", "mean", "smallest"]]
    for name, overlap in (("removed rows", result.removed_overlap), ("links among rows of X", result.link_overlap)):
        if overlap is not None and len(take_pairs(overlap)):
            rows.append([name, *format_overlaps(overlap)])
    return rows


def describe_shares(result: Stability) -> str:
    """How many rows every seed removes, and how many at least one seed removes."""
    every, some = np.count_nonzero(result.times_removed == len(result.seeds)), np.count_nonzero(result.times_removed)
    return (
        f"every seed removes {every} rows of X ({result.removed_by_every_seed:.1%}), at least one seed {some} "
        f"({result.removed_by_any_seed:.1%})"
    )


def format_overlaps(overlap: Floats) -> list[str]:
    """Mean and smallest entry over the pairs of seeds that have an overlap; dashes if no pair has one."""
    pairs = take_pairs(overlap)
    pairs = pairs[~np.isnan(pairs)]
    return [f"{pairs.mean():.2f}", f"{pairs.min():.2f}"] if len(pairs) else ["–", "–"]


def tabulate_scores(result: Stability) -> Cells:
    """The summary of the scores."""
    n_folds = result.scores[PLAIN].shape[1]
    rows = [["treatment", "mean", "sd over seeds", "gain over plain", "folds that gain"]]
    for row in result.summarize():
        gain = [f"{row['gain']:+.3f} ± {format_number(row['gain_sd'])}", f"{row['n_better']} of {n_folds}"]
        spread = format_number(row["seed_sd"]) if row["treatment"] in result.treatments_with_seeds else ""
        rows.append(
            [row["treatment"], f"{row['mean']:.3f}", spread, *(["", ""] if row["treatment"] == PLAIN else gain)]
        )
    return rows


def describe_scores(result: Stability) -> str:
    """The score and the number of folds."""
    n_folds = result.scores[PLAIN].shape[1]
    return f"{result.scoring}, {n_folds} fold{'s' * (n_folds > 1)}; ± is the standard deviation over folds"


def describe_omitted(result: Stability) -> list[str]:
    """A sentence for each treatment that was left out."""
    return [f"left out: {name}, as {reason}" for name, reason in result.omitted.items()]


def format_number(value: float | None) -> str:
    """Three decimals, or a dash for None."""
    return "–" if value is None else f"{value:.3f}"


def align(rows: Cells) -> str:
    """Lines of a table: the first column to the left, the others to the right."""
    widths = [max(len(row[j]) for row in rows) for j in range(len(rows[0]))]
    lines = [
        [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        for row in rows
    ]
    return "\n".join("  ".join(line).rstrip() for line in lines)
