"""Results: small, merged with earlier runs, read in every format there ever was; pages follow from them alone."""

from __future__ import annotations

import ast
import json
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from pyralis.deploy import results, status
from pyralis.deploy.errors import UserError
from pyralis.deploy.live.run import SUITE
from pyralis.deploy.pytest_run import shown_name
from pyralis.deploy.results import DeviceResult, LiveResults, TestResult
from pyralis.deploy.summarise import summarise

if TYPE_CHECKING:
    from pathlib import Path

    from pyralis.deploy.rig import Rig
    from pyralis.deploy.steps import Json, Step

ENVIRONMENT: Json = {
    "commit": "0123456789ab-dirty",
    "date": "2026-11-24T03:00:00Z",
    "pyralis": "0.1.0",
    "python": "3.11.7",
}
UNIT: Json = {"total": 400, "passed": 400, "failed": 0, "skipped": 0, "duration_s": 4.2, "failures": []}


def facts(kind: str = "pc", platform: str = "micropython") -> Json:
    return {
        "type": kind,
        "platform": platform,
        "chip": "linux",
        "implementation": "MicroPython 1.29.0",
        "build_id": "0123456789ab",
        "fps": 60,
        "heap_free_kb": 120,
        "image_sha256": "0123456789abcdef",
    }


def passed(count: int = 3, prefix: str = "test") -> list[TestResult]:
    return [TestResult(f"{prefix} {number}", "passed", 0.123) for number in range(count)]


def failed() -> TestResult:
    return TestResult("lights | up", "failed", 1.5, "stayed <dark>", ("assert 0 == 255", "got & 0"))


def run(*devices: DeviceResult) -> LiveResults:
    return LiveResults(dict(ENVIRONMENT), list(devices))


def device(name: str, *, good: bool = True, kind: str = "pc") -> DeviceResult:
    return DeviceResult(name, facts(kind), passed() if good else [*passed(2), failed()])


def test_file_of_a_passed_run_is_small(rig: Rig) -> None:
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in SUITE.glob("test_*.py")]
    names = [node.name for tree in trees for node in tree.body if isinstance(node, ast.FunctionDef)]
    tests = [TestResult(shown_name(f"::{name}"), "passed", 0.12) for name in names if name.startswith("test_")]
    assert len(tests) >= 30
    results.save(rig, run(DeviceResult("pc-micropython", facts(), tests)))
    # Too large? Shorten names of tests: 36 of 22 characters fit.
    assert (rig.live / "live-results-pc-micropython.json").stat().st_size <= 3072


def test_one_test_a_line(rig: Rig) -> None:
    results.save(rig, run(device("a", good=False)))
    lines = (rig.live / "live-results-a.json").read_text(encoding="utf-8").splitlines()
    assert lines[2] == '{"name":"test 0","status":"passed","execution_time_s":0.12},'
    assert json.loads(lines[4]) == {
        "name": "lights | up",
        "status": "failed",
        "execution_time_s": 1.5,
        "reason": "stayed <dark>",
        "assertions": ["assert 0 == 255", "got & 0"],
    }


def test_what_is_written_is_read_back(rig: Rig) -> None:
    written = run(device("a", good=False), device("b"))
    results.save(rig, written)
    read = results.read(rig.live / results.ALL_FILE)
    assert read.environment == ENVIRONMENT
    assert [one.facts for one in read.devices] == [one.facts for one in written.devices]
    assert read.devices[0].tests[2] == failed()


def test_devices_of_earlier_runs_stay_and_are_not_current(rig: Rig) -> None:
    results.save(rig, run(device("a"), device("b")))
    later = LiveResults(ENVIRONMENT | {"date": "2026-11-25T00:00:00Z"}, [device("b", good=False)])
    merged = results.save(rig, later)
    assert [(one.id, one.current, one.passed) for one in merged.devices] == [("a", False, True), ("b", True, False)]
    earlier = merged.devices[0]
    assert earlier.environment == ENVIRONMENT
    # Once more: what it remembers of its own run does not become that of the run in between.
    assert results.save(rig, later).devices[0].environment == ENVIRONMENT


def test_last_good_is_kept_only_when_all_passed(rig: Rig) -> None:
    good = rig.live / results.LAST_GOOD_FILE
    results.save(rig, run(device("a"), device("b", good=False)))
    assert not good.exists()
    results.save(rig, run(device("a"), device("b")))
    text = good.read_text(encoding="utf-8")
    assert text == (rig.live / results.ALL_FILE).read_text(encoding="utf-8")
    results.save(rig, run(device("a", good=False)))
    assert good.read_text(encoding="utf-8") == text


def test_device_without_tests_has_not_passed() -> None:
    assert not DeviceResult("a").passed


