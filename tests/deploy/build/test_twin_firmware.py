"""Firmware for virtual boards: laid out, checked and compressed as real firmware is, the same each time."""

from __future__ import annotations

import stat
import zlib
from typing import TYPE_CHECKING

import pytest

from pyralis.deploy.build.twin_firmware import (
    FIRMWARE_BYTES,
    interpreter_version,
    make_twin_firmware,
    twin_firmware,
)
from pyralis.deploy.errors import UserError
from pyralis.deploy.esp.app_image import check_image
from pyralis.deploy.esp.boards import BOARDS, Board
from pyralis.deploy.esp.partitions import APP_NAME, TABLE_OFFSET, decode, find, layout
from pyralis.deploy.interpreters import SETTING

if TYPE_CHECKING:
    from pathlib import Path

    from pyralis.deploy.rig import Rig

VERSION = "v1.29.0-preview"
BOARD_LIST = pytest.mark.parametrize("board", BOARDS.values(), ids=list(BOARDS))


@BOARD_LIST
def test_file_is_laid_out_as_a_published_one(board: Board) -> None:
    start = board.chip.bootloader_offset
    data = make_twin_firmware(board, VERSION)
    assert len(data) == FIRMWARE_BYTES == 1536 * 1024
    assert check_image(data[: TABLE_OFFSET - start], board.chip).flash_bytes == board.flash_bytes
    stock = decode(data[TABLE_OFFSET - start :], board.flash_bytes)
    assert [one.name for one in stock] == ["nvs", "phy_init", "factory", "vfs"]
    app = check_image(data[find(stock, APP_NAME).offset - start :], board.chip)
    assert (app.project_name, app.version) == ("micropython", VERSION)
    assert app.size_bytes < find(layout(board), APP_NAME).size_bytes


@BOARD_LIST
def test_it_compresses_about_as_machine_code_does(board: Board) -> None:
    data = make_twin_firmware(board, VERSION)
    assert 0.6 <= len(zlib.compress(data, 9)) / len(data) <= 0.65


def test_same_board_and_version_give_the_same_bytes() -> None:
    boards = list(BOARDS.values())
    assert make_twin_firmware(boards[0], VERSION) == make_twin_firmware(boards[0], VERSION)
    files = {make_twin_firmware(board, version) for board in boards for version in (VERSION, "v1.30.0")}
    assert len(files) == 2 * len(boards)


@BOARD_LIST
def test_parts_that_are_flashed_leave_settings_and_table_alone(rig: Rig, board: Board, micropython: str) -> None:
    firmware = twin_firmware(rig, board)
    assert firmware.version == interpreter_version(rig)
    assert [(part.offset, part.name) for part in firmware.parts] == [
        (board.chip.bootloader_offset, "bootloader"),
        (0x10000, "micropython"),
    ]
    bootloader = firmware.parts[0]
    assert bootloader.offset + len(bootloader.data) <= TABLE_OFFSET


def test_version_is_that_of_the_interpreter(rig: Rig, micropython: str) -> None:
    assert interpreter_version(rig).startswith("v1.")


def test_interpreter_that_tells_no_version(rig: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "not micropython"
    program.write_text("#!/bin/sh\necho hello\n", encoding="utf-8")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv(SETTING, str(program))
    with pytest.raises(UserError, match="does not tell its version") as raised:
        interpreter_version(rig)
    assert raised.value.details == ["hello"]
