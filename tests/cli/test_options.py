"""Options that are parsed: sizes and strategies."""

import pytest
from support.optional import optional

optional("polars"), optional("typer"), optional("rich")

from gpu_smotetomek.cli import options  # noqa: E402


@pytest.mark.parametrize(
    ("text", "size"), [("1000", 1000), ("500MB", 5 * 10**8), ("2GB", 2 * 10**9), ("1.5 kib", 1536)]
)
def test_sizes(text, size):
    assert options.parse_size(text) == size


def test_strategies():
    assert options.parse_strategy("a=b=7,1=3", ["a=b", 1]) == {"a=b": 7, 1: 3}
    assert options.parse_strategy("nan", [0, 1]) == "nan"
