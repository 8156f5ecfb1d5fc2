"""The part of microdot that a board gets."""

import ast
from importlib.util import find_spec
from pathlib import Path

from pyralis.deploy.build.used_microdot import DROPPED, DROPPED_METHODS, shrink_microdot

FOLDER = Path(find_spec("microdot").origin).parent  # type: ignore[union-attr,arg-type]


def sources() -> dict[str, str]:
    return {
        f"microdot.{name}": (FOLDER / f"{name}.py").read_text(encoding="utf-8") for name in ("microdot", "websocket")
    }


def first_lines(source: str) -> set[str]:
    return {ast.unparse(node).split("\n")[0] for node in ast.walk(ast.parse(source)) if isinstance(node, ast.stmt)}


def methods(source: str) -> set[str]:
    """`Class.method` of all classes."""
    classes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ClassDef)]
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {f"{one.name}.{node.name}" for one in classes for node in one.body if isinstance(node, functions)}


def test_everything_that_is_to_be_dropped_is_there_and_gone_afterwards() -> None:
    before = sources()
    after = dict(before)
    shrink_microdot(after)
    assert set(DROPPED) <= first_lines(before["microdot.microdot"])
    assert not DROPPED & first_lines("\n".join(after.values()))
    assert methods(before["microdot.microdot"]) >= DROPPED_METHODS
    assert not DROPPED_METHODS & methods(after["microdot.microdot"])


def test_constants_of_a_class_stand_where_they_are_read_and_errors_say_nothing() -> None:
    made = sources()
    shrink_microdot(made)
    assert "TEXT" not in "".join(line for line in made["microdot.websocket"].splitlines() if "``" not in line)
    assert "raise WebSocketError\n" in made["microdot.websocket"]
