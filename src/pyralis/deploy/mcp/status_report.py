"""Status report: the merged results of the live tests, short: a line a device, and why what is red is red."""

from typing import Any

from pyralis.deploy.errors import UserError
from pyralis.deploy.results.model import DeviceResult, TestResult
from pyralis.deploy.results.store import read_all
from pyralis.deploy.rig import Rig

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "environment": {"type": "object"},
        "devices": {"type": "array", "items": {"type": "object", "required": ["id", "status", "tests", "passed"]}},
        "failures": {"type": "array", "items": {"type": "object", "required": ["device", "name", "status"]}},
    },
}
_FACTS = ("type", "platform", "group", "build_id", "serial_log")


def report(rig: Rig, device_id: str) -> tuple[list[str], dict[str, Any]]:
    """The state of all devices, or of one, as lines and as an object; UserError where there is no result."""
    found = read_all(rig)
    if found is None:
        raise UserError(
            "no live test has run in this rig yet",
            whose=f"the rig's: {rig.live} has no results",
            todo="run run_all_pc, or run_livetest",
        )
    chosen = [device for device in found.devices if device_id in ("", device.id)]
    if not chosen:
        raise UserError(
            f"there is no result of '{device_id}'",
            details=[f"results: {', '.join(device.id for device in found.devices)}"],
            todo="choose one of those, or test it with run_livetest",
        )
    # Failed ones first, because the end of what is too long is cut.
    chosen.sort(key=lambda device: (device.passed, not device.current))
    failures = [_failure(device, test) for device in chosen for test in _worth_telling(device)]
    fields = {
        "environment": found.environment,
        "devices": [_device(device) for device in chosen],
        "failures": failures,
    }
    return _lines(fields, rig), fields


def _worth_telling(device: DeviceResult) -> list[TestResult]:
    return [*device.wrong, *device.unstable, *device.quarantined]


def _device(device: DeviceResult) -> dict[str, Any]:
    status = "passed" if device.passed else "failed"
    if device.passed and not device.clean:
        status = "unstable" if device.unstable else "in quarantine"
    found: dict[str, Any] = {"id": device.id, "status": status, "tests": len(device.tests)}
    found |= {"passed": device.count("passed"), "current": device.current}
    found |= {name: device.facts[name] for name in _FACTS if name in device.facts}
    return found if device.current else found | {"date": str(device.environment.get("date", ""))}


def _failure(device: DeviceResult, test: TestResult) -> dict[str, Any]:
    fields = {"device": device.id, "name": test.name, "status": test.status, "reason": test.reason}
    more = {"assertions": list(test.assertions), "quarantined": test.quarantined}
    return fields | {key: value for key, value in more.items() if value}


def _lines(fields: dict[str, Any], rig: Rig) -> list[str]:
    lines = ["latest run: " + ", ".join(f"{key} {value}" for key, value in fields["environment"].items())]
    for one in fields["devices"]:
        earlier = "" if one["current"] else f"  (earlier run: {one['date']})"
        lines.append(f"{one['status']}  {one['id']}  {one['passed']} of {one['tests']} passed{earlier}")
    for one in fields["failures"]:
        lines.append(f"{one['status']}: {one['device']}: {one['name']}: {one['reason']}")
        lines += [f"    {text}" for text in one.get("assertions", ())]
    return [*lines, f"pages: {rig.status}"]
