"""A plugin of pytest: in CI no test is skipped unseen.

A skip says that something is missing on this machine, and CI is where nothing may be missing. What has to be skipped
there all the same stands in ALLOWED_SKIPS, with the reason; or in the environment's PYRALIS_ALLOWED_SKIPS, where
.ci/run found that a machine cannot have it and said so.
"""

from __future__ import annotations

import os
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from _pytest.terminal import TerminalReporter

TESTS = "tests/"  # live tests skip by device: see their own results
ALLOWED_SKIPS: dict[str, str] = {}  # pattern of test ids -> why CI may do without them

_unseen = pytest.StashKey[list[str]]()


def pytest_configure(config: pytest.Config) -> None:
    """Start with nothing skipped."""
    config.stash[_unseen] = []
    if os.environ.get("CI"):
        config.pluginmanager.register(_Recorder(config.stash[_unseen]), "skips-in-ci")


class _Recorder:
    """Collects what was skipped; with xdist the reports of all workers arrive here."""

    def __init__(self, unseen: list[str]) -> None:
        self.unseen = unseen

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note a skipped test; an expected failure is none."""
        if report.skipped and not hasattr(report, "wasxfail"):
            self.note(report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note a file that was skipped as a whole."""
        if report.skipped:
            self.note(report)

    def note(self, report: pytest.TestReport | pytest.CollectReport) -> None:
        """Remember a skip that nobody allowed."""
        name = report.nodeid
        allowed = [*ALLOWED_SKIPS, *os.environ.get("PYRALIS_ALLOWED_SKIPS", "").split()]
        if name.startswith(TESTS) and not any(fnmatchcase(name, pattern) for pattern in allowed):
            reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
            self.unseen.append(f"{name}: {reason.removeprefix('Skipped: ')}")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a run that would have passed."""
    if session.config.stash[_unseen] and session.exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: TerminalReporter, config: pytest.Config) -> None:
    """Name what was skipped."""
    if config.stash[_unseen]:
        terminalreporter.section("skipped in CI", red=True, bold=True)
        terminalreporter.write_line(
            "Install what is missing, or add the test to ALLOWED_SKIPS in tools/skips_in_ci.py:"
        )
        for line in config.stash[_unseen]:
            terminalreporter.write_line(f"  {line}")
