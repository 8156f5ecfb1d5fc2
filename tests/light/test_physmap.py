"""The map says for each light in the wiring which light of the logical box it shows."""

from __future__ import annotations

from array import array
from typing import Any

import pytest
from stage import Stage

from pyralis.core.errors import MemoryRefused, Refusal
from pyralis.light.coord import Coord3D
from pyralis.light.layouts.grid import Grid
from pyralis.light.layouts.line import Line
from pyralis.light.physmap import MAX_LIGHTS, PhysMap, measure
from pyralis.light.wide import gather_wide


def make(stage: Stage, layout_class: type[Any], **controls: object) -> Any:
    layout = layout_class(stage.services)
    layout.define_controls()
    for name, value in controls.items():
        assert layout.control(name) is not None
        setattr(layout, name, value)
    layout.run_setup()
    return layout


def build_map(layouts: list[Any], stage: Stage) -> PhysMap:
    made = measure(layouts)
    made.build(stage.memory)
    return made


def test_no_layouts_are_no_lights(stage: Stage) -> None:
    made = build_map([], stage)
    assert (made.count, made.size, list(made.table), made.heap_bytes()) == (0, (0, 0, 0), [], 0)


def test_a_serpentine_panel_shows_every_other_row_backwards(stage: Stage) -> None:
    made = build_map([make(stage, Grid, width=3, height=2, serpentine=True)], stage)
    assert (made.count, made.size) == (6, (3, 2, 1))
    assert list(made.table) == [0, 1, 2, 5, 4, 3]


def test_columns_from_the_bottom_show_columns_from_the_bottom(stage: Stage) -> None:
    grid = make(stage, Grid, width=2, height=3, orientation="columns", start="bottom left")
    assert list(build_map([grid], stage).table) == [4, 2, 0, 5, 3, 1]


def test_slices_follow_each_other(stage: Stage) -> None:
    assert list(build_map([make(stage, Grid, width=2, height=2, depth=2)], stage).table) == list(range(8))


def test_a_pc_numbers_more_lights_than_16_bits_can(stage: Stage) -> None:
    made = build_map([make(stage, Grid, width=300, height=300, start="bottom left")], stage)
    assert made.gather is gather_wide
    assert (made.table[0], max(made.table), made.heap_bytes()) == (299 * 300, 89_999, 360_000)


def test_several_layouts_make_one_picture_in_the_order_of_the_wiring(stage: Stage) -> None:
    right = make(stage, Grid, width=2, height=2, x=2)
    left = make(stage, Grid, width=2, height=2)
    made = build_map([right, left], stage)
    assert made.size == (4, 2, 1)
    assert list(made.table) == [2, 3, 6, 7, 0, 1, 4, 5]


def test_an_offset_leaves_room_where_no_light_is(stage: Stage) -> None:
    made = build_map([make(stage, Line, length=2, x=3, y=1)], stage)
    assert (made.count, made.size) == (2, (5, 2, 1))
    assert list(made.table) == [8, 9]


def test_lights_at_one_place_show_the_same(stage: Stage) -> None:
    made = build_map([make(stage, Line, length=2), make(stage, Line, length=2, reverse=True)], stage)
    assert list(made.table) == [0, 1, 1, 0]


def test_the_box_starts_at_the_origin_and_holds_all(stage: Stage) -> None:
    layouts = [make(stage, Line, length=3, axis="y", x=7), make(stage, Grid, width=2, height=1, z=4)]
    assert measure(layouts).size == (8, 3, 5)


def test_places_are_x_y_and_z_of_every_light(stage: Stage) -> None:
    layouts = [make(stage, Line, length=2, y=9), make(stage, Line, length=1, x=300)]
    assert measure(layouts).place(stage.memory).tolist() == [0, 9, 0, 1, 9, 0, 300, 0, 0]


@pytest.mark.parametrize(
    ("limit_bytes", "height", "depth", "most"),
    [(10_000_000, 64, 1, 65_535), (None, 257, 1, 262_144), (None, 1024, 1024, 262_144)],
)
def test_more_lights_than_the_map_can_number_are_refused(
    stage: Stage, limit_bytes: int | None, height: int, depth: int, most: int
) -> None:
    stage.platform.heap_limit_bytes = limit_bytes
    stage.memory.measure()
    with pytest.raises(Refusal, match=f"are too many: at most {most} of each"):
        build_map([make(stage, Grid, width=1024, height=height, depth=depth)], stage)


def test_a_box_is_no_longer_than_positions_can_say(stage: Stage) -> None:
    line = make(stage, Line)
    line.extent = lambda: Coord3D(65_535, 1, 1)
    assert measure([line]).size.x == 65_535
    line.extent = lambda: Coord3D(65_536, 1, 1)
    with pytest.raises(
        Refusal, match="in a box of 65536 x 1 x 1 are too many: at most 262144 of each, and 65535 side by"
    ):
        measure([line])


def test_a_box_that_is_too_large_is_refused_however_few_lights_it_has(stage: Stage) -> None:
    with pytest.raises(Refusal, match="2 lights in a box of 601 x 601 x 1 are too many"):
        build_map([make(stage, Line, length=1), make(stage, Line, length=1, x=600, y=600)], stage)


def test_the_largest_box_has_no_light_that_counts_as_a_gap(stage: Stage) -> None:
    made = build_map([make(stage, Line, length=1), make(stage, Line, length=255, x=0, y=256)], stage)
    assert made.size.x * made.size.y == MAX_LIGHTS
    assert max(made.table) == MAX_LIGHTS - 1


def test_a_map_that_memory_has_no_room_for_is_refused_before_it_is_made(stage: Stage) -> None:
    grid = make(stage, Grid, width=10, height=10)
    stage.platform.heap_limit_bytes = 599
    with pytest.raises(MemoryRefused, match="needs 600 bytes, but"):
        build_map([grid], stage)
    stage.platform.heap_limit_bytes = 600
    assert build_map([grid], stage).count == 100


def test_memory_that_is_free_but_not_in_one_piece_is_refused_with_the_number(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    grid = make(stage, Grid, width=10, height=10)

    def no_piece(kind: str, data: range | bytes = b"") -> array[int]:
        if len(data):
            raise MemoryError
        return array(kind)

    monkeypatch.setattr("pyralis.light.physmap.array", no_piece)
    with pytest.raises(MemoryRefused, match="needs 600 bytes, but"):
        build_map([grid], stage)


@pytest.mark.parametrize("count", [-1, 2.0, "3", None, True])
def test_a_number_of_lights_that_is_none_switches_off_the_layout_that_says_it(stage: Stage, count: object) -> None:
    line = make(stage, Line)
    line.light_count = lambda: count
    with pytest.raises(Refusal):
        measure([make(stage, Line), line])
    assert line.status == "failed"
    assert f"light_count returns {count!r}: it takes a whole number, 0 or more" in line.reason


@pytest.mark.parametrize("extent", [(1, 2), (1, 2, -3), 7, [1, 2, 3], (1, 2, 3.0)])
def test_an_extent_that_is_none_switches_off_the_layout_that_says_it(stage: Stage, extent: object) -> None:
    line = make(stage, Line)
    line.extent = lambda: extent
    with pytest.raises(Refusal):
        measure([line, make(stage, Line)])
    assert line.status == "failed"
    assert "it takes Coord3D(width, height, depth) of whole numbers" in line.reason


def test_a_light_that_its_layout_forgets_is_at_the_origin(stage: Stage) -> None:
    line = make(stage, Line, length=2)
    line.place = lambda positions, start: None
    assert measure([line]).place(stage.memory).tolist() == [0] * 6
