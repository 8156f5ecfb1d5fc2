"""Quarantine: tests that are known to fail on a device; they still run and show, and their failures do not count."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from pyralis.deploy import devices
from pyralis.deploy.json_list import Entry, Form, read_list
from pyralis.deploy.results import DeviceResult, TestResult
from pyralis.deploy.rig import Rig

QUARANTINE_FILE = "quarantine.json"
ALL_DEVICES = "*"

_TEXT = {"type": "string", "pattern": r"\S"}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["device", "test", "reason", "since"],
    "additionalProperties": False,
    "properties": {"device": _TEXT, "test": _TEXT, "reason": _TEXT, "since": _TEXT},
}
_MEANINGS = {
    "device": f"the id of a device in the device list, or {ALL_DEVICES} for each of them",
    "test": "the name of a live test as the status pages show it",
    "reason": "a text that says why",
    "since": "a day such as 2026-01-31",
}


@dataclass(frozen=True)
class Quarantined:
    """One test on one device, or on all."""

    device: str
    test: str
    reason: str
    since: str

    def __str__(self) -> str:
        return f"{self.reason} (since {self.since})"


def load_quarantine(rig: Rig) -> list[Quarantined]:
    """All entries, none without a file; UserError names file, entry, field and what is allowed."""

    def beyond(entries: Sequence[Entry]) -> list[tuple[int, str]]:
        return _beyond_schema(entries, [device.id for device in devices.load(rig)])

    path = rig.root / QUARANTINE_FILE
    if not path.is_file():
        return []
    form = Form("the quarantine's", SCHEMA, "test", _MEANINGS, beyond)
    return [Quarantined(**entry) for entry in read_list(path, form)]


def apply(quarantine: Sequence[Quarantined], device_id: str, tests: Sequence[TestResult]) -> list[TestResult]:
    """The tests, each that is in quarantine on that device marked with why and since when."""
    # An entry of the device's own says more than one for all devices, so it is taken last.
    mine = [entry for entry in quarantine if entry.device in (ALL_DEVICES, device_id)]
    marks = {entry.test: str(entry) for entry in sorted(mine, key=lambda entry: entry.device == device_id)}
    return [replace(test, quarantined=marks.get(test.name, "")) for test in tests]


def unused(quarantine: Sequence[Quarantined], tested: Sequence[DeviceResult]) -> list[str]:
    """Entries whose test did not run on any device they are for, a line each: mostly a name that has changed."""
    lines = []
    for entry in quarantine:
        mine = [device for device in tested if entry.device in (ALL_DEVICES, device.id)]
        if mine and not any(test.name == entry.test for device in mine for test in device.tests):
            lines.append(f"{QUARANTINE_FILE}: no test '{entry.test}' ran on {', '.join(one.id for one in mine)}")
    return lines


def _beyond_schema(entries: Sequence[Entry], ids: Sequence[str]) -> list[tuple[int, str]]:
    """What a schema cannot say: devices that there are, days that there are, and no entry twice."""
    problems = []
    for number, entry in enumerate(entries):
        if entry["device"] not in (ALL_DEVICES, *ids):
            allowed = ", ".join([ALL_DEVICES, *ids])
            text = f"device: '{entry['device']}' is not in the device list; allowed: {allowed}"
            problems.append((number, text))
        if not _is_day(entry["since"]):
            problems.append((number, f"since: '{entry['since']}' is not a day; allowed: {_MEANINGS['since']}"))
        same = [other for other in range(number) if _key(entries[other]) == _key(entry)]
        if same:
            text = f"entry {same[0] + 1} is for this test on '{entry['device']}' too; remove one of them"
            problems.append((number, text))
    return problems


def _key(entry: Entry) -> tuple[str, str]:
    return entry["device"], entry["test"]


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII) is not None  # there are weeks in ISO 8601, too
