"""The means of one call: bytes of work space, threads, and who is told of progress."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from queue import SimpleQueue
from typing import TypeVar

from gpu_smotetomek.progress import Progress, _callback
from gpu_smotetomek.threadpools import count_threads, shared_limits

DEFAULT_MEMORY_LIMIT = 256 * 2**20


CACHE_BYTES = 2**20  # bytes of one thread's temporaries that stay in its second-level cache


_thread = threading.local()  # of a thread: whether it is one of a pool


T = TypeVar("T")


def in_worker_thread() -> bool:
    """Whether this thread is one of ours."""
    return getattr(_thread, "pooled", False)


def pop_or_none(items: deque[T]) -> T | None:
    """The first item, taken out, or None: another thread may take the last one at any time."""
    try:
        return items.popleft()
    except IndexError:
        return None


def is_out_of_memory(error: Exception) -> bool:
    """Whether memory was too short: PyTorch and FAISS say it by a RuntimeError, all others by a MemoryError."""
    told = str(error).lower()
    return isinstance(error, MemoryError) or (
        isinstance(error, RuntimeError) and ("out of memory" in told or "can't allocate memory" in told)
    )


@dataclass
class ExecutionContext:
    """Budget and threads of one call.

    Parameters
    ----------
    limit : int
        Bytes of temporaries that may live at once, all threads together.
    threads : int
        Threads that may run at once.
    on_device : bool
        The arrays are not NumPy's: their library keeps threads of its own, and has current devices and streams that are the
        caller's thread's, so blocks run one after another in that.
    """

    memory_limit: int = DEFAULT_MEMORY_LIMIT
    n_threads: int = field(default_factory=lambda: count_threads(None))
    on_device: bool = False
    _largest_block: dict[str, int] = field(
        default_factory=dict, repr=False, compare=False
    )  # rows of a tile, where memory was short

    @property
    def n_concurrent(self) -> int:
        """Blocks that run at once."""
        return 1 if self.on_device else self.n_threads

    def rows_per_block(self, bytes_per_row: float, at_most: int | None = None) -> int:
        """Rows of a block whose temporaries take `bytes_per_row` each: at least one, within each thread's share."""
        share = self.memory_limit // (2 * self.n_concurrent)
        count = max(1, int(share // max(1.0, bytes_per_row)))
        return count if at_most is None else min(count, max(1, at_most))

    def rows_in_cache(self, bytes_per_row: float) -> int:
        """Rows of a block whose temporaries stay in the cache (and within the budget); on a device few blocks are fast blocks."""
        at_most = None if self.on_device else max(64, int(CACHE_BYTES // max(1.0, bytes_per_row)))
        return self.rows_per_block(bytes_per_row, at_most)

    def balanced_blocks(self, n: int, size: int) -> list[slice]:
        """Blocks of `size` rows at most, equally large and as many as keep all threads busy to the end."""
        rounds = max(1, -(-n // (size * self.n_concurrent)))
        return self.blocks(n, max(1, -(-n // (rounds * self.n_concurrent))))

    def blocks(self, n: int, size: int, first: int = 0) -> list[slice]:
        """Of `n` rows from the `first` on."""
        stop = first + n
        return [slice(start, min(stop, start + size)) for start in range(first, stop, size)]

    def map_blocks(
        self, stage: str, function: Callable[[slice], T], blocks: Sequence[slice], *, threaded: bool = True
    ) -> list[T]:
        """Results of `function` for each block, in order, on all threads; finished blocks are reported.

        A block for which memory is too short is done in halves, each with a result of its own. What is called on one of these
        threads stays on it: all of them could wait for each other.

        Raises
        ------
        MemoryError
            If there is not even room for one row at a time.
        """
        watcher, tiles = _callback.get(), []
        if threaded and self.n_concurrent > 1 and len(blocks) > 1 and not in_worker_thread():
            tiles = self._map_threaded(stage, function, blocks, watcher)
        else:
            for done, block in enumerate(blocks, 1):
                tiles.append(self._run_or_split(stage, function, block))
                if watcher is not None:
                    watcher(stage, done, len(blocks))
        return list(chain.from_iterable(tiles))

    def _map_threaded(
        self, stage: str, function: Callable[[slice], T], blocks: Sequence[slice], watcher: Progress | None
    ) -> list[list[T]]:
        """The results of each block. A thread is woken once and takes block after block: small ones cost less than a waking."""
        todo, tiles = deque(enumerate(blocks)), [list[T]() for _ in blocks]
        finished: SimpleQueue[bool] = SimpleQueue()

        def take() -> None:
            try:
                while (item := pop_or_none(todo)) is not None:
                    place, block = item
                    tiles[place] = self._run_or_split(stage, function, block)
                    finished.put(True)
            except BaseException:
                todo.clear()
                finished.put(False)
                raise

        futures = [self._pool.submit(take) for _ in range(min(self.n_concurrent, len(blocks)))]
        try:
            if watcher is not None:
                for done in range(1, len(blocks) + 1):
                    if not finished.get():
                        break
                    watcher(stage, done, len(blocks))
            for future in futures:
                future.result()
        finally:
            todo.clear()  # an interrupted or failed call must not sit out the tiles that have not begun
            wait(futures)  # but those that have: settings of libraries are restored after
        return tiles

    def _run_or_split(self, stage: str, function: Callable[[slice], T], block: slice) -> list[T]:
        """The result of a block, or those of its parts where memory is too short for all of it."""
        rows = block.stop - block.start
        if rows <= self._largest_block.get(stage, rows):
            try:
                return [function(block)]
            except Exception as error:
                if not is_out_of_memory(error):
                    raise
                if rows < 2:
                    raise MemoryError(
                        f"there is no room for a single row of {stage!r}: {error}. Free what else fills the memory (of a GPU: "
                        "cupy.get_default_memory_pool().free_all_blocks(), torch.cuda.empty_cache()), or give fewer rows"
                    ) from error
            # not in the handler: an error holds the frames that it went through, and so the arrays of the failed tile
            self._largest_block[stage] = rows // 2
        parts = self.blocks(rows, self._largest_block[stage], block.start)
        return [result for part in parts for result in self._run_or_split(stage, function, part)]

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        """Its threads end with this object."""
        return ThreadPoolExecutor(self.n_threads, initializer=lambda: setattr(_thread, "pooled", True))

    @contextmanager
    def in_background(self, function: Callable[..., T], *arguments: object) -> Iterator[Future[T]]:
        """A call on another thread, of a function that needs no current device or stream; it has ended at the end."""
        future = self._pool.submit(function, *arguments)
        try:
            yield future
        finally:
            wait([future])

    @cached_property
    def _cores(self) -> int:
        """All that the process may use; asking takes a tenth of a millisecond."""
        return count_threads(None)

    def single_threaded_blas(self) -> AbstractContextManager[object]:
        """One BLAS thread each: where our own threads multiply matrices. Who starts them says so."""
        return nullcontext() if in_worker_thread() else shared_limits.limit(limits=1, user_api="blas")

    def limit_thread_pools(self, limit: int | None = None) -> AbstractContextManager[object]:
        """Hold BLAS and OpenMP to this call's threads, or to `limit` where our own threads call them."""
        wanted = self.n_threads if limit is None else limit
        if in_worker_thread() or wanted >= self._cores:
            return nullcontext()  # looking through the loaded libraries takes milliseconds
        return shared_limits.limit(limits=wanted)
