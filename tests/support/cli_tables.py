"""The table of two classes that the tests of the command line resample."""

import numpy as np
from support.optional import optional

pl = optional("polars")

RNG = np.random.default_rng(0)
X = np.r_[RNG.standard_normal((100, 3)), RNG.standard_normal((20, 3)) + 0.7]
LABELS = ["no"] * 100 + ["yes"] * 20
FRAME = pl.DataFrame({"a": X[:, 0], "class": LABELS, "b": X[:, 1].astype("f4"), "c": X[:, 2]})
