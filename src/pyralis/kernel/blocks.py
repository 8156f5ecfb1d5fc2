"""Cuts the innermost loops of kernels into blocks of lights, for processors that work on many at once.

A loop is cut where it computes, looks bytes up in tables behind a mask, and copies one colour a light to where that of
the next one follows: `lanes.py` has what its operations become. Lights that make no whole block run through the loop as
it was written, and so does every loop that does anything else.
"""

from __future__ import annotations

import ast
import re
from types import CodeType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

LIGHTS = 32  # of a block: as many bytes as a register of AVX2 has
PREFIX = "_lanes_"  # of all names that the cut adds
_AT = f"{PREFIX}at"  # the first light of a block
_LOW_BITS = 16
_MASKED_INDEX = re.compile(r"&\s*\d+\s*\]")
_OF_LOW_BITS = (ast.Add, ast.Sub, ast.Mult, ast.BitAnd)  # low bits of the result come from low bits alone


class _UnfitError(Exception):
    """The loop does something that blocks cannot do."""


def cut(text: str, path: str) -> dict[str, CodeType]:
    """The code of the kernels of a file whose loops can be cut."""
    found = {}
    for node in ast.parse(text, path).body if _MASKED_INDEX.search(text) else ():
        if isinstance(node, ast.FunctionDef) and node.decorator_list and _cut_loops(node):
            node.decorator_list, node.returns = [], None
            for argument in node.args.args:
                argument.annotation = None
            code = compile(ast.fix_missing_locations(ast.Module([node], [])), path, "exec")
            found[node.name] = next(each for each in code.co_consts if isinstance(each, CodeType))
    return found


def _cut_loops(function: ast.FunctionDef) -> bool:
    items = [node for node in ast.walk(function) if isinstance(node, ast.Subscript)]
    stored = {_name(item.value) for item in items if _is_stored_item(item)}
    tables: dict[tuple[str, int], str] = {}
    for body, place in list(_innermost(function)):
        loop = body[place]
        assert isinstance(loop, ast.For)  # noqa: S101  # for the type
        try:
            cut_loop = _Loop(loop, stored)
            made = cut_loop.made(function)
        except _UnfitError:
            continue
        body[place : place + 1] = made
        tables.update(cut_loop.tables)
    function.body[:0] = [
        _statement(f"{table} = {PREFIX}table({name}, {mask})") for (name, mask), table in tables.items()
    ]
    return bool(tables)


def _innermost(node: ast.AST) -> Iterator[tuple[list[ast.stmt], int]]:
    """Where loops are that could be cut: the last of a body comes first, so that places stay right."""
    for _, body in ast.iter_fields(node):
        if isinstance(body, list):
            for place in reversed(range(len(body))):
                if isinstance(body[place], ast.For) and _copies(body[place]):
                    yield body, place
                elif isinstance(body[place], ast.stmt):
                    yield from _innermost(body[place])


def _copies(loop: ast.For) -> bool:
    """True where a loop is straight and stores three bytes."""
    is_straight = all(isinstance(each, ast.Assign | ast.AugAssign) for each in loop.body)
    return is_straight and not loop.orelse and sum(_is_stored_item(node) for node in ast.walk(loop)) == 3


