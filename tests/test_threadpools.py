"""Thread counts, and limits on the thread pools of BLAS and OpenMP that end with the last call."""

import multiprocessing
import os
import sys
import threading
import warnings
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from types import SimpleNamespace

import joblib
import numpy as np
import pytest
from threadpoolctl import ThreadpoolController, threadpool_info, threadpool_limits

from gpu_smotetomek import SMOTETomek, threadpools
from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.threadpools import count_threads, usable_cores


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
    with ThreadPoolExecutor(1) as executor:
        executor.submit(first.__enter__).result()
        second.__enter__()
        executor.submit(first.__exit__, None, None, None).result()
        assert blas_threads() == {1}
        second.__exit__(None, None, None)
    assert blas_threads() == before


def test_each_of_two_overlapping_threads_keeps_its_number_of_openmp_threads():
    """OpenMP has a number for each thread; the last call cannot restore that of another thread."""
    openmp_threads = threadpools._openmp_threads
    before, first_entered, second_entered, first_left = openmp_threads(), *(threading.Event() for _ in range(3))

    def run_first():
        with ExecutionContext(n_threads=1).limit_library_threads():
            first_entered.set()
            assert second_entered.wait(60)
            inside = openmp_threads()
        first_left.set()
        return inside, openmp_threads()

    def run_second():
        assert first_entered.wait(60)
        with ExecutionContext(n_threads=1).limit_library_threads():
            second_entered.set()
            assert first_left.wait(60)
            inside = openmp_threads()
        return inside, openmp_threads()

    with ThreadPoolExecutor(2) as executor:
        calls = [executor.submit(run) for run in (run_first, run_second)]
        assert [call.result() for call in calls] == [(1, before)] * 2


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


# ---- workers --------------------------------------------------------------------------------------------------------

CORES = count_threads(-1)


def count_in_worker() -> tuple[int, int, list[str]]:
    """Threads for None and for 3, and the warnings of counting them."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        return count_threads(None), count_threads(3), [str(warning.message) for warning in caught]


@pytest.mark.parametrize("backend", ["loky", "threading", "multiprocessing"])
def test_a_worker_of_joblib_has_one_thread_unless_more_are_given(backend):
    found = joblib.Parallel(2, backend=backend)(joblib.delayed(count_in_worker)() for _ in range(2))
    assert found == [(1, 3, [])] * 2


def test_a_single_job_of_joblib_stays_in_its_process_and_has_all_cores():
    assert joblib.Parallel(1)([joblib.delayed(count_threads)(None)]) == [CORES]


def test_a_daemon_and_a_worker_of_a_pool_have_one_thread_and_no_warning():
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        assert pool.apply(count_in_worker) == (1, 3, [])
    with ProcessPoolExecutor(1, mp_context=context) as executor:
        assert executor.submit(count_in_worker).result() == (1, 3, [])


def test_a_dask_worker_has_one_thread_though_joblib_counts_its_cluster(monkeypatch):
    def get_worker():
        if threading.current_thread() is threading.main_thread():
            raise ValueError("No worker found")

    monkeypatch.setitem(sys.modules, "distributed", SimpleNamespace(get_worker=get_worker))
    assert count_threads(None) == CORES
    with ThreadPoolExecutor(1) as executor, joblib.parallel_config(n_jobs=-1):
        assert executor.submit(count_in_worker).result() == (1, 3, [])


def test_joblibs_configuration_counts_for_none_only():
    with joblib.parallel_config(n_jobs=5):
        assert (count_threads(None), count_threads(2)) == (5, 2)
    with joblib.parallel_config(n_jobs=-1):
        assert count_threads(None) == CORES
    with joblib.parallel_config(backend="threading"):
        assert count_threads(None) == CORES


def test_limits_of_threadpoolctl_and_openmp_count_for_none_only(fresh_python):
    with threadpool_limits(1):
        assert (count_threads(None), count_threads(-1), count_threads(3)) == (1, CORES, 3)
    code = "from gpu_smotetomek.threadpools import count_threads; print(count_threads(None), count_threads(3))"
    assert fresh_python(code, OMP_NUM_THREADS="1").split() == ["1", "3"]


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="the system has no affinity")
def test_cores_follow_affinity_and_lokys_limit(monkeypatch):
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(allowed)})
    try:
        assert (usable_cores(), count_threads(None), count_threads(-1)) == (1, 1, 1)
    finally:
        os.sched_setaffinity(0, allowed)
    assert usable_cores() == CORES
    monkeypatch.setenv("LOKY_MAX_CPU_COUNT", "1")
    assert count_threads(None) == 1
