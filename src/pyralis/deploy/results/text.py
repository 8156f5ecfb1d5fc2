"""Text: results as JSON, and back from this or any earlier format.

`{format, environment, devices: [{facts, current, tests: [{name, status, execution_time_s, …}]}]}`, the same for one
device and for all. One test a line, so that a change of one test is a change of one line.
"""

import json
from pathlib import Path
from typing import Any

from pyralis.deploy.errors import UserError
from pyralis.deploy.results.model import ERROR, STATUSES, DeviceResult, LiveResults, TestResult

FORMAT = 1
_NO_FACTS = ("id", "tests", "current", "environment", "device", "format", "devices")
_STAGE_NUMBERS = ("free_kb", "largest_kb", "frag_percent")


def read(path: Path) -> LiveResults:
    """A results file of this or an earlier format, of one device or of many; UserError where it is none."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
        check_format(path, value, FORMAT)
        return _parse(value)
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise UserError(
            f"{path.name} cannot be read: {type(error).__name__}: {error}",
            whose=f"the file's: {path}",
            todo="restore it from git, or remove it and run the live tests again",
        ) from None


def check_format(path: Path, value: Any, newest: int) -> None:
    """UserError where a newer version has written the file; what it means there nobody knows here."""
    number = value.get("format", newest) if isinstance(value, dict) else newest
    if not isinstance(number, int):
        raise TypeError(f"format is {number!r}, and must be a number")
    if number > newest:
        raise UserError(
            f"{path.name} has format {number}, and this version reads formats up to {newest}",
            whose=f"a newer Pyralis has written it: {path}",
            todo="update Pyralis here, or restore an older file from git",
        )


def _parse(value: Any) -> LiveResults:
    if isinstance(value, list):  # only devices
        value = {"devices": value}
    if "devices" not in value:  # one device without a list around it
        value = {"environment": value.get("environment", {}), "devices": [value.get("device", {}) | value]}
    return LiveResults(dict(value.get("environment", {})), [_parse_device(one) for one in value["devices"]])


def _parse_device(value: Any) -> DeviceResult:
    facts = {key: fact for key, fact in value.items() if key not in _NO_FACTS}
    _check_memory(facts.get("memory"))
    tests = [_parse_test(test) for test in value.get("tests", ())]
    return DeviceResult(
        str(value["id"]), facts, tests, bool(value.get("current", True)), dict(value.get("environment", {}))
    )


def _parse_test(value: Any) -> TestResult:
    return TestResult(
        str(value["name"]),
        value["status"] if value["status"] in STATUSES else ERROR,
        float(value.get("execution_time_s", 0)),
        str(value.get("reason", "")),
        tuple(str(line) for line in value.get("assertions", ())),
        str(value.get("quarantined", "")),
    )


def _check_memory(stages: Any) -> None:
    for stage in stages or ():
        numbers = [stage.get(name) for name in _STAGE_NUMBERS]
        if not isinstance(stage["stage"], str) or not all(isinstance(one, int | float | None) for one in numbers):
            raise TypeError(f"memory has {stage!r}: a stage is a text, all else of it are numbers")


def to_text(results: LiveResults) -> str:
    """JSON with one line a test."""
    devices = ",\n".join(_device_text(device) for device in results.devices)
    return f'{{"format":{FORMAT},"environment":{_compact(results.environment)},"devices":[\n{devices}\n]}}\n'


def _device_text(device: DeviceResult) -> str:
    head = {"id": device.id, "current": device.current, **device.facts}
    if device.environment:
        head["environment"] = device.environment
    tests = ",\n".join(_compact(test.to_json()) for test in device.tests)
    return f'{_compact(head)[:-1]},"tests":[\n{tests}\n]}}'


def _compact(value: object) -> str:
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    # Half a surrogate pair has no UTF-8; as `\udc80` it is what JSON has for it.
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
