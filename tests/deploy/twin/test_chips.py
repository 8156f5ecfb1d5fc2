"""Chips: what hosts read of them, and that noise cannot fill their registers."""

from __future__ import annotations

import pytest
from loader_host import MAC, MB, model

from pyralis.deploy.esp.boards import BOARDS, ESP32
from pyralis.deploy.twin import rom
from pyralis.deploy.twin.chips import FAMILIES, ChipModel

SPI_USER_COMMAND = 1 << 18
PLATFORMS = sorted(BOARDS)


def spi(chip: ChipModel, command: int, bits: int, address: int = 0) -> int:
    family = chip.family
    chip.write(family.spi_base + family.spi_user2, 7 << 28 | command, 0xFFFFFFFF)
    chip.write(family.spi_base + family.spi_read_bits, bits - 1, 0xFFFFFFFF)
    chip.write(family.spi_base + 4, address << family.spi_address_shift, 0xFFFFFFFF)
    chip.write(family.spi_base, SPI_USER_COMMAND, 0xFFFFFFFF)
    assert chip.read(family.spi_base) & SPI_USER_COMMAND == 0
    return chip.read(family.spi_base + family.spi_data)


def test_every_board_has_a_family() -> None:
    assert {board.chip for board in BOARDS.values()} == set(FAMILIES)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_mac_is_in_the_efuses(platform: str) -> None:
    chip = model(platform)
    lower, upper = chip.family.mac_registers
    assert chip.read(upper).to_bytes(2, "big") + chip.read(lower).to_bytes(4, "big") == MAC


@pytest.mark.parametrize(("megabytes", "capacity"), [(1, 0x14), (4, 0x16), (8, 0x17), (16, 0x18)])
@pytest.mark.parametrize("platform", PLATFORMS)
def test_flash_tells_its_size(platform: str, megabytes: int, capacity: int) -> None:
    assert spi(model(platform, megabytes * MB), 0x9F, 24) == capacity << 16 | 0x40EF


@pytest.mark.parametrize("platform", PLATFORMS)
def test_flash_describes_itself(platform: str) -> None:
    chip = model(platform)
    assert spi(chip, 0x5A, 32).to_bytes(4, "little") == b"SFDP"
    assert spi(chip, 0x5A, 8, 0x10) == 0xEF
    assert spi(chip, 0x05, 8) == 0


def test_baud_rate_is_in_the_divider() -> None:
    chip = model()
    chip.baud = 460800
    assert chip.read(chip.family.uart_divider) == 40_000_000 // 460800


def test_masked_write() -> None:
    chip = model()
    chip.write(0x3FF00000, 0x12345678, 0xFFFFFFFF)
    chip.write(0x3FF00000, 0xAABBCCDD, 0x00FF00FF)
    assert chip.read(0x3FF00000) == 0x12BB56DD


def test_efuses_cannot_be_written() -> None:
    chip = model()
    before = chip.read(0x3FF5A00C)
    chip.write(0x3FF5A00C, 0, 0xFFFFFFFF)
    assert chip.read(0x3FF5A00C) == before


def test_reset_forgets() -> None:
    chip = model()
    chip.write(0x3FF00000, 5, 0xFFFFFFFF)
    chip.baud = 921600
    chip.reset()
    assert chip.read(0x3FF00000) == 0
    assert chip.baud == 115200


def test_registers_are_bounded() -> None:
    chip = model()
    for address in range(0, 100_000, 4):
        chip.write(address, 1, 0xFFFFFFFF)
    assert len(chip._written) == 1024


def test_watchdog_bites_once_it_is_locked_again() -> None:
    chip = model("esp32c3")
    family = chip.family
    chip.write(family.watchdog_protect, 0, 0xFFFFFFFF)
    assert not chip.watchdog_bites
    chip.write(family.watchdog_protect, 0x50D83AA1, 0xFFFFFFFF)
    chip.write(family.watchdog_config, 1 << 31, 0xFFFFFFFF)
    assert not chip.watchdog_bites
    chip.write(family.watchdog_protect, 0, 0xFFFFFFFF)
    assert chip.watchdog_bites


def test_security_info() -> None:
    assert model("esp32dev").security_info() == b""
    assert model("esp32s3").security_info() == bytes(12) + b"\x09\0\0\0" + bytes(4)
    assert model("esp32c3").security_info()[12] == 5


@pytest.mark.parametrize(
    ("platform", "mode"), [("esp32dev", b"boot:0x3 (DOWNLOAD"), ("esp32s3", b"boot:0x0 "), ("esp32c3", b"boot:0x4 ")]
)
def test_rom_says_that_it_waits(platform: str, mode: bytes) -> None:
    banner = model(platform).download_banner(rom.POWER_ON)
    assert banner.endswith(b"\r\nwaiting for download\r\n")
    assert mode in banner
    assert banner.count(b"boot:") == 1
    assert b"rst:0x1 (POWERON" in banner
    assert banner.count(b"\n") == banner.count(b"\r\n")


def test_mac_has_six_bytes() -> None:
    with pytest.raises(ValueError, match="6 bytes, not 5"):
        ChipModel(ESP32, bytes(5), MB)
