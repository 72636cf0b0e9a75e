"""The plan of a call over blocks: all that follows from the numbers of rows and labels, before a row is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from gpu_smotetomek.blocks.draws import SyntheticRange, cut_draws
from gpu_smotetomek.execution import DEFAULT_MEMORY_LIMIT, ExecutionContext
from gpu_smotetomek.neighbors import SearchSelector
from gpu_smotetomek.resampling import RemovalRule
from gpu_smotetomek.threadpools import count_threads
from gpu_smotetomek.typing import Array, Integers, Labels

BYTES_PER_LINEAGE_ROW = 64  # of a synthetic row in its part: number, parents, gap, distance, bound and position
SMALLEST_RANGE, LARGEST_RANGE = 2**12, 2**20  # rows of a range of synthetic rows


class Block(NamedTuple):
    """Consecutive rows of the input.

    Attributes
    ----------
    X : array (n_rows, d)
    codes : int array (n_rows,)
        Class of each row, as a position among the classes.
    start : int
        Number of the first row.
    """

    X: Array
    codes: Integers
    start: int


def encode_labels(labels: Labels, classes: Labels, start: int) -> Integers:
    """The class (n_rows,) of each label of the block from row `start` on, as a position among the sorted classes.

    Raises
    ------
    RuntimeError
        If a label is none of the classes.

    Examples
    --------
    >>> encode_labels(np.array(["b", "a"]), np.array(["a", "b"]), 0)
    array([1, 0])
    """
    codes = np.searchsorted(classes, labels)
    if (codes == len(classes)).any() or (classes[codes] != labels).any():
        raise RuntimeError(
            f"the block from row {start} has labels that it did not have when they were counted: give a source that is the same "
            "each time it is read"
        )
    return codes.astype(np.int64, copy=False)


@dataclass(frozen=True)
class BlockParameters:
    """Parameters of a sampler, resolved for the classes of an input.

    Attributes
    ----------
    n_synthetic : mapping
        From class code to the number of rows to add.
    k_neighbors : int
        Neighbours of a row that SMOTE draws from.
    random_state : int, RandomState or Generator
        Seed or source of the draws; the plan advances a source to where one machine leaves it.
    removal : RemovalRule or None
        Which ends of links are removed; None where links are not searched.
    backend, device, memory_limit, n_jobs
        As the parameters of the samplers; a device other than 'cpu' searches rows that stay on the host.
    """

    n_synthetic: Mapping[int, int]
    k_neighbors: int = 5
    random_state: Any = None
    removal: RemovalRule | None = None
    backend: str = "auto"
    device: str = "cpu"
    memory_limit: int | None = None
    n_jobs: int | None = None


@dataclass(frozen=True)
class BlockPlan:
    """Numbers of rows, classes and draws; small, and an argument of every stage.

    Attributes
    ----------
    n, d : int
        Rows of the input; features.
    dtype : NumPy dtype
        Of the rows.
    dtypes : tuple of dtypes, or None
        Dtypes of the columns, where they differ.
    classes : array (n_classes,)
        Labels, sorted.
    class_counts : int array (n_classes,)
        Rows of each class of the input.
    starts : int array (n_blocks + 1,)
        Number of the first row of each block, and n.
    blocked_class : int
        Code of the class whose rows stay in blocks. The rows of all other classes are held in memory.
    rank : int array (n_classes,)
        Order of the classes: each link is found from the earlier of its two classes. The class in blocks is the last one.
    n_synthetic : mapping
        From class code to the number of rows to add.
    k_neighbors : int
    ranges : tuple of SyntheticRange
        All synthetic rows, in the order of the result.
    parts : tuple of (int, int)
        Ranges of held rows; a part has the synthetic rows whose parent with the lower number is in its range.
    removal : RemovalRule or None
    backend, device : str
    memory_limit : int
    n_jobs : int or None
    """

    n: int
    d: int
    dtype: Any
    dtypes: tuple[Any, ...] | None
    classes: Labels
    class_counts: Integers
    starts: Integers
    blocked_class: int
    rank: Integers
    n_synthetic: Mapping[int, int]
    k_neighbors: int
    ranges: tuple[SyntheticRange, ...]
    parts: tuple[tuple[int, int], ...]
    removal: RemovalRule | None
    backend: str
    device: str
    memory_limit: int
    n_jobs: int | None

    @property
    def n_held(self) -> int:
        """Rows of all classes but that in blocks."""
        return self.n - int(self.class_counts[self.blocked_class])

    @property
    def n_new(self) -> int:
        """Synthetic rows of all classes."""
        return sum(part.n_rows for part in self.ranges)

    @property
    def last_rank(self) -> int:
        """Rank of the class in blocks."""
        return len(self.classes) - 1

    @cached_property
    def ctx(self) -> ExecutionContext:
        """A context of this process with the plan's backend, device and limits."""
        return ExecutionContext(
            memory_limit=self.memory_limit,
            n_threads=count_threads(self.n_jobs),
            backend=self.backend,
            device=self.device,
            out_of_core_device=None if self.device == "cpu" else self.device,
        )

    @property
    def selector(self) -> SearchSelector:
        """Makes searches of this process."""
        return SearchSelector(self.ctx)

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "ctx"}  # each process has its own threads


