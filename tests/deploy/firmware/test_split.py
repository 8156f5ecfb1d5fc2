"""Splitting a firmware file: what goes to a board, and what cannot."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pyralis.deploy.build.image import sha256_of
from pyralis.deploy.build.twin_firmware import make_twin_firmware
from pyralis.deploy.errors import UserError
from pyralis.deploy.esp.app_image import Description, check_image, encode_image
from pyralis.deploy.esp.boards import BOARDS, ESP32, Board
from pyralis.deploy.firmware.split import split_firmware, version_in_name

ESP32DEV, ESP32S3 = BOARDS["esp32dev"], BOARDS["esp32s3"]
ORIGIN = "ESP32_GENERIC-20260101-v1.2.3.bin"
APP_IN_FILE = 0x10000 - 0x1000
ENTRY = 0x400D0020


def refusal(data: bytes, board: Board = ESP32DEV) -> UserError:
    with pytest.raises(UserError) as raised:
        split_firmware(data, board, ORIGIN)
    assert raised.value.what.startswith(f"{ORIGIN} is no firmware for esp32")
    return raised.value


def with_app(firmware_file: bytes, size_bytes: int, description: bytes) -> bytes:
    segments = [(0x3F400020, description + bytes(size_bytes))]
    app = encode_image(ESP32, segments, entry=ENTRY, flash_bytes=ESP32DEV.flash_bytes)
    return firmware_file[:APP_IN_FILE] + app


def test_parts_are_bootloader_and_app_and_nothing_between(firmware_file: bytes) -> None:
    found = split_firmware(firmware_file, ESP32DEV, ORIGIN)
    bootloader, app = found.parts
    assert (bootloader.offset, bootloader.name) == (0x1000, "bootloader")
    assert bootloader.data == firmware_file[: len(bootloader.data)]
    assert bootloader.offset + len(bootloader.data) <= 0x8000
    assert (app.offset, app.name) == (0x10000, "micropython")
    assert app.data == firmware_file[APP_IN_FILE : APP_IN_FILE + len(app.data)]
    assert (found.version, found.sha256, found.app_bytes) == ("v9.9.9", sha256_of(firmware_file), len(app.data))


def test_what_follows_the_app_is_left_out(firmware_file: bytes) -> None:
    padded = split_firmware(firmware_file + b"\xff" * 5000, ESP32DEV, ORIGIN)
    assert padded.parts == split_firmware(firmware_file, ESP32DEV, ORIGIN).parts


def test_bootloader_learns_how_much_flash_the_board_has() -> None:
    four_mb = replace(ESP32S3, flash_bytes=4 * 1024 * 1024)
    firmware = split_firmware(make_twin_firmware(four_mb, "v1.2.3"), ESP32S3, ORIGIN)
    assert check_image(firmware.parts[0].data, ESP32S3.chip).flash_bytes == ESP32S3.flash_bytes == 8 * 1024 * 1024


def test_version_of_the_file_name_where_the_app_tells_none(firmware_file: bytes) -> None:
    data = with_app(firmware_file, 1024, Description("micropython", "", "").encode())
    assert split_firmware(data, ESP32DEV, ORIGIN).version == "v1.2.3"


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("https://example.org/ESP32_GENERIC_S3-SPIRAM_OCT-20241129-v1.24.1.bin", "v1.24.1"),
        ("ESP32_GENERIC-20260711-v1.29.0-preview.48.g0123abc.bin", "v1.29.0-preview.48.g0123abc"),
        ("firmware.bin", "unknown"),
    ],
)
def test_version_in_a_name(name: str, version: str) -> None:
    assert version_in_name(name) == version


def test_firmware_of_another_chip() -> None:
    error = refusal(make_twin_firmware(ESP32S3, "v1.2.3"))
    assert error.details == ["it is for ESP32-S3, and the board has an ESP32"]
    assert "firmware (.bin) for ESP32 from" in error.todo


def test_image_of_the_whole_flash(firmware_file: bytes) -> None:
    error = refusal(b"\xff" * 0x1000 + firmware_file)
    assert error.details == [
        "the bootloader, at 0x0 of the file, is missing: a firmware for ESP32 starts there with 0xe9"
    ]


@pytest.mark.parametrize("data", [b"", b"<html>not found</html>" * 100, b"\xff" * 100_000])
def test_no_firmware_at_all(data: bytes) -> None:
    assert "is missing" in refusal(data).details[0]


def test_file_that_ends_early(firmware_file: bytes) -> None:
    assert "segment 1: invalid segment length" in refusal(firmware_file[:-1000]).details[0]
    assert "the app, at 0xf000 of the file, is missing" in refusal(firmware_file[:APP_IN_FILE]).details[0]


def test_damaged_file(firmware_file: bytes) -> None:
    damaged = bytearray(firmware_file)
    damaged[500_000] ^= 1
    assert "the app, at 0xf000 of the file: checksum failed" in refusal(bytes(damaged)).details[0]


def test_other_project(firmware_file: bytes) -> None:
    data = with_app(firmware_file, 1024, Description("blink", "1.0", "").encode())
    assert refusal(data).details == ["its app is 'blink', and not 'micropython'"]
    assert refusal(with_app(firmware_file, 1024, b"")).details == ["its app is 'unnamed', and not 'micropython'"]


def test_app_larger_than_its_partition(firmware_file: bytes) -> None:
    data = with_app(firmware_file, 0x1F0000, Description("micropython", "v1", "").encode())
    error = refusal(data)
    assert error.details == ["its app has 2031952 bytes, and the partition 'factory' has 2031616"]
    assert error.todo == "take a smaller variant of MicroPython"
