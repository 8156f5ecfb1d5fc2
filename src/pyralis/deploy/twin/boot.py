"""Boot: the checks of ROM and bootloader between reset and application, over the bytes that are in the flash."""

from collections.abc import Callable
from dataclasses import dataclass

from pyralis.deploy.esp.app_image import CHECKSUM, MAGIC, ImageError, check_image
from pyralis.deploy.esp.boards import Board
from pyralis.deploy.esp.partitions import (
    APP,
    FACTORY,
    TABLE_BYTES,
    TABLE_OFFSET,
    Partition,
    PartitionTableError,
    decode,
)

Read = Callable[[int, int], bytes]


class BootError(Exception):
    """There is nothing to start; the text is what the chip prints, either its ROM or the bootloader."""

    def __init__(self, text: str, *, in_rom: bool = False) -> None:
        super().__init__(text)
        self.in_rom = in_rom


@dataclass(frozen=True)
class Boot:
    """What a bootloader has found."""

    partitions: list[Partition]
    version: str  # of the application, as its descriptor says


def check_flash(board: Board, read: Read) -> Boot:
    """What is there to start; BootError with the words of ROM or bootloader where that is nothing."""
    _check_bootloader(board, read)
    try:
        partitions = decode(read(TABLE_OFFSET, TABLE_BYTES), board.flash_bytes)
    except PartitionTableError as error:
        raise BootError(
            f"E (60) flash_parts: {error}\nE (61) boot: Failed to verify partition table\n"
            "E (61) boot: load partition table error!\n"
        ) from None
    app = next((one for one in partitions if one.type == APP and one.subtype == FACTORY), None)
    if app is None:
        raise BootError("E (62) boot: No bootable app partitions in the partition table\n")
    try:
        found = check_image(read(app.offset, app.size_bytes), board.chip)
    except ImageError as error:
        raise BootError(
            f"E (90) esp_image: {_words(error, app.offset)}\nE (91) boot: Factory app partition is not bootable\n"
            "E (91) boot: No bootable app partitions in the partition table\n"
        ) from None
    return Boot(partitions, found.version)


def _check_bootloader(board: Board, read: Read) -> None:
    offset = board.chip.bootloader_offset
    data = read(offset, TABLE_OFFSET - offset)
    try:
        check_image(data, board.chip)
    except ImageError as error:
        if error.kind == MAGIC:
            raise BootError(f"invalid header: 0x{int.from_bytes(data[:4], 'little'):08x}\n" * 8, in_rom=True) from None
        if error.kind == CHECKSUM:
            raise BootError("csum err:0x00!=0xef\nets_main.c 384\n", in_rom=True) from None
        raise BootError(f"{error}\nets_main.c 371\n", in_rom=True) from None


def _words(error: ImageError, offset: int) -> str:
    return f"image at 0x{offset:x} has {error}" if error.kind == MAGIC else str(error)
