"""The base of effects: time from milliseconds, state made for the size, copies where an effect draws less than 3D."""

from __future__ import annotations

from typing import Any

import pytest
from stage import Stage


def wall(stage: Stage, effect: str, width: int = 3, height: int = 2, depth: int = 2, **controls: object) -> Any:
    """An effect on a box of that size; gives the effect, its layer is the parent."""
    driver = stage.add("DriverLayer")
    stage.add("Grid", driver, width=width, height=height, depth=depth)
    return stage.add(effect, stage.add("EffectsLayer", driver), **controls)


def lights(effect: Any) -> list[tuple[int, ...]]:
    buffer = effect.parent.buffer
    return [tuple(buffer[i : i + 3]) for i in range(0, len(buffer), 3)]


def test_an_effect_makes_its_state_for_the_size_of_its_layer(stage: Stage) -> None:
    assert wall(stage, "Paint").sizes == [(3, 2, 2)]


def test_an_effect_waits_for_lights(stage: Stage) -> None:
    driver = stage.add("DriverLayer")
    effect = stage.add("Paint", stage.add("EffectsLayer", driver))
    stage.tick()
    assert (effect.sizes, effect.frames, effect.status) == ([], 0, "ok")
    stage.add("Grid", driver, width=4, height=1)
    stage.tick()
    assert (effect.sizes, effect.frames) == ([(4, 1, 1)], 1)


def test_an_effect_makes_its_state_anew_when_the_size_changes(stage: Stage) -> None:
    effect = wall(stage, "Paint")
    grid = effect.parent.parent.children[0]
    stage.set(grid, width=5, height=1, depth=1)
    assert effect.sizes == [(3, 2, 2), (5, 1, 1)]


def test_an_effect_that_draws_three_dimensions_writes_everything_itself(stage: Stage) -> None:
    effect = wall(stage, "Paint", level=9)
    stage.tick()
    assert lights(effect) == [(9, 9, 9)] * 12


def test_an_effect_that_draws_a_slice_is_repeated_in_depth(stage: Stage) -> None:
    effect = wall(stage, "PaintSlice", level=9)
    stage.tick()
    assert lights(effect) == [(0, 0, 9), (1, 0, 9), (2, 0, 9), (0, 1, 9), (1, 1, 9), (2, 1, 9)] * 2


def test_an_effect_that_draws_a_row_is_repeated_in_height_and_depth(stage: Stage) -> None:
    effect = wall(stage, "PaintRow", level=9)
    stage.tick()
    assert lights(effect) == [(0, 0, 9), (1, 0, 9), (2, 0, 9)] * 4


def test_an_effect_without_memory_for_its_state_is_disabled_and_the_next_one_draws(stage: Stage) -> None:
    effect = wall(stage, "Paint", level=9)
    stage.platform.heap_limit_bytes = 5000
    greedy = stage.add("Paint", effect.parent, needs_bytes=5001, level=200)
    stage.tick()
    assert greedy.status == "disabled"
    assert greedy.reason.startswith("needs 5001 bytes")
    assert lights(effect)[0] == (9, 9, 9)


@pytest.mark.parametrize("tick_ms", [1, 3, 20, 250])
def test_a_phase_depends_on_the_time_and_not_on_the_number_of_ticks(stage: Stage, tick_ms: int) -> None:
    effect = wall(stage, "Paint")
    phases: list[int] = []
    effect.render = lambda *_: phases.append(effect.advance(100))
    stage.scheduler.tick()
    stage.tick(tick_ms, times=3000 // tick_ms)
    assert phases[-1] == 300


def test_a_slow_phase_is_not_rounded_to_a_standstill(stage: Stage) -> None:
    effect = wall(stage, "Paint")
    phases: list[int] = []
    effect.render = lambda *_: phases.append(effect.advance(1))
    stage.scheduler.tick()
    stage.tick(1, times=2500)
    assert phases[-1] == 2


def test_a_phase_has_16_bits(stage: Stage) -> None:
    effect = wall(stage, "Paint")
    phases: list[int] = []
    effect.render = lambda *_: phases.append(effect.advance(65_535))
    stage.scheduler.tick()
    stage.tick(1000, times=3)
    assert phases == [0, 65_535, 65_534, 65_533]


def test_steps_of_a_simulation_are_due_by_the_time_that_passed(stage: Stage) -> None:
    effect = wall(stage, "Paint")
    due: list[int] = []
    effect.render = lambda *_: due.append(effect.steps(50))
    stage.scheduler.tick()
    stage.tick(20, times=10)
    assert due == [0, 0, 0, 1, 0, 1, 0, 0, 1, 0, 1]


def test_steps_that_are_too_many_are_dropped_and_not_made_up_for(stage: Stage) -> None:
    effect = wall(stage, "Paint")
    due: list[int] = []
    effect.render = lambda *_: due.append(effect.steps(50, 8))
    stage.scheduler.tick()
    stage.tick(1000)
    stage.tick(20, times=3)
    assert due == [0, 8, 0, 0, 1]
