"""Measure: what a board's image leaves of its memory, by starting it on a virtual board made for that alone."""

import shutil
from collections.abc import Mapping, Sequence
from functools import partial

from pyralis.deploy.build.builder import Build
from pyralis.deploy.build.footprint import FOOTPRINT_FILE, Footprint, load
from pyralis.deploy.build.twin_firmware import twin_firmware
from pyralis.deploy.client import get_json
from pyralis.deploy.errors import UserError
from pyralis.deploy.esp.boards import BOARDS
from pyralis.deploy.esp.partitions import DATA_NAME
from pyralis.deploy.live.board_runner import BoardRunner
from pyralis.deploy.rig import Rig
from pyralis.deploy.steps import Step
from pyralis.deploy.twin.host import Settings, Twin
from pyralis.deploy.twin.machine import FIRMWARE_HEAP_BYTES, heap_bytes
from pyralis.deploy.twin.plugs import twin_folder
from pyralis.deploy.twin.process import FLASH_FILE

_PREFIX = "footprint-"


def ram_after_boot(rig: Rig, builds: Sequence[Build], step: Step) -> dict[str, dict[str, int]]:
    """used_kb, free_kb and largest_kb by target, of those boards' images that were not measured before.

    Without a MicroPython to run them on nothing is measured, and a note says so.
    """
    known = load(rig.live / FOOTPRINT_FILE)
    new = [made for made in builds if made.target in BOARDS and not _is_known(made, known)]
    found: dict[str, dict[str, int]] = {}
    if new:
        with step.step("RAM after boot") as own:
            own.parallel([partial(_try, rig, made, own, found) for made in new], len(new))
            own.summarise(", ".join(f"{name} {ram['free_kb']} KB free" for name, ram in sorted(found.items())))
    return found


def _is_known(made: Build, known: Mapping[str, Footprint]) -> bool:
    before = known.get(made.target)
    return before is not None and before.image_sha256 == made.image_sha256 and bool(before.ram_boot)


def _try(rig: Rig, made: Build, step: Step, found: dict[str, dict[str, int]]) -> None:
    try:
        found[made.target] = _measure(rig, made, step)
    except UserError as error:
        step.note(f"{made.target}: RAM after boot is not measured: {error.what}")


def _measure(rig: Rig, made: Build, step: Step) -> dict[str, int]:
    name = _PREFIX + made.target
    folder = twin_folder(rig, name)
    folder.mkdir(parents=True, exist_ok=True)
    try:
        (folder / FLASH_FILE).write_bytes(_flash(rig, made))
        with Twin(rig, Settings(name, made.target)) as twin:
            log = rig.logs / f"{name}.log"
            log.unlink(missing_ok=True)
            with BoardRunner(rig, name, twin.wait().serial, "", log, step.cancelled) as board:
                board.begin()
                board.wait_ready()
                system = get_json(board.url, "/api/system")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    free_kb = system["heap_free_bytes"] // 1024
    total_kb = (heap_bytes(BOARDS[made.target].heap) - FIRMWARE_HEAP_BYTES) // 1024
    return {"used_kb": total_kb - free_kb, "free_kb": free_kb, "largest_kb": system["heap_largest_bytes"] // 1024}


def _flash(rig: Rig, made: Build) -> bytes:
    """The flash of a board right after it was written for the first time."""
    board = BOARDS[made.target]
    flash = bytearray(b"\xff" * board.flash_bytes)
    parts = [(part.offset, part.data) for part in twin_firmware(rig, board).parts]
    parts += [(image.offset, image.path.read_bytes()) for name, image in made.images.items() if name != DATA_NAME]
    for offset, data in parts:
        flash[offset : offset + len(data)] = data
    return bytes(flash)
