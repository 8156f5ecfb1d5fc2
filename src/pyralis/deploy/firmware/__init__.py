"""Firmware: the MicroPython that a board's code runs on: pinned in the rig, fetched once, checked each time."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from pyralis.deploy.build.image import sha256_of
from pyralis.deploy.errors import UserError
from pyralis.deploy.esp.boards import Board
from pyralis.deploy.files import write_whole_bytes
from pyralis.deploy.firmware.lock import LOCK_FILE, MAX_BYTES, Pin, read_lock, write_pin
from pyralis.deploy.firmware.split import Firmware, Part, split_firmware
from pyralis.deploy.rig import Rig
from pyralis.deploy.steps import Step

__all__ = ["Firmware", "Part", "find_firmware", "is_pinned", "pin_firmware"]


def find_firmware(rig: Rig, board: Board, step: Step, file: Path | None = None) -> Firmware:
    """The given file, else what is pinned for the board, which is fetched where the cache does not have it."""
    if file is not None:
        return _of_file(rig, board, step, file)
    pin = read_lock(rig).get(board.name)
    if pin is None:
        raise UserError(
            f"no firmware is pinned for {board.name}",
            whose=f"the rig's: {rig.root / LOCK_FILE}",
            todo=f"pin one: `pyralis build --target {board.name} --pin-firmware URL`, with the address of a .bin "
            "from micropython.org/download; or give a file with --firmware",
        )
    with _lock(rig):
        data = _cached(rig, pin) or _fetched(rig, pin, step)
    return split_firmware(data, board, pin.url or f"the pinned firmware {pin.version}")


def is_pinned(rig: Rig, board: Board) -> bool:
    """True where the rig says which firmware the board gets."""
    return board.name in read_lock(rig)


def pin_firmware(rig: Rig, board: Board, source: str, step: Step) -> Pin:
    """Fetch an address or read a file, check it, keep it, and write its version, size and hash into the lock file."""
    read_lock(rig)  # a lock file that is not right is told of before anything is fetched
    if urlsplit(source).scheme in ("http", "https"):
        data, url = _download(source, step, MAX_BYTES), source
    elif "://" in source:
        raise UserError(f"cannot fetch {source}", whose="the address", todo="give one with https:// or http://")
    else:
        data, url = _read(Path(source)), ""
    firmware = split_firmware(data, board, source)
    pin = Pin(board.name, firmware.version, len(data), firmware.sha256, board.chip.bootloader_offset, url)
    write_whole_bytes(_cache_path(rig, pin), data)
    write_pin(rig, pin)
    step.summarise(f"pinned MicroPython {pin.version} for {board.name}", **pin.to_json())
    return pin


def _of_file(rig: Rig, board: Board, step: Step, file: Path) -> Firmware:
    firmware = split_firmware(_read(file), board, str(file))
    pin = read_lock(rig).get(board.name)
    if pin is not None and pin.sha256 != firmware.sha256:
        step.note(f"{file.name} ({firmware.version}) is used in place of the pinned firmware ({pin.version})")
    return firmware


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            data = opened.read(MAX_BYTES + 1)
    except OSError as error:
        text = f"cannot read the firmware {file}: {error.strerror}"
        raise UserError(text, whose="the option's", todo="check the path of the file") from None
    if len(data) > MAX_BYTES:
        raise UserError(f"{file} is too large for a firmware", whose="the option's", todo="check the path of the file")
    return data


def _cached(rig: Rig, pin: Pin) -> bytes | None:
    """What the cache has, if it is what was pinned."""
    try:
        data = _cache_path(rig, pin).read_bytes()
    except OSError:
        return None
    return data if len(data) == pin.size and sha256_of(data) == pin.sha256 else None


def _fetched(rig: Rig, pin: Pin, step: Step) -> bytes:
    if not pin.url:
        raise UserError(
            f"the pinned firmware {pin.version} for {pin.board} is not on this machine, and no address is known of it",
            whose=f"the rig's: {rig.root / LOCK_FILE}",
            todo=f"give the file with --firmware, or pin an address: `--target {pin.board} --pin-firmware URL`",
        )
    data = _download(pin.url, step, MAX_BYTES)
    problems = []
    if len(data) != pin.size:
        problems.append(f"size: pinned {pin.size}, got {len(data)}")
    if sha256_of(data) != pin.sha256:
        problems.append(f"sha256: pinned {pin.sha256}, got {sha256_of(data)}")
    if problems:
        raise UserError(
            f"{pin.url} is not what was pinned",
            details=problems,
            whose=f"the server's, or the entry's in {LOCK_FILE}",
            todo="do not use it unless you know why it changed; then pin it again with --pin-firmware",
        )
    write_whole_bytes(_cache_path(rig, pin), data)
    return data


def _download(url: str, step: Step, limit_bytes: int) -> bytes:
    # Slow to import, and what is cached needs no network.
    from pyralis.deploy.firmware.fetch import fetch

    return fetch(url, step, limit_bytes=limit_bytes)


def _cache_path(rig: Rig, pin: Pin) -> Path:
    return rig.cache / "firmware" / f"{pin.sha256}.bin"


@contextmanager
def _lock(rig: Rig) -> Iterator[None]:
    """One download at a time; who waits finds it done."""
    rig.cache.mkdir(parents=True, exist_ok=True)
    with (rig.cache / "firmware.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
