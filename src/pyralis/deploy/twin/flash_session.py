"""What a loader does to the flash over several commands: a write, plain or compressed, and a read. No protocol."""

import hashlib
import zlib

from pyralis.deploy.esp.boards import SECTOR_BYTES
from pyralis.deploy.twin.flash_chip import FlashChip

_INFLATED_BYTES = 32 * 1024  # so much at once, as the stub's dictionary


class WriteError(Exception):
    """The data of a write are not what was announced."""


class BadStream(WriteError):
    """The compressed data are broken."""


class Write:
    """Writes `size` bytes from `offset`, erasing the sectors that they touch just before."""

    def __init__(self, flash: FlashChip, offset: int, size: int, *, compressed: bool) -> None:
        if not flash.holds(offset, size):
            raise WriteError
        self._flash = flash
        self._next = offset
        self._end = offset + size
        self._erased_to = offset - offset % SECTOR_BYTES
        self._erase_end = self._end + -self._end % SECTOR_BYTES if size else self._erased_to
        self._inflate = zlib.decompressobj() if compressed else None

    @property
    def compressed(self) -> bool:
        """Whether it takes a compressed stream."""
        return self._inflate is not None

    @property
    def missing_bytes(self) -> int:
        """How much is still to come."""
        return self._end - self._next

    def erase_all(self) -> None:
        """Erase at once what will be written, as a ROM does."""
        self._erase_to(self._erase_end)

    def write(self, data: bytes) -> None:
        """Take the next block of the data, or of the compressed stream."""
        if self._inflate is None:
            self._program(data[: self.missing_bytes])  # the last block is filled up to its size
            return
        try:
            piece = self._inflate.decompress(data, _INFLATED_BYTES)
            while piece:
                if len(piece) > self.missing_bytes:
                    raise WriteError
                self._program(piece)
                piece = self._inflate.decompress(self._inflate.unconsumed_tail, _INFLATED_BYTES)
        except zlib.error:
            raise BadStream from None

    def _program(self, data: bytes) -> None:
        end = self._next + len(data)
        self._erase_to(end + -end % SECTOR_BYTES)
        self._flash.program(self._next, data)
        self._next = end

    def _erase_to(self, end: int) -> None:
        if end > self._erased_to:
            self._flash.erase(self._erased_to, end - self._erased_to)
            self._erased_to = end


class Read:
    """Reads `size` bytes from `offset` in blocks, and then gives their MD5."""

    def __init__(self, flash: FlashChip, offset: int, size: int, block_bytes: int) -> None:
        self._flash = flash
        self._next = offset
        self._end = offset + size
        self._block_bytes = block_bytes
        self._digest = hashlib.md5(usedforsecurity=False)
        self.is_done = False

    def next_frame(self) -> bytes:
        """The next block; after the last one the MD5."""
        if self._next == self._end:
            self.is_done = True
            return self._digest.digest()
        block = self._flash.read(self._next, min(self._block_bytes, self._end - self._next))
        self._next += len(block)
        self._digest.update(block)
        return block
