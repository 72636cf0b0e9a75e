"""Tables that an algorithm over blocks may get wrong: ties across blocks, several classes, dtypes, scales, sources of draws."""

import hashlib
import itertools
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt


class BlockCase(NamedTuple):
    """A table with the parameters of a sampler; `seed` makes the random state of a call."""

    X: npt.NDArray[Any]
    y: npt.NDArray[Any]
    parameters: dict[str, Any] = {}
    seed: Callable[[], Any] = lambda: 0


def rare(rng: np.random.Generator, n: int, share: float) -> npt.NDArray[np.int64]:
    return (rng.random(n) < share).astype(np.int64)


def shifted(rng: np.random.Generator, y: npt.NDArray[np.int64], d: int, shift: float = 0.5) -> npt.NDArray[np.float64]:
    return rng.normal(size=(len(y), d)) + shift * y[:, None]


def correlated(n: int, d: int, share: float, seed: int) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    rng = np.random.default_rng(seed)
    y = rare(rng, n, share)
    return shifted(rng, y, 4, 0.4) @ rng.normal(size=(4, d)) + 0.1 * rng.normal(size=(n, d)), y


def several(n: int, d: int, shares: list[float], seed: int) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    rng = np.random.default_rng(seed)
    y = rng.choice(len(shares), p=shares, size=n)
    return shifted(rng, y, d, 0.3), y


def blobs() -> BlockCase:
    rng = np.random.default_rng(0)
    y = rare(rng, 6000, 0.06)
    return BlockCase(shifted(rng, y, 20), y)


def bent_surface() -> BlockCase:
    rng = np.random.default_rng(1)
    y, u = rare(rng, 6000, 0.05), rng.uniform(-1, 1, (6000, 3))
    return BlockCase(np.sin(u @ rng.normal(size=(3, 20)) * 2) + 0.02 * y[:, None], y)


def plane() -> BlockCase:
    rng = np.random.default_rng(2)
    y = rare(rng, 5000, 0.08)
    return BlockCase(shifted(rng, y, 2, 0.7), y)


def duplicates() -> BlockCase:
    rng = np.random.default_rng(3)
    y = rare(rng, 4000, 0.1)
    X = shifted(rng, y, 3)
    X[rng.choice(4000, 1300, replace=False)] = X[rng.integers(0, 4000, 1300)]
    return BlockCase(X, y)


def lattice() -> BlockCase:
    rng = np.random.default_rng(4)
    y = rare(rng, 3000, 0.15)
    X = rng.integers(0, 40, (3000, 4)).astype(np.int16) + 2 * y[:, None].astype(np.int16)
    return BlockCase(X, y, {"remove": "both"})


def mirrors() -> BlockCase:
    """Each rare row has two enemies that are as far, one among the first rows and one among the last; some a nearer one."""
    rng, n = np.random.default_rng(5), 300
    centres = 1024.0 * rng.permutation(2000)[:n][:, None] + 1024.0 * rng.integers(0, 2000, (n, 3))
    offsets = rng.integers(1, 64, (n, 3)) / 64
    near = centres[::3] + offsets[::3] / 4
    far = rng.normal(size=(2000, 3)) * 5e5
    X = np.concatenate([centres + offsets, near, centres, far, centres - offsets])
    y = np.repeat([0, 0, 1, 0, 0], [n, len(near), n, 2000, n])
    return BlockCase(X, y, {"sampling_strategy": {1: 340}})


def three_classes() -> BlockCase:
    return BlockCase(*several(5000, 6, [0.6, 0.28, 0.12], 6))


def one_of_three_grows() -> BlockCase:
    return BlockCase(*several(4000, 5, [0.6, 0.3, 0.1], 7), {"sampling_strategy": {2: 1500}})


def four_equal_classes_and_a_small_one() -> BlockCase:
    return BlockCase(*several(3000, 4, [0.3, 0.3, 0.3, 0.1], 8))


