"""Outcome: what became of a command as one JSON object that is complete by itself and small."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from pyralis.deploy import steps
from pyralis.deploy.mcp.text import shortened
from pyralis.deploy.steps import Event, Result

MAX_OUTCOME_BYTES = 3_600
DRY_RUN = "dry_run"
# Compact on purpose: it is part of each tool's entry in the list of tools.
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "command": {"type": "string"},
        "exit_code": {"type": "integer"},
        "status": {"type": "string"},
        "summary": {"type": "string"},
        "duration_s": {"type": "number"},
        **{name: {"type": "array"} for name in ("steps", "devices", "failures", "last_lines")},
        "counts": {"type": "object"},
        "log": {"type": "string"},
    },
    "required": ["command", "exit_code", "status"],
}
_FEWER = (64, 24, 10, 4, 2)  # entries of a list, and in proportion to it characters of a text, until all of it fits
_WHOLE = ("command", "id", "log")  # of no use when they are cut
_LOUD = (steps.FAILED, steps.INTERRUPTED, steps.NOT_RUN)


@dataclass
class Outcome:
    """What a command came to; `to_json` keeps to the schema and to the size."""

    command: str
    exit_code: int
    status: str
    summary: str = ""
    duration_s: float = 0.0
    steps: list[dict[str, Any]] = field(default_factory=list)
    devices: list[dict[str, Any]] = field(default_factory=list)
    failures: list[dict[str, Any]] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    last_lines: list[str] = field(default_factory=list)
    log: str = ""

    def to_json(self) -> dict[str, Any]:
        """Without what is empty; where it is too long, with fewer entries, and how many are left out."""
        fields = {key: value for key, value in vars(self).items() if value not in ("", [], {}) or key == "status"}
        return small(fields, MAX_OUTCOME_BYTES)


def small(fields: dict[str, Any], most_bytes: int) -> dict[str, Any]:
    """An object with the longest texts and lists cut until it has at most so many bytes as JSON."""
    found = fields
    for most in _FEWER:
        left_out = {key: len(value) - most for key, value in fields.items() if _is_longer(value, most)}
        found = _cut({key: value[:most] if key in left_out else value for key, value in fields.items()}, most)
        found |= {"left_out": left_out} if left_out else {}
        if len(json.dumps(found, ensure_ascii=False).encode()) <= most_bytes:
            break
    return found


def outcomes_of_devices(finished: Sequence[Event]) -> list[dict[str, Any]]:
    """One entry a device: the worst of its steps, and how long all of them took; those that failed first."""
    found: dict[str, dict[str, Any]] = {}
    for event in finished:
        result = event.result
        if result is None or not event.device:
            continue
        entry = found.setdefault(event.device, {"id": event.device, "status": result.status})
        if entry["status"] not in _LOUD or "reason" not in entry:
            entry["status"] = result.status
            if result.status in _LOUD:
                entry |= {"step": " > ".join(event.path[1:]), "reason": result.reason}
        if log := _log_of(result):
            entry["log"] = log
        entry["duration_s"] = round(entry.get("duration_s", 0.0) + result.duration_s, 2)
    return sorted(found.values(), key=lambda entry: entry["status"] not in _LOUD)


def counts_of(finished: Sequence[Event], devices: Sequence[dict[str, Any]]) -> dict[str, int]:
    """How many devices and tests there were, and how many of them went well."""
    found = {}
    if devices:
        failed = sum(entry["status"] in _LOUD for entry in devices)
        found = {"devices": len(devices), "devices_failed": failed}
    with_tests = [event for event in finished if event.result and isinstance(event.result.facts.get("tests"), int)]
    # A step that sums up those below it would count them twice.
    paths = [event.path for event in with_tests]
    for event in with_tests:
        if event.result and not any(path != event.path and path[: len(event.path)] == event.path for path in paths):
            for name, key in (("tests", "tests"), ("passed", "tests_passed")):
                found[key] = found.get(key, 0) + _number(event.result.facts.get(name))
    return found


def entry_of_step(event: Event) -> dict[str, Any]:
    """A finished step, short."""
    result = event.result or Result(event.path[-1])
    entry: dict[str, Any] = {"name": " > ".join(event.path[1:]), "status": result.status}
    entry["duration_s"] = round(result.duration_s, 2)
    said = result.reason or result.summary
    return entry | ({"said": said} if said else {})


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0


def _log_of(result: Result) -> str:
    """The log of a device's step, from its failures or its facts."""
    told = [failure.log for failure in result.failures]
    told += [str(result.facts.get(name) or "") for name in ("log", "serial_log")]
    return next(filter(None, told), "")


def _is_longer(value: object, most: int) -> bool:
    return isinstance(value, list) and len(value) > most


def _cut(value: Any, most: int) -> Any:
    if isinstance(value, str):
        return shortened(value, max(80, 16 * most))
    if isinstance(value, list):
        more = [f"… {len(value) - most} more"] * _is_longer(value, most)
        return [_cut(one, most) for one in value[:most]] + more
    if isinstance(value, dict):
        return {key: one if key in _WHOLE else _cut(one, most) for key, one in value.items()}
    return value
