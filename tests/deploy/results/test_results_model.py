"""The model: what counts as passed, what fails a device, and what becomes of a test that was tried again."""

from __future__ import annotations

import pytest
from fleet import EXCUSED, FAILED, RECOVERED, UNSTABLE, device, run

from pyralis.deploy.results import DeviceResult, TestResult, settle

ERROR = TestResult("lights | up", "error", 0.0, "no fixture 'wall'")
PASSED = TestResult("lights | up", "passed", 0.4)
OTHER = TestResult("other", "passed", 0.1)


def test_device_without_tests_has_not_passed() -> None:
    assert not DeviceResult("a").passed
    assert not run().clean


@pytest.mark.parametrize(
    ("test", "passed", "clean"),
    [
        (PASSED, True, True),
        (TestResult("needs a wall", "skipped", 0.0, "no wall"), True, True),
        (RECOVERED, True, True),
        (UNSTABLE, True, False),
        (EXCUSED, True, False),
        (FAILED, False, False),
        (ERROR, False, False),
    ],
)
def test_what_fails_a_device_and_what_spoils_it(test: TestResult, passed: bool, clean: bool) -> None:
    one = device("a", test)
    assert (one.passed, one.clean, run(one).clean) == (passed, clean, clean)
    assert [bad == test for bad in one.wrong] == [] if passed else [True]


def test_each_outcome_has_its_list() -> None:
    one = device("a", FAILED, ERROR, UNSTABLE, EXCUSED, RECOVERED)
    assert (one.wrong, one.unstable) == ([FAILED, ERROR], [UNSTABLE])
    assert (one.quarantined, one.recovered) == ([EXCUSED], [RECOVERED])
    assert one.count("passed") == 3  # the unstable one is none of them


def test_earlier_devices_do_not_spoil_a_run() -> None:
    earlier = device("b", FAILED)
    earlier.current = False
    assert run(device("a"), earlier).clean
    assert not run(earlier).clean


# A retry.


@pytest.mark.parametrize("first", [FAILED, ERROR])
def test_failed_first_and_passed_on_a_retry_is_unstable(first: TestResult) -> None:
    (settled,) = settle([first], [PASSED])
    assert settled == TestResult(first.name, "unstable", first.execution_time_s, first.reason, first.assertions)


@pytest.mark.parametrize(
    "again",
    [
        [TestResult(FAILED.name, "failed", 0.2, "another reason")],
        [TestResult(FAILED.name, "error", 0.2, "another reason")],
        [TestResult(FAILED.name, "skipped", 0.0, "not now")],
        [PASSED, TestResult(FAILED.name, "failed", 0.2, "another reason")],  # of two with this name
        [OTHER],
        [],
    ],
)
def test_first_failure_stays_unless_the_retry_passed(again: list[TestResult]) -> None:
    assert settle([FAILED], again)[0] == FAILED


def test_what_was_not_wrong_stays_as_it_is() -> None:
    skipped = TestResult("needs a wall", "skipped", 0.0, "no wall")
    assert settle([OTHER, FAILED, skipped], [PASSED]) == [OTHER, settle([FAILED], [PASSED])[0], skipped]
    assert settle([OTHER], [TestResult("other", "passed", 9.0)]) == [OTHER]


def test_what_breaks_on_the_retry_counts() -> None:
    broken = TestResult("other", "failed", 0.2, "broke")
    assert settle([OTHER, FAILED], [broken, PASSED])[0] == broken
    assert settle([FAILED], [PASSED, broken])[1] == broken


def test_two_retries() -> None:
    once = settle([FAILED, ERROR], [TestResult(FAILED.name, "failed", 0.1, "another reason")])
    assert [one.status for one in settle(once, [PASSED])] == ["unstable", "unstable"]
    assert settle(settle([FAILED], [PASSED]), []) == settle([FAILED], [PASSED])


def test_quarantine_outlasts_a_retry() -> None:
    again = TestResult(EXCUSED.name, "passed", 0.1)
    assert settle([EXCUSED], [again])[0].quarantined == EXCUSED.quarantined
