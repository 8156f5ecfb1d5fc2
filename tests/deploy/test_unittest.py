"""The unit test step: pytest as a child, its events followed, its results written, its failures told."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pyralis.deploy.errors import UserError
from pyralis.deploy.pytest_run import TestRun, run_pytest, shown_name
from pyralis.deploy.rig import Rig, package_environment
from pyralis.deploy.steps import Step
from pyralis.deploy.unittest import run_unit_tests

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyralis.deploy.steps import Event

MIXED = """
    import pytest

    @pytest.fixture
    def broken():
        raise OSError("no wall")

    @pytest.fixture
    def leaky():
        yield
        raise OSError("left behind")

    def test_good(): pass
    def test_bad(): assert {"a": 1} == {"a": 2}, "they differ"
    def test_error(broken): pass
    def test_untidy(leaky): pass
    def test_absent(): pytest.skip("no board")
    @pytest.mark.xfail(reason="known")
    def test_known(): assert False
    @pytest.mark.parametrize("size", [1, 2])
    def test_of_size(size): pass
"""


@pytest.fixture
def write_test(rig: Rig) -> Callable[..., None]:
    """Write a file of tests into `rig`."""

    def write(text: str, name: str = "test_it.py") -> None:
        (rig.root / "tests").mkdir(exist_ok=True)
        (rig.root / "tests" / name).write_text(textwrap.dedent(text), encoding="utf-8")

    return write


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the settings of the run that this is part of, and without plugins, which take half of the time."""
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("PYTEST_ADDOPTS", "")
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")


def results(rig: Rig) -> Any:
    return json.loads((rig.live / "unit-results.json").read_text(encoding="utf-8"))


def test_every_outcome(rig: Rig, step: Step, write_test: Callable[..., None]) -> None:
    write_test(MIXED)
    with step:
        run_unit_tests(rig, step)
    assert not step.result.ok
    assert step.result.reason == "4 passed, 1 failed, 2 error, 1 skipped"
    bad, error, untidy = step.result.failures
    assert (bad.name, bad.reason) == ("tests/test_it.py::test_bad", "they differ")
    assert "assert {'a': 1} == {'a': 2}" in bad.assertions
    assert bad.where == "tests/test_it.py:14"
    assert bad.log.endswith("unittest.log")
    assert (error.name, error.reason) == ("tests/test_it.py::test_error", "OSError: no wall")
    assert (untidy.name, untidy.reason) == ("tests/test_it.py::test_untidy", "OSError: left behind")
    written = results(rig)
    assert (written["total"], written["passed"], written["failed"], written["skipped"]) == (8, 4, 3, 1)
    assert written["failures"][0] == {
        "name": "tests/test_it.py::test_bad",
        "status": "failed",
        "reason": "they differ",
    }


def test_file_that_cannot_be_imported(rig: Rig, step: Step, write_test: Callable[..., None]) -> None:
    write_test("import no_such_module")
    with step:
        run_unit_tests(rig, step)
    (failure,) = step.result.failures
    assert failure.reason == "ModuleNotFoundError: No module named 'no_such_module'"


def test_all_passed_with_workers(
    rig: Rig, step: Step, events: list[Event], write_test: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_ADDOPTS", "-p xdist.plugin")
    for number in range(12):
        write_test("import os\ndef test_worker(): assert 'PYTEST_XDIST_WORKER' in os.environ", f"test_{number}.py")
    with step:
        run_unit_tests(rig, step)
    assert (step.result.status, step.result.summary) == ("passed", "12 passed")
    last = [event for event in events if event.kind == "progress"][-1]
    assert (last.done, last.total, last.text) == (12, 12, "worker")
    written = results(rig)
    assert (written["total"], written["passed"], written["failed"], written["failures"]) == (12, 12, 0, [])


def test_rig_without_tests(rig: Rig, step: Step) -> None:
    with step:
        run_unit_tests(rig, step)
    assert (step.result.status, step.result.ok) == ("skipped", True)
    assert results(rig)["total"] == 0


def test_selection_is_not_written(rig: Rig, step: Step, write_test: Callable[..., None]) -> None:
    write_test("def test_one(): pass\ndef test_two(): pass")
    with step:
        run_unit_tests(rig, step, ["-k", "two"])
    assert step.result.summary == "1 passed"
    assert not (rig.live / "unit-results.json").exists()


def test_pytest_that_dies_is_told(rig: Rig, step: Step, write_test: Callable[..., None]) -> None:
    write_test("import os\ndef test_one(): pass\ndef test_dies(): os._exit(9)")
    with pytest.raises(UserError) as raised, step:
        run_unit_tests(rig, step)
    assert raised.value.what == "pytest ended with status 9 before it was done"
    assert raised.value.log == rig.logs / "unittest.log"


def test_test_that_hangs_is_named(rig: Rig, step: Step, write_test: Callable[..., None]) -> None:
    write_test("import time\ndef test_one(): pass\ndef test_hangs(): time.sleep(60)")
    with pytest.raises(UserError, match=r"the test 'tests/test_it\.py::test_hangs' does not end within 1 s"), step:
        run_pytest(
            step,
            ["tests"],
            cwd=rig.root,
            env=package_environment(),
            log=rig.logs / "log",
            test_timeout_s=1,
        )


def test_cancel_is_passed_on_while_pytest_still_runs(rig: Rig, write_test: Callable[..., None]) -> None:
    write_test("""
        import os, pathlib, threading
        def test_hangs():
            pathlib.Path("pid").write_text(str(os.getpid()))
            threading.Event().wait()
    """)
    alive = []

    def cancel(event: Event) -> None:
        if "hangs" in event.text:
            step.cancelled.set()

    step = Step("test", cancel)

    def look() -> None:
        alive.append(Path("/proc", (rig.root / "pid").read_text()).exists())

    with pytest.raises(KeyboardInterrupt), step:
        run_pytest(step, ["tests"], cwd=rig.root, env=package_environment(), log=rig.logs / "log", on_cancel=look)
    assert alive == [True]


def test_recursion_is_refused(rig: Rig, step: Step, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYRALIS_UNIT_TESTS_OF", str(rig.root))
    with pytest.raises(UserError, match="the unit tests of this rig have started its unit tests"):
        run_unit_tests(rig, step)


@pytest.mark.parametrize(
    ("nodeid", "name"),
    [
        ("suite/test_log.py::test_log_ring_clears", "log ring clears"),
        ("test_log.py::TestLog::test_ring", "ring"),
        ("test_a.py::test_type[Plasma]", "type: Plasma"),
        ("tests/test_a.py", "test_a.py"),
        ("test_a.py::test_path[a::b]", "path: a::b"),
    ],
)
def test_names_for_people(nodeid: str, name: str) -> None:
    assert shown_name(nodeid) == name


def test_summary_of_nothing() -> None:
    assert TestRun().summary() == "no tests"
