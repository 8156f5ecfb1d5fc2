"""With `fade_ms` the picture before a change of layers, effects or modifiers melts into the one after it."""

from __future__ import annotations

from typing import Any

import pytest
from stage import Stage

from pyralis.light.fade import fade_next

FADE_MS = 1000


class Wall:
    """Two lights, which show the level of a Paint."""

    def __init__(self, fade_ms: int = FADE_MS) -> None:
        self.stage = Stage()
        self.driver = self.stage.add("DriverLayer", fade_ms=fade_ms)
        self.line = self.stage.add("Line", self.driver, length=2)
        self.layer = self.stage.add("EffectsLayer", self.driver)
        self.paint = self.stage.add("Paint", self.layer, level=200)
        self.stage.tick(20, times=60)

    def level(self, duration_ms: int = 0) -> int:
        """What all bytes are after a tick of that time."""
        self.stage.tick(duration_ms)
        (level,) = set(self.driver.buffer)
        return int(level)

    def levels(self, duration_ms: int, times: int) -> list[int]:
        return [self.level(duration_ms) for _ in range(times)]


def falls_evenly(levels: list[int], start: int, end: int) -> bool:
    """True where they go from about `start` to `end` in equal steps."""
    steps = len(levels)
    return all(
        abs(level - (start + (end - start) * number // steps)) <= 3 for number, level in enumerate(levels, start=1)
    )


def test_without_fade_a_change_is_seen_at_once() -> None:
    wall = Wall(0)
    wall.stage.manager.delete(wall.paint.id)
    assert (wall.levels(20, 2)[1], wall.driver._fade) == (0, None)


def test_a_deleted_effect_fades_to_black() -> None:
    wall = Wall()
    wall.stage.manager.delete(wall.paint.id)
    assert wall.level() == 200
    assert falls_evenly(wall.levels(100, 10), 200, 0)
    assert wall.level() == 0


def test_a_fade_takes_the_same_time_at_any_tick_rate() -> None:
    slow, fast = Wall(), Wall()
    for wall in (slow, fast):
        wall.stage.add("Paint", wall.layer, level=0)
    assert slow.levels(250, 4) == fast.levels(10, 100)[24::25]


def test_an_added_effect_fades_in() -> None:
    wall = Wall()
    wall.stage.add("Paint", wall.layer, level=100)
    assert falls_evenly(wall.levels(100, 10), 200, 100)


def test_a_replaced_effect_fades_from_the_one_before() -> None:
    wall = Wall()
    wall.stage.manager.replace(wall.paint.id, "Solid")
    assert set(wall.driver.buffer) == {200}
    wall.stage.set(wall.stage.manager.find(wall.paint.id), color="#000000")
    assert falls_evenly(wall.levels(100, 10), 200, 0)


def test_an_effect_that_moves_in_the_order_fades() -> None:
    wall = Wall()
    wall.stage.add("Paint", wall.layer, level=100)
    wall.stage.tick(20, times=60)
    wall.stage.manager.move(wall.paint.id, wall.layer.id, 1)
    assert falls_evenly(wall.levels(100, 10), 100, 200)


def test_layers_that_come_and_go_fade() -> None:
    wall = Wall()
    upper = wall.stage.add("EffectsLayer", wall.driver)
    wall.stage.add("Paint", upper, level=100)
    assert falls_evenly(wall.levels(100, 10), 200, 100)
    wall.stage.manager.delete(upper.id)
    assert falls_evenly(wall.levels(100, 10), 100, 200)


def test_a_modifier_fades() -> None:
    wall = Wall()
    wall.stage.add("Checkerboard", wall.layer, field=1)
    wall.stage.tick(500)
    assert [abs(byte - expected) <= 2 for byte, expected in zip(wall.driver.buffer, [200] * 3 + [100] * 3, strict=True)]
    wall.stage.tick(500)
    assert list(wall.driver.buffer) == [200] * 3 + [0] * 3


def test_several_changes_at_once_are_one_fade() -> None:
    wall = Wall()
    wall.stage.manager.delete(wall.paint.id)
    wall.stage.add("Paint", wall.layer, level=150)
    wall.stage.add("Paint", wall.layer, level=100)
    assert falls_evenly(wall.levels(100, 10), 200, 100)


def test_a_change_within_a_fade_starts_from_what_is_seen() -> None:
    wall = Wall()
    wall.stage.manager.delete(wall.paint.id)
    wall.stage.tick(500)
    half = wall.level()
    wall.stage.add("Paint", wall.layer, level=250)
    assert abs(half - 100) <= 2
    assert falls_evenly(wall.levels(100, 10), half, 250)


@pytest.mark.parametrize("change", ["control", "output", "rename", "layout"])
def test_what_changes_no_set_does_not_fade(change: str) -> None:
    wall = Wall()
    if change == "control":
        wall.stage.set(wall.paint, level=10)
    elif change == "output":
        wall.stage.add("Preview", wall.driver)
    elif change == "rename":
        wall.stage.manager.rename(wall.paint.id, "Other")
    else:
        wall.stage.set(wall.line, reverse=True)
    wall.stage.tick(0)
    assert not wall.driver._fade.heap_bytes()


def test_a_picture_that_stands_still_is_left_alone_after_its_fade() -> None:
    wall = Wall()
    wall.stage.manager.replace(wall.paint.id, "Solid")
    wall.stage.tick(100, times=11)
    version = wall.driver.version
    wall.stage.tick(100, times=20)
    assert wall.driver.version == version
    assert wall.driver.heap_bytes() == 6 + 4


def test_lights_that_change_their_number_end_a_fade() -> None:
    wall = Wall()
    wall.stage.manager.delete(wall.paint.id)
    wall.stage.tick(100)
    wall.stage.set(wall.line, length=3)
    assert wall.level(20) == 0
    assert not wall.driver._fade.heap_bytes()
    assert wall.driver.status == "ok"


def test_a_tree_that_is_loaded_does_not_fade_in() -> None:
    wall = Wall()
    stage = Stage()
    stage.manager.load(wall.stage.manager.snapshot())
    stage.tick(20)
    driver: Any = stage.manager.modules()[0]
    assert set(driver.buffer) == {200}


def test_switching_it_off_ends_a_fade() -> None:
    wall = Wall()
    wall.stage.manager.delete(wall.paint.id)
    wall.stage.tick(100)
    wall.stage.set(wall.driver, fade_ms=0)
    assert (wall.level(20), wall.driver._fade.heap_bytes()) == (0, 0)


@pytest.mark.parametrize("fade_ms", [0, FADE_MS])
def test_the_next_change_can_take_its_own_time(fade_ms: int) -> None:
    wall = Wall(fade_ms)
    fade_next(wall.driver, 500)
    wall.stage.manager.delete(wall.paint.id)
    assert wall.level() == 200
    assert falls_evenly(wall.levels(50, 10), 200, 0)
    assert (wall.level(), wall.driver.fade_ms) == (0, fade_ms)


def test_the_change_after_that_takes_the_time_of_the_driver_again() -> None:
    wall = Wall()
    fade_next(wall.driver, 500)
    wall.stage.manager.delete(wall.paint.id)
    assert wall.levels(500, 2)[1] == 0
    wall.stage.add("Paint", wall.layer, level=200)
    wall.level()
    assert falls_evenly(wall.levels(100, 10), 0, 200)


def test_a_time_for_a_change_that_does_not_come_is_forgotten() -> None:
    wall = Wall()
    fade_next(wall.driver, 5000)
    wall.level()
    wall.stage.manager.delete(wall.paint.id)
    wall.level()
    assert wall.level(FADE_MS) == 0


def test_nothing_is_kept_for_a_driver_that_does_not_fade() -> None:
    wall = Wall(0)
    fade_next(wall.driver, 0)
    assert wall.stage.services.next_fade is None


def test_a_change_at_once_ends_the_fade_before_it() -> None:
    wall = Wall()
    wall.stage.manager.delete(wall.paint.id)
    wall.stage.tick(100)
    fade_next(wall.driver, 0)
    wall.stage.add("Paint", wall.layer, level=70)
    assert (wall.levels(20, 2)[1], wall.driver._fade.heap_bytes()) == (70, 0)


# ---- Memory ----------------------------------------------------------------------------------------------------------


def test_without_memory_for_a_copy_there_is_no_fade_and_no_word() -> None:
    wall = Wall()
    wall.stage.platform.heap_limit_bytes = 5
    wall.stage.manager.delete(wall.paint.id)
    assert wall.levels(20, 2)[1] == 0
    assert wall.driver.status == "ok"


def test_the_copy_is_given_back_at_the_end() -> None:
    wall = Wall()
    wall.stage.manager.delete(wall.paint.id)
    wall.stage.tick(0)
    assert wall.driver._fade.heap_bytes() == 6
    wall.stage.tick(FADE_MS)
    assert wall.driver._fade.heap_bytes() == 0


def test_a_copy_gives_way_to_what_needs_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    wall = Wall()
    memory = wall.stage.memory
    make_room = memory.make_room
    wall.stage.manager.delete(wall.paint.id)
    wall.stage.tick(0)
    assert wall.driver._fade.heap_bytes()
    platform = wall.stage.platform
    # Free is what a heap of 100 bytes has beside the copy.
    monkeypatch.setattr(platform, "heap_free_bytes", lambda: 100 - wall.driver._fade.heap_bytes())
    assert not memory.leaves(101)
    assert wall.driver._fade.heap_bytes() == 0
    assert wall.levels(20, 2)[1] == 0
    assert memory.leaves(100)
    wall.stage.set(wall.driver, fade_ms=0)
    assert memory.make_room == make_room


class FreeIsWhatTheyDoNotHold:
    """A heap that is full but for what fades give back."""

    def __init__(self, fades: list[Any]) -> None:
        self.fades = fades

    def __call__(self) -> int:
        return -sum(int(fade.heap_bytes()) for fade in self.fades)


def test_two_drivers_that_fade_at_once_both_give_way_and_leave_the_guard_as_it_was(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wall = Wall()
    second = wall.stage.add("DriverLayer", fade_ms=FADE_MS // 2)
    wall.stage.add("Line", second, length=2)
    layer = wall.stage.add("EffectsLayer", second)
    paint = wall.stage.add("Paint", layer)
    wall.stage.tick(20, times=60)
    memory = wall.stage.memory
    make_room = memory.make_room
    for _ in range(3):
        for module in (wall.paint, paint):
            wall.stage.manager.delete(module.id)
        wall.stage.tick(0)
        assert wall.driver._fade.heap_bytes()
        assert second._fade.heap_bytes()
        wall.stage.tick(FADE_MS)
        wall.paint, paint = wall.stage.add("Paint", wall.layer), wall.stage.add("Paint", layer)
        wall.stage.tick(0)
        held = [wall.driver._fade, second._fade]
        assert [fade.heap_bytes() > 0 for fade in held] == [True, True]
        taken = FreeIsWhatTheyDoNotHold(held)
        with monkeypatch.context() as patch:
            patch.setattr(wall.stage.platform, "heap_free_bytes", taken)
            assert not memory.leaves(1)
            assert not memory.leaves(1)
        assert [fade.heap_bytes() > 0 for fade in held] == [False, False]
        wall.stage.tick(FADE_MS)
    wall.stage.tick(times=2)
    assert memory.make_room == make_room


def test_while_memory_is_low_nothing_fades() -> None:
    wall = Wall()
    wall.stage.memory.low = True
    wall.stage.manager.delete(wall.paint.id)
    wall.stage.tick(0)
    assert not wall.driver._fade.heap_bytes()
