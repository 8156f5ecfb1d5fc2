"""all-pc: four steps, each timed; the exit status is right whichever of them fails."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from pyralis.deploy.cli import main
from pyralis.deploy.live import run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pyralis.deploy.rig import Rig

pytestmark = pytest.mark.usefixtures("impatient")

PC_MICROPYTHON = {"id": "pc-micropython", "type": "pc", "platform": "micropython", "test": True}
STEPS = ["build", "unit tests", "live tests", "summarise"]


@pytest.fixture
def all_pc(
    rig: Rig,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    write_devices: Callable[..., None],
    micropython: str,
) -> Callable[[], tuple[int, dict[str, Any]]]:
    """Run it on a small rig, on one interpreter; gives the exit status and each step's result."""
    suite = tmp_path / "suite"
    suite.mkdir()
    (suite / "test_small.py").write_text("def test_it(): pass\n", encoding="utf-8")
    monkeypatch.setenv(run.SUITE_SETTING, str(suite))
    monkeypatch.setenv("PYTEST_ADDOPTS", "")
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.chdir(rig.root)
    write_devices(PC_MICROPYTHON)

    def run_it() -> tuple[int, dict[str, Any]]:
        status = main(["all-pc", "--json"])
        result = json.loads(capsys.readouterr().out.splitlines()[-1])
        assert result["event"] == "result"
        return status, {step["name"]: step for step in result["steps"]}

    return run_it


def statuses(steps: dict[str, Any]) -> list[str]:
    assert list(steps) == STEPS
    return [step["status"] for step in steps.values()]


def break_build(rig: Rig) -> None:
    (rig.modules / "broken.py").write_text("def f(:\n", encoding="utf-8")


def break_unit_tests(rig: Rig) -> None:
    (rig.root / "tests").mkdir()
    (rig.root / "tests" / "test_bad.py").write_text("def test_bad(): assert False\n", encoding="utf-8")


def break_live_tests(rig: Rig) -> None:
    rig.device_file.write_text("[{}]", encoding="utf-8")


def break_summarise(rig: Rig) -> None:
    (rig.root / "docs").write_text("in the way", encoding="utf-8")


def test_all_steps_pass(all_pc: Callable[[], Any], rig: Rig) -> None:
    status, steps = all_pc()
    assert status == 0
    assert statuses(steps) == ["passed", "skipped", "passed", "passed"]
    assert all(step["duration_s"] >= 0 for step in steps.values())
    assert "| ✓ pc-micropython |" in (rig.status / "index.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (break_build, ["failed", "not_run", "not_run", "not_run"]),
        (break_unit_tests, ["passed", "failed", "passed", "passed"]),
        (break_live_tests, ["passed", "skipped", "failed", "passed"]),
        (break_summarise, ["passed", "skipped", "passed", "failed"]),
    ],
)
def test_exit_status_when_a_step_fails(
    all_pc: Callable[[], Any], rig: Rig, spoil: Callable[[Rig], None], expected: list[str]
) -> None:
    spoil(rig)
    status, steps = all_pc()
    assert (status, statuses(steps)) == (1, expected)
    failed = next(step for step in steps.values() if step["status"] == "failed")
    assert failed["reason"]
    assert failed["failures"][0]["reason"]
