"""PowerBudget: what is sent never exceeds it, and within it nothing is changed."""

from __future__ import annotations

import random
import tracemalloc
from typing import Any

import pytest
from network_stage import frame, network_stage, output
from stage import Stage

WHITE = 3 * 255


@pytest.fixture
def stage() -> Stage:
    return network_stage()


def sent_ma(stage: Stage, lights: int, light_ma: int = 55, header: int = 18) -> float:
    """The current of what is in the packets, idle current included, in exact arithmetic."""
    levels = sum(sum(packet[header:]) for packet in frame(stage))
    return lights + levels * light_ma / WHITE


def white(stage: Stage, lights: int, **controls: object) -> tuple[Any, Any]:
    """An output of white lights, and a budget beside it."""
    out = output(stage, "ArtNetOut", lights)
    layer = out.parent.children[1]
    stage.manager.delete(layer.children[0].id)
    stage.add("Solid", layer, color="#ffffff")
    return out, stage.add("PowerBudget", out.parent, **controls)


def test_white_lights_take_what_is_said_of_them(stage: Stage) -> None:
    _, budget = white(stage, 100, budget_ma=5600)
    assert sent_ma(stage, 100) == 5600
    assert budget.health_report() == "OK: 5600 of 5600 mA"
    stage.set(budget, budget_ma=5599)
    assert 5500 < sent_ma(stage, 100) <= 5599
    assert budget.health_report() == "OK: dimmed to 99 %, 5600 mA would exceed 5599"


def test_a_half_is_half_as_bright(stage: Stage) -> None:
    _, budget = white(stage, 10, budget_ma=10 + 275)
    assert frame(stage)[0][18:48] == bytes([127]) * 30
    assert budget.health_report() == "OK: dimmed to 50 %, 560 mA would exceed 285"


def test_what_lights_take_can_be_said(stage: Stage) -> None:
    _, budget = white(stage, 10, budget_ma=10 + 120, light_ma=12)
    assert frame(stage)[0][18:48] == b"\xff" * 30
    stage.set(budget, light_ma=24)
    assert frame(stage)[0][18:48] == bytes([127]) * 30


@pytest.mark.parametrize("type_name", ["ArtNetOut", "SacnOut", "DdpOut"])
@pytest.mark.parametrize("white_place", [0, 3])
def test_what_is_sent_never_exceeds_the_budget_and_within_it_nothing_changes(
    stage: Stage, type_name: str, white_place: int
) -> None:
    header = {"ArtNetOut": 18, "SacnOut": 126, "DdpOut": 10}[type_name]
    chosen = random.Random(7)  # noqa: S311  # the same every time
    out = output(stage, type_name, 90, white=white_place)
    driver = out.parent
    stage.set(driver, gamma=22)
    budget = stage.add("PowerBudget", driver)
    limited = 0
    for _ in range(100):
        light_ma, brightness = chosen.randint(1, 255), chosen.choice((255, 128, chosen.randint(0, 255)))
        stage.set(driver, brightness=brightness)
        stage.set(budget, budget_ma=0, light_ma=light_ma)
        driver.children[1].children[0].first = chosen.randrange(256)
        without = list(frame(stage)[0][header:])
        wanted_ma = sent_ma(stage, 90, light_ma, header)
        budget_ma = chosen.randint(90, int(wanted_ma * 3 / 2))
        stage.set(budget, budget_ma=budget_ma)
        with_it = list(frame(stage)[0][header:])
        assert sent_ma(stage, 90, light_ma, header) <= budget_ma
        if wanted_ma <= budget_ma:
            assert with_it == without
        else:
            limited += 1
            assert all(less <= more or white_place for less, more in zip(with_it, without, strict=True))
    assert 10 < limited < 90


def test_a_large_picture_is_within_its_budget(stage: Stage) -> None:
    lights = 2 * 4096
    out, budget = white(stage, 4096, budget_ma=100_000)
    stage.add("Line", out.parent, length=4096)
    assert 98_000 < sent_ma(stage, lights) <= 100_000
    assert budget._levels > 1 << 22


def test_lights_without_white_count_where_both_are_sent_to(stage: Stage) -> None:
    out, budget = white(stage, 30, budget_ma=30 + 600)
    stage.set(out, white=1)
    assert sent_ma(stage, 30) == 30 + 550
    assert budget.health_report() == "OK: 580 of 630 mA"
    other = stage.add("ArtNetOut", out.parent)
    stage.tick(25)
    assert budget.health_report() == "OK: dimmed to 36 %, 1680 mA would exceed 630"
    stage.set(other, white=1)
    stage.tick(25)
    assert budget.health_report() == "OK: 580 of 630 mA"


