"""Unit tests: the step that runs pytest on a rig's `tests` folder."""

import json
import os
from collections.abc import Sequence
from importlib.util import find_spec

from pyralis.deploy.errors import UserError
from pyralis.deploy.files import write_whole
from pyralis.deploy.pytest_run import TestRun, run_pytest
from pyralis.deploy.rig import Rig, package_environment
from pyralis.deploy.steps import PASSED, SKIPPED, Json, Step
from pyralis.deploy.terminal import shown_path

RESULTS_FILE = "unit-results.json"
_RUNNING = "PYRALIS_UNIT_TESTS_OF"  # the rig whose tests run, for the processes that they start
_FILES_FOR_WORKERS = 12  # below that, starting workers takes longer than they save


def run_unit_tests(rig: Rig, step: Step, arguments: Sequence[str] = ()) -> None:
    """Run the tests within `step`, write `live/unit-results.json`; the step fails with its tests."""
    if os.environ.get(_RUNNING) == str(rig.root):
        raise UserError(
            "the unit tests of this rig have started its unit tests",
            whose="the test's that called `pyralis`",
            todo="have it work on a rig of its own: `pyralis new DIR`",
        )
    tests = rig.root / "tests"
    if not tests.is_dir():
        write_whole(rig.live / RESULTS_FILE, _to_text(TestRun(), 0.0, rig))
        step.skip("this rig has no folder 'tests'")
        return
    run = run_pytest(
        step,
        ["-o", f"cache_dir={rig.cache / 'pytest'}", *_workers(rig), *(arguments or [tests.name])],
        cwd=rig.root,
        env={**package_environment(), _RUNNING: str(rig.root)},
        log=rig.logs / "unittest.log",
    )
    duration_s = sum(test.duration_s for test in run.tests)
    if not arguments:  # a selection says nothing of the whole
        write_whole(rig.live / RESULTS_FILE, _to_text(run, duration_s, rig))
    step.summarise(run.summary(), **_counts(run))
    if run.wrong:
        log = shown_path(rig.logs / "unittest.log")
        step.fail(run.summary(), [test.failure(log=log) for test in run.wrong])


def _workers(rig: Rig) -> list[str]:
    many = sum(1 for _ in (rig.root / "tests").rglob("test_*.py")) >= _FILES_FOR_WORKERS
    return ["-n", str(min(4, os.cpu_count() or 1)), "--dist", "loadgroup"] if many and find_spec("xdist") else []


def _counts(run: TestRun) -> Json:
    return {"total": len(run.tests), PASSED: run.count(PASSED), "failed": len(run.wrong), SKIPPED: run.count(SKIPPED)}


def _to_text(run: TestRun, duration_s: float, rig: Rig) -> str:
    from pyralis.deploy.results import environment

    value: Json = {
        "format": 1,
        "environment": environment(rig),
        **_counts(run),
        "duration_s": round(duration_s, 2),
        "failures": [{"name": test.name, "status": test.status, "reason": test.reason} for test in run.wrong],
    }
    return json.dumps(value, indent=1, ensure_ascii=False) + "\n"
