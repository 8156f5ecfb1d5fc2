"""The flash chip: a file that behaves as NOR flash. Knows addresses and bytes, no protocol.

Reads and writes go straight to the file, so whoever else has it open (the program that runs from this flash) sees the
same bytes at the same time.
"""

import hashlib
import os
from pathlib import Path

from pyralis.deploy.errors import UserError
from pyralis.deploy.esp.boards import SECTOR_BYTES

_CHUNK_BYTES = 64 * 1024
_ERASED = b"\xff" * _CHUNK_BYTES


class PowerCut(Exception):
    """Power was lost in the middle of a write or an erase."""


class FlashChip:
    """NOR flash of `size_bytes` in a file; a new one is all 0xFF. UserError for a file of another size."""

    def __init__(self, path: Path, size_bytes: int) -> None:
        self.path = path
        self.size_bytes = size_bytes
        self.cut_after_bytes: int | None = None  # power is lost once so many more bytes were written or erased
        self._file = _open(path, size_bytes)

    def close(self) -> None:
        """Let the file go."""
        os.close(self._file)

    def holds(self, offset: int, size: int) -> bool:
        """Whether this range lies within the chip."""
        return offset >= 0 and size >= 0 and offset + size <= self.size_bytes

    def read(self, offset: int, size: int) -> bytes:
        """The bytes of a range."""
        self._check(offset, size)
        return os.pread(self._file, size, offset)

    def md5(self, offset: int, size: int) -> bytes:
        """The MD5 of a range, 16 bytes."""
        self._check(offset, size)
        digest = hashlib.md5(usedforsecurity=False)
        for start in range(offset, offset + size, _CHUNK_BYTES):
            digest.update(os.pread(self._file, min(_CHUNK_BYTES, offset + size - start), start))
        return digest.digest()

    def program(self, offset: int, data: bytes) -> None:
        """Clear bits: what was erased takes the data, anything else keeps its zeros."""
        self._check(offset, len(data))
        present = os.pread(self._file, len(data), offset)
        if present.count(0xFF) != len(data):
            both = int.from_bytes(present, "little") & int.from_bytes(data, "little")
            data = both.to_bytes(len(data), "little")
        self._write(offset, data)

    def erase(self, offset: int, size: int) -> None:
        """Set whole sectors to 0xFF."""
        self._check(offset, size)
        if offset % SECTOR_BYTES or size % SECTOR_BYTES:
            raise ValueError(f"only whole sectors can be erased, not {size} bytes from {offset:#x}")
        for start in range(offset, offset + size, _CHUNK_BYTES):
            self._write(start, _ERASED[: offset + size - start])

    def _check(self, offset: int, size: int) -> None:
        if not self.holds(offset, size):
            raise ValueError(f"{size} bytes from {offset:#x} are not within {self.size_bytes} bytes of flash")

    def _write(self, offset: int, data: bytes) -> None:
        torn = self.cut_after_bytes is not None and self.cut_after_bytes < len(data)
        if self.cut_after_bytes is not None:
            data = data[: self.cut_after_bytes]
            self.cut_after_bytes = None if torn else self.cut_after_bytes - len(data)
        os.pwrite(self._file, data, offset)
        if torn:
            raise PowerCut


def _open(path: Path, size_bytes: int) -> int:
    try:
        if not path.exists():
            _create(path, size_bytes)
        found_bytes = path.stat().st_size
        if found_bytes == size_bytes:
            return os.open(path, os.O_RDWR)
    except OSError as error:
        raise UserError(
            f"cannot open the flash file {path}: {error.strerror}",
            whose="the disk's or the folder's",
            todo="make room or access for it, or name another file",
        ) from None
    raise UserError(
        f"the flash file {path} has {found_bytes} bytes, this board has {size_bytes} bytes of flash",
        whose="the file's: it is of another board, or no flash at all",
        todo="name another file, or remove this one to begin with an empty flash",
    )


def _create(path: Path, size_bytes: int) -> None:
    """Make it whole or not at all, so that nobody ever finds half a flash."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    with temporary.open("wb") as file:
        for start in range(0, size_bytes, _CHUNK_BYTES):
            file.write(_ERASED[: size_bytes - start])
    temporary.replace(path)
