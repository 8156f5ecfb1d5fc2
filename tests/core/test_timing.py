"""TIMING is logged where the tick time differs by more than 20 % from the one logged last, or after 60 s of silence."""

from __future__ import annotations

import pytest
from stage import Stage

from pyralis.core.timing import Timing


@pytest.fixture
def timing(stage: Stage) -> Timing:
    return stage.timing


def second(timing: Timing, tick_us: int, ticks: int = 50, elapsed_ms: int = 1000) -> None:
    """A second of ticks that take as long each."""
    for _ in range(ticks):
        timing.count(tick_us)
    timing.close_period(elapsed_ms)


def logged(stage: Stage) -> list[str]:
    return [text for text in stage.texts() if "TIMING" in text]


def test_the_first_second_is_logged(stage: Stage, timing: Timing) -> None:
    second(timing, 1000)
    assert logged(stage) == ["timing: TIMING 1000 us a tick, 50 fps"]


def test_a_steady_time_is_logged_again_after_60_seconds(stage: Stage, timing: Timing) -> None:
    second(timing, 1000)
    for _ in range(59):
        second(timing, 1000)
    assert len(logged(stage)) == 1
    second(timing, 1000)
    assert len(logged(stage)) == 2


def test_silence_is_measured_in_time_and_not_in_calls(stage: Stage, timing: Timing) -> None:
    second(timing, 1000)
    second(timing, 1000, elapsed_ms=59_999)
    assert len(logged(stage)) == 1
    second(timing, 1000, elapsed_ms=1)
    assert len(logged(stage)) == 2


@pytest.mark.parametrize("tick_us", [1200, 800])
def test_a_change_of_20_percent_is_not_logged(stage: Stage, timing: Timing, tick_us: int) -> None:
    second(timing, 1000)
    for _ in range(50):
        second(timing, tick_us)
    assert timing.tick_us == tick_us
    assert len(logged(stage)) == 1


@pytest.mark.parametrize("tick_us", [1210, 790])
def test_a_change_of_more_than_20_percent_is_logged_once(stage: Stage, timing: Timing, tick_us: int) -> None:
    second(timing, 1000)
    for _ in range(50):
        second(timing, tick_us)
    assert timing.tick_us == tick_us
    assert len(logged(stage)) == 2


def test_a_lasting_change_is_compared_with_what_was_logged_and_not_with_the_second_before(
    stage: Stage, timing: Timing
) -> None:
    for tick_us in range(1000, 1500, 5):
        second(timing, tick_us)
    assert 2 <= len(logged(stage)) <= 4


def test_one_slow_second_counts_for_a_quarter(timing: Timing) -> None:
    second(timing, 1000)
    second(timing, 2000)
    assert timing.tick_us == 1250


@pytest.mark.parametrize(("before_us", "after_us"), [(10, 13), (13, 10), (0, 3), (1000, 1001)])
def test_the_mean_reaches_a_time_that_differs_by_a_few_microseconds(
    timing: Timing, before_us: int, after_us: int
) -> None:
    second(timing, before_us)
    for _ in range(20):
        second(timing, after_us)
    assert timing.tick_us == after_us


@pytest.mark.parametrize(("ticks", "elapsed_ms", "fps"), [(60, 1000, 60), (60, 1016, 59), (1, 1500, 1), (30, 1019, 29)])
def test_frames_a_second_are_rounded(timing: Timing, ticks: int, elapsed_ms: int, fps: int) -> None:
    second(timing, 100, ticks, elapsed_ms)
    assert timing.fps == fps


def test_a_period_without_ticks_or_without_time_changes_nothing(timing: Timing) -> None:
    second(timing, 1000)
    second(timing, 0, ticks=0)
    second(timing, 5000, elapsed_ms=0)
    assert (timing.fps, timing.tick_us) == (50, 1000)
