"""A runtime of its own process with a small heap, and what it is asked over HTTP; every answer has a deadline."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from virtual_boards import flash_file

from pyralis.deploy.identity import identify
from pyralis.deploy.interpreters import MICROPYTHON, Options, on_cpython, on_micropython
from pyralis.deploy.live.board_runner import BoardRunner
from pyralis.deploy.runner import Runner, free_ports
from pyralis.deploy.twin.host import Settings, Twin

if TYPE_CHECKING:
    from pyralis.deploy.rig import Rig

ANSWER_S = 1.0  # of every question after a change
CHANGE_S = 5.0  # of a change itself: a layout of 65,535 lights takes its time
AGAIN = ((429,), (429, 507))  # of a change, and of a question
_FPS = 250
_DYING_S = 0.1
_LAST_REQUESTS = 12


class LogLines(Sequence[str]):
    """The lines of a log as far as it is written."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def _read(self) -> list[str]:
        return self._path.read_text(encoding="utf-8", errors="replace").splitlines()

    def __len__(self) -> int:
        return len(self._read())

    def __getitem__(self, index: Any) -> Any:
        return self._read()[index]


class Answer(NamedTuple):
    """What the board says."""

    status: int
    value: Any


class ChaosBoard:
    """One runtime that must neither end nor start again; `close` ends it.

    `fate` says what became of it, an empty text as long as the same start of it runs.
    """

    def __init__(self, stack: ExitStack, url: str, lines: Sequence[str], fate: Callable[[], str]) -> None:
        self._stack = stack
        self._fate = fate
        self.lines = lines
        self.requests: list[str] = []
        self.port = urlsplit(url).port or 80
        self.boot_id = ""
        self.boot_id = self.system()["boot_id"]

    @classmethod
    def process(cls, rig: Rig, heap: str, interpreter: str = MICROPYTHON, fps: int = _FPS) -> ChaosBoard:
        """The built rig on this machine, with a heap of that size and no settings."""
        stack = ExitStack()
        state = Path(stack.enter_context(TemporaryDirectory(prefix="pyralis-chaos-")))
        options = Options(state, port=free_ports(1)[0], extra={"fps": str(fps)})
        if interpreter == MICROPYTHON:
            launch = on_micropython(rig, options, heap)
        else:
            options.extra["heap"] = heap
            launch = on_cpython(rig, identify(rig), options)
        lines: list[str] = []
        runner = stack.enter_context(Runner(launch, on_line=lines.append))

        def fate() -> str:
            if runner.exit_status is not None:
                return f"the process ended with status {runner.exit_status}"
            return "it has asked for a restart" if runner.reboots else ""

        return cls(stack, runner.start(), lines, fate)

    @classmethod
    def virtual(cls, rig: Rig, flash: bytes, platform: str) -> ChaosBoard:
        """A virtual board that boots what is in that flash."""
        stack = ExitStack()
        name = f"chaos-{platform}"
        flash_file(rig, name).parent.mkdir(parents=True, exist_ok=True)
        flash_file(rig, name).write_bytes(flash)
        events: list[str] = []
        twin = Twin(rig, Settings(name, platform), lambda event: events.append(str(event["event"])))
        port = stack.enter_context(twin).wait().serial
        log = rig.logs / f"{name}.log"
        log.unlink(missing_ok=True)
        runner = stack.enter_context(BoardRunner(rig, name, port, "", log))
        runner.begin()
        url = runner.wait_ready()
        started = len(events)
        return cls(stack, url, LogLines(log), lambda: ", ".join(events[started:]))

    def close(self) -> None:
        """End it."""
        self._stack.close()

    @property
    def lives(self) -> bool:
        """Whether it still runs since its first start."""
        return not self._fate()

    def change(self, method: str, path: str, value: object = None) -> Answer:
        """Ask for a change, which may be refused."""
        answer = self._ask(method, path, value, CHANGE_S)
        assert answer.status < 500 or answer.status == 507, f"{method} {path}: {answer}"
        return answer

    def system(self) -> dict[str, Any]:
        """Its figures; it must be the same start of the same process that answers, and in time."""
        system = self.get("/api/system")
        assert system["boot_id"] == (self.boot_id or system["boot_id"]), "the runtime has started again"
        assert self.lives, self._fate()
        return system

    def modules(self) -> list[dict[str, Any]]:
        """All modules, parents before children."""
        found: list[dict[str, Any]] = self.get("/api/modules")["modules"]
        return found

    def get(self, path: str) -> dict[str, Any]:
        """A JSON object, in time."""
        from_s = time.monotonic()
        answer = self._ask("GET", path, None, 2 * ANSWER_S)
        took_s = time.monotonic() - from_s
        assert answer.status == 200, f"GET {path}: {answer}"
        assert took_s <= ANSWER_S, f"GET {path} took {took_s:.2f} s"
        found: dict[str, Any] = answer.value
        return found

    def wait_ticks(self, duration_ms: int) -> None:
        """Let its clock run on by so much."""
        until_ms = self.system()["uptime_ms"] + duration_ms
        time.sleep(duration_ms / 1000)
        while self.system()["uptime_ms"] < until_ms:
            time.sleep(0.004)

    def tell(self, error: BaseException) -> None:
        """Add what it was asked last and what it printed."""
        error.add_note("\n".join(["last requests:", *self.requests[-_LAST_REQUESTS:]]))
        error.add_note("\n".join(["last lines of the board:", *self.lines[-_LAST_REQUESTS:]]))

    def _ask(self, method: str, path: str, value: object, timeout_s: float) -> Answer:
        """Asked again for a second where there are too many connections, or a question met a shortage of memory."""
        body = None if value is None else json.dumps(value)
        until_s = time.monotonic() + ANSWER_S
        while True:
            try:
                answer = self._ask_once(method, path, body, timeout_s)
            except AssertionError:
                if method != "GET" or not self.lives or time.monotonic() > until_s:
                    raise
            else:
                if answer.status not in AGAIN[method == "GET"] or time.monotonic() > until_s:
                    break
            time.sleep(0.02)
        if method != "GET":
            asked = f"{method} {path} {body or ''}".strip()
            self.requests.append(f"{asked} -> {answer.status} {answer.value.get('error', '')}".strip())
        return answer

    def _ask_once(self, method: str, path: str, body: str | None, timeout_s: float) -> Answer:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=timeout_s)
        try:
            connection.request(method, path, body)
            response = connection.getresponse()
            return Answer(response.status, json.loads(response.read()))
        except (OSError, HTTPException, ValueError) as error:
            time.sleep(_DYING_S)  # for the process to end, if it does
            fate = self._fate() or "it lives"
            failed = f"{type(error).__name__}: {error}"
            raise AssertionError(f"{method} {path} {body or ''}: no answer ({failed}), {fate}") from None
        finally:
            connection.close()