def test_a_budget_below_what_dark_lights_take_keeps_them_dark(stage: Stage) -> None:
    _, budget = white(stage, 100, budget_ma=80)
    assert frame(stage)[0][18:318] == bytes(300)
    assert budget.health_report() == "Dark: 100 lights take 100 mA even when they are, raise budget_ma"


def test_a_picture_that_does_not_change_is_weighed_once_and_sent_anew_when_the_budget_changes(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, budget = white(stage, 10, budget_ma=100)
    stage.tick(25, times=4)
    weighed = []
    weigh = budget._weigh

    def counting(buffer: bytearray, count: int) -> None:
        weighed.append(count)
        weigh(buffer, count)

    monkeypatch.setattr(budget, "_weigh", counting)
    version = out.parent.version
    stage.tick(25, times=20)
    assert (weighed, out.parent.version) == ([], version)
    stage.set(budget, budget_ma=200)
    wire = stage.platform.sockets[-1]
    wire.packets.clear()
    stage.tick(25)
    assert len(wire.packets) == 1
    assert weighed == [10]


def test_brightness_works_on(stage: Stage) -> None:
    out, _ = white(stage, 10, budget_ma=10 + 275)
    stage.tick(25)
    stage.set(out.parent, brightness=100)
    assert frame(stage)[0][18:48] == bytes([100]) * 30
    stage.set(out.parent, brightness=200)
    assert frame(stage)[0][18:48] == bytes([127]) * 30


def test_lights_are_as_before_when_it_goes(stage: Stage) -> None:
    out, budget = white(stage, 10, budget_ma=100)
    assert frame(stage)[0][18] < 255
    stage.set(budget, budget_ma=0)
    assert frame(stage)[0][18] == 255
    assert budget.health_report() == "OK"
    stage.set(budget, budget_ma=100)
    assert frame(stage)[0][18] < 255
    stage.manager.delete(budget.id)
    assert frame(stage)[0][18] == 255
    assert out.parent.wire_levels[255] == 255


def test_lights_are_dark_while_its_kernels_compile(stage: Stage) -> None:
    class Compiling:
        ready = False

    _, budget = white(stage, 10, budget_ma=100)
    budget.kernels = (Compiling(),)
    budget.run_setup()
    assert frame(stage)[0][18:48] == bytes(30)
    Compiling.ready = True
    stage.tick(25)
    assert max(frame(stage)[0][18:48]) > 0


def test_a_driver_has_one(stage: Stage) -> None:
    out, budget = white(stage, 10, budget_ma=100)
    second = stage.add("PowerBudget", out.parent, budget_ma=50)
    assert (second.status, second.reason) == (
        "disabled",
        f"'{budget.name}' is the budget of these lights already: set that one",
    )
    first = frame(stage)[0][18:48]
    stage.tick(25, times=3)
    assert frame(stage)[0][18:48] == first
    stage.manager.delete(second.id)
    assert frame(stage)[0][18:48] == first


def test_clients_see_another_degree_of_dimming(stage: Stage) -> None:
    _, budget = white(stage, 10, budget_ma=1000)
    stage.tick(25, times=50)
    revision = budget.revision
    stage.tick(25, times=50)
    assert budget.revision == revision
    budget.budget_ma = 100
    budget.on_control("budget_ma")
    stage.tick(25, times=50)
    assert budget.revision > revision


@pytest.mark.parametrize("has_white", [0, 4])
def test_a_frame_leaves_nothing_behind(stage: Stage, has_white: int) -> None:
    out = output(stage, "ArtNetOut", 1000, white=has_white)
    budget = stage.add("PowerBudget", out.parent, budget_ma=20_000)
    effect = out.parent.children[1].children[0]

    def frames(count: int) -> None:
        for _ in range(count):
            effect.first = (effect.first + 1) & 255
            out.parent.version += 1
            budget.loop()

    frames(2)
    tracemalloc.start()
    try:
        frames(20)
        left = tracemalloc.take_snapshot().filter_traces([tracemalloc.Filter(True, "*/pyralis/light/*")])
    finally:
        tracemalloc.stop()
    assert sum(trace.size for trace in left.traces) < 100, left.statistics("lineno")[:3]
