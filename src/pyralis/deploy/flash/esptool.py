"""Esptool: one write to one board by the real esptool, as a program of its own: its progress, and why it failed.

Whether it worked is said by its exit status alone. What it prints is read for the progress bar and for the reason.
"""

import re
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pyralis.deploy import esptool_launcher
from pyralis.deploy.children import Child
from pyralis.deploy.errors import UserError
from pyralis.deploy.flash.failures import LOST_CONNECTION, explain
from pyralis.deploy.rig import package_environment

STOCK_SETTING = esptool_launcher.STOCK_VARIABLE
_CONNECT_ATTEMPTS = 3
_POLL_S = 0.1
_BEGINS = "Flash will be erased from"  # said before anything is changed
_PLACE = re.compile(r"Writing at 0x([0-9a-f]{8})")
_ERROR = re.compile(r"(?:A fatal error|A serial exception error) occurred: (.*)")


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
    seen = _Output(writes, on_progress)
    deadline_s = time.monotonic() + timeout_s
    command = _command(writes, chip, port, baud)
    with Child(command, cwd=log.parent, env=_environment(), log=log, on_line=seen.take) as child:
        while child.wait(_POLL_S) is None and time.monotonic() < deadline_s:
            if cancelled.is_set():
                raise KeyboardInterrupt
        ended = child.exit_status is not None
    if not ended:
        raise FlashError(_hangs(timeout_s, log), again=False, written=seen.begun)
    if child.exit_status:
        said = seen.error or next((line for line in reversed(child.last_lines) if line.strip()), "it said nothing")
        error, again = explain(said, port, baud, log)
        raise FlashError(error, again, seen.begun)


def _command(writes: Sequence[Write], chip: str, port: str, baud: int) -> list[str]:
    options = ["--chip", chip, "--port", port, "--baud", str(baud), "--connect-attempts", str(_CONNECT_ATTEMPTS)]
    files = [word for write in writes for word in (f"0x{write.offset:x}", str(write.path))]
    return [sys.executable, "-P", "-m", esptool_launcher.__name__, *options, "write-flash", "--skip-flashed", *files]


def _environment() -> dict[str, str]:
    # Wide, so that no line is broken in two; without colours, which a log has no use for.
    return {**package_environment(), "COLUMNS": "400", "NO_COLOR": "1", "TERM": "dumb", "PYTHONIOENCODING": "utf-8"}


class _Output:
    """Follows what esptool prints."""

    def __init__(self, writes: Sequence[Write], on_progress: Callable[[int, int, str], None]) -> None:
        self._writes = writes
        self._on_progress = on_progress
        self._total_bytes = sum(write.size_bytes for write in writes)
        self.begun = False  # the flash may have changed
        self.error = ""

    def take(self, line: str) -> None:
        """Learn from a line."""
        error = _ERROR.search(line)
        if LOST_CONNECTION in line:
            self.error = line.strip()
        elif error and not self.error:  # what follows a lost connection is about connecting again
            self.error = error[1].strip()
        self.begun = self.begun or _BEGINS in line
        places = _PLACE.findall(line)
        if places:
            self._show(int(places[-1], 16))

    def _show(self, place: int) -> None:
        done_bytes, name = 0, ""
        for write in self._writes:
            if write.offset <= place:
                done_bytes += min(write.size_bytes, place - write.offset)
                name = write.name
        self._on_progress(done_bytes, self._total_bytes, name)


def _hangs(timeout_s: float, log: Path) -> UserError:
    return UserError(
        f"flashing does not end within {timeout_s:g} s",
        whose="the board's or the line's: it hangs, or is very slow",
        todo="unplug the board and plug it in again; a slow line needs a longer --timeout",
        log=log,
    )
