"""Serial line of a board: its reset line, and everything it prints, line by line with times in a log."""

import threading
import time
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import serial

from pyralis.deploy.errors import UserError

CONSOLE_BAUD = 115200  # of ROM, bootloader and MicroPython
LAST_LINES = 40
_READ_TIMEOUT_S = 0.2
_RESET_S = 0.1  # as long as a capacitor at EN needs
_LONGEST_LINE_BYTES = 4096


class SerialLine:
    """An open port; `on_line` gets each line, from a thread."""

    def __init__(self, port: str, log: Path, on_line: Callable[[str], None]) -> None:
        self.port = port
        self.last_lines: deque[str] = deque(maxlen=LAST_LINES)
        self.received_bytes = 0
        self.noise_bytes = 0  # that are no text
        self._on_line = on_line
        self._closing = threading.Event()
        log.parent.mkdir(parents=True, exist_ok=True)
        self._serial = open_port(port)
        self._log = log.open("a", encoding="utf-8")
        self._reader = threading.Thread(target=self._read, name=f"serial {port}", daemon=True)
        self._reader.start()

    @property
    def is_noise(self) -> bool:
        """True where most of what came is no text: another baud rate, or a bad cable."""
        return self.noise_bytes * 2 > self.received_bytes

    def reset_board(self) -> None:
        """Pull EN low for a moment: the board starts anew, and what it says from then on is read."""
        self._serial.rts = True
        time.sleep(_RESET_S)
        self._serial.rts = False

    def close(self) -> None:
        """Let the port go."""
        self._closing.set()
        self._reader.join()
        self._serial.close()
        self._log.close()

    def _read(self) -> None:
        pending = b""
        while not self._closing.is_set():
            try:
                data = self._serial.read(max(1, self._serial.in_waiting))
            except (serial.SerialException, OSError) as error:
                self._take(f"(the serial port is gone: {error})")
                return
            self.received_bytes += len(data)
            *lines, pending = (pending + data).split(b"\n")
            if len(pending) > _LONGEST_LINE_BYTES:  # noise has no ends of lines
                lines, pending = [*lines, pending], b""
            for line in lines:
                text = line.decode("utf-8", "replace").rstrip("\r")
                self.noise_bytes += sum(not char.isprintable() or char == "\ufffd" for char in text)
                self._take(text)
        if pending:
            self._take(pending.decode("utf-8", "replace"))

    def _take(self, line: str) -> None:
        shown = "".join(char if char.isprintable() or char == "\t" else "\ufffd" for char in line)
        self.last_lines.append(shown)
        self._log.write(f"{datetime.now(UTC).isoformat(timespec='milliseconds')} {shown}\n")
        self._log.flush()
        self._on_line(shown)


def open_port(port: str) -> serial.Serial:
    """The port, with the board left as it is; UserError where it cannot be had."""
    try:
        found = serial.serial_for_url(port, baudrate=CONSOLE_BAUD, timeout=_READ_TIMEOUT_S, do_not_open=True)
        if not port.startswith("rfc2217:"):
            found.exclusive = True
        found.dtr = found.rts = False  # neither in reset nor on its way into download mode
        found.open()
    except (serial.SerialException, OSError, ValueError) as error:
        raise UserError(
            f"the serial port {port} cannot be opened: {error}",
            whose="the port's: it is not there, or another program has it",
            todo="plug the board in, close what reads its serial line, and look at `serial` in the device list",
        ) from None
    return found
