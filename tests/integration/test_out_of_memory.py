"""A block that runs out of memory, whichever it is: the same answer from halves of the block, or one clean MemoryError."""

from itertools import count

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from gpu_smotetomek import SMOTETomek, TomekLinks
from gpu_smotetomek.execution import ExecutionContext

X = np.random.default_rng(0).normal(size=(700, 6)).astype(np.float32)
Y = np.repeat([0, 1], [500, 200])
SAMPLERS = {
    "SMOTETomek": lambda backend: SMOTETomek(backend=backend, random_state=0, n_jobs=2),
    "TomekLinks": lambda backend: TomekLinks(backend=backend, n_jobs=2),
}
BLOCK_ROWS = 100  # several blocks of each kind, so that threads run them


def fail_at(monkeypatch: pytest.MonkeyPatch, failing: int | None, times: int) -> list[int]:
    """From the block of this number on, so many attempts run out of memory; the list gets the number of every attempt."""
    numbers, attempts = count(), list[int]()
    map_blocks = ExecutionContext.map_blocks

    def map_failing(ctx, label, function, blocks, *, threaded=True):
        def run(block):
            attempts.append(number := next(numbers))
            if failing is not None and failing <= number < failing + times:
                raise MemoryError("Unable to allocate 8 bytes")
            return function(block)

        return map_blocks(ctx, label, run, blocks, threaded=threaded)

    monkeypatch.setattr(ExecutionContext, "map_blocks", map_failing)
    return attempts


def thread_limits() -> list[tuple[str, int]]:
    return sorted((pool["filepath"], pool["num_threads"]) for pool in threadpool_info())


def same(found, expected) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(found, expected, strict=True))


@pytest.mark.parametrize("name", SAMPLERS)
def test_each_block_may_run_out_of_memory(name, backend, monkeypatch):
    rows_per_block = ExecutionContext.rows_per_block
    monkeypatch.setattr(ExecutionContext, "rows_per_block", lambda *a, **k: min(BLOCK_ROWS, rows_per_block(*a, **k)))
    sampler = SAMPLERS[name](backend)
    with pytest.MonkeyPatch.context() as patch:
        attempts = fail_at(patch, None, 0)
        expected = sampler.fit_resample(X, Y)
    before = thread_limits()
    assert len(attempts) >= 5
    for failing in range(len(attempts)):
        with pytest.MonkeyPatch.context() as patch:
            fail_at(patch, failing, times=1)
            assert same(sampler.fit_resample(X, Y), expected), failing
        with pytest.MonkeyPatch.context() as patch:
            fail_at(patch, failing, times=10**9)
            with pytest.raises(MemoryError, match=r"there is no room for a single row.*8 bytes"):
                sampler.fit_resample(X, Y)
        assert thread_limits() == before
    assert same(sampler.fit_resample(X, Y), expected)
