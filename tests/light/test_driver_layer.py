"""A driver maps its layers to lights, and switches off the layout added last where the geometry does not fit."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from probes import Stray
from stage import Stage

from pyralis.core.errors import Refusal


@pytest.fixture
def heap(stage: Stage) -> None:
    """Memory with an end, as a board has it: no more lights than 16 bits can number."""
    stage.platform.heap_limit_bytes = 10_000_000
    stage.memory.measure()


@pytest.fixture
def driver(stage: Stage) -> Any:
    return stage.add("DriverLayer")


def colours(driver: Any) -> list[int]:
    """The level of each light."""
    assert driver.buffer[::3] == driver.buffer[1::3] == driver.buffer[2::3]
    return list(driver.buffer[::3])


def painted(stage: Stage, driver: Any, level: int, **controls: object) -> Any:
    """A layer of one level."""
    layer = stage.add("EffectsLayer", driver, **controls)
    stage.add("Paint", layer, level=level)
    return layer


# Mapping.


def test_a_driver_without_layouts_has_no_lights(stage: Stage, driver: Any) -> None:
    stage.tick()
    assert (driver.light_count(), driver.status, driver.health_report()) == (0, "ok", "No lights yet")


def test_a_driver_says_how_many_lights_it_has(stage: Stage, driver: Any) -> None:
    stage.add("Grid", driver, width=3, height=2)
    stage.add("Line", driver, length=4, y=2)
    assert driver.light_count() == 10
    assert driver.health_report() == "OK: 10 lights in 4 x 3 x 1"


def test_lights_show_their_place_in_the_picture_in_the_order_of_the_wiring(stage: Stage, driver: Any) -> None:
    stage.add("Grid", driver, width=3, height=2, serpentine=True)
    stage.add("PaintSlice", stage.add("EffectsLayer", driver), level=9)
    stage.tick()
    lights = [tuple(driver.buffer[i : i + 3]) for i in range(0, 18, 3)]
    assert lights == [(0, 0, 9), (1, 0, 9), (2, 0, 9), (2, 1, 9), (1, 1, 9), (0, 1, 9)]


def test_the_order_of_layouts_is_that_of_the_wiring(stage: Stage, driver: Any) -> None:
    first = stage.add("Line", driver, length=2)
    stage.add("Line", driver, length=1, x=5)
    stage.manager.move(first.id, driver.id, 1)
    assert list(driver.map.table) == [5, 0, 1]


def test_layers_are_laid_over_each_other_in_the_order_of_the_tree(stage: Stage, driver: Any) -> None:
    stage.add("Line", driver, length=2)
    painted(stage, driver, 100)
    upper = painted(stage, driver, 200)
    stage.tick()
    assert colours(driver) == [200, 200]
    stage.set(upper, opacity=0)
    stage.tick()
    assert colours(driver) == [100, 100]
    stage.set(upper, opacity=255, blend="add")
    stage.tick()
    assert colours(driver) == [255, 255]


def test_a_single_layer_that_does_not_cover_is_laid_over_black(stage: Stage, driver: Any) -> None:
    stage.add("Line", driver, length=2)
    painted(stage, driver, 200, opacity=128)
    stage.tick(times=3)
    assert colours(driver) == [100, 100]


def test_lights_go_out_when_the_last_layer_goes(stage: Stage, driver: Any) -> None:
    stage.add("Line", driver, length=2)
    layer = painted(stage, driver, 200)
    stage.tick()
    stage.manager.delete(layer.id)
    stage.tick()
    assert colours(driver) == [0, 0]


def test_a_layer_that_cannot_be_blended_is_disabled_and_the_lights_of_the_others_stay_on(
    stage: Stage, driver: Any
) -> None:
    stage.add("Line", driver, length=20)
    painted(stage, driver, 100)
    upper = painted(stage, driver, 200)
    stage.set(upper, opacity=128)
    stage.platform.heap_limit_bytes = 59
    stage.tick(times=2)
    assert (upper.status, driver.status) == ("disabled", "ok")
    assert upper.reason.startswith("needs 60 bytes")
    assert colours(driver) == [100] * 20


# Brightness.


def test_brightness_and_gamma_make_the_levels_for_screen_and_wire(stage: Stage, driver: Any) -> None:
    assert driver.screen_levels == bytes(range(256))
    assert driver.wire_levels[128] == 56
    stage.set(driver, brightness=128, gamma=10)
    assert driver.screen_levels[255] == driver.wire_levels[255] == 128


def test_brightness_does_not_rebuild_the_map(stage: Stage, driver: Any) -> None:
    stage.add("Line", driver, length=2)
    before = (driver.geometry_version, driver.map)
    stage.set(driver, brightness=1)
    assert (driver.geometry_version, driver.map) == before


# Geometry.


def test_the_map_is_built_anew_only_when_the_geometry_changes(stage: Stage, driver: Any) -> None:
    grid = stage.add("Grid", driver, width=3, height=3)
    versions = [driver.geometry_version]
    for change in (
        lambda: stage.add("EffectsLayer", driver),
        lambda: stage.set(grid, width=3),
        lambda: stage.manager.rename(grid.id, "Panel"),
        lambda: stage.set(grid, serpentine=True),
        lambda: stage.set(grid, width=4),
        lambda: stage.manager.delete(grid.id),
    ):
        change()
        versions.append(driver.geometry_version)
    assert [after - before for before, after in pairwise(versions)] == [0, 0, 0, 1, 1, 1]


def test_outputs_and_layers_are_set_up_for_the_new_geometry(stage: Stage, driver: Any) -> None:
    grid = stage.add("Grid", driver, width=2, height=2)
    layer, preview = stage.add("EffectsLayer", driver), stage.add("Preview", driver)
    stage.set(grid, width=3)
    assert len(layer.buffer) == len(driver.buffer) == 18
    assert preview.heap_bytes() == 12 + 18


@pytest.mark.usefixtures("heap")
def test_the_layout_added_last_is_switched_off_where_all_do_not_fit(stage: Stage, driver: Any) -> None:
    first = stage.add("Grid", driver, width=200, height=100)
    last = stage.add("Grid", driver, width=200, height=300)
    assert (first.status, last.status) == ("ok", "disabled")
    assert "80000 lights in a box of 200 x 300 x 1 are too many" in last.reason
    assert driver.light_count() == 20_000


@pytest.mark.usefixtures("heap")
def test_it_is_the_one_changed_last_wherever_it_stands(stage: Stage, driver: Any) -> None:
    first = stage.add("Grid", driver, width=200, height=100)
    last: Any = stage.manager.add("Line", driver.id, 0)
    stage.set(first, height=327, width=200)
    assert (first.status, last.status) == ("ok", "ok")
    stage.set(first, height=328, width=200)
    assert (first.status, last.status) == ("disabled", "ok")
    stage.set(first, height=327)
    assert (first.status, last.status) == ("ok", "ok")


def test_a_layout_that_was_switched_off_comes_back_when_it_is_made_smaller(stage: Stage, driver: Any) -> None:
    stage.add("Grid", driver, width=200, height=100)
    last = stage.add("Grid", driver, width=200, height=300)
    stage.set(last, height=100, y=100)
    assert (last.status, last.reason, driver.light_count()) == ("ok", "", 40_000)


@pytest.mark.usefixtures("heap")
def test_a_layout_that_was_switched_off_comes_back_when_another_one_makes_room(stage: Stage, driver: Any) -> None:
    first = stage.add("Grid", driver, width=200, height=300)
    last = stage.add("Grid", driver, width=200, height=300)
    assert last.status == "disabled"
    stage.manager.delete(first.id)
    assert (last.status, driver.light_count()) == ("ok", 60_000)


@pytest.mark.usefixtures("heap")
def test_the_place_of_a_layout_that_was_just_switched_off_is_kept_for_it(stage: Stage, driver: Any) -> None:
    first = stage.add("Grid", driver, width=200, height=100)
    last = stage.add("Grid", driver, width=200, height=300)
    stage.set(first, height=1000)
    assert (first.status, last.status) == ("disabled", "disabled")
    stage.set(first, height=100)
    assert (first.status, last.status, driver.light_count()) == ("ok", "disabled", 20_000)


def test_a_layout_that_was_switched_off_can_be_deleted_or_moved(stage: Stage, driver: Any) -> None:
    other = stage.add("DriverLayer")
    stage.add("Grid", driver, width=200, height=300)
    two, three = (stage.add("Grid", driver, width=200, height=300) for _ in range(2))
    stage.manager.move(two.id, other.id)
    stage.manager.delete(three.id)
    assert (two.status, other.light_count(), driver.light_count()) == ("ok", 60_000, 60_000)


def test_a_geometry_that_memory_has_no_room_for_switches_off_the_layout_added_last(stage: Stage, driver: Any) -> None:
    first = stage.add("Line", driver, length=100)
    last = stage.add("Line", driver, length=100)
    stage.platform.heap_limit_bytes = 5000
    stage.set(last, length=1000)
    assert (first.status, last.status, driver.status) == ("ok", "disabled", "ok")
    assert last.reason.startswith(
        "needs 11100 bytes, but 5000 are free"
    )  # 11 for each light, less 5 for each of before
    stage.set(last, length=400)
    assert (last.status, driver.light_count()) == ("ok", 500)


def test_a_geometry_that_fitted_fits_again_whatever_was_in_between(stage: Stage, driver: Any) -> None:
    line = stage.add("Line", driver, length=390)
    painted(stage, driver, 9)
    stage.platform.heap_limit_bytes = 5600  # 14 for each light, less 8 for each of before
    for length in (400, 10, 400, 5, 400):
        stage.set(line, length=length)
        assert (line.status, driver.light_count()) == ("ok", length)


def test_a_layout_without_lights_can_be_added_where_others_fit(stage: Stage, driver: Any) -> None:
    stage.memory.reserve_bytes = 1000
    stage.platform.heap_limit_bytes = 8000
    stage.add("Line", driver, length=100)
    assert stage.add("LedMap", driver).light_count() == 0
    assert driver.need_of(stage.manager.make("LedMap")) == 0


def test_a_new_driver_has_the_room_of_the_one_before(stage: Stage, driver: Any) -> None:
    line = stage.add("Line", driver, length=400)
    painted(stage, driver, 9)
    stage.platform.heap_limit_bytes = 400 * 14 - 400 * 3  # the layer has its picture still
    new: Any = stage.manager.replace(driver.id, "DriverLayer")
    assert (line.status, new.light_count(), new.setup_ok) == ("ok", 400, True)
    assert len(new.children[1].buffer) == 1200


def test_a_layout_that_cannot_fit_is_not_added_and_the_answer_has_the_numbers(stage: Stage, driver: Any) -> None:
    stage.add("Line", driver, length=100)
    stage.platform.heap_limit_bytes = 5000
    with pytest.raises(Refusal, match="a Line needs 11600 bytes, but 5000 are free"):
        stage.add("Line", driver, length=1000)
    assert driver.light_count() == 100


def test_a_geometry_that_an_effect_has_no_memory_for_switches_off_the_layout_and_the_effect_draws_on(
    stage: Stage, driver: Any
) -> None:
    line = stage.add("Line", driver, length=100)
    last = stage.add("Line", driver, length=1, y=1)
    effect = painted(stage, driver, 9).children[0]
    effect.resize = lambda width, height, depth: effect.allocate(50 * width)  # which it did not declare
    stage.platform.heap_limit_bytes = 12_000
    stage.set(last, length=250)
    assert (line.status, last.status, effect.status) == ("ok", "disabled", "ok")
    assert last.reason.startswith("'Paint' needs 12500 bytes, but 12000 are free")
    assert len(driver.children[2].buffer) == 300


def test_a_layout_that_memory_had_no_room_for_comes_back_when_there_is_some_again(stage: Stage, driver: Any) -> None:
    other = stage.add("EffectsLayer", driver)
    line = stage.add("Line", driver)
    stage.platform.heap_limit_bytes = 5000
    stage.set(line, length=1000)
    assert line.status == "disabled"
    stage.platform.heap_limit_bytes = 50_000
    stage.manager.delete(other.id)
    assert (line.status, driver.light_count()) == ("ok", 1000)


def test_lights_can_always_be_given_back_however_little_memory_there_is(stage: Stage, driver: Any) -> None:
    line = stage.add("Line", driver, length=100)
    stage.memory.reserve_bytes = 1000
    stage.platform.heap_limit_bytes = 10
    stage.manager.delete(line.id)
    assert (driver.status, driver.light_count(), driver.heap_bytes()) == ("ok", 0, 0)


def test_memory_of_a_driver_is_its_map_and_its_buffers(stage: Stage, driver: Any) -> None:
    stage.add("Line", driver, length=100)
    assert driver.heap_bytes() == 200 + 300
    painted(stage, driver, 5, opacity=1)
    stage.tick()
    assert driver.heap_bytes() == 200 + 300 + 300


def test_a_driver_that_goes_gives_its_memory_back(stage: Stage, driver: Any) -> None:
    stage.add("Line", driver, length=100)
    stage.manager.delete(driver.id)
    assert driver.heap_bytes() == 0


# A layout that fails.


@pytest.mark.parametrize("fault", [fault for fault in Stray.FAULTS if fault not in ("none", "outside", "far outside")])
def test_a_layout_that_fails_goes_red_and_the_lights_of_the_others_stay_on(
    stage: Stage, driver: Any, fault: str
) -> None:
    stage.add("Line", driver, length=3)
    stray = stage.add("Stray", driver, y=1)
    assert driver.light_count() == 7
    stage.set(stray, fault=fault)
    assert (driver.status, driver.light_count()) == ("ok", 3)
    assert stray.status == "failed"


@pytest.mark.parametrize("fault", ["outside", "far outside"])
def test_a_layout_that_leaves_its_box_cannot_make_kernels_read_beyond_the_picture(
    stage: Stage, driver: Any, fault: str
) -> None:
    stage.add("Line", driver, length=3)
    painted(stage, driver, 50)
    stray = stage.add("Stray", driver, y=1, fault=fault)
    assert (driver.status, driver.light_count()) == ("ok", 3)
    assert stray.reason == "places lights outside of its extent: make extent larger, or place them within it"
    stage.tick()
    assert colours(driver) == [50, 50, 50]


def test_a_layout_that_was_red_gets_its_lights_back(stage: Stage, driver: Any) -> None:
    stray = stage.add("Stray", driver, fault="place")
    assert driver.light_count() == 0
    stage.set(stray, fault="none")
    stage.tick(100, times=5)
    assert (stray.status, driver.light_count()) == ("ok", 4)
