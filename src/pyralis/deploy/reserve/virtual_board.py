"""Virtual board: one that was flashed for the first time, with the rig's tree and without a reserve of its own."""

import contextlib
import json
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pyralis.deploy.bench.heap import Stage, stage_now
from pyralis.deploy.bench.runtimes import Runtime
from pyralis.deploy.build.builder import Build, build
from pyralis.deploy.build.targets import TARGETS
from pyralis.deploy.errors import UserError
from pyralis.deploy.interpreters import find_micropython
from pyralis.deploy.live.board_runner import BoardRunner
from pyralis.deploy.reserve.profiles import PROFILE_FILE, Profile, save
from pyralis.deploy.rig import Rig
from pyralis.deploy.steps import Step, unseen
from pyralis.deploy.twin.host import Settings, Twin
from pyralis.deploy.twin.measure import _flash
from pyralis.deploy.twin.plugs import twin_folder
from pyralis.deploy.twin.process import FLASH_FILE

_DRIVER = "DriverLayer"
_BALLAST = "Ballast"
_MODULES = Path(__file__).resolve().parent / "modules"


class VirtualBoard:
    """A board that serves; it holds nothing back, so that what is measured is what clients need."""

    def __init__(self, runtime: Runtime, boot: list[dict[str, Any]]) -> None:
        self._runtime = runtime
        self.url = runtime.url
        self.boot = boot  # stage, free_kb, largest_kb

    def measure(self, name: str) -> Stage:
        """The heap, as the board measures it next."""
        return stage_now(self._runtime, name)

    def fill(self, free_bytes: int, holes_percent: int) -> None:
        """Leave so much of its memory, and a part of that as holes."""
        driver = next(module["id"] for module in self._runtime.modules() if module["type"] == _DRIVER)
        controls = {"free": free_bytes, "holes": holes_percent}
        self._runtime.ask("POST", "/api/modules", {"type": _BALLAST, "parent": driver, "controls": controls})

    def holds_ballast(self) -> bool:
        """False once the board was so short of memory that its guard has let go of the ballast."""
        return any(module["type"] == _BALLAST and module["setup_ok"] for module in self._runtime.modules())


def make_rig(rig: Rig, folder: Path, board: str) -> tuple[Rig, Build]:
    """The same rig with ballast among its modules, and its image for a board that reserves nothing."""
    if _DRIVER not in [kind for _, kind in rig.used_types()]:
        raise UserError(
            f"the tree in {rig.file.name} has no {_DRIVER}",
            whose="the rig's",
            todo="calibrate with a tree that has lights, such as that of `pyralis new DIR`",
        )
    made = Rig(folder)
    value = rig.read() | {"micropython": find_micropython(rig)}
    made.file.write_text(json.dumps(value), encoding="utf-8")
    if rig.modules.is_dir():
        shutil.copytree(rig.modules, made.modules, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(_MODULES, made.modules, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    rig.cache.mkdir(parents=True, exist_ok=True)
    made.private.mkdir()
    made.cache.symlink_to(rig.cache.resolve())
    save(made.root / PROFILE_FILE, {board: Profile(0)})
    return made, build(made, TARGETS[board], Step("build", unseen))


@contextlib.contextmanager
def booted(rig: Rig, made: Build, cancelled: threading.Event) -> Iterator[VirtualBoard]:
    """A board right after its first start; it is gone with the context."""
    name = f"calibrate-{made.target}"
    folder = twin_folder(rig, name)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / FLASH_FILE).write_bytes(_flash(rig, made))
    with Twin(rig, Settings(name, made.target)) as twin:
        log = rig.logs / f"{name}.log"
        with BoardRunner(rig, name, twin.wait().serial, "", log, cancelled) as board:
            board.begin()
            board.wait_ready()
            yield VirtualBoard(Runtime(board.url, 0, []), list(board.memory))
