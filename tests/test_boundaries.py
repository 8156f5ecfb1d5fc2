"""The layers and the platform boundary are kept, and breaking each rule on purpose is reported by name."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import boundaries
import pyralis.wire

TESTS = Path(__file__).resolve().parent
ROOT = TESTS.parent
PACKAGE = Path(pyralis.wire.__file__).parent
TIMEOUT_S = 60

# Imports that break the layers: the file to add a line to, the line, and what import-linter says of it.
WRONG_IMPORTS = (
    ("core/planted.py", "import pyralis.pal.fake", "pyralis.core.planted -> pyralis.pal.fake"),
    ("core/planted.py", "import pyralis.light.coord", "pyralis.core.planted -> pyralis.light.coord"),
    ("core/planted.py", "import pyralis.catalogue", "pyralis.core.planted -> pyralis.catalogue"),
    ("light/planted.py", "import pyralis.api.routes", "pyralis.light.planted -> pyralis.api.routes"),
    ("light/planted.py", "import pyralis.main", "pyralis.light.planted -> pyralis.main"),
    ("light/planted.py", "import microdot", "pyralis.light.planted -> microdot"),
    ("api/planted.py", "import pyralis.pal.fake", "pyralis.api.planted -> pyralis.pal.fake"),
    ("kernel/planted.py", "import pyralis.core.log", "pyralis.kernel.planted -> pyralis.core.log"),
    ("wire.py", "import pyralis.core.log", "pyralis.wire -> pyralis.core.log"),
    ("catalogue.py", "import pyralis.light.coord", "pyralis.catalogue -> pyralis.light.coord"),
    ("main.py", "import pyralis.deploy", "pyralis.main -> pyralis.deploy"),
    ("pal/planted.py", "import pyralis.deploy", "pyralis.pal.planted -> pyralis.deploy"),
    ("deploy/planted.py", "import pyralis.core.log", "pyralis.deploy.planted -> pyralis.core.log"),
    ("deploy/planted.py", "import pyralis.pal.fake", "pyralis.deploy.planted -> pyralis.pal.fake"),
    ("planted/__init__.py", "", "- pyralis.planted"),
)

# Uses of what a zone does not allow: the file, its source, and the rule and words that name it.
WRONG_USES = (
    ("core/log.py", "import socket", "module", "socket"),
    ("core/log.py", "import time", "module", "time comes from the platform"),
    ("core/log.py", "from time import monotonic", "module", "time"),
    ("core/log.py", "import os.path", "module", "os.path"),
    ("core/log.py", "def late():\n    import threading", "module", "threading"),
    ("core/log.py", "import gc", "module", "gc"),
    ("core/log.py", "import typing", "module", "typing"),
    ("core/log.py", "import microdot", "module", "microdot"),
    ("core/log.py", "from . import manager", "module", "relative"),
    ("core/log.py", "print('x')", "builtin", "print"),
    ("core/log.py", "say = print", "builtin", "print"),
    ("core/log.py", "__import__('os')", "builtin", "__import__"),
    ("core/log.py", "__builtins__['open']", "builtin", "__builtins__"),
    ("light/effects/plasma.py", "open('x')", "builtin", "open"),
    ("light/effects/plasma.py", "import random", "module", "random"),
    ("light/outputs/artnet_out.py", "import socket", "module", "socket"),
    ("light/gamma.py", "eval('1')", "builtin", "eval"),
    ("kernel/__init__.py", "import threading", "module", "threading"),
    ("kernel/__init__.py", "import sys\nsys.modules['os']", "sys", "sys.modules"),
    ("kernel/__init__.py", "from sys import stdin", "sys", "sys.stdin"),
    ("kernel/host.py", "import threading", "module", "threading"),
    ("kernel/host.py", "import time", "module", "time"),
    ("kernel/checker.py", "import socket", "module", "socket"),
    ("api/routes.py", "import asyncio", "module", "asyncio"),
    ("api/views.py", "import time", "module", "time"),
    ("api/new_part_of_the_routes.py", "import socket", "module", "socket"),
    ("api/server.py", "import socket", "module", "socket"),
    ("api/server.py", "import asyncio as aio\naio.sleep(1)", "clock", "asyncio.sleep"),
    ("api/hub.py", "from asyncio import sleep", "clock", "asyncio.sleep"),
    ("main.py", "import time", "module", "time"),
    ("main.py", "if TYPE_CHECKING:\n    pass\nelse:\n    import os", "module", "os"),
    ("start.py", "import os", "module", "os"),
    ("wire.py", "import json", "module", "json"),
    ("pal/fake.py", "import time", "module", "time"),
    ("pal/micropython.py", "import pathlib", "module", "pathlib"),
    ("pal/esp32.py", "import threading", "module", "threading"),
    ("radio/__init__.py", "", "undeclared", "no zone"),
    ("pal/rp2040.py", "", "undeclared", "no zone"),
)

# Reached at import, which only running it shows where the source hides it.
HIDDEN_USES = {
    "file": ("import json\njson.codecs.open('x')", "Reached: open x"),
    "clock": ("import asyncio\nasyncio.base_events.time.monotonic()", "Reached: time.monotonic"),
    "sockets": ("import asyncio\nasyncio.events.socket.socket()", "Reached: socket.socket"),
    "folder": ("import asyncio\nasyncio.events.os.listdir('.')", "Reached: os.listdir"),
    "thread": ("import asyncio\nasyncio.events.threading.Thread()", "Reached: threading.Thread"),
    "printed": ("print('x')", "Reached: print"),
    "imported": ("import time", "ModuleNotFoundError: import of time halted"),
    "taken": ("import sys\nsys.modules['time'].time()", "AttributeError: 'NoneType'"),
}


def run(call: list[str], tree: Path) -> tuple[int, str]:
    """The exit status and output of a child that finds the package in `tree`."""
    environment = {**os.environ, "PYTHONPATH": str(tree), "COLUMNS": "200", "NO_COLOR": "1"}
    done = subprocess.run(
        call, cwd=tree, env=environment, capture_output=True, text=True, timeout=TIMEOUT_S, check=False
    )
    return done.returncode, done.stdout + done.stderr


def copy_package(folder: Path) -> Path:
    """A copy of the package to break, with the import contracts beside it; returns the folder it is in."""
    shutil.copytree(PACKAGE, folder / "pyralis", ignore=shutil.ignore_patterns("__pycache__", ".*"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def lint_imports(tree: Path) -> tuple[int, str]:
    """What import-linter says of a copy."""
    command = shutil.which("lint-imports", path=str(Path(sys.executable).parent))
    assert command, "import-linter is part of the developer set-up: `uv sync --extra dev`"
    return run([command, "--no-cache"], tree)


@pytest.fixture(scope="module")
def broken_layers(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What import-linter says of a copy that breaks every contract at once."""
    tree = copy_package(tmp_path_factory.mktemp("layers"))
    for path, line, _ in WRONG_IMPORTS:
        file = tree / "pyralis" / path
        file.parent.mkdir(exist_ok=True)
        with file.open("a", encoding="utf-8") as text:
            text.write(f"\n{line}\n")
    status, output = lint_imports(tree)
    assert status == 1, output
    return output


