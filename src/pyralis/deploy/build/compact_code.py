"""Forms of code that cost a board less heap and mean the same."""

import ast
import re

from pyralis.deploy.syntax import parse

_LONGEST_INTERNED = 10  # mpy-cross makes names of texts up to that length
_NAME = re.compile(r"[A-Za-z_]\w*$")


def share_empty_methods(source: str) -> str:
    """Methods of a class that do nothing and take as many parameters become one function; no line numbers are kept."""
    tree = parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            known: dict[int, str] = {}
            node.body = [_alias(part, known) for part in node.body]
    return ast.unparse(tree) + "\n"


def _alias(part: ast.stmt, known: dict[int, str]) -> ast.stmt:
    if not isinstance(part, ast.FunctionDef) or part.decorator_list or part.args.defaults or not _is_empty(part):
        return part
    first = known.setdefault(len(part.args.args), part.name)
    if first == part.name:
        return part
    return ast.Assign([ast.Name(part.name, ast.Store())], ast.Name(first, ast.Load()), lineno=part.lineno)


def _is_empty(function: ast.FunctionDef) -> bool:
    return all(isinstance(part, ast.Pass) or _is_text(part) for part in function.body)


def _is_text(part: ast.stmt) -> bool:
    return isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant)


def intern_texts(source: str) -> str:
    """Longer texts that could be names are kept as names, too: as an object of its own each takes 72 bytes."""
    tree = parse(source)
    types = {annotation for node in ast.walk(tree) for annotation in _annotations(node)}
    texts = {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and len(node.value) > _LONGEST_INTERNED
        and _NAME.match(node.value)
        and node not in types
    }
    # mpy-cross leaves the block out, but knows the names from then on.
    return f"if 0:\n    {', '.join(sorted(texts))}\n{source}" if texts else source


def _annotations(node: ast.AST) -> list[ast.expr | None]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return [node.returns]
    return [node.annotation] if isinstance(node, ast.arg | ast.AnnAssign) else []
