"""boot.py of every board: whatever is in the partition of its settings, it goes on, and destroys none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from machine_lab import Lab, flash_content

from pyralis.deploy.build import board_image
from pyralis.deploy.esp.boards import BOARDS
from pyralis.deploy.esp.partitions import DATA_NAME, TABLE_BYTES, TABLE_OFFSET, encode, find, layout

BOOT = (Path(board_image.__file__).parent / "board_files" / "boot.py").read_text(encoding="utf-8")
# Keeps a number beside the settings or in them, as the runtime keeps its settings.
MAIN = """import os
if "data" not in os.listdir("/"):
    os.mkdir("/data")
found = os.listdir("/data")
number = int(open("/data/number").read()) + 1 if "number" in found else 1
with open("/data/new", "w") as file:
    file.write(str(number))
os.rename("/data/new", "/data/number")
print("number", number)
"""
DATA = find(layout(BOARDS["esp32dev"]), DATA_NAME)
MAKES = "partition 'data' has no file system: making one for settings\r\n"
BROKEN = "the file system in partition 'data' is broken, and left so: settings are kept with the code\r\n"


@pytest.fixture
def make_lab(tmp_path: Path) -> Iterator[Callable[..., Lab]]:
    """Make a board with this in the flash of its settings."""
    with ExitStack() as stack:

        def make(data: bytes = b"", settings: dict[str, str] | None = None) -> Lab:
            content = flash_content("esp32dev", {"boot.py": BOOT, "main.py": MAIN}, settings)
            content[DATA.offset : DATA.offset + len(data)] = data
            return stack.enter_context(Lab(tmp_path, content))

        yield make


def start(lab: Lab) -> str:
    """What it prints up to the end of main.py, without the words of the ROM."""
    lab.printed = ""
    lab.start()
    return lab.expect(">>> ").partition("mode:DIO, clock div:2\r\n")[2].partition("MicroPython")[0]


def data_of(lab: Lab) -> bytes:
    return lab.flash.read(DATA.offset, DATA.size_bytes)


def test_settings_are_made_once_and_kept(make_lab: Callable[..., Lab]) -> None:
    lab = make_lab()
    assert start(lab) == f"{MAKES}number 1\r\n"
    assert start(lab) == "number 2\r\n"
    assert lab.ask("import vfs; [place for _, place in vfs.mount()]") == "['/data', '/']"
    assert lab.ask("import os; sorted(os.listdir('/'))") == "['boot.py', 'data', 'main.py']"


def test_settings_from_an_image_are_used(make_lab: Callable[..., Lab]) -> None:
    assert start(make_lab(settings={"number": "41"})) == "number 42\r\n"


@pytest.mark.parametrize("data", [b"\x00" * 0x4000, b"other firmware " * 9999], ids=["zeros", "something else"])
def test_what_is_no_file_system_is_replaced(make_lab: Callable[..., Lab], data: bytes) -> None:
    lab = make_lab(data)
    assert start(lab) == f"{MAKES}number 1\r\n"
    assert start(lab) == "number 2\r\n"


def test_broken_settings_are_left_to_be_rescued_and_the_program_runs(make_lab: Callable[..., Lab]) -> None:
    lab = make_lab(settings={"number": "41"})
    for block in (0, 1):
        lab.flash.program(DATA.offset + block * 4096 + 20, bytes(200))  # behind what says that it is a file system
    broken = data_of(lab)
    assert start(lab) == f"{BROKEN}number 1\r\n"
    assert start(lab) == f"{BROKEN}number 2\r\n"
    assert data_of(lab) == broken


def test_power_cut_while_the_file_system_is_made(make_lab: Callable[..., Lab]) -> None:
    lab = make_lab()
    code = lab.flash.read(0, DATA.offset)
    halves = 0  # of a file system, which says that it is one and cannot be mounted
    for cut_after_bytes in (*range(0, 12_700, 800), *range(8_230, 8_300, 10)):  # the mark, then the file system
        lab.flash.erase(0, lab.flash.size_bytes)
        lab.flash.program(0, code + b"other firmware " * 999)
        lab.flash.cut_after_bytes = cut_after_bytes
        lab.start()
        lab.expect_event("power lost")
        was_begun = b"littlefs" in data_of(lab)[:8192]
        said = start(lab)
        assert said in {f"{MAKES}number 1\r\n", "number 1\r\n"}
        halves += was_begun and MAKES in said
        assert start(lab) == "number 2\r\n"
    assert halves > 1


def test_without_a_partition_settings_are_kept_with_the_code(make_lab: Callable[..., Lab]) -> None:
    lab = make_lab()
    table = encode([one for one in layout(BOARDS["esp32dev"]) if one != DATA])
    lab.flash.erase(TABLE_OFFSET, 4096)
    lab.flash.program(TABLE_OFFSET, table[:TABLE_BYTES])
    for number in (1, 2):
        said = start(lab)
        assert said.startswith("there is no partition 'data': settings are kept with the code")
        assert said.endswith(f"number {number}\r\n")
