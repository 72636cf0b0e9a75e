"""A call whose held rows do not fit on a worker is refused before any search."""

import numpy as np
import pytest
from support.optional import optional

optional("dask")

import dask.array as da  # noqa: E402

from gpu_smotetomek.dask import SMOTETomek, resampling  # noqa: E402


def test_held_rows_that_do_not_fit_are_refused(monkeypatch):
    monkeypatch.setattr(resampling, "find_worker_memory", lambda: 1000)
    X, y = da.from_array(np.arange(300.0).reshape(100, 3), 20), da.from_array(np.arange(100) % 2, 20)
    with pytest.raises(MemoryError, match="of memory are free on the smallest worker"):
        SMOTETomek(random_state=0).fit_resample(X, y)
