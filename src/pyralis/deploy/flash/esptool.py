"""Esptool: one write to one board by the real esptool, as a program of its own: its progress, and why it failed.

Whether it worked is said by its exit status alone. What it prints is read for the progress bar and for the reason.
"""

import os
import re
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pyralis.deploy.children import Child
from pyralis.deploy.errors import UserError
from pyralis.deploy.rig import package_environment

STOCK_SETTING = "PYRALIS_STOCK_ESPTOOL"
_CONNECT_ATTEMPTS = 3
_POLL_S = 0.1
_PLACE = re.compile(r"Writing at 0x([0-9a-f]{8})")
_ERROR = re.compile(r"(?:A fatal error|A serial exception error) occurred: (.*)")
_LOST = "Lost connection"


@dataclass(frozen=True)
class Write:
    """A file, and where in the flash it goes."""

    name: str
    offset: int
    path: Path
    size_bytes: int


class FlashError(UserError):
    """A write that failed; `again` is true where a slower line may help, `written` where the flash may have changed."""

    def __init__(self, error: UserError, again: bool, written: bool) -> None:
        super().__init__(error.what, whose=error.whose, todo=error.todo, log=error.log, details=error.details)
        self.again = again
        self.written = written


@dataclass(frozen=True)
class _Known:
    """A failure that esptool names."""

    sign: str
    what: str
    whose: str
    todo: str
    again: bool = False


_KNOWN = (
    _Known(
        "the port is busy or doesn't exist",
        "the serial port cannot be opened",
        "the port's: it is not there, or another program has it",
        "plug the board in, close what reads its serial line, and look at `serial` in the device list",
    ),
    _Known(
        "Wrong chip argument",
        "another chip is at this port",
        "the device list's, or the wiring's: nothing was written",
        "mend `platform` or `serial` of this device",
    ),
    _Known(
        "Failed to connect",
        "the board does not enter download mode",
        "the board's or the cable's: it answers nothing",
        "check cable and power; on a board without automatic reset hold BOOT and press EN",
    ),
    _Known(
        "does not match data in flash",
        "the flash does not hold what was written",
        "the line's or the flash chip's: the board read back something else",
        "try a shorter cable or a lower serial_baud; when it stays, the flash chip is worn out",
        again=True,
    ),
    _Known(
        _LOST,
        "the board vanished from the serial line",
        "the cable's, the hub's or the board's: it was unplugged or lost power",
        "check cable and power of the hub, and flash it again",
        again=True,
    ),
    _Known(
        "stopped",
        "the serial line went silent",
        "the cable's, the hub's or the board's: it was unplugged, lost power, or hangs",
        "check cable and power of the hub, and flash it again",
        again=True,
    ),
    _Known(
        "No serial data received",
        "the board stopped answering",
        "the cable's, the hub's or the board's: it was unplugged, lost power, or hangs",
        "check cable and power of the hub, and flash it again",
        again=True,
    ),
)


def write_flash(
    writes: Sequence[Write],
    *,
    chip: str,
    port: str,
    baud: int,
    log: Path,
    timeout_s: float,
    cancelled: threading.Event,
    on_progress: Callable[[int, int, str], None],
) -> None:
    """Write and verify all of it, then reset the board; FlashError says why that did not work."""
    progress = _Progress(writes, on_progress)
    with Child(
        _command(writes, chip, port, baud), cwd=log.parent, env=_environment(), log=log, on_line=progress.take
    ) as child:
        deadline_s = time.monotonic() + timeout_s
        while child.wait(_POLL_S) is None:
            if cancelled.is_set():
                raise KeyboardInterrupt
            if time.monotonic() > deadline_s:
                raise FlashError(_hangs(timeout_s, log), again=False, written=progress.begun)
    if child.exit_status:
        error, again = _explain(progress.error, list(child.last_lines), port, log)
        raise FlashError(error, again, progress.begun)


def _command(writes: Sequence[Write], chip: str, port: str, baud: int) -> list[str]:
    program = "esptool" if os.environ.get(STOCK_SETTING) else "pyralis.deploy.esptool_launcher"
    options = ["--chip", chip, "--port", port, "--baud", str(baud), "--connect-attempts", str(_CONNECT_ATTEMPTS)]
    files = [word for write in writes for word in (f"0x{write.offset:x}", str(write.path))]
    return [sys.executable, "-P", "-m", program, *options, "write-flash", "--skip-flashed", *files]


def _environment() -> dict[str, str]:
    # Wide, so that no line is broken in two; without colours, which a log has no use for.
    return {**package_environment(), "COLUMNS": "400", "NO_COLOR": "1", "TERM": "dumb", "PYTHONIOENCODING": "utf-8"}


class _Progress:
    """Follows what esptool prints."""

    def __init__(self, writes: Sequence[Write], on_progress: Callable[[int, int, str], None]) -> None:
        self._writes = writes
        self._on_progress = on_progress
        self._total_bytes = sum(write.size_bytes for write in writes)
        self.begun = False
        self.error = ""

    def take(self, line: str) -> None:
        """Learn from a line."""
        error = _ERROR.search(line)
        if _LOST in line:
            self.error = line.strip()
        elif error and not self.error:  # what follows a lost connection is about connecting again
            self.error = error[1].strip()
        places = _PLACE.findall(line)
        if not places:
            return
        self.begun = True
        place = int(places[-1], 16)
        done_bytes, name = 0, ""
        for write in self._writes:
            if write.offset <= place:
                done_bytes += min(write.size_bytes, place - write.offset)
                name = write.name
        self._on_progress(done_bytes, self._total_bytes, name)


def _explain(reason: str, last_lines: list[str], port: str, log: Path) -> tuple[UserError, bool]:
    said = reason or next((line for line in reversed(last_lines) if line.strip()), "it said nothing")
    for known in _KNOWN:
        if known.sign in said:
            detail = f"esptool at {port}: {said}"
            return UserError(known.what, whose=known.whose, todo=known.todo, log=log, details=[detail]), known.again
    return (
        UserError(
            f"esptool failed: {said}",
            whose="the board's or esptool's",
            todo="read the log; it has everything that esptool printed",
            log=log,
        ),
        True,
    )


def _hangs(timeout_s: float, log: Path) -> UserError:
    return UserError(
        f"flashing does not end within {timeout_s:g} s",
        whose="the board's or the line's: it hangs",
        todo="unplug the board and plug it in again; a very slow line needs a longer --timeout",
        log=log,
    )
