"""Results: the files that a run of the live tests leaves, and how they are read back.

`{format, environment, devices: [{facts, current, tests: [{name, status, execution_time_s, …}]}]}`, the same for one
device and for all. One test a line, so that a change of one test is a change of one line.
"""

import json
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from pyralis import __version__
from pyralis.deploy import git
from pyralis.deploy.errors import UserError
from pyralis.deploy.files import write_whole
from pyralis.deploy.rig import Rig
from pyralis.deploy.steps import FAILED, PASSED, SKIPPED, Json

FORMAT = 1
ERROR = "error"
ALL_FILE = "live-results-all.json"
LAST_GOOD_FILE = "live-results-all-last-good.json"
JUNIT_FILE = "live-results.xml"
_STATUSES = (PASSED, FAILED, SKIPPED, ERROR)


@dataclass(frozen=True)
class TestResult:
    """One live test on one device."""

    __test__ = False  # for pytest, which takes it for a test class

    name: str
    status: str
    execution_time_s: float = 0.0
    reason: str = ""
    assertions: tuple[str, ...] = ()

    def to_json(self) -> Json:
        """With `reason` and `assertions` only where there is something to say."""
        # Shorter than 5 ms is 0: more digits are noise, and a file of passed tests stays small.
        time_s = round(self.execution_time_s, 2)
        found: Json = {"name": self.name, "status": self.status, "execution_time_s": time_s or 0}
        if self.status != PASSED:
            found["reason"] = self.reason
        if self.assertions:
            found["assertions"] = list(self.assertions)
        return found


@dataclass
class DeviceResult:
    """What became of one device: its facts as `/api/system` told them, and its tests."""

    id: str
    facts: Json = field(default_factory=dict)  # type, platform, chip, implementation, heap_free_kb, fps, build_id …
    tests: list[TestResult] = field(default_factory=list)
    current: bool = True  # tested in the latest run
    environment: Json = field(default_factory=dict)  # of its own run, where that was not the latest

    def fact(self, name: str) -> str:
        """A fact as text; empty where nobody knows."""
        value = self.facts.get(name)
        return "" if value is None else str(value)

    def count(self, status: str) -> int:
        """How many tests have that status."""
        return sum(test.status == status for test in self.tests)

    @property
    def wrong(self) -> list[TestResult]:
        """Failures and errors."""
        return [test for test in self.tests if test.status in (FAILED, ERROR)]

    @property
    def passed(self) -> bool:
        """True where tests ran and none went wrong."""
        return bool(self.tests) and not self.wrong


@dataclass
class LiveResults:
    """A run: where and when, and its devices."""

    environment: Json
    devices: list[DeviceResult]


def environment(rig: Rig, commit: str = "") -> Json:
    """The facts of a run: commit, date and versions."""
    return {
        "commit": commit or git.commit(rig.root),
        "date": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "pyralis": __version__,
        "python": ".".join(str(part) for part in sys.version_info[:3]),
    }


def save(rig: Rig, results: LiveResults) -> LiveResults:
    """Write all files of a complete run; returns the merged results.

    Called once, at the end: a run that is interrupted leaves what the last complete one wrote.
    """
    for device in results.devices:
        write_whole(_device_file(rig, device.id), to_text(LiveResults(results.environment, [device])))
    merged = merge(results, read_all(rig))
    write_whole(rig.live / JUNIT_FILE, to_junit(results))
    write_whole(rig.live / ALL_FILE, to_text(merged))
    if all(device.passed for device in results.devices):
        write_whole(rig.live / LAST_GOOD_FILE, to_text(merged))
    return merged


def merge(latest: LiveResults, earlier: LiveResults | None) -> LiveResults:
    """The latest run, and the devices that only earlier ones had, marked as not current."""
    merged = {device.id: device for device in latest.devices}
    for device in earlier.devices if earlier else []:
        if device.id not in merged and earlier is not None:
            own = device.environment or earlier.environment
            merged[device.id] = DeviceResult(device.id, device.facts, device.tests, False, own)
    order = sorted(merged.values(), key=lambda device: (device.fact("type"), device.fact("platform"), device.id))
    return LiveResults(latest.environment, order)


