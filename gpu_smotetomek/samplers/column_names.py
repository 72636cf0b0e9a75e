"""The names of the columns that a sampler computes with."""

from __future__ import annotations

from typing import Any


def find_column_names(sampler: Any, n_features: int) -> list[str] | None:
    """Names of the features, numeric ones first, as in the matrix of a call; None where X had no names."""
    names = getattr(sampler, "feature_names_in_", None)
    if names is None:
        return None
    travelling = set(getattr(sampler, "passthrough", None) or ())
    categorical = set(getattr(sampler, "categorical_features_", ()))
    numeric = [name for j, name in enumerate(names) if j not in categorical and name not in travelling]
    every = numeric + [str(names[j]) for j in sorted(categorical)]
    return list(map(str, every)) if len(every) == n_features else None


def name_columns(sampler: Any, n_features: int) -> list[str]:
    """The columns of the matrix of a call in words: the names in quotes, or else the numbers in the caller's order."""
    names = find_column_names(sampler, n_features)
    if names is not None:
        return list(map(repr, names))
    numbers: list[Any] = [*getattr(sampler, "continuous_features_", ()), *getattr(sampler, "categorical_features_", ())]
    return [f"feature {j}" for j in (numbers if len(numbers) == n_features else range(n_features))]
