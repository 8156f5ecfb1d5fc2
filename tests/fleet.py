"""Made-up results of the live tests, as a run over some devices leaves them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyralis.deploy.live.proofs import read_proofs
from pyralis.deploy.results import DeviceResult, LiveResults, TestResult

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyralis.deploy.steps import Json

ENVIRONMENT: Json = {
    "commit": "0123456789ab-dirty",
    "date": "2026-11-24T03:00:00Z",
    "pyralis": "0.1.0",
    "python": "3.11.7",
}
UNIT: Json = {"total": 400, "passed": 400, "failed": 0, "skipped": 0, "duration_s": 4.2, "failures": []}
STAGES = ("import core", "core", "tree", "import server", "server", "serving")
FAILED = TestResult("lights | up", "failed", 1.5, "stayed <dark>", ("assert 0 == 255", "got & 0"))
UNSTABLE = TestResult("wall answers", "unstable", 5.0, "timed out")
EXCUSED = TestResult("wall is bright", "failed", 0.5, "too dark", (), "a lamp is missing (since 2026-11-01)")
RECOVERED = TestResult("wall is warm", "passed", 0.5, "", (), "it was winter (since 2026-01-02)")


def passed_tests(count: int = 3, prefix: str = "test") -> list[TestResult]:
    """As many passed tests."""
    return [TestResult(f"{prefix} {number}", "passed", 0.12) for number in range(count)]


def suite_tests() -> list[TestResult]:
    """All tests of the package's suite, passed."""
    return [TestResult(name, "passed", 0.12) for name, proof in read_proofs().items() if proof.file]


def facts(kind: str = "pc", platform: str = "micropython", group: str = "", number: int = 0) -> Json:
    """Facts of a device, of a board with all that a board has."""
    found: Json = {
        "type": kind,
        "platform": platform,
        "chip": "linux" if kind == "pc" else platform.removesuffix("dev"),
        "implementation": "MicroPython 1.29.0",
        "build_id": "0123456789ab",
        "fps": 60,
        "heap_free_kb": 120 - number,
        "image_sha256": "0123456789abcdef",
    }
    if group:
        found["group"] = group
    if kind != "pc":
        memory = [
            {"stage": stage, "free_kb": 140 - number - place, "largest_kb": 90 - place, "frag_percent": 3 + place}
            for place, stage in enumerate(STAGES)
        ]
        log = f"live/serial-wall-{number:02}.log"
        found |= {"board_id": f"24:6f:28:aa:bb:{number:02x}", "firmware": "1.29.0", "heap_largest_kb": 60}
        found |= {"memory": memory, "serial_log": log}
    return found


def device(name: str, *more: TestResult, kind: str = "pc") -> DeviceResult:
    """A device on which two tests passed, and those given came out as they say."""
    return DeviceResult(name, facts(kind), [*passed_tests(2), *more])


def run(*devices: DeviceResult) -> LiveResults:
    """A run of these devices."""
    return LiveResults(dict(ENVIRONMENT), list(devices))


def fleet(count: int, tests: Callable[[], list[TestResult]] = passed_tests) -> LiveResults:
    """Boards of three platforms, most of the first one, in two groups; all passed."""
    platforms = ("esp32dev", "esp32dev", "esp32dev", "esp32s3", "esp32c3")
    found = []
    for number in range(count):
        board = facts("esp32", platforms[number % 5], ("ceiling", "wall")[number % 2], number)
        found.append(DeviceResult(f"wall-{number:02}", board, tests()))
    return run(*found)
