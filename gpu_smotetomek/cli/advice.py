"""Advice from the facts of a table: where the method helps, and where it does not."""

from collections.abc import Iterator

from gpu_smotetomek.cli.facts import Facts
from gpu_smotetomek.samplers.reports.advice import (
    DENSE_OVERLAP_ABOVE_SHARE,
    MANY_REPEATED_ABOVE_SHARE,
    STEEP_ABOVE_RATIO,
    describe_dense_overlap,
)
from gpu_smotetomek.tables.number_marks import MISSING_MARKS

DEFAULT_K_NEIGHBORS = 5
FEW_ROWS_IN_CLASS = 50
EVEN_BELOW_RATIO, MILD_BELOW_RATIO = 1.5, 5
SMALL_MAJORITY_BELOW_ROWS = 500
SOME_OVERLAP_ABOVE_SHARE = 0.3
MANY_CLASSES = 50
UNEVEN_SPREAD_ABOVE_RATIO = 1000
NAMED_BY_NUMBERS = "The first line holds numbers and was taken for names: add --no-header if it is data."
GENERAL_ADVICE = (
    "Resample the training fold only, inside cross-validation; validation and test rows stay as they are.",
    "Evaluate with several seeds, and with a measure for rare classes (average precision, recall), not accuracy.",
)


def advise(facts: Facts) -> list[str]:
    """Return sentences of advice on a table, the most urgent first."""
    return [*advise_on_features(facts), *advise_on_classes(facts), *advise_on_boundary(facts), *GENERAL_ADVICE]


def advise_on_features(facts: Facts) -> Iterator[str]:
    """Advise on what the features need before they can be resampled."""
    if facts.named_by_numbers:
        yield NAMED_BY_NUMBERS
    yield from advise_on_text(facts.non_numeric, facts.stray, facts.marks)
    if facts.missing:
        yield (
            f"Fill in or drop missing and infinite cells ({sum(facts.missing.values()):,} in {len(facts.missing)} "
            f"column{'s' * (len(facts.missing) > 1)}); "
            "fit the imputer on the training fold."
        )
    for name in facts.counters:
        yield (
            f"Drop {name!r}, or keep it out of the distances with --passthrough {name}: it only numbers the rows, and distances "
            "would count it."
        )
    if facts.spread and facts.spread[2] > UNEVEN_SPREAD_ABOVE_RATIO:
        widest, narrowest, times = facts.spread
        yield f"Scale the features: {widest!r} varies {times:.0e} times as much as {narrowest!r} and dominates the distances."


def advise_on_text(columns: dict[str, str], stray: dict[str, int], marks: dict[str, str]) -> Iterator[str]:
    """Explain, once for each reason, why columns are not numeric: marks for missing cells or in numbers, stray words, text."""
    missing = {name: cell for name, cell in columns.items() if cell.lower() in MISSING_MARKS}
    explained = missing.keys() | marks.keys()
    others = {name: cell for name, cell in columns.items() if name not in explained}
    text = {name: cell for name, cell in others.items() if name not in stray}
    for group, remedy in (
        (missing, "Fill in missing cells, or drop their rows; a mark makes the whole column text"),
        (
            text,
            "Encode the columns that hold no numbers, name them in --categorical, or carry them along with --passthrough",
        ),
    ):
        for name, cell in list(group.items())[:1]:
            yield f"{remedy}, such as {name!r} ({cell!r})."
    yield from dict.fromkeys(f"{text}." for text in marks.values())
    for name in [name for name in others if name in stray][:1]:
        yield f"Correct the cells of text in columns of numbers: {name!r} has {columns[name]!r} in row {stray[name]:,}."


def advise_on_classes(facts: Facts) -> Iterator[str]:
    """Advise on the sizes of the classes."""
    if len(facts.classes) < 2:
        yield "There is one class only: nothing to balance."
        return
    if len(facts.classes) > min(MANY_CLASSES, facts.rows / 3):
        yield f"{len(facts.classes)} classes look like a quantity to predict, not labels: check --target."
        yield from advise_on_smallest_class(facts)
        return
    yield from advise_on_smallest_class(facts)
    if facts.ratio > STEEP_ABOVE_RATIO:
        part = "0.1" if len(facts.classes) == 2 else f"{facts.smallest_class}=ROWS"  # a ratio needs two classes
        yield (
            f"1 : {facts.ratio:.0f} is beyond 1 : {STEEP_ABOVE_RATIO}: "
            f"try --sampling-strategy {part} instead of full balance, or class weights."
        )
    elif facts.ratio < EVEN_BELOW_RATIO:
        yield "The classes are of about the same size: there is little to balance."
    elif facts.ratio < MILD_BELOW_RATIO:
        yield f"1 : {facts.ratio:.1f} is mild: compare with no resampling at all, it may be as good."
    if max(facts.classes.values()) < SMALL_MAJORITY_BELOW_ROWS:
        yield "The largest class is small, and cleaning takes rows of it: compare with --method smote."


def advise_on_smallest_class(facts: Facts) -> Iterator[str]:
    """Advise on whether the smallest class has enough rows."""
    label, rows = facts.smallest_class, facts.smallest_size
    if rows <= DEFAULT_K_NEIGHBORS:
        yield (
            f"Class {label} has {rows} row{'s' * (rows > 1)} and SMOTE needs {DEFAULT_K_NEIGHBORS + 1}: "
            + (f"--k-neighbors {rows - 1} at most, or " if rows > 1 else "")
            + "collect more, or drop the class."
        )
    elif rows < FEW_ROWS_IN_CLASS:
        yield f"Class {label} has {rows} rows: synthetic rows repeat what these say, and results vary with the seed."


def advise_on_boundary(facts: Facts) -> Iterator[str]:
    """Advise on overlap, contradictory labels and repeated rows."""
    overlap = facts.overlap if facts.smallest_size > DEFAULT_K_NEIGHBORS else None  # fewer rows are no evidence
    if overlap is not None and overlap > DENSE_OVERLAP_ABOVE_SHARE:
        yield describe_dense_overlap(overlap, facts.smallest_class, removes_links=True)
    elif overlap is not None and overlap > SOME_OVERLAP_ABOVE_SHARE:
        share = f"{overlap:.0%} of class {facts.smallest_class} have a row of another class nearest"
        yield f"The classes overlap ({share}): removing Tomek links is made for such a boundary."
    if facts.contradictory:
        yield (
            f"Equal rows with unequal labels: {facts.contradictory:,}. "
            "No boundary separates them; check how they were labelled."
        )
    if facts.repeated > MANY_REPEATED_ABOVE_SHARE * facts.rows:
        yield (
            f"Rows that repeat earlier ones: {facts.repeated:,}. Distances tie, and a row with a twin in its class is "
            "in no Tomek link; drop repeats unless they are real."
        )
