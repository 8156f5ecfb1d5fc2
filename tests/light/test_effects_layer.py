"""A layer blends its effects into one picture of the size of its driver, and is black where none draws."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from stage import Stage

from pyralis.core.errors import Refusal
from pyralis.light.coord import Coord3D

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def layer(stage: Stage) -> Any:
    """A layer on a wall of 2 x 2 lights."""
    driver = stage.add("DriverLayer")
    stage.add("Grid", driver, width=2, height=2)
    return stage.add("EffectsLayer", driver)


def level(layer: Any) -> int:
    """The level that every byte of the picture has."""
    levels = set(layer.buffer)
    assert len(levels) == 1, levels
    return int(levels.pop())


def test_a_layer_has_a_picture_of_the_size_of_its_driver(layer: Any) -> None:
    assert (layer.width, layer.height, layer.depth, len(layer.buffer)) == (2, 2, 1, 12)
    assert layer.heap_bytes() == 12


def test_a_layer_without_lights_says_what_it_waits_for(stage: Stage) -> None:
    layer = stage.add("EffectsLayer", stage.add("DriverLayer"))
    stage.tick()
    assert (layer.buffer, layer.status, layer.health_report()) == (None, "ok", "Waiting for a layout")


def test_without_effects_the_picture_is_black(stage: Stage, layer: Any) -> None:
    layer.buffer[:] = b"\xff" * 12
    stage.tick(times=2)
    assert level(layer) == 0


def test_an_effect_that_covers_draws_into_the_picture_itself(stage: Stage, layer: Any) -> None:
    stage.add("Paint", layer, level=50)
    stage.tick()
    assert level(layer) == 50
    assert layer.heap_bytes() == 12


@pytest.mark.parametrize(
    ("blend", "opacity", "expected"),
    [
        ("normal", 255, 200),
        ("normal", 0, 100),
        ("normal", 128, 150),
        ("add", 255, 255),
        ("add", 64, 139),
        ("lighten", 255, 200),
        ("multiply", 255, 79),
        ("screen", 255, 221),
    ],
)
def test_the_second_effect_is_blended_over_the_first(
    stage: Stage, layer: Any, blend: str, opacity: int, expected: int
) -> None:
    stage.add("Paint", layer, level=100)
    stage.add("Paint", layer, level=200, blend=blend, opacity=opacity)
    stage.tick()
    assert abs(level(layer) - expected) <= 1


def test_the_order_of_effects_is_that_of_the_tree(stage: Stage, layer: Any) -> None:
    first = stage.add("Paint", layer, level=100)
    stage.add("Paint", layer, level=200)
    stage.tick()
    assert level(layer) == 200
    stage.manager.move(first.id, layer.id, 1)
    stage.tick()
    assert level(layer) == 100


def test_a_first_effect_that_does_not_cover_is_blended_over_black(stage: Stage, layer: Any) -> None:
    stage.add("Paint", layer, level=200, opacity=128)
    stage.tick(times=3)
    assert level(layer) == 100


def test_nothing_of_the_picture_before_shines_through(stage: Stage, layer: Any) -> None:
    effect = stage.add("Paint", layer, level=200, blend="add")
    stage.tick(times=3)
    assert level(layer) == 200
    stage.set(effect, level=10)
    stage.tick()
    assert level(layer) == 10


def test_the_picture_turns_black_when_the_last_effect_goes(stage: Stage, layer: Any) -> None:
    effect = stage.add("Paint", layer)
    stage.tick()
    stage.manager.delete(effect.id)
    stage.tick(times=2)
    assert level(layer) == 0


def test_a_red_effect_is_left_out_and_the_others_are_drawn(stage: Stage, layer: Any) -> None:
    stage.add("Paint", layer, level=100)
    broken = stage.add("Paint", layer, level=200, broken=True)
    stage.tick(times=3)
    assert broken.status == "failed"
    assert level(layer) == 100


def test_the_picture_turns_black_when_every_effect_is_red(stage: Stage, layer: Any) -> None:
    effect = stage.add("Paint", layer)
    stage.tick()
    stage.set(effect, broken=True)
    stage.tick(times=2)
    assert level(layer) == 0


def test_an_effect_that_memory_cannot_blend_is_disabled_and_the_picture_stays(stage: Stage, layer: Any) -> None:
    stage.add("Paint", layer, level=100)
    second = stage.add("Paint", layer, level=200, opacity=100)
    stage.platform.heap_limit_bytes = 11
    stage.tick(times=2)
    assert second.status == "disabled"
    assert second.reason.startswith("needs 12 bytes")
    assert level(layer) == 100


def test_a_layer_that_memory_has_no_room_for_is_disabled_and_comes_back_with_a_smaller_wall(
    stage: Stage, layer: Any
) -> None:
    stage.add("Paint", layer, level=100)
    other = stage.add("DriverLayer")
    grid = stage.add("Grid", other, width=10, height=10)
    refused = stage.add("EffectsLayer", layer.parent)
    stage.platform.heap_limit_bytes = 299
    stage.manager.move(refused.id, other.id)
    assert refused.status == "disabled"
    assert refused.reason.startswith("needs 300 bytes")
    stage.tick()
    assert (layer.status, level(layer)) == ("ok", 100)
    stage.set(grid, width=1)
    assert (refused.status, len(refused.buffer)) == ("ok", 30)


def test_a_layer_that_cannot_fit_is_not_added_and_the_answer_has_the_numbers(stage: Stage, layer: Any) -> None:
    stage.set(layer.parent.children[0], width=100, height=100)
    stage.platform.heap_limit_bytes = 59_999
    with pytest.raises(Refusal, match="a EffectsLayer needs 60000 bytes, but 59999 are free"):  # half to blend
        stage.add("EffectsLayer", layer.parent)
    stage.platform.heap_limit_bytes = 60_000
    assert stage.add("EffectsLayer", layer.parent).status == "ok"


def test_an_effect_that_cannot_fit_beside_another_one_is_not_added(stage: Stage, layer: Any) -> None:
    stage.set(layer.parent.children[0], width=100, height=100)
    stage.add("Paint", layer)
    stage.platform.heap_limit_bytes = 29_999
    with pytest.raises(Refusal, match="a Paint needs 30000 bytes"):  # to be blended from
        stage.add("Paint", layer)


def test_a_layer_keeps_its_old_picture_where_there_is_no_memory_for_another(stage: Stage, layer: Any) -> None:
    effect = stage.add("Paint", layer, level=9)
    stage.platform.heap_limit_bytes = 10
    layer.parent.map.size = Coord3D(100, 1, 1)
    layer.run_setup()
    assert (layer.status, len(layer.buffer), layer.width, effect.status) == ("ok", 12, 2, "ok")


@pytest.mark.parametrize("change", [lambda buffer: buffer.extend(b"xxx"), lambda buffer: buffer.pop()])
def test_an_effect_that_changes_the_size_of_its_buffer_fails_and_the_buffer_is_mended(
    stage: Stage, layer: Any, change: Callable[[bytearray], None]
) -> None:
    effect = stage.add("Paint", layer, level=9)
    effect.render = lambda buffer, *_: change(buffer)
    stage.tick()
    assert (effect.status, layer.status, layer.parent.status, len(layer.buffer)) == ("failed", "ok", "ok", 12)
    assert "render has changed the size of its buffer" in effect.reason


def test_a_layer_moves_to_another_driver_and_takes_its_size(stage: Stage, layer: Any) -> None:
    effect = stage.add("Paint", layer, level=7)
    other = stage.add("DriverLayer")
    stage.add("Line", other, length=5)
    stage.manager.move(layer.id, other.id)
    stage.tick()
    assert (len(layer.buffer), effect.sizes[-1], level(layer)) == (15, (5, 1, 1), 7)


def test_a_replaced_layer_keeps_its_effects_and_its_blending(stage: Stage, layer: Any) -> None:
    effect = stage.add("Paint", layer, level=7)
    stage.set(layer, opacity=100, blend="add")
    new: Any = stage.manager.replace(layer.id, "EffectsLayer")
    stage.tick()
    assert (new.opacity, new.blend, new.children, effect.parent) == (100, "add", [effect], new)
    assert level(new) == 7


def test_a_layer_that_goes_gives_its_picture_back(stage: Stage, layer: Any) -> None:
    stage.manager.delete(layer.id)
    assert (layer.buffer, layer.heap_bytes()) == (None, 0)
