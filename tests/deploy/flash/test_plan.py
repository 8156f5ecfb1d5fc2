"""What is written where on each kind of board, and what cannot be flashed."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from virtual_boards import VERSION, board, firmware_file

from pyralis.deploy.build.twin_firmware import interpreter_version
from pyralis.deploy.devices import Device
from pyralis.deploy.errors import UserError
from pyralis.deploy.esp.boards import BOARDS
from pyralis.deploy.esp.partitions import APP_NAME, VFS_NAME, decode, find
from pyralis.deploy.flash.plan import build_boards, check_boards, make_plans

if TYPE_CHECKING:
    from pyralis.deploy.flash.plan import Plan
    from pyralis.deploy.rig import Rig
    from pyralis.deploy.steps import Step

pytestmark = pytest.mark.usefixtures("micropython")
VIRTUAL = board("wall-1")
REAL = board("wall-2", serial="/dev/ttyUSB0")


def plans(
    rig: Rig, step: Step, *devices: Device, flashfs: bool = False, file: Path | None = None
) -> dict[tuple[str, bool], Plan]:
    builds = build_boards(rig, devices, step)
    return make_plans(rig, devices, builds, step, flashfs=flashfs, firmware_file=file)


@pytest.mark.parametrize("platform", sorted(BOARDS))
def test_a_flash_replaces_firmware_and_code_and_leaves_settings_alone(rig: Rig, step: Step, platform: str) -> None:
    plan = plans(rig, step, board("wall-1", platform))[platform, True]
    assert [write.name for write in plan.writes] == ["bootloader", "partition-table", "micropython", "vfs"]
    assert plan.writes[0].offset == BOARDS[platform].chip.bootloader_offset
    table = decode(plan.writes[1].path.read_bytes(), BOARDS[platform].flash_bytes)
    for write, partition in ((plan.writes[2], find(table, APP_NAME)), (plan.writes[3], find(table, VFS_NAME))):
        assert write.offset == partition.offset
        assert write.size_bytes <= partition.size_bytes
    assert plan.size_bytes == sum(write.path.stat().st_size for write in plan.writes)
    assert plan.firmware == interpreter_version(rig)
    for before, after in pairwise(plan.writes):
        assert before.offset + before.size_bytes <= after.offset


def test_settings_are_written_where_that_is_asked_for(rig: Rig, step: Step) -> None:
    (rig.root / "data").mkdir()
    (rig.root / "data" / "state.json").write_text("{}", encoding="utf-8")
    last = plans(rig, step, VIRTUAL, flashfs=True)["esp32dev", True].writes[-1]
    assert last.name == "data"
    assert last.offset + last.size_bytes == BOARDS["esp32dev"].flash_bytes


def test_each_kind_of_board_is_built_and_planned_once(rig: Rig, step: Step, tmp_path: Path) -> None:
    boards = [VIRTUAL, REAL, board("wall-3"), board("wall-4", "esp32c3")]
    file = firmware_file(tmp_path, "esp32dev")
    found = plans(rig, step, *boards[:3], file=file)
    assert set(found) == {("esp32dev", True), ("esp32dev", False)}
    assert {plan.firmware for plan in found.values()} == {VERSION}
    assert [result.name for result in step.result.steps] == ["esp32dev"]
    assert set(build_boards(rig, boards, step)) == {"esp32dev", "esp32c3"}


def test_firmware_that_nobody_has_given(rig: Rig, step: Step) -> None:
    assert plans(rig, step, VIRTUAL)
    with pytest.raises(UserError, match="no firmware is pinned for esp32dev") as caught:
        plans(rig, step, VIRTUAL, REAL)
    assert "--firmware" in caught.value.todo


def test_firmware_of_another_chip(rig: Rig, step: Step, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="is no firmware for esp32dev") as caught:
        plans(rig, step, REAL, file=firmware_file(tmp_path, "esp32c3"))
    assert caught.value.details == ["it is for ESP32-C3, and the board has an ESP32"]


def test_only_boards_with_a_port_can_be_flashed() -> None:
    check_boards([VIRTUAL, REAL])
    with pytest.raises(UserError, match="only boards can be flashed, and not pc-1, pc-2"):
        check_boards([VIRTUAL, Device("pc-1", "pc", "cpython"), Device("pc-2", "pc", "micropython")])
    with pytest.raises(UserError, match="there is no serial port to flash wall-5 through"):
        check_boards([VIRTUAL, board("wall-5", serial="", url="http://192.168.1.50")])
