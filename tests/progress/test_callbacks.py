"""Functions that receive the progress: which blocks and calls they receive, and where their errors go."""

import threading
from collections.abc import Callable
from contextvars import copy_context
from dataclasses import replace

import pytest

from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.progress import (
    CallProgress,
    Progress,
    begin_step,
    callbacks,
    follow_call,
    progress,
    suppress_progress,
)


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


def follow(call: str, update: Callable[[CallProgress], object], work: Callable[[], object]) -> None:
    """Follow a call that does some work in one step."""
    with progress(update=update), follow_call(call) as meter:
        meter.expect([("step", 1.0)])
        begin_step("step")
        work()


@pytest.mark.parametrize("threads", [1, 3])
def test_the_progress_of_a_call_grows_to_one(threads):
    states: list[CallProgress] = []

    def wait(block: slice) -> None:
        threading.Event().wait(0.02)

    blocks = [slice(i, i + 1) for i in range(20)]
    follow("call", states.append, lambda: ExecutionContext(n_threads=threads).map_blocks("stage", wait, blocks))
    fractions = [state.fraction for state in states]
    assert fractions == sorted(fractions)
    assert 2 < len(states) < 22
    assert (states[-1].fraction, states[-1].call) == (1.0, "call")
    assert {state.step for state in states[1:]} == {"step"}


def test_updates_come_while_a_worker_runs_one_long_block(monkeypatch):
    monkeypatch.setattr(callbacks, "WAIT_SECONDS", 0.01)
    monkeypatch.setattr(callbacks, "UPDATE_SECONDS", 0.0)
    states: list[CallProgress] = []
    enough = threading.Event()

    def update(state: CallProgress) -> None:
        states.append(state)
        if len(states) > 20:
            enough.set()

    blocks = [slice(0, 1), slice(1, 2)]
    follow("call", update, lambda: ExecutionContext(n_threads=2).map_blocks("stage", lambda _: enough.wait(30), blocks))
    assert enough.is_set()


def test_blocks_are_counted_but_not_reported_while_functions_are_suppressed():
    states: list[CallProgress] = []
    labels: list[str] = []

    def work() -> None:
        n_states = len(states)
        with suppress_progress():
            ExecutionContext(n_threads=1).map_blocks("stage", nothing, [slice(0, 1)] * 3)
        assert len(states) == n_states

    follow("call", states.append, work)
    with progress(append_stages(labels)), suppress_progress():
        ExecutionContext(n_threads=1).map_blocks("stage", nothing, [slice(0, 1)] * 3)
    assert labels == []


def test_an_error_of_an_update_reaches_the_caller_and_the_next_call_is_followed():
    def stop(state: CallProgress) -> None:
        raise RuntimeError("enough")

    states: list[CallProgress] = []
    with pytest.raises(RuntimeError, match="enough"):
        follow("call", stop, lambda: None)
    follow("next", states.append, lambda: None)
    assert states[-1] == replace(states[-1], call="next", fraction=1.0, seconds_left=0.0)


def test_a_call_on_a_thread_with_a_copied_context_is_not_mixed_in():
    states: list[CallProgress] = []
    meters: list[object] = []

    def other() -> None:
        with follow_call("other") as meter:
            meters.append(meter)

    def work() -> None:
        thread = threading.Thread(target=copy_context().run, args=(other,))
        thread.start()
        thread.join()

    follow("call", states.append, work)
    assert meters == [None]
    assert {state.call for state in states} == {"call"}


def test_nothing_is_followed_without_a_function_or_with_one_for_blocks_only():
    with follow_call("call") as meter:
        assert meter is None
    with progress(append_stages([])), follow_call("call") as meter:
        assert meter is None


def test_an_update_of_a_call_itself_is_called_beside_that_of_the_block():
    own: list[CallProgress] = []
    states: list[CallProgress] = []
    with follow_call("call", own.append):
        pass
    with progress(update=states.append), follow_call("call", own.append):
        pass
    assert [state.fraction for state in own] == [1.0, 1.0]
    assert [state.fraction for state in states] == [1.0]