@pytest.mark.parametrize(
    "value",
    [
        {"device": {"id": "a", "type": "pc"}, "tests": [{"name": "t", "status": "passed"}]},
        {"id": "a", "type": "pc", "tests": [{"name": "t", "status": "passed"}]},
        [{"id": "a", "type": "pc", "tests": [{"name": "t", "status": "passed"}]}],
        {"devices": [{"id": "a", "type": "pc", "tests": [{"name": "t", "status": "passed"}]}]},
        {"format": 9, "more": 1, "devices": [{"id": "a", "type": "pc", "tests": [{"name": "t", "status": "passed"}]}]},
    ],
)
def test_older_formats_are_read(tmp_path: Path, value: object) -> None:
    (tmp_path / "r.json").write_text(json.dumps(value), encoding="utf-8")
    (one,) = results.read(tmp_path / "r.json").devices
    assert (one.id, one.fact("type"), one.current, one.tests) == ("a", "pc", True, [TestResult("t", "passed")])


@pytest.mark.parametrize(
    "text", ["", "{", "1", "{}", '{"devices": 1}', '{"devices": [{}]}', '{"devices": [{"id": "a", "tests": [1]}]}']
)
def test_file_that_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "r.json").write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match=r"r\.json cannot be read"):
        results.read(tmp_path / "r.json")


def test_junit_has_a_suite_for_each_device() -> None:
    skipped = TestResult("needs a wall", "skipped", 0.0, "no wall")
    broken = DeviceResult("b", facts(), [TestResult("starts", "error", 0.0, "did not"), skipped])
    root = ET.fromstring(results.to_junit(run(device("a", good=False), broken)))  # noqa: S314  # our own
    assert [(suite.get("name"), suite.get("tests"), suite.get("failures"), suite.get("errors")) for suite in root] == [
        ("a", "3", "1", "0"),
        ("b", "2", "0", "1"),
    ]
    failure = root.find("./testsuite/testcase/failure")
    assert failure is not None
    assert (failure.get("message"), failure.text) == ("stayed <dark>", "assert 0 == 255\ngot & 0")
    assert root.find("./testsuite/testcase/skipped") is not None


# Pages.


def fleet(count: int, kind: str = "esp32") -> LiveResults:
    return run(*(device(f"wall-{number:02}", kind=kind) for number in range(count)))


@pytest.mark.parametrize(("count", "most_lines"), [(3, 12), (16, 79)])
def test_index_is_a_row_a_device(count: int, most_lines: int) -> None:
    lines = status.pages(fleet(count), UNIT)["index.md"].splitlines()
    assert len(lines) <= most_lines
    assert sum(line.startswith("| ✓ wall-") for line in lines) == count


def test_summary_has_ten_lines() -> None:
    for live in (fleet(1), fleet(40), run(device("a", good=False)), None):
        assert len(status.pages(live, UNIT)["deploy-summary.md"].splitlines()) == 10


def test_pages_tell_what_failed() -> None:
    pages = status.pages(run(device("a", good=False), device("b")), UNIT)
    assert "| ✗ a |" in pages["index.md"]
    assert "| lights \\| up | ✗ | - |" in pages["live-results.md"]
    assert "- **lights \\| up** on a: stayed <dark>" in pages["live-results.md"]
    assert "**Not all passed**" in pages["deploy-summary.md"]
    assert "| lights \\| up | ✗ stayed <dark> | 1.50 |" in pages["test-results.md"]


def test_all_passed_needs_unit_tests_too() -> None:
    assert "**All passed**" in status.pages(fleet(2), UNIT)["deploy-summary.md"]
    assert "**Not all passed**" in status.pages(fleet(2), UNIT | {"failed": 1})["deploy-summary.md"]


def test_devices_are_grouped_by_type() -> None:
    page = status.pages(run(device("a"), device("b", kind="esp32")), None)["live-results.md"]
    assert page.index("## esp32") < page.index("## pc")
    assert "| test | b |" in page


def test_pages_before_the_first_run() -> None:
    assert "No live tests have run yet" in status.pages(None, None)["index.md"]


def test_pages_depend_on_the_results_alone(rig: Rig, step: Step) -> None:
    results.save(rig, run(device("a"), device("b", good=False)))
    with step:
        summarise(rig, step)
    first = {path.name: path.read_bytes() for path in rig.status.iterdir()}
    with step:
        summarise(rig, step)
    assert {path.name: path.read_bytes() for path in rig.status.iterdir()} == first
    assert set(first) == {"index.md", "live-results.md", "deploy-summary.md", "test-results.md"}


def test_unit_results_that_cannot_be_read(rig: Rig, step: Step) -> None:
    rig.live.mkdir()
    (rig.live / "unit-results.json").write_text("{", encoding="utf-8")
    with pytest.raises(UserError, match=r"unit-results\.json cannot be read"):
        summarise(rig, step)
