"""Words: how pages name outcomes, runs and devices."""

from collections.abc import Sequence

from pyralis.deploy.results import ERROR, UNSTABLE, DeviceResult, LiveResults, TestResult
from pyralis.deploy.status.markdown import NONE, code, text
from pyralis.deploy.steps import FAILED, PASSED, SKIPPED, Json

GOOD, BAD, QUARANTINED = "✓", "✗", "⚠"
_SIGNS = {PASSED: GOOD, FAILED: BAD, ERROR: f"{BAD} error", SKIPPED: "○", UNSTABLE: "~"}
LEGEND = (
    f"{GOOD} passed · {BAD} failed · ○ skipped · ~ unstable: failed first, passed on a retry · "
    f"{QUARANTINED} failed in quarantine · {NONE} not run there · (before): not in the latest run"
)


def sign(test: TestResult) -> str:
    """One sign for a test's outcome."""
    return QUARANTINED if test.excused else _SIGNS.get(test.status, BAD)


def titled(test: TestResult) -> str:
    """Sign and name, for lists and headings."""
    return f"{sign(test)[0]} {text(test.name)}" + (" (error)" if test.status == ERROR else "")


def verdict(device: DeviceResult) -> str:
    """One sign for a device: the gravest."""
    if not device.passed:
        return BAD
    return QUARANTINED if device.quarantined else _SIGNS[UNSTABLE] if device.unstable else GOOD


def blemishes(devices: Sequence[DeviceResult]) -> str:
    """What keeps a run from being a last good one, such as `1 failed, 2 unstable`; empty where nothing does."""
    counts = {
        "failed": sum(len(device.wrong) for device in devices),
        "unstable": sum(len(device.unstable) for device in devices),
        "failed in quarantine": sum(len(device.quarantined) for device in devices),
        "without tests": sum(not device.tests for device in devices),
    }
    return ", ".join(f"{count} {what}" for what, count in counts.items() if count)


def passed_of(device: DeviceResult) -> str:
    """Such as `33 of 34, 1 unstable`."""
    skipped = device.count(SKIPPED)
    parts = [
        f"{device.count(PASSED)} of {len(device.tests)}",
        blemishes([device]),
        f"{skipped} skipped" * bool(skipped),
    ]
    return ", ".join(filter(None, parts))


def unit_tests(unit: Json | None) -> str:
    """The unit tests in a cell."""
    total, failed = number(unit, "total"), number(unit, "failed")
    return f"{BAD if failed else GOOD} {number(unit, 'passed')} of {total}" if total else NONE


def number(unit: Json | None, name: str) -> int:
    """A count of the unit tests; 0 where there is none."""
    value = (unit or {}).get(name, 0)
    return value if isinstance(value, int) else 0


def name_of(device: DeviceResult) -> str:
    """The id, and whether it is of an earlier run."""
    return text(device.id) if device.current else f"{text(device.id)} (before)"


def environment_of(device: DeviceResult, live: LiveResults) -> Json:
    """That of the run which the device was tested in."""
    return device.environment or live.environment


def when(environment: Json) -> str:
    """Day and minute."""
    return text(str(environment.get("date", NONE)).replace("T", " ").removesuffix("Z")[:16])


def commit(environment: Json) -> str:
    """The commit of a run."""
    return code(str(environment.get("commit") or "unknown"))


def run_line(live: LiveResults) -> str:
    """Where and when, and whether it is a last good run."""
    run = live.environment
    if not run:
        return "No live tests have run yet: `pyralis livetest`."
    versions = f"Pyralis {text(str(run.get('pyralis', '?')))}, Python {text(str(run.get('python', '?')))}"
    good = "**Last good.**" if live.clean else f"**Not last good**: {blemishes(live.current) or 'no tests'}."
    return f"Commit {commit(run)}, {when(run)} UTC, {versions}. {good}"
