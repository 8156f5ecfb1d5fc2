"""Live tests: starts each device, runs the suite against it, several at once, and writes the results at the end."""

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from pyralis.deploy.client import get_json
from pyralis.deploy.device_claim import own
from pyralis.deploy.devices import Device
from pyralis.deploy.errors import UserError
from pyralis.deploy.files import write_whole_bytes
from pyralis.deploy.live.board_runner import BoardRunner
from pyralis.deploy.live.context import Context
from pyralis.deploy.live.memory_stages import live_stage
from pyralis.deploy.live.starts import Running, Starts
from pyralis.deploy.pytest_run import TestRun, run_pytest, shown_name
from pyralis.deploy.quarantine import apply, load_quarantine, unused
from pyralis.deploy.results import (
    ERROR,
    UNSTABLE,
    DeviceResult,
    LiveResults,
    TestResult,
    environment,
    save,
    settle,
)
from pyralis.deploy.rig import Rig, package_environment
from pyralis.deploy.steps import FAILED, PASSED, SKIPPED, Failure, Json, Step, failure_of
from pyralis.deploy.terminal import shown_path

SUITE = Path(__file__).resolve().parent / "suite"
SUITE_SETTING = "PYRALIS_LIVE_SUITE"
WORKERS = 4
FPS_TIMEOUT_S = 1.3
_FPS_POLL_S = 0.05
START_TEST = "the device starts and serves"
SUITE_TEST = "the suite runs to its end"
FLASH_TEST = "the board is flashed"
# The suite is the package's: neither configuration nor plugins of the rig's own tests have a say in it.
_ARGUMENTS = ("-c", os.devnull, "-p", "no:cacheprovider", "-W", "error", "--tb=short", "-o", "faulthandler_timeout=20")
_NO_PLUGINS = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": "", "PYTHONDONTWRITEBYTECODE": ""}


def own_port(device: Device) -> str:
    """The serial port of a device that is no virtual board."""
    return device.serial


