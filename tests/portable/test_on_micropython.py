"""Runs the portable tests of this folder on MicroPython; pytest itself runs them on CPython.

A portable test file holds plain functions `test_…` with asserts, keeps to the subset that boards run and does not
`import pytest`.
"""

from __future__ import annotations

import ast
import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from micropython_tree import TIMEOUT_S, child_environment, compiled, micropython, portable_tests

if TYPE_CHECKING:
    from collections.abc import Callable


def names() -> list[tuple[str, str]]:
    """Module and function of every portable test."""
    found = []
    for path in portable_tests():
        functions = [node for node in ast.parse(path.read_text("utf-8")).body if isinstance(node, ast.FunctionDef)]
        found += [(path.stem, node.name) for node in functions if node.name.startswith("test_")]
    return found


@pytest.fixture(scope="session")
def results(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], dict[str, Any]]:
    """A function that gives the results of a module, which runs once."""
    interpreter = micropython()
    folder = compiled(True, pytestconfig, tmp_path_factory)
    done: dict[str, dict[str, Any]] = {}

    def get(module: str) -> dict[str, Any]:
        if module not in done:
            call = [interpreter, "-c", f"import runner; runner.run('{module}')"]
            environment = child_environment({"MICROPYPATH": f"{folder}:.frozen"})  # asyncio is frozen
            ran = subprocess.run(
                call, env=environment, capture_output=True, text=True, timeout=TIMEOUT_S, check=False, cwd=folder
            )
            lines = [json.loads(line) for line in ran.stdout.splitlines() if line.startswith("{")]
            done[module] = {line["test"]: line["error"] for line in lines}
            done[module][""] = f"it did not get that far, exit status {ran.returncode}:\n{ran.stdout}{ran.stderr}"
        return done[module]

    return get


@pytest.mark.parametrize(("module", "name"), names())
def test_on_micropython(module: str, name: str, results: Callable[[str], dict[str, Any]]) -> None:
    """One portable test on MicroPython."""
    found = results(module)
    error = found.get(name, found[""])
    assert error is None, f"{module}.{name} on MicroPython:\n{error}"
