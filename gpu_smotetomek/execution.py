"""The execution context of one call: memory budget, threads, device, backend and progress.

`fit_resample` makes one context, each step narrows it to its own parameters, and every function that does work receives it as
an argument. Rows and batches never hold it; objects that live for one step, such as a search, may keep it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, wait
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain
from queue import SimpleQueue
from typing import TypeVar

from gpu_smotetomek.arrays.dispatch import ArrayKind
from gpu_smotetomek.memo import Memo
from gpu_smotetomek.progress import BlockProgress, count_blocks, follow_blocks
from gpu_smotetomek.threadpools import count_threads, shared_limits, usable_cores
from gpu_smotetomek.worker_threads import ThreadPool, in_worker_thread, pop_or_none

DEFAULT_MEMORY_LIMIT = 256 * 2**20
CACHE_BYTES = 2**20  # temporaries of one thread that fit into its second-level cache
MIN_CACHED_ROWS = 64

T = TypeVar("T")


def is_out_of_memory(error: Exception) -> bool:
    """Whether an error reports a lack of memory: PyTorch and FAISS raise a RuntimeError, all others a MemoryError."""
    text = str(error).lower()
    return isinstance(error, MemoryError) or (
        isinstance(error, RuntimeError) and ("out of memory" in text or "can't allocate memory" in text)
    )


@dataclass(frozen=True)
class ExecutionContext:
    """Budget, threads, device and backend of one call, or of one of its steps.

    Parameters
    ----------
    memory_limit : int
        Bytes of temporaries that may be alive at once, over all threads.
    n_threads : int
        Threads that may run at once.
    kind : ArrayKind
        Kind of the rows. Blocks of arrays other than NumPy's run one after another on the caller's thread: their library has
        threads of its own, and its current device and stream belong to that thread.
    caller_kind : ArrayKind
        Kind of the array that the caller gave, from which the rows may have been moved or viewed.
    backend : str
        'auto' or the name of a search backend.
    device : str
        'cpu', 'cuda' or 'cuda:N': where the work runs.
    out_of_core_device : str or None
        The device through which rows of the host pass in blocks, where they do not fit on it; None where all rows fit.
    memo : Memo or None
        Results of earlier calls on the same rows; None where each call computes all.
    """

    memory_limit: int = DEFAULT_MEMORY_LIMIT
    n_threads: int = field(default_factory=lambda: count_threads(None))
    kind: ArrayKind = ArrayKind.NUMPY
    caller_kind: ArrayKind = ArrayKind.NUMPY
    backend: str = "auto"
    device: str = "cpu"
    out_of_core_device: str | None = None
    memo: Memo | None = field(default=None, repr=False, compare=False)
    _pool: ThreadPool = field(default_factory=ThreadPool, repr=False, compare=False)
    # the most rows that are still tried in one block, by label
    _largest_block: dict[str, int] = field(default_factory=dict, repr=False, compare=False)

    def narrow(
        self, *, backend: str = "auto", memory_limit: int | None = None, n_jobs: int | None = None
    ) -> ExecutionContext:
        """Return the context of a step: its own parameters where it sets them, else these; the threads are shared."""
        return replace(
            self,
            backend=self.backend if backend == "auto" else backend,
            memory_limit=self.memory_limit if memory_limit is None else int(memory_limit),
            n_threads=self.n_threads if n_jobs is None else count_threads(n_jobs),
        )

    @property
    def n_concurrent(self) -> int:
        """Blocks that run at once."""
        return self.n_threads if self.kind.is_numpy_or_sparse else 1

    @property
    def uses_device(self) -> bool:
        """Whether a GPU does the work."""
        return self.kind.is_gpu or self.out_of_core_device is not None

    @property
    def views_torch(self) -> bool:
        """Whether the rows are CuPy's view of a torch tensor."""
        return self.kind is ArrayKind.CUPY and self.caller_kind in (ArrayKind.TORCH_CPU, ArrayKind.TORCH_CUDA)

    def rows_per_block(self, bytes_per_row: float, at_most: int | None = None) -> int:
        """Rows of a block, at least one, whose temporaries fit into the thread's share of the budget.

        Parameters
        ----------
        bytes_per_row : float
            Temporaries of one row.
        at_most : int or None
            Upper limit on the rows.
        """
        share = self.memory_limit // (2 * self.n_concurrent)  # half the budget: results are alive beside temporaries
        count = max(1, int(share // max(1.0, bytes_per_row)))
        return count if at_most is None else min(count, max(1, at_most))

    def rows_in_cache(self, bytes_per_row: float) -> int:
        """Rows of a block whose temporaries fit into the budget and, for NumPy's arrays, into the cache.

        Parameters
        ----------
        bytes_per_row : float
            Temporaries of one row.
        """
        cached = max(MIN_CACHED_ROWS, int(CACHE_BYTES // max(1.0, bytes_per_row)))
        return self.rows_per_block(bytes_per_row, cached if self.kind.is_numpy_or_sparse else None)

    def balanced_blocks(self, n: int, size: int) -> list[slice]:
        """Blocks of nearly equal size, in a number that keeps all threads busy until the end.

        Parameters
        ----------
        n : int
            Number of rows.
        size : int
            Most rows of a block.
        """
        rounds = max(1, -(-n // (size * self.n_concurrent)))
        return self.blocks(n, max(1, -(-n // (rounds * self.n_concurrent))))

    def blocks(self, n: int, size: int, first: int = 0) -> list[slice]:
        """Blocks of at most `size` rows that cover the `n` rows from row `first` on."""
        stop = first + n
        return [slice(start, min(stop, start + size)) for start in range(first, stop, size)]

    def map_rows(
        self, label: str, function: Callable[[slice], T], n: int, bytes_per_row: float, *, threaded_from: int | None = 2
    ) -> list[T]:
        """Results of `function` for blocks of `n` rows that fit into the cache, in order.

        Parameters
        ----------
        label : str
            Name that progress callbacks receive.
        function : callable
            Receives a slice of rows.
        n : int
            Number of rows.
        bytes_per_row : float
            Temporaries of `function` for one row.
        threaded_from : int or None
            Number of blocks from which several threads run; None: one thread runs all of them.
        """
        blocks = self.blocks(n, self.rows_in_cache(bytes_per_row))
        threaded = threaded_from is not None and len(blocks) >= threaded_from
        return self.map_blocks(label, function, blocks, threaded=threaded)

    def map_blocks(
        self, label: str, function: Callable[[slice], T], blocks: Sequence[slice], *, threaded: bool = True
    ) -> list[T]:
        """Results of `function` for each block, in order, on all threads; progress callbacks see each finished block.

        A block that runs out of memory is split in two, each with a result of its own. A call from a worker thread stays on
        that thread: workers that wait for other workers could wait forever.

        Parameters
        ----------
        label : str
            Name that progress callbacks receive.
        function : callable
            Receives a block.
        blocks : sequence of slice
            Consecutive rows.
        threaded : bool, default=True
            Whether several threads may run.

        Raises
        ------
        MemoryError
            If the memory does not suffice for a single row.
        """
        follower = follow_blocks(label, len(blocks))
        if threaded and self.n_concurrent > 1 and len(blocks) > 1 and not in_worker_thread():
            results = self._map_threaded(label, function, blocks, follower)
        elif follower is None:
            results = [self._run_or_split(label, function, block) for block in blocks]
        else:
            results = []
            for block in blocks:
                results.append(follower.run(partial(self._run_or_split, label, function, block)))
                follower.report()
        return list(chain.from_iterable(results))

    def _map_threaded(
        self, label: str, function: Callable[[slice], T], blocks: Sequence[slice], follower: BlockProgress | None
    ) -> list[list[T]]:
        """Run the blocks on worker threads. Each worker is woken once and takes block after block, as waking one is slow."""
        pending, results = deque(enumerate(blocks)), [list[T]() for _ in blocks]
        finished: SimpleQueue[bool] = SimpleQueue()

        def run_block(block: slice) -> list[T]:
            with count_blocks(None if follower is None else follower.watch.meter):  # new threads may inherit a context
                run = partial(self._run_or_split, label, function, block)
                return run() if follower is None else follower.run(run)

        def run_pending() -> None:
            try:
                while (item := pop_or_none(pending)) is not None:
                    results[item[0]] = run_block(item[1])
                    finished.put(True)
            except BaseException:
                pending.clear()
                finished.put(False)
                raise

        workers = min(self.n_concurrent, len(blocks))
        futures = list[Future[None]]()
        try:
            while len(futures) < workers and (future := self._pool.submit(run_pending)) is not None:
                futures.append(future)
            if not futures:
                run_pending()
            if follower is not None:
                follower.report_each(finished)
            for future in futures:
                future.result()
        finally:
            pending.clear()  # an interrupted or failed call does not run the blocks that have not started
            wait(futures)  # running blocks must end before the caller restores the settings of libraries
        return results

    def _run_or_split(self, label: str, function: Callable[[slice], T], block: slice) -> list[T]:
        """The result of a block, or the results of its parts where the whole block does not fit into memory."""
        rows = block.stop - block.start
        if rows <= self._largest_block.get(label, rows):
            try:
                return [function(block)]
            except Exception as error:
                if not is_out_of_memory(error):
                    raise
                if rows < 2:
                    raise MemoryError(
                        f"there is no room for a single row of {label!r}: {error}. Free what else fills the memory (of a GPU: "
                        "cupy.get_default_memory_pool().free_all_blocks(), torch.cuda.empty_cache()), or give fewer rows"
                    ) from error
            # outside the handler: an error keeps alive the frames that it passed, and with them the arrays of the failed block
            self._largest_block[label] = rows // 2
        parts = self.blocks(rows, self._largest_block[label], block.start)
        return [result for part in parts for result in self._run_or_split(label, function, part)]

    @contextmanager
    def in_background(self, function: Callable[..., T], *arguments: object) -> Iterator[Future[T]]:
        """Run a function on another thread; leaving the `with` statement waits for it.

        The function must not depend on the current device or stream, which belong to the caller's thread.
        """

        def run() -> T:
            with count_blocks(
                None
            ):  # new threads may inherit a context, and with it the functions that receive the progress
                return function(*arguments)

        future = self._pool.submit(run)
        if future is None:
            future = Future()
            future.set_result(function(*arguments))
        try:
            yield future
        finally:
            wait([future])

    def single_threaded_blas(self) -> AbstractContextManager[object]:
        """Limit BLAS to one thread a call, where our own threads multiply matrices."""
        return nullcontext() if in_worker_thread() else shared_limits.limit(limits=1, user_api="blas")

    def limit_library_threads(self) -> AbstractContextManager[object]:
        """Limit BLAS and OpenMP to the threads of this context."""
        if in_worker_thread() or self.n_threads >= usable_cores():
            return nullcontext()  # inspecting the loaded libraries takes milliseconds
        return shared_limits.limit(limits=self.n_threads)
