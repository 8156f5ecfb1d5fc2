"""Names that a board's image can share: it stores each name once for everything that bears it.

Private attributes get names that other classes use anyway, and private methods lose their underscore: both only where
nothing of the same class family has that name, and the whole family is known.
"""

import ast
import io
import re
import tokenize
from collections.abc import Iterable, Mapping
from itertools import pairwise
from keyword import kwlist

from pyralis.deploy.syntax import nodes

_Tree = tuple[ast.AST, ...]

_PRIVATE = re.compile(r"_[a-z]\w*$")
_PUBLIC = re.compile(r"[a-z]\w*$")


class _Family:
    """Classes that derive from each other, and everything that their `self` has."""

    def __init__(self, classes: set[str], members: set[str], methods: set[str]) -> None:
        self.classes = classes
        self.members = members
        self.methods = methods


def names_to_share(sources: Iterable[str], loaded: Iterable[str]) -> dict[str, str]:
    """Private names of a whole image, and what each can be called instead; `loaded` are sources of every start."""
    trees = [nodes(source) for source in sources]
    families = _families(trees)
    defined = {node.name for tree in trees for node in tree if isinstance(node, ast.ClassDef)}
    private, foreign = _uses(trees)
    foreign.update(name for family in families if family.classes - defined for name in family.members)
    methods = {name for family in families for name in family.methods}
    free = sorted(_attributes_read(nodes(source) for source in loaded) - _reached(trees))
    renamed: dict[str, str] = {}
    # Methods first: tracebacks show them, so they get no name but their own.
    for name in sorted(private - foreign, key=lambda name: (name not in methods, name)):
        having = [family for family in families if name in family.members]
        taken = {*kwlist, *foreign, *(member for family in having for member in family.members)}
        plain = name[1:]
        candidates = [plain] if name in methods else [plain, *free] if plain in free else [*free, plain]
        new = next((candidate for candidate in candidates if candidate not in taken), None)
        if new is not None:
            renamed[name] = new
            for family in having:
                family.members.add(new)
    return renamed


def share_names(source: str, names: Mapping[str, str]) -> str:
    """The source with these attributes called otherwise."""
    lines = source.splitlines(keepends=True)
    tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
    for before, token in reversed(list(pairwise(tokens))):
        text = token.string
        if token.type == tokenize.NAME and text in names and before.string in (".", "def"):
            text = names[text]
        elif token.type == tokenize.STRING and "f" in text[:2].lower():
            text = re.sub(r"\bself\.(_\w+)", lambda m: "self." + names.get(m[1], m[1]), text)
        if text != token.string:
            line = lines[token.start[0] - 1]
            lines[token.start[0] - 1] = line[: token.start[1]] + text + line[token.end[1] :]
    return "".join(lines)


def _uses(trees: Iterable[_Tree]) -> tuple[set[str], set[str]]:
    """Private attributes of `self`, and names that something else bears or reaches."""
    private: set[str] = set()
    foreign: set[str] = set()
    for tree in trees:
        for node in tree:
            if isinstance(node, ast.Attribute) and _PRIVATE.match(node.attr):
                (private if _is_of_self(node) else foreign).add(node.attr)
            elif isinstance(node, ast.Name) and _PRIVATE.match(node.id):
                foreign.add(node.id)  # also a function or variable of its own
    return private, foreign


def _attributes_read(trees: Iterable[_Tree]) -> set[str]:
    """Public attributes that some code reads."""
    return {
        node.attr
        for tree in trees
        for node in tree
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load) and _PUBLIC.match(node.attr)
    }


def _reached(trees: Iterable[_Tree]) -> set[str]:
    """Attributes that code sets from outside, or may reach by a text."""
    found: set[str] = set()
    for tree in trees:
        for node in tree:
            if isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load) and not _is_of_self(node):
                found.add(node.attr)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(node.value)
    return found


def _is_of_self(node: ast.Attribute) -> bool:
    return isinstance(node.value, ast.Name) and node.value.id == "self"


def _families(trees: Iterable[_Tree]) -> list[_Family]:
    families: list[_Family] = []
    for tree in trees:
        for node in tree:
            if isinstance(node, ast.ClassDef):
                family = _family(node)
                for related in [known for known in families if known.classes & family.classes]:
                    families.remove(related)
                    family.classes |= related.classes
                    family.members |= related.members
                    family.methods |= related.methods
                families.append(family)
    return families


def _family(node: ast.ClassDef) -> _Family:
    """One class and its bases, with methods, class attributes and everything that is reached through `self`."""
    members = {part.attr for part in ast.walk(node) if isinstance(part, ast.Attribute) and _is_of_self(part)}
    methods = {part.name for part in node.body if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef)}
    for part in node.body:
        if isinstance(part, ast.Assign):
            members.update(target.id for target in part.targets if isinstance(target, ast.Name))
    bases = {ast.unparse(base) for base in node.bases}
    return _Family({node.name, *bases}, members | methods, methods)