def equal_classes() -> BlockCase:
    rng = np.random.default_rng(9)
    y = np.arange(1500) % 2
    return BlockCase(shifted(rng, y, 2, 0.3), y)


def the_largest_class_grows() -> BlockCase:
    return BlockCase(*several(2000, 4, [0.6, 0.3, 0.1], 10), {"sampling_strategy": {0: 1500, 2: 600}})


def float32_far_from_the_origin() -> BlockCase:
    X, y = correlated(4000, 12, 0.07, 11)
    return BlockCase((X + 1e4).astype(np.float32), y)


def float64_far_from_the_origin() -> BlockCase:
    X, y = correlated(3000, 12, 0.07, 12)
    return BlockCase(X + 1e7, y, {"remove": "both"})


def one_far_row() -> BlockCase:
    X, y = correlated(3000, 6, 0.1, 13)
    X[123] = 1e300
    return BlockCase(X, y)


def tiny_numbers() -> BlockCase:
    X, y = correlated(3000, 6, 0.1, 14)
    return BlockCase(X * 1e-310, y)


def sorted_by_class() -> BlockCase:
    X, y = correlated(4000, 8, 0.1, 15)
    order = np.argsort(y, kind="stable")
    return BlockCase(X[order], y[order], {"k_neighbors": 3})


def text_labels() -> BlockCase:
    X, y = correlated(3000, 8, 0.1, 16)
    return BlockCase(X, np.array(["well", "sick"])[y], {"remove": "both", "sampling_strategy": 0.5})


def generator() -> BlockCase:
    X, y = several(3000, 5, [0.75, 0.17, 0.08], 17)
    return BlockCase(X, y, seed=lambda: np.random.default_rng(5))


def random_state_object() -> BlockCase:
    X, y = several(3000, 5, [0.75, 0.17, 0.08], 18)
    return BlockCase(X, y, seed=lambda: np.random.RandomState(5))


def booleans() -> BlockCase:
    rng = np.random.default_rng(19)
    y = rare(rng, 2000, 0.2)
    return BlockCase(rng.random((2000, 14)) < 0.3 + 0.3 * y[:, None], y)


def longdouble() -> BlockCase:
    X, y = correlated(2000, 4, 0.15, 20)
    return BlockCase(X.astype(np.longdouble), y)


def wide() -> BlockCase:
    rng = np.random.default_rng(21)
    y = rare(rng, 300, 0.2)
    return BlockCase(shifted(rng, y, 3000, 0.02), y)


CASES: dict[str, Callable[[], BlockCase]] = {
    function.__name__: function
    for function in (
        blobs,
        bent_surface,
        plane,
        duplicates,
        lattice,
        mirrors,
        three_classes,
        one_of_three_grows,
        four_equal_classes_and_a_small_one,
        equal_classes,
        the_largest_class_grows,
        float32_far_from_the_origin,
        float64_far_from_the_origin,
        one_far_row,
        tiny_numbers,
        sorted_by_class,
        text_labels,
        generator,
        random_state_object,
        booleans,
        longdouble,
        wide,
    )
}


def fingerprint(X: npt.NDArray[Any], y: npt.NDArray[Any]) -> str:
    """SHA-256 of rows and labels; longdouble has bytes that mean nothing."""
    rows = np.ascontiguousarray(X)
    rows = rows.view(np.uint8).reshape(-1, 16)[:, :10] if X.dtype == np.longdouble else rows
    total = hashlib.sha256(rows.tobytes())
    total.update(f"{X.dtype} {X.shape}".encode())
    total.update("\0".join(map(str, y.tolist())).encode())
    return total.hexdigest()


def cut_rows(n: int, sizes: list[int]) -> list[tuple[int, int]]:
    """Consecutive ranges of n rows with these sizes, again and again."""
    edges = [0]
    while edges[-1] < n:
        edges.append(min(n, edges[-1] + sizes[(len(edges) - 1) % len(sizes)]))
    return list(itertools.pairwise(edges))
