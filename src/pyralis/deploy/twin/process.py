"""The process of a virtual board: `python -m pyralis.deploy.twin.process WORDS`, a JSON object that `host` makes.

Tells what happens as JSON lines: `plugged in` with where it can be reached, `error`, and what the machine does.
"""

import asyncio
import json
import os
import signal
import socket
import sys
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

from pyralis.deploy.claims import ClaimedError, hold
from pyralis.deploy.errors import UserError
from pyralis.deploy.esp.boards import BOARDS
from pyralis.deploy.twin.board import BareLine, Board
from pyralis.deploy.twin.chips import ChipModel
from pyralis.deploy.twin.faults import parse_faults
from pyralis.deploy.twin.flash_chip import FlashChip
from pyralis.deploy.twin.loader import Loader
from pyralis.deploy.twin.machine import Machine, Parts
from pyralis.deploy.twin.plugs import Plug, plug_file, plugged_in_already
from pyralis.deploy.twin.pty_port import PtyPort
from pyralis.deploy.twin.rfc2217 import HOST, Rfc2217Port

FLASH_FILE = "flash.bin"
WIFI_FILE = "wifi.json"  # ["ssid", "password"] of the one network in range; without it any can be joined


def main(arguments: list[str]) -> int:
    """Run until SIGINT or SIGTERM."""
    words = json.loads(arguments[0])
    try:
        return asyncio.run(_run(words))
    except UserError as error:
        _tell("error", **error.to_json())
        return 1


async def _run(words: dict[str, Any]) -> int:
    folder = Path(words["folder"])
    faults = parse_faults(words["faults"], seed=int.from_bytes(bytes.fromhex(words["mac"].replace(":", ""))))
    profile = BOARDS[words["platform"]]
    net, terminal = Rfc2217Port(), PtyPort()

    def send(data: bytes) -> None:
        net.send(data)
        terminal.send(data)

    def unplug() -> None:
        net.close()
        terminal.close()
        _tell("unplugged")

    with ExitStack() as held_to_the_end:
        flash = held_to_the_end.enter_context(closing(FlashChip(folder / FLASH_FILE, profile.flash_bytes)))
        web = held_to_the_end.enter_context(own_port())
        parts = _parts(words, folder, web.getsockname()[1])
        loader = Loader(ChipModel(profile.chip, parts.mac, profile.flash_bytes), flash, faults)
        board = Board(
            loader,
            lambda output: Machine(parts, flash, output, _tell),
            asyncio.get_running_loop(),
            send,
            unplug,
        )
        held_to_the_end.callback(board.power_off)
        terminal.open(BareLine(board))
        await net.open(board, words["port"])
        plug = Plug(net.url, terminal.path, os.getpid())
        try:
            held_to_the_end.enter_context(hold(plug_file(folder), vars(plug)))
        except ClaimedError as error:
            raise plugged_in_already(words["id"], error.holder) from None
        _tell("plugged in", **vars(plug))
        board.power_on()
        await _until_stopped()
    return 0


def own_port() -> socket.socket:
    """A TCP port for the program in flash, this board's until it is unplugged.

    Bound here and listened on by nobody: so the system gives it to no other process, while the program, whose server
    reuses addresses, can have it after each reset.
    """
    own = socket.socket()
    own.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    own.bind((HOST, 0))
    return own


def _parts(words: dict[str, Any], folder: Path, web_port: int) -> Parts:
    wifi = folder / WIFI_FILE
    return Parts(
        board=BOARDS[words["platform"]],
        mac=bytes.fromhex(words["mac"].replace(":", "")),
        interpreter=words["interpreter"],
        modules=Path(words["modules"]),
        native=Path(words["native"]),
        arguments=["--host", HOST, "--port", str(web_port)],
        wifi=json.loads(wifi.read_text(encoding="utf-8")) if wifi.is_file() else None,
    )


async def _until_stopped() -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    await stopped.wait()


def _tell(event: str, **fields: object) -> None:
    sys.stdout.write(json.dumps({"event": event, **fields}) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
