"""Partition tables: what lies where in a board's flash, as its bootloader reads it."""

import hashlib
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from pyralis.deploy.esp.boards import SECTOR_BYTES, Board

TABLE_OFFSET = 0x8000
TABLE_BYTES = 0xC00
APP, DATA = 0, 1  # types
FACTORY, PHY, NVS, FAT, LITTLEFS = 0x00, 0x01, 0x02, 0x81, 0x83  # subtypes
VFS_NAME, DATA_NAME, APP_NAME = "vfs", "data", "factory"

_ENTRY = struct.Struct("<2sBBII16sI")
_MAGIC, _MD5_MAGIC, _END = b"\xaa\x50", b"\xeb\xeb", b"\xff" * 4
_MD5_HEAD = _MD5_MAGIC + b"\xff" * 14
_VFS_OFFSET, _VFS_BYTES = 0x200000, 0x100000


@dataclass(frozen=True)
class Partition:
    """A named range of the flash."""

    name: str
    type: int
    subtype: int
    offset: int
    size_bytes: int

    @property
    def end(self) -> int:
        """The first byte behind it."""
        return self.offset + self.size_bytes


class PartitionTableError(ValueError):
    """A table that a bootloader refuses; the text is what it says of it."""


def layout(board: Board) -> list[Partition]:
    """The partitions of a board: firmware, code (`vfs`, replaced as a whole) and settings (`data`, kept by a flash)."""
    code = Partition(VFS_NAME, DATA, FAT, _VFS_OFFSET, _VFS_BYTES)  # a type that MicroPython's stock tables give it
    return [
        Partition("nvs", DATA, NVS, 0x9000, 0x6000),
        Partition("phy_init", DATA, PHY, 0xF000, 0x1000),
        Partition(APP_NAME, APP, FACTORY, 0x10000, 0x1F0000),
        code,
        Partition(DATA_NAME, DATA, LITTLEFS, code.end, board.flash_bytes - code.end),
    ]


def find(partitions: Sequence[Partition], name: str) -> Partition:
    """The partition of that name; KeyError where there is none."""
    for partition in partitions:
        if partition.name == name:
            return partition
    raise KeyError(name)


def encode(partitions: Sequence[Partition]) -> bytes:
    """The table as it is written at TABLE_OFFSET."""
    entries = b"".join(
        _ENTRY.pack(_MAGIC, one.type, one.subtype, one.offset, one.size_bytes, one.name.encode(), 0)
        for one in partitions
    )
    return (entries + _MD5_HEAD + hashlib.md5(entries, usedforsecurity=False).digest()).ljust(TABLE_BYTES, b"\xff")


def decode(data: bytes, flash_bytes: int) -> list[Partition]:
    """The partitions of a table, none of an erased one; PartitionTableError where a bootloader would not take it."""
    found: list[Partition] = []
    has_md5 = False
    for offset in range(0, min(len(data), TABLE_BYTES) - _ENTRY.size + 1, _ENTRY.size):
        raw = data[offset : offset + _ENTRY.size]
        number = offset // _ENTRY.size
        if raw[:2] == _MAGIC:
            found.append(_entry(raw, number, flash_bytes))
        elif raw[:2] == _MD5_MAGIC:
            if has_md5:
                raise PartitionTableError("only one MD5 checksum is allowed")
            if hashlib.md5(data[:offset], usedforsecurity=False).digest() != raw[16:]:
                raise PartitionTableError("incorrect MD5 checksum")
            has_md5 = True
        elif raw[:4] == _END:
            _check_overlaps(found)
            return found
        else:
            magic = int.from_bytes(raw[:2], "little")
            raise PartitionTableError(f"partition {number} invalid magic number 0x{magic:x}")
    raise PartitionTableError("partition table has no terminating entry")


def _entry(raw: bytes, number: int, flash_bytes: int) -> Partition:
    _, kind, subtype, offset, size_bytes, name, _ = _ENTRY.unpack(raw)
    found = Partition(name.split(b"\0")[0].decode("utf-8", "replace"), kind, subtype, offset, size_bytes)
    if found.end > flash_bytes:
        place = f"offset 0x{offset:x} size 0x{size_bytes:x}"
        raise PartitionTableError(f"partition {number} invalid - {place} exceeds flash chip size 0x{flash_bytes:x}")
    if offset % SECTOR_BYTES:
        raise PartitionTableError(f"partition {number} invalid - offset 0x{offset:x} is not at a sector")
    return found


def _check_overlaps(partitions: Sequence[Partition]) -> None:
    for one, following in pairwise(sorted(partitions, key=lambda partition: partition.offset)):
        if following.offset < one.end:
            raise PartitionTableError(
                f"partition {following.name} at 0x{following.offset:x} overlaps {one.name}, which ends at 0x{one.end:x}"
            )
