"""The plan of a call: what it costs on which backend and device."""

import numpy as np
import pytest
from support import array_libraries, datasets

from gpu_smotetomek import SMOTETomek

X, Y = datasets.blobs(20_000, 3)


def test_a_tensor_on_the_cpu_costs_what_the_same_array_costs():
    sampler = SMOTETomek(backend="xp", n_jobs=2)
    of_array, of_tensor = sampler.plan(X, Y), sampler.plan(array_libraries.torch(X), Y)
    assert of_tensor == of_array
    assert of_tensor.seconds > 0
    assert (of_tensor.device, of_tensor.device_bytes) == ("cpu", 0)


def test_seconds_are_those_of_the_backend_that_is_named():
    seconds = {name: SMOTETomek(backend=name, n_jobs=1).plan(X, Y).seconds for name in ("sklearn", "xp", "kdtree")}
    assert seconds["sklearn"] == seconds["xp"] > 2 * seconds["kdtree"]  # brute force, whatever scikit-learn could do
    assert seconds["kdtree"] > 0


@pytest.mark.parametrize("n_jobs", [1, 4])
def test_threads_share_the_seconds_of_the_search(n_jobs):
    one, several = (SMOTETomek(backend="xp", n_jobs=threads).plan(X, Y).seconds for threads in (1, n_jobs))
    assert one / n_jobs <= several <= one


def test_few_rows_with_very_many_features_count_their_products_and_no_coordinates():
    y = np.repeat([0, 1], [35, 15])
    narrow, wide = (SMOTETomek(n_jobs=1).plan(np.eye(50, d, dtype=np.float32), y) for d in (20_000, 200_000))
    assert wide.backend == narrow.backend == "direct"
    assert 0 < narrow.seconds * 6 < wide.seconds < narrow.seconds * 12  # each call has a fixed cost too
    assert wide.seconds > 70 * 70 * 200_000 * 2e-11
    limit = 2**24
    assert SMOTETomek(memory_limit=limit).plan(np.eye(50, 200_000), y).workspace_bytes <= limit + 100 * 70
