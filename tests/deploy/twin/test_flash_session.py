"""Writes over several blocks: erased just before, never more than announced, whatever the stream says."""

from __future__ import annotations

import os
import zlib

import pytest

from pyralis.deploy.twin.flash_chip import FlashChip
from pyralis.deploy.twin.flash_session import BadStream, Read, Write, WriteError

SECTOR = 4096


def test_write_erases_the_sectors_that_it_touches_and_no_others(flash: FlashChip) -> None:
    flash.program(0, bytes(5 * SECTOR))
    write = Write(flash, SECTOR + 100, SECTOR, compressed=False)
    write.write(b"a" * 50)
    assert flash.read(0, SECTOR) == bytes(SECTOR)
    assert flash.read(SECTOR, SECTOR) == b"\xff" * 100 + b"a" * 50 + b"\xff" * (SECTOR - 150)
    assert flash.read(2 * SECTOR, SECTOR) == bytes(SECTOR)  # not yet
    write.write(b"b" * (SECTOR - 50))
    assert write.missing_bytes == 0
    assert flash.read(2 * SECTOR, SECTOR) == b"b" * 100 + b"\xff" * (SECTOR - 100)
    assert flash.read(3 * SECTOR, SECTOR) == bytes(SECTOR)


def test_rom_erases_all_at_once(flash: FlashChip) -> None:
    flash.program(0, bytes(4 * SECTOR))
    Write(flash, SECTOR, SECTOR + 1, compressed=False).erase_all()
    assert flash.read(0, 4 * SECTOR) == bytes(SECTOR) + b"\xff" * 2 * SECTOR + bytes(SECTOR)


def test_nothing_is_erased_for_nothing(flash: FlashChip) -> None:
    flash.program(0, bytes(SECTOR))
    Write(flash, 100, 0, compressed=False).erase_all()
    assert flash.read(0, SECTOR) == bytes(SECTOR)


def test_filling_of_the_last_block_is_left_out(flash: FlashChip) -> None:
    write = Write(flash, flash.size_bytes - 10, 10, compressed=False)
    write.write(b"0123456789" + b"\xff" * 1000)
    assert flash.read(flash.size_bytes - 10, 10) == b"0123456789"


def test_compressed_stream_in_any_pieces(flash: FlashChip) -> None:
    data = os.urandom(50_000) + bytes(150_000)
    stream = zlib.compress(data, 9)
    write = Write(flash, 0x1000, len(data), compressed=True)
    for start in range(0, len(stream), 777):
        write.write(stream[start : start + 777])
    assert write.missing_bytes == 0
    assert flash.read(0x1000, len(data)) == data


def test_stream_that_grows_beyond_what_was_announced(flash: FlashChip) -> None:
    bomb = zlib.compress(bytes(50_000_000), 9)
    write = Write(flash, 0, 100_000, compressed=True)
    with pytest.raises(WriteError):
        write.write(bomb)
    assert flash.read(100_000, SECTOR).strip(b"\xff") == b""


def test_broken_stream(flash: FlashChip) -> None:
    with pytest.raises(BadStream):
        Write(flash, 0, 100, compressed=True).write(b"this is no stream")


@pytest.mark.parametrize(("offset", "size"), [(1, 1024 * 1024), (1024 * 1024, 1), (0, 0xFFFFFFFF)])
def test_write_beyond_the_end_is_refused_before_it_begins(flash: FlashChip, offset: int, size: int) -> None:
    with pytest.raises(WriteError):
        Write(flash, offset, size, compressed=False)


def test_read_gives_blocks_and_then_their_md5(flash: FlashChip) -> None:
    flash.program(10, b"a" * 300)
    read = Read(flash, 10, 300, 128)
    assert [read.next_frame() for _ in range(4)] == [b"a" * 128, b"a" * 128, b"a" * 44, flash.md5(10, 300)]
    assert read.is_done
