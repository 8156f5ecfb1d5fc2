"""Status pages: Markdown written from the results alone, so the same results give the same pages."""

from collections.abc import Sequence
from typing import Any

from pyralis.deploy.results import ERROR, DeviceResult, LiveResults, TestResult
from pyralis.deploy.steps import FAILED, PASSED, SKIPPED, Json

_SIGNS = {PASSED: "✓", FAILED: "✗", ERROR: "✗ error", SKIPPED: "○"}
_NONE = "-"
_NOTE = "<!-- written by `pyralis summarise` from live/*.json: do not edit -->"
_MAX_CELL_CHARS = 160


def pages(live: LiveResults | None, unit: Json | None) -> dict[str, str]:
    """The text of each page by its file name."""
    results = live or LiveResults({}, [])
    return {
        "index.md": _index(results, unit),
        "live-results.md": _matrix(results),
        "deploy-summary.md": _summary(results, unit),
        "test-results.md": _every_test(results),
    }


def _index(live: LiveResults, unit: Json | None) -> str:
    head = ["device", "platform", "unit tests", "live tests", "heap free", "fps", "image or build", "when (UTC)"]
    rows = [_device_row(device, live, unit) for device in live.devices]
    links = "Pages: [live tests](live-results.md) · [summary](deploy-summary.md) · [every test](test-results.md)"
    return _page("Status", [_run_line(live), links, "", *_table(head, rows)])


def _device_row(device: DeviceResult, live: LiveResults, unit: Json | None) -> list[str]:
    environment = device.environment or live.environment
    heap, image = device.fact("heap_free_kb"), device.fact("image_sha256") or device.fact("build_id")
    return [
        f"{_verdict(device)} {device.id}",
        f"{device.fact('implementation') or device.fact('platform')} {device.fact('chip')}".strip(),
        _unit_cell(unit) if device.fact("type") == "pc" else _NONE,
        f"{device.count(PASSED)} of {len(device.tests)}",
        f"{heap} KB" if heap else _NONE,
        device.fact("fps") or _NONE,
        f"`{image[:12]}`" if image else _NONE,
        _when(environment),
    ]


def _matrix(live: LiveResults) -> str:
    lines = [_run_line(live)]
    for kind in sorted({device.fact("type") for device in live.devices}):
        devices = [device for device in live.devices if device.fact("type") == kind]
        lines += ["", f"## {kind or 'other'}", "", *_table(["test", *map(_column, devices)], _matrix_rows(devices))]
    wrong = [(device, test) for device in live.devices for test in device.wrong]
    if wrong:
        lines += ["", "## What failed", ""]
        lines += [f"- **{_cell(test.name)}** on {device.id}: {_cell(test.reason)}" for device, test in wrong]
    lines += ["", "✓ passed · ✗ failed · ○ skipped · - not run there · (before): not in the latest run"]
    return _page("Live tests", lines)


def _matrix_rows(devices: Sequence[DeviceResult]) -> list[list[str]]:
    names = dict.fromkeys(test.name for device in devices for test in device.tests)
    found = [{test.name: test.status for test in device.tests} for device in devices]
    return [[name, *(_SIGNS.get(one.get(name, ""), _NONE) for one in found)] for name in names]


def _summary(live: LiveResults, unit: Json | None) -> str:
    current = [device for device in live.devices if device.current]
    tests = [(device, test) for device in current for test in device.tests]
    passed = sum(test.status == PASSED for _, test in tests)
    wrong = [f"{test.name} on {device.id}" for device, test in tests if test.status in (FAILED, ERROR)]
    good = not wrong and bool(current) and all(device.passed for device in current) and not _number(unit, "failed")
    slowest = max(tests, key=lambda one: one[1].execution_time_s, default=None)
    earlier = [device.id for device in live.devices if not device.current]
    heaps = [f"{device.fact('heap_free_kb')} KB on {device.id}" for device in current if device.fact("heap_free_kb")]
    lines = [
        f"- **{'All passed' if good else 'Not all passed'}**, commit `{live.environment.get('commit', 'unknown')}`",
        f"- When: {_when(live.environment)} UTC",
        f"- Unit tests: {_unit_cell(unit)}{_time(unit)}",
        f"- Live tests: {passed} of {len(tests)} passed on {len(current)} devices",
        f"- Failed: {_some(wrong)}",
        f"- Slowest live test: {_slowest(slowest)}",
        f"- Heap free: {_some(heaps)}",
        f"- Not in this run: {_some(earlier)}",
    ]
    return _page("Deploy summary", lines, note=False)


def _every_test(live: LiveResults) -> str:
    lines = [_run_line(live)]
    for device in live.devices:
        when = _when(device.environment or live.environment)
        earlier = "" if device.current else ", not in the latest run"
        count = f"{device.count(PASSED)} of {len(device.tests)} passed"
        lines += ["", f"## {device.id}", "", f"{count}, {when} UTC{earlier}", ""]
        rows = [[test.name, _status(test), f"{test.execution_time_s:.2f}"] for test in device.tests]
        lines += _table(["test", "status", "seconds"], rows)
    return _page("Every test", lines)


def _status(test: TestResult) -> str:
    return f"{_SIGNS.get(test.status, test.status)} {test.reason}".strip()


def _verdict(device: DeviceResult) -> str:
    return _SIGNS[PASSED] if device.passed else _SIGNS[FAILED]


def _column(device: DeviceResult) -> str:
    return device.id if device.current else f"{device.id} (before)"


def _unit_cell(unit: Json | None) -> str:
    if not unit or not _number(unit, "total"):
        return _NONE
    failed = _number(unit, "failed")
    return f"{_SIGNS[FAILED] if failed else _SIGNS[PASSED]} {_number(unit, 'passed')} of {_number(unit, 'total')}"


def _number(unit: Json | None, name: str) -> int:
    value: Any = (unit or {}).get(name, 0)
    return int(value)


def _time(unit: Json | None) -> str:
    return f" in {unit['duration_s']} s" if unit and unit.get("duration_s") else ""


def _slowest(slowest: tuple[DeviceResult, TestResult] | None) -> str:
    if slowest is None:
        return _NONE
    device, test = slowest
    return f"{test.name} on {device.id}, {test.execution_time_s:.2f} s"


def _some(texts: Sequence[str]) -> str:
    """The first three, and how many more."""
    more = f" and {len(texts) - 3} more" if len(texts) > 3 else ""
    return (", ".join(texts[:3]) or "none") + more


def _run_line(live: LiveResults) -> str:
    run = live.environment
    if not run:
        return "No live tests have run yet: `pyralis livetest`."
    versions = f"Pyralis {run.get('pyralis', '?')}, Python {run.get('python', '?')}"
    return f"Commit `{run.get('commit', 'unknown')}`, {_when(run)} UTC, {versions}."


def _when(environment: Json) -> str:
    return str(environment.get("date", _NONE)).replace("T", " ").removesuffix("Z")[:16]


def _page(title: str, lines: Sequence[str], note: bool = True) -> str:
    return "\n".join([f"# {title}", *(["", _NOTE] if note else []), "", *lines]) + "\n"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    lines = [head, ["---"] * len(head), *rows]
    return ["| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines]


def _cell(text: str) -> str:
    shown = " ".join(text.split()).replace("|", "\\|")
    return shown if len(shown) <= _MAX_CELL_CHARS else shown[: _MAX_CELL_CHARS - 1] + "…"
