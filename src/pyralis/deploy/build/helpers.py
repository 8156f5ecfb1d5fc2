"""Which modules the code of a type brings with it: a board lets go of them with the last type that needs them."""

import ast
from collections.abc import Iterable, Iterator

from pyralis.deploy.build.board_code import Code
from pyralis.deploy.syntax import nodes

_PACKAGE = "pyralis.light."  # what lies elsewhere serves more than types


def with_helpers(homes: Iterable[str], code: Iterable[Code]) -> dict[str, str]:
    """For each module of types its name and, after spaces, those of the modules that it imports."""
    texts = {_module(one.name): one.text for one in code}
    return {home: " ".join([home, *sorted(_reached(home, texts) - {home})]) for home in homes}


def _reached(home: str, texts: dict[str, str]) -> set[str]:
    """What a module imports at once or later, itself or through others."""
    found: set[str] = set()
    waiting = [home]
    while waiting:
        imported = set(_imported(texts.get(waiting.pop(), "")))
        new = {name for name in imported & texts.keys() if name.startswith(_PACKAGE)} - found
        found |= new
        waiting += new
    return found


def _imported(source: str) -> Iterator[str]:
    for node in nodes(source):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _module(path: str) -> str:
    return path.removeprefix("lib/").removesuffix(".py").removesuffix("/__init__").replace("/", ".")
