"""Gives parameters of a board's functions names that MicroPython has anyway: it stores each that a caller could use.

Left as they are: parameters that some call of the image passes by keyword, functions within functions, and kernels.
"""

import ast
from collections.abc import Iterable

from pyralis.deploy.syntax import nodes

_Function = ast.FunctionDef | ast.AsyncFunctionDef
# In every firmware, because compiled code may refer to them by number (static_qstr_list of MicroPython).
_FREE = (
    "key",
    "value",
    "start",
    "stop",
    "step",
    "sep",
    "end",
    "args",
    "items",
    "keys",
    "values",
    "copy",
    "find",
    "lower",
)
_PLAIN = ("staticmethod", "classmethod", "property")  # any other decorator makes a kernel


def keywords_of(sources: Iterable[str]) -> set[str]:
    """Every name that a call passes by keyword."""
    return {
        keyword.arg
        for source in sources
        for node in nodes(source)
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg is not None
    }


def shorten_parameters(source: str, keywords: set[str]) -> str:
    """The same source with other parameters."""
    lines = [line.encode() for line in source.splitlines(keepends=True)]  # AST columns count bytes
    edits: list[tuple[int, int, str, str]] = []
    functions = [node for node in nodes(source) if isinstance(node, _Function)]
    inner = {part for function in functions for part in ast.walk(function) if part is not function}
    for node in functions:
        if node not in inner and all(ast.unparse(one) in _PLAIN for one in node.decorator_list):
            edits += _edits(node, keywords)
    for line, column, old, new in sorted(set(edits), reverse=True):
        text = lines[line - 1]
        lines[line - 1] = text[:column] + new.encode() + text[column + len(old.encode()) :]
    return b"".join(lines).decode()


def _edits(function: _Function, keywords: set[str]) -> list[tuple[int, int, str, str]]:
    taken = keywords | _names_in_texts(function) | _inner_parameters(function)
    edits: list[tuple[int, int, str, str]] = []
    free = (name for name in _FREE if name not in keywords | _names(function))
    for parameter in function.args.args:
        if parameter.arg == "self" or parameter.arg in taken:
            continue
        new = next(free, None)
        if new is None:
            break
        edits.append((parameter.lineno, parameter.col_offset, parameter.arg, new))
        edits += [
            (name.lineno, name.col_offset, name.id, new)
            for name in ast.walk(function)
            if isinstance(name, ast.Name) and name.id == parameter.arg
        ]
    return edits


def _names(function: _Function) -> set[str]:
    """Every name that stands in a function."""
    found: set[str] = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, ast.arg):
            found.add(node.arg)
        elif isinstance(node, ast.alias | ast.ExceptHandler | _Function):
            found.add(getattr(node, "asname", None) or node.name or "")
    return found


def _names_in_texts(function: _Function) -> set[str]:
    # The columns of names inside f-strings are not known before Python 3.12.
    return {
        name.id
        for text in ast.walk(function)
        if isinstance(text, ast.JoinedStr)
        for name in ast.walk(text)
        if isinstance(name, ast.Name)
    }


def _inner_parameters(function: _Function) -> set[str]:
    return {
        parameter.arg
        for inner in ast.walk(function)
        if isinstance(inner, _Function | ast.Lambda) and inner is not function
        for parameter in (*inner.args.args, *inner.args.kwonlyargs)
    }
