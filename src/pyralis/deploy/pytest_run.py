"""Runs pytest as a child process and follows its events."""

import json
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from pyralis.deploy.children import Child
from pyralis.deploy.errors import UserError
from pyralis.deploy.steps import FAILED, PASSED, SKIPPED, Failure, Step

EVENTS = "PYRALIS_TEST_EVENTS"  # pytest_events reads it in the child
ERROR = "error"
_POLL_S = 0.03
TEST_TIMEOUT_S = 60.0  # of one test
_NO_TESTS = 5


@dataclass(frozen=True)
class TestOutcome:
    """One test."""

    __test__ = False  # for pytest, which takes it for a test class

    name: str
    status: str  # passed, failed, skipped, error
    duration_s: float = 0.0
    reason: str = ""
    assertions: tuple[str, ...] = ()
    where: str = ""

    @property
    def went_wrong(self) -> bool:
        """True for what fails a run."""
        return self.status in (FAILED, ERROR)

    def failure(self, device: str = "", log: str = "") -> Failure:
        """As a step reports it."""
        return Failure(self.name, self.reason, device, self.assertions, self.where, log)


@dataclass
class TestRun:
    """What a run of pytest told."""

    __test__ = False

    tests: list[TestOutcome] = field(default_factory=list)
    total: int = 0
    current: str = ""
    stopped: str = ""  # why it ended before its time
    ended: bool = False

    def count(self, status: str) -> int:
        """How many tests have that status."""
        return sum(test.status == status for test in self.tests)

    @property
    def wrong(self) -> list[TestOutcome]:
        """Failures and errors."""
        return [test for test in self.tests if test.went_wrong]

    def summary(self) -> str:
        """Such as `33 passed, 1 failed`."""
        parts = [f"{self.count(status)} {status}" for status in (PASSED, FAILED, ERROR, SKIPPED) if self.count(status)]
        return ", ".join(parts) or "no tests"

    def take(self, event: dict[str, Any]) -> None:
        """Learn from one event."""
        kind = event.pop("event")
        if kind == "collected":
            self.total = event["count"]
        elif kind == "begins":
            self.current = event["name"]
        elif kind == "test":
            assertions = tuple(event.pop("assertions", ()))
            self.tests.append(TestOutcome(**event, assertions=assertions))
        elif kind in ("stopped", "broken"):
            self.stopped = event["reason"]
        elif kind == "ends":
            self.ended = True


def run_pytest(
    step: Step,
    arguments: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    log: Path,
    until_ready: Callable[[], object] | None = None,
    on_cancel: Callable[[], object] | None = None,
    test_timeout_s: float = TEST_TIMEOUT_S,
    isolated: bool = False,
) -> TestRun:
    """Run pytest within `step`, which shows its progress; UserError where it does not get to its end.

    `until_ready` is called once, while pytest starts up; what it raises ends the run. `on_cancel` is called before a
    cancelled pytest is stopped, so that whatever else has to end does so at the same time. Unless `isolated`, tests can
    import what lies in `cwd`.
    """
    log.unlink(missing_ok=True)
    run = TestRun()
    with tempfile.TemporaryDirectory(prefix="pyralis-") as folder:
        events = Path(folder, "events.jsonl")
        events.touch()
        path = ["-P"] if isolated else []
        command = [sys.executable, *path, "-m", "pytest", "-p", "pyralis.deploy.pytest_events", "-q", *arguments]
        with (
            events.open(encoding="utf-8") as lines,
            Child(command, cwd=cwd, env={**env, EVENTS: str(events)}, log=log) as child,
        ):
            if until_ready is not None:
                until_ready()
            quiet_since_s = time.monotonic()
            while child.wait(_POLL_S) is None and not step.cancelled.is_set():
                if _follow(run, lines, step):
                    quiet_since_s = time.monotonic()
                elif time.monotonic() - quiet_since_s > test_timeout_s:
                    raise _hangs(run.current, test_timeout_s, log)
            if step.cancelled.is_set() and on_cancel is not None:
                on_cancel()
        with events.open(encoding="utf-8") as lines:
            run = TestRun()
            _follow(run, lines, step)
    if step.cancelled.is_set():
        raise KeyboardInterrupt
    _check_end(run, child, log)
    return run


def _follow(run: TestRun, lines: TextIO, step: Step) -> bool:
    """Take what is new; False where nothing is."""
    place = lines.tell()
    seen = False
    while line := lines.readline():
        if not line.endswith("\n"):  # the rest is still to come
            lines.seek(place)
            break
        run.take(json.loads(line))
        place = lines.tell()
        seen = True
    if seen:
        step.progress(len(run.tests), max(run.total, len(run.tests)), shown_name(run.current))
    return seen


def _hangs(nodeid: str, timeout_s: float, log: Path) -> UserError:
    what = f"the test '{nodeid}' does" if nodeid else "pytest has not begun and does"
    return UserError(
        f"{what} not end within {timeout_s:g} s",
        whose="the test's, or what it tests hangs",
        todo=f"run it alone: pytest {nodeid}",
        log=log,
    )


def _check_end(run: TestRun, child: Child, log: Path) -> None:
    if run.stopped:
        raise UserError(run.stopped, whose="the run was stopped", todo="see the log", log=log)
    if not run.ended or (child.exit_status not in (0, 1, 2, _NO_TESTS)):
        raise UserError(
            f"pytest ended with status {child.exit_status} before it was done",
            details=list(child.last_lines)[-8:],
            whose="the test set-up's: pytest could not run the tests",
            todo="read its last lines above, or all of them in the log",
            log=log,
        )


def shown_name(nodeid: str) -> str:
    """`log ring keeps the newest` for `test_log.py::test_log_ring_keeps_the_newest`."""
    path, bracket, parameters = nodeid.partition("[")
    if "::" not in path:
        return Path(nodeid).name
    function = path.rpartition("::")[2].removeprefix("test_").replace("_", " ")
    return function + (f": {parameters.removesuffix(']')}" if bracket else "")
