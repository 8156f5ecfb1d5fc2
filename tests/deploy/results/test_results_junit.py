"""JUnit: a suite a device, valid whatever a test says."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from fleet import ENVIRONMENT, EXCUSED, FAILED, RECOVERED, UNSTABLE, device, facts, run
from hypothesis import given, settings
from hypothesis import strategies as st

from pyralis.deploy import results
from pyralis.deploy.results import DeviceResult, TestResult

if TYPE_CHECKING:
    from pyralis.deploy.results import LiveResults

SKIPPED = TestResult("needs a wall", "skipped", 0.0, "no wall")
ERROR = TestResult("starts", "error", 0.0, "did not")
COUNTS = ("name", "tests", "failures", "errors", "skipped")


def parse(live: LiveResults) -> ET.Element:
    return ET.fromstring(results.to_junit(live))  # noqa: S314  # our own


def case(test: TestResult) -> ET.Element:
    found = parse(run(DeviceResult("a", {}, [test]))).find("./testsuite/testcase")
    assert found is not None
    return found


def test_a_suite_for_each_device() -> None:
    root = parse(run(device("a", FAILED, UNSTABLE), DeviceResult("b", facts(), [ERROR, SKIPPED, EXCUSED, RECOVERED])))
    assert [tuple(suite.get(count) for count in COUNTS) for suite in root] == [
        ("a", "4", "1", "0", "0"),
        ("b", "4", "0", "1", "2"),
    ]
    assert [suite.get("timestamp") for suite in root] == ["2026-11-24T03:00:00"] * 2


def test_suite_can_be_traced() -> None:
    earlier = device("b")
    earlier.environment = {"commit": "ba9876543210"}
    root = parse(run(DeviceResult("a", facts("esp32", "esp32s3", "wall", 7)), earlier))
    properties = [{one.get("name"): one.get("value") for one in suite.iter("property")} for suite in root]
    assert properties[0] == {
        "commit": ENVIRONMENT["commit"],
        "image_sha256": "0123456789abcdef",
        "board_id": "24:6f:28:aa:bb:07",
        "build_id": "0123456789ab",
        "platform": "esp32s3",
        "group": "wall",
    }
    assert properties[1]["commit"] == "ba9876543210"


@pytest.mark.parametrize(
    ("test", "tag", "message", "text"),
    [
        (FAILED, "failure", "stayed <dark>", "assert 0 == 255\ngot & 0"),
        (ERROR, "error", "did not", None),
        (SKIPPED, "skipped", "no wall", None),
        (EXCUSED, "skipped", "quarantined: a lamp is missing (since 2026-11-01): too dark", None),
    ],
)
def test_what_became_of_a_test(test: TestResult, tag: str, message: str, text: str | None) -> None:
    (outcome,) = case(test)
    assert (outcome.tag, outcome.get("message"), outcome.text) == (tag, message, text)


def test_unstable_has_passed_and_says_how() -> None:
    (outcome,) = case(TestResult("t", "unstable", 1.0, "timed out", ("after 5 s",)))
    assert (outcome.tag, outcome.get("message"), outcome.get("type")) == ("flakyFailure", "timed out", "unstable")
    assert outcome.findtext("stackTrace") == "after 5 s"


@pytest.mark.parametrize("test", [TestResult("t", "passed"), RECOVERED])
def test_passed_has_nothing_to_say(test: TestResult) -> None:
    assert list(case(test)) == []


@pytest.mark.parametrize("status", ["failed", "unstable", "skipped", "passed"])
@settings(deadline=None)
@given(st.text(st.characters()))
def test_any_text_is_valid_xml(status: str, text: str) -> None:
    test = TestResult(text, status, 0.0, text, (text, text), text)
    live = run(DeviceResult(text, {"board_id": text}, [test]))
    live.environment["commit"] = live.environment["date"] = text
    assert len(list(ET.fromstring(results.to_junit(live).encode("utf-8")).iter("testcase"))) == 1  # noqa: S314


def test_control_characters_are_replaced_and_lines_kept() -> None:
    (outcome,) = case(TestResult("t", "failed", 0.0, 'a\x1b[31m"\n\ud800', ("\x00",)))
    assert (outcome.get("message"), outcome.text) == ('a\ufffd[31m"\n\ufffd', "\ufffd")
