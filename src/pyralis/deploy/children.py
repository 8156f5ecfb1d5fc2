"""Children: starts commands on a leash, and reads what they print, line by line."""

import os
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Self, cast

from pyralis.deploy import leash

LAST_LINES = 20
_SLACK_S = 2.0  # beyond the leash's own grace


class Child:
    """One running command; leaving the context stops it."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        cwd: Path,
        env: Mapping[str, str],
        log: Path | None = None,
        on_line: Callable[[str], None] | None = None,
    ) -> None:
        self.last_lines: deque[str] = deque(maxlen=LAST_LINES)
        self.ended = threading.Event()  # output read to its end and exit status known
        self.exit_status: int | None = None
        self._on_line = on_line
        self._log: IO[str] | None = None
        if log is not None:
            log.parent.mkdir(parents=True, exist_ok=True)
            self._log = log.open("a", encoding="utf-8")
        self._pid_fd, pid_fd = os.pipe()
        self.pid = 0
        self._popen = subprocess.Popen(
            [sys.executable, "-I", "-S", leash.__file__, f"{leash.PID_FD_OPTION}{pid_fd}", *command],
            cwd=cwd,
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=(pid_fd,),
        )
        os.close(pid_fd)
        self._output = cast("IO[bytes]", self._popen.stdout)
        self._reader = threading.Thread(target=self._read, name=f"read {command[0]}", daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def wait(self, timeout_s: float | None = None) -> int | None:
        """The exit status once it ended, None after the timeout."""
        self.ended.wait(timeout_s)
        return self.exit_status

    def stop(self) -> int:
        """SIGINT, a moment, SIGKILL; returns the exit status."""
        self.let_go()
        if not self.ended.wait(leash.GRACE_S + _SLACK_S):
            # The leash did its part; here somebody holds the output open, or does not read what is passed on.
            self._popen.kill()
            self.exit_status = self._popen.wait()
        return self.exit_status or 0

    def let_go(self) -> None:
        """Ask it to end, without waiting for it."""
        if self._popen.stdin is not None and not self._popen.stdin.closed:
            self._popen.stdin.close()

    def _read(self) -> None:
        self.pid = int(os.read(self._pid_fd, 32) or b"0")
        os.close(self._pid_fd)
        complete = False
        try:
            for raw in self._output:
                self._take(raw.decode("utf-8", "replace").rstrip("\r\n"))
            complete = True
        finally:
            # Whatever happens to a line, nobody waits for ever. But who closed its output may still be about to end
            # with a status of its own.
            if not complete:
                self.let_go()
            self._output.close()
            if self._log is not None:
                self._log.close()
            self.exit_status = self._popen.wait()
            self.let_go()
            self.ended.set()

    def _take(self, line: str) -> None:
        self.last_lines.append(line)
        if self._log is not None:
            self._log.write(f"{datetime.now(UTC).isoformat(timespec='milliseconds')} {line}\n")
            self._log.flush()
        if self._on_line is None:
            return
        try:
            self._on_line(line)
        except BrokenPipeError:  # who looked at its output has gone: `pyralis run | head`
            self._on_line = None
            self.let_go()
