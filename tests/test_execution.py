"""The execution context: blocks, threads, interruption and lack of memory."""

import signal
import threading
import weakref

import pytest

from gpu_smotetomek import SMOTE, ResamplingPipeline, TomekLinks
from gpu_smotetomek.execution import CACHE_BYTES, DEFAULT_MEMORY_LIMIT, ExecutionContext
from gpu_smotetomek.progress import progress
from gpu_smotetomek.samplers.settings import make_context
from gpu_smotetomek.threadpools import count_threads

pytestmark = pytest.mark.usefixtures("little_work_space")


def thread(block: slice) -> int:
    return threading.get_ident()


# ---- budget ---------------------------------------------------------------------------------------------------------


def test_none_stands_for_the_defaults():
    assert ExecutionContext() == ExecutionContext(DEFAULT_MEMORY_LIMIT, count_threads(None))
    assert make_context(TomekLinks(n_jobs=1), "cpu") == ExecutionContext(DEFAULT_MEMORY_LIMIT, 1)
    assert make_context(TomekLinks(memory_limit=12345, n_jobs=3), "cpu") == ExecutionContext(12345, 3)
    assert make_context(SMOTE(), "cpu") == ExecutionContext()
    assert make_context(SMOTE(n_jobs=3), "cpu") == ExecutionContext(DEFAULT_MEMORY_LIMIT, 3)


@pytest.mark.parametrize("threads", [1, 4])
@pytest.mark.parametrize("limit", [1, 10_000, 2**28])
@pytest.mark.parametrize("width", [0.5, 8.0, 1e4, 1e12])
def test_blocks_of_all_threads_stay_within_half_the_budget_or_hold_one_row(threads, limit, width):
    ctx = ExecutionContext(limit, threads)
    for rows in (ctx.rows_per_block(width), ctx.rows_per_block(width, 50), ctx.rows_in_cache(width)):
        assert isinstance(rows, int)
        assert rows >= 1
        assert rows == 1 or rows * width * threads <= limit / 2
    assert ctx.rows_per_block(width, 50) <= 50
    assert ctx.rows_per_block(width, 0) == 1
    assert ctx.rows_in_cache(width) <= max(64, CACHE_BYTES / max(width, 1))


@pytest.mark.parametrize("n", [0, 1, 9, 10, 11, 1000])
@pytest.mark.parametrize("size", [1, 10, 5000])
def test_blocks_cover_every_row_once_in_order(n, size):
    blocks = ExecutionContext(n_threads=1).blocks(n, size)
    assert [row for block in blocks for row in range(n)[block]] == list(range(n))
    assert all(0 < block.stop - block.start <= size and block.stop <= n for block in blocks)


def test_a_million_rows_make_no_list_of_rows():
    assert len(ExecutionContext(n_threads=1).blocks(10**6, 10**5)) == 10


# ---- threads --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("threads", [1, 2, 5])
@pytest.mark.parametrize("threaded", [True, False])
def test_results_come_in_the_order_of_blocks(threads, threaded):
    ctx = ExecutionContext(n_threads=threads)
    values = ctx.map_blocks("stage", lambda block: block.start, ctx.blocks(100, 7), threaded=threaded)
    assert values == list(range(0, 100, 7))
    assert ctx.map_blocks("stage", lambda block: block.start, []) == []


def test_threads_run_at_once_and_no_more_than_allowed():
    barrier, seen = threading.Barrier(3, timeout=20), set()

    def function(block: slice) -> None:
        seen.add(threading.get_ident())
        barrier.wait()  # passes only if three threads arrive

    ExecutionContext(n_threads=3).map_blocks("stage", function, [slice(i, i + 1) for i in range(9)])
    assert len(seen) == 3
    assert threading.get_ident() not in seen


def test_nested_calls_stay_on_their_thread():
    """Threads of a pool that wait for other threads of the pool could wait forever."""
    ctx, blocks = ExecutionContext(n_threads=2), [slice(i, i + 1) for i in range(8)]

    def outer(block):
        inner = ctx.map_blocks("inner", lambda part: (threading.get_ident(), part.start), blocks)
        assert {thread for thread, _ in inner} == {threading.get_ident()}
        return sum(start for _, start in inner) + block.start

    found = []
    caller = threading.Thread(target=lambda: found.extend(ctx.map_blocks("outer", outer, blocks)), daemon=True)
    caller.start()
    caller.join(60)
    assert found == [28 + i for i in range(8)]
    assert len({*ctx.map_blocks("again", lambda _: threading.get_ident(), blocks)} - {threading.get_ident()}) > 0


@pytest.mark.parametrize(("threads", "threaded", "blocks"), [(1, True, 5), (4, False, 5), (4, True, 1)])
def test_where_one_thread_is_enough_the_callers_thread_runs(threads, threaded, blocks):
    idents = ExecutionContext(n_threads=threads).map_blocks("stage", thread, [slice(0, 1)] * blocks, threaded=threaded)
    assert set(idents) == {threading.get_ident()}


# ---- interruption ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("error", [ValueError, MemoryError, KeyboardInterrupt])
@pytest.mark.parametrize("threads", [1, 2])
def test_a_failing_block_stops_the_call(error, threads):
    ran, failed = [], threading.Event()

    def function(block: slice) -> None:
        ran.append(block.start)
        if block.start == 2:
            failed.set()
            raise error("block 2")
        if block.start > 2:
            failed.wait(20)
            threading.Event().wait(
                0.005
            )  # gives the failed thread time to stop the call before the others have run all blocks

    with pytest.raises(error, match="block 2"):
        ExecutionContext(n_threads=threads).map_blocks("stage", function, [slice(i, i + 1) for i in range(1000)])
    assert len(ran) < 1000


