"""The algorithms on arrays of other libraries and devices: the same answers, and no rows on the host in between."""

import datasets
import libraries
import numpy as np
import pytest

from gpu_smotetomek import arrays
from gpu_smotetomek.neighbors import Engine
from gpu_smotetomek.resampling import Batch, links, oversample, within_class
from gpu_smotetomek.work import Work

PLACES = [libraries.strict, libraries.strict_device1, libraries.torch]


def balanced_and_linked(X, y, backend):
    work = Work()
    engine = Engine(work, backend)
    batch = Batch.of(X, y, None, work)
    grown = oversample(
        batch, {1: 90}, lambda rows: within_class(batch, rows, 3, engine), lambda: np.random.RandomState(0), work
    )
    return grown.X, links(grown, engine)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("backend", ["auto", "xp"])
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("kind", [datasets.gaussian, datasets.duplicated, datasets.lattice])
def test_rows_stay_where_they_are(kind, place, backend, dtype, monkeypatch):
    y = datasets.labels(120, 30)
    X = kind(np.random.RandomState(0), y, 4).astype(dtype)
    rows, expected = balanced_and_linked(X, y, backend)
    assert len(expected) > 0

    copied, to_host = [], arrays.to_host

    def counted(values):
        if not isinstance(values, np.ndarray):
            copied.append(tuple(values.shape))
        return to_host(values)

    monkeypatch.setattr(arrays, "to_host", counted)
    there = place(X)
    rows_there, found = balanced_and_linked(there, y, backend)
    np.testing.assert_array_equal(found, expected)
    assert type(rows_there) is type(there)
    assert arrays.device_of(rows_there) == arrays.device_of(there)
    sample = min(512, len(X))
    allowed = {(4, 4), (4, sample)}  # the covariance of the features, and the sample that sets the frame of the search
    assert all(len(shape) < 2 or shape in allowed or shape[1] == 0 or shape[0] == 0 for shape in copied), copied
    monkeypatch.undo()
    np.testing.assert_array_equal(to_host(rows_there), rows)
