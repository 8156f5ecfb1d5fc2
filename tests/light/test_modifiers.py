"""Modifiers of a layer say which place of its picture each light shows; what they cannot have leaves all as it was."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from probes import Bend
from rendered import render
from stage import LIGHT_TYPES, Stage, type_entry

from pyralis.kernel.checker import check_source

TYPES = [name for name, (category, _) in LIGHT_TYPES.items() if category == "modifier"]
Shown = list[tuple[int, int, int]]
DARK = (0, 0, 0)


class Wall:
    """Lights that show which place of the picture they see: x, y, 9; black where they see none."""

    def __init__(self, width: int = 4, height: int = 3, depth: int = 1, **modifiers: Any) -> None:
        self.stage = Stage()
        self.driver = self.stage.add("DriverLayer")
        self.grid = self.stage.add("Grid", self.driver, width=width, height=height, depth=depth)
        self.layer = self.stage.add("EffectsLayer", self.driver)
        self.effect = self.stage.add("PaintSlice", self.layer, level=9)
        self.modifiers = [self.stage.add(name, self.layer, **controls) for name, controls in modifiers.items()]

    def shown(self) -> Shown:
        """The colour of every light after a tick."""
        self.stage.tick()
        data = bytes(self.driver.buffer)
        return [(data[i], data[i + 1], data[i + 2]) for i in range(0, len(data), 3)]

    def rows(self) -> list[str]:
        """X of the place that each light sees, a text for each row; a dot in the dark."""
        width = self.grid.width
        found = ["." if light == DARK else str(light[0]) for light in self.shown()]
        return ["".join(found[i : i + width]) for i in range(0, len(found), width)]

    def picture(self) -> tuple[int, int, int]:
        return (self.layer.width, self.layer.height, self.layer.depth)


def plain(width: int, height: int, depth: int = 1) -> Shown:
    return [(x, y, 9) for _ in range(depth) for y in range(height) for x in range(width)]


def test_a_mirror_shows_half_of_the_picture_twice() -> None:
    assert Wall(4, 1, Mirror={}).rows() == ["0110"]
    assert Wall(5, 1, Mirror={}).rows() == ["01210"]
    wall = Wall(4, 3, Mirror={"mirror_y": True})
    assert wall.picture() == (2, 2, 1)
    assert [light[1] for light in wall.shown()] == [0] * 4 + [1] * 4 + [0] * 4


def test_a_picture_is_multiplied_as_tiles() -> None:
    wall = Wall(6, 2, Multiply={"columns": 3})
    assert wall.rows() == ["010101", "010101"]
    assert wall.picture() == (2, 1, 1)
    assert Wall(6, 1, Multiply={"columns": 3, "mirrored": True}).rows() == ["011001"]
    assert Wall(5, 1, Multiply={"columns": 2}).rows() == ["01201"]


def test_a_transposed_picture_has_its_sides_swapped() -> None:
    wall = Wall(4, 3, Transpose={})
    assert wall.picture() == (3, 4, 1)
    assert wall.rows() == ["0000", "1111", "2222"]


def test_a_region_leaves_the_rest_dark() -> None:
    wall = Wall(4, 2, Region={"left": 25, "right": 75, "top": 50})
    assert wall.picture() == (2, 1, 1)
    assert wall.rows() == ["....", ".01."]


def test_a_checkerboard_shows_every_other_field() -> None:
    assert Wall(4, 4, Checkerboard={}).rows() == ["01..", "01..", "..23", "..23"]
    assert Wall(4, 2, Checkerboard={"field": 1, "inverted": True}).rows() == [".1.3", "0.2."]


def test_a_reversed_picture_runs_the_other_way() -> None:
    assert Wall(4, 1, Reverse={}).rows() == ["3210"]
    assert Wall(3, 2, Reverse={"reverse_y": True}).shown() == plain(3, 2)[::-1]


def test_a_quarter_turn_is_clockwise() -> None:
    wall = Wall(3, 3, Rotate={"angle": 90, "speed": 0})
    assert wall.shown() == [(y, 2 - x, 9) for y in range(3) for x in range(3)]


def test_a_pinwheel_has_the_same_petal_several_times() -> None:
    wall = Wall(8, 8, Pinwheel={"petals": 4, "mirrored": False})
    shown = wall.shown()
    assert wall.picture() == (6, 4, 1)
    turned = [shown[(7 - x) * 8 + y] for y in range(8) for x in range(8)]
    differences = [abs(one[0] - two[0]) + abs(one[1] - two[1]) for one, two in zip(shown, turned, strict=True)]
    assert max(differences) <= 1
    assert {light[0] for light in shown} == set(range(6))
    assert {light[1] for light in shown} == set(range(4))


def test_modifiers_work_one_after_the_other_in_the_order_of_the_tree() -> None:
    wall = Wall(4, 1, Mirror={}, Reverse={})
    assert wall.rows() == ["1001"]
    wall.stage.manager.move(wall.modifiers[1].id, wall.layer.id, 1)
    assert wall.rows() == ["0110"]


@pytest.mark.parametrize("size", [(1, 1, 1), (2, 1, 1), (1, 5, 1), (4, 3, 1), (5, 5, 1), (3, 4, 5), (33, 2, 1)])
class TestIdentity:
    """Combinations that leave every light where it was."""

    def same(self, size: tuple[int, int, int], wall: Wall) -> None:
        assert wall.picture() == size
        assert wall.shown() == plain(*size)

    def test_reverse_twice(self, size: tuple[int, int, int]) -> None:
        controls: dict[str, object] = {"reverse_x": True, "reverse_y": True, "reverse_z": True}
        wall = Wall(*size, Reverse=controls)
        wall.stage.add("Reverse", wall.layer, **controls)
        self.same(size, wall)

    @pytest.mark.parametrize("axes", ["x and y", "x and z", "y and z"])
    def test_transpose_twice(self, size: tuple[int, int, int], axes: str) -> None:
        wall = Wall(*size, Transpose={"axes": axes})
        wall.stage.add("Transpose", wall.layer, axes=axes)
        self.same(size, wall)

    @pytest.mark.parametrize("edges", ["dark", "repeated"])
    @pytest.mark.parametrize("angle", [0, 360])
    def test_a_whole_turn(self, size: tuple[int, int, int], angle: int, edges: str) -> None:
        self.same(size, Wall(*size, Rotate={"angle": angle, "speed": 0, "edges": edges}))

    def test_two_half_turns(self, size: tuple[int, int, int]) -> None:
        wall = Wall(*size, Rotate={"angle": 180, "speed": 0})
        half = wall.shown()
        width, height, depth = size
        assert half == [(width - 1 - x, height - 1 - y, 9) for _, y, x in _places(depth, height, width)]
        wall.stage.add("Rotate", wall.layer, angle=180, speed=0)
        self.same(size, wall)

    def test_one_tile_and_a_whole_region(self, size: tuple[int, int, int]) -> None:
        whole = {"columns": 1, "rows": 1}
        self.same(size, Wall(*size, Multiply=whole, Region={"right": 100}))

    def test_a_mirror_of_a_mirror_is_symmetric(self, size: tuple[int, int, int]) -> None:
        wall = Wall(*size, Mirror={})
        wall.stage.add("Mirror", wall.layer)
        rows = wall.shown()[: size[0]]
        assert rows == rows[::-1]
        assert wall.layer.width == -(-size[0] // 4) or size[0] % 4 == 1

    @pytest.mark.parametrize("type_name", TYPES)
    def test_no_light_sees_anything_beyond_the_picture(self, size: tuple[int, int, int], type_name: str) -> None:
        wall = Wall(*size)
        wall.stage.add(type_name, wall.layer)
        width, height, depth = wall.picture()
        table = wall.layer.map.table
        assert len(table) == size[0] * size[1] * size[2]
        assert all(number < width * height * depth or number == 65535 for number in table)
        assert [module.status for module in wall.stage.manager.modules()] == ["ok"] * 5


def _places(depth: int, height: int, width: int) -> list[tuple[int, int, int]]:
    return [(z, y, x) for z in range(depth) for y in range(height) for x in range(width)]


# ---- Over time -------------------------------------------------------------------------------------------------------


def test_a_rotation_turns_with_time_at_any_tick_rate() -> None:
    def after(duration_ms: int, times: int) -> Shown:
        wall = Wall(9, 9, Rotate={"speed": 64})
        wall.stage.tick(0)
        wall.stage.tick(duration_ms, times)
        return wall.shown()

    assert after(10, 50) != after(10, 100)
    assert after(10, 100) == after(50, 20) == after(100, 10)


@pytest.mark.parametrize("counterclockwise", [False, True])
def test_a_turn_takes_a_second_at_most_and_ends_where_it_began(counterclockwise: bool) -> None:
    wall = Wall(6, 6, Rotate={"speed": 255, "counterclockwise": counterclockwise})
    wall.stage.tick(0)
    wall.stage.tick(230)
    quarter = wall.shown()
    assert quarter[0] == ((5, 0, 9) if counterclockwise else (0, 5, 9))
    wall.stage.tick(230)
    assert wall.shown() == plain(6, 6)[::-1]
    wall.stage.tick(480)
    assert wall.shown() == plain(6, 6)


def test_a_still_picture_behind_a_still_modifier_costs_nothing() -> None:
    stage = Stage()
    driver = stage.add("DriverLayer")
    stage.add("Grid", driver, width=4, height=4)
    layer = stage.add("EffectsLayer", driver)
    stage.add("Solid", layer)
    stage.add("Mirror", layer)
    turn = stage.add("Rotate", layer, speed=0)
    stage.tick(times=3)
    version = driver.version
    stage.tick(times=100)
    assert driver.version == version
    stage.set(turn, speed=10)
    stage.tick(times=3)
    assert driver.version == version + 3
    stage.set(turn, speed=0)
    stage.tick(times=3)
    version = driver.version
    stage.tick(times=100)
    assert driver.version == version


# ---- Changes ---------------------------------------------------------------------------------------------------------


def test_modifiers_come_change_and_go() -> None:
    wall = Wall(4, 1)
    assert (wall.rows(), wall.layer.map) == (["0123"], None)
    mirror = wall.stage.add("Mirror", wall.layer)
    assert wall.rows() == ["0110"]
    wall.stage.set(mirror, mirror_x=False)
    assert wall.rows() == ["0123"]
    wall.stage.set(mirror, mirror_x=True)
    reverse = wall.stage.add("Reverse", wall.layer)
    assert wall.rows() == ["1001"]
    wall.stage.manager.replace(mirror.id, "Multiply")
    assert wall.rows() == ["1010"]
    wall.stage.manager.delete(mirror.id)
    assert wall.rows() == ["3210"]
    wall.stage.manager.delete(reverse.id)
    assert (wall.rows(), wall.layer.map) == (["0123"], None)


def test_a_modifier_that_moves_to_another_layer_leaves_the_first_as_it_was() -> None:
    wall = Wall(4, 1, Mirror={})
    other = wall.stage.add("EffectsLayer", wall.driver, blend="add")
    wall.stage.add("PaintSlice", other, level=0)
    assert [light[0] for light in wall.shown()] == [0, 2, 3, 3]
    wall.stage.manager.move(wall.modifiers[0].id, other.id)
    assert wall.picture() == (4, 1, 1)
    assert [light[0] for light in wall.shown()] == [0, 2, 3, 3]
    assert other.map.chain == wall.modifiers


def test_a_geometry_that_changes_is_seen_through_the_modifiers() -> None:
    wall = Wall(4, 1, Mirror={})
    assert wall.rows() == ["0110"]
    wall.stage.set(wall.grid, width=8)
    assert wall.rows() == ["01233210"]
    wall.stage.set(wall.grid, start="top right")
    assert wall.rows() == ["01233210"]
    wall.stage.add("Line", wall.driver, length=2, y=1)
    assert wall.rows() == ["01233210", "01"]
    wall.stage.manager.delete(wall.grid.id)
    assert [light[0] for light in wall.shown()] == [0, 0]


def test_without_lights_modifiers_wait() -> None:
    stage = Stage()
    driver = stage.add("DriverLayer")
    layer = stage.add("EffectsLayer", driver)
    mirror = stage.add("Mirror", layer)
    stage.add("PaintSlice", layer, level=9)
    stage.tick(times=2)
    assert (layer.map.chain, mirror.status) == ([], "ok")
    stage.add("Line", driver, length=4)
    stage.tick()
    assert bytes(driver.buffer)[::3] == bytes((0, 1, 1, 0))


def test_a_tree_with_modifiers_is_loaded_as_it_was() -> None:
    wall = Wall(4, 1, Mirror={}, Reverse={})
    before = wall.rows()
    stage = Stage()
    stage.manager.load(wall.stage.manager.snapshot())
    stage.tick()
    driver = stage.manager.modules()[0]
    assert ["".join(map(str, bytes(driver.buffer)[::3]))] == before  # type: ignore[attr-defined]


def test_a_gap_of_the_layout_stays_one() -> None:
    stage = Stage()
    stage.platform.types.append(
        {"type": "LedMap", "category": "layout", "description": "", "module": "pyralis.light.layouts.led_map"}
    )
    stage.platform.rig_files["maps/m.json"] = b"[[0,0],null,[1,0],[2,0]]"
    driver = stage.add("DriverLayer")
    stage.add("LedMap", driver, file="m.json")
    layer = stage.add("EffectsLayer", driver)
    stage.add("PaintSlice", layer, level=9)
    stage.add("Reverse", layer)
    stage.tick()
    assert bytes(driver.buffer) == bytes((2, 0, 9, 0, 0, 0, 1, 0, 9, 0, 0, 9))


# ---- Faults and memory -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("moving", [False, True])
@pytest.mark.parametrize("fault", [fault for fault in Bend.FAULTS if fault not in ("none", "far outside")])
def test_a_modifier_that_fails_is_left_out_and_red(fault: str, moving: bool) -> None:
    wall = Wall(4, 1, Mirror={})
    bend = wall.stage.add("Bend", wall.layer, moving=moving)
    reverse = wall.stage.add("Reverse", wall.layer)
    assert wall.rows() == ["1001"]
    wall.stage.set(bend, fault=fault)
    wall.stage.tick(times=2)
    assert (bend.status, wall.layer.status, reverse.status) == ("failed", "ok", "ok")
    assert wall.rows() == ["1001"]
    wall.stage.set(bend, fault="none")
    wall.stage.tick(200, times=2)
    assert (bend.status, wall.rows()) == ("ok", ["1001"])
    assert len(wall.layer.map.chain) == 3


def test_one_that_fails_in_a_tick_is_left_out_from_the_next_one_on() -> None:
    wall = Wall(4, 1, Mirror={})
    bend = wall.stage.add("Bend", wall.layer, moving=True)
    assert wall.rows() == ["0110"]
    bend.fault = "transform"
    wall.stage.tick(times=2)
    assert bend.status == "failed"
    assert "bent" in bend.reason
    assert wall.rows() == ["0110"]
    assert wall.layer.map.chain == wall.modifiers


def test_places_far_outside_are_dark_and_harm_nobody() -> None:
    wall = Wall(4, 1)
    bend = wall.stage.add("Bend", wall.layer, fault="far outside")
    assert wall.rows() == ["...3"]
    assert bend.status == "ok"


def test_a_picture_that_is_too_large_is_refused_and_all_stays_as_it_was() -> None:
    wall = Wall(4, 1, Mirror={})
    bend = wall.stage.add("Bend", wall.layer, width=65_536)
    assert (bend.status, wall.rows()) == ("disabled", ["0110"])
    assert "at most 65535 points" in bend.reason
    wall.stage.set(bend, width=3)
    assert (bend.status, wall.picture()) == ("ok", (3, 1, 1))


def test_more_lights_than_a_modifier_takes_are_said() -> None:
    wall = Wall(256, 257)
    wall.stage.manager.delete(wall.effect.id)
    mirror = wall.stage.add("Mirror", wall.layer)
    assert (mirror.status, wall.layer.status, wall.picture()) == ("disabled", "ok", (256, 257, 1))
    assert "too many for modifiers: at most 65535" in mirror.reason
    wall.stage.set(wall.grid, height=2)
    wall.stage.set(mirror, mirror_y=True)
    assert (mirror.status, wall.picture()) == ("ok", (128, 1, 1))


def test_a_map_that_memory_has_no_room_for_switches_off_the_modifier_and_it_comes_back() -> None:
    wall = Wall(10, 10, Mirror={}, Rotate={"speed": 0})
    turn = wall.modifiers[1]
    wall.stage.platform.heap_limit_bytes = 799
    wall.stage.set(turn, speed=5)
    assert [module.status for module in wall.modifiers] == ["ok", "disabled"]
    assert turn.reason.startswith("needs 800 bytes")
    assert wall.rows()[0] == "0123443210"
    wall.stage.platform.heap_limit_bytes = 6000
    wall.stage.manager.delete(wall.stage.add("Paint", wall.layer).id)
    assert turn.status == "ok"
    assert len(wall.layer.map.chain) == 2


def test_a_larger_picture_that_does_not_fit_is_refused_by_the_modifier_that_was_changed_last() -> None:
    wall = Wall(10, 10, Mirror={})
    bend = wall.stage.add("Bend", wall.layer)
    assert wall.picture() == (5, 10, 1)
    wall.stage.platform.heap_limit_bytes = 2000
    wall.stage.set(bend, width=200)
    assert (bend.status, wall.layer.status, wall.effect.status) == ("disabled", "ok", "ok")
    assert wall.picture() == (5, 10, 1)
    assert wall.rows()[0] == "0123443210"


def test_a_picture_for_which_there_is_no_room_any_more_switches_off_its_layer_and_it_comes_back() -> None:
    wall = Wall(10, 10, Mirror={"mirror_y": True})
    wall.stage.platform.heap_limit_bytes = 100
    wall.stage.manager.delete(wall.modifiers[0].id)
    assert wall.layer.status == "disabled"
    assert wall.layer.reason.startswith("needs 300 bytes")
    wall.stage.tick(times=2)
    assert bytes(wall.driver.buffer) == bytes(300)
    wall.stage.platform.heap_limit_bytes = 300
    wall.stage.manager.delete(wall.effect.id)
    assert (wall.layer.status, wall.picture()) == ("ok", (10, 10, 1))


def test_memory_is_declared() -> None:
    wall = Wall(10, 10)
    plain_bytes = wall.layer.need_bytes(100, 100)
    first = wall.stage.add("Mirror", wall.layer)
    second = wall.stage.add("Rotate", wall.layer, speed=0)
    assert [first.heap_bytes(), second.heap_bytes()] == [200, 0]
    assert wall.layer.need_bytes(100, 100) == plain_bytes // 2 + 200
    wall.stage.set(second, speed=5)
    assert [first.heap_bytes(), second.heap_bytes()] == [1000, 0]


def test_a_modifier_takes_no_buffer_for_blending() -> None:
    wall = Wall(10, 10)
    mirror = wall.stage.add("Mirror", wall.layer)
    assert wall.layer.need_of(mirror) == 0


def test_the_example_of_the_documentation_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = render((Path(__file__).parents[2] / "docs" / "modules.md").read_text(encoding="utf-8"))
    (source,) = [block for block in page.blocks if "class Shear" in block]
    assert check_source(source, "shear.py") == []
    (tmp_path / "shear_of_the_docs.py").write_text(source, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    wall = Wall(4, 3)
    entry = type_entry("Shear", "shear_of_the_docs", "modifier")
    wall.stage.platform.types.append(entry)
    shear = wall.stage.add("Shear", wall.layer, speed=0)
    assert wall.rows() == ["0123", "1230", "2301"]
    wall.stage.set(shear, speed=255)
    wall.stage.tick(1000)
    wall.stage.tick(1000)
    assert wall.rows() != ["0123", "1230", "2301"]
    assert shear.status == "ok"
