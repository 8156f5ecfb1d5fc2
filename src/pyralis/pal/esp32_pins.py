"""LED strips at pins of an ESP32; loaded for the first of them.

No strip was at hand: what goes to MicroPython's `machine` is tested, and what that makes of it is not.
Source of what pins are for: the data sheets of the chips.
"""

import machine

from pyralis.core.errors import Refusal

_HIGH_LOW = 0  # the one encoding of machine.bitstream
_NONE = "does not exist"
_FLASH = "belongs to flash or PSRAM"
_INPUT = "is an input only"
_SERIAL = "is the board's serial line"
_USB = "is the board's USB"
# By chip, how MicroPython calls it: the highest pin, what others are for, and those that are read at a reset.
_CHIPS = {
    "ESP32": (
        39,
        ((range(6, 12), _FLASH), (range(34, 40), _INPUT), ((1, 3), _SERIAL), ((20, 24, 28, 29, 30, 31), _NONE)),
        (0, 2, 5, 12, 15),
    ),
    "ESP32S3": (
        48,
        ((range(26, 38), _FLASH), ((43, 44), _SERIAL), ((19, 20), _USB), (range(22, 26), _NONE)),
        (0, 3, 45, 46),
    ),
    "ESP32C3": (
        21,
        ((range(11, 18), _FLASH), ((20, 21), _SERIAL), ((18, 19), _USB)),
        (2, 8, 9),
    ),
}


class LedPins:
    """Open pins, by their place in the list that they came in."""

    def __init__(self, pins: "list[machine.Pin]", timing: "tuple[int, int, int, int]", warning: str) -> None:
        self._pins = pins
        self._timing = timing
        self.warning = warning

    def write(self, index: int, data: memoryview) -> None:
        """Send to one pin, and wait until it is done."""
        machine.bitstream(self._pins[index], _HIGH_LOW, self._timing, data)

    def close(self) -> None:
        """Let go of the pins."""
        for pin in self._pins:
            pin.init(machine.Pin.IN)


def open_pins(board: str, numbers: "list[int]", timing: "tuple[int, int, int, int]") -> LedPins:
    """The pins of a board, as `os.uname` calls it, or Refusal."""
    if not hasattr(machine, "bitstream"):
        raise Refusal("no_pins", "the firmware of this board has no machine.bitstream, which sends to LEDs")
    chip = board.rpartition(" ")[2].replace("-", "")
    for number in numbers:
        reason = why_not(chip, number)
        if reason:
            raise Refusal("no_pins", f"pin {number} of an {chip} {reason}: choose another one")
    try:
        opened = [machine.Pin(number, machine.Pin.OUT) for number in numbers]
    except ValueError as error:  # of a chip that is not in the table
        raise Refusal("no_pins", f"pins {numbers} of an {chip} cannot all be used: {error}")
    risky = [str(number) for number in numbers if chip in _CHIPS and number in _CHIPS[chip][2]]
    warning = (
        f"Pin {', '.join(risky)} is read at a reset: a board that no longer starts wants another one" if risky else ""
    )
    return LedPins(opened, timing, warning)


def why_not(chip: str, number: int) -> str:
    """Why a pin cannot drive LEDs; empty where it can, or where the chip is not known."""
    if chip not in _CHIPS:
        return ""
    highest, others, _ = _CHIPS[chip]
    if number > highest:
        return _NONE
    for taken, reason in others:
        if number in taken:
            return reason
    return ""
