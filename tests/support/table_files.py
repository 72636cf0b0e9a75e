"""A table of every kind of column, and small files to read."""

import numpy as np
from support.optional import optional

pl = optional("polars")

from gpu_smotetomek.tables import Sheet  # noqa: E402

RNG = np.random.default_rng(0)
FLOATS = RNG.standard_normal(50) * 10.0 ** RNG.integers(-30, 30, 50)
FRAME = pl.DataFrame(
    {
        "a": pl.Series(FLOATS),
        "class": pl.Series(["'-1'", "'1'"] * 25),
        "b, c": pl.Series(FLOATS.astype("f4")),
        "n": pl.Series(range(50), dtype=pl.Int16),
        "flag": pl.Series([True, False] * 25),
    }
)


def make_sheet(frame, target):
    return Sheet(frame.drop(target), frame[target], frame.columns.index(target))


def write_text(tmp_path, content, name="t.csv"):
    path = tmp_path / name
    path.write_text(content)
    return path
