"""Partition tables: what is written is read back, and what a bootloader refuses is refused in its words."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyralis.deploy.esp.boards import BOARDS, Board
from pyralis.deploy.esp.partitions import (
    APP,
    DATA,
    DATA_NAME,
    TABLE_BYTES,
    VFS_NAME,
    Partition,
    PartitionTableError,
    decode,
    encode,
    find,
    layout,
)

FLASH_BYTES = 4 * 1024 * 1024
ESP32DEV = BOARDS["esp32dev"]


def refusal(table: bytes, flash_bytes: int = FLASH_BYTES) -> str:
    with pytest.raises(PartitionTableError) as raised:
        decode(table, flash_bytes)
    return str(raised.value)


@pytest.mark.parametrize("board", BOARDS.values(), ids=list(BOARDS))
def test_layout_fills_the_flash_and_code_is_at_one_place_on_all_boards(board: Board) -> None:
    partitions = layout(board)
    vfs, data = find(partitions, VFS_NAME), find(partitions, DATA_NAME)
    assert (vfs.offset, vfs.size_bytes) == (0x200000, 0x100000)
    assert data.offset == vfs.end
    assert data.end == board.flash_bytes
    assert [(one.offset, one.size_bytes) for one in partitions if one.type == APP] == [(0x10000, 0x1F0000)]
    assert decode(encode(partitions), board.flash_bytes) == partitions


def test_table_is_one_that_espressifs_format_describes() -> None:
    table = encode(layout(ESP32DEV))
    assert len(table) == TABLE_BYTES
    assert table[:12] == bytes.fromhex("aa50 01 02 00900000 00600000")
    end = len(layout(ESP32DEV)) * 32
    assert table[end : end + 16] == b"\xeb\xeb" + b"\xff" * 14
    assert table[end + 16 : end + 32] == hashlib.md5(table[:end], usedforsecurity=False).digest()
    assert set(table[end + 32 :]) == {0xFF}


def test_find_names_what_is_not_there() -> None:
    with pytest.raises(KeyError, match="spare"):
        find(layout(ESP32DEV), "spare")


def test_erased_flash_has_no_partitions() -> None:
    assert decode(b"\xff" * TABLE_BYTES, FLASH_BYTES) == []


def test_table_without_md5_is_taken() -> None:
    table = encode(layout(ESP32DEV))
    end = len(layout(ESP32DEV)) * 32
    assert decode(table[:end] + b"\xff" * (TABLE_BYTES - end), FLASH_BYTES) == layout(ESP32DEV)


def test_refused_for_a_magic_number() -> None:
    table = bytearray(encode(layout(ESP32DEV)))
    table[64:66] = b"\x12\x34"
    assert refusal(bytes(table)) == "partition 2 invalid magic number 0x3412"
    assert refusal(b"\0" * TABLE_BYTES) == "partition 0 invalid magic number 0x0"


def test_refused_for_a_changed_entry() -> None:
    table = bytearray(encode(layout(ESP32DEV)))
    table[5] ^= 0x10
    assert refusal(bytes(table)) == "incorrect MD5 checksum"


def test_refused_for_a_second_md5() -> None:
    table = bytearray(encode(layout(ESP32DEV)))
    end = len(layout(ESP32DEV)) * 32
    table[end + 32 : end + 64] = table[end : end + 32]
    assert refusal(bytes(table)) == "only one MD5 checksum is allowed"


def test_refused_beyond_the_flash() -> None:
    table = encode(layout(BOARDS["esp32s3"]))
    assert refusal(table) == "partition 4 invalid - offset 0x300000 size 0x500000 exceeds flash chip size 0x400000"


def test_refused_for_an_overlap() -> None:
    first = Partition("one", DATA, 0x81, 0x10000, 0x2000)
    second = Partition("two", DATA, 0x81, 0x11000, 0x1000)
    assert "two at 0x11000 overlaps one" in refusal(encode([second, first]))


def test_refused_beside_a_sector() -> None:
    assert "not at a sector" in refusal(encode([Partition("one", DATA, 0x81, 0x10010, 0x1000)]))


@pytest.mark.parametrize("size", [0, 31, 32, 64])
def test_refused_without_an_end(size: int) -> None:
    assert refusal(encode(layout(ESP32DEV))[:size]) == "partition table has no terminating entry"


@given(st.binary(max_size=TABLE_BYTES))
def test_any_bytes_are_decoded_or_refused(data: bytes) -> None:
    try:
        found = decode(data, FLASH_BYTES)
    except PartitionTableError:
        return
    assert all(one.end <= FLASH_BYTES for one in found)


@given(st.integers(0, len(encode(layout(ESP32DEV))) - 1), st.integers(1, 255))
def test_one_wrong_byte_is_never_another_table(position: int, change: int) -> None:
    table = bytearray(encode(layout(ESP32DEV)))
    table[position] ^= change
    try:
        assert decode(bytes(table), FLASH_BYTES) == layout(ESP32DEV)  # it lies behind the end
    except PartitionTableError:
        return
    assert position >= len(layout(ESP32DEV)) * 32
