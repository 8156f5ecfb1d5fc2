"""LedPins: what each pin gets, and what is said where it cannot be."""

from __future__ import annotations

import tracemalloc

import pytest
from network_stage import network_stage, output, ramp
from stage import Stage

from pyralis.core.errors import Refusal
from pyralis.light.blending import ORDERS
from pyralis.light.outputs.led_pins import CHIPS, MOST, TIMINGS
from pyralis.pal.cpython import CPythonPlatform
from pyralis.pal.fake import FakePlatform


@pytest.fixture
def stage() -> Stage:
    return network_stage()


def frame(stage: Stage) -> list[tuple[int, bytes]]:
    """What the pins get next."""
    port = stage.platform.pins[-1]
    port.written.clear()
    while not port.written:
        stage.tick(25)
    return port.written


def test_each_pin_gets_its_lights_in_their_order(stage: Stage) -> None:
    out = output(stage, "LedPins", 10, pins="16:4, 17:3 ,4", color_order="RGB")
    whole = ramp(10)
    assert frame(stage) == [(16, whole[:12]), (17, whole[12:21]), (4, whole[21:])]
    assert out.heap_bytes() == out.need_bytes(0, 10) == 30


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("white", range(5))
def test_channels_come_in_every_order(stage: Stage, white: int, order: str) -> None:
    output(stage, "LedPins", 1, pins="16", color_order=order, white=white)
    expected = [{"R": 1, "G": 2, "B": 3}[color] for color in order]
    if white:
        expected = [level - 1 for level in expected]
        expected.insert(white - 1, 1)
    assert frame(stage) == [(16, bytes(expected))]


@pytest.mark.parametrize(("chip", "timing"), list(zip(CHIPS, TIMINGS, strict=True)))
def test_each_chip_has_its_timing(stage: Stage, chip: str, timing: tuple[int, ...]) -> None:
    output(stage, "LedPins", pins="16", chip=chip)
    assert stage.platform.pins[-1].timing == timing


def test_periods_are_those_of_800_and_400_kilohertz() -> None:
    periods = [{zero_high + zero_low, one_high + one_low} for zero_high, zero_low, one_high, one_low in TIMINGS]
    assert periods == [{1250}, {2500}, {1200}]


def test_levels_of_the_driver_and_a_budget_hold_here(stage: Stage) -> None:
    out = output(stage, "LedPins", 2, pins="16", color_order="RGB")
    stage.set(out.parent, brightness=0)
    assert frame(stage) == [(16, bytes(6))]
    stage.set(out.parent, brightness=255)
    budget = stage.add("PowerBudget", out.parent, budget_ma=2)
    assert frame(stage) == [(16, bytes(6))]
    stage.manager.delete(budget.id)
    assert frame(stage) == [(16, ramp(2))]


def test_a_picture_that_does_not_change_is_sent_once_a_second(stage: Stage) -> None:
    out = output(stage, "LedPins", 2, pins="16")
    layer = out.parent.children[1]
    stage.manager.delete(layer.children[0].id)
    stage.add("Solid", layer)
    stage.tick(25, times=4)
    port = stage.platform.pins[-1]
    port.written.clear()
    stage.tick(25, times=160)
    assert len(port.written) == 4


def test_strips_are_dark_when_it_goes(stage: Stage) -> None:
    out = output(stage, "LedPins", 3, pins="16:1, 17")
    frame(stage)
    port = stage.platform.pins[-1]
    stage.manager.delete(out.id)
    assert port.written[-2:] == [(16, bytes(3)), (17, bytes(6))]
    assert port.closed


def test_other_pins_are_taken_when_the_control_changes(stage: Stage) -> None:
    out = output(stage, "LedPins", 3, pins="16")
    stage.set(out, pins="17")
    assert frame(stage)[0][0] == 17
    assert [port.closed for port in stage.platform.pins] == [True, False]
    stage.set(out.parent.children[0], length=5)
    assert len(frame(stage)[0][1]) == 15


def test_without_pins_it_waits(stage: Stage) -> None:
    out = output(stage, "LedPins")
    stage.tick(25, times=4)
    assert (out.status, out.health_report()) == ("ok", "No pins yet: set them, such as 16:60, 17:60")
    assert not stage.platform.pins


def test_it_says_how_long_the_lights_take(stage: Stage) -> None:
    out = output(stage, "LedPins", 256, pins="16:128, 17")
    assert out.health_report() == "OK: 7.6 ms a frame"
    stage.set(out, white=1)
    assert out.health_report() == "OK: 10.2 ms a frame"
    stage.set(out, white=0, chip="WS2811")
    assert out.health_report() == "OK: 15.3 ms a frame"


@pytest.mark.parametrize(
    ("pins", "reason"),
    [
        ("D4", "pins takes numbers such as 16:60, 17:60, not 'D4'"),
        ("16,", "pins takes numbers such as 16:60, 17:60, not ''"),
        ("16:0", "pins takes a number of lights behind the colon of 16, such as 16:60"),
        ("16:x, 17", "pins takes a number of lights behind the colon of 16, such as 16:60"),
        ("16:2, 16:2", "pins has 16 twice: once is enough"),
        ("16:2, 17:1", "pins has room for 3 of 4 lights: raise a number or leave one out"),
        (",".join(map(str, range(MOST + 1))), "pins has 9: 8 are the most of one output"),
    ],
)
def test_what_is_wrong_with_pins_is_said(stage: Stage, pins: str, reason: str) -> None:
    out = output(stage, "LedPins", 4, pins=pins)
    assert (out.status, out.reason) == ("disabled", reason)
    assert not stage.platform.pins
    stage.set(out, pins="16")
    assert out.status == "ok"


def test_a_platform_without_pins_says_so(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not hasattr(CPythonPlatform, "open_pins")
    monkeypatch.delattr(FakePlatform, "open_pins")
    out = output(stage, "LedPins", pins="16")
    assert (out.status, out.reason) == ("disabled", "this platform has no pins for LEDs: an ESP32 has")


def test_a_pin_that_cannot_be_had_says_why(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: FakePlatform, numbers: list[int], timing: tuple[int, int, int, int]) -> None:
        raise Refusal("no_pins", "pin 6 of an ESP32 belongs to flash or PSRAM: choose another one")

    monkeypatch.setattr(FakePlatform, "open_pins", refuse)
    out = output(stage, "LedPins", pins="6")
    assert (out.status, out.reason) == ("disabled", "pin 6 of an ESP32 belongs to flash or PSRAM: choose another one")
    assert out.heap_bytes() == 0


def test_a_frame_leaves_nothing_behind(stage: Stage) -> None:
    out = output(stage, "LedPins", 1000, pins="16:500,17")
    port = stage.platform.pins[-1]

    def frames(count: int) -> None:
        for _ in range(count):
            out._sent = -1
            out.send(out.parent, out.parent.buffer)
            port.written.clear()

    frames(2)
    tracemalloc.start()
    try:
        frames(20)
        left = tracemalloc.take_snapshot().filter_traces([tracemalloc.Filter(True, "*/pyralis/light/*")])
    finally:
        tracemalloc.stop()
    assert sum(trace.size for trace in left.traces) < 100, left.statistics("lineno")[:3]
