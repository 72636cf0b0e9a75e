"""Thread counts, and limits on the thread pools of BLAS and OpenMP that end with the last call."""

import numpy as np
import pytest
from threadpoolctl import ThreadpoolController, threadpool_info

from gpu_smotetomek import SMOTETomek, threadpools
from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.threadpools import count_threads


def test_threads_are_joblibs_but_none_means_all():
    assert count_threads(None) == count_threads(-1) >= 1
    assert count_threads(1) == 1
    assert count_threads(3) == 3
    assert count_threads(-(10**6)) == 1
    with pytest.raises(ValueError, match="n_jobs == 0"):
        count_threads(0)


def blas_threads() -> set[int]:
    """Thread counts of the BLAS of NumPy and SciPy; FAISS brings its own."""
    return {
        pool["num_threads"]
        for pool in threadpool_info()
        if pool["user_api"] == "blas" and "faiss" not in pool["filepath"]
    }


def test_pools_are_limited_to_the_threads_and_restored():
    np.ones((2, 2)) @ np.ones((2, 2))
    before = blas_threads()
    with ExecutionContext(n_threads=1).limit_library_threads():
        assert blas_threads() == {1}
    assert blas_threads() == before
    with ExecutionContext(n_threads=count_threads(None)).limit_library_threads():
        assert blas_threads() == before
    with ExecutionContext(n_threads=2).single_threaded_blas():
        assert blas_threads() == {1}
    assert blas_threads() == before


def test_limits_of_overlapping_calls_are_lifted_after_the_last():
    """If each call restored what it found, the second would restore the limits of the first."""
    before = blas_threads()
    first, second = (
        ExecutionContext(n_threads=2).single_threaded_blas(),
        ExecutionContext(n_threads=1).limit_library_threads(),
    )
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert blas_threads() == {1}
    second.__exit__(None, None, None)
    assert blas_threads() == before


def test_pools_of_a_library_loaded_meanwhile_are_restored(monkeypatch):
    """A library that is loaded inside has pools that the first call did not see."""
    known, later = ThreadpoolController().select(user_api="openmp"), ThreadpoolController()
    before = blas_threads()
    outer, inner = (
        ExecutionContext(n_threads=1).limit_library_threads(),
        ExecutionContext(n_threads=2).single_threaded_blas(),
    )
    monkeypatch.setattr(threadpools, "_controller", lambda: known)
    outer.__enter__()
    monkeypatch.setattr(threadpools, "_controller", lambda: later)
    with inner:
        assert blas_threads() == {1}
    outer.__exit__(None, None, None)
    assert blas_threads() == before


def test_worker_threads_do_not_change_the_pools():
    """The caller has set the limits; a worker would lift them while other workers still compute."""
    before, ctx = blas_threads(), ExecutionContext(n_threads=2)

    def held(_):
        with ctx.single_threaded_blas(), ExecutionContext(n_threads=1).limit_library_threads():
            return blas_threads()

    assert ctx.map_blocks("held", held, [slice(i, i + 1) for i in range(6)]) == [before] * 6
    assert blas_threads() == before


def test_pools_are_as_before_after_a_call_on_several_threads(monkeypatch):
    monkeypatch.setattr(ExecutionContext, "rows_in_cache", lambda self, width: self.rows_per_block(width, 16))
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((2000, 6)), np.repeat([0, 1], [1800, 200])
    before = blas_threads()
    for _ in range(3):
        SMOTETomek(random_state=0, n_jobs=4).fit_resample(X, y)
    assert blas_threads() == before


def test_pools_are_restored_after_an_error():
    before = blas_threads()
    for hold in (
        ExecutionContext(n_threads=1).limit_library_threads,
        ExecutionContext(n_threads=2).single_threaded_blas,
    ):
        with pytest.raises(RuntimeError, match="stop"), hold():
            raise RuntimeError("stop")
        assert blas_threads() == before