class _Loop:
    """One loop that may be cut."""

    def __init__(self, loop: ast.For, stored: set[str]) -> None:
        self._loop = loop
        self._stored = stored  # buffers that the kernel writes to
        self._count = _name(loop.target)
        self._body = list(loop.body)
        self._steps: dict[str, ast.expr] = {}  # of what grows by the same from light to light
        while self._body:
            last = self._body[-1]
            if not isinstance(last, ast.AugAssign) or not isinstance(last.op, ast.Add):
                break
            self._steps[_name(last.target)] = last.value
            self._body.pop()
        self._own = {self._count} | {_name(node) for each in self._body for node in ast.walk(each) if _is_written(node)}
        self._locals: set[str] = set()  # that have a value for each light by now
        self._read: set[str] = set()  # buffers
        self._channels: dict[str, tuple[str, str, int]] = {}  # of a colour: buffer, index, place
        self._copied: list[tuple[str, str, int, str]] = []  # to: buffer, index, place; and of which local
        self.tables: dict[tuple[str, int], str] = {}

    def made(self, function: ast.FunctionDef) -> list[ast.stmt]:
        """Blocks, and the loop for the lights after the last of them."""
        limits = self._loop.iter
        if not isinstance(limits, ast.Call) or len(limits.args) > 2:
            raise _UnfitError
        lanes = [made for statement in self._body for made in self._statement(statement)]
        lanes.append(self._copy())
        self._check_names(function)
        first = ast.unparse(limits.args[0]) if len(limits.args) == 2 else "0"
        last = ast.unparse(limits.args[-1])
        done = f"{PREFIX}done_{self._loop.lineno}"
        lines = f"for {_AT} in range({first}, {last} - {LIGHTS - 1}, {LIGHTS}):\n {done} = {_AT} + {LIGHTS}"
        blocks = _statement(lines)
        blocks.body += lanes  # type: ignore[attr-defined]
        grown = [f"{name} += ({ast.unparse(step)}) * {LIGHTS}" for name, step in self._steps.items()]
        blocks.body += map(_statement, grown)  # type: ignore[attr-defined]
        limits.args = [ast.Name(done, ast.Load()), limits.args[-1]]
        return [_statement(f"{done} = {first}"), blocks, self._loop]

    def _check_names(self, function: ast.FunctionDef) -> None:
        """What the loop computes must be nobody else's, and steps must stay the same."""
        grown = {_name(node) for step in self._steps.values() for node in ast.walk(step)}
        if (self._own | grown) & set(self._steps) or self._own & grown:
            raise _UnfitError
        others = [node for node in ast.walk(function) if isinstance(node, ast.For) and self._loop not in ast.walk(node)]
        free = {node for other in others for node in ast.walk(other) if _is_made_in(other, node)}
        free.update(ast.walk(self._loop))
        for node in ast.walk(function):
            if _name(node) in self._own and not _is_written(node) and node not in free:
                raise _UnfitError

    def _statement(self, node: ast.stmt) -> list[ast.stmt]:
        target: ast.expr
        value: ast.expr
        if isinstance(node, ast.AugAssign):
            target, value = node.target, ast.BinOp(ast.Name(_name(node.target), ast.Load()), node.op, node.value)
        elif isinstance(node, ast.Assign) and len(node.targets) == 1:
            target, value = node.targets[0], node.value
        else:
            raise _UnfitError
        if any(_name(target) == index for _, index, _ in self._channels.values()):
            raise _UnfitError  # another colour than the one that was read
        if isinstance(target, ast.Subscript):
            self._copied.append((_name(target.value), *_place(target.slice), _name(value)))
            return []
        if isinstance(value, ast.Subscript) and _place(value.slice)[0] in self._locals:
            self._channels[_name(target)] = (_name(value.value), *_place(value.slice))
            return []
        made = ast.Assign([ast.Name(PREFIX + _name(target), ast.Store())], self._value(value, 32))
        self._locals.add(_name(target))
        return [made]

    def _value(self, node: ast.expr, bits: int) -> ast.expr:
        """The expression for all lights of a block, right in so many of its bits."""
        if not any(_name(each) in self._own or _name(each) in self._steps for each in ast.walk(node)):
            return node
        if isinstance(node, ast.Name):
            return self._named(node.id, bits <= _LOW_BITS)
        if isinstance(node, ast.Subscript):
            return self._load(node)
        if not isinstance(node, ast.BinOp):
            raise _UnfitError
        by = _number(node.right)
        if isinstance(node.op, ast.RShift | ast.LShift):
            if by is None or by >= _LOW_BITS:
                raise _UnfitError
            bits += by if isinstance(node.op, ast.RShift) else 0
        elif not isinstance(node.op, _OF_LOW_BITS):
            raise _UnfitError
        elif isinstance(node.op, ast.BitAnd) and by is not None:
            bits = min(bits, by.bit_length())
        return ast.BinOp(self._value(node.left, bits), node.op, self._value(node.right, bits))

    def _named(self, name: str, low: bool) -> ast.expr:
        if name in self._locals:
            return _call("low", PREFIX + name) if low else ast.Name(PREFIX + name, ast.Load())
        if name == self._count:
            return _call("ramp", _AT, 1, int(low))
        if name in self._steps:
            return _call("ramp", name, ast.unparse(self._steps[name]), int(low))
        raise _UnfitError  # a value of the light before

    def _load(self, node: ast.Subscript) -> ast.expr:
        name, index = _name(node.value), node.slice
        if _name(index) == self._count:
            self._read.add(name)
            return _call("items", name, _AT)
        mask = _number(index.right) if isinstance(index, ast.BinOp) and isinstance(index.op, ast.BitAnd) else None
        if mask not in {15, 31, 63, 127, 255} or name in self._stored:
            raise _UnfitError
        table = self.tables.setdefault((name, mask or 0), f"{PREFIX}{name}_{mask}")
        return ast.Subscript(ast.Name(table, ast.Load()), self._value(index, 32), ast.Load())

    def _copy(self) -> ast.stmt:
        """One colour a light, to the bytes after those of the light before."""
        to, at, _, local = self._copied[0]
        colors, index, _ = self._channels.get(local, ("", "", 0))
        for place, copied in enumerate(self._copied):
            if copied[:3] != (to, at, place) or self._channels.get(copied[3]) != (colors, index, place):
                raise _UnfitError
        step = self._steps.get(at)
        if not isinstance(step, ast.Constant) or step.value != 3 or to in self._read | {colors} or not self.tables:
            raise _UnfitError
        return ast.Expr(_call("copy", to, at, colors, PREFIX + index))


def _name(node: ast.AST) -> str:
    return node.id if isinstance(node, ast.Name) else ""


def _is_written(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)


def _is_stored_item(node: ast.AST) -> bool:
    return isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store)


def _is_made_in(loop: ast.For, node: ast.AST) -> bool:
    """True for a name that the loop gives a value before it is read."""
    written = [loop.target] + [target for each in loop.body if isinstance(each, ast.Assign) for target in each.targets]
    return any(_name(each) == _name(node) and each.lineno < getattr(node, "lineno", 0) for each in written)


def _number(node: ast.expr) -> int | None:
    """What is written there, where that is a number."""
    return node.value if isinstance(node, ast.Constant) and type(node.value) is int else None


def _place(node: ast.expr) -> tuple[str, int]:
    """`name`, or `name + 1`."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        by = _number(node.right)
        return (_name(node.left), by) if by is not None else ("", 0)
    return _name(node), 0


def _statement(text: str) -> ast.stmt:
    return ast.parse(text).body[0]


def _call(name: str, *arguments: object) -> ast.expr:
    return ast.parse(f"{PREFIX}{name}({', '.join(map(str, arguments))})", mode="eval").body
