"""One call makes one execution context, narrowed for each step, and does no part of its work twice."""

from collections import Counter

import numpy as np
import pytest
from support import datasets

from gpu_smotetomek import SMOTE, ResamplingPipeline, SMOTETomek, TomekLinks, worker_threads
from gpu_smotetomek.arrays import encoding
from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.neighbors import BACKENDS, ScaledRows
from gpu_smotetomek.neighbors.backends.matmul import Matmul
from gpu_smotetomek.resampling import smote

pytestmark = pytest.mark.usefixtures("little_work_space")

X, Y = datasets.blobs(400, 4)
LIMITS = {"outer": 2**26, "smote": 2**22, "tomek": 2**20}


class Recording(Matmul):
    """Brute force that records the (threads, memory limit) of each index that it builds."""

    name = "recording"

    def __init__(self):
        self.contexts = []

    def build(self, X, ctx):
        self.contexts.append((ctx.n_threads, ctx.memory_limit))
        return super().build(X, ctx)


@pytest.fixture
def recording(monkeypatch):
    backend = Recording()
    monkeypatch.setitem(BACKENDS, backend.name, backend)
    return backend


# ---- the parameters of a step ---------------------------------------------------------------------------------------


def make_nested(**outer) -> SMOTETomek:
    """SMOTETomek whose cleaner has its own threads and whose steps have their own memory limits."""
    return SMOTETomek(
        smote=SMOTE(memory_limit=LIMITS["smote"]), tomek=TomekLinks(n_jobs=1, memory_limit=LIMITS["tomek"]), **outer
    )


def make_chain(**outer) -> ResamplingPipeline:
    steps = [
        ("smote", SMOTE(memory_limit=LIMITS["smote"])),
        ("tomek", TomekLinks(n_jobs=1, memory_limit=LIMITS["tomek"])),
    ]
    return ResamplingPipeline(steps, **outer)


@pytest.mark.usefixtures("thresholds")
@pytest.mark.parametrize("make", [make_nested, make_chain], ids=["SMOTETomek", "ResamplingPipeline"])
def test_searches_of_a_step_use_its_own_threads_and_memory_limit(make, recording):
    make(n_jobs=2, memory_limit=LIMITS["outer"], backend="recording").fit_resample(X, Y)
    assert set(recording.contexts) == {(2, LIMITS["smote"]), (1, LIMITS["tomek"])}
    assert recording.contexts == sorted(recording.contexts, reverse=True)  # SMOTE's searches come first


def test_steps_inherit_threads_and_memory_limit_unless_they_set_them(recording):
    steps = [("both", SMOTETomek(tomek=TomekLinks(n_jobs=1))), ("tomek", TomekLinks(memory_limit=LIMITS["tomek"]))]
    chain = ResamplingPipeline(steps, n_jobs=2, memory_limit=LIMITS["outer"], backend="recording")
    chain.fit_resample(X, Y)
    order = list(dict.fromkeys(recording.contexts))
    assert order == [(2, LIMITS["outer"]), (1, LIMITS["outer"]), (2, LIMITS["tomek"])]


@pytest.mark.usefixtures("thresholds")
def test_all_blocks_of_a_step_run_within_its_own_limits(monkeypatch):
    """The steps' limits hold for interpolation, bounds and distances too, not for searches alone."""
    contexts, map_blocks = set(), ExecutionContext.map_blocks

    def record(self, *arguments, **options):
        contexts.add((self.n_threads, self.memory_limit))
        return map_blocks(self, *arguments, **options)

    monkeypatch.setattr(ExecutionContext, "map_blocks", record)
    make_nested(n_jobs=2, memory_limit=LIMITS["outer"], backend="xp").fit_resample(X, Y)
    assert contexts == {(2, LIMITS["smote"]), (1, LIMITS["tomek"])}


@pytest.mark.parametrize("n_jobs", [None, 1, 2, -1])
def test_a_cleaner_that_is_made_here_has_the_n_jobs_of_the_outer_object(n_jobs):
    sampler = SMOTETomek(n_jobs=n_jobs, random_state=0)
    sampler.fit_resample(X, Y)
    assert sampler.tomek_.n_jobs == n_jobs


def test_a_cleaner_that_is_given_keeps_its_own_n_jobs():
    sampler = SMOTETomek(n_jobs=2, tomek=TomekLinks(n_jobs=1))
    sampler.fit_resample(X, Y)
    assert sampler.tomek_.n_jobs == 1


# ---- once a call ----------------------------------------------------------------------------------------------------


@pytest.fixture
def made(monkeypatch):
    """Counts of the executors and of the contexts that are made, other than narrowed ones."""
    counts = Counter()

    class CountedExecutor(worker_threads.ThreadPoolExecutor):
        def __init__(self, *arguments, **options):
            counts["executors"] += 1
            super().__init__(*arguments, **options)

    def count_pool(self):
        counts["contexts"] += 1  # a narrowed context takes over the pool

    monkeypatch.setattr(worker_threads, "ThreadPoolExecutor", CountedExecutor)
    monkeypatch.setattr(worker_threads.ThreadPool, "__init__", count_pool)
    return counts


@pytest.mark.usefixtures("thresholds")
@pytest.mark.parametrize("make", [make_nested, make_chain, SMOTETomek], ids=["given steps", "chain", "own steps"])
def test_a_call_makes_one_context_and_one_pool_of_threads(make, made, monkeypatch):
    monkeypatch.setattr(smote, "DRAW_IN_BACKGROUND_FROM", 1)
    monkeypatch.setattr(ExecutionContext, "rows_in_cache", lambda self, _: 16)
    sampler = make(n_jobs=2, backend="xp")
    for call in range(1, 3):
        sampler.fit_resample(X, Y)
        assert made["contexts"] == call
        assert made["executors"] <= call
    assert made["executors"] > 0


@pytest.mark.parametrize("method", ["fit", "plan", "fit_resample"])
def test_a_callable_strategy_is_called_once(method):
    calls = []

    def strategy(y):
        calls.append(len(y))
        return {1: 100}

    getattr(SMOTETomek(sampling_strategy=strategy), method)(X, Y)
    assert calls == [len(Y)]


@pytest.mark.parametrize(
    "sampler", [SMOTE(), TomekLinks(), SMOTETomek(), make_chain()], ids=lambda sampler: type(sampler).__name__
)
def test_the_classes_of_all_rows_are_found_once(sampler, monkeypatch):
    lengths, unique_inverse = [], encoding.unique_inverse

    def record(labels):
        lengths.append(len(labels))
        return unique_inverse(labels)

    monkeypatch.setattr(encoding, "unique_inverse", record)
    sampler.fit_resample(X, Y)
    assert [length for length in lengths if length >= len(Y)] == [len(Y)]


@pytest.mark.parametrize("memory_limit", [None, 2**16])
def test_a_search_of_a_class_in_itself_projects_its_rows_once(memory_limit, backend, monkeypatch):
    n_projected, project = [], ScaledRows.project

    def record(self, rows, *arguments, **options):
        n_projected.append(len(rows))
        return project(self, rows, *arguments, **options)

    monkeypatch.setattr(ScaledRows, "project", record)
    SMOTE(backend=backend, memory_limit=memory_limit).fit_resample(X, Y)
    assert n_projected == [np.count_nonzero(Y == 1)]
