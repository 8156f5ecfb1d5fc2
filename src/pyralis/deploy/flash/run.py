"""Flash run: many boards at once, each by a process of its own with a hard timeout; no failure holds up another."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from pyralis.deploy.build.builder import Build
from pyralis.deploy.device_claim import own
from pyralis.deploy.devices import Device
from pyralis.deploy.errors import UserError
from pyralis.deploy.flash import record
from pyralis.deploy.flash.esptool import FlashError, write_flash
from pyralis.deploy.flash.plan import Plan, check_boards, kind, make_plans
from pyralis.deploy.rig import Rig
from pyralis.deploy.steps import PASSED, Step, failure_of
from pyralis.deploy.terminal import shown_path

WORKERS = 4
TIMEOUT_S = 180.0
_BAUDS = (921600, 460800, 115200)


@dataclass(frozen=True)
class FlashOptions:
    """How to flash."""

    flashfs: bool = False
    workers: int = WORKERS
    timeout_s: float = TIMEOUT_S
    firmware: Path | None = None


class FlashRun:
    """One run over some boards."""

    def __init__(
        self,
        rig: Rig,
        devices: Sequence[Device],
        builds: Mapping[str, Build],
        step: Step,
        options: FlashOptions,
        serial: Callable[[Device], str],
    ) -> None:
        check_boards(devices)
        self._rig = rig
        self._devices = devices
        self._builds = builds
        self._step = step
        self._options = options
        self._serial = serial  # the port of a device, which for a virtual board is known once it runs

    def run(self) -> None:
        """Flash all of them; the step fails with any."""
        options = self._options
        plans = make_plans(
            self._rig,
            self._devices,
            self._builds,
            self._step,
            flashfs=options.flashfs,
            firmware_file=options.firmware,
        )
        jobs = [lambda device=device: self._flash(device, plans[kind(device)]) for device in self._devices]
        self._step.parallel(jobs, options.workers)
        self._summarise()

    def _flash(self, device: Device, plan: Plan) -> None:
        with self._step.step(device.id, device=device.id) as step:
            log = self._rig.logs / f"flash-{device.file_name}.log"
            try:
                with own(self._rig, device):
                    log.unlink(missing_ok=True)
                    self._write(device, plan, step, log)
            except UserError as error:
                failure = replace(failure_of("flash", error), device=device.id, log=shown_path(error.log or log))
                step.fail(error.what, [failure])

    def _write(self, device: Device, plan: Plan, step: Step, log: Path) -> None:
        """Write with ever slower lines; where none works, the first failure is what is told."""
        deadline_s = time.monotonic() + self._options.timeout_s
        bauds = [device.serial_baud] if device.serial_baud else []
        bauds += [baud for baud in _BAUDS if not bauds or baud < bauds[0]]
        first: FlashError | None = None
        for number, baud in enumerate(bauds):
            try:
                self._attempt(device, plan, step, log, baud, deadline_s - time.monotonic())
            except FlashError as error:
                first = first or error
                if not error.again or number + 1 == len(bauds):
                    raise first from None
                step.note(f"{device.id}: {error.what}; once more with {bauds[number + 1]} baud")
            else:
                _tell(plan, step, log, baud, slower=number > 0)
                return

    def _attempt(self, device: Device, plan: Plan, step: Step, log: Path, baud: int, timeout_s: float) -> None:
        port = self._serial(device)
        made, date = plan.build, datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        identity = made.identity
        about = record.Record(record.WRITING, made.image_sha256, identity.id, identity.commit, plan.firmware, date)
        before = record.load(self._rig, device.file_name)
        record.save(self._rig, device.file_name, about)
        try:
            write_flash(
                plan.writes,
                chip=plan.board.chip.esptool,
                port=port,
                baud=baud,
                log=log,
                timeout_s=timeout_s,
                cancelled=step.cancelled,
                on_progress=step.progress,
            )
        except FlashError as error:
            if not error.written:
                record.save(self._rig, device.file_name, before)
            raise
        record.save(self._rig, device.file_name, replace(about, state=record.WRITTEN))

    def _summarise(self) -> None:
        results = [result for result in self._step.result.steps if result.device]
        bad = [result.name for result in results if result.status != PASSED]
        summary = f"{len(results) - len(bad)} of {len(results)} boards flashed and verified"
        self._step.summarise(summary, boards=len(results), flashed=len(results) - len(bad))
        if bad:
            self._step.fail(f"{summary}; not {', '.join(bad)}")


def _tell(plan: Plan, step: Step, log: Path, baud: int, slower: bool) -> None:
    image = plan.build.image_sha256
    step.summarise(
        f"{plan.size_bytes // 1024} KB, image {image[:12]}, verified" + f" at {baud} baud" * slower,
        image_sha256=image,
        firmware=plan.firmware,
        size_bytes=plan.size_bytes,
        baud=baud,
        log=shown_path(log),
    )
