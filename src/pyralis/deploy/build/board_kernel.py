"""The kernel language in an image: mpy-cross knows viper by itself, and what is left becomes part of the core."""

import ast
import re

from pyralis.deploy.build.board_source import shake, without_imports
from pyralis.deploy.syntax import nodes, parse

_MODULE = "pyralis.kernel"
_PLACE = "pyralis.core.kernel"
_KNOWN = {"const", "micropython", "ptr8", "ptr16", "ptr32"}


def move_kernel(sources: dict[str, str]) -> None:
    """Have no source import what its compiler knows, and put the rest of the language where every start finds it."""
    if _MODULE not in sources:
        return
    for name, source in sources.items():
        moved = without_imports(source, _MODULE, _KNOWN - _used(source))
        sources[name] = re.sub(rf"^(\s*)from {_MODULE} import", rf"\1from {_PLACE} import", moved, flags=re.MULTILINE)
    wanted = {
        alias.name
        for source in sources.values()
        for node in nodes(source)
        if isinstance(node, ast.ImportFrom) and node.module == _PLACE
        for alias in node.names
    }
    sources[_PLACE] = shake(sources.pop(_MODULE), wanted)


def _used(source: str) -> set[str]:
    """`micropython`, where it is more than a decorator."""
    tree = parse(source)
    decorators = {
        part
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
        for decorator in node.decorator_list
        for part in ast.walk(decorator)
    }
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and node not in decorators} & {
        "micropython"
    }
