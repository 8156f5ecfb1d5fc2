"""Virtual boards in tests: plugged in with faults, what is in their flash, and which processes are left of them."""

from __future__ import annotations

import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from littlefs import LittleFS, LittleFSError, UserContext

from pyralis.deploy.build.file_system import make_file_system
from pyralis.deploy.build.twin_firmware import make_twin_firmware, twin_firmware
from pyralis.deploy.devices import TWIN, Device
from pyralis.deploy.esp.boards import BOARDS
from pyralis.deploy.esp.partitions import DATA_NAME, TABLE_OFFSET, VFS_NAME, encode, find, layout
from pyralis.deploy.flash.plan import build_boards, kind, make_plans
from pyralis.deploy.flash.run import FlashOptions, FlashRun
from pyralis.deploy.steps import Result, Step, unseen
from pyralis.deploy.twin.host import Settings, Twin, Twins
from pyralis.deploy.twin.plugs import twin_folder
from pyralis.deploy.twin.process import FLASH_FILE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from pyralis.deploy.rig import Rig
    from pyralis.deploy.steps import Sink

VERSION = "v9.9.9"
_LITTLEFS: dict[str, Any] = {"block_size": 4096, "read_size": 32, "prog_size": 32, "cache_size": 128}
_END_TIMEOUT_S = 4.0


def entry(name: str, platform: str = "esp32dev", serial: str = TWIN, **fields: Any) -> dict[str, Any]:
    """A board as the device list has it."""
    known = {"id": name, "type": "esp32", "platform": platform, "serial": serial, "group": "wall", "test": True}
    return known | fields


def board(name: str, platform: str = "esp32dev", serial: str = TWIN, **fields: Any) -> Device:
    """A board of the device list."""
    return Device(**entry(name, platform, serial, **fields))


@contextmanager
def plugged_in(rig: Rig, *settings: Settings) -> Iterator[list[str]]:
    """Run virtual boards; gives their serial ports."""
    with ExitStack() as stack:
        twins = [stack.enter_context(Twin(rig, one)) for one in settings]
        yield [twin.wait().serial for twin in twins]


def flash(
    rig: Rig,
    devices: Sequence[Device],
    serial: Callable[[Device], str] | None = None,
    sink: Sink = unseen,
    **options: Any,
) -> Result:
    """Build and flash them; virtual ones that nobody runs are run for it."""
    builds = build_boards(rig, devices, Step("build", unseen))
    with Twins(rig, devices) as twins, Step("flash", sink) as step:
        FlashRun(rig, devices, builds, step, FlashOptions(**options), serial or twins.serial).run()
    return step.result


def flash_file(rig: Rig, name: str) -> Path:
    """The flash of a virtual board."""
    return twin_folder(rig, name) / FLASH_FILE


def put_image(rig: Rig, device: Device) -> None:
    """Put what a flash would write into a virtual board's flash."""
    builds = build_boards(rig, [device], Step("build", unseen))
    plans = make_plans(rig, [device], builds, Step("plan", unseen), flashfs=False, firmware_file=None)
    parts = [(write.offset, write.path.read_bytes()) for write in plans[kind(device)].writes]
    _write_flash(rig, device.id, device.platform, parts)


def program(rig: Rig, name: str, main: str, platform: str = "esp32dev") -> None:
    """Put a program of its own into a virtual board's flash, in place of the runtime."""
    profile = BOARDS[platform]
    code, partitions = find(layout(profile), VFS_NAME), encode(layout(profile))
    image, _ = make_file_system({"main.py": main.encode()}, code.size_bytes)
    parts = [(part.offset, part.data) for part in twin_firmware(rig, profile).parts]
    _write_flash(rig, name, platform, [*parts, (TABLE_OFFSET, partitions), (code.offset, image)])


def _write_flash(rig: Rig, name: str, platform: str, parts: Sequence[tuple[int, bytes]]) -> None:
    content = bytearray(b"\xff" * BOARDS[platform].flash_bytes)
    for offset, data in parts:
        content[offset : offset + len(data)] = data
    flash_file(rig, name).parent.mkdir(parents=True, exist_ok=True)
    flash_file(rig, name).write_bytes(content)


def firmware_file(folder: Path, platform: str) -> Path:
    """A firmware as one downloads it."""
    path = folder / f"{platform} firmware.bin"
    path.write_bytes(make_twin_firmware(BOARDS[platform], VERSION))
    return path


def read_settings(rig: Rig, name: str, file: str, platform: str = "esp32dev") -> bytes | None:
    """A file of a virtual board's settings, of a board that does not run now; None where it has no such file."""
    with _settings(rig, name, platform) as (fs, _):
        try:
            with fs.open(file, "rb") as opened:
                data: bytes = opened.read()
                return data
        except FileNotFoundError:
            return None


def write_settings(rig: Rig, name: str, files: Mapping[str, bytes], platform: str = "esp32dev") -> None:
    """Put files into a virtual board's settings."""
    with _settings(rig, name, platform) as (fs, save):
        for file, data in files.items():
            with fs.open(file, "wb") as opened:
                opened.write(data)
        save()


@contextmanager
def _settings(rig: Rig, name: str, platform: str) -> Iterator[tuple[LittleFS, Callable[[], None]]]:
    partition = find(layout(BOARDS[platform]), DATA_NAME)
    content = bytearray(flash_file(rig, name).read_bytes())
    image = content[partition.offset : partition.end]
    blocks = partition.size_bytes // _LITTLEFS["block_size"]
    fs = LittleFS(UserContext(buffer=image), mount=False, block_count=blocks, lookahead_size=32, **_LITTLEFS)
    try:
        fs.mount()
    except LittleFSError:  # a board that has never run
        fs.format()
        fs.mount()

    def save() -> None:
        content[partition.offset : partition.end] = image
        flash_file(rig, name).write_bytes(content)

    yield fs, save
    fs.unmount()


def wait_until_nothing_mentions(text: str) -> None:
    """Wait until no process has it in its command line."""
    deadline_s = time.monotonic() + _END_TIMEOUT_S
    while left := [pid for pid, command in _commands() if text in command]:
        assert time.monotonic() < deadline_s, f"processes {left} still run"
        time.sleep(0.01)


def pids_that_mention(text: str) -> list[int]:
    """Processes that have it in their command line."""
    return [pid for pid, command in _commands() if text in command]


def _commands() -> Iterator[tuple[int, str]]:
    for path in Path("/proc").iterdir():
        if path.name.isdigit():
            try:
                yield int(path.name), (path / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
            except OSError:
                continue
