"""What ROM and bootloader find in a flash, and what they say where it is not what it should be."""

from __future__ import annotations

import pytest
from machine_lab import VERSION, flash_content, small_image

from pyralis.deploy.esp.boards import BOARDS
from pyralis.deploy.esp.partitions import TABLE_BYTES, TABLE_OFFSET, encode, find, layout
from pyralis.deploy.twin.boot import Boot, BootError, check_flash

APP = find(layout(BOARDS["esp32dev"]), "factory")


def boot(content: bytearray, platform: str = "esp32dev") -> Boot:
    return check_flash(BOARDS[platform], lambda offset, size: bytes(content[offset : offset + size]))


def refusal(content: bytearray, platform: str = "esp32dev") -> BootError:
    with pytest.raises(BootError) as raised:
        boot(content, platform)
    return raised.value


@pytest.mark.parametrize("platform", sorted(BOARDS))
def test_whole_flash(platform: str) -> None:
    assert boot(flash_content(platform), platform) == Boot(layout(BOARDS[platform]), VERSION)


@pytest.mark.parametrize("platform", sorted(BOARDS))
def test_empty_flash(platform: str) -> None:
    error = refusal(bytearray(b"\xff" * BOARDS[platform].flash_bytes), platform)
    assert error.in_rom
    assert set(str(error).splitlines()) == {"invalid header: 0xffffffff"}


@pytest.mark.parametrize("platform", sorted(BOARDS))
def test_bootloader_with_a_wrong_bit(platform: str) -> None:
    content = flash_content(platform)
    content[BOARDS[platform].chip.bootloader_offset + 60] ^= 1
    error = refusal(content, platform)
    assert error.in_rom
    assert str(error).startswith("csum err:")


def test_bootloader_of_another_chip() -> None:
    content = flash_content("esp32s3")
    other = small_image(BOARDS["esp32c3"])
    content[: len(other)] = other
    error = refusal(content, "esp32s3")
    assert error.in_rom
    assert "mismatch chip ID, expected 9, found 5" in str(error)


@pytest.mark.parametrize(
    ("offset", "data", "words"),
    [
        (TABLE_OFFSET + 12, b"?", "incorrect MD5 checksum"),
        (TABLE_OFFSET, b"garbage!" * 400, "partition 0 invalid magic number 0x6167"),
        (TABLE_OFFSET, encode(layout(BOARDS["esp32s3"])), "exceeds flash chip size 0x400000"),
    ],
    ids=["md5", "garbage", "of a larger flash"],
)
def test_partition_table(offset: int, data: bytes, words: str) -> None:
    content = flash_content()
    content[offset : offset + len(data)] = data
    error = refusal(content)
    assert not error.in_rom
    assert words in str(error).splitlines()[0]
    assert str(error).endswith("boot: load partition table error!\n")


def test_table_without_an_app() -> None:
    content = flash_content()
    table = encode([one for one in layout(BOARDS["esp32dev"]) if one != APP])
    content[TABLE_OFFSET : TABLE_OFFSET + TABLE_BYTES] = table
    error = refusal(content)
    assert not error.in_rom
    assert str(error).endswith("boot: No bootable app partitions in the partition table\n")


@pytest.mark.parametrize(
    ("offset", "data", "words"),
    [
        (0, b"\xff" * 4096, "esp_image: image at 0x10000 has invalid magic byte"),
        (60, b"?", "esp_image: checksum failed"),
        (-1, b"?", "esp_image: image hash failed - image is corrupt"),
        (0, small_image(BOARDS["esp32c3"]), "mismatch chip ID, expected 0, found 5"),
        (1, b"\x11", "image has invalid segment count 17"),
        (28, b"\xf0\xff\xff\xff", "segment 0: invalid segment length"),
    ],
    ids=["erased", "checksum", "hash", "of another chip", "segments", "length"],
)
def test_app(offset: int, data: bytes, words: str) -> None:
    content = flash_content()
    start = APP.offset + (offset if offset >= 0 else len(small_image(BOARDS["esp32dev"])) + offset)
    content[start : start + len(data)] = data
    error = refusal(content)
    assert not error.in_rom
    assert words in str(error).splitlines()[0]
    assert "boot: Factory app partition is not bootable" in str(error)
