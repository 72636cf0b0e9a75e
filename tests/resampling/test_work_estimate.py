"""The plan of a call: what it costs on which backend and device."""

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
