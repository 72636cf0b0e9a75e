"""Plain advice from the facts of a table: where the method helps and where it breaks."""

import re
from collections.abc import Iterator
from typing import Any

from gpu_smotetomek.cli.facts import Facts

NEIGHBORS = 5
FEW_ROWS = 50
EVEN, MILD, STEEP = 1.5, 5, 20
SMALL_MAJORITY = 500
SOME_OVERLAP, DENSE_OVERLAP = 0.3, 0.6
MANY_CLASSES = 50
UNEVEN = 1000
MANY_REPEATED = 0.01
NAMED_BY_NUMBERS = "The first line holds numbers and was taken for names: add --no-header if it is data."
MISSING = {"na", "n/a", "nan", "null", "none", "?", "-", "."}


def advice(facts: Facts) -> list[str]:
    """Sentences for the user, what must be done first.

    Parameters
    ----------
    facts : Facts
        Of one table.

    Returns
    -------
    list of str
    """
    return [*on_cells(facts), *on_classes(facts), *on_boundary(facts), *always()]


def on_cells(facts: Facts) -> Iterator[str]:
    """What the features need before they can be resampled."""
    if facts.named_by_numbers:
        yield NAMED_BY_NUMBERS
    yield from on_text(facts.non_numeric, facts.stray)
    if facts.missing:
        yield (
            f"Fill in or drop missing and infinite cells ({sum(facts.missing.values()):,} in {len(facts.missing)} "
            f"column{'s' * (len(facts.missing) > 1)}); "
            "fit the imputer on the training fold."
        )
    for name in facts.counters:
        yield f"Drop {name!r}: it only numbers the rows, and distances would count it."
    if facts.spread and facts.spread[2] > UNEVEN:
        widest, narrowest, times = facts.spread
        yield f"Scale the features: {widest!r} varies {times:.0e} times as much as {narrowest!r} and rules distances."


def on_text(columns: dict[str, str], stray: dict[str, int]) -> Iterator[str]:
    """Why columns hold no numbers, once a reason: cells that mean missing, decimal commas, stray words, or real text."""
    missing = {name: cell for name, cell in columns.items() if cell.lower() in MISSING}
    commas = {name: cell for name, cell in columns.items() if re.fullmatch(r"[-+]?[0-9]+,[0-9]+", cell)}
    others = {name: cell for name, cell in columns.items() if name not in missing | commas}
    text = {name: cell for name, cell in others.items() if name not in stray}
    for found, remedy in (
        (missing, "Fill in missing cells, or drop their rows; a mark makes the whole column text"),
        (commas, "Write numbers with a decimal point; a comma makes the column text"),
        (text, "Encode or drop the columns that hold no numbers"),
    ):
        for name, cell in list(found.items())[:1]:
            yield f"{remedy}, such as {name!r} ({cell!r})."
    for name in [name for name in others if name in stray][:1]:
        yield f"Mend the cells that are no numbers among numbers: {name!r} has {columns[name]!r} in row {stray[name]:,}."


def on_classes(facts: Facts) -> Iterator[str]:
    """What the sizes of the classes mean."""
    if len(facts.classes) < 2:
        yield "There is one class only: nothing to balance."
        return
    if len(facts.classes) > min(MANY_CLASSES, facts.rows / 3):
        yield f"{len(facts.classes)} classes look like a quantity to predict, not labels: check --target."
        yield from on_smallest(facts)
        return
    yield from on_smallest(facts)
    if facts.ratio > STEEP:
        part = "0.1" if len(facts.classes) == 2 else f"{smallest(facts)}=ROWS"  # a ratio is for two classes
        yield (
            f"1 : {facts.ratio:.0f} is beyond 1 : {STEEP}: "
            f"try --sampling-strategy {part} instead of full balance, or class weights."
        )
    elif facts.ratio < EVEN:
        yield "The classes are of about the same size: there is little to balance."
    elif facts.ratio < MILD:
        yield f"1 : {facts.ratio:.1f} is mild: compare with no resampling at all, it may be as good."
    if max(facts.classes.values()) < SMALL_MAJORITY:
        yield "The largest class is small, and cleaning takes rows of it: compare with --method smote."


def on_smallest(facts: Facts) -> Iterator[str]:
    """What the rows of the smallest class are enough for."""
    label, rows = smallest(facts), facts.classes[smallest(facts)]
    if rows <= NEIGHBORS:
        yield (
            f"Class {label} has {rows} row{'s' * (rows > 1)} and SMOTE needs {NEIGHBORS + 1}: "
            + (f"--k-neighbors {rows - 1} at most, or " if rows > 1 else "")
            + "collect more, or drop the class."
        )
    elif rows < FEW_ROWS:
        yield f"Class {label} has {rows} rows: synthetic rows repeat what these say, and results vary with the seed."


def on_boundary(facts: Facts) -> Iterator[str]:
    """What lies between the classes."""
    overlap = facts.overlap if facts.classes[smallest(facts)] > NEIGHBORS else None  # of fewer rows nothing can be said
    strangers = f"{overlap or 0:.0%} of class {smallest(facts)} have a row of another class nearest"
    if overlap is not None and overlap > DENSE_OVERLAP:
        yield (
            f"The classes overlap densely ({strangers}): "
            "removing Tomek links barely dents that and no resampling adds signal; "
            "try better features, class weights, or SMOTEENN, which cleans harder."
        )
    elif overlap is not None and overlap > SOME_OVERLAP:
        yield f"The classes overlap ({strangers}): removing Tomek links is made for such a boundary."
    if facts.contradictory:
        yield f"Equal rows with unequal labels: {facts.contradictory:,}. No boundary parts them; check how they were labelled."
    if facts.repeated > MANY_REPEATED * facts.rows:
        yield (
            f"Rows that repeat earlier ones: {facts.repeated:,}. Distances tie, and a row with a twin in its class is "
            "in no Tomek link; drop repeats unless they are real."
        )


def smallest(facts: Facts) -> Any:
    """Label of the class with the fewest rows."""
    return min(facts.classes, key=facts.classes.__getitem__)


def always() -> Iterator[str]:
    """What holds for every table."""
    yield "Resample the training fold only, inside cross-validation; validation and test rows stay as they are."
    yield "Evaluate with several seeds, and with a measure for rare classes (average precision, recall), not accuracy."
