"""Blocks, threads, progress and interruption: the means of one call."""

import signal
import threading
import weakref

import numpy as np
import pytest
from threadpoolctl import ThreadpoolController, threadpool_info

from gpu_smotetomek import SMOTE, SMOTETomek, TomekLinks, threadpools
from gpu_smotetomek.execution import CACHE_BYTES, DEFAULT_MEMORY_LIMIT, ExecutionContext
from gpu_smotetomek.progress import Progress, progress
from gpu_smotetomek.samplers.settings import make_context
from gpu_smotetomek.threadpools import count_threads


def nothing(block: slice) -> None:
    pass


def thread(block: slice) -> int:
    return threading.get_ident()


# ---- budget ---------------------------------------------------------------------------------------------------------


def test_none_stands_for_the_defaults():
    assert ExecutionContext() == ExecutionContext(DEFAULT_MEMORY_LIMIT, count_threads(None))
    assert make_context(TomekLinks(n_jobs=1), "cpu") == ExecutionContext(DEFAULT_MEMORY_LIMIT, 1)
    assert make_context(TomekLinks(memory_limit=12345, n_jobs=3), "cpu") == ExecutionContext(12345, 3)
    assert make_context(SMOTE(), "cpu") == ExecutionContext()


@pytest.mark.parametrize("threads", [1, 4])
@pytest.mark.parametrize("limit", [1, 10_000, 2**28])
@pytest.mark.parametrize("width", [0.5, 8.0, 1e4, 1e12])
def test_blocks_of_all_threads_stay_within_half_the_budget_or_hold_one_row(threads, limit, width):
    work = ExecutionContext(limit, threads)
    for rows in (work.rows_per_block(width), work.rows_per_block(width, 50), work.rows_in_cache(width)):
        assert isinstance(rows, int)
        assert rows >= 1
        assert rows == 1 or rows * width * threads <= limit / 2
    assert work.rows_per_block(width, 50) <= 50
    assert work.rows_per_block(width, 0) == 1
    assert work.rows_in_cache(width) <= max(64, CACHE_BYTES / max(width, 1))


@pytest.mark.parametrize("n", [0, 1, 9, 10, 11, 1000])
@pytest.mark.parametrize("size", [1, 10, 5000])
def test_blocks_cover_every_row_once_in_order(n, size):
    blocks = ExecutionContext(n_threads=1).blocks(n, size)
    assert [row for block in blocks for row in range(n)[block]] == list(range(n))
    assert all(0 < block.stop - block.start <= size and block.stop <= n for block in blocks)


def test_a_million_rows_make_no_list_of_rows():
    assert len(ExecutionContext(n_threads=1).blocks(10**6, 10**5)) == 10


# ---- threads --------------------------------------------------------------------------------------------------------


def test_threads_are_joblibs_but_none_means_all():
    assert count_threads(None) == count_threads(-1) >= 1
    assert count_threads(1) == 1
    assert count_threads(3) == 3
    assert count_threads(-(10**6)) == 1
    with pytest.raises(ValueError, match="n_jobs == 0"):
        count_threads(0)


@pytest.mark.parametrize("threads", [1, 2, 5])
@pytest.mark.parametrize("threaded", [True, False])
def test_results_come_in_the_order_of_blocks(threads, threaded):
    work = ExecutionContext(n_threads=threads)
    values = work.map_blocks("stage", lambda block: block.start, work.blocks(100, 7), threaded=threaded)
    assert values == list(range(0, 100, 7))
    assert work.map_blocks("stage", lambda block: block.start, []) == []


def test_threads_run_at_once_and_no_more_than_allowed():
    barrier, seen = threading.Barrier(3, timeout=20), set()

    def function(block: slice) -> None:
        seen.add(threading.get_ident())
        barrier.wait()  # passes only if three are here at once

    ExecutionContext(n_threads=3).map_blocks("stage", function, [slice(i, i + 1) for i in range(9)])
    assert len(seen) == 3
    assert threading.get_ident() not in seen


def test_what_threads_call_stays_on_them():
    """All threads of a pool that wait for others of it would wait forever."""
    work, blocks = ExecutionContext(n_threads=2), [slice(i, i + 1) for i in range(8)]

    def outer(block):
        inner = work.map_blocks("inner", lambda part: (threading.get_ident(), part.start), blocks)
        assert {thread for thread, _ in inner} == {threading.get_ident()}
        return sum(start for _, start in inner) + block.start

    found = []
    caller = threading.Thread(target=lambda: found.extend(work.map_blocks("outer", outer, blocks)), daemon=True)
    caller.start()
    caller.join(60)
    assert found == [28 + i for i in range(8)]
    assert len({*work.map_blocks("again", lambda _: threading.get_ident(), blocks)} - {threading.get_ident()}) > 0


