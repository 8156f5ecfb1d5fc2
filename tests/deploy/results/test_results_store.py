"""The files of a run: merged with those of earlier ones; the last good one is kept until there is a better one."""

from __future__ import annotations

import json
from xml.etree import ElementTree as ET

import pytest
from fleet import ENVIRONMENT, EXCUSED, FAILED, RECOVERED, UNSTABLE, device, fleet, run

from pyralis.deploy import results
from pyralis.deploy.devices import Device
from pyralis.deploy.results import LiveResults, TestResult
from pyralis.deploy.rig import Rig

LATER = ENVIRONMENT | {"date": "2026-11-25T00:00:00Z"}


def test_devices_of_earlier_runs_stay_and_are_not_current(rig: Rig) -> None:
    results.save(rig, run(device("a"), device("b")))
    later = LiveResults(LATER, [device("b", FAILED)])
    merged = results.save(rig, later)
    assert [(one.id, one.current, one.passed) for one in merged.devices] == [("a", False, True), ("b", True, False)]
    earlier = merged.devices[0]
    assert earlier.environment == ENVIRONMENT
    # Once more: what it remembers of its own run does not become that of the run in between.
    assert results.save(rig, later).devices[0].environment == ENVIRONMENT
    assert results.read_all(rig) == merged


def test_device_that_is_tested_again_is_current_again(rig: Rig) -> None:
    results.save(rig, run(device("a"), device("b")))
    results.save(rig, LiveResults(LATER, [device("b")]))
    merged = results.save(rig, LiveResults(LATER, [device("a")]))
    assert [(one.id, one.current, one.environment) for one in merged.devices] == [("a", True, {}), ("b", False, LATER)]


def test_order_is_by_type_platform_group_and_id(rig: Rig) -> None:
    merged = results.save(rig, run(device("pc"), *reversed(fleet(16).devices)))
    places = [(one.fact("type"), one.fact("platform"), one.fact("group"), one.id) for one in merged.devices]
    assert places == sorted(places)


@pytest.mark.parametrize("spoiled", [FAILED, UNSTABLE, EXCUSED])
def test_last_good_is_kept_unless_all_is_plain_passed(rig: Rig, spoiled: TestResult) -> None:
    good = rig.live / results.LAST_GOOD_FILE
    results.save(rig, run(device("a"), device("b", spoiled)))
    assert not good.exists()
    results.save(rig, run(device("a"), device("b", RECOVERED)))
    text = good.read_text(encoding="utf-8")
    assert text == (rig.live / results.ALL_FILE).read_text(encoding="utf-8")
    results.save(rig, run(device("a", spoiled)))
    assert good.read_text(encoding="utf-8") == text


def test_failed_device_of_an_earlier_run_does_not_spoil_this_one(rig: Rig) -> None:
    results.save(rig, run(device("a", FAILED)))
    results.save(rig, LiveResults(LATER, [device("b")]))
    assert (rig.live / results.LAST_GOOD_FILE).is_file()


def test_device_of_the_run_without_a_result_is_an_error(rig: Rig) -> None:
    results.save(rig, run(device("a"), device("wall:1")))
    earlier = (rig.live / results.LAST_GOOD_FILE).read_bytes()
    expected = [Device("a", "pc", "cpython"), Device("wall:1", "esp32", "esp32s3", group="wall")]
    merged = results.save(rig, LiveResults(LATER, [device("a")]), expected)
    absent = merged.devices[0]
    assert (absent.id, absent.current, absent.passed) == ("wall:1", True, False)
    assert absent.facts == {"type": "esp32", "platform": "esp32s3", "group": "wall"}
    assert [(test.name, test.status) for test in absent.tests] == [(results.RESULT_TEST, "error")]
    assert (rig.live / results.LAST_GOOD_FILE).read_bytes() == earlier
    own = results.read(rig.live / "live-results-wall-1.json")
    assert own.devices == [absent]
    suites = ET.parse(rig.live / results.JUNIT_FILE).getroot()  # noqa: S314  # our own
    assert [suite.get("name") for suite in suites] == ["a", "wall:1"]


def test_run_without_devices_is_not_a_good_one(rig: Rig) -> None:
    results.save(rig, run())
    assert not (rig.live / results.LAST_GOOD_FILE).exists()
    assert results.read_all(rig) == run()


def test_environment_of_a_folder_without_git(rig: Rig) -> None:
    found = results.environment(rig)
    assert set(found) == {"commit", "date", "pyralis", "python"}
    assert found["commit"] == "unknown"
    assert results.environment(rig, "0123")["commit"] == "0123"
    json.dumps(found)
