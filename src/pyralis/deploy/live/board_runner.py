"""Board runner: a board as the live tests see it: reset over its serial line, then known by the URL that it prints."""

import threading
import time
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from types import TracebackType
from typing import Self

from pyralis.deploy.client import get_json, post
from pyralis.deploy.errors import UserError
from pyralis.deploy.live.board_signs import NOISY, SILENT, UNKNOWN, find_sign
from pyralis.deploy.live.credentials import EXAMPLE, give_credentials
from pyralis.deploy.live.memory_stages import boot_stage
from pyralis.deploy.live.serial_line import SerialLine
from pyralis.deploy.rig import Rig
from pyralis.wire import READY_PREFIX

READY_TIMEOUT_S = 40.0  # joining a network takes up to 20
_POLL_S = 0.1
_SHOWN_LINES = 8
_NO_NETWORK = "no network joined"


class BoardRunner:
    """One board over its reboots; leaving the context lets its serial line go, and the board runs on."""

    def __init__(
        self,
        rig: Rig,
        name: str,
        port: str,
        url: str,
        log: Path,
        cancelled: threading.Event | None = None,
        joins: bool = False,  # where it has no network, it gets the rig's credentials
    ) -> None:
        self._rig = rig
        self._name = name
        self._port = port
        self._log = log
        self._cancelled = cancelled or threading.Event()
        self._joins = joins
        self._line: SerialLine | None = None
        self._changed = threading.Condition()
        self._hopeless = False  # it has said why it will not serve
        self._no_network = False
        self._measures = True  # until it starts anew while it is tested, with whatever a test gave it
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
        """The last lines it printed since it was reset."""
        return list(self._line.last_lines) if self._line else []

    def begin(self) -> None:
        """Reset it; without a serial line it is taken as it runs."""
        if not self._port:
            self._check_url()
            self.ready = True
            return
        self._line = SerialLine(self._port, self._log, self._take)
        with self._line.held_in_reset():
            self.ready = self._hopeless = self._no_network = False  # what came until now was of the life before
            self._measures = True
            self.memory.clear()

    def wait_ready(self, timeout_s: float = READY_TIMEOUT_S) -> str:
        """Wait until it serves; returns its URL, UserError says what it did instead."""
        self._wait(timeout_s)
        if self._no_network and self._joins and self._rig.secrets.is_file():
            self._join(timeout_s)
        elif self._no_network:
            self._check_access_point()
        return self.url

    def restart(self) -> None:
        """Have it save what it was left with and start again; UserError where it does not come back."""
        if self._line is None:
            return
        self.ready = False
        post(self.url, "/api/reboot")
        self._wait(READY_TIMEOUT_S)

    def let_go(self) -> None:
        """A board runs on; there is nobody to ask."""

    def stop(self) -> None:
        """Let the serial line go."""
        if self._line is not None:
            self._line.close()
            self._line = None

    def _wait(self, timeout_s: float) -> None:
        deadline_s = time.monotonic() + timeout_s
        with self._changed:
            while not self.ready and not self._hopeless and time.monotonic() < deadline_s:
                self._changed.wait(_POLL_S)
                if self._cancelled.is_set():
                    raise KeyboardInterrupt
        if not self.ready:
            raise self._explain(timeout_s)

    def _join(self, timeout_s: float) -> None:
        """Give it the rig's credentials over the serial line, which nothing else has to know, and start it again."""
        self.ready = False
        self.stop()
        give_credentials(self._rig, self._name, self._port, self._cancelled)
        self.begin()
        self._wait(timeout_s)
        if self._no_network:
            self.ready = False
            raise UserError(
                f"'{self._name}' cannot join the network of {self._rig.secrets.name}",
                whose="the network's, or that of the credentials",
                todo="check ssid and password, and that the network is in range (2.4 GHz)",
                log=self._log,
            )

    def _check_url(self) -> None:
        if not self.url:
            raise UserError(
                f"nobody knows where '{self._name}' serves",
                whose="the device list's",
                todo="give it `serial`, or `url` where its address does not change",
            )

    def _check_access_point(self) -> None:
        """Its own access point can be reached by whoever has joined that; a virtual board's always."""
        try:
            get_json(self.url, "/api/system")
        except UserError as error:
            self.ready = False
            raise UserError(
                f"'{self._name}' has no network, and its access point cannot be reached from here",
                details=[error.what],
                whose="the rig's: it has no credentials for its boards",
                todo=f"{EXAMPLE} to {self._rig.secrets}, or join the access point and enter them on its page",
                log=self._log,
            ) from None
        self._no_network = False

    def _take(self, line: str) -> None:
        stage = boot_stage(line)
        if stage and self._measures:
            self.memory.append(stage)
        elif _NO_NETWORK in line:
            self._no_network = not self.ready  # later reboots, of a suite, change nothing any more
        elif line.startswith("rst:") and self._measures:
            self._measures = not self.ready
            if self._measures:
                self.memory.clear()
        elif line.startswith(READY_PREFIX):
            with self._changed:
                self.url = line[len(READY_PREFIX) :].strip().rstrip("/")
                self.ready = True
                self._changed.notify_all()
        else:
            sign = find_sign([line])
            if sign is not None and sign.final:
                with self._changed:
                    self._hopeless = True
                    self._changed.notify_all()

    def _explain(self, timeout_s: float) -> UserError:
        line = self._line
        sign = find_sign(self.last_lines)
        if sign is None:
            silent = line is None or not line.received_bytes
            sign = SILENT if silent else NOISY if line is not None and line.is_noise else UNKNOWN
        after = "" if self._hopeless else f" after {timeout_s:g} s"
        return UserError(
            f"'{self._name}' does not serve{after}: {sign.meaning}",
            details=_shown(self.last_lines)[-_SHOWN_LINES:],
            whose="the board's, or what was flashed to it",
            todo=sign.todo,
            log=self._log,
        )


def _shown(lines: Sequence[str]) -> list[str]:
    """The lines, those that are the same one after another as one."""
    groups = [(line, len(list(same))) for line, same in groupby(lines)]
    return [line if count == 1 else f"{line} ({count} times)" for line, count in groups]