@pytest.mark.parametrize(("threads", "threaded", "blocks"), [(1, True, 5), (4, False, 5), (4, True, 1)])
def test_where_one_thread_is_enough_it_is_the_callers(threads, threaded, blocks):
    idents = ExecutionContext(n_threads=threads).map_blocks("stage", thread, [slice(0, 1)] * blocks, threaded=threaded)
    assert set(idents) == {threading.get_ident()}


def blas_threads() -> set[int]:
    """Of the libraries of NumPy and scipy: FAISS brings one of its own."""
    return {
        pool["num_threads"]
        for pool in threadpool_info()
        if pool["user_api"] == "blas" and "faiss" not in pool["filepath"]
    }


def test_pools_are_held_to_the_threads_and_given_back():
    np.ones((2, 2)) @ np.ones((2, 2))
    before = blas_threads()
    with ExecutionContext(n_threads=1).limit_thread_pools():
        assert blas_threads() == {1}
    assert blas_threads() == before
    with ExecutionContext(n_threads=count_threads(None)).limit_thread_pools():
        assert blas_threads() == before
    with ExecutionContext(n_threads=2).single_threaded_blas():
        assert blas_threads() == {1}
    assert blas_threads() == before


def test_pools_that_calls_hold_at_once_are_given_back_after_the_last():
    """Each on its own would give back what it found: the second, what the first had set."""
    before = blas_threads()
    first, second = (
        ExecutionContext(n_threads=2).single_threaded_blas(),
        ExecutionContext(n_threads=1).limit_thread_pools(),
    )
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert blas_threads() == {1}
    second.__exit__(None, None, None)
    assert blas_threads() == before


def test_pools_of_a_library_loaded_meanwhile_are_given_back(monkeypatch):
    """What is loaded inside has pools that the first call could not know of."""
    known, later = ThreadpoolController().select(user_api="openmp"), ThreadpoolController()
    before = blas_threads()
    outer, inner = (
        ExecutionContext(n_threads=1).limit_thread_pools(),
        ExecutionContext(n_threads=2).single_threaded_blas(),
    )
    monkeypatch.setattr(threadpools, "_controller", lambda: known)
    outer.__enter__()
    monkeypatch.setattr(threadpools, "_controller", lambda: later)
    with inner:
        assert blas_threads() == {1}
    outer.__exit__(None, None, None)
    assert blas_threads() == before


def test_threads_of_ours_leave_the_pools_alone():
    """Who starts them holds the pools: they would give them back while others still work."""
    before, work = blas_threads(), ExecutionContext(n_threads=2)

    def held(_):
        with work.single_threaded_blas(), work.limit_thread_pools(1):
            return blas_threads()

    assert work.map_blocks("held", held, [slice(i, i + 1) for i in range(6)]) == [before] * 6
    assert blas_threads() == before


def test_pools_are_as_before_after_a_call_on_several_threads(monkeypatch):
    monkeypatch.setattr(ExecutionContext, "rows_in_cache", lambda self, width: self.rows_per_block(width, 16))
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((2000, 6)), np.repeat([0, 1], [1800, 200])
    before = blas_threads()
    for _ in range(3):
        SMOTETomek(random_state=0, n_jobs=4).fit_resample(X, y)
    assert blas_threads() == before


def test_pools_are_given_back_after_an_error():
    before = blas_threads()
    for hold in (ExecutionContext(n_threads=1).limit_thread_pools, ExecutionContext(n_threads=2).single_threaded_blas):
        with pytest.raises(RuntimeError, match="stop"), hold():
            raise RuntimeError("stop")
        assert blas_threads() == before


def tell(told: list[str]) -> Progress:
    return lambda stage, done, total: told.append(stage)


# ---- progress -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("threads", [1, 3])
def test_every_finished_tile_is_reported_in_order(threads):
    told = []
    with progress(lambda *report: told.append(report)):
        ExecutionContext(n_threads=threads).map_blocks("stage", nothing, [slice(i, i + 1) for i in range(5)])
    assert told == [("stage", done, 5) for done in range(1, 6)]
    ExecutionContext(n_threads=threads).map_blocks("stage", nothing, [slice(0, 1)] * 5)
    assert len(told) == 5


def test_the_inner_watcher_is_told_and_the_outer_one_comes_back():
    outer, inner = [], []
    work = ExecutionContext(n_threads=1)
    with progress(tell(outer)):
        with progress(tell(inner)):
            work.map_blocks("a", nothing, [slice(0, 1)])
        with pytest.raises(RuntimeError), progress(tell(inner)):
            raise RuntimeError
        work.map_blocks("b", nothing, [slice(0, 1)])
    assert (outer, inner) == (["b"], ["a"])


