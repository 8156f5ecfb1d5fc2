"""A line runs along one axis, forwards or back."""

from __future__ import annotations

from array import array

import pytest
from stage import Stage

from pyralis.light.layouts.line import Line


def line(stage: Stage, **controls: object) -> Line:
    made = Line(stage.services)
    made.define_controls()
    for name, value in controls.items():
        assert made.control(name) is not None
        setattr(made, name, value)
    return made


def wire(layout: Line) -> list[tuple[int, ...]]:
    positions = array("H", bytes(6 * layout.light_count()))
    layout.place(positions, 0)
    return [tuple(positions[i : i + 3]) for i in range(0, len(positions), 3)]


@pytest.mark.parametrize(
    ("axis", "lights", "extent"),
    [
        ("x", [(1, 2, 3), (2, 2, 3), (3, 2, 3)], (3, 1, 1)),
        ("y", [(1, 2, 3), (1, 3, 3), (1, 4, 3)], (1, 3, 1)),
        ("z", [(1, 2, 3), (1, 2, 4), (1, 2, 5)], (1, 1, 3)),
    ],
)
def test_a_line_runs_along_its_axis_from_its_origin_on(
    stage: Stage, axis: str, lights: list[tuple[int, ...]], extent: tuple[int, ...]
) -> None:
    made = line(stage, length=3, axis=axis, x=1, y=2, z=3)
    assert wire(made) == lights
    assert made.extent() == extent


def test_a_reversed_line_comes_back_to_its_origin(stage: Stage) -> None:
    assert wire(line(stage, length=3, reverse=True, x=10)) == [(12, 0, 0), (11, 0, 0), (10, 0, 0)]


def test_a_single_light_is_a_line_too(stage: Stage) -> None:
    assert wire(line(stage, length=1, axis="y")) == [(0, 0, 0)]