def plan_blocks(
    block_rows: Sequence[int],
    classes: Labels,
    class_counts: Integers,
    d: int,
    dtype: Any,
    dtypes: tuple[Any, ...] | None,
    parameters: BlockParameters,
) -> BlockPlan:
    """Plan a call over blocks.

    Parameters
    ----------
    block_rows : sequence of int
        Rows of each block.
    classes : array (n_classes,)
        Labels, sorted.
    class_counts : int array (n_classes,)
        Rows of each class.
    d : int
        Features.
    dtype : NumPy dtype
        Of the rows of all blocks.
    dtypes : tuple of dtypes, or None
        Dtypes of the columns, where they differ.
    parameters : BlockParameters

    Raises
    ------
    ValueError
        If every class is over-sampled, so that none can stay in blocks.
    """
    n_synthetic = {code: size for code, size in sorted(parameters.n_synthetic.items()) if size}
    blocked_class = choose_blocked_class(classes, class_counts, n_synthetic)
    limit = parameters.memory_limit or DEFAULT_MEMORY_LIMIT
    size = int(np.clip(limit // (64 * max(1, d)), SMALLEST_RANGE, LARGEST_RANGE))
    ranges = cut_draws(parameters.random_state, n_synthetic, class_counts, parameters.k_neighbors, size)
    n_held = int(class_counts.sum() - class_counts[blocked_class])
    n_new = sum(part.n_rows for part in ranges)
    return BlockPlan(
        n=int(sum(block_rows)),
        d=d,
        dtype=np.dtype(dtype),
        dtypes=dtypes,
        classes=classes,
        class_counts=class_counts,
        starts=np.cumsum([0, *block_rows]),
        blocked_class=blocked_class,
        rank=rank_blocked_last(class_counts, blocked_class),
        n_synthetic=n_synthetic,
        k_neighbors=parameters.k_neighbors,
        ranges=ranges,
        parts=cut_parents(n_held, -(-n_new * BYTES_PER_LINEAGE_ROW // limit)),
        removal=parameters.removal,
        backend=parameters.backend,
        device=parameters.device,
        memory_limit=limit,
        n_jobs=parameters.n_jobs,
    )


def choose_blocked_class(classes: Labels, class_counts: Integers, n_synthetic: Mapping[int, int]) -> int:
    """The largest class that is not over-sampled; of equals, the last one."""
    candidates = [code for code in range(len(classes)) if not n_synthetic.get(code)]
    if not candidates:
        raise ValueError(
            "every class is over-sampled, and the rows of one class must stay as they are: leave the largest class out of "
            "sampling_strategy"
        )
    return max(candidates, key=lambda code: (int(class_counts[code]), code))


def rank_blocked_last(class_counts: Integers, blocked_class: int) -> Integers:
    """Place (n_classes,) of each class in the order of the sizes; the class in blocks is the last one.

    Examples
    --------
    >>> import numpy as np
    >>> rank_blocked_last(np.array([9, 2, 5]), 0)
    array([2, 0, 1])
    """
    others = [code for code in np.argsort(class_counts, kind="stable") if code != blocked_class]
    rank = np.empty(len(class_counts), np.int64)
    rank[[*others, blocked_class]] = np.arange(len(class_counts))
    return rank


def cut_parents(n_held: int, n_parts: int) -> tuple[tuple[int, int], ...]:
    """Ranges of held rows that have about the same number of segments, by the parent with the lower number.

    The lower of two random numbers is below x with probability 1 − (1 − x)².

    Examples
    --------
    >>> cut_parents(100, 2)
    ((0, 29), (29, 100))
    """
    n_parts = max(1, n_parts)
    shares = 1 - np.sqrt(1 - np.arange(n_parts + 1) / n_parts)
    edges = np.round(shares * n_held).astype(np.int64).tolist()
    return tuple(pairwise(edges))
