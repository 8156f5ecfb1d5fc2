"""Model: what became of a test, of a device and of a run."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from pyralis.deploy.steps import FAILED, PASSED, SKIPPED, Json

ERROR = "error"
UNSTABLE = "unstable"  # failed first and passed on a retry
STATUSES = (PASSED, FAILED, SKIPPED, ERROR, UNSTABLE)


@dataclass(frozen=True)
class TestResult:
    """One live test on one device; what is unstable keeps the reason of its first failure."""

    __test__ = False  # for pytest, which takes it for a test class

    name: str
    status: str
    execution_time_s: float = 0.0
    reason: str = ""
    assertions: tuple[str, ...] = ()
    quarantined: str = ""  # why its failure does not count, and since when

    @property
    def went_wrong(self) -> bool:
        """Failed or ended in an error, in quarantine or not."""
        return self.status in (FAILED, ERROR)

    @property
    def excused(self) -> bool:
        """Went wrong, and does not count because it is in quarantine."""
        return self.went_wrong and bool(self.quarantined)

    def to_json(self) -> Json:
        """With `reason`, `assertions` and `quarantined` only where there is something to say."""
        # Shorter than 5 ms is 0: more digits are noise, and a file of passed tests stays small.
        time_s = round(self.execution_time_s, 2)
        found: Json = {"name": self.name, "status": self.status, "execution_time_s": time_s or 0}
        if self.status != PASSED:
            found["reason"] = self.reason
        if self.assertions:
            found["assertions"] = list(self.assertions)
        if self.quarantined:
            found["quarantined"] = self.quarantined
        return found


@dataclass
class DeviceResult:
    """What became of one device: its facts as its API, its serial line and the device list told them, and its tests.

    Facts: type, platform, group, chip, board_id (MAC), implementation, firmware, build_id, image_sha256, fps,
    heap_free_kb, heap_largest_kb, reserve_kb, memory (a list of stage, free_kb, largest_kb, frag_percent: as it
    started, then live; null without a limit) and serial_log (a path from the rig on).
    """

    id: str
    facts: Json = field(default_factory=dict)
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
        """Failures and errors that count."""
        return [test for test in self.tests if test.went_wrong and not test.excused]

    @property
    def unstable(self) -> list[TestResult]:
        """What failed first and passed on a retry."""
        return [test for test in self.tests if test.status == UNSTABLE]

    @property
    def quarantined(self) -> list[TestResult]:
        """Failures and errors that do not count, for they are in quarantine."""
        return [test for test in self.tests if test.excused]

    @property
    def recovered(self) -> list[TestResult]:
        """What passed and can be taken out of quarantine."""
        return [test for test in self.tests if test.quarantined and test.status == PASSED]

    @property
    def passed(self) -> bool:
        """True where tests ran and none went wrong; what is unstable or in quarantine does not fail a device."""
        return bool(self.tests) and not self.wrong

    @property
    def clean(self) -> bool:
        """Passed, with nothing unstable and no failure in quarantine: fit for a last good run."""
        return self.passed and not self.unstable and not self.quarantined


@dataclass
class LiveResults:
    """A run: where and when, and its devices."""

    environment: Json
    devices: list[DeviceResult]

    @property
    def current(self) -> list[DeviceResult]:
        """The devices of the latest run."""
        return [device for device in self.devices if device.current]

    @property
    def clean(self) -> bool:
        """True where the latest run is a last good one."""
        return bool(self.current) and all(device.clean for device in self.current)


def settle(first: Sequence[TestResult], retried: Sequence[TestResult]) -> list[TestResult]:
    """One result a test after a retry of those that went wrong; the first reason stays, whatever the retry brought.

    What passed now is unstable; what the retry does not tell of stays wrong; what it alone has, or broke, counts.
    """
    again: dict[str, list[TestResult]] = {test.name: [] for test in first}
    added = [test for test in retried if test.name not in again]
    for test in retried:
        again.setdefault(test.name, []).append(test)
    return [*(_settled(test, again[test.name]) for test in first), *added]


def _settled(test: TestResult, again: Sequence[TestResult]) -> TestResult:
    if not test.went_wrong:
        return next((one for one in again if one.went_wrong), test)
    passed = bool(again) and all(one.status == PASSED for one in again)
    return replace(test, status=UNSTABLE) if passed else test
