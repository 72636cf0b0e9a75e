"""Merges are associative: any grouping of consecutive values gives the same."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gpu_smotetomek.blocks.enemies import NearestEnemies, least, merge_nearest
from gpu_smotetomek.blocks.families import HeldBounds, merge_held_bounds
from gpu_smotetomek.blocks.held_rows import FirstLook, merge_looks

pair = st.tuples(st.integers(0, 4), st.integers(0, 30), st.integers(0, 3))
groups = st.lists(st.lists(st.integers(0, 3), max_size=3), min_size=1, max_size=4)


def nearest_from(pairs):
    i, j, sq = (np.array(column) for column in zip(*pairs, strict=True)) if pairs else (np.empty(0, int),) * 3
    return NearestEnemies.from_pairs(i, j, sq.astype(float))


def two_smallest(pairs):
    """For each i: the nearest j by (distance, number), its distance and the second distance."""
    found = {}
    for i, j, sq in sorted(pairs, key=lambda entry: (entry[0], entry[2], entry[1])):
        found.setdefault(i, []).append((sq, j))
    return {i: (own[0][1], own[0][0], own[1][0] if len(own) > 1 else np.inf) for i, own in found.items()}


@given(st.lists(st.lists(pair, max_size=6), min_size=1, max_size=5), st.integers(1, 4))
def test_the_nearest_two_of_all_sources(sources, first):
    pairs = [(i, 100 * number + j, sq) for number, source in enumerate(sources) for i, j, sq in source]
    pairs = list(dict.fromkeys(pairs))
    by_source = [nearest_from([p for p in pairs if p[1] // 100 == number]) for number in range(len(sources))]
    left, right = by_source[:first], by_source[first:]
    merged = merge_nearest([merge_nearest(left), *([merge_nearest(right)] if right else [])])
    expected = two_smallest(pairs)
    assert merged.i.tolist() == sorted(expected)
    assert [tuple(values) for values in zip(*(column.tolist() for column in merged[1:]), strict=True)] == [
        expected[i] for i in sorted(expected)
    ]


def look(numbers):
    values = np.array(numbers, float)[:, None]
    high, low = (values.max(axis=0), values.min(axis=0)) if len(values) else (np.full(1, -np.inf), np.full(1, np.inf))
    return FirstLook(high, low, np.array(numbers, int), np.array(numbers, int), values, values)


@given(groups, st.integers(1, 3))
def test_looks_and_bounds(parts, first):
    looks = [look(part) for part in parts]
    grouped = merge_looks([merge_looks(looks[:first]), *looks[first:]])
    whole = merge_looks(looks)
    for name in vars(whole):
        assert (getattr(grouped, name) == getattr(whole, name)).all()
    assert whole.numbers.tolist() == [number for part in parts for number in part]
    bounds = [
        HeldBounds(*(np.array([float(number)]) for number in (len(part), len(part))), *(np.array([bool(part)]),) * 2)
        for part in parts
    ]
    merged = merge_held_bounds([merge_held_bounds(bounds[:first]), *bounds[first:]])
    sizes = [len(part) for part in parts]
    assert (merged.own_class[0], merged.child_search_radius[0]) == (min(sizes), max(sizes))
    assert merged.has_children[0] == merged.has_copy[0] == any(parts)
    assert least([np.array([2.0, 5.0]), np.array([3.0, 1.0])]).tolist() == [2.0, 1.0]
