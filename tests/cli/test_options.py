"""Options that are parsed: sizes and strategies."""

import re

import pytest
from support.optional import optional

typer = optional("typer")
optional("polars"), optional("rich")

from gpu_smotetomek.cli import options  # noqa: E402


@pytest.mark.parametrize(
    ("text", "size"),
    [("2000000B", 2 * 10**6), ("500MB", 5 * 10**8), ("2GB", 2 * 10**9), ("1.5 mib", 1572864), ("1MiB", 2**20)],
)
def test_sizes(text, size):
    assert options.parse_size(text) == size


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("10", "'10' is not a size; give a number with a unit, such as 500MB or 2GB"),
        ("1000000", "'1000000' is not a size"),
        ("10B", "'10B' is too small; give 1MiB or more"),
        ("1048575B", "is too small"),
        ("9" * 15 + "TiB", "is too large"),
        ("9" * 400, f"'{'9' * 60}...' is not a size"),
        ("nanGB", "'nanGB' is not a size"),
    ],
)
def test_no_sizes(text, message):
    with pytest.raises(typer.BadParameter, match=re.escape(message)):
        options.parse_size(text)


def test_strategies():
    assert options.parse_strategy("a=b=7,1=3", ["a=b", 1]) == {"a=b": 7, 1: 3}
    assert options.parse_strategy("nan", [0, 1]) == "nan"
