"""Index: what runs where, a row a device."""

from pyralis.deploy.results import DeviceResult, LiveResults
from pyralis.deploy.status.markdown import NONE, code, page, table, text
from pyralis.deploy.status.words import (
    commit,
    environment_of,
    name_of,
    passed_of,
    run_line,
    unit_tests,
    verdict,
    when,
)
from pyralis.deploy.steps import Json

_HASH_DIGITS = 12
_HEAD = (
    "device",
    "platform",
    "board",
    "unit tests",
    "live tests",
    "heap free",
    "fps",
    "image or build",
    "when (UTC)",
)
_LINKS = (
    "[live tests](live-results.md) · [summary](deploy-summary.md) · [every test](test-results.md) · "
    "[footprint and memory](footprint.md). ✓ passed, ✗ failed, ~ unstable, ⚠ failed in quarantine."
)


def index(live: LiveResults, unit: Json | None) -> str:
    """Nine lines and one a device."""
    return page("Status", [run_line(live), _LINKS, "", *table(_HEAD, [_row(one, live, unit) for one in live.devices])])


def _row(device: DeviceResult, live: LiveResults, unit: Json | None) -> list[str]:
    heap, image = device.fact("heap_free_kb"), device.fact("image_sha256") or device.fact("build_id")
    environment = environment_of(device, live)
    return [
        f"{verdict(device)} {name_of(device)}",
        _platform(device),
        code(device.fact("board_id")),
        unit_tests(unit) if device.fact("type") == "pc" else NONE,
        passed_of(device),
        f"{text(heap)} KB" if heap else NONE,
        text(device.fact("fps")) or NONE,
        code(image[:_HASH_DIGITS]),
        when(environment) if device.current else f"{when(environment)}, {commit(environment)}",
    ]


def _platform(device: DeviceResult) -> str:
    """The board profile or the machine, and what runs on it."""
    runs = device.fact("implementation") or device.fact("firmware")
    words = (runs, device.fact("chip")) if device.fact("type") == "pc" else (device.fact("platform"), runs)
    return text(" ".join(filter(None, words)) or device.fact("platform")) or NONE
