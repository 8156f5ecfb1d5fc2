"""Native code for virtual boards: each file with machine code of a board has a counterpart that runs here."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from pyralis.deploy.build.builder import Build, build
from pyralis.deploy.build.image import sha256_of
from pyralis.deploy.build.native_code import has_native_code, native_cache
from pyralis.deploy.build.targets import TARGETS
from pyralis.deploy.steps import Step, unseen

if TYPE_CHECKING:
    from pathlib import Path

    from pyralis.deploy.rig import Rig

TIMEOUT_S = 30
PATHS = "import sys; sys.path[:] = ['.frozen', 'lib']"
IMPORT = f"{PATHS}; import pyralis.light.effects.plasma, pyralis.light.effects.game_of_life"


@pytest.fixture
def own_native_cache(rig: Rig) -> Path:
    """A folder of this test's own for native code; the rest of the cache stays shared."""
    shared = rig.cache.resolve()
    rig.cache.unlink()
    rig.cache.mkdir()
    for name in ("mpy", "board"):
        (shared / name).mkdir(exist_ok=True)
        (rig.cache / name).symlink_to(shared / name)
    return native_cache(rig)


def make(rig: Rig, target: str) -> Build:
    return build(rig, TARGETS[target], Step("build", unseen))


def native_files(made: Build) -> dict[str, bytes]:
    found = {path.relative_to(made.vfs_folder).as_posix(): path.read_bytes() for path in made.folder.rglob("*.mpy")}
    return {name: data for name, data in found.items() if has_native_code(data)}


@pytest.mark.parametrize("target", [name for name in TARGETS if name != "pc"])
def test_every_native_file_of_a_board_has_its_counterpart(rig: Rig, own_native_cache: Path, target: str) -> None:
    native = native_files(make(rig, target))
    assert {"lib/pyralis/light/__init__.mpy", "lib/pyralis/light/effects/plasma.mpy"} <= set(native)
    assert "lib/pyralis/core/__init__.mpy" not in native
    counterparts = {name: own_native_cache / f"{sha256_of(data)}.mpy" for name, data in native.items()}
    assert sorted(own_native_cache.iterdir()) == sorted(set(counterparts.values()))
    # They are what a build for this machine has: nothing is compiled another way. These two have no private names,
    # which a build chooses among those of its own target.
    on_pc = make(rig, "pc").vfs_folder
    for name in ("lib/pyralis/light/effects/rainbow.mpy", "lib/pyralis/light/effects/solid.mpy"):
        assert counterparts[name].read_bytes() == (on_pc / name).read_bytes()


def test_micropython_runs_a_boards_image_with_the_counterparts(rig: Rig, micropython: str, tmp_path: Path) -> None:
    made = make(rig, "esp32dev")
    tree = shutil.copytree(made.vfs_folder, tmp_path / "tree")

    def run() -> subprocess.CompletedProcess[str]:
        call = [micropython, "-X", "heapsize=1m", "-c", IMPORT]
        return subprocess.run(call, cwd=tree, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)

    assert "incompatible .mpy arch" in run().stdout
    for name, data in native_files(made).items():
        shutil.copy(native_cache(rig) / f"{sha256_of(data)}.mpy", tree / name)
    assert run().returncode == 0, run().stdout


def test_a_pc_needs_none(rig: Rig, own_native_cache: Path) -> None:
    make(rig, "pc")
    assert not own_native_cache.exists()


def test_counterparts_are_made_once_and_again_where_one_is_gone(rig: Rig, own_native_cache: Path) -> None:
    make(rig, "esp32dev")
    before = {path: path.stat().st_ino for path in own_native_cache.iterdir()}
    make(rig, "esp32dev")
    assert {path: path.stat().st_ino for path in own_native_cache.iterdir()} == before
    gone = min(before)
    gone.unlink()
    make(rig, "esp32dev")
    assert set(own_native_cache.iterdir()) == set(before)


@pytest.mark.parametrize(
    ("head", "native"), [(b"M\x06\x00\x1f", False), (b"M\x06\x0b\x1f", True), (b"C\x06\x0b\x1f", False), (b"M", False)]
)
def test_native_code_is_seen_in_the_header(head: bytes, native: bool) -> None:
    assert has_native_code(head) == native