@pytest.mark.parametrize("threads", [1, 2])
def test_an_interrupt_does_not_wait_for_blocks_that_have_not_begun(threads):
    ran = []

    def interrupt(stage: str, done: int, total: int) -> None:
        if done == 2:
            signal.raise_signal(signal.SIGINT)

    def function(block: slice) -> None:
        ran.append(block.start)
        threading.Event().wait(0.002)

    ctx, blocks = ExecutionContext(n_threads=threads), [slice(i, i + 1) for i in range(1000)]
    with pytest.raises(KeyboardInterrupt), progress(interrupt):
        ctx.map_blocks("stage", function, blocks)
    assert len(ran) < 100
    assert ctx.map_blocks("stage", lambda block: block.start, blocks[:3]) == [
        0,
        1,
        2,
    ]  # and the next call runs as usual


def test_a_failed_call_ends_after_its_last_running_block():
    """Settings of libraries are restored after the call, and no block may be running then."""
    running = []

    def function(block: slice) -> None:
        if block.start == 0:
            while not running:
                threading.Event().wait(0.001)
            raise ValueError("block 0")
        running.append("begun")
        threading.Event().wait(0.1)
        running.append("ended")

    with pytest.raises(ValueError, match="block 0"):
        ExecutionContext(n_threads=2).map_blocks("stage", function, [slice(0, 1), slice(1, 2)])
    assert running == ["begun", "ended"]


def test_background_work_has_ended_when_its_block_ends():
    ended = []

    def slow(number: int) -> int:
        threading.Event().wait(0.05)
        ended.append(number)
        return number

    with pytest.raises(ValueError, match="search"), ExecutionContext(n_threads=2).in_background(slow, 3):
        raise ValueError("search")
    assert ended == [3]
    with ExecutionContext(n_threads=2).in_background(slow, 4) as result:
        pass
    assert result.result() == 4


# ---- memory ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("error", [MemoryError("full"), RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB")])
@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("most", [1, 2, 5, 7, 100])
def test_a_block_that_runs_out_of_memory_is_split(most, threads, error):
    tried = []

    def function(block: slice) -> list[int]:
        tried.append(block.stop - block.start)
        if block.stop - block.start > most:
            raise error
        return list(range(100)[block])

    ctx = ExecutionContext(n_threads=threads)
    parts = ctx.map_blocks("stage", function, ctx.blocks(100, 20))
    assert [row for part in parts for row in part] == list(range(100))
    if threads == 1:
        assert sum(rows > most for rows in tried) <= 5, "later blocks use the size that fits"


def test_without_memory_for_one_row_an_error_says_so_and_the_failed_block_is_freed():
    class Temporary:
        pass

    references, ctx = [], ExecutionContext(n_threads=1)

    def function(block: slice) -> None:
        assert all(temporary() is None for temporary in references), "the arrays of a failed block are still alive"
        temporary = Temporary()
        references.append(weakref.ref(temporary))
        raise MemoryError("8,192 bytes asked for")

    with pytest.raises(MemoryError, match=r"no room for a single row of 'stage': 8,192 bytes asked for\. Free"):
        ctx.map_blocks("stage", function, ctx.blocks(100, 20))
    assert len(references) == 5  # 20, 10, 5, 2, 1


def test_other_errors_do_not_split_a_block():
    def function(block: slice) -> None:
        raise RuntimeError("an illegal memory access")

    with pytest.raises(RuntimeError, match="illegal"):
        ExecutionContext(n_threads=1).map_blocks("stage", function, [slice(0, 10)])


# ---- a system that starts no more threads ---------------------------------------------------------------------------


@pytest.mark.parametrize("n_started", [0, 1])
def test_blocks_run_on_the_threads_that_there_are(monkeypatch, n_started):
    started, start = [], threading.Thread.start

    def refuse_later(thread):
        if len(started) >= n_started:
            raise RuntimeError("can't start new thread")
        started.append(thread)
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", refuse_later)
    ctx = ExecutionContext(n_threads=4)
    assert ctx.map_blocks("rows", lambda block: block.start, ctx.blocks(100, 1)) == list(range(100))
    calls = []
    with ctx.in_background(calls.append, 1) as future:
        pass
    assert future.result() is None
    assert calls == [1]
    assert len(started) == n_started


@pytest.mark.parametrize("memory_limit", [1, 10, 2**20 - 1])
def test_too_little_work_space_is_an_error_that_names_the_least(monkeypatch, memory_limit):
    monkeypatch.setattr("gpu_smotetomek.samplers.settings.MIN_MEMORY_LIMIT", 2**20)
    X, y = [[0.0], [1.0], [3.0], [4.0]], [0, 1, 1, 1]
    message = f"memory_limit={memory_limit} is a number of bytes, and 1,048,576 \\(1 MiB\\) is the least"
    with pytest.raises(ValueError, match=message):
        TomekLinks(memory_limit=memory_limit).fit_resample(X, y)
    steps = [("tomek", TomekLinks(memory_limit=memory_limit))]
    with pytest.raises(ValueError, match=message):
        ResamplingPipeline(steps).fit_resample(X, y)
    TomekLinks(memory_limit=2**20).fit_resample(X, y)
