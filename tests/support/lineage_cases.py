"""Oversampled tables whose Tomek links are found through lineage bounds, and the links of the definition."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np
from support import datasets, oracle

from gpu_smotetomek import SMOTE, SMOTETomek, TomekLinks

SIZES = {  # rows of each class, and rows that classes are to have
    "two classes": ((60, 15), {1: 120}),
    "three": ((60, 25, 10), {1: 60, 2: 60}),
    "beyond": ((50, 20, 9), {0: 60, 1: 70, 2: 99}),
}
KINDS = [
    datasets.gaussian,
    datasets.lattice,
    datasets.duplicated,
    datasets.lognormal,
    datasets.far_clusters,
    datasets.one_far_row,
    datasets.offset,
    datasets.tiny,
]


def coarse(random: np.random.RandomState, y: np.ndarray, d: int) -> np.ndarray:
    """Float32 rows that differ in their last few digits only."""
    return (datasets.gaussian(random, y, d) * 0.01 + 1e3).astype("f4")


class Case(NamedTuple):
    name: str
    X: np.ndarray
    y: np.ndarray
    sampling_strategy: dict[int, int]


def make_cases(
    seeds: Iterable[int], kinds: Iterable[Callable] = tuple(KINDS), sizes: Iterable[str] = tuple(SIZES)
) -> Iterator[Case]:
    """Tables of each kind and size, in float64 and, where it holds the values, in float32."""
    for seed in seeds:
        for kind in kinds:
            for name in sizes:
                counts, sampling_strategy = SIZES[name]
                random = np.random.RandomState(seed)
                y = datasets.labels(*counts)
                X = kind(random, y, int(random.choice([1, 2, 3, 8])))
                fits = 1e-30 < np.abs(X).max() < 1e30
                for values in (X, X.astype(np.float32)) if fits else (X,):
                    yield Case(f"{kind.__name__} {name} {values.dtype} {seed}", values, y, sampling_strategy)


def links_and_oracle(case: Case, backend: Any, k: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """The links that SMOTETomek finds, and those of the definition among the same rows."""
    smote = SMOTE(sampling_strategy=case.sampling_strategy, random_state=0, k_neighbors=k)
    with np.errstate(all="ignore"):
        sampler = SMOTETomek(smote=smote, tomek=TomekLinks(), backend=backend)
        sampler.fit_resample(case.X, case.y)
        X_over, y_over = sampler.smote_.fit_resample(case.X, case.y)
        return sampler.tomek_.links_, oracle.tomek_links(X_over, y_over, oracle.exponent(case.X))
