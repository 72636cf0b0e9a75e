"""Hints in errors about parameters and methods: the nearest word, names of old releases, samplers of imbalanced-learn."""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from gpu_smotetomek.errors import suggest
from gpu_smotetomek.samplers._sklearn import InvalidParameterError, StrOptions

RENAMED = {
    "ratio": "sampling_strategy has its meaning",
    "return_indices": "the attribute sample_indices_ has them after fit_resample",
    "k": "k_neighbors has its meaning",
    "m": "m_neighbors has its meaning",
    "kind": "BorderlineSMOTE and SVMSMOTE are classes of their own",
}
"""Parameters of imbalanced-learn before 0.6, and what is there instead."""
HIDDEN = {"fit_sample"}
"""Names that are there for their error message only."""


class ParameterHints:
    """Mixin that says in errors what may have been meant, and lists public names only to completion."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Let the constructor explain parameters that it does not have."""
        super().__init_subclass__(**kwargs)
        if "__init__" in vars(cls):
            cls.__init__ = _explain_unknown(cls, cls.__init__)  # type: ignore[method-assign]

    def __dir__(self) -> list[str]:
        names = super().__dir__()
        is_special = re.compile("__.*__").fullmatch
        return [name for name in names if name not in HIDDEN and (not name.startswith("_") or is_special(name))]

    def _validate_params(self) -> None:
        try:
            super()._validate_params()  # type: ignore[misc]
        except InvalidParameterError as error:
            hint = self._find_hint(str(error))
            if not hint:
                raise
            raise InvalidParameterError(f"{error} {hint}") from None

    def _find_hint(self, message: str) -> str:
        """Return a hint about the parameter that scikit-learn's message names first; empty where there is none."""
        name = message.split("'")[1]
        value = getattr(self, name)
        if isinstance(value, str):
            rules = self._parameter_constraints[name]  # type: ignore[attr-defined]
            words = [word for rule in rules if isinstance(rule, StrOptions) for word in sorted(rule.options)]
            hint = suggest(value, words)
            return hint[:1].upper() + hint[1:]
        return explain_imblearn(value)

    if not TYPE_CHECKING:  # for a checker, it is an unknown attribute

        @property
        def fit_sample(self):
            """The name of `fit_resample` in imbalanced-learn before 0.6; reading it raises an error that says so."""
            raise AttributeError(f"{type(self).__name__} has no fit_sample: fit_resample is its name")


def _explain_unknown(cls: type, init: Callable[..., None]) -> Callable[..., None]:
    """A constructor with the same signature, whose error about an unknown parameter names the nearest one."""

    @functools.wraps(init)
    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:  # noqa: N807
        try:
            init(self, *args, **kwargs)
        except TypeError as error:
            known = list(inspect.signature(init).parameters)[1:]
            unknown = next((name for name in kwargs if f"unexpected keyword argument '{name}'" in str(error)), None)
            if unknown is None:
                raise
            hint = RENAMED.get(unknown) or suggest(unknown, known) or f"it takes {', '.join(known)}"
            raise TypeError(f"{cls.__name__} has no parameter {unknown!r}: {hint}") from None

    return __init__


def explain_imblearn(value: Any) -> str:
    """Return which import gives the same sampler here, if a value is a sampler of imbalanced-learn; else an empty text."""
    kind = type(value)
    if kind.__module__.partition(".")[0] != "imblearn":
        return ""
    from gpu_smotetomek import samplers

    name = f"That is {kind.__name__} of imbalanced-learn, whose steps hand over no lineage"
    if kind.__name__ not in samplers.__all__:
        return f"{name}: run it before TomekLinks() or EditedNearestNeighbours() in imbalanced-learn's Pipeline."
    return f"{name}: give the one of this package with the same parameters, gpu_smotetomek.{value!r}."
