"""A ring's lights lie evenly on a circle, clockwise from the top."""

from __future__ import annotations

from array import array
from math import cos, pi, sin

import pytest
from stage import Stage

from pyralis.light.layouts.ring import Ring


def ring(stage: Stage, **controls: object) -> Ring:
    made = Ring(stage.services)
    made.define_controls()
    for name, value in controls.items():
        assert made.control(name) is not None
        setattr(made, name, value)
    return made


def wire(layout: Ring) -> list[tuple[int, ...]]:
    positions = array("H", bytes(6 * layout.light_count()))
    layout.place(positions, 0)
    return [tuple(positions[i : i + 3]) for i in range(0, len(positions), 3)]


TOP, RIGHT, BOTTOM, LEFT = (4, 0, 0), (8, 4, 0), (4, 8, 0), (0, 4, 0)


def test_four_lights_lie_at_the_top_right_bottom_and_left(stage: Stage) -> None:
    assert wire(ring(stage, lights=4, diameter=9)) == [TOP, RIGHT, BOTTOM, LEFT]


def test_a_reversed_ring_runs_against_the_clock(stage: Stage) -> None:
    assert wire(ring(stage, lights=4, diameter=9, reverse=True)) == [TOP, LEFT, BOTTOM, RIGHT]


@pytest.mark.parametrize(("degrees", "first"), [(0, TOP), (90, RIGHT), (180, BOTTOM), (270, LEFT)])
def test_a_rotation_turns_the_start_clockwise(stage: Stage, degrees: int, first: tuple[int, ...]) -> None:
    assert wire(ring(stage, lights=4, diameter=9, rotation=degrees))[0] == first


def test_a_ring_lies_at_its_origin(stage: Stage) -> None:
    moved = ring(stage, lights=4, diameter=9, x=10, y=20, z=3)
    assert wire(moved)[:2] == [(14, 20, 3), (18, 24, 3)]
    assert moved.extent() == (9, 9, 1)


@pytest.mark.parametrize(("lights", "diameter"), [(24, 9), (60, 33), (1, 1), (1024, 255), (7, 2), (241, 254)])
def test_every_light_is_within_two_points_of_the_true_circle(stage: Stage, lights: int, diameter: int) -> None:
    radius = (diameter - 1) / 2
    for number, (x, y, _) in enumerate(wire(ring(stage, lights=lights, diameter=diameter))):
        turn = 2 * pi * number / lights
        assert abs(x - (radius + radius * sin(turn))) < 2
        assert abs(y - (radius - radius * cos(turn))) < 2
        assert 0 <= x < diameter
        assert 0 <= y < diameter


def test_every_rotation_stays_within_the_extent(stage: Stage) -> None:
    for degrees in range(360):
        for x, y, _ in wire(ring(stage, lights=13, diameter=255, rotation=degrees)):
            assert 0 <= x < 255
            assert 0 <= y < 255
