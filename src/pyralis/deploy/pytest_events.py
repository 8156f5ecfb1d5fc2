"""A pytest plugin that writes what happens as JSON lines to the file that PYRALIS_TEST_EVENTS names.

Used with `-p pyralis.deploy.pytest_events`. The parent reads these lines and never what pytest prints. With xdist
only the controller writes. A test is reported once: as failed or as error by its first phase that goes wrong.
"""

import json
import os
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from io import TextIOWrapper

VARIABLE = "PYRALIS_TEST_EVENTS"
_MAX_LINES = 20
_MAX_CHARS = 240


class EventWriter:
    """Turns pytest's reports into events."""

    def __init__(self, path: str) -> None:
        self._file: TextIOWrapper = Path(path).open("a", encoding="utf-8")  # noqa: SIM115  # closed in pytest_unconfigure
        self._tests: dict[str, dict[str, Any]] = {}

    def _write(self, event: str, **fields: object) -> None:
        self._file.write(json.dumps({"event": event, **fields}, ensure_ascii=False) + "\n")
        self._file.flush()

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """How many tests there will be (with xdist: see below)."""
        if session.items:
            self._write("collected", count=len(session.items))

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, node: object, ids: list[str]) -> None:
        """The same from a worker of xdist; each has all of them."""
        self._write("collected", count=len(ids))

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A file that cannot be imported is an error, one that skips itself is skipped."""
        if report.outcome == "passed":
            return
        status = "error" if report.failed else "skipped"
        reason, assertions, where = _explain(report)
        self._write("test", name=report.nodeid, status=status, duration_s=0.0, reason=reason, where=where, **assertions)

    def pytest_runtest_logstart(self, nodeid: str, location: tuple[str, int | None, str]) -> None:
        """A test begins."""
        self._write("begins", name=nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """One phase of a test: what goes wrong first is what is said of it."""
        test = self._tests.setdefault(report.nodeid, {"status": "passed", "duration_s": 0.0})
        test["duration_s"] += report.duration
        if report.failed and test["status"] in ("passed", "skipped"):
            reason, assertions, where = _explain(report)
            status = "failed" if report.when == "call" else "error"
            test.update(status=status, reason=reason, where=where, **assertions)
        elif report.skipped:
            wanted = hasattr(report, "wasxfail")  # an expected failure is a pass that says why
            reason = str(report.wasxfail) if wanted else _explain(report)[0]
            test.update(status="passed" if wanted else "skipped", reason=reason)

    def pytest_runtest_logfinish(self, nodeid: str, location: tuple[str, int | None, str]) -> None:
        """A test is over."""
        test = self._tests.pop(nodeid, None)
        if test is not None:
            test["duration_s"] = round(test["duration_s"], 4)
            self._write("test", name=nodeid, **test)

    def pytest_internalerror(self, excrepr: object) -> None:
        """Pytest itself, or a plugin, failed."""
        self._write("broken", reason=str(excrepr).strip().splitlines()[-1][:_MAX_CHARS])

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Ctrl-C, or a `pytest.exit` that says why."""
        if not isinstance(excinfo.value, pytest.Session.Interrupted):  # files that cannot be imported: told already
            self._write("stopped", reason=str(excinfo.value) or "interrupted")

    @pytest.hookimpl(wrapper=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> Generator[None, None, None]:
        """The last line of a run that was not killed."""
        yield
        self._write("ends", exit_status=int(exitstatus))

    def pytest_unconfigure(self) -> None:
        """Close the file."""
        self._file.close()


def _explain(report: pytest.CollectReport | pytest.TestReport) -> tuple[str, dict[str, list[str]], str]:
    """(reason in one line, {"assertions": further lines} or {}, file:line)."""
    represented: Any = report.longrepr
    if isinstance(represented, tuple):  # skipped: (path, line, reason)
        path, line, reason = represented
        return reason.removeprefix("Skipped: "), {}, f"{os.path.relpath(path)}:{line}"
    crash = getattr(represented, "reprcrash", None)
    text = crash.message if crash is not None else str(represented)
    lines = [line[:_MAX_CHARS] for line in text.splitlines() if line.strip()]
    where = f"{os.path.relpath(crash.path)}:{crash.lineno}" if crash is not None else ""
    if crash is None and lines:  # a file that cannot be imported, or a fixture that is not there: lines marked with E
        errors = [line.removeprefix("E").strip() for line in lines if line.startswith("E ")]
        return (errors or lines)[-1 if not errors else 0], {"assertions": lines[-_MAX_LINES:]}, where
    rest = lines[1 : 1 + _MAX_LINES]
    reason = lines[0].removeprefix("AssertionError: ") if lines else "no reason given"
    return reason, {"assertions": [line.rstrip() for line in rest]} if rest else {}, where


def pytest_configure(config: pytest.Config) -> None:
    """Write events where asked to, in the process that knows all."""
    path = os.environ.get(VARIABLE)
    if path and not hasattr(config, "workerinput"):
        config.pluginmanager.register(EventWriter(path), "pyralis-events")
