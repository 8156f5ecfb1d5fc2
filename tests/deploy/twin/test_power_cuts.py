"""Power cuts at random points of a save: a board always boots, and finds the old settings or the new ones.

Each cut ends a run of real MicroPython in the middle of a flash operation and leaves torn cells behind, see
`twin/frozen/esp32.py`. The next run mounts what is there, tells what it finds, and saves on until the next cut.
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from littlefs import LittleFS, UserContext
from machine_lab import Lab, build_image, flash_content

from pyralis.deploy.build.native_code import native_cache
from pyralis.deploy.esp.boards import BOARDS, SECTOR_BYTES
from pyralis.deploy.esp.partitions import VFS_NAME, find, layout

if TYPE_CHECKING:
    from pyralis.deploy.rig import Rig
    from pyralis.deploy.steps import Step

CUTS = 200
SEED = 20_261_124
MOST_BYTES = 16_000  # programmed or erased until the power is cut: a save or two
DIRECTORY_BYTES = 1_500  # that are programmed between one erase and the next, at most
VFS = find(layout(BOARDS["esp32dev"]), VFS_NAME)

# What save number N holds: now and then more than a block, mostly some bytes, which LittleFS keeps within a directory:
# so that many cuts hit its directories, whose writes are short.
BODY = """
import os

def body(number):
    return ("%d " % number) * (number * 89 % 1400 if number % 4 == 0 else number % 9)

def is_there(path):
    folder, _, name = path.rpartition("/")
    return name in os.listdir(folder)
"""
# The runtime's own store, as main.py uses it, from the very image that a board gets.
SETTINGS = (
    BODY
    + """
from pyralis.core import KvStore, Logger
from pyralis.pal.micropython import FileStorage

store = KvStore(FileStorage("/data"), "state.json", Logger(lambda: 0, print, max_bytes=1024))
print("loaded", store.load())
number = store.get("number", 0)
print("found", number, store.get("body", "") == body(number), is_there("LEFTOVER"))
while True:
    number += 1
    store.set("number", number)
    store.set("body", body(number))
    if not store.flush():
        break
    print("saved", number)
"""
)
# A file of the code's file system, replaced as a whole and written in place by turns, in folders that come and go.
FILES = (
    BODY
    + """
from pyralis.pal.micropython import FileStorage

files = FileStorage("/files")
found = []
for name in ("whole", "in-place"):
    data = (files.read(name) or b"0|").decode()
    number, _, rest = data.partition("|")
    found.append((int(number), rest == body(int(number))))
number = max(found)[0]
print("found", number, found[0][1] and found[1][1] and found[0][0] >= found[1][0], is_there("LEFTOVER"))
while True:
    number += 1
    data = ("%d|%s" % (number, body(number))).encode()
    files.write("whole", data)
    with open("/files/in-place", "wb") as file:
        file.write(data)
    folder = "/files/%d" % (number % 3)
    if is_there(folder):
        os.rmdir(folder)
    else:
        os.mkdir(folder)
    print("saved", number)
"""
)


@pytest.fixture
def image(rig: Rig, step: Step) -> dict[str, bytes]:
    """The files of the image that a board of this rig gets."""
    return build_image(rig, step)


@pytest.mark.parametrize(
    ("program", "leftover"),
    [(SETTINGS, "/data/state.json.tmp"), (FILES, "/files/whole.tmp")],
    ids=["settings", "files"],
)
def test_power_cuts(rig: Rig, image: dict[str, bytes], tmp_path: Path, program: str, leftover: str) -> None:
    code: dict[str, str | bytes] = {**image, "main.py": program.replace("LEFTOVER", leftover), "files/whole": "0|"}
    dice = random.Random(SEED)  # noqa: S311  # the same again in each run
    saved = leftovers = unseen = 0
    with Lab(tmp_path, flash_content("esp32dev", code, settings={}), native=native_cache(rig)) as lab:
        for cut in range(CUTS):
            lab.flash.cut_after_bytes = after_bytes = draw(dice)
            lab.printed = ""
            lab.start()
            lab.expect_event("power lost")
            if "found" not in lab.printed:  # the file system was being repaired after the cut before
                unseen += 1
                continue
            found, saves, was_leftover = outcome(lab.printed)
            assert found in (saved, saved + 1), f"cut {cut} after {after_bytes} bytes: {lab.printed}"
            saved = found + saves
            leftovers += was_leftover
        lab.flash.cut_after_bytes = None
        lab.printed = ""
        lab.start()
        assert outcome(lab.expect(f"saved {saved + 2}\r\n"))[0] in (saved, saved + 1)
        lab.stop()
        whole = lab.flash.read(VFS.offset, VFS.size_bytes)
    assert unseen < CUTS / 10
    assert saved > CUTS / 2  # the cuts are spread over the whole of a save, and come in many of them
    assert leftovers > CUTS / 4
    check_code(whole, image)


def draw(dice: random.Random) -> int:
    """Anywhere in a save; every other time where no sector is erased, which takes most of it."""
    if dice.randrange(2):
        return dice.randrange(MOST_BYTES)
    return dice.randrange(MOST_BYTES // SECTOR_BYTES) * SECTOR_BYTES + dice.randrange(DIRECTORY_BYTES)


def outcome(printed: str) -> tuple[int, int, bool]:
    """(the number that a run has found, how often it has saved, whether the cut before had left half a save)."""
    lines = [line.split() for line in printed.splitlines() if line.startswith(("found ", "saved "))]
    assert lines, printed
    _, found, is_whole, was_leftover = lines[0]
    assert is_whole == "True", printed
    assert [int(number) for _, number in lines[1:]] == [int(found) + 1 + step for step in range(len(lines) - 1)]
    return int(found), len(lines) - 1, was_leftover == "True"


def check_code(whole: bytes, image: dict[str, bytes]) -> None:
    """Everything else in the code's file system is as it was."""
    blocks = len(whole) // SECTOR_BYTES
    sizes: dict[str, Any] = {"block_size": SECTOR_BYTES, "read_size": 32, "prog_size": 32, "cache_size": 128}
    fs = LittleFS(UserContext(buffer=bytearray(whole)), mount=False, block_count=blocks, lookahead_size=32, **sizes)
    fs.mount()
    for name in image.keys() - {"main.py"}:
        with fs.open(name, "rb") as file:
            assert file.read() == image[name], name
    fs.unmount()