class LiveRun:
    """One run over some devices."""

    def __init__(
        self,
        rig: Rig,
        devices: Sequence[Device],
        step: Step,
        arguments: Sequence[str] = (),
        serial: Callable[[Device], str] = own_port,
        not_flashed: Mapping[str, str] | None = None,
    ) -> None:
        self._rig = rig
        self._devices = devices
        self._step = step
        self._arguments = arguments
        self._serial = serial
        self._not_flashed = not_flashed or {}  # by id: why a board could not be flashed, so that it is not tested
        self._quarantine = load_quarantine(rig)
        self._results: dict[str, DeviceResult] = {}
        self._started: set[str] = set()  # devices that have served while their suite ran

    def run(self, workers: int = WORKERS) -> LiveResults | None:
        """Test all devices; the step fails with any of them. Without a selection of tests the results are saved."""
        self._starts = Starts(self._rig, list(self._devices), self._serial, self._step.cancelled)
        self._step.parallel([partial(self._test, device) for device in self._devices], workers)
        results = [self._results[device.id] for device in self._devices]
        for line in unused(self._quarantine, results) if not self._arguments else []:
            self._step.note(line)
        self._summarise(results)
        if self._arguments:
            return None
        self._keep_serial_logs()
        run = LiveResults(environment(self._rig, self._starts.identity.commit), results)
        return save(self._rig, run, self._devices)

    def _test(self, device: Device) -> None:
        with self._step.step(device.id, device=device.id) as step:
            facts: Json = {"type": device.type, "platform": device.platform, "group": device.group}
            result = DeviceResult(device.id, {name: value for name, value in facts.items() if value})
            self._results[device.id] = result
            if device.id in self._not_flashed:
                reason = self._not_flashed[device.id]
                result.tests = [TestResult(FLASH_TEST, ERROR, 0.0, reason)]
                step.fail(f"not flashed: {reason}")
                return
            log = self._log(device)
            try:
                with own(self._rig, device):
                    log.unlink(missing_ok=True)
                    tests = self._start_and_test(device, result, step, log)
            except UserError as error:
                self._fail(result, step, SUITE_TEST if device.id in self._started else START_TEST, error, log)
                return
            self._take_tests(result, tests, step, log)

    def _start_and_test(self, device: Device, result: DeviceResult, step: Step, log: Path) -> list[TestResult]:
        running, instance = self._starts.start(device, log)
        build_id = self._starts.identity.id
        if isinstance(running, BoardRunner) and device.serial:
            result.facts["serial_log"] = self._serial_log(device).relative_to(self._rig.root).as_posix()
        with running:
            running.begin()
            if isinstance(running, BoardRunner):
                running.wait_ready()
                check_build(device, running.url, build_id)
            context = Context(device.id, device.type, device.platform, running.url, instance, build_id)
            try:
                tests = self._run_suite(context, running, step)
            finally:
                if running.ready:
                    self._started.add(device.id)
            self._take_facts(result, device, running)
            if isinstance(running, BoardRunner):
                running.restart()  # whoever unplugs it now finds what the tests found, and not what they left half-way
        return tests

    def _fail(self, result: DeviceResult, step: Step, name: str, error: UserError, log: Path) -> None:
        tests = [TestResult(name, ERROR, 0.0, error.what, tuple(error.details))]
        result.tests = apply(self._quarantine, result.id, tests)
        failure = failure_of(name, error)
        step.fail(error.what, [replace(failure, device=result.id, log=shown_path(error.log or log))])

    def _run_suite(self, context: Context, running: Running, step: Step) -> list[TestResult]:
        """All tests; what failed is run once more, and stays marked if it passes then."""
        suite = Path(os.environ.get(SUITE_SETTING) or SUITE).resolve()
        first = self._pytest(context, running, step, [*self._arguments, str(suite)])
        failed = [str(suite / test.name) for test in first.wrong if "::" in test.name]
        if not failed:
            return _to_results(first)
        step.note(f"{context.id}: {len(failed)} failed, once more")
        try:
            again = self._pytest(context, running, step, failed)
        except UserError as error:  # what the first run found must not be lost with it
            step.note(f"{context.id}: the retry broke off: {error.what}")
            return _to_results(first)
        return settle(_to_results(first), _to_results(again))

    def _pytest(self, context: Context, running: Running, step: Step, arguments: Sequence[str]) -> TestRun:
        suite = Path(os.environ.get(SUITE_SETTING) or SUITE).resolve()
        return run_pytest(
            step,
            [*_ARGUMENTS, "--rootdir", str(suite), "--confcutdir", str(suite), *arguments],
            cwd=self._rig.root,
            env={**package_environment(), **_NO_PLUGINS, **context.to_environment()},
            log=self._rig.logs / f"suite-{context.id.replace(':', '-')}.log",
            until_ready=running.wait_ready,
            on_cancel=running.let_go,
            isolated=True,
        )

    def _take_facts(self, result: DeviceResult, device: Device, running: Running) -> None:
        """Facts as the device tells them after its tests."""
        system: Any = get_json(running.url, "/api/system")
        deadline_s = time.monotonic() + FPS_TIMEOUT_S
        while not system.get("fps") and time.monotonic() < deadline_s:  # it measures its first second
            time.sleep(_FPS_POLL_S)
            system = get_json(running.url, "/api/system")
        facts: Json = {name: system.get(name) for name in ("chip", "board_id", "implementation", "fps")}
        facts["build_id"] = system.get("build", {}).get("id")
        live = live_stage(system)
        facts |= {f"heap_{name}_kb": live[f"{name}_kb"] for name in ("free", "largest")}
        if system.get("reserve_bytes"):
            facts["reserve_kb"] = system["reserve_bytes"] // 1024
        facts |= self._starts.image_facts(device, facts["build_id"])
        facts["memory"] = [*running.memory, live]
        result.facts.update({key: value for key, value in facts.items() if value is not None})

    def _take_tests(self, result: DeviceResult, tests: Sequence[TestResult], step: Step, log: Path) -> None:
        result.tests = apply(self._quarantine, result.id, tests)
        facts = {name: value for name, value in result.facts.items() if name != "memory"}
        step.summarise(_summary(result), tests=len(result.tests), passed=result.count(PASSED), **facts)
        if result.wrong:
            shown = shown_path(log)
            step.fail(
                _summary(result),
                [Failure(test.name, test.reason, result.id, test.assertions, log=shown) for test in result.wrong],
            )
        elif not result.tests:
            step.fail("no tests ran")

    def _log(self, device: Device) -> Path:
        """What the device prints now; a run that is interrupted leaves that of the last complete one in `live`."""
        return self._rig.logs / f"live-{device.file_name}.log"

    def _serial_log(self, device: Device) -> Path:
        return self._rig.live / f"serial-{device.file_name}.log"

    def _keep_serial_logs(self) -> None:
        for device in self._devices:
            if "serial_log" in self._results[device.id].facts and self._log(device).is_file():
                write_whole_bytes(self._serial_log(device), self._log(device).read_bytes())

    def _summarise(self, results: Sequence[DeviceResult]) -> None:
        tests = sum(len(device.tests) for device in results)
        passed = sum(device.count(PASSED) for device in results)
        bad = [device.id for device in results if not device.passed]
        summary = f"{passed} of {tests} passed on {len(results)} device{'s' if len(results) != 1 else ''}"
        unstable = sum(len(device.unstable) for device in results)
        excused = sum(len(device.quarantined) for device in results)
        summary += f", {unstable} unstable" * bool(unstable) + f", {excused} failed in quarantine" * bool(excused)
        self._step.summarise(
            summary, tests=tests, passed=passed, devices=len(results), unstable=unstable, quarantined=excused
        )
        if bad:
            self._step.fail(f"{summary}; not all passed on {', '.join(bad)}")


def check_build(device: Device, url: str, build_id: str) -> None:
    """UserError where a board runs another build than the one that is to be tested."""
    found = get_json(url, "/api/system").get("build", {}).get("id")
    if found != build_id:
        raise UserError(
            f"'{device.id}' runs another build: '{found}', and '{build_id}' is to be tested",
            whose="nobody's: the sources have changed since it was flashed",
            todo=f"flash it: `pyralis flash --device {device.id}`, or `pyralis all-devices` does both",
        )


def _to_results(run: TestRun) -> list[TestResult]:
    return [
        TestResult(shown_name(test.name), test.status, test.duration_s, test.reason, test.assertions)
        for test in run.tests
    ]


def _summary(result: DeviceResult) -> str:
    """Such as `33 passed, 1 unstable`."""
    counts = [(result.count(status), status) for status in (PASSED, FAILED, ERROR, UNSTABLE, SKIPPED)]
    parts = [f"{count} {status}" for count, status in counts if count]
    if result.quarantined:
        parts.append(f"{len(result.quarantined)} of them in quarantine")
    return ", ".join(parts) or "no tests"
