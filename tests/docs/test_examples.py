"""The examples of training run as they stand, here on the CPU, and resampling does what they show."""

import re

import pytest
from support.optional import optional


@pytest.mark.parametrize("name", ["pytorch", "linear_model"])
def test_resampling_finds_more_of_the_rare_class(name, capsys):
    if name == "pytorch":
        optional("torch")
    optional(f"benchmarks.examples.{name}").main()
    text = capsys.readouterr().out
    before, after = (float(found) for found in re.findall(r"recall (0\.\d\d)", text))
    assert 0.3 < before < after - 0.2
    assert re.search(r"1650 rows become 29\d\d, .*; searched on '(cpu|cuda)'", text)


def test_without_cupy_the_example_says_that_it_runs_in_numpy(fresh_python):
    code = "import sys; sys.modules['cupy'] = None; import benchmarks.examples.linear_model as m; print(m.xp.__name__)"
    told, library = fresh_python(code).splitlines()
    assert told.startswith("NumPy on the CPU instead of CuPy: ")
    assert library == "numpy"
