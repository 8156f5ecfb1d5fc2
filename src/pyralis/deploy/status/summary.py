"""Summary: a run in ten lines."""

from collections.abc import Sequence

from pyralis.deploy.results import DeviceResult, LiveResults, TestResult
from pyralis.deploy.status.markdown import NONE, page, text
from pyralis.deploy.status.words import blemishes, commit, number, unit_tests, when
from pyralis.deploy.steps import PASSED, Json

_MAX_CHARS = 400


def summary(live: LiveResults, unit: Json | None) -> str:
    """Verdict, tests, what failed, memory, and what was not in the run."""
    tests = [(device, test) for device in live.current for test in device.tests]
    passed = sum(test.status == PASSED for _, test in tests)
    earlier = [device.id for device in live.devices if not device.current]
    lines = [
        f"- {_verdict(live, unit)}, commit {commit(live.environment)}, {when(live.environment)} UTC",
        f"- Unit tests: {unit_tests(unit)}{_time(unit)}",
        f"- Live tests: {passed} of {len(tests)} passed on {_devices(live)}; slowest: {_slowest(tests)}",
        f"- Failed: {_named(live, [device.wrong for device in live.current])}",
        f"- Unstable: {_named(live, [device.unstable for device in live.current])}",
        f"- Failed in quarantine: {_named(live, [device.quarantined for device in live.current])}",
        f"- Least heap free: {_some(_heaps(live.current))}",
        f"- Not in this run: {_some(earlier)}",
    ]
    return page("Deploy summary", lines, note=False)


def _verdict(live: LiveResults, unit: Json | None) -> str:
    bad = not live.current or not all(device.passed for device in live.current) or number(unit, "failed")
    if bad:
        return "**Not all passed**"
    return "**All passed**" if live.clean else f"**Passed, but not last good**: {blemishes(live.current)}"


def _named(live: LiveResults, picked: Sequence[Sequence[TestResult]]) -> str:
    """Each test once, with the devices it is about."""
    where: dict[str, list[str]] = {}
    for device, tests in zip(live.current, picked, strict=True):
        for test in tests:
            where.setdefault(test.name, []).append(device.id)
    return _some([f"{name} on {_few(ids)}" for name, ids in where.items()], "; ")


def _heaps(devices: Sequence[DeviceResult]) -> list[str]:
    known = [(heap, one.id) for one in devices if isinstance(heap := one.facts.get("heap_free_kb"), int | float)]
    return [f"{heap:g} KB on {name}" for heap, name in sorted(known)]


def _time(unit: Json | None) -> str:
    return f" in {unit['duration_s']} s" if unit and unit.get("duration_s") else ""


def _slowest(tests: Sequence[tuple[DeviceResult, TestResult]]) -> str:
    if not tests:
        return NONE
    device, test = max(tests, key=lambda one: one[1].execution_time_s)
    return text(f"{test.name} on {device.id}, {test.execution_time_s:.2f} s")


def _devices(live: LiveResults) -> str:
    count = len(live.current)
    return f"{count} device{'s' if count != 1 else ''}"


def _some(words: Sequence[str], between: str = ", ") -> str:
    """The first three, and how many more."""
    return text(_few(words, between) or "none", _MAX_CHARS)


def _few(words: Sequence[str], between: str = ", ") -> str:
    more = f" and {len(words) - 3} more" if len(words) > 3 else ""
    return between.join(words[:3]) + more
