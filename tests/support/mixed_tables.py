"""Tables of numbers and categories, as frames of pandas."""

import numpy as np
from support.optional import optional

CATEGORICAL = ["sex", "job", "town", "member"]
NUMERIC = ["age", "hours"]


def make(sizes=(150, 40), seed=0, *, missing=False):
    """A frame with text, a categorical dtype, objects and booleans beside two numeric columns; and labels."""
    pd = optional("pandas")
    rng, n = np.random.default_rng(seed), sum(sizes)
    town = rng.choice(["Bonn", "Rome", "Oslo"], n).astype(object)
    if missing:
        town[rng.random(n) < 0.2] = None
    frame = pd.DataFrame(
        {
            "sex": rng.choice(["m", "f"], n),
            "age": rng.normal(40, 12, n),
            "job": pd.Categorical(rng.choice(["cook", "nurse", "clerk"], n), ["nurse", "clerk", "unused", "cook"]),
            "hours": rng.normal(38, 9, n),
            "town": town,
            "member": rng.random(n) < 0.4,
        }
    )
    return frame, rng.permutation(np.repeat([f"class {i}" for i in range(len(sizes))], sizes))


def split(frame):
    """The numbers, and the categories as objects, of a frame."""
    return frame[NUMERIC].to_numpy(), frame[CATEGORICAL].to_numpy(dtype=object)
