"""The right answers: brute force in float64, written for reading. It imports nothing of the package that it tests.

Distances are compared by the bits that the package documents: the rows are scaled by a power of two taken from the
input, differences are direct, features are added in order, and nothing is fused. A tie is an equality of those bits.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

# ---- equality -------------------------------------------------------------------------------------------------------


def assert_same(result: tuple, expected: tuple) -> None:
    """Assert that two (X, y) agree in shapes, dtypes and every bit of every value."""
    for actual, desired in zip(result, expected, strict=True):
        assert actual.shape == desired.shape
        assert actual.dtype == desired.dtype
        np.testing.assert_array_equal(actual, desired)
        if desired.dtype.kind == "f":
            np.testing.assert_array_equal(np.signbit(actual), np.signbit(desired))


# ---- distances ------------------------------------------------------------------------------------------------------


def exponent(X: np.ndarray) -> int:
    """The exponent e such that 2**e brings the largest half range of a feature to between 2**499 and 2**500; 0 if that is 0."""
    X = X.astype(np.float64)
    half_range = (X.max(axis=0) / 2 - X.min(axis=0) / 2).max()  # halves first: max - min may overflow
    return 500 - int(np.frexp(half_range)[1]) if half_range else 0


def scaled(X: np.ndarray, e: int) -> np.ndarray:
    """X times 2**e, as two factors: e may be 1530, and 2**1030 is no float64."""
    return np.ldexp(np.ldexp(X.astype(np.float64), e // 2), e - e // 2)


def squares(A: np.ndarray, B: np.ndarray) -> np.ndarray:
    """Squared distances along the last axis, that of the features: one multiplication and one addition each, in order."""
    total = np.zeros(np.broadcast_shapes(A.shape[:-1], B.shape[:-1]))
    for feature in range(A.shape[-1]):
        difference = A[..., feature] - B[..., feature]
        total = total + difference * difference
    return total


def sq_distance_matrix(X: np.ndarray, e: int | None = None) -> np.ndarray:
    """(n, n) squared distances in scaled units, infinite from a row to itself."""
    Z = scaled(X, exponent(X) if e is None else e)
    D = squares(Z[:, None], Z[None])
    np.fill_diagonal(D, np.inf)
    return D


def kneighbors(X: np.ndarray, k: int, e: int | None = None) -> np.ndarray:
    """(n, k) row numbers of the k nearest other rows, by (distance, row number)."""
    return np.argsort(sq_distance_matrix(X, e), axis=1, kind="stable")[:, :k]


# ---- Tomek links ----------------------------------------------------------------------------------------------------


def tomek_links(X: np.ndarray, y: np.ndarray, e: int | None = None) -> np.ndarray:
    """(n_links, 2) pairs i < j, ascending: rows of two classes, with every third row farther from either of them."""
    D = sq_distance_matrix(X, e)
    links = []
    for i in range(len(X)):
        j = int(D[i].argmin())
        mutual = i < j and D[j].argmin() == i
        alone = (D[i] == D[i, j]).sum() == 1 and (D[j] == D[i, j]).sum() == 1
        if mutual and alone and y[i] != y[j]:
            links.append((i, j))
    return np.array(links, dtype=np.int64).reshape(-1, 2)


# ---- edited nearest neighbours --------------------------------------------------------------------------------------


def disagreeing_rows(X: np.ndarray, y: np.ndarray, k: int, rule: str, e: int | None = None) -> np.ndarray:
    """Rows whose k nearest rows are not all of their class ('all'), or of which it is not the mode ('mode'), ascending.

    Of rows as near as the k-th one, every choice is tried; one that lets the row disagree suffices.
    """
    return find_disagreeing(sq_distance_matrix(X, e), y, k, rule)


def find_disagreeing(D: np.ndarray, y: np.ndarray, k: int, rule: str) -> np.ndarray:
    """The same for squared distances (n, n), infinite from a row to itself."""
    return np.array([i for i in range(len(D)) if disagrees(D[i], y, i, k, rule)], np.int64)


def disagrees(distances: np.ndarray, y: np.ndarray, i: int, k: int, rule: str) -> bool:
    kth = np.sort(distances)[k - 1]
    nearer, tied = Counter(y[distances < kth].tolist()), Counter(y[distances == kth].tolist())
    for choice in choices(list(tied.items()), k - nearer.total()):
        votes = nearer + Counter(choice)
        winner = min(votes, key=lambda label: (-votes[label], label))
        if winner != y[i] or (rule == "all" and len(votes) > 1):
            return True
    return False


def choices(tied: list[tuple[Any, int]], places: int) -> Iterator[dict[Any, int]]:
    """Every way to fill the places with labels, each as often as it is there at most."""
    if not tied:
        if not places:
            yield {}
        return
    (label, available), *others = tied
    for taken in range(min(available, places) + 1):
        for rest in choices(others, places - taken):
            yield {label: taken, **rest}


def counts(y: np.ndarray) -> dict[Any, int]:
    """Rows of each class, in sorted order of the labels."""
    return dict(zip(*np.unique(y, return_counts=True), strict=True))


def kept_by_class(y: np.ndarray, links: np.ndarray, classes: Any) -> np.ndarray:
    """Row numbers left when the ends of links that belong to `classes` are dropped."""
    ends = links.ravel()
    dropped = [end for end in ends if y[end] in classes]
    return np.setdiff1d(np.arange(len(y)), dropped)


def kept_larger(y: np.ndarray, links: np.ndarray, sizes: Mapping[Any, int]) -> np.ndarray:
    """Row numbers left when, of each link, the end of the class larger by `sizes` is dropped; both ends if equal."""
    dropped = []
    for i, j in links:
        dropped += [i] if sizes[y[i]] >= sizes[y[j]] else []
        dropped += [j] if sizes[y[j]] >= sizes[y[i]] else []
    return np.setdiff1d(np.arange(len(y)), dropped)


# ---- SMOTE ----------------------------------------------------------------------------------------------------------


def balanced(y: np.ndarray) -> dict[Any, int]:
    """New rows of each class for sampling_strategy="auto"."""
    return {label: max(counts(y).values()) - size for label, size in counts(y).items()}


def draw(random_state: Any, size: int, pairs: int) -> tuple[np.ndarray, np.ndarray]:
    """Pair of base and neighbour, and gap, of each synthetic row; an int makes a new source at each call."""
    if isinstance(random_state, np.random.Generator):
        return random_state.integers(0, pairs, size), random_state.random(size)
    rng = random_state if isinstance(random_state, np.random.RandomState) else np.random.RandomState(random_state)
    return rng.randint(0, pairs, size), rng.uniform(size=size)


def interpolate(p: np.ndarray, q: np.ndarray, gap: np.ndarray) -> np.ndarray:
    """The row at `gap` of the way from p to q, rounded once to their dtype."""
    if p.dtype.kind == "f":  # the difference in the dtype, product and sum in float64 (or longdouble)
        return (p + gap[:, None] * (q - p)).astype(p.dtype)
    base, other = p.astype(np.float64), q.astype(np.float64)
    return np.rint(base + gap[:, None] * (other - base)).astype(p.dtype)


def round_columns(S: np.ndarray, columns: tuple[np.dtype, ...] | None) -> np.ndarray:
    """S with each column rounded to the dtype in which its frame stores it."""
    if columns is None:
        return S
    stored = [np.rint(c).astype(t) if t.kind in "biu" else c.astype(t) for c, t in zip(S.T, columns, strict=True)]
    return np.column_stack([column.astype(S.dtype) for column in stored])


def smote(
    X: np.ndarray,
    y: np.ndarray,
    *,
    n_synthetic: Mapping[Any, int] | None = None,
    k: int = 5,
    random_state: Any = 0,
    columns: tuple[np.dtype, ...] | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """X and y, then a block of synthetic rows for each class, in sorted order; `columns`: dtypes of a mixed frame."""
    e = exponent(X)
    blocks, labels = [X], [y]
    for label, size in sorted((balanced(y) if n_synthetic is None else n_synthetic).items()):
        if size == 0:
            continue
        P = X[y == label]
        neighbors = kneighbors(P, k, e)
        pick, gap = draw(random_state, size, neighbors.size)
        base, rank = pick // k, pick % k
        blocks.append(round_columns(interpolate(P[base], P[neighbors[base, rank]], gap), columns))
        labels.append(np.full(size, label, dtype=y.dtype))
    return np.concatenate(blocks), np.concatenate(labels)


def smote_tomek(X: np.ndarray, y: np.ndarray, *, remove: str = "majority", **smote_options: Any) -> tuple:
    """SMOTE, then the links of what results, cleaned by the class sizes that SMOTE received."""
    X_over, y_over = smote(X, y, **smote_options)
    links = tomek_links(X_over, y_over, exponent(X))
    equal_sizes = dict.fromkeys(counts(y), 0)
    kept = kept_larger(y_over, links, counts(y) if remove == "majority" else equal_sizes)
    return X_over[kept], y_over[kept]


def off_segment(s: np.ndarray, P: np.ndarray, Q: np.ndarray) -> np.ndarray:
    """How much farther s is from each segment P[i] Q[i] than rounding explains; at most 0 where s is on the segment.

    The widest feature of a segment gives the gap of s, and every other feature must agree. Rounding explains half a unit in the
    last place of the stored row and of the difference; half of 1 for integers.
    """
    stored = s.dtype if s.dtype.kind == "f" else None
    s, P, Q = (A.astype(np.float64) for A in (s, P, Q))
    span = Q - P
    ulp = 1.0 if stored is None else np.spacing(np.abs(s).astype(stored)) + np.spacing(np.abs(span).astype(stored))
    slack = 0.5 * ulp + 2.0**-52 * (np.abs(s) + np.abs(span))
    rows, widest = np.arange(len(P)), np.abs(span).argmax(axis=1)
    full = span[rows, widest]
    gap = np.clip((s - P)[rows, widest] / np.where(full == 0, 1, full), 0, 1)
    off = np.abs(s - (P + gap[:, None] * span)) - slack - slack[rows, widest][:, None]
    return off.max(axis=1)
