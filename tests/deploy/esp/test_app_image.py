"""Images: esptool takes ours, and each check of a bootloader fails on what it is for."""

import functools
import operator
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyralis.deploy.esp import app_image
from pyralis.deploy.esp.app_image import (
    CHECKSUM,
    CHIP_ID,
    MAGIC,
    SEGMENT_COUNT,
    SEGMENT_LENGTH,
    SHA256,
    Description,
    ImageError,
    check_image,
    encode_image,
    with_flash_size,
)
from pyralis.deploy.esp.boards import BOARDS, ESP32, ESP32_C3, ESP32_S3, Board, Chip

FLASH_BYTES = 4 * 1024 * 1024
TIMEOUT_S = 60
DESCRIPTION = Description("micropython", "v1.29.0", "v5.4")
CODE = bytes(range(256)) * 4
CONSTANTS = {"ESP32": 0x3F400020, "ESP32-S3": 0x3C000020, "ESP32-C3": 0x3C000020}  # where a chip maps them to


def image(chip: Chip = ESP32, description: bytes = b"") -> bytes:
    segments = [(CONSTANTS[chip.name], description + CODE), (0x400D0020, CODE[:20])]
    return encode_image(chip, segments, entry=0x400D0020, flash_bytes=FLASH_BYTES)


def refusal(data: bytes, chip: Chip = ESP32) -> ImageError:
    with pytest.raises(ImageError) as raised:
        check_image(data, chip)
    return raised.value


def changed(data: bytes, position: int, value: bytes) -> bytes:
    return data[:position] + value + data[position + len(value) :]


@pytest.mark.parametrize("board", BOARDS.values(), ids=list(BOARDS))
def test_esptool_finds_nothing_wrong(board: Board, tmp_path: Path) -> None:
    chip = board.chip
    path = tmp_path / "app.bin"
    path.write_bytes(image(chip, DESCRIPTION.encode()))
    # A program of its own, as everywhere: its license forbids to import it.
    call = [sys.executable, "-m", "esptool", "--chip", chip.esptool, "image-info", str(path)]
    said = subprocess.run(call, capture_output=True, text=True, timeout=TIMEOUT_S, check=True).stdout
    assert f"({chip.name})" in said
    assert said.count("(valid)") == 2
    assert "Project name: micropython" in said
    assert "App version: v1.29.0" in said
    assert "Flash size: 4MB" in said


def test_what_an_image_says_of_itself() -> None:
    data = image(ESP32_C3, DESCRIPTION.encode())
    found = check_image(data + b"\xff" * 1000, ESP32_C3)
    assert found.size_bytes == len(data)
    assert (found.project_name, found.version, found.idf_version) == ("micropython", "v1.29.0", "v5.4")
    assert (found.chip_id, found.flash_bytes) == (5, FLASH_BYTES)


def test_image_without_a_description() -> None:
    assert check_image(image(), ESP32).project_name == ""


def test_nothing_flashed() -> None:
    error = refusal(b"\xff" * 4096)
    assert (error.kind, str(error)) == (MAGIC, "invalid magic byte 0xff (nothing flashed here?)")
    assert refusal(b"").kind == MAGIC
    assert refusal(image()[:20]).kind == MAGIC


def test_image_for_another_chip() -> None:
    error = refusal(image(ESP32_S3))
    assert (error.kind, str(error)) == (CHIP_ID, "mismatch chip ID, expected 0, found 9")


@pytest.mark.parametrize("count", [0, 17])
def test_number_of_segments(count: int) -> None:
    assert refusal(changed(image(), 1, bytes([count]))).kind == SEGMENT_COUNT


def test_segment_of_a_wrong_length() -> None:
    error = refusal(changed(image(), 28, struct.pack("<I", 0x7FFFFFFF)))
    assert (error.kind, str(error)) == (SEGMENT_LENGTH, "segment 0: invalid segment length 0x7fffffff")
    assert refusal(changed(image(), 28, struct.pack("<I", 6))).kind == SEGMENT_LENGTH
    assert str(refusal(image()[:1056])) == "segment 1: the image ends before it"


def test_changed_code_has_another_checksum() -> None:
    error = refusal(changed(image(), 100, b"\xaa"))
    assert error.kind == CHECKSUM
    assert str(error).startswith("checksum failed. Calculated 0x")


def test_image_that_ends_before_its_checksum() -> None:
    assert refusal(image()[:-33]).kind == CHECKSUM


def test_changes_that_a_checksum_does_not_see() -> None:
    data = image()
    swapped = changed(changed(data, 100, data[101:102]), 101, data[100:101])
    assert refusal(swapped).kind == SHA256
    assert refusal(data[:-1]).kind == SHA256
    assert refusal(changed(data, 4, b"\0\0\0\0")).kind == SHA256  # where it starts


@given(st.integers(0, len(image()) - 1), st.integers(1, 255))
def test_no_wrong_byte_goes_unseen(position: int, change: int) -> None:
    data = image()
    if position == 23:
        return  # says whether there is a hash: where it says no, a bootloader looks at none
    refusal(changed(data, position, bytes([data[position] ^ change])))


def test_other_size_of_flash_in_a_good_image() -> None:
    data = with_flash_size(image(), 8 * 1024 * 1024)
    assert check_image(data, ESP32).flash_bytes == 8 * 1024 * 1024
    assert data[:3] == image()[:3]


def test_other_size_of_flash_without_a_hash() -> None:
    bare = changed(image()[:-32], 23, b"\0")
    data = with_flash_size(bare, 8 * 1024 * 1024)
    assert check_image(data, ESP32).flash_bytes == 8 * 1024 * 1024
    assert len(data) == len(bare)


@given(st.binary(max_size=300))
def test_checksum_is_the_exclusive_or_of_all_bytes(data: bytes) -> None:
    assert app_image._xor(data) == functools.reduce(operator.xor, data, 0)
