"""Links the modules of a package into one, because each module of its own costs a board about 400 bytes of heap.

Only packages whose modules are all needed at every start are linked; effects and the like stay files of their own.
"""

import ast
import re
from collections.abc import Mapping
from graphlib import TopologicalSorter

from pyralis.deploy.build.board_source import bound_names
from pyralis.deploy.syntax import parse


class LinkError(ValueError):
    """Two modules of one package define the same name."""


def link(package: str, sources: Mapping[str, str]) -> str:
    """One source for the modules `{name: source}` of a package, in the order of their imports."""
    order = TopologicalSorter({name: _imports_within(package, sources[name], sources) for name in sources})
    imports: list[str] = []
    bodies: list[str] = []
    owners: dict[str, str] = {}
    for name in order.static_order():
        outside, body = _split(package, sources[name], sources)
        _claim(package, name, body, owners)
        imports += [line for line in outside if line not in imports]
        bodies.append(body)
    return "\n".join([*imports, *bodies])


def relink_imports(source: str, package: str, linked: Mapping[str, str]) -> str:
    """Have a source import from the linked package what it imported from the package's modules."""
    names = "|".join(sorted(linked))
    return re.sub(
        rf"^(\s*)from {re.escape(package)}\.(?:{names}) import", rf"\1from {package} import", source, flags=re.MULTILINE
    )


def _imports_within(package: str, source: str, sources: Mapping[str, str]) -> set[str]:
    return {
        node.module.rpartition(".")[2]
        for node in parse(source).body
        if isinstance(node, ast.ImportFrom) and _is_within(package, node, sources) and node.module != package
        if node.module is not None
    }


def _is_within(package: str, node: ast.ImportFrom, sources: Mapping[str, str]) -> bool:
    module = node.module or ""
    return module == package or (module.rpartition(".")[0] == package and module.rpartition(".")[2] in sources)


def _split(package: str, source: str, sources: Mapping[str, str]) -> tuple[list[str], str]:
    """The imports from outside the package, and the source without any import at the top level."""
    lines = source.splitlines()
    outside: list[str] = []
    for node in parse(source).body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            for number in range(node.lineno - 1, node.end_lineno or node.lineno):
                lines[number] = ""
            if isinstance(node, ast.Import) or not _is_within(package, node, sources):
                outside.append(ast.unparse(node))
    return outside, "\n".join(lines)


def _claim(package: str, module: str, body: str, owners: dict[str, str]) -> None:
    for node in parse(body).body:
        for name in bound_names(node):
            if owners.setdefault(name, module) != module:
                raise LinkError(f"{package}: {owners[name]} and {module} both define '{name}': rename one of them")
