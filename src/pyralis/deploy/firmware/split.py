"""Split: from a firmware file as MicroPython publishes it to the parts for a board, without its partition table."""

import re
from dataclasses import dataclass
from typing import NamedTuple

from pyralis.deploy.build.image import sha256_of
from pyralis.deploy.errors import UserError
from pyralis.deploy.esp.app_image import CHIP_ID, MAGIC, ImageError, ImageInfo, check_image, with_flash_size
from pyralis.deploy.esp.boards import BOARDS, Board
from pyralis.deploy.esp.partitions import APP_NAME, TABLE_OFFSET, find, layout

PROJECT_NAME = "micropython"
BOOTLOADER, APP = "bootloader", "micropython"
_FILE_NAME = re.compile(r"-\d{8}-(v[0-9][^/]*?)\.bin$")  # BOARD[-VARIANT]-YYYYMMDD-vX.Y.Z.bin


class Part(NamedTuple):
    """What is written at one place of the flash."""

    offset: int
    data: bytes
    name: str


@dataclass(frozen=True)
class Firmware:
    """What a board runs below its code: the parts that are written, and the version and hash of the whole file."""

    parts: list[Part]
    version: str
    sha256: str

    @property
    def app_bytes(self) -> int:
        """How much of its partition MicroPython takes."""
        return sum(len(part.data) for part in self.parts if part.name == APP)


def split_firmware(data: bytes, board: Board, origin: str) -> Firmware:
    """The firmware in a file; UserError, which names its `origin`, for one that this board cannot run with Pyralis."""
    start, app = board.chip.bootloader_offset, find(layout(board), APP_NAME)
    bootloader_info = _check(data[: TABLE_OFFSET - start], board, origin, "bootloader", 0)
    app_info = _check(data[app.offset - start :], board, origin, "app", app.offset - start)
    if app_info.project_name != PROJECT_NAME:
        raise _unfit(board, origin, f"its app is '{app_info.project_name or 'unnamed'}', and not '{PROJECT_NAME}'")
    if app_info.size_bytes > app.size_bytes:
        text = f"its app has {app_info.size_bytes} bytes, and the partition '{app.name}' has {app.size_bytes}"
        raise _unfit(board, origin, text, "take a smaller variant of MicroPython")
    bootloader = with_flash_size(data[: bootloader_info.size_bytes], board.flash_bytes)
    app_data = data[app.offset - start :][: app_info.size_bytes]
    parts = [Part(start, bootloader, BOOTLOADER), Part(app.offset, app_data, APP)]
    return Firmware(parts, app_info.version or version_in_name(origin), sha256_of(data))


def version_in_name(name: str) -> str:
    """The version in a file's name, or `unknown`."""
    found = _FILE_NAME.search(name)
    return found[1] if found else "unknown"


def _check(data: bytes, board: Board, origin: str, what: str, offset: int) -> ImageInfo:
    place = f"the {what}, at 0x{offset:x} of the file"
    try:
        return check_image(data, board.chip)
    except ImageError as error:
        text = f"{place}: {error}"
        if error.kind == CHIP_ID:
            text = f"it is for {_chip_of(data)}, and the board has an {board.chip.name}"
        elif error.kind == MAGIC:
            text = f"{place}, is missing: a firmware for {board.chip.name} starts there with 0xe9"
        raise _unfit(board, origin, text) from None


def _chip_of(data: bytes) -> str:
    identifier = int.from_bytes(data[12:14], "little")  # in the extended header
    names = {board.chip.image_id: board.chip.name for board in BOARDS.values()}
    return names.get(identifier, f"a chip with the id {identifier}")


def _unfit(board: Board, origin: str, problem: str, todo: str = "") -> UserError:
    return UserError(
        f"{origin} is no firmware for {board.name}",
        details=[problem],
        whose="the firmware file's",
        todo=todo or f"take MicroPython's firmware (.bin) for {board.chip.name} from micropython.org/download",
    )
