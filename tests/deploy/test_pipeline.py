"""all-pc, all-devices and all: their steps, each timed; the exit status is right whichever of them fails."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from pyralis.deploy.build.footprint import LAST_GOOD_FILE
from pyralis.deploy.cli import main
from pyralis.deploy.live import run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pyralis.deploy.rig import Rig

    Pipeline = Callable[..., tuple[int, dict[str, Any]]]

pytestmark = pytest.mark.usefixtures("impatient")

PC = {"id": "pc-micropython", "type": "pc", "platform": "micropython", "group": "pc", "test": True}
WALL = {"id": "wall-1", "type": "esp32", "platform": "esp32dev", "serial": "twin", "group": "wall", "test": True}
CEILING = WALL | {"id": "ceiling-1", "platform": "esp32c3", "group": "ceiling"}
PC_STEPS = ["build", "unit tests", "live tests", "summarise"]
BOARD_STEPS = ["build", "flash", "live tests", "summarise"]
GOOD_SUITE = "def test_it(): pass\n"


@pytest.fixture
def write_suite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Have devices tested by a suite of one file."""
    suite = tmp_path / "suite"
    suite.mkdir()
    monkeypatch.setenv(run.SUITE_SETTING, str(suite))

    def write(text: str) -> None:
        (suite / "test_small.py").write_text(text, encoding="utf-8")

    write(GOOD_SUITE)
    return write


@pytest.fixture
def pipeline(
    rig: Rig,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    write_devices: Callable[..., None],
    write_suite: Callable[[str], None],
    micropython: str,
) -> Pipeline:
    """Run a command on a small rig; gives the exit status and each step's result."""
    monkeypatch.setenv("PYTEST_ADDOPTS", "")
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.chdir(rig.root)
    write_devices(PC, WALL, CEILING)

    def run_it(*words: str) -> tuple[int, dict[str, Any]]:
        status = main([*words, "--json"])
        last = json.loads(capsys.readouterr().out.splitlines()[-1])
        return status, {step["name"]: step for step in last.get("steps", [])} if "steps" in last else last

    return run_it


def statuses(steps: dict[str, Any]) -> list[str]:
    return [step["status"] for step in steps.values()]


def break_build(rig: Rig) -> None:
    (rig.modules / "broken.py").write_text("def f(:\n", encoding="utf-8")


def break_unit_tests(rig: Rig) -> None:
    (rig.root / "tests").mkdir()
    (rig.root / "tests" / "test_bad.py").write_text("def test_bad(): assert False\n", encoding="utf-8")


def break_live_tests(rig: Rig) -> None:
    (rig.root / "quarantine.json").write_text("[{}]", encoding="utf-8")


def break_summarise(rig: Rig) -> None:
    (rig.root / "docs").write_text("in the way", encoding="utf-8")


def test_all_pc_passes(pipeline: Pipeline, rig: Rig) -> None:
    status, steps = pipeline("all-pc")
    assert status == 0
    assert (list(steps), statuses(steps)) == (PC_STEPS, ["passed", "skipped", "passed", "passed"])
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
    pipeline: Pipeline, rig: Rig, spoil: Callable[[Rig], None], expected: list[str]
) -> None:
    spoil(rig)
    status, steps = pipeline("all-pc")
    assert (status, list(steps), statuses(steps)) == (1, PC_STEPS, expected)
    failed = next(step for step in steps.values() if step["status"] == "failed")
    assert failed["reason"]
    assert failed["failures"][0]["reason"]


def test_broken_device_list_ends_it_before_anything_is_done(
    pipeline: Pipeline, rig: Rig, write_devices: Callable[..., None]
) -> None:
    write_devices(PC, {"id": "x"})
    status, error = pipeline("all")
    assert (status, error["event"]) == (1, "error")
    assert "entry 2 (x): 'type' is missing" in error["details"][0]
    assert not (rig.root / "build").exists()
    assert not rig.live.exists()


def test_all_devices_takes_the_boards_of_a_group_and_builds_only_for_them(pipeline: Pipeline, rig: Rig) -> None:
    status, steps = pipeline("all-devices", "--group", "wall")
    assert (status, list(steps), statuses(steps)) == (0, BOARD_STEPS, ["passed"] * 4)
    assert [path.name for path in (rig.root / "build").iterdir()] == ["esp32dev"]
    assert [step["name"] for step in steps["flash"]["steps"] if "device" in step] == ["wall-1"]
    (device,) = json.loads((rig.live / "live-results-wall-1.json").read_text(encoding="utf-8"))["devices"]
    flashed = next(step for step in steps["flash"]["steps"] if "device" in step)["facts"]
    assert flashed["image_sha256"].startswith(device["image_sha256"])
    assert [stage["stage"] for stage in device["memory"]][-2:] == ["serving", "live"]
    assert device["board_id"].count(":") == 5
    assert (rig.live / LAST_GOOD_FILE).is_file()


def test_group_without_boards_lists_the_groups(pipeline: Pipeline, rig: Rig) -> None:
    status, error = pipeline("all-devices", "--group", "roof")
    assert (status, error["event"]) == (1, "error")
    assert "group: ceiling, pc, wall" in error["details"]
    assert not (rig.root / "build").exists()


def test_all_is_both_in_one_run(pipeline: Pipeline, rig: Rig, write_suite: Callable[[str], None]) -> None:
    write_suite("import os, json\ndef test_it(): assert 'ceiling' not in os.environ['PYRALIS_LIVE_DEVICE']\n")
    status, steps = pipeline("all", "--workers", "2")
    assert (status, list(steps)) == (1, ["build", "unit tests", "flash", "live tests", "summarise"])
    assert statuses(steps) == ["passed", "skipped", "passed", "failed", "passed"]
    results = json.loads((rig.live / "live-results-all.json").read_text(encoding="utf-8"))["devices"]
    assert {one["id"]: (one["current"], one["tests"][0]["status"]) for one in results} == {
        "pc-micropython": (True, "passed"),
        "wall-1": (True, "passed"),
        "ceiling-1": (True, "failed"),
    }
    assert not (rig.live / LAST_GOOD_FILE).exists()
    assert len((rig.status / "index.md").read_text(encoding="utf-8").splitlines()) == 12
