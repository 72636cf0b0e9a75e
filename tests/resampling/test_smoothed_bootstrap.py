"""Noise of the smoothed bootstrap: its size, and rows far outside the range of the input."""

import numpy as np
import pytest
from support import datasets, oracle

from gpu_smotetomek import RandomOverSampler, RandomUnderSampler, ResamplingPipeline, TomekLinks
from gpu_smotetomek.resampling.smoothed_bootstrap import clip_to_dtype

Y = datasets.labels(300, 40)


def test_the_size_of_the_noise():
    """Standard deviation of the class times shrinkage times (4 / ((d + 2) n))^(1 / (d + 4)), in each feature."""
    X = datasets.gaussian(np.random.RandomState(0), Y, 2) * [1, 50]
    sampler = RandomOverSampler(sampling_strategy={1: 20040}, shrinkage=0.5, random_state=0)
    out, _ = sampler.fit_resample(X, Y)
    noise = out[340:] - X[sampler.sample_indices_[340:]]
    expected = 0.5 * (4 / (4 * 340)) ** (1 / 6) * X[300:].std(axis=0)
    np.testing.assert_allclose(noise.std(axis=0), expected, rtol=0.03)
    np.testing.assert_allclose(noise.mean(axis=0) / expected, 0, atol=0.03)


@pytest.mark.parametrize("shrinkage", [1e3, 1e9, 1e150])
def test_links_of_rows_far_outside_the_range_of_the_input(shrinkage):
    """In the scale of the input, the squares of such distances would overflow."""
    X = datasets.gaussian(np.random.RandomState(0), Y, 2)
    noise = RandomOverSampler(shrinkage=shrinkage, random_state=1)
    chained = ResamplingPipeline([("o", noise), ("t", TomekLinks(sampling_strategy="all"))])
    chained.fit_resample(X, Y)
    out, y = noise.fit_resample(X, Y)
    links = oracle.tomek_links(out, y)
    assert len(links)
    np.testing.assert_array_equal(chained.named_steps_["t"].links_, links)
    shrunk = ResamplingPipeline([("o", noise), ("u", RandomUnderSampler(random_state=0)), ("t", TomekLinks())])
    alone = TomekLinks()
    alone.fit_resample(*RandomUnderSampler(random_state=0).fit_resample(out, y))
    shrunk.fit_resample(X, Y)
    np.testing.assert_array_equal(shrunk.named_steps_["t"].links_, alone.links_)


@pytest.mark.parametrize("dtype", ["i1", "u2", "i8", "u8", "?"])
def test_values_are_clipped_to_what_the_dtype_holds(dtype):
    dtype = np.dtype(dtype)
    values = clip_to_dtype(np.array([-np.inf, -1e30, 0.25, 1e30, np.inf]), dtype)
    cast = np.rint(values).astype(dtype)
    least, largest = (False, True) if dtype.kind == "b" else (np.iinfo(dtype).min, np.iinfo(dtype).max)
    assert cast[:2].tolist() == [least] * 2
    assert cast[2] == 0
    assert all(int(largest) - 2**11 <= int(value) <= int(largest) for value in cast[3:])
