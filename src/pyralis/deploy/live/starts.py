"""Starts: how each kind of device is brought from nothing to serving: a runtime on this machine, or a board."""

import secrets
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from pyralis.deploy.build.builder import build
from pyralis.deploy.build.targets import TARGETS
from pyralis.deploy.devices import Device
from pyralis.deploy.flash import record
from pyralis.deploy.identity import Identity, identify
from pyralis.deploy.interpreters import MICROPYTHON, Launch, Options, find_micropython, on_cpython, on_micropython
from pyralis.deploy.live.board_runner import BoardRunner
from pyralis.deploy.live.memory_stages import LAST_OF_START, boot_stage
from pyralis.deploy.rig import Rig
from pyralis.deploy.runner import Runner, free_ports
from pyralis.deploy.steps import Json, Step, unseen

SHA_DIGITS = 16


class Running(Protocol):
    """A device from its start to its end."""

    @property
    def ready(self) -> bool:
        """It has served once."""

    @property
    def url(self) -> str:
        """Where it serves; empty as long as nobody knows."""

    @property
    def memory(self) -> list[Json]:
        """Stages of its start, as far as it tells them."""

    def begin(self) -> None:
        """Start it, without waiting until it serves."""

    def wait_ready(self) -> str:
        """Wait until it serves; returns its URL."""

    def let_go(self) -> None:
        """Ask what runs for it to end, without waiting for that."""

    def __enter__(self) -> Self:
        """A context whose end lets it go."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let it go."""


class PcRunner(Runner):
    """A runtime on this machine, and what it tells of its heap at its first start."""

    def __init__(self, launch: Launch, log: Path) -> None:
        super().__init__(launch, log, self._note)
        self.memory: list[Json] = []

    def _note(self, line: str) -> None:
        stage = boot_stage(line)
        if stage and LAST_OF_START not in [one["stage"] for one in self.memory]:
            self.memory.append(stage)


class Starts:
    """Starts the devices of one run."""

    def __init__(
        self, rig: Rig, devices: list[Device], serial: Callable[[Device], str], cancelled: threading.Event
    ) -> None:
        self._rig = rig
        self._serial = serial
        self._cancelled = cancelled
        self._pc_image_sha256 = ""
        self.identity = self._identify(devices)
        on_pc = [device for device in devices if device.type == "pc"]
        self._ports = dict(zip([device.id for device in on_pc], free_ports(len(on_pc)), strict=True))

    def _identify(self, devices: list[Device]) -> Identity:
        """What every device must say it runs; the image is brought up to date where one runs from it here."""
        if not any(device.platform == MICROPYTHON for device in devices):
            return identify(self._rig)
        find_micropython(self._rig)
        made = build(self._rig, TARGETS["pc"], Step("build", unseen))
        self._pc_image_sha256 = made.image_sha256
        return made.identity

    def start(self, device: Device, log: Path) -> tuple[Running, str]:
        """(the device, not begun yet; the token by which its process is known, empty for a board)."""
        if device.type != "pc":
            port = self._serial(device)
            return BoardRunner(self._rig, device.id, port, device.url, log, self._cancelled, joins=True), ""
        instance = secrets.token_hex(8)
        return PcRunner(self._launch(device, instance), log), instance

    def _launch(self, device: Device, instance: str) -> Launch:
        """A start from nothing: no state is left from earlier runs."""
        state = self._rig.private / "live" / device.file_name
        shutil.rmtree(state, ignore_errors=True)
        options = Options(state, port=self._ports[device.id], instance=instance)
        if device.platform == MICROPYTHON:
            options.extra["memory-report"] = "1"  # as a board's main.py has it
            return on_micropython(self._rig, options, device.heap or "256k")
        return on_cpython(self._rig, self.identity, options)

    def image_facts(self, device: Device, build_id: object) -> Json:
        """The image that a device runs, and its firmware, where that is known from here."""
        if device.platform == MICROPYTHON:
            return {"image_sha256": self._pc_image_sha256[:SHA_DIGITS]}
        written = record.load(self._rig, device.file_name) if device.type == "esp32" else None
        if written is None or written.needs_flashing or written.build_id != build_id:
            return {}
        return {"image_sha256": written.image_sha256[:SHA_DIGITS], "firmware": written.firmware}
