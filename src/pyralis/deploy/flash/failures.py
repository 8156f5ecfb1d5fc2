"""Failures: what esptool says when it fails, and what that means."""

from dataclasses import dataclass
from pathlib import Path

from pyralis.deploy.errors import UserError
from pyralis.deploy.serial_port import port_error

LOST_CONNECTION = "Lost connection"
_PORT = "the port is busy or doesn't exist"
# Last words where the port breaks while it is opened or set: pyserial lets errors of its socket through there.
_OPENING = ("Serial port ", "ConnectionResetError", "BrokenPipeError", "ConnectionAbortedError")
_ADVICE = " This can have many causes"  # and an address where to read about them


@dataclass(frozen=True)
class _Known:
    """A failure that esptool names."""

    sign: str
    what: str
    whose: str
    todo: str
    again: bool = False


_LINE = "the cable's, the hub's or the board's"
_CHECK = "check cable and power of the hub, and flash it again"
# The first one whose sign is in what esptool says: the more special ones come first.
_KNOWN = (
    _Known(
        "Wrong chip argument",
        "another chip is at this port",
        "the device list's or the wiring's; nothing was written",
        "mend `platform` or `serial` of this device",
    ),
    _Known(
        "Wrong boot mode detected",
        "the board does not enter download mode",
        "the board's or its wiring's: a reset starts its program instead",
        "hold BOOT and press EN while it connects; look at what is wired to IO0",
    ),
    _Known(
        "Failed to connect",
        "the board does not answer",
        "the board's, the cable's or the port's",
        "check cable, power and `serial`; on a board without automatic reset hold BOOT and press EN",
    ),
    _Known(
        "will not fit in",
        "the flash of the board is smaller than its platform says",
        "the device list's; nothing was written",
        "mend `platform` of this device, or take a board with more flash",
    ),
    _Known(
        "chip revision",
        "the firmware is not for this revision of the chip",
        "the firmware's; nothing was written",
        "pin a firmware for it",
    ),
    _Known(
        "Secure Boot detected",
        "the board only takes signed firmware",
        "the board's: Secure Boot is on; nothing was written",
        "take another board",
    ),
    _Known(
        "does not match data in flash",
        "the flash does not hold what was written",
        "the line's or the flash chip's: the board reads back something else",
        "try a shorter cable or a lower `serial_baud`; when it stays, the flash chip is worn out",
        again=True,
    ),
    _Known(
        LOST_CONNECTION,
        "the board vanished from the serial line",
        f"{_LINE}: it was unplugged or lost power",
        _CHECK,
        again=True,
    ),
    _Known(
        "Unable to verify flash chip connection",
        "the serial line does not carry this speed",
        "the cable's or the hub's: it worked at the lower speed at which all begin",
        "try a shorter cable, or set `serial_baud` of this device to what works",
        again=True,
    ),
    _Known(
        "serial noise or corruption",
        "the serial line spoils what it carries",
        "the cable's or the hub's",
        "try a shorter cable or a lower `serial_baud`",
        again=True,
    ),
    *(
        _Known(sign, "the board stopped answering", f"{_LINE}: it lost power, was unplugged or hangs", _CHECK, True)
        for sign in ("No more data to read", "No serial data received", "stopped")
    ),
)


def explain(said: str, port: str, baud: int, log: Path) -> tuple[UserError, bool]:
    """(the error as a person is told it, whether a slower line may help) for what esptool said."""
    text = said.partition(_ADVICE)[0]
    if _PORT in text or text.startswith(_OPENING):
        return port_error(port, text, log), False
    for known in _KNOWN:
        if known.sign in text:
            detail = f"esptool at {port}, {baud} baud: {text}"
            return UserError(known.what, whose=known.whose, todo=known.todo, log=log, details=[detail]), known.again
    todo = "read the log; it has everything that esptool printed"
    return UserError(f"esptool failed: {text}", whose="the board's or esptool's", todo=todo, log=log), True
