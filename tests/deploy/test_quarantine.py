"""Quarantine: each fault of its file is named; what is in it still runs and shows, and does not count."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from fleet import FAILED, UNSTABLE, device

from pyralis.deploy.errors import UserError
from pyralis.deploy.quarantine import QUARANTINE_FILE, SCHEMA, Quarantined, apply, load_quarantine, unused
from pyralis.deploy.results import DeviceResult, TestResult

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyralis.deploy.rig import Rig

GOOD = {"device": "wall-1", "test": "lights | up", "reason": "a lamp is missing", "since": "2026-11-01"}
ENTRY = Quarantined(**GOOD)
NAME = "entry 1 (lights | up)"


@pytest.fixture
def write(rig: Rig, write_devices: Callable[..., None]) -> Callable[[Any], None]:
    """Write the quarantine of `rig`, whose device list has wall-1 and wall-2."""
    write_devices(*({"id": name, "type": "esp32", "platform": "esp32dev"} for name in ("wall-1", "wall-2")))

    def write_entries(entries: Any) -> None:
        (rig.root / QUARANTINE_FILE).write_text(json.dumps(entries), encoding="utf-8")

    return write_entries


def fault(rig: Rig) -> UserError:
    with pytest.raises(UserError) as raised:
        load_quarantine(rig)
    assert str(rig.root / QUARANTINE_FILE) in raised.value.whose
    return raised.value


def test_rig_without_a_quarantine(rig: Rig) -> None:
    rig.device_file.unlink()  # nobody asks for it
    assert load_quarantine(rig) == []


def test_every_field_is_read(rig: Rig, write: Callable[[Any], None]) -> None:
    assert set(GOOD) == set(SCHEMA["properties"]) == set(SCHEMA["required"])
    write([GOOD, GOOD | {"device": "*"}, GOOD | {"device": "wall-2"}, GOOD | {"test": "another"}])
    found = load_quarantine(rig)
    assert found[0] == ENTRY
    assert [entry.device for entry in found] == ["wall-1", "*", "wall-2", "wall-1"]


@pytest.mark.parametrize(
    ("entries", "detail"),
    [
        ({}, "must be a list"),
        ([1], "entry 1: must be an object"),
        ([{}], "entry 1: 'device' is missing; allowed: the id of a device in the device list, or *"),
        ([GOOD | {"test": 7}], "entry 1: test: 7 is not allowed; allowed: the name of a live test as the status pages"),
        ([GOOD | {"reason": " "}], NAME + ': reason: " " is not allowed; allowed: a text that says why'),
        ([GOOD | {"until": "2027-01-01"}], NAME + ": unknown field 'until'; there are: device, test, reason, since"),
        ([GOOD | {"device": "wall-3"}], NAME + ": device: 'wall-3' is not in the device list; "),
        ([GOOD | {"device": "wall-3"}], "allowed: *, wall-1, wall-2"),
        ([GOOD | {"since": "2026-02-30"}], f"{NAME}: since: '2026-02-30' is not a day; allowed: a day such as 2026-"),
        ([GOOD | {"since": "1.11.2026"}], f"{NAME}: since: '1.11.2026' is not a day"),
        ([GOOD | {"since": "20261101"}], f"{NAME}: since: '20261101' is not a day"),
        ([GOOD | {"since": "2026-W45-1"}], f"{NAME}: since: '2026-W45-1' is not a day"),
        ([GOOD | {"since": "2026-11-01\n"}], f"{NAME}: since: '2026-11-01\n' is not a day"),
        (
            [GOOD | {"device": "*"}, GOOD, GOOD | {"reason": "another"}],
            "entry 3 (lights | up): entry 2 is for this test on 'wall-1' too; remove one of them",
        ),
    ],
)
def test_fault_is_named(rig: Rig, write: Callable[[Any], None], entries: Any, detail: str) -> None:
    write(entries)
    error = fault(rig)
    assert error.what.startswith("quarantine.json is not right")
    assert detail in error.details[0]


def test_all_faults_are_listed(rig: Rig, write: Callable[[Any], None]) -> None:
    write([GOOD | {"device": "wall-3", "since": "soon"}, GOOD])
    error = fault(rig)
    assert error.what == "quarantine.json is not right (and 1 more)"
    assert len(error.details) == 2


@pytest.mark.parametrize(
    ("content", "what"),
    [(b"[", "quarantine.json:1:2: not JSON"), (b"\xff", "quarantine.json is not UTF-8")],
)
def test_file_that_cannot_be_read(rig: Rig, content: bytes, what: str) -> None:
    (rig.root / QUARANTINE_FILE).write_bytes(content)
    assert fault(rig).what.startswith(what)


def test_fault_of_the_device_list_is_its_own(rig: Rig, write: Callable[[Any], None]) -> None:
    write([GOOD])
    rig.device_file.write_text("{}", encoding="utf-8")
    with pytest.raises(UserError, match=r"devicelist\.json is not right"):
        load_quarantine(rig)


# What it does.


def test_only_that_test_on_that_device_is_marked() -> None:
    tests = device("wall-1", FAILED).tests
    marked = apply([ENTRY], "wall-1", tests)
    assert [test.quarantined for test in marked] == ["", "", "a lamp is missing (since 2026-11-01)"]
    assert (marked[2].status, marked[2].reason, marked[2].assertions) == ("failed", FAILED.reason, FAILED.assertions)
    assert apply([ENTRY], "wall-2", tests) == tests
    assert apply([], "wall-1", marked) == tests  # taken out again


@pytest.mark.parametrize("order", [1, -1])
def test_entry_of_the_device_goes_before_one_for_all(order: int) -> None:
    entries = [Quarantined("*", FAILED.name, "known", "2026-01-01"), ENTRY][::order]
    assert apply(entries, "wall-1", [FAILED])[0].quarantined == str(ENTRY)
    assert apply(entries, "wall-2", [FAILED])[0].quarantined == "known (since 2026-01-01)"


def test_failure_in_quarantine_does_not_fail_the_device() -> None:
    one = DeviceResult("wall-1", {}, apply([ENTRY], "wall-1", device("wall-1", FAILED).tests))
    assert (one.wrong, one.passed, one.clean) == ([], True, False)
    assert [test.name for test in one.quarantined] == [FAILED.name]


@pytest.mark.parametrize("other", [TestResult("other", "failed"), TestResult("other", "error")])
def test_other_failures_count_as_ever(other: TestResult) -> None:
    one = DeviceResult("wall-1", {}, apply([ENTRY], "wall-1", [FAILED, other]))
    assert one.wrong == [other]


def test_what_passes_can_be_taken_out_and_what_is_unstable_cannot() -> None:
    passed = TestResult(FAILED.name, "passed", 0.1)
    assert DeviceResult("a", {}, apply([ENTRY], "wall-1", [passed])).recovered[0].name == FAILED.name
    entry = Quarantined("*", UNSTABLE.name, "flickers", "2026-11-01")
    assert DeviceResult("a", {}, apply([entry], "a", [UNSTABLE])).recovered == []


def test_entries_that_no_test_answers_to() -> None:
    tested = [device("wall-1", FAILED), device("wall-2")]
    entries = [
        ENTRY,
        Quarantined("*", "no such", "x", "2026-01-01"),
        Quarantined("wall-2", FAILED.name, "x", "2026-01-01"),
    ]
    assert unused([*entries, Quarantined("wall-3", "not of this run", "x", "2026-01-01")], tested) == [
        "quarantine.json: no test 'no such' ran on wall-1, wall-2",
        f"quarantine.json: no test '{FAILED.name}' ran on wall-2",
    ]
