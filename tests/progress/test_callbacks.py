"""Progress callbacks: which blocks they receive, and where their errors go."""

import threading

import pytest

from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.progress import Progress, progress


def nothing(block: slice) -> None:
    pass


def append_stages(stages: list[str]) -> Progress:
    return lambda stage, done, total: stages.append(stage)


@pytest.mark.parametrize("threads", [1, 3])
def test_every_finished_block_is_reported_in_order(threads):
    reports = []
    with progress(lambda *report: reports.append(report)):
        ExecutionContext(n_threads=threads).map_blocks("stage", nothing, [slice(i, i + 1) for i in range(5)])
    assert reports == [("stage", done, 5) for done in range(1, 6)]
    ExecutionContext(n_threads=threads).map_blocks("stage", nothing, [slice(0, 1)] * 5)
    assert len(reports) == 5


def test_an_inner_callback_replaces_the_outer_one_for_a_while():
    outer, inner = [], []
    ctx = ExecutionContext(n_threads=1)
    with progress(append_stages(outer)):
        with progress(append_stages(inner)):
            ctx.map_blocks("a", nothing, [slice(0, 1)])
        with pytest.raises(RuntimeError), progress(append_stages(inner)):
            raise RuntimeError
        ctx.map_blocks("b", nothing, [slice(0, 1)])
    assert (outer, inner) == (["b"], ["a"])


def test_a_callback_receives_calls_of_its_own_thread_only():
    stages = []
    with progress(append_stages(stages)):
        other = threading.Thread(
            target=lambda: ExecutionContext(n_threads=1).map_blocks("other", nothing, [slice(0, 1)])
        )
        other.start()
        other.join()
        ExecutionContext(n_threads=1).map_blocks("own", nothing, [slice(0, 1)])
    assert stages == ["own"]


def test_an_error_of_a_callback_reaches_the_caller():
    def stop(stage: str, done: int, total: int) -> None:
        raise RuntimeError("enough")

    for threads in (1, 2):
        with pytest.raises(RuntimeError, match="enough"), progress(stop):
            ExecutionContext(n_threads=threads).map_blocks("stage", nothing, [slice(0, 1)] * 4)
