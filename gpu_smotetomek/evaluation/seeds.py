"""Seeds, and the results of a sampler for each of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from numbers import Integral
from typing import Any

from sklearn.base import clone

from gpu_smotetomek.progress import begin_step
from gpu_smotetomek.resampling import Provenance
from gpu_smotetomek.samplers.base import Sampler
from gpu_smotetomek.samplers.prepared import LARGEST_SEED

PREPARE_FROM_SEEDS = 8  # preparing a table takes as long as a few calls
PREPARE = "prepare"
PREPARE_SHARE = 10.0  # of preparing a table, in units of one seed


def check_seeds(seeds: Any) -> tuple[int, ...]:
    """The seeds as a tuple: 0 to n − 1 for a number n, else those that are given.

    Raises
    ------
    ValueError
        If there is no seed, one is negative, or one is given twice.
    TypeError
        If `seeds` is neither a number nor a sequence of whole numbers.

    Examples
    --------
    >>> check_seeds(3), check_seeds([7, 1])
    ((0, 1, 2), (7, 1))
    """
    if isinstance(seeds, Integral) and not isinstance(seeds, bool):
        if seeds < 1:
            raise ValueError(f"seeds={seeds!r} is no number of seeds; give at least 1, or a list of seeds")
        return tuple(range(int(seeds)))
    if isinstance(seeds, bool | str | bytes) or not isinstance(seeds, Iterable):
        raise TypeError(f"seeds is a number of seeds or a list of whole numbers; got {seeds!r}")
    given = list(seeds)
    if wrong := [seed for seed in given if isinstance(seed, bool) or not isinstance(seed, Integral)]:
        raise TypeError(f"each seed is a whole number; got {wrong[0]!r}")
    if not given:
        raise ValueError("seeds is empty; give at least one seed, or their number")
    if min(given) < 0:
        raise ValueError(f"seed {min(given)} is negative; give whole numbers from 0")
    if len(set(given)) < len(given):
        raise ValueError(f"seeds={given!r} holds a seed twice, and equal seeds give equal results; give each once")
    return tuple(int(seed) for seed in given)


def set_seed(sampler: Sampler, seed: int) -> Sampler:
    """A copy of a sampler in which each `random_state`, those of its steps included, is `seed`."""
    copy: Sampler = clone(sampler)
    names = [name for name in copy.get_params() if name.rpartition("__")[2] == "random_state"]
    return copy.set_params(**dict.fromkeys(names, seed))  # type: ignore[no-any-return]


def prepares_table(seeds: Sequence[int]) -> bool:
    """Whether preparing a table pays for these seeds."""
    return len(seeds) >= PREPARE_FROM_SEEDS and max(seeds) <= LARGEST_SEED


def name_part(seed: int) -> str:
    """Name of the part of the progress that resamples with a seed."""
    return f"seed {seed}"


def list_parts(seeds: Sequence[int]) -> list[tuple[str, float]]:
    """Names of the parts of `resample_with_seeds`, with their shares of its time."""
    parts = [(name_part(seed), 1.0) for seed in seeds]
    return [(PREPARE, PREPARE_SHARE), *parts] if prepares_table(seeds) else parts


def resample_with_seeds(
    sampler: Sampler, X: Any, y: Any, seeds: Sequence[int]
) -> Iterator[tuple[Any, Any, Provenance]]:
    """Rows, labels and provenance of `fit_resample` for each seed; the table is prepared once for many seeds."""
    if prepares_table(seeds):
        begin_step(PREPARE)
        prepared = sampler.prepare(X, y)
        for seed in seeds:
            begin_step(name_part(seed))
            yield prepared.resample_with_provenance(seed)
        return
    for seed in seeds:
        begin_step(name_part(seed))
        fitted = set_seed(sampler, seed)
        rows, labels = fitted.fit_resample(X, y)
        yield rows, labels, fitted.provenance_
