"""The fraction of a call: monotone, weighted by estimates, corrected by the time that passes; with a clock of the test."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpu_smotetomek.progress.meter import Meter


class Clock:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def run_blocks(meter: Meter, clock: Clock, total: int, seconds: float) -> list[float]:
    """The fractions after each of `total` blocks of equal length."""
    fractions, tally = [], meter.begin_blocks(total)
    for _ in range(total):
        meter.begin_block(tally)
        clock.now += seconds / total
        meter.end_block(tally)
        fractions.append(meter.read().fraction)
    return fractions


def test_with_exact_estimates_the_fraction_is_the_share_of_the_time(clock):
    meter = Meter("call", clock)
    meter.expect([("a", 6.0), ("b", 2.0)])
    meter.begin_part("a")
    clock.now += 3
    state = meter.read()
    assert (state.call, state.step, state.seconds) == ("call", "a", 3.0)
    assert state.fraction == pytest.approx(3 / 8)
    assert state.seconds_left == pytest.approx(5.0)
    run_blocks(meter, clock, 10, 3.0)
    meter.begin_part("b")
    assert meter.read().fraction == pytest.approx(6 / 8)
    clock.now += 1
    assert meter.read().fraction == pytest.approx(7 / 8)
    meter.close_span()
    assert (meter.read().fraction, meter.read().seconds_left) == (1.0, 0.0)


def test_there_is_no_estimate_before_the_parts_are_known(clock):
    meter = Meter("call", clock)
    clock.now += 5
    state = meter.read()
    assert (state.fraction, state.seconds_left) == (0.0, None)


def test_the_rate_of_the_blocks_corrects_an_estimate_that_is_too_short(clock):
    meter = Meter("call", clock)
    meter.expect([("a", 1.0)])
    meter.begin_part("a")
    fractions = run_blocks(meter, clock, 10, 20.0)
    assert fractions[:9] == pytest.approx([share / 10 for share in range(1, 10)], abs=0.2)
    assert meter.read().fraction < 1


def test_a_slow_first_part_lengthens_the_estimates_of_the_others(clock):
    """Three times as slow as estimated: the measured speed counts, though not alone."""
    meter = Meter("call", clock)
    meter.expect([("a", 10.0), ("b", 10.0)])
    meter.begin_part("a")
    clock.now += 30
    meter.begin_part("b")
    state = meter.read()
    assert 0.5 <= state.fraction < 0.7
    assert 15 < state.seconds_left < 30


def test_an_estimate_that_is_too_long_ends_with_a_jump_and_not_before(clock):
    meter = Meter("call", clock)
    meter.expect([("a", 100.0), ("b", 1.0)])
    meter.begin_part("a")
    clock.now += 1
    assert meter.read().fraction < 0.02
    meter.begin_part("b")
    clock.now += 1
    assert meter.read().fraction > 0.5


def test_equal_parts_of_unknown_length_are_counted(clock):
    meter = Meter("call", clock)
    meter.expect([(f"seed {i}", 1.0) for i in range(4)], in_seconds=False)
    fractions = []
    for i in range(4):
        meter.begin_part(f"seed {i}")
        clock.now += 7
        meter.begin_part("")
        fractions.append(meter.read().fraction)
    assert fractions[:3] == pytest.approx([1 / 4, 2 / 4, 3 / 4])


def test_a_call_within_a_call_says_how_long_its_part_takes(clock):
    meter = Meter("outer", clock)
    meter.expect([("one", 1.0), ("two", 1.0)], in_seconds=False)
    meter.begin_part("one")
    meter.open_span("inner")
    meter.expect([("a", 4.0)])
    meter.begin_part("a")
    clock.now += 2
    state = meter.read()
    assert (state.call, state.step) == ("outer", "a")
    assert state.fraction == pytest.approx(2 / 8)
    meter.close_span()
    assert meter.read().fraction < 1


def test_a_part_that_is_left_out_no_longer_counts(clock):
    meter = Meter("call", clock)
    meter.expect([("a", 1.0), ("left out", 50.0), ("c", 1.0)])
    meter.begin_part("a")
    clock.now += 1
    meter.begin_part("c")
    assert meter.read().fraction == pytest.approx(1 / 2)


def test_blocks_within_blocks_fill_them_on_any_thread(clock):
    meter = Meter("call", clock)
    meter.expect([("a", 1e-3)])
    meter.begin_part("a")
    outer = meter.begin_blocks(2)
    clock.now += 1
    fractions = []

    def work() -> None:
        meter.begin_block(outer)
        inner = meter.begin_blocks(4)
        for _ in range(4):
            meter.begin_block(inner)
            meter.end_block(inner)
            fractions.append(outer.fraction)
        meter.end_block(outer)

    worker = threading.Thread(target=work)
    worker.start()
    worker.join()
    assert fractions == sorted(fractions)
    assert 0 < fractions[0] < fractions[-1] < 1 / 2
    assert outer.fraction == 1 / 2


def test_a_worker_thread_without_a_block_counts_nothing(clock):
    meter, tallies = Meter("call", clock), []
    outer = meter.begin_blocks(3)
    worker = threading.Thread(target=lambda: tallies.append(meter.begin_blocks(2)))
    worker.start()
    worker.join()
    assert tallies == [None]
    assert outer.fraction == 0


OPERATIONS = st.one_of(
    st.tuples(st.just("wait"), st.floats(0, 100)),
    st.tuples(st.just("part"), st.sampled_from("abc")),
    st.tuples(st.just("blocks"), st.integers(1, 5)),
    st.tuples(st.just("open"), st.booleans()),
    st.tuples(st.just("close"), st.none()),
)


@given(st.lists(st.floats(0, 50), min_size=3, max_size=3), st.lists(OPERATIONS, max_size=30))
def test_the_fraction_never_falls_whatever_happens(estimates, operations):
    clock = Clock()
    meter, depth, fractions = Meter("call", clock), 1, []
    meter.expect(zip("abc", estimates, strict=True))
    for name, value in operations:
        if name == "wait":
            clock.now += value
        elif name == "part":
            meter.begin_part(value)
        elif name == "blocks":
            run_blocks(meter, clock, value, 1.0)
        elif name == "open":
            meter.open_span("inner")
            depth += 1
            meter.expect(zip("abc", estimates, strict=True), in_seconds=value)
        elif depth > 1:
            meter.close_span()
            depth -= 1
        state = meter.read()
        assert state.seconds_left is None or state.seconds_left >= 0
        fractions.append(state.fraction)
    assert fractions == sorted(fractions)
    assert all(0 <= fraction < 1 for fraction in fractions)
    while depth:
        meter.close_span()
        depth -= 1
    assert meter.read().fraction == 1
