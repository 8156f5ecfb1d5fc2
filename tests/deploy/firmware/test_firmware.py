"""Finding and pinning a board's firmware: from the cache, from a server that may fail, from a file."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from firmware_server import FILE_NAME, FirmwareServer

from pyralis.deploy.build.image import sha256_of
from pyralis.deploy.build.twin_firmware import make_twin_firmware
from pyralis.deploy.errors import INTERRUPTED, UserError
from pyralis.deploy.esp.boards import BOARDS
from pyralis.deploy.firmware import find_firmware, is_pinned, pin_firmware
from pyralis.deploy.firmware.lock import LOCK_FILE, Pin, read_lock, write_pin

if TYPE_CHECKING:
    from pathlib import Path

    from pyralis.deploy.rig import Rig
    from pyralis.deploy.steps import Event, Step

BOARD = BOARDS["esp32dev"]
TIMEOUT_S = 30


def pin(rig: Rig, content: bytes, url: str) -> Pin:
    made = Pin(BOARD.name, "v9.9.9", len(content), sha256_of(content), BOARD.chip.bootloader_offset, url)
    write_pin(rig, made)
    return made


def refusal(rig: Rig, step: Step, file: Path | None = None) -> UserError:
    with pytest.raises(UserError) as raised:
        find_firmware(rig, BOARD, step, file)
    assert kept(rig) == []
    return raised.value


def kept(rig: Rig) -> list[Path]:
    """Everything that is left of firmware files in the cache."""
    folder = rig.cache / "firmware"
    return sorted(folder.iterdir()) if folder.is_dir() else []


# What is pinned.


def test_pinned_firmware_is_fetched_once(rig: Rig, server: FirmwareServer, step: Step, events: list[Event]) -> None:
    pin(rig, server.content, server.url())
    first = find_firmware(rig, BOARD, step)
    assert [event.kind for event in events].count("progress") > 3
    again = find_firmware(rig, BOARD, step)
    assert first == again
    assert (first.version, first.sha256) == ("v9.9.9", sha256_of(server.content))
    assert len(server.asked) == 1
    assert kept(rig) == [rig.cache / "firmware" / f"{first.sha256}.bin"]


def test_many_at_once_fetch_it_once(rig: Rig, server: FirmwareServer, step: Step) -> None:
    pin(rig, server.content, server.url())
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: find_firmware(rig, BOARD, step), range(4)))
    assert all(one == found[0] for one in found)
    assert len(server.asked) == 1


def test_damaged_cache_is_fetched_again(rig: Rig, server: FirmwareServer, step: Step) -> None:
    made = pin(rig, server.content, server.url())
    find_firmware(rig, BOARD, step)
    path = rig.cache / "firmware" / f"{made.sha256}.bin"
    path.write_bytes(server.content[:-1])
    find_firmware(rig, BOARD, step)
    assert len(server.asked) == 2
    assert path.read_bytes() == server.content


def test_nothing_is_pinned(rig: Rig, step: Step) -> None:
    assert not is_pinned(rig, BOARD)
    error = refusal(rig, step)
    assert error.what == "no firmware is pinned for esp32dev"
    assert "`pyralis build --target esp32dev --pin-firmware URL`" in error.todo
    assert "--firmware" in error.todo


def test_other_bytes_than_pinned(rig: Rig, server: FirmwareServer, step: Step) -> None:
    made = pin(rig, server.content, server.url("changed"))
    error = refusal(rig, step)
    assert error.what == f"{made.url} is not what was pinned"
    got = sha256_of(server.content[:-1] + b"\0")
    assert error.details == [f"sha256: pinned {made.sha256}, got {got}"]


def test_other_size_than_pinned(rig: Rig, server: FirmwareServer, step: Step) -> None:
    made = pin(rig, server.content, server.url("longer"))
    assert refusal(rig, step).details[0] == f"size: pinned {made.size}, got {made.size + 1}"


def test_entry_with_another_size_is_refused_whatever_the_cache_has(
    rig: Rig, server: FirmwareServer, step: Step
) -> None:
    made = pin(rig, server.content, server.url())
    find_firmware(rig, BOARD, step)
    write_pin(rig, replace(made, size=12))
    with pytest.raises(UserError) as raised:
        find_firmware(rig, BOARD, step)
    assert raised.value.details == [f"size: pinned 12, got {made.size}"]


@pytest.mark.parametrize("fault", ["missing", "truncated", "circle"])
def test_failed_fetch_leaves_nothing(rig: Rig, server: FirmwareServer, step: Step, fault: str) -> None:
    pin(rig, server.content, server.url(fault))
    assert server.url(fault) in refusal(rig, step).what


def test_pinned_firmware_of_another_board(rig: Rig, server: FirmwareServer, step: Step) -> None:
    server.content = make_twin_firmware(BOARDS["esp32c3"], "v9.9.9")
    pin(rig, server.content, server.url())
    with pytest.raises(UserError, match="is no firmware for esp32dev") as raised:
        find_firmware(rig, BOARD, step)
    assert raised.value.details == ["it is for ESP32-C3, and the board has an ESP32"]


def test_pinned_file_that_this_machine_has_not(rig: Rig, firmware_file: bytes, step: Step) -> None:
    pin(rig, firmware_file, "")
    error = refusal(rig, step)
    assert error.what.startswith("the pinned firmware v9.9.9 for esp32dev is not on this machine")
    assert "--firmware" in error.todo


# A file, without any network.


def test_given_file_goes_before_what_is_pinned(
    rig: Rig, firmware_file: bytes, step: Step, events: list[Event], tmp_path: Path
) -> None:
    file = tmp_path / "my firmware.bin"
    file.write_bytes(firmware_file)
    pin(rig, firmware_file, "http://127.0.0.1:9/never-asked.bin")
    assert find_firmware(rig, BOARD, step, file).version == "v9.9.9"
    assert events == []
    file.write_bytes(make_twin_firmware(BOARD, "v1.0.0"))
    assert find_firmware(rig, BOARD, step, file).version == "v1.0.0"
    text = "my firmware.bin (v1.0.0) is used in place of the pinned firmware (v9.9.9)"
    assert [event.text for event in events] == [text]


def test_file_that_cannot_be_read(rig: Rig, step: Step, tmp_path: Path) -> None:
    missing = tmp_path / "gone.bin"
    assert refusal(rig, step, missing).what == f"cannot read the firmware {missing}: No such file or directory"
    assert "Is a directory" in refusal(rig, step, tmp_path).what


def test_file_that_is_no_firmware(rig: Rig, step: Step, tmp_path: Path) -> None:
    file = tmp_path / "photo.bin"
    file.write_bytes(b"JFIF" * 1000)
    assert refusal(rig, step, file).what == f"{file} is no firmware for esp32dev"
    os.truncate(file, 17 * 1024 * 1024)
    assert "too large" in refusal(rig, step, file).what


# Pinning.


def test_pinning_an_address_writes_the_lock_file(rig: Rig, server: FirmwareServer, step: Step) -> None:
    other = replace(pin(rig, b"x", "http://a/b"), board="esp32c3", offset=0)
    write_pin(rig, other)
    made = pin_firmware(rig, BOARD, server.url(), step)
    content = server.content
    assert made == Pin("esp32dev", "v9.9.9", len(content), sha256_of(content), 0x1000, server.url())
    assert read_lock(rig) == {"esp32dev": made, "esp32c3": other}
    assert is_pinned(rig, BOARD)
    assert find_firmware(rig, BOARD, step).version == "v9.9.9"
    assert len(server.asked) == 1


def test_pinning_a_file(rig: Rig, firmware_file: bytes, step: Step, tmp_path: Path) -> None:
    file = tmp_path / FILE_NAME
    file.write_bytes(firmware_file)
    assert pin_firmware(rig, BOARD, str(file), step).url == ""
    file.unlink()
    assert find_firmware(rig, BOARD, step).version == "v9.9.9"


@pytest.mark.parametrize("fault", ["missing", "truncated"])
def test_failed_pinning_changes_nothing(rig: Rig, server: FirmwareServer, step: Step, fault: str) -> None:
    before = pin(rig, b"x", "http://a/b")
    with pytest.raises(UserError):
        pin_firmware(rig, BOARD, server.url(fault), step)
    assert read_lock(rig) == {"esp32dev": before}
    assert kept(rig) == []


def test_page_instead_of_a_file_is_not_pinned(rig: Rig, server: FirmwareServer, step: Step) -> None:
    server.content = b"<!doctype html><title>Download</title>"
    with pytest.raises(UserError, match="is no firmware for esp32dev"):
        pin_firmware(rig, BOARD, server.url(), step)
    assert not (rig.root / LOCK_FILE).exists()


def test_address_of_another_kind_is_not_pinned(rig: Rig, step: Step) -> None:
    with pytest.raises(UserError, match="cannot fetch ftp://a/b"):
        pin_firmware(rig, BOARD, "ftp://a/b", step)


def test_broken_lock_file_is_told_of_before_anything_is_fetched(rig: Rig, server: FirmwareServer, step: Step) -> None:
    (rig.root / LOCK_FILE).write_text("[7]", encoding="utf-8")
    with pytest.raises(UserError, match=r"firmware\.lock\.json is not right"):
        pin_firmware(rig, BOARD, server.url(), step)
    assert server.asked == []


# The command.


def command(rig: Rig, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "pyralis", "build", "--rig", str(rig.root), *arguments]


def test_command_pins_and_then_knows_it(rig: Rig, server: FirmwareServer) -> None:
    call = command(rig, "--target", BOARD.name, "--pin-firmware", server.url(), "--json")
    done = subprocess.run(call, capture_output=True, text=True, timeout=TIMEOUT_S, check=True)
    result = json.loads(done.stdout.splitlines()[-1])
    assert result["steps"][0]["steps"][0]["summary"] == "MicroPython v9.9.9, 1476 KB"
    assert result["facts"]["footprint"]["esp32dev"]["app_bytes"] == 1511424
    assert read_lock(rig)["esp32dev"].url == server.url()


def test_ctrl_c_while_fetching_leaves_nothing(rig: Rig, server: FirmwareServer) -> None:
    call = command(rig, "--target", BOARD.name, "--pin-firmware", server.url("stalled"))
    with subprocess.Popen(call, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            assert server.half_sent.wait(TIMEOUT_S)
            process.send_signal(signal.SIGINT)
            said, _ = process.communicate(timeout=TIMEOUT_S)
        finally:
            process.kill()
    assert process.returncode == INTERRUPTED, said
    assert kept(rig) == []
    assert not (rig.root / LOCK_FILE).exists()


def test_firmware_for_a_pc_or_for_all(rig: Rig) -> None:
    for target in ("pc", "all"):
        call = command(rig, "--target", target, "--firmware", "x.bin")
        done = subprocess.run(call, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
        assert done.returncode == 1
        assert f"a firmware is for one board, and not for --target {target}" in done.stderr
