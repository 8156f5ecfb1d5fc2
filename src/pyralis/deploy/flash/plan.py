"""Plan: what is written where on each kind of board: firmware, partition table, code, and settings only where asked."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pyralis.deploy.build.builder import Build, build
from pyralis.deploy.build.targets import TARGETS
from pyralis.deploy.build.twin_firmware import twin_firmware
from pyralis.deploy.devices import TWIN, Device
from pyralis.deploy.errors import UserError
from pyralis.deploy.esp.boards import BOARDS, Board
from pyralis.deploy.esp.partitions import DATA_NAME
from pyralis.deploy.files import write_whole_bytes
from pyralis.deploy.firmware import Firmware, find_firmware
from pyralis.deploy.flash.esptool import Write
from pyralis.deploy.rig import Rig
from pyralis.deploy.steps import Step


@dataclass(frozen=True)
class Plan:
    """All that goes to one kind of board."""

    board: Board
    build: Build
    firmware: str  # its version
    writes: list[Write]

    @property
    def size_bytes(self) -> int:
        """Of all that is written."""
        return sum(write.size_bytes for write in self.writes)


def build_boards(rig: Rig, devices: Sequence[Device], step: Step) -> dict[str, Build]:
    """Bring the images of these boards up to date, and no others; by platform."""
    builds = {}
    for platform in sorted({device.platform for device in devices}):
        with step.step(platform) as own:
            builds[platform] = build(rig, TARGETS[platform], own)
    return builds


def make_plans(
    rig: Rig,
    devices: Sequence[Device],
    builds: Mapping[str, Build],
    step: Step,
    *,
    flashfs: bool,
    firmware_file: Path | None,
) -> dict[tuple[str, bool], Plan]:
    """A plan for each kind of board among the devices; UserError where the firmware of one is missing."""
    plans = {}
    for platform, virtual in sorted({kind(device) for device in devices}):
        firmware = _firmware(rig, platform, virtual, step, firmware_file)
        plans[platform, virtual] = _plan(rig, BOARDS[platform], builds[platform], firmware, flashfs)
    return plans


def kind(device: Device) -> tuple[str, bool]:
    """What decides on the bytes that a device gets."""
    return device.platform, device.serial == TWIN


def _firmware(rig: Rig, platform: str, virtual: bool, step: Step, file: Path | None) -> Firmware:
    """The firmware that was given or pinned; a virtual board without one gets its own."""
    if virtual and file is None:
        return twin_firmware(rig, BOARDS[platform])
    return find_firmware(rig, BOARDS[platform], step, file)


def _plan(rig: Rig, board: Board, made: Build, firmware: Firmware, flashfs: bool) -> Plan:
    writes = [_kept(rig, name, offset, data) for offset, data, name in firmware.parts]
    for name, image in made.images.items():
        if name != DATA_NAME or flashfs:
            writes.append(Write(name, image.offset, image.path, image.size_bytes))
    return Plan(board, made, firmware.version, sorted(writes, key=lambda write: write.offset))


def _kept(rig: Rig, name: str, offset: int, data: bytes) -> Write:
    """A part of a firmware as a file, for esptool to read."""
    path = rig.cache / "flash" / f"{hashlib.sha256(data).hexdigest()[:32]}.bin"
    if not path.is_file():
        write_whole_bytes(path, data)
    return Write(name, offset, path, len(data))


def check_boards(devices: Sequence[Device]) -> None:
    """UserError where there is something that cannot be flashed."""
    others = [device.id for device in devices if device.type != "esp32"]
    if others:
        raise UserError(
            f"only boards can be flashed, and not {', '.join(others)}",
            whose="the filter's",
            todo="select boards: --type esp32, --group or --device",
        )
    no_port = [device.id for device in devices if not device.serial]
    if no_port:
        raise UserError(
            f"there is no serial port to flash {', '.join(no_port)} through",
            whose="the device list's",
            todo="add `serial` to the device, or select others",
        )
