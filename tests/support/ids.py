"""Ids of parametrized tests that are the same in every process, as distributed runs need them."""

from typing import Any


def stable_id(value: Any) -> str:
    """The name of a function or class, else the text of the value."""
    return getattr(value, "__name__", None) or str(value)
