"""One sampler in many threads: each call returns its own rows, and the attributes are those of one whole call."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

import joblib
import numpy as np
import pytest
from scipy import sparse
from support.optional import optional
from threadpoolctl import threadpool_info

from gpu_smotetomek import SMOTE, SMOTEENN, RandomUnderSampler, ResamplingPipeline, SMOTETomek, TomekLinks, progress
from gpu_smotetomek.arrays import distances
from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.threadpools import _openmp_threads

SAMPLERS = {
    "SMOTETomek": SMOTETomek(random_state=0),
    "both": SMOTETomek(random_state=0, clean="both"),
    "SMOTEENN": SMOTEENN(random_state=0),
    "pipeline": ResamplingPipeline([("smote", SMOTE(random_state=0)), ("tomek", TomekLinks())]),
    "under": RandomUnderSampler(random_state=0),
}
CALLS = 48


def make_table(d):
    rng = np.random.default_rng(d)
    return rng.normal(size=(400 + 50 * d, d)), np.repeat([0, 1], [350, 50 + 50 * d])


TABLES = [make_table(d) for d in (2, 3, 5)]


def describe(attributes):
    """What attributes of one call agree on: features, rows of the input, rows of the result."""
    provenance = attributes["_call"].provenance
    return attributes["n_features_in_"], provenance.n_input, len(provenance.ids)


def in_pool(call):
    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(call, range(CALLS)))


def in_asyncio(call):
    async def run():
        return await asyncio.gather(*(asyncio.to_thread(call, i) for i in range(CALLS)))

    return asyncio.run(run())


def in_joblib(call):
    return joblib.Parallel(8, prefer="threads")(joblib.delayed(call)(i) for i in range(CALLS))


@pytest.mark.parametrize("run", [in_pool, in_asyncio, in_joblib])
@pytest.mark.parametrize("name", SAMPLERS)
def test_each_call_returns_its_own_rows(name, run):
    from sklearn.base import clone

    shared, expected, whole = clone(SAMPLERS[name]), [], set()
    for X, y in TABLES:
        alone = clone(shared)
        expected.append(alone.fit_resample(X, y))
        whole.add(describe(vars(alone)))
    seen, stop = [], threading.Event()

    def watch():
        while not stop.is_set():
            attributes = vars(shared)
            if "_call" in attributes:
                seen.append(describe(attributes))

    watcher = threading.Thread(target=watch)
    watcher.start()
    results = run(lambda i: shared.fit_resample(*TABLES[i % len(TABLES)]))
    stop.set()
    watcher.join()
    for i, (rows, labels) in enumerate(results):
        np.testing.assert_array_equal(rows, expected[i % len(TABLES)][0])
        np.testing.assert_array_equal(labels, expected[i % len(TABLES)][1])
    assert {*seen, describe(vars(shared))} <= whole


@pytest.mark.parametrize("run", [in_pool, in_asyncio, in_joblib])
@pytest.mark.parametrize("backend", ["kdtree", "sklearn", "xp", "sparse", "faiss-cpu"])
def test_each_backend_serves_many_threads_and_restores_their_limits(backend, run):
    if backend == "faiss-cpu":
        optional("faiss")
    as_rows = sparse.csr_array if backend == "sparse" else np.asarray
    tables = [(as_rows(X), y) for X, y in TABLES]
    shared = SMOTETomek(random_state=0, backend=backend, n_jobs=1)
    expected = [shared.fit_resample(*table) for table in tables]
    before = sorted((pool["filepath"], pool["num_threads"]) for pool in threadpool_info())

    def call(i):
        rows = shared.fit_resample(*tables[i % len(tables)])
        return rows, _openmp_threads()

    for i, ((rows, labels), threads) in enumerate(run(call)):
        X, y = expected[i % len(tables)]
        np.testing.assert_array_equal(*((x.toarray() if backend == "sparse" else x) for x in (rows, X)))
        np.testing.assert_array_equal(labels, y)
        assert threads == _openmp_threads()
    assert sorted((pool["filepath"], pool["num_threads"]) for pool in threadpool_info()) == before


def test_torchs_precision_is_full_until_the_last_of_overlapping_products_ends():
    torch = optional("torch")
    rows, setting = torch.ones((2, 2)), torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("high")
    try:
        first, second = distances.full_precision.hold(rows), distances.full_precision.hold(rows)
        first.__enter__()
        second.__enter__()
        first.__exit__(None, None, None)
        assert torch.get_float32_matmul_precision() == "highest"
        second.__exit__(None, None, None)
        assert torch.get_float32_matmul_precision() == "high"
    finally:
        torch.set_float32_matmul_precision(setting)


def test_progress_is_reported_on_the_callers_thread_where_threads_inherit_the_context(monkeypatch):
    """As on free-threaded Python from 3.14."""

    class InheritingThread(threading.Thread):
        def start(self):
            self.context = copy_context()
            super().start()

        def run(self):
            self.context.run(super().run)

    monkeypatch.setattr(threading, "Thread", InheritingThread)
    threads, ctx = set(), ExecutionContext(n_threads=2)
    blocks = [slice(0, 1), slice(1, 2)]
    with progress(lambda *_: threads.add(threading.get_ident())):
        with ctx.in_background(ctx.map_blocks, "inner", lambda block: block, blocks) as future:
            assert future.result() == blocks
        ctx.map_blocks("outer", lambda block: ctx.map_blocks("inner", lambda inner: inner, blocks), blocks)
    assert threads == {threading.get_ident()}


def test_after_an_error_the_attributes_are_those_of_the_last_call():
    sampler = SMOTETomek(random_state=0)
    sampler.fit_resample(*TABLES[0])
    before = dict(vars(sampler))
    with pytest.raises(ValueError, match=r"k_neighbors"):
        sampler.fit_resample(np.arange(8.0).reshape(4, 2), [0, 0, 0, 1])
    assert vars(sampler) == before


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.filterwarnings("ignore:feature 1 makes up")
def test_the_callers_treatment_of_floating_point_errors_does_not_matter(threads):
    X, y = TABLES[1]
    X = X * np.array([1e-160, 1.0, 1e-300])  # squares underflow
    expected = SMOTETomek(random_state=0, n_jobs=threads).fit_resample(X, y)
    with np.errstate(all="raise"):
        for result in (
            SMOTETomek(random_state=0, n_jobs=threads).fit_resample(X, y),
            SMOTETomek(n_jobs=threads).prepare(X, y).resample(0),
        ):
            np.testing.assert_array_equal(result[0], expected[0])
        assert np.geterr()["under"] == "raise"


def test_pandas_labels_in_another_order_are_a_warning():
    pandas = optional("pandas")
    X, y = TABLES[0]
    frame, target = pandas.DataFrame(X), pandas.Series(y)
    with pytest.warns(UserWarning, match=r"same index labels in another order, .* give y\.loc\[X\.index\]") as warned:
        SMOTETomek(random_state=0).fit_resample(frame.iloc[::-1], target)
    assert warned[0].filename == __file__
    for other in (target, target.set_axis(range(1, len(y) + 1)), y):
        SMOTETomek(random_state=0).fit_resample(frame, other)  # warnings are errors
