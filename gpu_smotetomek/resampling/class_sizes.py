"""Classes that are over-sampled and have too few rows: an error, fewer neighbours, or no new rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gpu_smotetomek.errors import warn_caller
from gpu_smotetomek.resampling.batch import Batch
from gpu_smotetomek.typing import Integers, Labels

MAX_CLASSES_IN_WARNING = 10


@dataclass(frozen=True)
class ClassSizes:
    """Labels and numbers of rows, which are all that resolving a strategy needs of a batch.

    Attributes
    ----------
    classes : array (n_classes,)
        Labels, sorted.
    class_counts : int array (n_classes,)
        Rows of each class.
    initial_class_counts : int array (n_classes,), or None
        As that of `Batch`.
    """

    classes: Labels
    class_counts: Integers
    initial_class_counts: Integers | None = None

    @property
    def labels(self) -> Labels:
        """The labels of all rows, which are not there.

        Raises
        ------
        ValueError
            Always: only a callable needs them.
        """
        raise ValueError(
            "sampling_strategy is a callable, which needs the labels of all rows at once, and the rows come in blocks: give a "
            "name, a ratio or a mapping from label to total"
        )

    def get_label(self, code: int) -> Any:
        """The label of a class as a Python object."""
        return self.classes[code : code + 1].tolist()[0]


def treat_small_classes(
    batch: Batch | ClassSizes,
    n_synthetic: dict[int, int],
    k: int,
    name: str = "k_neighbors",
    small_class: str = "error",
) -> dict[int, int]:
    """The rows to add to each class, once classes that are to grow and have no more than k rows are dealt with.

    Parameters
    ----------
    batch : Batch or ClassSizes
    n_synthetic : dict
        From class code to the number of rows to add.
    k : int
        Neighbours of a row in its class.
    name : str
        The parameter that says so.
    small_class : {'error', 'shrink', 'skip'}
        'shrink' leaves the numbers as they are and warns; the search is to find fewer neighbours. 'skip' sets the number to 0
        and warns.

    Raises
    ------
    ValueError
        For 'error', about the smallest such class, as its remedy helps the others as well.
    """
    sizes = batch.class_counts
    small = sorted((int(sizes[code]), code) for code, size in n_synthetic.items() if size and sizes[code] <= k)
    if not small:
        return n_synthetic
    if small_class == "error":
        raise ValueError(explain_small_classes(batch, small, k, name))
    entries = [f"{describe_class(batch, code)} and {describe_outcome(n, small_class)}" for n, code in small]
    more = len(entries) - MAX_CLASSES_IN_WARNING
    warn_caller(
        f"Too few rows for {name}={k} (small_class={small_class!r}): {'; '.join(entries[:MAX_CLASSES_IN_WARNING])}"
        + (f"; and {more} more classes" if more > 0 else "")
    )
    return {**n_synthetic, **{code: 0 for _, code in small}} if small_class == "skip" else n_synthetic


def describe_class(batch: Batch | ClassSizes, code: int) -> str:
    """Label and number of rows of a class, as words."""
    n, label = int(batch.class_counts[code]), batch.get_label(code)
    return f"class {label!r} has {n} row{'s' * (n != 1)}"


def describe_outcome(n: int, small_class: str) -> str:
    """The treatment of a class of n rows, as words."""
    if small_class == "skip":
        return "was left as it is"
    if n == 1:
        return "was over-sampled with copies of it"
    return f"was over-sampled with {n - 1} neighbor{'s' * (n > 2)}"


def explain_small_classes(batch: Batch | ClassSizes, small: list[tuple[int, int]], k: int, name: str) -> str:
    """The error message for classes (size, code), smallest first."""
    n, code = small[0]
    described = describe_class(batch, code)
    lower = f"lower {name} to {n - 1} or less, or " if n > 1 else ""
    more = f" {len(small) - 1} more have too few." if len(small) > 1 else ""
    return (
        f"{described[0].upper()}{described[1:]}, and {name}={k} needs at least {k + 1} rows in a "
        f"class that is over-sampled: {lower}leave the class out with sampling_strategy, give small_class='shrink' (fewer "
        f"neighbors) or 'skip' (no new rows of it), or collect more rows of it.{more}"
    )
