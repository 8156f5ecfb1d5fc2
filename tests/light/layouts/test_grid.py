"""A grid's wire starts in a corner, runs in rows or columns, straight or serpentine, and slice by slice."""

from __future__ import annotations

from array import array

import pytest
from stage import Stage

from pyralis.light.layouts.grid import Grid


def wire(stage: Stage, **controls: object) -> list[tuple[int, ...]]:
    """x, y, z of each light in the order of the wiring."""
    grid = Grid(stage.services)
    grid.define_controls()
    for name, value in controls.items():
        assert grid.control(name) is not None
        setattr(grid, name, value)
    positions = array("H", bytes(6 * grid.light_count()))
    grid.place(positions, 0)
    return [tuple(positions[i : i + 3]) for i in range(0, len(positions), 3)]


def flat(*lights: str) -> list[tuple[int, ...]]:
    """Lights of the plane z = 0, written as xy."""
    return [(int(light[0]), int(light[1]), 0) for light in lights]


def test_a_grid_starts_top_left_and_runs_in_rows(stage: Stage) -> None:
    assert wire(stage, width=3, height=2) == flat("00", "10", "20", "01", "11", "21")


def test_a_serpentine_comes_back_on_every_other_row(stage: Stage) -> None:
    assert wire(stage, width=3, height=3, serpentine=True) == flat("00", "10", "20", "21", "11", "01", "02", "12", "22")


def test_a_grid_can_run_in_columns(stage: Stage) -> None:
    assert wire(stage, width=3, height=2, orientation="columns") == flat("00", "01", "10", "11", "20", "21")


def test_a_serpentine_comes_back_on_every_other_column(stage: Stage) -> None:
    assert wire(stage, width=3, height=2, orientation="columns", serpentine=True) == flat(
        "00", "01", "11", "10", "20", "21"
    )


@pytest.mark.parametrize(
    ("start", "lights"),
    [
        ("top left", ("00", "10", "11", "01")),
        ("top right", ("10", "00", "01", "11")),
        ("bottom left", ("01", "11", "10", "00")),
        ("bottom right", ("11", "01", "00", "10")),
    ],
)
def test_the_wire_can_start_in_every_corner(stage: Stage, start: str, lights: tuple[str, ...]) -> None:
    assert wire(stage, width=2, height=2, start=start, serpentine=True) == flat(*lights)


def test_the_corner_holds_for_columns_too(stage: Stage) -> None:
    assert wire(stage, width=2, height=3, start="bottom right", orientation="columns") == flat(
        "12", "11", "10", "02", "01", "00"
    )


def test_a_block_is_wired_slice_by_slice(stage: Stage) -> None:
    assert wire(stage, width=2, height=1, depth=2) == [(0, 0, 0), (1, 0, 0), (0, 0, 1), (1, 0, 1)]


def test_every_light_is_moved_by_the_origin(stage: Stage) -> None:
    assert wire(stage, width=1, height=2, x=5, y=6, z=7, start="bottom left") == [(5, 7, 7), (5, 6, 7)]


@pytest.mark.parametrize("orientation", ["rows", "columns"])
@pytest.mark.parametrize("start", ["top left", "top right", "bottom left", "bottom right"])
@pytest.mark.parametrize("serpentine", [False, True])
def test_every_point_of_the_box_has_exactly_one_light(
    stage: Stage, orientation: str, start: str, serpentine: bool
) -> None:
    lights = wire(stage, width=5, height=4, depth=3, orientation=orientation, start=start, serpentine=serpentine)
    assert sorted(lights) == sorted((x, y, z) for x in range(5) for y in range(4) for z in range(3))


def test_lights_of_other_layouts_are_left_alone(stage: Stage) -> None:
    grid = Grid(stage.services)
    grid.define_controls()
    grid.width = grid.height = 1
    positions = array("H", [9] * 9)
    grid.place(positions, 1)
    assert positions.tolist() == [9, 9, 9, 0, 0, 0, 9, 9, 9]


def test_its_extent_is_its_size_wherever_it_lies(stage: Stage) -> None:
    grid = Grid(stage.services)
    grid.define_controls()
    grid.width, grid.height, grid.depth, grid.x = 4, 3, 2, 100
    assert grid.extent() == (4, 3, 2)
    assert grid.light_count() == 24
