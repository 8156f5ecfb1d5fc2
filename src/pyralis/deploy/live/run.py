"""Live tests: starts each device, runs the suite against it, all at once, and writes the results at the end."""

import os
import secrets
import shutil
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pyralis.deploy.build.builder import build
from pyralis.deploy.build.targets import TARGETS
from pyralis.deploy.client import get_json
from pyralis.deploy.devices import Device
from pyralis.deploy.errors import UserError
from pyralis.deploy.identity import Identity, identify
from pyralis.deploy.interpreters import MICROPYTHON, Launch, Options, find_micropython, on_cpython, on_micropython
from pyralis.deploy.live.context import Context
from pyralis.deploy.pytest_run import TestRun, run_pytest, shown_name
from pyralis.deploy.results import ERROR, DeviceResult, LiveResults, TestResult, environment, save
from pyralis.deploy.rig import Rig, package_environment
from pyralis.deploy.runner import Runner, free_ports
from pyralis.deploy.steps import PASSED, Json, Step, failure_of, unseen
from pyralis.deploy.terminal import shown_path

SUITE = Path(__file__).resolve().parent / "suite"
SUITE_SETTING = "PYRALIS_LIVE_SUITE"
SHA_DIGITS = 16
FPS_TIMEOUT_S = 1.3
_FPS_POLL_S = 0.05
START_TEST = "the device starts and serves"
SUITE_TEST = "the suite runs to its end"
# The suite is the package's: neither configuration nor plugins of the rig's own tests have a say in it.
_ARGUMENTS = ("-c", os.devnull, "-p", "no:cacheprovider", "-W", "error", "--tb=short", "-o", "faulthandler_timeout=20")
_NO_PLUGINS = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": "", "PYTHONDONTWRITEBYTECODE": ""}


class LiveRun:
    """One run over some devices."""

    def __init__(self, rig: Rig, devices: Sequence[Device], step: Step, arguments: Sequence[str] = ()) -> None:
        self._rig = rig
        self._devices = devices
        self._step = step
        self._arguments = arguments
        self._image_sha256 = ""
        self._results: dict[str, DeviceResult] = {}

    def run(self, workers: int = 0) -> LiveResults | None:
        """Test all devices; the step fails with any of them. Without a selection of tests the results are saved."""
        _check_supported(self._devices)
        identity = self._identify()
        ports = free_ports(len(self._devices))
        jobs = [
            lambda device=device, port=port: self._test(device, port, identity)
            for device, port in zip(self._devices, ports, strict=True)
        ]
        self._step.parallel(jobs, workers or min(len(jobs), max(2, os.cpu_count() or 1)))
        self._summarise()
        if self._arguments:
            return None
        devices = [self._results[device.id] for device in self._devices]
        return save(self._rig, LiveResults(environment(self._rig, identity.commit), devices))

    def _identify(self) -> Identity:
        """What every device must say it runs; the image is brought up to date where one runs from it."""
        if not any(device.platform == MICROPYTHON for device in self._devices):
            return identify(self._rig)
        find_micropython(self._rig)
        made = build(self._rig, TARGETS["pc"], Step("build", unseen))
        self._image_sha256 = made.image_sha256
        return made.identity

    def _test(self, device: Device, port: int, identity: Identity) -> None:
        with self._step.step(device.id, device=device.id) as step:
            instance = secrets.token_hex(8)
            context = Context(
                device.id, device.type, device.platform, f"http://127.0.0.1:{port}", instance, identity.id
            )
            result = DeviceResult(device.id, {"type": device.type, "platform": device.platform})
            self._results[device.id] = result
            log = self._rig.logs / f"live-{device.file_name}.log"
            log.unlink(missing_ok=True)
            runner = Runner(self._launch(device, port, instance, identity), log)
            try:
                with runner:
                    runner.begin()
                    run = self._run_suite(context, runner, step)
                    self._take_facts(result, runner.url)
            except UserError as error:
                name = SUITE_TEST if runner.ready else START_TEST
                result.tests = [TestResult(name, ERROR, 0.0, error.what, tuple(error.details))]
                failure = failure_of(name, error)
                step.fail(error.what, [replace(failure, device=device.id, log=shown_path(error.log or log))])
                return
            self._take_tests(result, run, step, log)

    def _launch(self, device: Device, port: int, instance: str, identity: Identity) -> Launch:
        """A start from nothing: no state is left from earlier runs."""
        state = self._rig.private / "live" / device.file_name
        shutil.rmtree(state, ignore_errors=True)
        options = Options(state, port=port, instance=instance)
        if device.platform == MICROPYTHON:
            return on_micropython(self._rig, options, device.heap or "256k")
        return on_cpython(self._rig, identity, options)

    def _run_suite(self, context: Context, runner: Runner, step: Step) -> TestRun:
        suite = Path(os.environ.get(SUITE_SETTING) or SUITE).resolve()
        env = {**package_environment(), **_NO_PLUGINS, **context.to_environment()}
        log = self._rig.logs / f"suite-{context.id.replace(':', '-')}.log"
        arguments = [*_ARGUMENTS, "--rootdir", str(suite), "--confcutdir", str(suite), *self._arguments, str(suite)]
        return run_pytest(
            step, arguments, cwd=self._rig.root, env=env, log=log, until_ready=runner.wait_ready, isolated=True
        )

    def _take_facts(self, result: DeviceResult, url: str) -> None:
        """Facts as the device tells them after its tests."""
        system: Any = get_json(url, "/api/system")
        deadline_s = time.monotonic() + FPS_TIMEOUT_S
        while not system.get("fps") and time.monotonic() < deadline_s:  # it measures its first second
            time.sleep(_FPS_POLL_S)
            system = get_json(url, "/api/system")
        free_bytes = system.get("heap_free_bytes")
        facts: Json = {
            "chip": system.get("chip"),
            "implementation": system.get("implementation"),
            "build_id": system.get("build", {}).get("id"),
            "fps": system.get("fps"),
            "heap_free_kb": None if free_bytes is None else free_bytes // 1024,
        }
        if result.facts["platform"] == MICROPYTHON:
            facts["image_sha256"] = self._image_sha256[:SHA_DIGITS]
        result.facts.update({key: value for key, value in facts.items() if value is not None})

    def _take_tests(self, result: DeviceResult, run: TestRun, step: Step, log: Path) -> None:
        result.tests = [
            TestResult(shown_name(test.name), test.status, test.duration_s, test.reason, test.assertions)
            for test in run.tests
        ]
        step.summarise(run.summary(), tests=len(run.tests), passed=run.count(PASSED), **result.facts)
        if run.wrong:
            failures = [test.failure(result.id, shown_path(log)) for test in run.wrong]
            step.fail(run.summary(), [replace(failure, name=shown_name(failure.name)) for failure in failures])
        elif not run.tests:
            step.fail("no tests ran")

    def _summarise(self) -> None:
        results = list(self._results.values())
        tests = sum(len(device.tests) for device in results)
        passed = sum(device.count(PASSED) for device in results)
        bad = [device.id for device in results if not device.passed]
        summary = f"{passed} of {tests} passed on {len(results)} device{'s' if len(results) != 1 else ''}"
        self._step.summarise(summary, tests=tests, passed=passed, devices=len(results))
        if bad:
            self._step.fail(f"{summary}; not all passed on {', '.join(bad)}")


def _check_supported(devices: Sequence[Device]) -> None:
    boards = [device.id for device in devices if device.type != "pc"]
    if boards:
        raise UserError(
            f"this version tests devices of type pc only, and not {', '.join(boards)}",
            whose="the filter's",
            todo="select with --type pc",
        )
