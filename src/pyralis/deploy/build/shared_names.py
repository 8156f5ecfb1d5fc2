"""Names that a board's image can share: it stores each name once for everything that bears it.

Private attributes lose their underscore where nothing of the same class family has the plain name.
"""

import ast
import io
import re
import tokenize
from collections.abc import Iterable
from itertools import pairwise
from keyword import kwlist

_PRIVATE = re.compile(r"_[a-z]\w*$")


def names_to_share(sources: Iterable[str]) -> set[str]:
    """Private attributes of a whole image that can be written without their underscore."""
    families: list[tuple[set[str], set[str]]] = []  # class names, and what their `self` has
    private: set[str] = set()
    foreign: set[str] = set(kwlist)
    for source in sources:
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.ClassDef):
                _join(families, {node.name, *_base_names(node)}, _members(node))
            elif isinstance(node, ast.Attribute) and _PRIVATE.match(node.attr):
                of_self = isinstance(node.value, ast.Name) and node.value.id == "self"
                (private if of_self else foreign).add(node.attr)
            elif isinstance(node, ast.Name):
                foreign.add(node.id)  # also a function or variable of its own
    clashing = {name for _, members in families for name in members if name[1:] in members}
    return {name for name in private - foreign - clashing if name[1:] not in kwlist}


def share_names(source: str, names: set[str]) -> str:
    """The source with these attributes written without their underscore."""
    lines = source.splitlines(keepends=True)
    tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
    for before, token in reversed(list(pairwise(tokens))):
        text = token.string
        if token.type == tokenize.NAME and text in names and before.string in (".", "def"):
            text = text[1:]
        elif token.type == tokenize.STRING and "f" in text[:2].lower():
            text = re.sub(r"\bself\.(_\w+)", lambda m: "self." + m[1][m[1] in names :], text)
        if text != token.string:
            line = lines[token.start[0] - 1]
            lines[token.start[0] - 1] = line[: token.start[1]] + text + line[token.end[1] :]
    return "".join(lines)


def _base_names(node: ast.ClassDef) -> set[str]:
    return {base.id for base in node.bases if isinstance(base, ast.Name)}


def _members(node: ast.ClassDef) -> set[str]:
    """Methods, class attributes and everything that is reached through `self`."""
    members = {
        part.attr
        for part in ast.walk(node)
        if isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name) and part.value.id == "self"
    }
    for part in node.body:
        if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef):
            members.add(part.name)
        elif isinstance(part, ast.Assign):
            members.update(target.id for target in part.targets if isinstance(target, ast.Name))
    return members


def _join(families: list[tuple[set[str], set[str]]], classes: set[str], members: set[str]) -> None:
    related = [family for family in families if family[0] & classes]
    for family in related:
        families.remove(family)
        classes |= family[0]
        members |= family[1]
    families.append((classes, members))
