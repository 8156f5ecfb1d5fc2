"""A virtual board's machine in the test's own process: its event loop runs while the test waits for something."""

from __future__ import annotations

import asyncio
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import httpx

from pyralis.deploy.build.builder import build
from pyralis.deploy.build.file_system import make_file_system
from pyralis.deploy.build.image import VFS_FOLDER
from pyralis.deploy.build.targets import TARGETS
from pyralis.deploy.esp.app_image import Description, encode_image
from pyralis.deploy.esp.boards import BOARDS, Board
from pyralis.deploy.esp.partitions import APP_NAME, DATA_NAME, TABLE_OFFSET, VFS_NAME, encode, find, layout
from pyralis.deploy.interpreters import find_micropython
from pyralis.deploy.rig import Rig
from pyralis.deploy.twin import rom
from pyralis.deploy.twin.flash_chip import FlashChip
from pyralis.deploy.twin.machine import Machine, Parts
from pyralis.deploy.twin.modules import firmware_modules
from pyralis.deploy.twin.process import own_port

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType

    from pyralis.deploy.steps import Step

MAC = bytes.fromhex("020102030405")
VERSION = "v9.9.9"
TEST_CACHE = Path(__file__).resolve().parents[1] / ".pyralis" / "cache" / "tests"
TIMEOUT_S = 10  # no test comes near; it only ends one that hangs


def small_image(board: Board, offset: int = 0x1000) -> bytes:
    """A valid image for the board's chip, with nothing in it but a description."""
    description = Description("something", VERSION, "none").encode()
    return encode_image(board.chip, [(offset, description)], entry=offset, flash_bytes=board.flash_bytes)


def flash_content(
    platform: str = "esp32dev",
    code: Mapping[str, str | bytes] | None = None,
    settings: Mapping[str, str | bytes] | None = None,
) -> bytearray:
    """A board's whole flash: small images, the partition table, and file systems with these files, if any."""
    board = BOARDS[platform]
    content = bytearray(b"\xff" * board.flash_bytes)
    partitions = layout(board)
    parts = [
        (board.chip.bootloader_offset, small_image(board)),
        (TABLE_OFFSET, encode(partitions)),
        (find(partitions, APP_NAME).offset, small_image(board)),
    ]
    for name, files in ((VFS_NAME, code), (DATA_NAME, settings)):
        if files is not None:
            partition = find(partitions, name)
            raw = {path: text.encode() if isinstance(text, str) else text for path, text in files.items()}
            parts.append((partition.offset, make_file_system(raw, partition.size_bytes)[0]))
    for offset, data in parts:
        content[offset : offset + len(data)] = data
    return content


def build_image(rig: Rig, step: Step, platform: str = "esp32dev") -> dict[str, bytes]:
    """The files of the code that a board of this rig gets."""
    build(rig, TARGETS[platform], step)
    folder = rig.build(platform) / VFS_FOLDER
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


class Lab:
    """A machine over a flash file in `folder`; leaving the context ends it."""

    def __init__(
        self,
        folder: Path,
        content: bytes | bytearray,
        platform: str = "esp32dev",
        *,
        wifi: list[str] | None = None,
        native: Path | None = None,
    ) -> None:
        path = folder / "my flash.bin"
        path.write_bytes(content)
        self.printed = ""  # and not yet expected
        self.events: list[str] = []
        self.flash = FlashChip(path, BOARDS[platform].flash_bytes)
        self._loop = asyncio.new_event_loop()
        self._news = asyncio.Event()
        self._port = own_port()
        port = self._port.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        parts = Parts(
            BOARDS[platform],
            MAC,
            find_micropython(),
            firmware_modules(share_cache(Rig(folder / "nothing but a cache"))),
            native or folder / "nothing native",
            ["--host", "127.0.0.1", "--port", str(port)],
            wifi,
        )
        self.machine: Machine = self._do(lambda: Machine(parts, self.flash, self._print, self._tell))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with closing(self._loop), closing(self.flash), closing(self._port):
            self.stop()

    def start(self, cause: str = rom.POWER_ON) -> None:
        """Leave reset."""
        self._do(lambda: self.machine.start(cause))

    def stop(self) -> None:
        """Enter reset."""
        self._do(self.machine.stop)

    def type(self, text: str) -> None:
        """Say something over the serial line."""
        self._do(lambda: self.machine.write(text.encode()))

    def expect(self, text: str) -> str:
        """Wait until it has printed this; returns everything up to its end, and forgets it."""
        self._wait(lambda: text in self.printed)
        end = self.printed.index(text) + len(text)
        found, self.printed = self.printed[:end], self.printed[end:]
        return found

    def expect_event(self, name: str) -> None:
        """Wait for the next event of this name; forgets it and those before."""
        self._wait(lambda: name in self.events)
        del self.events[: self.events.index(name) + 1]

    def ask(self, line: str) -> str:
        """What the REPL prints for a line."""
        self.type(line + "\r")
        self.expect(line + "\r\n")
        return self.expect(">>> ").removesuffix(">>> ").strip()

    def request(self, method: str, path: str, value: object = None) -> Any:
        """The JSON that the program in flash answers with."""
        call = asyncio.to_thread(httpx.request, method, self.url + path, json=value, timeout=TIMEOUT_S, trust_env=False)
        return self._loop.run_until_complete(call).raise_for_status().json()

    def _do(self, call: Callable[[], Any]) -> Any:
        async def run() -> Any:
            return call()

        return self._loop.run_until_complete(run())

    def _wait(self, condition: Callable[[], bool]) -> None:
        async def wait() -> None:
            while not condition():
                self._news.clear()
                await self._news.wait()

        try:
            self._loop.run_until_complete(asyncio.wait_for(wait(), TIMEOUT_S))
        except TimeoutError:
            raise AssertionError(f"it did not come; printed {self.printed!r}, events {self.events}") from None

    def _print(self, data: bytes) -> None:
        self.printed += data.decode("utf-8", "replace")
        self._news.set()

    def _tell(self, event: str) -> None:
        self.events.append(event)
        self._news.set()


def share_cache(rig: Rig) -> Rig:
    """Have the rig use the cache that all tests share: what was compiled once is not compiled again."""
    if not rig.cache.is_symlink():
        TEST_CACHE.mkdir(parents=True, exist_ok=True)
        rig.private.mkdir(parents=True)
        rig.cache.symlink_to(TEST_CACHE)
    return rig
