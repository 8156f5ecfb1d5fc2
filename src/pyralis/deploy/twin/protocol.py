"""The words of Espressif's serial protocol that several parts of the loader share."""

from collections.abc import Iterator
from enum import Enum
from typing import NamedTuple

SYNC = 0x08
SYNC_DATA = b"\x07\x07\x12\x20" + b"\x55" * 32
SYNC_FRAME = b"\xc0\x00\x08\x24\x00\x00\x00\x00\x00" + SYNC_DATA + b"\xc0"  # as it goes over the line
_CHECKSUM_SEED = 0xEF


class Request(Enum):
    """What the chip is to do once the replies are out."""

    RUN = "run"  # the program in its flash
    DOWNLOAD = "download"  # its ROM loader again, after a software reset
    WATCHDOG = "watchdog"  # a reset as by the EN pin
    POWER_CUT = "power cut"


class Refusal(Enum):
    """Why a command is refused: the codes of ROM and stub."""

    MALFORMED = (0x05, 0xC0)
    CHECKSUM = (0x07, 0xC1)
    UNKNOWN = (0x05, 0xFF)
    FLASH = (0x08, 0xC4)
    NOT_IN_FLASH_MODE = (0x06, 0xC6)
    INFLATE = (0x0B, 0xC7)
    AMOUNT = (0x06, 0xC9)


class Refused(Exception):
    """The command is not done."""

    def __init__(self, why: Refusal) -> None:
        self.why = why


class Answer(NamedTuple):
    """What a reply to a command carries beside its status."""

    value: int = 0
    body: bytes = b""


Output = Iterator[Answer | bytes]  # replies, and frames that are none


def checksum(data: bytes) -> int:
    """The XOR of all bytes and a seed, folded in halves: a loop over bytes would take a hundred times as long."""
    width = 1 << (len(data) - 1).bit_length() if data else 0
    folded = int.from_bytes(data, "little")
    while width > 1:
        width //= 2
        folded = folded >> 8 * width ^ folded & (1 << 8 * width) - 1
    return folded ^ _CHECKSUM_SEED
