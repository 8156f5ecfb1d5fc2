"""Store: the files of results in a rig: written at the end of a run, merged with those of earlier ones."""

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from pyralis import __version__
from pyralis.deploy import git
from pyralis.deploy.devices import Device
from pyralis.deploy.files import write_whole
from pyralis.deploy.results.junit import to_junit
from pyralis.deploy.results.model import ERROR, DeviceResult, LiveResults, TestResult
from pyralis.deploy.results.text import read, to_text
from pyralis.deploy.rig import Rig
from pyralis.deploy.steps import Json

ALL_FILE = "live-results-all.json"
LAST_GOOD_FILE = "live-results-all-last-good.json"
JUNIT_FILE = "live-results.xml"
RESULT_TEST = "the device leaves a result"


def environment(rig: Rig, commit: str = "") -> Json:
    """The facts of a run: commit, date and versions."""
    return {
        "commit": commit or git.commit(rig.root),
        "date": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "pyralis": __version__,
        "python": ".".join(str(part) for part in sys.version_info[:3]),
    }


def save(rig: Rig, results: LiveResults, devices: Sequence[Device] = ()) -> LiveResults:
    """Write all files of a complete run; returns the merged results.

    Called once, at the end: a run that is interrupted leaves what the last complete one wrote. `devices` are all that
    the run was to test: to one without a result an error is written, so nobody takes an earlier result for a new one.
    """
    known = {device.id for device in results.devices}
    absent = [_absent(device) for device in devices if device.id not in known]
    complete = LiveResults(results.environment, [*results.devices, *absent])
    for device in complete.devices:
        write_whole(_device_file(rig, device.id), to_text(LiveResults(complete.environment, [device])))
    merged = merge(complete, read_all(rig))
    write_whole(rig.live / JUNIT_FILE, to_junit(complete))
    write_whole(rig.live / ALL_FILE, to_text(merged))
    if complete.clean:
        write_whole(rig.live / LAST_GOOD_FILE, to_text(merged))
    return merged


def merge(latest: LiveResults, earlier: LiveResults | None) -> LiveResults:
    """The latest run, and the devices that only earlier ones had, marked as not current."""
    merged = {device.id: device for device in latest.devices}
    for device in earlier.devices if earlier else []:
        if device.id not in merged and earlier is not None:
            own = device.environment or earlier.environment
            merged[device.id] = DeviceResult(device.id, device.facts, device.tests, False, own)
    return LiveResults(latest.environment, sorted(merged.values(), key=_place))


def read_all(rig: Rig) -> LiveResults | None:
    """The merged results, or None before the first run."""
    path = rig.live / ALL_FILE
    return read(path) if path.is_file() else None


def _place(device: DeviceResult) -> tuple[str, ...]:
    return (*(device.fact(name) for name in ("type", "platform", "group")), device.id)


def _absent(device: Device) -> DeviceResult:
    facts = {name: value for name in ("type", "platform", "group") if (value := getattr(device, name))}
    reason = "it was to be tested in this run, and there is no result"
    return DeviceResult(device.id, facts, [TestResult(RESULT_TEST, ERROR, 0.0, reason)])


def _device_file(rig: Rig, device_id: str) -> Path:
    return rig.live / f"live-results-{device_id.replace(':', '-')}.json"
