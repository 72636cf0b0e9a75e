"""What a search takes, about: estimates that choose a backend, and are told before the work. They never decide an answer."""

from __future__ import annotations

import math

from gpu_smotetomek.neighbors.backends.kdtree import LEAF
from gpu_smotetomek.neighbors.scaled_rows import Space

# Seconds here were measured on an idle core of 2023; between processors it is their ratios that hold, and these decide.
SMALL = 1e6  # pairs times (features + LOOK) up to which all distances in float64 are taken before a search were set up
COPIED = 3  # times all rows' features that they may take in any case: laying rows out for a search takes as long
LOOK = 6  # features' worth of finding the least of float64 distances
FUSED = 32  # features that FAISS has a fused kernel for: it looks at each product in registers
SINGLE = 0.4  # of a list's seconds that a single nearest row takes by brute force
SINGLE_OF_TREE = 0.7  # and by a tree
LOADING = 0.05  # seconds that FAISS takes to load
WAKING = 0.01  # seconds that a search by FAISS must save, whose threads wait in their own way
DEVICE = 200  # cores that a device of today is about as fast as


def small(space: Space, n: int, n_queries: int) -> bool:
    """Whether all distances in float64 take less than to set up a search."""
    return n_queries * (space.d + LOOK) * float(n) <= max(SMALL, COPIED * space.d * float(n))


def seconds_of_distances(space: Space, n: int, n_queries: int) -> float:
    """About, on one core: all distances in float64."""
    return n_queries * n * (space.d + LOOK) * 1e-9


def seconds_of_brute_force(space: Space, n: int, n_queries: int) -> float:
    """About, on one core: products in float32 and several looks at each result."""
    return n_queries * n * (2.5 + 0.02 * space.frame.rank("float32", space.d)) * 1e-9


def seconds_of_one(space: Space, n: int, n_queries: int, *, tree: bool) -> float:
    """About, on one core: a single nearest row, by a tree that is there or by brute force."""
    if tree:
        return SINGLE_OF_TREE * seconds_of_queries(space, n, n_queries)
    return SINGLE * seconds_of_brute_force(space, n, n_queries)


def seconds_of_fused(space: Space, n: int, n_queries: int) -> float:
    """About, on one core: a single nearest row by FAISS's fused kernel; infinite where it has none."""
    rank = space.frame.rank("float32", space.d)
    return n_queries * n * 0.026e-9 * rank if rank <= FUSED else math.inf


def seconds_of_tree(space: Space, n: int, n_queries: int) -> float:
    """About, on one core: the tree is built on one."""
    level = (10 + 0.4 * space.frame.rank("float64", space.d)) * 1e-9
    return float(space.work.threads * n * math.log2(n) * level) + seconds_of_queries(space, n, n_queries)


def seconds_of_queries(space: Space, n: int, n_queries: int) -> float:
    """About, on one core: a query opens about 1.5 · 2**m leaves where rows fill m dimensions."""
    leaves = min(n / LEAF, 1.5 * 2.0 ** min(space.frame.dimension, 60))
    a_leaf = 0.15e-6 + LEAF * 0.5e-9 * space.frame.rank("float64", space.d)
    return float(n_queries * leaves * a_leaf)
