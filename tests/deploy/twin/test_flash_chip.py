"""The flash chip: NOR in a file that others read and write at the same time."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pyralis.deploy.errors import UserError
from pyralis.deploy.twin.flash_chip import FlashChip, PowerCut

SECTOR = 4096


def test_new_flash_is_erased(tmp_path: Path) -> None:
    chip = FlashChip(tmp_path / "not there yet" / "flash ü.bin", 3 * SECTOR)
    assert chip.read(0, 3 * SECTOR) == b"\xff" * 3 * SECTOR
    assert [path.name for path in chip.path.parent.iterdir()] == ["flash ü.bin"]
    chip.close()


def test_flash_is_kept(tmp_path: Path) -> None:
    chip = FlashChip(tmp_path / "flash", SECTOR)
    chip.program(5, b"kept")
    chip.close()
    again = FlashChip(tmp_path / "flash", SECTOR)
    assert again.read(4, 6) == b"\xffkept\xff"
    again.close()


def test_file_of_another_size_is_refused(tmp_path: Path) -> None:
    (tmp_path / "flash").write_bytes(b"something else")
    with pytest.raises(UserError, match="has 14 bytes, this board has 4096 bytes of flash"):
        FlashChip(tmp_path / "flash", SECTOR)
    assert (tmp_path / "flash").read_bytes() == b"something else"


def test_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="cannot open the flash file"):
        FlashChip(tmp_path / "file" / "flash", SECTOR)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=40), st.binary(max_size=40), st.integers(0, SECTOR - 80))
def test_programming_clears_bits_only(flash: FlashChip, first: bytes, second: bytes, offset: int) -> None:
    flash.erase(0, SECTOR)
    flash.program(offset, first)
    flash.program(offset, second)
    padded = [data.ljust(40, b"\xff") for data in (first, second)]
    assert flash.read(offset, 40) == bytes(a & b for a, b in zip(*padded, strict=True))


def test_erase_takes_whole_sectors(flash: FlashChip) -> None:
    flash.program(0, bytes(3 * SECTOR))
    flash.erase(SECTOR, SECTOR)
    assert flash.read(0, 3 * SECTOR) == bytes(SECTOR) + b"\xff" * SECTOR + bytes(SECTOR)
    for offset, size in ((1, SECTOR), (0, 1), (0, SECTOR + 1)):
        with pytest.raises(ValueError, match="whole sectors"):
            flash.erase(offset, size)


def test_everything_beyond_the_end_is_refused(flash: FlashChip) -> None:
    end = flash.size_bytes
    for offset, size in ((end, 1), (end - 1, 2), (-1, 1), (0, end + 1), (0, -1)):
        assert not flash.holds(offset, size)
    for call in (
        lambda: flash.read(end - 1, 2),
        lambda: flash.md5(0, end + 1),
        lambda: flash.program(end - 1, b"ab"),
        lambda: flash.erase(end, SECTOR),
    ):
        with pytest.raises(ValueError, match="are not within"):
            call()
    assert flash.holds(end, 0)


def test_md5_of_any_range(flash: FlashChip) -> None:
    data = os.urandom(200_000)
    flash.program(1000, data)
    assert flash.md5(1000, len(data)) == hashlib.md5(data, usedforsecurity=False).digest()
    assert flash.md5(0, 0) == hashlib.md5(b"", usedforsecurity=False).digest()


def test_others_see_and_change_the_same_bytes(flash: FlashChip) -> None:
    with flash.path.open("r+b", buffering=0) as other:
        flash.program(0, b"\xf0")
        assert other.read(1) == b"\xf0"
        other.write(b"\x0f")
    assert flash.read(0, 2) == b"\xf0\x0f"
    flash.program(0, b"\x0f\xff")
    assert flash.read(0, 2) == b"\x00\x0f"


def erase_and_program(flash: FlashChip) -> None:
    flash.erase(0, SECTOR)
    flash.program(0, bytes(300))


@pytest.mark.parametrize("after_bytes", [0, 1, SECTOR - 1, SECTOR, SECTOR + 100, SECTOR + 299])
def test_power_cut_leaves_a_torn_write(flash: FlashChip, after_bytes: int) -> None:
    flash.program(0, bytes(SECTOR))
    flash.cut_after_bytes = after_bytes
    with pytest.raises(PowerCut):
        erase_and_program(flash)
    erased, written = min(after_bytes, SECTOR), max(0, after_bytes - SECTOR)
    expected = bytes(written) + b"\xff" * (erased - written) + bytes(SECTOR - erased)
    assert flash.read(0, SECTOR) == expected
    flash.program(SECTOR, b"power is back")
    assert flash.read(SECTOR, 13) == b"power is back"


def test_power_lasts_for_what_it_lasts_for(flash: FlashChip) -> None:
    flash.cut_after_bytes = 10
    flash.program(0, bytes(10))
    assert flash.cut_after_bytes == 0
    with pytest.raises(PowerCut):
        flash.program(10, b"\x00")
    assert flash.cut_after_bytes is None
