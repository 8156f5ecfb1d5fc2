"""What tests need to talk to a loader: frames of commands, and what came back."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import NamedTuple

from pyralis.deploy.esp.boards import BOARDS
from pyralis.deploy.twin import slip
from pyralis.deploy.twin.chips import ChipModel
from pyralis.deploy.twin.flash_chip import FlashChip
from pyralis.deploy.twin.loader import Loader
from pyralis.deploy.twin.protocol import SYNC_DATA, checksum

MAC = bytes.fromhex("025059524101")
MB = 1024 * 1024
FLASH_BEGIN, FLASH_DATA, FLASH_END, MEM_BEGIN, MEM_END, MEM_DATA, SYNC, WRITE_REG, READ_REG = range(2, 11)
READ_SLOWLY, CHANGE_BAUD, DEFL_BEGIN, DEFL_DATA, DEFL_END, MD5, SECURITY_INFO = range(0x0E, 0x15)
ERASE_FLASH, ERASE_REGION, READ_FLASH, RUN_USER_CODE = range(0xD0, 0xD4)
ROM_OK, STUB_OK = bytes(4), bytes(2)


class Reply(NamedTuple):
    """A reply, taken apart."""

    op: int
    value: int
    body: bytes


def model(platform: str = "esp32dev", flash_bytes: int | None = None) -> ChipModel:
    """The chip of a board."""
    board = BOARDS[platform]
    return ChipModel(board.chip, MAC, flash_bytes or board.flash_bytes)


def request(op: int, data: bytes = b"", check: int = 0) -> bytes:
    """A command as it goes over the line."""
    return slip.encode(struct.pack("<BBHI", 0, op, len(data), check) + data)


def words(*values: int) -> bytes:
    """32-bit numbers."""
    return struct.pack(f"<{len(values)}I", *values)


def block(op: int, data: bytes, sequence: int = 0) -> bytes:
    """A command that carries a block."""
    return request(op, words(len(data), sequence, 0, 0) + data, checksum(data))


def frames(line: bytes) -> list[bytes]:
    """The frames on a line."""
    return slip.Decoder().feed(line)


def reply(frame: bytes) -> Reply:
    """A frame as a reply; it must be one."""
    direction, op, size, value = struct.unpack_from("<BBHI", frame)
    assert direction == 1
    assert size == len(frame) - 8
    return Reply(op, value, frame[8:])


@dataclass
class Host:
    """A host of a loader."""

    loader: Loader
    heard: list[bytes] = field(default_factory=list)

    @property
    def flash(self) -> FlashChip:
        """The flash behind the loader."""
        return self.loader.flash

    def say(self, line: bytes) -> list[bytes]:
        """Send bytes; the frames that come back."""
        return frames(b"".join(self.loader.feed(line)))

    def ask(self, op: int, data: bytes = b"") -> Reply:
        """A command with exactly one reply."""
        (frame,) = self.say(request(op, data))
        return reply(frame)

    def send(self, op: int, data: bytes) -> bytes:
        """A block; the body of its one reply."""
        (frame,) = self.say(block(op, data))
        return reply(frame).body

    def sync(self) -> list[Reply]:
        """What is answered to SYNC."""
        return [reply(frame) for frame in self.say(request(SYNC, SYNC_DATA))]

    def start_stub(self) -> None:
        """Upload something and start it."""
        assert self.ask(MEM_BEGIN, words(3, 1, 0x1800, 0x40000000)).body == ROM_OK
        assert self.send(MEM_DATA, b"abc") == ROM_OK
        assert self.say(request(MEM_END, words(0, 0x40000000)))[1] == b"OHAI"
        assert self.loader.is_stub