def read_all(rig: Rig) -> LiveResults | None:
    """The merged results, or None before the first run."""
    path = rig.live / ALL_FILE
    return read(path) if path.is_file() else None


def read(path: Path) -> LiveResults:
    """A results file of this or an earlier format, of one device or of many; UserError where it is none."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
        return _parse(value)
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise UserError(
            f"{path.name} cannot be read: {type(error).__name__}: {error}",
            whose=f"the file's: {path}",
            todo="restore it from git, or remove it and run the live tests again",
        ) from None


def _parse(value: Any) -> LiveResults:
    if isinstance(value, list):  # only devices
        value = {"devices": value}
    if "devices" not in value:  # one device without a list around it
        value = {"environment": value.get("environment", {}), "devices": [value.get("device", {}) | value]}
    return LiveResults(dict(value.get("environment", {})), [_parse_device(one) for one in value["devices"]])


def _parse_device(value: Any) -> DeviceResult:
    known = ("id", "tests", "current", "environment", "device", "format", "devices")
    facts = {key: fact for key, fact in value.items() if key not in known}
    tests = [
        TestResult(
            str(test["name"]),
            test["status"] if test["status"] in _STATUSES else ERROR,
            float(test.get("execution_time_s", 0)),
            str(test.get("reason", "")),
            tuple(str(line) for line in test.get("assertions", ())),
        )
        for test in value.get("tests", ())
    ]
    return DeviceResult(str(value["id"]), facts, tests, bool(value.get("current", True)), value.get("environment", {}))


def to_text(results: LiveResults) -> str:
    """JSON with one line a test."""
    devices = ",\n".join(_device_text(device) for device in results.devices)
    return f'{{"format":{FORMAT},"environment":{_compact(results.environment)},"devices":[\n{devices}\n]}}\n'


def _device_text(device: DeviceResult) -> str:
    head: Json = {"id": device.id, "current": device.current, **device.facts}
    if device.environment:
        head["environment"] = device.environment
    tests = ",\n".join(_compact(test.to_json()) for test in device.tests)
    return f'{_compact(head)[:-1]},"tests":[\n{tests}\n]}}'


def _compact(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _device_file(rig: Rig, device_id: str) -> Path:
    return rig.live / f"live-results-{device_id.replace(':', '-')}.json"


def to_junit(results: LiveResults) -> str:
    """JUnit XML, one suite a device."""
    suites = "".join(_suite(device, str(results.environment.get("date", ""))) for device in results.devices)
    return f'<?xml version="1.0" encoding="utf-8"?>\n<testsuites name="live tests">\n{suites}</testsuites>\n'


def _suite(device: DeviceResult, date: str) -> str:
    time_s = sum(test.execution_time_s for test in device.tests)
    counts = f'tests="{len(device.tests)}" failures="{device.count(FAILED)}" errors="{device.count(ERROR)}"'
    counts += f' skipped="{device.count(SKIPPED)}" time="{time_s:.2f}" timestamp="{date.removesuffix("Z")}"'
    cases = "".join(_case(test, device.id) for test in device.tests)
    return f"<testsuite name={quoteattr(device.id)} {counts}>\n{cases}</testsuite>\n"


def _case(test: TestResult, device_id: str) -> str:
    head = f'<testcase classname={quoteattr(device_id)} name={quoteattr(test.name)} time="{test.execution_time_s:.3f}"'
    if test.status == PASSED:
        return head + "/>\n"
    tag = {FAILED: "failure", ERROR: "error", SKIPPED: "skipped"}[test.status]
    body = escape("\n".join(test.assertions))
    return f"{head}><{tag} message={quoteattr(test.reason)}>{body}</{tag}></testcase>\n"
