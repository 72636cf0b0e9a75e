"""Types of the parameters of samplers, for editors and type checkers; `_parameter_constraints` checks the values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal, Protocol, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

Rows = TypeVar("Rows")
"""The container of X, which comes back."""
RowLabels = TypeVar("RowLabels")
"""The container of y, which comes back."""

Integer: TypeAlias = int | np.integer[Any]
SeedOrGenerator: TypeAlias = Integer | np.random.RandomState | np.random.Generator | None


class NeighborSearch(Protocol):
    """An object that finds neighbours, such as scikit-learn's or cuML's NearestNeighbors."""

    def kneighbors(self, *args: Any, **kwargs: Any) -> Any:
        """Return the nearest fitted rows of each query."""

    def kneighbors_graph(self, *args: Any, **kwargs: Any) -> Any:
        """Return the same as a sparse matrix."""


class ConvertibleToArray(Protocol):
    """An array, a series or an index."""

    def __array__(self, *args: Any, **kwargs: Any) -> npt.NDArray[Any]:
        """Return the values as a NumPy array."""


NeighborsOrSearch: TypeAlias = Integer | NeighborSearch

OverSamplingStrategy: TypeAlias = (
    float
    | Literal["auto", "minority", "not minority", "not majority", "all"]
    | Mapping[Any, Any]
    | Callable[[Any], Mapping[Any, Any]]
)
UnderSamplingStrategy: TypeAlias = (
    float
    | Literal["auto", "majority", "not minority", "not majority", "all"]
    | Mapping[Any, Any]
    | Callable[[Any], Mapping[Any, Any]]
)
CleaningStrategy: TypeAlias = (
    Literal["auto", "majority", "not minority", "not majority", "all"] | list[Any] | Callable[[Any], Iterable[Any]]
)
LinkCleaningStrategy: TypeAlias = CleaningStrategy | Literal["larger"]

SmallClassWord: TypeAlias = Literal["error", "shrink", "skip"]
RemoveWord: TypeAlias = Literal["majority", "both"]
CleanWord: TypeAlias = Literal["after", "before", "both"]
DefinitionWord: TypeAlias = Literal["nearest neighbours", "nearest enemies"]
KindWord: TypeAlias = Literal["borderline-1", "borderline-2"]
KindSelWord: TypeAlias = Literal["all", "mode"]
FillWord: TypeAlias = Literal["missing", "base"]
BackendWord: TypeAlias = Literal["auto", "faiss-cpu", "kdtree", "sklearn", "xp", "sparse", "cuda", "faiss-gpu"]
DeviceWord: TypeAlias = Literal["auto", "cpu", "cuda"] | str
"""A word, or "cuda:N" with the number of a GPU."""

ColumnNames: TypeAlias = list[Any] | tuple[Any, ...]
CategoricalFeatures: TypeAlias = Literal["auto"] | ColumnNames | ConvertibleToArray
Scale: TypeAlias = Literal["standard", "robust"] | Sequence[float] | ConvertibleToArray