def test_a_watcher_hears_nothing_of_calls_in_other_threads():
    told = []
    with progress(tell(told)):
        other = threading.Thread(
            target=lambda: ExecutionContext(n_threads=1).map_blocks("other", nothing, [slice(0, 1)])
        )
        other.start()
        other.join()
        ExecutionContext(n_threads=1).map_blocks("own", nothing, [slice(0, 1)])
    assert told == ["own"]


# ---- interruption ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("error", [ValueError, MemoryError, KeyboardInterrupt])
@pytest.mark.parametrize("threads", [1, 2])
def test_a_failing_tile_stops_the_call(error, threads):
    ran, failed = [], threading.Event()

    def function(block: slice) -> None:
        ran.append(block.start)
        if block.start == 2:
            failed.set()
            raise error("tile 2")
        if block.start > 2:
            failed.wait(20)
            threading.Event().wait(
                0.005
            )  # the failed thread's turn: the call hears of it before the others run through

    with pytest.raises(error, match="tile 2"):
        ExecutionContext(n_threads=threads).map_blocks("stage", function, [slice(i, i + 1) for i in range(1000)])
    assert len(ran) < 1000


@pytest.mark.parametrize("threads", [1, 2])
def test_an_interrupt_does_not_sit_out_the_tiles_that_have_not_begun(threads):
    ran = []

    def interrupt(stage: str, done: int, total: int) -> None:
        if done == 2:
            signal.raise_signal(signal.SIGINT)

    def function(block: slice) -> None:
        ran.append(block.start)
        threading.Event().wait(0.002)

    work, blocks = ExecutionContext(n_threads=threads), [slice(i, i + 1) for i in range(1000)]
    with pytest.raises(KeyboardInterrupt), progress(interrupt):
        work.map_blocks("stage", function, blocks)
    assert len(ran) < 100
    assert work.map_blocks("stage", lambda block: block.start, blocks[:3]) == [0, 1, 2]  # and the next call is as any


def test_a_failed_call_ends_when_its_last_tile_does():
    """Settings of libraries are put back after it, and no tile may be running then."""
    running = []

    def function(block: slice) -> None:
        if block.start == 0:
            while not running:
                threading.Event().wait(0.001)
            raise ValueError("tile 0")
        running.append("begun")
        threading.Event().wait(0.1)
        running.append("ended")

    with pytest.raises(ValueError, match="tile 0"):
        ExecutionContext(n_threads=2).map_blocks("stage", function, [slice(0, 1), slice(1, 2)])
    assert running == ["begun", "ended"]


def test_what_is_done_aside_has_ended_at_the_end():
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


def test_what_a_watcher_raises_reaches_the_caller():
    def stop(stage: str, done: int, total: int) -> None:
        raise RuntimeError("enough")

    for threads in (1, 2):
        with pytest.raises(RuntimeError, match="enough"), progress(stop):
            ExecutionContext(n_threads=threads).map_blocks("stage", nothing, [slice(0, 1)] * 4)


# ---- memory ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("error", [MemoryError("full"), RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB")])
@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("most", [1, 2, 5, 7, 100])
def test_a_tile_that_finds_no_room_is_done_in_parts(most, threads, error):
    tried = []

    def function(block: slice) -> list[int]:
        tried.append(block.stop - block.start)
        if block.stop - block.start > most:
            raise error
        return list(range(100)[block])

    work = ExecutionContext(n_threads=threads)
    parts = work.map_blocks("stage", function, work.blocks(100, 20))
    assert [row for part in parts for row in part] == list(range(100))
    if threads == 1:
        assert sum(rows > most for rows in tried) <= 5, "the size that fits is kept for the tiles that follow"


def test_without_room_for_one_row_it_says_so_and_lets_the_failed_tile_go():
    class Tile:
        pass

    held, work = [], ExecutionContext(n_threads=1)

    def function(block: slice) -> None:
        assert all(tile() is None for tile in held), "the arrays of a failed tile are still there"
        tile = Tile()
        held.append(weakref.ref(tile))
        raise MemoryError("8,192 bytes asked for")

    with pytest.raises(MemoryError, match=r"no room for a single row of 'stage': 8,192 bytes asked for\. Free"):
        work.map_blocks("stage", function, work.blocks(100, 20))
    assert len(held) == 5  # 20, 10, 5, 2, 1


def test_other_errors_are_not_taken_for_a_lack_of_memory():
    def function(block: slice) -> None:
        raise RuntimeError("an illegal memory access")

    with pytest.raises(RuntimeError, match="illegal"):
        ExecutionContext(n_threads=1).map_blocks("stage", function, [slice(0, 10)])
