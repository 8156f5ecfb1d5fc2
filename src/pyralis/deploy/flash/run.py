"""Flash run: many boards at once, each by a process of its own with a hard timeout; no failure holds up another."""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from pyralis.deploy.claims import ClaimedError, hold
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
        self, rig: Rig, devices: Sequence[Device], step: Step, options: FlashOptions, serial: Callable[[Device], str]
    ) -> None:
        check_boards(devices)
        self._rig = rig
        self._devices = devices
        self._step = step
        self._options = options
        self._serial = serial  # the port of a device, which for a virtual board is known once it runs

    def run(self) -> None:
        """Flash all of them; the step fails with any."""
        options = self._options
        plans = make_plans(
            self._rig, self._devices, self._step, flashfs=options.flashfs, firmware_file=options.firmware
        )
        jobs = [lambda device=device: self._flash(device, plans[kind(device)]) for device in self._devices]
        self._step.parallel(jobs, options.workers)
        self._summarise(plans)

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
        bauds = [device.serial_baud] if device.serial_baud else []
        bauds += [baud for baud in _BAUDS if not bauds or baud < bauds[0]]
        first: FlashError | None = None
        for number, baud in enumerate(bauds):
            try:
                self._attempt(device, plan, step, log, baud)
            except FlashError as error:
                first = first or error
                if not error.again or number + 1 == len(bauds):
                    raise first from None
                step.note(f"{device.id}: {error.what}; once more with {bauds[number + 1]} baud")
            else:
                self._tell(plan, step, log, baud, slower=number > 0)
                return

    def _tell(self, plan: Plan, step: Step, log: Path, baud: int, slower: bool) -> None:
        image = plan.build.image_sha256
        step.summarise(
            f"{plan.size_bytes // 1024} KB, image {image[:12]}, verified" + f" at {baud} baud" * slower,
            image_sha256=image,
            firmware=plan.firmware,
            size_bytes=plan.size_bytes,
            baud=baud,
            log=shown_path(log),
        )

    def _attempt(self, device: Device, plan: Plan, step: Step, log: Path, baud: int) -> None:
        made = plan.build
        about = (made.image_sha256, made.identity.id, made.identity.commit, plan.firmware)
        before = record.load(self._rig, device.file_name)
        record.save(self._rig, device.file_name, record.WRITING, *about)
        try:
            write_flash(
                plan.writes,
                chip=plan.board.chip.esptool,
                port=self._serial(device),
                baud=baud,
                log=log,
                timeout_s=self._options.timeout_s,
                cancelled=step.cancelled,
                on_progress=step.progress,
            )
        except FlashError as error:
            if not error.written and before is not None:
                record.restore(self._rig, device.file_name, before)
            raise
        record.save(self._rig, device.file_name, record.WRITTEN, *about)

    def _summarise(self, plans: dict[tuple[str, bool], Plan]) -> None:
        results = [result for result in self._step.result.steps if result.device]
        bad = [result.name for result in results if result.status != PASSED]
        summary = f"{len(results) - len(bad)} of {len(results)} boards flashed and verified"
        self._step.summarise(summary, boards=len(results), flashed=len(results) - len(bad))
        if bad:
            self._step.fail(f"{summary}; not {', '.join(bad)}")


@contextmanager
def own(rig: Rig, device: Device) -> Iterator[None]:
    """Have a board to oneself; UserError says who has it."""
    who = {"pid": os.getpid(), "command": " ".join([Path(sys.argv[0]).name, *sys.argv[1:]])[:80]}
    try:
        with hold(rig.private / "boards" / f"{device.file_name}.lock", who):
            yield
    except ClaimedError as error:
        holder = "process {pid}: {command}".format(**error.holder) if error.holder else "another process"
        raise UserError(
            f"'{device.id}' is in use by {holder}",
            whose="the other command's",
            todo="wait until it ends, or stop it",
        ) from None
