"""Board signs: what a board prints that does not start, and what that means."""

from collections.abc import Sequence
from typing import NamedTuple

from pyralis.deploy.live.serial_line import GONE


class Sign(NamedTuple):
    """Some text, what it means for the board, and what to do."""

    text: str
    meaning: str
    todo: str
    final: bool = True  # nothing will come of it: no use to wait longer


_FLASH = "flash it: `pyralis flash`"
# The first one that is seen counts.
_SIGNS = (
    Sign(GONE, "its serial line is gone: it was unplugged or lost power", "check cable and power, and try again"),
    Sign("invalid header: 0x", "its flash is empty or broken", _FLASH),
    Sign("No bootable app", "there is no firmware in its flash", _FLASH),
    Sign("partition table error", "its partition table is broken", _FLASH),
    Sign("csum err", "its bootloader is broken", _FLASH),
    Sign("file system of partition 'vfs' appears to be corrupted", "its code is broken", _FLASH),
    Sign("waiting for download", "it is in download mode", "press its reset button, or look at what is wired to IO0"),
    Sign(
        "MemoryError", "its memory is too small for what it shall run", "remove modules, or take a larger board", False
    ),
    Sign("Traceback (most recent call last)", "its program ends with an error", "read its last lines, above", False),
)
SILENT = Sign("", "it prints nothing", "check cable, power and `serial`, then " + _FLASH)
NOISY = Sign("", "it prints only noise", "check the cable, and that it is this board at this port, then " + _FLASH)
UNKNOWN = Sign("", "it says nothing about its address", "read its serial log")


def find_sign(lines: Sequence[str]) -> Sign | None:
    """What lines of a board say of why it does not start; None where they say nothing."""
    said = "\n".join(lines)
    return next((sign for sign in _SIGNS if sign.text in said), None)
