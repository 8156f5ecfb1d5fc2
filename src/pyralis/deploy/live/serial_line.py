"""Serial line of a board: its reset line, and everything it prints, line by line with times in a log."""

import errno
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import serial

from pyralis.deploy.errors import UserError
from pyralis.deploy.serial_port import open_port

GONE = "(the serial port is gone: "  # said in place of what a board prints; the reason follows
LAST_LINES = 40
_NO_SUCH_LINE = (errno.ENOTTY, errno.EINVAL)
_RESET_S = 0.1  # as long as a capacitor at EN needs, and until all that was sent before has been read
_LONGEST_LINE_BYTES = 4096
_TEXT = bytes([*range(32, 127), *b"\t\r\n\x1b"])
_NOISE_SHARE = 4  # text in other letters than ASCII has some such bytes, and noise has half of them


class SerialLine:
    """An open port; `on_line` gets each line, from a thread."""

    def __init__(self, port: str, log: Path, on_line: Callable[[str], None]) -> None:
        self.port = port
        self.last_lines: deque[str] = deque(maxlen=LAST_LINES)
        self.received_bytes = 0
        self._noise_bytes = 0  # of them, those that are no ASCII text
        self._on_line = on_line
        self._closing = threading.Event()
        log.parent.mkdir(parents=True, exist_ok=True)
        self._log = log.open("a", encoding="utf-8")
        try:
            self._serial = open_port(port)
        except BaseException:
            self._log.close()
            raise
        self._reader = threading.Thread(target=self._read, name=f"serial {port}", daemon=True)
        self._reader.start()

    @property
    def is_noise(self) -> bool:
        """True where much of what came is no text: another baud rate, or a bad cable."""
        return self._noise_bytes * _NOISE_SHARE > self.received_bytes

    @contextmanager
    def held_in_reset(self) -> Iterator[None]:
        """Hold EN low; afterwards the board starts anew, and what it printed before is forgotten.

        UserError where the port is gone.
        """
        self._set_reset(True)
        time.sleep(_RESET_S)
        self.last_lines.clear()
        self.received_bytes = self._noise_bytes = 0
        yield
        self._set_reset(False)

    def close(self) -> None:
        """Let the port go."""
        self._closing.set()
        self._reader.join()
        self._serial.close()
        self._log.close()

    def _set_reset(self, held: bool) -> None:
        try:
            self._serial.rts = held
        except (serial.SerialException, OSError, ValueError) as error:
            if getattr(error, "errno", None) in _NO_SUCH_LINE:
                raise UserError(
                    f"the serial port {self.port} cannot reset a board: it has no RTS line",
                    whose="the port's: a pseudo terminal or another that is not wired through",
                    todo="mend `serial` in the device list: a virtual board's is its rfc2217:// address",
                ) from None
            raise UserError(
                f"the serial port {self.port} is gone",
                details=[str(error)],
                whose="the cable's, the hub's or the board's: it was unplugged or lost power",
                todo="plug it in again",
            ) from None

    def _read(self) -> None:
        pending = b""
        while not self._closing.is_set():
            try:
                data = self._serial.read(max(1, self._serial.in_waiting))
            except (serial.SerialException, OSError) as error:
                self._take(f"{GONE}{error})")
                return
            self.received_bytes += len(data)
            self._noise_bytes += len(data.translate(None, _TEXT))
            *lines, pending = (pending + data).split(b"\n")
            if len(pending) > _LONGEST_LINE_BYTES:  # noise has no ends of lines
                lines, pending = [*lines, pending], b""
            for line in lines:
                self._take(line.decode("utf-8", "replace").rstrip("\r"))
        if pending:
            self._take(pending.decode("utf-8", "replace"))

    def _take(self, line: str) -> None:
        shown = "".join(char if char.isprintable() or char == "\t" else "\ufffd" for char in line)
        self.last_lines.append(shown)
        self._log.write(f"{datetime.now(UTC).isoformat(timespec='milliseconds')} {shown}\n")
        self._log.flush()
        self._on_line(shown)
