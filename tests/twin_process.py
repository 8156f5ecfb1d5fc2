"""A board of its own process with nothing to run: serves its serial line by RFC 2217, or on a pseudo terminal.

`python twin_process.py PLATFORM FLASH_FILE rfc2217|pty [FAULT…]`; prints the port, then each cause it is started for.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path

from pyralis.deploy.esp.boards import BOARDS
from pyralis.deploy.twin.board import BareLine, Board
from pyralis.deploy.twin.chips import ChipModel
from pyralis.deploy.twin.faults import parse_faults
from pyralis.deploy.twin.flash_chip import FlashChip
from pyralis.deploy.twin.loader import Loader
from pyralis.deploy.twin.pty_port import PtyPort
from pyralis.deploy.twin.rfc2217 import Rfc2217Port

MAC = bytes.fromhex("025059524101")


class IdleMachine:
    """Prints why it starts, and what it hears."""

    def __init__(self, output: Callable[[bytes], None]) -> None:
        self._output = output

    def start(self, cause: str) -> None:
        print("start", cause, flush=True)
        self._output(f"started: {cause}\r\n".encode())

    def stop(self) -> None:
        return

    def write(self, data: bytes) -> None:
        self._output(b"heard " + data)


async def serve(platform: str, flash_file: str, kind: str, *faults: str) -> None:
    profile = BOARDS[platform]
    flash = FlashChip(Path(flash_file), profile.flash_bytes)
    model = ChipModel(profile.chip, MAC, profile.flash_bytes)
    port = Rfc2217Port() if kind == "rfc2217" else PtyPort()
    loader = Loader(model, flash, parse_faults(faults))
    board = Board(loader, IdleMachine, asyncio.get_running_loop(), port.send, port.close)
    if isinstance(port, Rfc2217Port):
        await port.open(board)
        print(port.url, flush=True)
    else:
        port.open(BareLine(board))
        print(port.path, flush=True)
    board.power_on()
    ended = asyncio.Event()
    asyncio.get_running_loop().add_reader(0, ended.set)  # whoever has started it holds the other end
    await ended.wait()


if __name__ == "__main__":
    asyncio.run(serve(*sys.argv[1:]))
