"""Firmware for virtual boards, laid out as MicroPython's for real ones: bootloader, partition table, app.

A virtual board has no CPU of its chip, so what stands here in place of machine code is filler: it is written, read back
and checked as real firmware is, and compresses about as well, but it never runs. The board lends its own interpreter.
"""

import hashlib
import subprocess
from dataclasses import dataclass

from pyralis.deploy.errors import UserError
from pyralis.deploy.esp.app_image import Description, encode_image
from pyralis.deploy.esp.boards import ESP32, ESP32_C3, ESP32_S3, Board, Chip
from pyralis.deploy.esp.partitions import APP_NAME, DATA, FAT, TABLE_OFFSET, Partition, encode, find, layout
from pyralis.deploy.firmware.split import PROJECT_NAME, Firmware, split_firmware
from pyralis.deploy.interpreters import find_micropython
from pyralis.deploy.rig import Rig

FIRMWARE_BYTES = 1536 * 1024
_BOOTLOADER_BYTES = 24 * 1024
_OVERHEAD_BYTES = 24 + 8 + 8 + 16 + 32  # headers of an image with two segments, its checksum, its hash
_PAGE_BYTES = 0x10000
_KINDS_OF_BYTES = 26  # evenly distributed, they compress to 64 %; real firmware does to 60 to 65 %
_FEWER_KINDS = bytes(number % _KINDS_OF_BYTES * 9 for number in range(256))
_VERSION_PROGRAM = "import sys; v = sys.implementation.version; print('v%d.%d.%d' % v[:3] + '-'.join(('',) + v[3:]))"
_TIMEOUT_S = 10


@dataclass(frozen=True)
class _Addresses:
    """Where a chip has what its images are loaded to: constants and code of the app, the bootloader's memory."""

    constants: int
    code: int
    bootloader: int


_ADDRESSES: dict[Chip, _Addresses] = {
    ESP32: _Addresses(0x3F400000, 0x400D0000, 0x40078000),
    ESP32_S3: _Addresses(0x3C000000, 0x42000000, 0x403C9700),
    ESP32_C3: _Addresses(0x3C000000, 0x42000000, 0x403CC710),
}


def twin_firmware(rig: Rig, board: Board) -> Firmware:
    """What a virtual board is flashed with, split as real firmware is."""
    data = make_twin_firmware(board, interpreter_version(rig))
    return split_firmware(data, board, "the firmware for virtual boards")


def interpreter_version(rig: Rig) -> str:
    """The version of the MicroPython that virtual boards of this rig lend, such as v1.29.0-preview."""
    program = find_micropython(rig)
    done = subprocess.run(
        [program, "-c", _VERSION_PROGRAM],
        check=False,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=_TIMEOUT_S,
    )
    if done.returncode != 0 or not done.stdout.startswith("v"):
        raise UserError(
            f"{program} does not tell its version",
            details=(done.stdout + done.stderr).splitlines()[-3:],
            whose="the interpreter's",
            todo="point PYRALIS_MICROPYTHON to a MicroPython (unix port)",
        )
    return done.stdout.strip()


def make_twin_firmware(board: Board, version: str) -> bytes:
    """The file for a board, from its bootloader on; `version` is that of the interpreter which the board lends."""
    start = board.chip.bootloader_offset
    app_offset = find(layout(board), APP_NAME).offset
    table = encode(_stock_table(board))
    whole = bytearray(b"\xff" * FIRMWARE_BYTES)
    app = _app(board, version, FIRMWARE_BYTES - (app_offset - start))
    for offset, part in ((start, _bootloader(board)), (TABLE_OFFSET, table), (app_offset, app)):
        whole[offset - start : offset - start + len(part)] = part
    return bytes(whole)


def _stock_table(board: Board) -> list[Partition]:
    """One as stock firmware brings it: a flash of Pyralis replaces it."""
    kept = [partition for partition in layout(board) if partition.name in ("nvs", "phy_init", APP_NAME)]
    return [*kept, Partition("vfs", DATA, FAT, kept[-1].end, board.flash_bytes - kept[-1].end)]


def _bootloader(board: Board) -> bytes:
    address = _ADDRESSES[board.chip].bootloader
    code = _filler(f"bootloader {board.name}", _BOOTLOADER_BYTES)
    return encode_image(board.chip, [(address, code)], entry=address, flash_bytes=board.flash_bytes)


def _app(board: Board, version: str, size_bytes: int) -> bytes:
    """An app of that size: its description and constants, then code; each lies in its page where it is mapped to."""
    addresses = _ADDRESSES[board.chip]
    description = Description(PROJECT_NAME, version, "none: a virtual board").encode()
    constants_bytes = 6 * _PAGE_BYTES - 8  # so that the code's data lies as far into its page as the constants' does
    code_bytes = size_bytes - _OVERHEAD_BYTES - constants_bytes
    constants = description + _filler(f"constants {board.name} {version}", constants_bytes - len(description))
    code = _filler(f"code {board.name} {version}", code_bytes)
    segments = [(addresses.constants + 0x20, constants), (addresses.code + 0x20, code)]
    return encode_image(board.chip, segments, entry=addresses.code + 0x20, flash_bytes=board.flash_bytes)


def _filler(seed: str, size_bytes: int) -> bytes:
    """Bytes that look like code to a compressor; the same for the same seed."""
    return hashlib.shake_256(seed.encode()).digest(size_bytes).translate(_FEWER_KINDS)
