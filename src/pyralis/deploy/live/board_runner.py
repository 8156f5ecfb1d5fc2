"""Board runner: a board as the live tests see it: reset over its serial line, then known by the URL that it prints."""

import re
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

from pyralis.deploy.errors import UserError
from pyralis.deploy.live.credentials import give_credentials
from pyralis.deploy.live.serial_line import SerialLine
from pyralis.deploy.rig import Rig
from pyralis.wire import READY_PREFIX

READY_TIMEOUT_S = 40.0  # joining a network takes up to 20
_NO_NETWORK = "no network joined"
_MEMORY = re.compile(r"\[MemBoot\] (.+): -?\d+KB = (\d+)KB \(frag=(\d+)%, largest=(\d+)KB\)")
# What a board prints that cannot start, and what that means.
_SIGNS = (
    ("invalid header: 0x", "its flash is empty or broken at the bootloader", "flash it: `pyralis flash`"),
    ("No bootable app", "there is no firmware in its flash", "flash it: `pyralis flash`"),
    ("partition table error", "its partition table is broken", "flash it: `pyralis flash`"),
    ("csum err", "its bootloader is broken", "flash it: `pyralis flash`"),
    ("file system of partition 'vfs' appears to be corrupted", "its code is broken", "flash it: `pyralis flash`"),
    ("waiting for download", "it is in download mode", "press its reset button, or look at what is wired to IO0"),
    ("MemoryError", "its memory is too small for what it shall run", "remove modules, or take a larger board"),
    ("Traceback (most recent call last)", "its program ends with an error", "read its last lines, above"),
)


class BoardRunner:
    """One board over its reboots; leaving the context lets its serial line go, and the board runs on."""

    def __init__(self, rig: Rig, name: str, port: str, url: str, log: Path) -> None:
        self._rig = rig
        self._name = name
        self._port = port
        self._log = log
        self._line: SerialLine | None = None
        self._changed = threading.Condition()
        self._no_network = False
        self._error: UserError | None = None
        self.ready = False
        self.url = url.rstrip("/")
        self.memory: list[dict[str, object]] = []  # stages of the start

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def last_lines(self) -> list[str]:
        """The last lines it printed."""
        return list(self._line.last_lines) if self._line else []

    def begin(self) -> None:
        """Reset it; without a serial line it is taken as it runs."""
        if not self._port:
            self.ready = True
            return
        self._line = SerialLine(self._port, self._log, self._take)
        self._line.reset_board()

    def wait_ready(self, timeout_s: float = READY_TIMEOUT_S) -> str:
        """Wait until it serves; returns its URL, UserError says what it did instead."""
        self._wait(timeout_s)
        if self._no_network and self._rig.secrets.is_file():
            self._join(timeout_s)
        return self.url

    def stop(self) -> None:
        """Let the serial line go."""
        if self._line is not None:
            self._line.close()
            self._line = None

    def _wait(self, timeout_s: float) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self.ready, timeout_s)
        if not self.ready:
            raise self._explain(timeout_s)

    def _join(self, timeout_s: float) -> None:
        """Give it the rig's credentials over the serial line, which nothing else has to know, and start it again."""
        self.stop()
        give_credentials(self._rig, self._name, self._port)
        self.ready = self._no_network = False
        self.begin()
        self._wait(timeout_s)
        if self._no_network:
            raise UserError(
                f"'{self._name}' cannot join the network of {self._rig.secrets.name}",
                whose="the network's, or that of the credentials",
                todo="check ssid and password, and that the network is in range (2.4 GHz)",
                log=self._log,
            )

    def _take(self, line: str) -> None:
        memory = _MEMORY.search(line)
        if memory:
            stage, free, fragmentation, largest = memory.groups()
            self.memory.append(
                {
                    "stage": stage,
                    "free_kb": int(free),
                    "largest_kb": int(largest),
                    "frag_percent": int(fragmentation),
                }
            )
        elif _NO_NETWORK in line:
            self._no_network = True
        elif line.startswith("rst:"):
            self.memory.clear()
        elif line.startswith(READY_PREFIX):
            with self._changed:
                self.url = line[len(READY_PREFIX) :].strip().rstrip("/")
                self.ready = True
                self._changed.notify_all()

    def _explain(self, timeout_s: float) -> UserError:
        line = self._line
        said = "\n".join(self.last_lines)
        reason, todo = "it says nothing about its address", "read its serial log"
        if line is None or not line.received_bytes:
            reason, todo = "it prints nothing", "check cable, power and `serial`, then flash it: `pyralis flash`"
        elif line.is_noise:
            reason, todo = "it prints only noise", "check the cable, and that no other board is at this port"
        for sign, meaning, what_to_do in _SIGNS:
            if sign in said:
                reason, todo = meaning, what_to_do
                break
        return UserError(
            f"'{self._name}' does not serve after {timeout_s:g} s: {reason}",
            details=self.last_lines[-8:],
            whose="the board's, or what was flashed to it",
            todo=todo,
            log=self._log,
        )
