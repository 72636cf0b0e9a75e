"""Sentences on what is known to go wrong with over-sampling and cleaning, and the thresholds from which they hold.

The advice on tables before a call, in `cli/advice.py`, uses the same thresholds.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from gpu_smotetomek.errors import join_first
from gpu_smotetomek.samplers.column_names import find_column_names
from gpu_smotetomek.samplers.dominant_feature import DOMINANT_ABOVE_SHARE

if TYPE_CHECKING:
    from gpu_smotetomek.samplers.reports.examination import Examination
    from gpu_smotetomek.samplers.reports.report import Report

STEEP_ABOVE_RATIO = 20
DENSE_OVERLAP_ABOVE_SHARE = 0.6
MANY_REPEATED_ABOVE_SHARE = 0.01
GREAT_LOSS_ABOVE_SHARE = 0.1


def advise_on_call(report: Report) -> Iterator[str]:
    """Yield sentences of advice on a call, the most urgent first."""
    if report.examination is not None:
        yield from advise_on_dense_overlap(report, report.examination)
        yield from advise_on_dominant_feature(report.examination)
    yield from advise_on_columns(report)
    yield from advise_on_growth(report)
    yield from advise_on_equal_rows(report)
    yield from advise_on_losses(report)


# ---- overlap and scales ---------------------------------------------------------------------------------------------


def describe_dense_overlap(share: float, label: Any, *, removes_links: bool) -> str:
    """Say that so large a share of the smallest class is nearest to rows of other classes, and what to do.

    With `removes_links`, Tomek links are the only reason for which rows are removed.
    """
    links = "removing Tomek links barely dents that, and " if removes_links else ""
    return (
        f"The classes overlap densely ({share:.0%} of class {label} have a row of another class nearest): {links}"
        "no resampling adds signal; try better features, a moved threshold or class weights, and compare by `stability`."
    )


def advise_on_dense_overlap(report: Report, examination: Examination) -> Iterator[str]:
    """Advise on classes that overlap so densely that neither step helps."""
    share = examination.overlap
    if share is None or share <= DENSE_OVERLAP_ABOVE_SHARE:
        return
    removes_more = any(step.reason and step.partner_ids is None and step.search for step in report.steps)
    removes_links = report.finds_links and not removes_more
    yield describe_dense_overlap(share, examination.smallest_class, removes_links=removes_links)


def advise_on_dominant_feature(examination: Examination) -> Iterator[str]:
    """Advise on a feature that makes up nearly all of the distances."""
    if examination.dominant_share is not None and examination.dominant_share > DOMINANT_ABOVE_SHARE:
        yield (
            f"Scale the features (scale='standard'): {examination.dominant_feature!r} makes up "
            f"{examination.dominant_share:.0%} of the squared distances between {examination.compared}, so the others "
            "hardly count."
        )


# ---- columns --------------------------------------------------------------------------------------------------------


def advise_on_columns(report: Report) -> Iterator[str]:
    """Advise on columns whose values between two values mean nothing."""
    call, examination = report.call, report.examination
    if call.is_mixed or report.distances.n_made == report.distances.n_copies:
        return
    one_hot = () if examination is None else examination.one_hot_columns
    if one_hot:
        yield (
            f"One-hot columns were interpolated, so that synthetic rows are of several categories at once: "
            f"{quote_names(one_hot)}. Give SMOTENC the columns from before the encoding."
        )
    names = list_whole_number_columns(report) if examination is None else examination.code_columns
    if names := [name for name in names if name not in one_hot]:
        yield (
            f"Columns of integers or booleans were interpolated and rounded: {quote_names(names)}. "
            "Name those that are categories in SMOTENC, or in --categorical on the command line."
        )


def list_whole_number_columns(report: Report) -> list[str]:
    """Names of the integer and boolean columns of a frame; none of an array, whose columns have one dtype."""
    names, dtypes = find_column_names(report.sampler, report.call.n_features), report.call.dtypes
    if names is None:
        return []
    kinds = [dtype.kind for dtype in dtypes] * (len(names) if len(dtypes) == 1 else 1)
    return [name for name, kind in zip(names, kinds, strict=False) if kind in "iub"]


def quote_names(names: Any) -> str:
    """The first names, each in quotes, and the number of the others."""
    return join_first([repr(str(name)) for name in names])


# ---- counts ---------------------------------------------------------------------------------------------------------


def advise_on_growth(report: Report) -> Iterator[str]:
    """Advise on classes most of whose rows are synthetic."""
    before, most = report.counts[:, 0], report.counts.max(axis=1)
    growth = most / np.maximum(before, 1)
    steep = np.flatnonzero((growth > STEEP_ABOVE_RATIO) & (before > 0))
    if not len(steep):
        return
    worst = steep[growth[steep].argmax()]
    others = f" (others too: {len(steep) - 1})" if len(steep) > 1 else ""
    yield (
        f"Class {report.labels[worst]} grew from {before[worst]:,} to {most[worst]:,} rows{others}: beyond 1 : "
        f"{STEEP_ABOVE_RATIO} a model learns mostly from what few rows say. Try a sampling_strategy that gives it "
        f"{STEEP_ABOVE_RATIO * before[worst]:,} rows at most, or class weights."
    )


def advise_on_equal_rows(report: Report) -> Iterator[str]:
    """Advise on synthetic rows that equal others, which keeps rows out of links."""
    distances = report.distances
    copies = distances.n_copies / max(1, distances.n_made)
    is_cleaned = any(
        step.partner_ids is not None and n_made_before for step, n_made_before in pair_with_rows_made(report)
    )
    if copies > MANY_REPEATED_ABOVE_SHARE and is_cleaned:
        yield (
            f"{copies:.0%} of the added rows are copies: a row with a copy in its class is in no Tomek link, so cleaning "
            "removes little. Clean before copying, or over-sample with SMOTE."
        )
    share = distances.share_of_equal_parents
    if share > MANY_REPEATED_ABOVE_SHARE:
        yield (
            f"{share:.0%} of the synthetic rows repeat a row, as both of their parents are equal: distances tie, and a row "
            "with a twin in its class is in no Tomek link. Drop repeated rows unless they are real."
        )


def pair_with_rows_made(report: Report) -> Iterator[tuple[Any, int]]:
    """Each step with the number of synthetic rows that were made before it."""
    made = 0
    for step in report.steps:
        yield step, made
        made = step.n_made


def advise_on_losses(report: Report) -> Iterator[str]:
    """Advise on classes that lose more than a tenth of their rows to a cleaning step."""
    for position, step in enumerate(report.steps):
        before, after = report.counts[:, position], report.counts[:, position + 1]
        if not len(step.removed_ids) or step.search is None:  # rows not drawn were not meant to stay
            continue
        share = (before - after) / np.maximum(before, 1)
        great = np.flatnonzero(share > GREAT_LOSS_ABOVE_SHARE)
        if not len(great):
            continue
        worst = great[share[great].argmax()]
        other_result = "the result without this step" if len(report.steps) > 1 else "a model fitted to all rows"
        others = f" (others lost over a tenth, too: {len(great) - 1})" if len(great) > 1 else ""
        yield (
            f"Class {report.labels[worst]} lost {before[worst] - after[worst]:,} of {before[worst]:,} rows "
            f"({share[worst]:.0%}) to {step.name!r}{others}: compare with {other_result}."
        )
