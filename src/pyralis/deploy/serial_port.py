"""Serial port: opened with the board left as it is, and what is wrong where that fails."""

import time
from pathlib import Path

import serial

from pyralis.deploy.errors import UserError

CONSOLE_BAUD = 115200  # of ROM, bootloader and MicroPython
READ_TIMEOUT_S = 0.1
# A board with USB of its own is gone for a moment after a reset, and who has just closed a port may still be there.
OPEN_TIMEOUT_S = 1.5
_PAUSE_S = 0.1


def open_port(port: str, timeout_s: float | None = None) -> serial.Serial:
    """The port; UserError where it cannot be had within a moment."""
    deadline_s = time.monotonic() + (OPEN_TIMEOUT_S if timeout_s is None else timeout_s)
    while True:
        try:
            return _open(port)
        except (serial.SerialException, OSError) as error:
            if time.monotonic() > deadline_s:
                raise port_error(port, str(error)) from None
        except ValueError as error:
            raise port_error(port, str(error)) from None
        time.sleep(_PAUSE_S)


def _open(port: str) -> serial.Serial:
    found = serial.serial_for_url(port, baudrate=CONSOLE_BAUD, timeout=READ_TIMEOUT_S, do_not_open=True)
    if "://" not in port:
        found.exclusive = True
    found.dtr = found.rts = False  # neither in reset nor on its way into download mode
    found.open()
    return found


def port_error(port: str, said: str, log: Path | None = None) -> UserError:
    """What to tell of a port that cannot be opened, beside what was said of it."""
    if "://" not in port and not Path(port).exists():
        return UserError(
            f"there is no serial port {port}",
            whose="the cable's, the board's or the device list's",
            todo="plug the board in, or mend `serial` in the device list; /dev/serial/by-id has what is there",
            log=log,
        )
    return UserError(
        f"the serial port {port} cannot be opened",
        details=[said],
        whose="the port's: another program has it, or nobody serves there",
        todo="close what reads this line, and look at `serial` in the device list",
        log=log,
    )
