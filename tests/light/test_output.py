"""An output sends its driver's lights so many times a second, whatever the ticks are."""

from __future__ import annotations

from typing import Any

import pytest
from stage import Stage


def output(stage: Stage, fps: int) -> Any:
    driver = stage.add("DriverLayer")
    stage.add("Line", driver, length=2)
    stage.add("Paint", stage.add("EffectsLayer", driver))  # draws in every tick
    return stage.add("ArtNetOut", driver, fps=fps)


def sent(stage: Stage) -> int:
    return len(stage.platform.sockets[-1].packets)


@pytest.mark.parametrize(("fps", "tick_ms"), [(40, 5), (40, 20), (1, 20), (120, 2), (33, 7)])
def test_so_many_frames_are_sent_in_a_second(stage: Stage, fps: int, tick_ms: int) -> None:
    output(stage, fps)
    stage.scheduler.tick()
    stage.tick(tick_ms, times=10_000 // tick_ms)
    assert abs(sent(stage) - 10 * fps) <= 1


def test_a_tick_sends_one_frame_however_late_it_is(stage: Stage) -> None:
    output(stage, 120)
    stage.scheduler.tick()
    stage.tick(1000)
    assert sent(stage) == 1
    stage.tick(1, times=50)
    assert sent(stage) <= 1 + 1 + 6


def test_without_lights_nothing_is_sent(stage: Stage) -> None:
    driver = stage.add("DriverLayer")
    out = stage.add("ArtNetOut", driver)
    stage.tick(100, times=5)
    assert (stage.platform.sockets, out.status) == ([], "ok")


def test_an_output_sends_what_was_drawn_in_the_same_tick(stage: Stage) -> None:
    out = output(stage, 40)
    stage.add("Paint", stage.add("EffectsLayer", out.parent), level=255)
    stage.scheduler.tick()
    stage.tick(25)
    assert stage.platform.sockets[-1].packets == [stage.platform.sockets[-1].packets[0][:18] + b"\xff" * 6]