def test_the_import_contracts_are_kept(tmp_path: Path) -> None:
    status, output = lint_imports(copy_package(tmp_path))
    assert status == 0, output
    assert re.search(r"Contracts: [1-9]\d* kept, 0 broken", output), output


@pytest.mark.parametrize("expected", [row[2] for row in WRONG_IMPORTS])
def test_a_wrong_import_is_reported(broken_layers: str, expected: str) -> None:
    assert re.search(re.escape(expected) + r"\b(?!\.)", broken_layers), broken_layers


def test_every_contract_can_be_broken(broken_layers: str) -> None:
    assert re.search(r"Contracts: 0 kept, [1-9]\d* broken", broken_layers), broken_layers


def test_the_platform_boundary_is_kept() -> None:
    assert [str(violation) for violation in boundaries.check_package(PACKAGE)] == []


def test_every_zone_has_files() -> None:
    """A zone that matches nothing would hold nothing."""
    files = [file.relative_to(PACKAGE).as_posix() for file in PACKAGE.rglob("*.py")]
    found = {zone.name for file in files if (zone := boundaries.zone_of(file))}
    assert found == {zone.name for zone in boundaries.ZONES}


@pytest.mark.parametrize(
    ("path", "source", "rule", "words"), WRONG_USES, ids=[f"{row[0]}:{row[1]}" for row in WRONG_USES]
)
def test_a_wrong_use_is_reported(path: str, source: str, rule: str, words: str) -> None:
    found = boundaries.check_source(path, source + "\n")
    assert [violation.rule for violation in found] == [rule], found
    assert words in found[0].message or rule == "undeclared"
    assert found[0].path == path


def test_letting_other_tasks_run_is_no_clock() -> None:
    assert boundaries.check_source("api/server.py", "import asyncio\nasyncio.sleep(0)\n") == []


def test_imports_for_type_checkers_are_no_use() -> None:
    assert (
        boundaries.check_source("core/log.py", "if TYPE_CHECKING:\n    from typing import Any\n    import socket\n")
        == []
    )


def test_the_command_reports_file_and_line(tmp_path: Path) -> None:
    tree = copy_package(tmp_path)
    planted = tree / "pyralis" / "light" / "planted.py"
    planted.write_text('"""Planted."""\n\nimport json\n\ntext = json.dumps(open("x").read())\n', encoding="utf-8")
    status, output = run([sys.executable, boundaries.__file__, "pyralis"], tree)
    assert status == 1
    assert "pyralis/light/planted.py:5: builtin: light uses open" in output


def run_poisoned(tree: Path) -> tuple[int, str]:
    """Import and run the pure part of a copy while the machine cannot be reached."""
    return run([sys.executable, str(TESTS / "poisoned.py"), str(tree / "pyralis")], tree)


def test_the_pure_part_runs_without_a_machine() -> None:
    status, output = run_poisoned(PACKAGE.parent)
    assert status == 0, output
    modules, types = (int(number) for number in re.findall(r"\d+", output))
    assert modules >= 40
    assert types >= 12


@pytest.fixture(scope="module")
def reaching(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What is said of a copy whose core reaches for the machine in every way."""
    tree = copy_package(tmp_path_factory.mktemp("reaching"))
    for name, (source, _) in HIDDEN_USES.items():
        (tree / "pyralis" / "core" / f"planted_{name}.py").write_text(source + "\n", encoding="utf-8")
    status, output = run_poisoned(tree)
    assert status == 1, output
    return output


@pytest.mark.parametrize("name", HIDDEN_USES)
def test_reaching_for_the_machine_is_reported(reaching: str, name: str) -> None:
    assert f"pyralis.core.planted_{name}: {HIDDEN_USES[name][1]}" in reaching


def test_a_module_that_reaches_for_the_machine_while_it_runs_is_reported(tmp_path: Path) -> None:
    tree = copy_package(tmp_path)
    effect = tree / "pyralis" / "light" / "effects" / "solid.py"
    with effect.open("a", encoding="utf-8") as text:
        text.write("\n\nimport asyncio\n\nSolid.loop = lambda self: asyncio.base_events.time.sleep(1)\n")
    status, output = run_poisoned(tree)
    assert status == 1
    assert output.splitlines()[-1].endswith("Reached: time.sleep")
