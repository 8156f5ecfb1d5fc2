"""Runner: a runtime as a child process: waits until it serves, starts it again when it reboots, stops it."""

import random
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from pyralis.deploy.children import Child
from pyralis.deploy.errors import UserError
from pyralis.deploy.interpreters import Launch
from pyralis.wire import EXIT_REBOOT, READY_PREFIX

READY_TIMEOUT_S = 10.0
_FREE_PORTS = (20000, 32000)
_END_TIMEOUT_S = 1.0
_MAX_FAST_REBOOTS = 5  # in a row, each within
_FAST_REBOOT_S = 1.0


class Runner:
    """One runtime over its reboots; leaving the context stops it."""

    def __init__(self, launch: Launch, log: Path | None = None, on_line: Callable[[str], None] | None = None) -> None:
        self._launch = launch
        self._log = log
        self._on_line = on_line
        self._child: Child | None = None
        self._changed = threading.Condition()
        self.ready = False  # it has served once
        self._stopping = False
        self._fast_reboots = 0
        self.reboots = 0
        self.url = launch.url
        self.exit_status: int | None = None  # known once it has ended for good

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        """The process id of the runtime that runs now."""
        return self._child.pid if self._child else 0

    @property
    def last_lines(self) -> list[str]:
        """The last lines it printed."""
        return list(self._child.last_lines) if self._child else []

    def begin(self) -> None:
        """Start it, without waiting until it serves."""
        threading.Thread(target=self._supervise, name="supervise", daemon=True).start()

    def start(self, timeout_s: float = READY_TIMEOUT_S) -> str:
        """Start it and wait until it serves; returns the URL, UserError shows what it said last."""
        self.begin()
        return self.wait_ready(timeout_s)

    def wait_ready(self, timeout_s: float = READY_TIMEOUT_S) -> str:
        """Wait until it serves; returns the URL, UserError shows what it said last."""
        with self._changed:
            self._changed.wait_for(lambda: self.ready or self.exit_status is not None, timeout_s)
            if self.ready:
                return self.url
        if self.exit_status is None:
            raise self._error(f"the runtime on {self._launch.interpreter} does not serve after {timeout_s:g} s")
        raise self._error(f"the runtime on {self._launch.interpreter} ended with status {self.exit_status}")

    def wait(self, timeout_s: float | None = None) -> int | None:
        """The exit status once it ended for good, None after the timeout."""
        with self._changed:
            self._changed.wait_for(lambda: self.exit_status is not None, timeout_s)
        return self.exit_status

    def let_go(self) -> None:
        """Ask it to end for good, without waiting for it."""
        with self._changed:
            self._stopping = True
            child = self._child
        if child is not None:
            child.let_go()

    def stop(self) -> int | None:
        """SIGINT, a moment to save, SIGKILL; returns the exit status."""
        with self._changed:
            self._stopping = True
            child = self._child
        if child is None:
            return self.exit_status
        status = child.stop()
        return status if self.wait(_END_TIMEOUT_S) is None else self.exit_status

    def _supervise(self) -> None:
        launch = self._launch
        status = 0
        while True:
            started_s = time.monotonic()
            with self._changed:
                if self._stopping:
                    break
                self._child = Child(launch.command, cwd=launch.cwd, env=launch.env, log=self._log, on_line=self._line)
            status = self._child.wait() or 0
            if status != EXIT_REBOOT or not self._may_reboot(time.monotonic() - started_s):
                break
            launch = self._launch.again()
        with self._changed:
            self.exit_status = status
            self._changed.notify_all()

    def _may_reboot(self, lived_s: float) -> bool:
        """False for one that does nothing but reboot."""
        self.reboots += 1
        self._fast_reboots = self._fast_reboots + 1 if lived_s < _FAST_REBOOT_S else 0
        return self._fast_reboots < _MAX_FAST_REBOOTS

    def _line(self, line: str) -> None:
        if line.startswith(READY_PREFIX):
            with self._changed:
                self.url = line[len(READY_PREFIX) :].strip().rstrip("/")
                self.ready = True
                self._changed.notify_all()
        if self._on_line is not None:
            self._on_line(line)

    def _error(self, what: str) -> UserError:
        return UserError(
            what,
            whose="the runtime's or the rig's: its last lines are above",
            todo="read them; `pyralis run` shows all of its output",
            log=self._log,
            details=self.last_lines,
        )


def free_ports(count: int, host: str = "127.0.0.1") -> list[int]:
    """Ports nobody listens on now, all different.

    From below the range that systems take for outgoing connections, one of which could come in between.
    """
    found: list[int] = []
    chance = random.SystemRandom()  # not the one that a test seeds: two of them would take the same
    while len(found) < count:
        port = chance.randrange(*_FREE_PORTS)
        if port not in found and _can_listen(host, port) is None:
            found.append(port)
    return found


def _can_listen(host: str, port: int) -> OSError | None:
    """Why nobody could listen there now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return error
    return None


def check_port(host: str, port: int) -> None:
    """UserError where nobody could listen there."""
    error = _can_listen(host, port)
    if error is not None:
        raise UserError(
            f"cannot listen on {host}:{port}: {error.strerror or error}",
            whose="another program's, or the address is not this machine's",
            todo=f"stop the other one, or choose another port: --port {port + 1 if port < 65535 else 8080}",
        )
