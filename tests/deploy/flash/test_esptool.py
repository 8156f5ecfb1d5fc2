"""One write by the real esptool to a virtual board: progress, log, reasons, and no process that stays."""

from __future__ import annotations

import os
import re
import threading
from typing import TYPE_CHECKING, Any

import pytest
from virtual_boards import flash_file, plugged_in, wait_until_nothing_mentions

from pyralis.deploy.flash.esptool import FlashError, Write, write_flash
from pyralis.deploy.serial_port import open_port
from pyralis.deploy.twin.host import Settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pyralis.deploy.rig import Rig

pytestmark = pytest.mark.usefixtures("micropython")
PLACES = (0x10000, 0x40000)


@pytest.fixture
def writes(tmp_path: Path) -> list[Write]:
    """Two files that cannot be compressed."""
    found = []
    for number, offset in enumerate(PLACES):
        path = tmp_path / f"part {number}.bin"
        path.write_bytes(os.urandom(40_000))
        found.append(Write(f"part {number}", offset, path, path.stat().st_size))
    return found


@pytest.fixture
def write(rig: Rig, writes: list[Write]) -> Callable[..., None]:
    """Write both to the board at a port."""

    def write(port: str, **options: Any) -> None:
        given = {"chip": "esp32", "baud": 921600, "timeout_s": 30.0, "cancelled": threading.Event()}
        shown = {"on_progress": lambda _done, _total, _name: None, "log": rig.logs / "flash.log"}
        write_flash(writes, port=port, **{**given, **shown, **options})

    return write


def failure(write: Callable[..., None], port: str, **options: Any) -> FlashError:
    with pytest.raises(FlashError) as caught:
        write(port, **options)
    return caught.value


def test_all_of_it_is_written_and_progress_names_what_is_written_now(
    rig: Rig, write: Callable[..., None], writes: list[Write]
) -> None:
    seen: list[tuple[int, int, str]] = []
    again: list[str] = []
    with plugged_in(rig, Settings("wall-1", "esp32dev")) as (port,):
        write(port, on_progress=lambda *values: seen.append(values))
        lines = (rig.logs / "flash.log").read_text(encoding="utf-8").splitlines()
        writes[1].path.write_bytes(os.urandom(40_000))
        write(port, on_progress=lambda _done, _total, name: again.append(name))
    flash = flash_file(rig, "wall-1").read_bytes()
    for one in writes:
        assert flash[one.offset : one.offset + one.size_bytes] == one.path.read_bytes()
    assert [done for done, _, _ in seen] == sorted(done for done, _, _ in seen)
    assert {(total, name) for _, total, name in seen} == {(80_000, "part 0"), (80_000, "part 1")}
    assert seen[-1] == (80_000, 80_000, "part 1")
    assert set(again) == {"part 1"}  # what is there already is not written again
    assert all(re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00 ", line) for line in lines)
    assert sum("Hash of data verified" in line for line in lines) == 2


def test_another_chip_gets_nothing(rig: Rig, write: Callable[..., None]) -> None:
    with plugged_in(rig, Settings("wall-1", "esp32dev")) as (port,):
        error = failure(write, port, chip="esp32c3")
    assert (error.what, error.again, error.written) == ("another chip is at this port", False, False)
    assert flash_file(rig, "wall-1").read_bytes().strip(b"\xff") == b""


def test_one_that_hangs_is_killed(rig: Rig, write: Callable[..., None]) -> None:
    with plugged_in(rig, Settings("wall-1", "esp32dev", ("late-reply:5s",))) as (port,):
        error = failure(write, port, timeout_s=1.5)
        wait_until_nothing_mentions(port)
    assert (error.what, error.again, error.written) == ("flashing does not end within 1.5 s", False, False)


def test_port_that_another_program_has(rig: Rig, write: Callable[..., None]) -> None:
    with plugged_in(rig, Settings("wall-1", "esp32dev")) as (port,):
        other = open_port(port)
        try:
            error = failure(write, port)
        finally:
            other.close()
    assert (error.what, error.again, error.written) == (f"the serial port {port} cannot be opened", False, False)
    assert error.whose == "the port's: another program has it, or nobody serves there"


def test_port_that_is_not_there(tmp_path: Path, write: Callable[..., None]) -> None:
    error = failure(write, str(tmp_path / "ttyUSB7"))
    assert error.what == f"there is no serial port {tmp_path / 'ttyUSB7'}"
    assert "/dev/serial/by-id" in error.todo
    assert not error.written
