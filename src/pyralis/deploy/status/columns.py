"""Columns: which devices share a table, so that a fleet stays readable."""

from collections.abc import Sequence
from dataclasses import dataclass

from pyralis.deploy.results import DeviceResult, TestResult
from pyralis.deploy.status.markdown import text

MAX_COLUMNS = 8


@dataclass(frozen=True)
class Columns:
    """The devices of one table, and the headings above it."""

    headings: Sequence[str]
    devices: Sequence[DeviceResult]


def by_type(devices: Sequence[DeviceResult]) -> list[Columns]:
    """Tables of at most eight devices: by type, where that is too many by platform, then by group."""
    found = []
    for kind in sorted({device.fact("type") for device in devices}):
        parts = _split([device for device in devices if device.fact("type") == kind], ("platform", "group"))
        titles: list[str] = []
        for number, part in enumerate(parts):
            titles.append(_title(part))
            again = titles.count(titles[-1])
            own = titles[-1] + (f" ({again})" if again > 1 else "")
            headings = [f"## {text(kind) or 'other'}"] * (number == 0) + [f"### {own}"] * (len(parts) > 1)
            found.append(Columns(headings, part))
    return found


def names_of_tests(devices: Sequence[DeviceResult]) -> list[str]:
    """All tests of these devices, in the order in which they ran."""
    return list(dict.fromkeys(test.name for device in devices for test in device.tests))


def tests_by_name(device: DeviceResult) -> dict[str, TestResult]:
    """The tests of a device by name; of two with one name the one that went wrong."""
    return {test.name: test for test in sorted(device.tests, key=lambda test: test.went_wrong)}


def _split(devices: list[DeviceResult], facts: Sequence[str]) -> list[list[DeviceResult]]:
    if len(devices) <= MAX_COLUMNS:
        return [devices]
    if not facts:
        tables = -(-len(devices) // MAX_COLUMNS)
        size = -(-len(devices) // tables)
        return [devices[start : start + size] for start in range(0, len(devices), size)]
    fact, *others = facts
    parts: list[list[DeviceResult]] = []
    for value in dict.fromkeys(device.fact(fact) for device in devices):
        parts += _split([device for device in devices if device.fact(fact) == value], others)
    return parts if others else _joined(parts)


def _joined(groups: Sequence[list[DeviceResult]]) -> list[list[DeviceResult]]:
    """Small groups side by side, as far as there is room."""
    joined: list[list[DeviceResult]] = []
    for group in groups:
        if joined and len(joined[-1]) + len(group) <= MAX_COLUMNS:
            joined[-1] = joined[-1] + group
        else:
            joined.append(group)
    return joined


def _title(devices: Sequence[DeviceResult]) -> str:
    parts = [dict.fromkeys(filter(None, (device.fact(fact) for device in devices))) for fact in ("platform", "group")]
    return ": ".join(", ".join(map(text, part)) for part in parts if part) or "other"
