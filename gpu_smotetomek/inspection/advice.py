"""Advice from the inspection of a table: what to correct, where the method helps, and where it does not."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gpu_smotetomek.errors import join_first
from gpu_smotetomek.samplers.reports.advice import (
    DENSE_OVERLAP_ABOVE_SHARE,
    MANY_REPEATED_ABOVE_SHARE,
    STEEP_ABOVE_RATIO,
    advise_on_dominant_feature,
    describe_dense_overlap,
)

if TYPE_CHECKING:
    from gpu_smotetomek.inspection.findings import Finding
    from gpu_smotetomek.inspection.table import Inspection

DEFAULT_K_NEIGHBORS = 5
FEW_ROWS_IN_CLASS = 50
EVEN_BELOW_RATIO, MILD_BELOW_RATIO = 1.5, 5
SMALL_MAJORITY_BELOW_ROWS = 500
SOME_OVERLAP_ABOVE_SHARE = 0.3
MANY_CLASSES = 50
UNEVEN_SPREAD_ABOVE_RATIO = 1000
GENERAL_ADVICE = (
    "Resample the training fold only, inside cross-validation; validation and test rows stay as they are.",
    "Evaluate with several seeds, and with a measure for rare classes (average precision, recall), not accuracy.",
)

SENTENCES = {
    "target": "Columns that give the class of every row: {columns}. Of a copy of the target, or what is known later: {remedy}.",
    "id": "Ids: {columns}. Distances count them, and synthetic rows get ids that do not exist: {remedy}.",
    "date": "Dates: {columns}. What lies between two of them is mostly no date: {remedy}, or convert them to days.",
    "time": "Times: {columns}. Their spread rules the distances: {remedy}, or convert them to days.",
    "codes": "Whole numbers of few values: {columns}. If they are codes, synthetic rows get codes between: {remedy}.",
    "category": "Text of few values: {columns}. Distances need numbers, or names of categories: {remedy}.",
    "digits": "Numbers as text: {columns}. One cell that is no number makes a column text: {remedy}.",
    "text": "Text: {columns}. Distances need numbers: encode it, or {remedy}.",
    "constant": "Constants: {columns}. They add nothing to distances: {remedy}.",
}
"""A sentence for each kind of finding, the most urgent first."""


@dataclass(frozen=True)
class Wording:
    """How remedies are named: in Python, or on the command line.

    Attributes
    ----------
    join : callable
        Names of columns as one text.
    remedies : mapping
        What to do about columns, by the kind of finding, with a place for their names.
    terms : mapping
        Parameters, options and other remedies by their meaning.
    """

    join: Callable[[Iterable[Any]], str]
    remedies: Mapping[str, str]
    terms: Mapping[str, str]


PYTHON = Wording(
    join=lambda names: repr([name if isinstance(name, int) else str(name) for name in names]),
    remedies={
        **dict.fromkeys(("id", "date", "time", "text"), "passthrough={names}"),
        **dict.fromkeys(("codes", "category"), "SMOTENC({names})"),
        **dict.fromkeys(("target", "constant"), "drop {names}"),
        "digits": "correct the cells of {names}, and cast them",
        "missing": "SimpleImputer of scikit-learn",
    },
    terms={
        "strategy": "sampling_strategy={part}",
        "strategy of class": "{{{label!r}: ROWS}}",
        "k": "k_neighbors={k}",
        "smote": "SMOTE alone",
        "target": "y",
        "scale": "scale='standard'",
    },
)
COMMAND = Wording(
    join=lambda names: shlex.quote(",".join(map(str, names))),
    remedies={
        "id": "--id {names}",
        **dict.fromkeys(("date", "time", "text"), "--passthrough {names}"),
        **dict.fromkeys(("codes", "category"), "--categorical {names}"),
        **dict.fromkeys(("target", "constant"), "--drop {names}"),
        "digits": "correct the cells of {names}",
        "missing": "--impute median",
    },
    terms={
        "strategy": "--sampling-strategy {part}",
        "strategy of class": "{label}=ROWS",
        "k": "--k-neighbors {k}",
        "smote": "--method smote",
        "target": "--target",
        "scale": "--scale standard",
    },
)


def advise(inspection: Inspection, wording: Wording) -> list[str]:
    """Return sentences of advice on a table, the most urgent first."""
    return [
        *advise_on_findings(inspection.findings, wording),
        *advise_on_missing(inspection, wording),
        *advise_on_scales(inspection, wording),
        *advise_on_classes(inspection, wording),
        *advise_on_boundary(inspection),
        *GENERAL_ADVICE,
    ]


def advise_on_findings(findings: Iterable[Finding], wording: Wording) -> Iterator[str]:
    """Advise on columns that are no features as they are: one sentence for each kind."""
    listed = list(findings)
    for kind, sentence in SENTENCES.items():
        found = [finding for finding in listed if finding.kind == kind]
        if found:
            remedy = wording.remedies[kind].format(names=wording.join(finding.column for finding in found))
            yield sentence.format(columns=describe_columns(found), remedy=remedy)


def describe_columns(found: list[Finding]) -> str:
    """The first columns, each with its fact; a fact that is that of all columns comes once."""
    names, facts = [repr(str(finding.column)) for finding in found], [finding.fact for finding in found]
    if len(set(facts)) == 1:
        return f"{join_first(names)} ({facts[0]}{' each' * (len(found) > 1)})"
    return join_first([f"{name} ({fact})" for name, fact in zip(names, facts, strict=True)])


def advise_on_missing(inspection: Inspection, wording: Wording) -> Iterator[str]:
    """Advise on missing and infinite cells."""
    missing = {name: n for name, n in inspection.missing.items() if name not in inspection.non_numeric}
    if missing:
        n_columns = f"{len(missing)} column{'s' * (len(missing) > 1)}"
        yield (
            f"Fill in or drop missing and infinite cells ({sum(missing.values()):,} in {n_columns}): "
            f"{wording.remedies['missing']}; fit the imputer on the training fold."
        )


def advise_on_scales(inspection: Inspection, wording: Wording) -> Iterator[str]:
    """Advise on a feature that rules the distances between nearest rows, or on spreads that differ by orders of magnitude."""
    remedy, examination = wording.terms["scale"], inspection.examination
    found = [] if examination is None else list(advise_on_dominant_feature(examination, remedy))
    yield from found
    if not found:
        yield from describe_spread(inspection.spread, remedy)


def describe_spread(spread: tuple[Any, Any, float] | None, remedy: str) -> Iterator[str]:
    """Advise on the widest and the narrowest feature, where their spreads differ by orders of magnitude."""
    if spread is not None and spread[2] > UNEVEN_SPREAD_ABOVE_RATIO:
        widest, narrowest, times = spread
        yield (
            f"Scale the features ({remedy}): {str(widest)!r} varies {times:.0e} times as much as {str(narrowest)!r}, which "
            "distances hardly count."
        )


def advise_on_classes(inspection: Inspection, wording: Wording) -> Iterator[str]:
    """Advise on the sizes of the classes."""
    classes, ratio = inspection.classes, inspection.imbalance_ratio
    if len(classes) < 2:
        yield "There is one class only: nothing to balance."
        return
    yield from advise_on_smallest_class(inspection, wording)
    if len(classes) > min(MANY_CLASSES, inspection.n_rows / 3):
        yield f"{len(classes)} classes look like a quantity to predict, not labels: check {wording.terms['target']}."
        return
    if ratio > STEEP_ABOVE_RATIO:
        of_class = wording.terms["strategy of class"].format(label=inspection.smallest_class)
        part = wording.terms["strategy"].format(part="0.1" if len(classes) == 2 else of_class)
        yield f"1 : {ratio:.0f} is beyond 1 : {STEEP_ABOVE_RATIO}: try {part} instead of full balance, or class weights."
    elif ratio < EVEN_BELOW_RATIO:
        yield "The classes are of about the same size: there is little to balance."
    elif ratio < MILD_BELOW_RATIO:
        yield f"1 : {ratio:.1f} is mild: compare with no resampling at all, it may be as good."
    if max(classes.values()) < SMALL_MAJORITY_BELOW_ROWS:
        yield f"The largest class is small, and cleaning takes rows of it: compare with {wording.terms['smote']}."


def advise_on_smallest_class(inspection: Inspection, wording: Wording) -> Iterator[str]:
    """Advise on whether the smallest class has enough rows."""
    label, rows = inspection.smallest_class, inspection.smallest_size
    if rows <= DEFAULT_K_NEIGHBORS:
        fewer = f"{wording.terms['k'].format(k=rows - 1)} at most, or " if rows > 1 else ""
        yield (
            f"Class {label} has {rows} row{'s' * (rows > 1)} and SMOTE needs {DEFAULT_K_NEIGHBORS + 1}: "
            f"{fewer}collect more, or drop the class."
        )
    elif rows < FEW_ROWS_IN_CLASS:
        yield f"Class {label} has {rows} rows: synthetic rows repeat what these say, and results vary with the seed."


def advise_on_boundary(inspection: Inspection) -> Iterator[str]:
    """Advise on overlap, contradictory labels and repeated rows."""
    overlap, label = inspection.overlap, inspection.smallest_class
    if overlap is not None and overlap > DENSE_OVERLAP_ABOVE_SHARE:
        yield describe_dense_overlap(overlap, label, removes_links=True)
    elif overlap is not None and overlap > SOME_OVERLAP_ABOVE_SHARE:
        share = f"{overlap:.0%} of class {label} have a row of another class nearest"
        yield f"The classes overlap ({share}): removing Tomek links is made for such a boundary."
    if inspection.contradictory:
        yield (
            f"Equal rows with unequal labels: {inspection.contradictory:,}. "
            "No boundary separates them; check how they were labelled."
        )
    if inspection.repeated > MANY_REPEATED_ABOVE_SHARE * inspection.n_rows:
        yield (
            f"Rows that repeat earlier ones: {inspection.repeated:,}. Distances tie, and a row with a twin in its class is "
            "in no Tomek link; drop repeats unless they are real."
        )
