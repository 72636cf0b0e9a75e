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

from gpu_smotetomek.progress import Progress, _watcher
from gpu_smotetomek.threadpools import _held, threads_allowed

MEMORY_LIMIT = 256 * 2**20


CACHE = 2**20  # bytes of one thread's temporaries that stay in its second-level cache


_here = threading.local()  # of a thread: whether it is one of a pool


T = TypeVar("T")


def pooled() -> bool:
    """Whether this thread is one of ours."""
    return getattr(_here, "pooled", False)


def popped(items: deque[T]) -> T | None:
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
class Work:
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

    limit: int = MEMORY_LIMIT
    threads: int = field(default_factory=lambda: threads_allowed(None))
    on_device: bool = False
    _fit: dict[str, int] = field(
        default_factory=dict, repr=False, compare=False
    )  # rows of a tile, where memory was short

    @property
    def at_once(self) -> int:
        """Blocks that run at once."""
        return 1 if self.on_device else self.threads

    def rows(self, bytes_per_row: float, at_most: int | None = None) -> int:
        """Rows of a block whose temporaries take `bytes_per_row` each: at least one, within each thread's share."""
        share = self.limit // (2 * self.at_once)
        count = max(1, int(share // max(1.0, bytes_per_row)))
        return count if at_most is None else min(count, max(1, at_most))

    def cached(self, bytes_per_row: float) -> int:
        """Rows of a block whose temporaries stay in the cache (and within the budget); on a device few blocks are fast blocks."""
        at_most = None if self.on_device else max(64, int(CACHE // max(1.0, bytes_per_row)))
        return self.rows(bytes_per_row, at_most)

    def shares(self, n: int, size: int) -> list[slice]:
        """Blocks of `size` rows at most, equally large and as many as keep all threads busy to the end."""
        rounds = max(1, -(-n // (size * self.at_once)))
        return self.blocks(n, max(1, -(-n // (rounds * self.at_once))))

    def blocks(self, n: int, size: int, first: int = 0) -> list[slice]:
        """Of `n` rows from the `first` on."""
        stop = first + n
        return [slice(start, min(stop, start + size)) for start in range(first, stop, size)]

    def each(
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
        watcher, tiles = _watcher.get(), []
        if threaded and self.at_once > 1 and len(blocks) > 1 and not pooled():
            tiles = self._shared_out(stage, function, blocks, watcher)
        else:
            for done, block in enumerate(blocks, 1):
                tiles.append(self._halved(stage, function, block))
                if watcher is not None:
                    watcher(stage, done, len(blocks))
        return list(chain.from_iterable(tiles))

    def _shared_out(
        self, stage: str, function: Callable[[slice], T], blocks: Sequence[slice], watcher: Progress | None
    ) -> list[list[T]]:
        """The results of each block. A thread is woken once and takes block after block: small ones cost less than a waking."""
        todo, tiles = deque(enumerate(blocks)), [list[T]() for _ in blocks]
        finished: SimpleQueue[bool] = SimpleQueue()

        def take() -> None:
            try:
                while (item := popped(todo)) is not None:
                    place, block = item
                    tiles[place] = self._halved(stage, function, block)
                    finished.put(True)
            except BaseException:
                todo.clear()
                finished.put(False)
                raise

        futures = [self._pool.submit(take) for _ in range(min(self.at_once, len(blocks)))]
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

    def _halved(self, stage: str, function: Callable[[slice], T], block: slice) -> list[T]:
        """The result of a block, or those of its parts where memory is too short for all of it."""
        rows = block.stop - block.start
        if rows <= self._fit.get(stage, rows):
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
            self._fit[stage] = rows // 2
        parts = self.blocks(rows, self._fit[stage], block.start)
        return [result for part in parts for result in self._halved(stage, function, part)]

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        """Its threads end with this object."""
        return ThreadPoolExecutor(self.threads, initializer=lambda: setattr(_here, "pooled", True))

    @contextmanager
    def aside(self, function: Callable[..., T], *arguments: object) -> Iterator[Future[T]]:
        """A call on another thread, of a function that needs no current device or stream; it has ended at the end."""
        future = self._pool.submit(function, *arguments)
        try:
            yield future
        finally:
            wait([future])

    @cached_property
    def _cores(self) -> int:
        """All that the process may use; asking takes a tenth of a millisecond."""
        return threads_allowed(None)

    def alone(self) -> AbstractContextManager[object]:
        """One BLAS thread each: where our own threads multiply matrices. Who starts them says so."""
        return nullcontext() if pooled() else _held.to(limits=1, user_api="blas")

    def pools(self, limit: int | None = None) -> AbstractContextManager[object]:
        """Hold BLAS and OpenMP to this call's threads, or to `limit` where our own threads call them."""
        wanted = self.threads if limit is None else limit
        if pooled() or wanted >= self._cores:
            return nullcontext()  # looking through the loaded libraries takes milliseconds
        return _held.to(limits=wanted)
