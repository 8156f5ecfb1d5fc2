"""Results as text: small, a test a line, read back in every format there ever was."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from fleet import ENVIRONMENT, EXCUSED, FAILED, RECOVERED, UNSTABLE, device, facts, passed_tests, run, suite_tests
from hypothesis import given, settings
from hypothesis import strategies as st

from pyralis.deploy import results
from pyralis.deploy.errors import UserError
from pyralis.deploy.results import FORMAT, DeviceResult, LiveResults, TestResult
from pyralis.deploy.results.text import _parse

if TYPE_CHECKING:
    from pathlib import Path

    from pyralis.deploy.rig import Rig

ONE = {"id": "a", "type": "pc", "tests": [{"name": "t", "status": "passed"}]}


def written(path: Path, value: object) -> Path:
    path.write_text(json.dumps(value), encoding="utf-8")
    return path


@pytest.mark.parametrize(("kind", "most_bytes"), [("pc", 3072), ("esp32", 3584)])
def test_file_of_a_passed_run_is_small(rig: Rig, kind: str, most_bytes: int) -> None:
    tests = suite_tests()
    assert len(tests) >= 30
    results.save(rig, run(DeviceResult("pc-micropython", facts(kind, "esp32dev", "a group"), tests)))
    # Too large? Shorten names of tests: 36 of 22 characters fit.
    assert (rig.live / "live-results-pc-micropython.json").stat().st_size <= most_bytes


def test_one_test_a_line() -> None:
    lines = results.to_text(run(device("a", FAILED, EXCUSED, RECOVERED))).splitlines()
    assert lines[2] == '{"name":"test 0","status":"passed","execution_time_s":0.12},'
    assert json.loads(lines[4].removesuffix(",")) == {
        "name": "lights | up",
        "status": "failed",
        "execution_time_s": 1.5,
        "reason": "stayed <dark>",
        "assertions": ["assert 0 == 255", "got & 0"],
    }
    assert json.loads(lines[5].removesuffix(","))["quarantined"] == "a lamp is missing (since 2026-11-01)"
    assert set(json.loads(lines[6])) == {"name", "status", "execution_time_s", "quarantined"}


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    given_results = run(device("a", FAILED, UNSTABLE, EXCUSED, RECOVERED, kind="esp32"), device("b"))
    given_results.devices[1].current = False
    given_results.devices[1].environment = {"commit": "0"}
    for one in given_results.devices:  # times are rounded
        one.tests = [TestResult(**vars(test) | {"execution_time_s": 0.5}) for test in one.tests]
    (tmp_path / "r.json").write_text(results.to_text(given_results), encoding="utf-8")
    assert results.read(tmp_path / "r.json") == given_results


@settings(deadline=None)
@given(st.text(st.characters()), st.text(st.characters()))
def test_any_text_is_written_and_read_back(name: str, reason: str) -> None:
    given_results = run(DeviceResult("a", {"chip": reason}, [TestResult(name, "failed", 0.0, reason, (reason, name))]))
    encoded = results.to_text(given_results).encode("utf-8")
    assert _parse(json.loads(encoded)) == given_results


@pytest.mark.parametrize(
    "value",
    [
        {"device": {"id": "a", "type": "pc"}, "tests": [{"name": "t", "status": "passed"}]},
        ONE,
        [ONE],
        {"devices": [ONE]},
        {"format": 1, "environment": ENVIRONMENT, "more": 1, "devices": [ONE]},
    ],
)
def test_older_formats_are_read(tmp_path: Path, value: object) -> None:
    (one,) = results.read(written(tmp_path / "r.json", value)).devices
    assert (one.id, one.fact("type"), one.current, one.tests) == ("a", "pc", True, [TestResult("t", "passed")])
    assert (one.fact("board_id"), one.quarantined, one.clean) == ("", [], True)


def test_fields_that_nobody_knows_do_not_matter(tmp_path: Path) -> None:
    test = {"name": "t", "status": "passed", "weather": "rain"}
    value = {
        "format": 1,
        "weather": 1,
        "environment": {"weather": 2},
        "devices": [ONE | {"weather": 3, "tests": [test]}],
    }
    read = results.read(written(tmp_path / "r.json", value))
    assert (read.environment["weather"], read.devices[0].fact("weather")) == (2, "3")
    assert read.devices[0].tests == [TestResult("t", "passed")]


def test_memory_that_was_not_measured_is_read(tmp_path: Path) -> None:
    stages = [{"stage": "live", "free_kb": 7, "largest_kb": 7.5, "frag_percent": None}]
    (one,) = results.read(written(tmp_path / "r.json", [ONE | {"memory": stages}])).devices
    assert one.facts["memory"] == stages


def test_a_status_that_nobody_knows_is_an_error(tmp_path: Path) -> None:
    value = [ONE | {"tests": [{"name": "t", "status": "splendid"}]}]
    (one,) = results.read(written(tmp_path / "r.json", value)).devices
    assert not one.passed


def test_newer_format_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "r.json", {"format": FORMAT + 1, "devices": [ONE]})
    with pytest.raises(UserError, match=rf"r\.json has format {FORMAT + 1}, .* up to {FORMAT}") as raised:
        results.read(path)
    assert "update Pyralis" in raised.value.todo


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "1",
        "{}",
        "[" * 100_000,
        '{"devices": 1}',
        '{"devices": [{}]}',
        '{"devices": [{"id": "a", "tests": [1]}]}',
        '{"devices": [{"id": "a", "environment": 7}]}',
        '{"format": "new", "devices": []}',
        '{"devices": [{"id": "a", "memory": 7}]}',
        '{"devices": [{"id": "a", "memory": [{"free_kb": 7}]}]}',
        '{"devices": [{"id": "a", "memory": [{"stage": "core", "free_kb": "7"}]}]}',
    ],
)
def test_file_that_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "r.json").write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match=r"r\.json cannot be read"):
        results.read(tmp_path / "r.json")


def test_results_of_no_device_are_read(tmp_path: Path) -> None:
    (tmp_path / "r.json").write_text(results.to_text(LiveResults(ENVIRONMENT, [])), encoding="utf-8")
    assert results.read(tmp_path / "r.json") == LiveResults(ENVIRONMENT, [])
    assert passed_tests(1)[0].to_json()["execution_time_s"] == 0.12
