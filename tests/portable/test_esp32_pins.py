"""The pins of an ESP32 on CPython and MicroPython, with a `machine` that records. A portable test."""

import gc
import sys

from pyralis.core.errors import Refusal
from test_light_parts import Wall

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

FRAMES = 1000
WS2812 = (400, 850, 800, 450)


class Pin:
    """A pin that knows its mode."""

    IN, OUT = 1, 3

    def __init__(self, number: int, mode: int) -> None:
        if number > 60:
            raise ValueError("invalid pin")
        self.number = number
        self.mode = mode

    def init(self, mode: int) -> None:
        self.mode = mode


class Machine:
    """In place of the firmware's module."""

    def __init__(self) -> None:
        self.Pin = Pin
        self.sent: list[Any] = []

    def bitstream(self, pin: Pin, encoding: int, timing: "tuple[int, ...]", data: "Any") -> None:
        self.sent.append((pin, encoding, timing, bytes(data)))


def pins_of(machine: object) -> "Any":
    """The module under test, with that machine."""
    sys.modules["machine"] = machine  # type: ignore[assignment]
    sys.modules.pop("pyralis.pal.esp32_pins", None)
    return __import__("pyralis.pal.esp32_pins", None, None, ("open_pins",))


def refusal(board: str, pin: int, machine: "object | None" = None) -> str:
    """What is said of a pin."""
    try:
        pins_of(machine or Machine()).open_pins(board, [4, pin], WS2812)
    except Refusal as error:
        return error.message
    return ""


def test_bytes_go_to_the_pin_in_one_stream() -> None:
    machine = Machine()
    port = pins_of(machine).open_pins("Generic ESP32 module with ESP32", [16, 17], WS2812)
    data = memoryview(bytearray(b"\x01\x02\x03\x04\x05\x06"))
    port.write(1, data[3:])
    port.write(0, data[:3])
    one, two = machine.sent
    assert (one[0].number, one[1:]) == (17, (0, WS2812, b"\x04\x05\x06"))
    assert (two[0].number, two[1:]) == (16, (0, WS2812, b"\x01\x02\x03"))
    assert (one[0].mode, port.warning) == (Pin.OUT, "")
    port.close()
    assert one[0].mode == two[0].mode == Pin.IN


def test_pins_that_others_need_are_refused_with_the_reason() -> None:
    esp32 = "Generic ESP32 module with ESP32"
    assert refusal(esp32, 6) == "pin 6 of an ESP32 belongs to flash or PSRAM: choose another one"
    assert refusal(esp32, 34) == "pin 34 of an ESP32 is an input only: choose another one"
    assert refusal(esp32, 1) == "pin 1 of an ESP32 is the board's serial line: choose another one"
    assert refusal(esp32, 40) == refusal(esp32, 24).replace("24", "40")
    assert refusal(esp32, 40) == "pin 40 of an ESP32 does not exist: choose another one"
    assert refusal(esp32, 33) == ""
    s3 = "Generic ESP32S3 module with ESP32S3"
    assert refusal(s3, 34) == "pin 34 of an ESP32S3 belongs to flash or PSRAM: choose another one"
    assert refusal(s3, 20) == "pin 20 of an ESP32S3 is the board's USB: choose another one"
    assert refusal(s3, 48) == ""
    c3 = "ESP32C3 module with ESP32C3"
    assert refusal(c3, 12) == "pin 12 of an ESP32C3 belongs to flash or PSRAM: choose another one"
    assert refusal(c3, 22) == "pin 22 of an ESP32C3 does not exist: choose another one"
    assert refusal(c3, 10) == ""
    assert refusal("Board with ESP32C6", 61) == "pins [4, 61] of an ESP32C6 cannot all be used: invalid pin"


def test_pins_that_are_read_at_a_reset_work_with_a_warning() -> None:
    open_pins = pins_of(Machine()).open_pins
    said = open_pins("Generic ESP32 module with ESP32", [16, 2, 15], WS2812).warning
    assert said == "Pin 2, 15 is read at a reset: a board that no longer starts wants another one"
    assert open_pins("ESP32C3 module with ESP32C3", [8], WS2812).warning
    assert not open_pins("ESP32C3 module with ESP32C3", [5], WS2812).warning


def test_a_firmware_without_bitstream_says_so() -> None:
    said = refusal("Virtual board with ESP32", 16, Pin(1, 1))
    assert said == "the firmware of this board has no machine.bitstream, which sends to LEDs"


def wall_with_pins(machine: Machine, lights: int, controls: "dict[str, object]") -> "Any":
    """A wall whose platform has the pins of an ESP32, and an output there."""
    wall = Wall()
    open_pins = pins_of(machine).open_pins
    wall.platform.open_pins = lambda numbers, timing: open_pins("Board with ESP32", numbers, timing)  # type: ignore[method-assign]
    entry = {"type": "LedPins", "category": "output", "description": "", "module": "pyralis.light.outputs.led_pins"}
    wall.platform.types.append(entry)
    wall.add("Line", wall.driver, {"length": lights})
    wall.add("Solid", wall.add("EffectsLayer", wall.driver), {"color": "#112233"})
    out = wall.add("LedPins", wall.driver, controls)
    wall.tick(25, 2)
    return out


def test_lights_reach_the_pins() -> None:
    for white, light in ((0, b"\x22\x11\x33"), (4, b"\x11\x00\x22\x11")):
        machine = Machine()
        out = wall_with_pins(machine, 5, {"pins": "16:2, 5", "white": white})
        assert out.status == "ok", out.reason
        assert [(pin.number, data) for pin, _, _, data in machine.sent[:2]] == [(16, light * 2), (5, light * 3)]
        assert out.health_report().endswith(" ms a frame. " + out._port.warning)
        out.teardown()
        assert machine.sent[-1][3] == bytes(3 * len(light))


def test_a_thousand_frames_leave_no_garbage() -> None:
    """CPython counts in tests/light/outputs/test_led_pins.py."""
    if not hasattr(gc, "mem_alloc"):
        return
    machine = Machine()
    out = wall_with_pins(machine, 500, {"pins": "16:200, 17"})
    machine.bitstream = lambda pin, encoding, timing, data: None  # type: ignore[method-assign]
    gc.collect()
    gc.disable()
    before = gc.mem_alloc()
    for _ in range(FRAMES):
        out._sent = -1
        out.send(out.parent, out.parent.buffer)
    left = gc.mem_alloc() - before
    gc.enable()
    assert left < 100, left
