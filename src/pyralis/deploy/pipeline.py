"""The pipeline: build, unit tests, flash, live tests, summarise: what every change passes, on PCs and on boards."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from pyralis.deploy.build.builder import Build, build
from pyralis.deploy.build.footprint import keep_as_good, report
from pyralis.deploy.build.targets import TARGETS
from pyralis.deploy.devices import Device, Filters, load, select
from pyralis.deploy.errors import UserError
from pyralis.deploy.flash.plan import build_boards
from pyralis.deploy.flash.run import FlashOptions, FlashRun
from pyralis.deploy.live import run as live
from pyralis.deploy.live.run import LiveRun
from pyralis.deploy.rig import Rig
from pyralis.deploy.steps import Step, failure_of
from pyralis.deploy.summarise import summarise
from pyralis.deploy.twin.host import Twins
from pyralis.deploy.twin.measure import ram_after_boot
from pyralis.deploy.unittest import run_unit_tests

BUILD, UNIT_TESTS, FLASH, LIVE_TESTS, SUMMARISE = "build", "unit tests", "flash", "live tests", "summarise"


@dataclass(frozen=True)
class PipelineOptions:
    """What may differ from run to run."""

    flash: FlashOptions = field(default_factory=FlashOptions)
    workers: int = live.WORKERS


def run_all_pc(rig: Rig, step: Step) -> None:
    """Everything that needs no board."""
    _Pipeline(rig, step, lambda: select(load(rig), Filters(type="pc", test=True))).run(with_unit_tests=True)


def run_all_devices(rig: Rig, step: Step, group: str, options: PipelineOptions) -> None:
    """Everything that needs boards, for those of a group or for all."""
    filters = Filters(type="esp32", group=group, test=True)
    _Pipeline(rig, step, lambda: select(load(rig), filters), options).run(with_unit_tests=False)


def run_all(rig: Rig, step: Step, group: str, options: PipelineOptions) -> None:
    """Both: the group chooses among the boards."""

    def devices() -> list[Device]:
        known = load(rig)
        boards = select(known, Filters(type="esp32", group=group, test=True))
        return [*select(known, Filters(type="pc", test=True)), *boards]

    _Pipeline(rig, step, devices, options).run(with_unit_tests=True)


class _Pipeline:
    """One run over some devices; a failed build ends it, everything else lets the rest go on."""

    def __init__(
        self, rig: Rig, step: Step, devices: Callable[[], list[Device]], options: PipelineOptions | None = None
    ) -> None:
        self._rig = rig
        self._step = step
        self._select = devices
        self._options = options or PipelineOptions()
        self._devices: list[Device] = []
        self._boards: list[Device] = []
        self._builds: dict[str, Build] = {}

    def run(self, with_unit_tests: bool) -> None:
        """Run all steps."""
        step = self._step
        self._devices = self._select()
        self._boards = [device for device in self._devices if device.type == "esp32"]
        rest = [UNIT_TESTS] * with_unit_tests + [FLASH] * bool(self._boards) + [LIVE_TESTS, SUMMARISE]
        step.plan(BUILD, *rest)
        if not _attempt(step, BUILD, self._build):
            for name in rest:
                step.not_run(name, "there is no build")
        else:
            if with_unit_tests:
                _attempt(step, UNIT_TESTS, lambda own: run_unit_tests(self._rig, own))
            self._flash_and_test()
            _attempt(step, SUMMARISE, lambda own: summarise(self._rig, own))
            if all(result.ok for result in step.result.steps):
                keep_as_good(self._rig)
        failed = [result.name for result in step.result.steps if not result.ok]
        step.summarise("all passed")
        if failed:
            step.fail(f"failed: {', '.join(failed)}")

    def _build(self, step: Step) -> None:
        """The images of the selected devices, and no others."""
        if any(device.type == "pc" for device in self._devices):
            with step.step("pc") as own:
                build(self._rig, TARGETS["pc"], own)
        self._builds = build_boards(self._rig, self._boards, step)
        builds = list(self._builds.values())
        report(self._rig, builds, step, ram=ram_after_boot(self._rig, builds, step))

    def _flash_and_test(self) -> None:
        if not self._boards:
            _attempt(self._step, LIVE_TESTS, lambda own: self._live_tests(own, None, {}))
            return
        not_flashed: dict[str, str] = {}
        with Twins(self._rig, self._boards) as twins:
            _attempt(self._step, FLASH, lambda own: self._flash(own, twins, not_flashed))
            _attempt(self._step, LIVE_TESTS, lambda own: self._live_tests(own, twins, not_flashed))

    def _flash(self, step: Step, twins: Twins, not_flashed: dict[str, str]) -> None:
        try:
            FlashRun(self._rig, self._boards, self._builds, step, self._options.flash, twins.serial).run()
        finally:
            flashed = {result.device for result in step.result.steps if result.device and result.ok}
            reasons = {result.device: result.reason for result in step.result.steps if result.device}
            for device in self._boards:
                if device.id not in flashed:
                    not_flashed[device.id] = reasons.get(device.id) or "no board was flashed"

    def _live_tests(self, step: Step, twins: Twins | None, not_flashed: Mapping[str, str]) -> None:
        serial = twins.serial if twins is not None else live.own_port
        LiveRun(self._rig, self._devices, step, serial=serial, not_flashed=not_flashed).run(self._options.workers)


def _attempt(parent: Step, name: str, work: Callable[[Step], object]) -> bool:
    """Do the work as a step; a UserError is its failure and goes no further."""
    with parent.step(name) as step:
        try:
            work(step)
        except UserError as error:
            step.fail(error.what, [failure_of(name, error)])
    return step.result.ok
