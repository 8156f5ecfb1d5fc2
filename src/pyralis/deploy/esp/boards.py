"""Boards: what each supported board is made of; one table."""

from dataclasses import dataclass

SECTOR_BYTES = 4096  # the least that flash erases, and a block of its file systems


@dataclass(frozen=True)
class Chip:
    """A chip as images and loaders name it."""

    name: str  # as the chip's makers write it
    esptool: str  # as esptool's --chip takes it
    image_id: int  # in the header of each image
    bootloader_offset: int


@dataclass(frozen=True)
class Board:
    """A board profile: the device list's `platform`, and the build's target of the same name."""

    name: str
    chip: Chip
    flash_bytes: int
    heap: str  # of MicroPython, for the board's 32-bit words, as `-X heapsize` takes it


ESP32 = Chip("ESP32", "esp32", 0, 0x1000)
ESP32_S3 = Chip("ESP32-S3", "esp32s3", 9, 0x0)
ESP32_C3 = Chip("ESP32-C3", "esp32c3", 5, 0x0)

_MB = 1024 * 1024
BOARDS = {
    board.name: board
    for board in (
        Board("esp32dev", ESP32, 4 * _MB, "128wk"),
        Board("esp32s3", ESP32_S3, 8 * _MB, "192wk"),
        Board("esp32c3", ESP32_C3, 4 * _MB, "128wk"),
    )
}
