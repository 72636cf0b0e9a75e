"""The types of the parameters say what the checks of their values accept."""

import types
import typing
from typing import get_args, get_origin, get_type_hints

import pytest
from sklearn.utils._param_validation import StrOptions

from gpu_smotetomek import samplers
from gpu_smotetomek.neighbors import BACKENDS
from gpu_smotetomek.samplers import Sampler

CLASSES = [
    kind
    for kind in (getattr(samplers, name) for name in samplers.__all__)
    if isinstance(kind, type) and issubclass(kind, Sampler) and kind is not Sampler
]


def list_members(hint) -> list:
    """The members of a union, nested or not; a literal counts as itself."""
    if get_origin(hint) in (typing.Union, types.UnionType):
        return [member for part in get_args(hint) for member in list_members(part)]
    return [hint]


def list_words(hint) -> set[str]:
    return {word for member in list_members(hint) if get_origin(member) is typing.Literal for word in get_args(member)}


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_the_words_of_a_type_are_those_that_are_accepted(kind):
    hints, n_words = get_type_hints(kind.__init__), 0
    for name, constraints in kind._parameter_constraints.items():
        accepted = {word for rule in constraints if isinstance(rule, StrOptions) for word in rule.options}
        if name == "backend":
            accepted = {"auto", *BACKENDS}
        if name == "device":
            assert list_words(hints[name]) == {"auto", "cpu", "cuda"}
            continue
        assert list_words(hints[name]) == accepted, name
        n_words += len(accepted)
        if None in constraints:
            assert {type(None), typing.Any} & set(list_members(hints[name])), name
    assert n_words


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_fitted_attributes_have_types(kind):
    """Those that the docstring lists; properties have the type of what they return."""
    hints = {name for base in kind.__mro__ for name in vars(base).get("__annotations__", {})}
    section = kind.__doc__.partition("    Attributes\n    ----------\n")[2].partition("\n\n")[0]
    documented = [
        line.split(" :")[0].strip() for line in section.splitlines() if line.startswith("    ") and line[4] != " "
    ]
    assert {"sampling_strategy_", "report_"} <= set(documented)
    typed = {
        name
        for name in documented
        if name in hints or "return" in get_type_hints(getattr(getattr(kind, name, None), "fget", lambda: None))
    }
    assert set(documented) - typed == set()
