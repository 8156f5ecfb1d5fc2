"""What a virtual board's firmware has frozen in: compiled once for each state of the sources, and whole."""

from __future__ import annotations

from pyralis.deploy.rig import Rig
from pyralis.deploy.twin.modules import SOURCES, firmware_modules


def test_they_are_made_once_and_whole(rig: Rig) -> None:
    rig.cache.unlink()
    folder = firmware_modules(rig)
    names = {path.name for path in folder.iterdir()} - {"complete"}
    assert names == {f"{path.stem}.mpy" for path in SOURCES.glob("*.py")}
    before = {name: (folder / name).stat().st_mtime_ns for name in names}
    assert firmware_modules(rig) == folder
    assert {name: (folder / name).stat().st_mtime_ns for name in names} == before


def test_what_was_interrupted_is_made_again(rig: Rig) -> None:
    rig.cache.unlink()
    folder = firmware_modules(rig)
    (folder / "complete").unlink()
    (folder / "machine.mpy").unlink()
    assert firmware_modules(rig) == folder
    assert (folder / "machine.mpy").is_file()
