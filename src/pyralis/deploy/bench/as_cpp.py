"""Kernels as C++: what somebody would write by hand, statement by statement, so that both are the same work.

The kernel language is a small part of Python over 32-bit integers and pointers, and what is left out of it here does
not occur. Whether the bytes are the same is compared before anything is timed.
"""

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path

from pyralis.deploy.syntax import parse

_TYPES = {"ptr8": "uint8_t*", "ptr16": "uint16_t*", "ptr32": "uint32_t*", "int": "int"}
_OPERATORS: dict[type[ast.AST], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.LShift: "<<",
    ast.RShift: ">>",
    ast.BitAnd: "&",
    ast.BitOr: "|",
    ast.BitXor: "^",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.And: "&&",
    ast.Or: "||",
    ast.USub: "-",
    ast.UAdd: "+",
    ast.Invert: "~",
    ast.Not: "!",
}
_WRAPPING = (ast.Add, ast.Sub, ast.Mult, ast.LShift)  # may pass 32 bits where a mask follows
HEAD = """#include <cstdint>
static inline int divide(int a, int b) { int q = a / b; return q - (a % b != 0 && (a < 0) != (b < 0)); }
static inline int remain(int a, int b) { return a - divide(a, b) * b; }
"""


def parameters(path: Path, kernel: str) -> list[str]:
    """The kinds of what a kernel takes: 'ptr8', 'ptr16', 'ptr32' or 'int'."""
    return [ast.unparse(arg.annotation) for arg in _function(_parsed(path), kernel).args.args if arg.annotation]


def as_cpp(path: Path, kernel: str) -> str:
    """One kernel of a file, in a namespace of its own with the file's constants."""
    tree = _parsed(path)
    function = _function(tree, kernel)
    stored = {
        ast.unparse(node.value)
        for node in ast.walk(function)
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store)
    }
    takes = [
        f"{'' if kind == 'int' or arg.arg in stored else 'const '}{_TYPES[kind]} {_name(arg.arg)}"
        for arg, kind in zip(function.args.args, parameters(path, kernel), strict=True)
    ]
    written = [node.id for node in ast.walk(function) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]
    looped = [ast.unparse(node.target) for node in ast.walk(function) if isinstance(node, ast.For)]
    for name in looped:  # declared by its loop
        written.remove(name)
    declared = sorted({_name(name) for name in written if name not in [arg.arg for arg in function.args.args]})
    lines = [f"namespace {kernel}_ {{", *_constants(tree)]
    lines.append(f"static {'int' if function.returns else 'void'} run({', '.join(takes)}) {{")
    if declared:
        lines.append(f"int {', '.join(declared)};")
    return "\n".join([*lines, *_block(function.body), "}", "}", ""])


def alone(path: Path, kernel: str) -> str:
    """The kernel as MicroPython takes it without the rest of its file."""
    tree = _parsed(path)
    kept = [node for node in tree.body if _const(node) is not None] + [_function(tree, kernel)]
    return "\n".join(["import micropython", "from micropython import const", *map(ast.unparse, kept), ""])


def _parsed(path: Path) -> ast.Module:
    return parse(path.read_text(encoding="utf-8"))


def _function(tree: ast.Module, kernel: str) -> ast.FunctionDef:
    return next(node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == kernel)


def _constants(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        value = _const(node)
        if value is not None and isinstance(node, ast.Assign):
            yield f"constexpr int {_name(ast.unparse(node.targets[0]))} = {_value(value)};"


def _const(node: ast.stmt) -> ast.expr | None:
    """What `NAME = const(…)` holds."""
    call = node.value if isinstance(node, ast.Assign) else None
    return call.args[0] if isinstance(call, ast.Call) and ast.unparse(call.func) == "const" else None


def _name(name: str) -> str:
    return f"{name}_"  # no keyword of C++ ends like that


def _block(statements: Iterable[ast.stmt]) -> Iterator[str]:
    for statement in statements:
        yield from _statement(statement)


def _statement(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.Assign):
        yield f"{_value(node.targets[0])} = {_value(node.value)};"
    elif isinstance(node, ast.AugAssign):
        yield f"{_value(node.target)} = {_value(ast.BinOp(node.target, node.op, node.value))};"
    elif isinstance(node, ast.If):
        yield f"if ({_value(node.test)}) {{"
        yield from _block(node.body)
        if node.orelse:
            yield "} else {"
            yield from _block(node.orelse)
        yield "}"
    elif isinstance(node, ast.While):
        yield f"while ({_value(node.test)}) {{"
        yield from _block(node.body)
        yield "}"
    elif isinstance(node, ast.For):
        yield from _loop(node)
    elif isinstance(node, ast.Return):
        yield f"return {_value(node.value)};" if node.value else "return;"
    elif isinstance(node, ast.Break | ast.Continue):
        yield "break;" if isinstance(node, ast.Break) else "continue;"


def _loop(node: ast.For) -> Iterator[str]:
    values = [_value(arg) for arg in node.iter.args] if isinstance(node.iter, ast.Call) else []
    first, last = (["0", *values] if len(values) == 1 else values)[:2]
    step = values[2] if len(values) == 3 else "1"
    name = _value(node.target)
    compare = ">" if "-" in step else "<"
    yield f"for (int {name} = {first}, end_of = {last}; {name} {compare} end_of; {name} += {step}) {{"
    yield from _block(node.body)
    yield "}"


def _value(node: ast.expr, masked: bool = False) -> str:
    if isinstance(node, ast.Constant):
        return str(int(node.value)) if isinstance(node.value, int) else "0"
    if isinstance(node, ast.Name):
        return _name(node.id)
    if isinstance(node, ast.Subscript):
        return f"{_value(node.value)}[{_value(node.slice)}]"
    if isinstance(node, ast.BinOp):
        return _binary(node, masked)
    if isinstance(node, ast.UnaryOp):
        return f"({_OPERATORS[type(node.op)]}{_value(node.operand)})"
    if isinstance(node, ast.BoolOp):
        return f"({f' {_OPERATORS[type(node.op)]} '.join(map(_value, node.values))})"
    if isinstance(node, ast.Compare):
        sides = [_value(side) for side in (node.left, *node.comparators)]
        pairs = zip(sides, node.ops, sides[1:], strict=False)
        return f"({' && '.join(f'{one} {_OPERATORS[type(op)]} {two}' for one, op, two in pairs)})"
    if isinstance(node, ast.IfExp):
        return f"({_value(node.test)} ? {_value(node.body)} : {_value(node.orelse)})"
    return f"int({_value(node.args[0])})" if isinstance(node, ast.Call) else ""


def _binary(node: ast.BinOp, masked: bool) -> str:
    wraps = isinstance(node.op, _WRAPPING)
    inner = (masked and wraps) or isinstance(node.op, ast.BitAnd)
    left, right = _value(node.left, inner), _value(node.right, inner)
    if isinstance(node.op, ast.FloorDiv | ast.Mod):
        return f"{'divide' if isinstance(node.op, ast.FloorDiv) else 'remain'}({left}, {right})"
    if masked and wraps:  # what overflows is defined for unsigned numbers
        return f"int(unsigned({left}) {_OPERATORS[type(node.op)]} unsigned({right}))"
    return f"({left} {_OPERATORS[type(node.op)]} {right})"
