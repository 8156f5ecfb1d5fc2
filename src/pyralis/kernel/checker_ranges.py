"""How large the values of integer expressions can get: a range, or None where that is not known."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Range = tuple[int, int] | None


def constant_value(node: ast.AST, constants: Mapping[str, int]) -> int | None:
    """The value of an expression of integer literals and constants, None for anything else."""
    if isinstance(node, ast.Constant):
        return node.value if type(node.value) is int else None
    if isinstance(node, ast.Name):
        return constants.get(node.id)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.Invert):
        value = constant_value(node.operand, constants)
        return None if value is None else -value if isinstance(node.op, ast.USub) else ~value
    if isinstance(node, ast.BinOp):
        left, right = constant_value(node.left, constants), constant_value(node.right, constants)
        if left is not None and right is not None:
            limits = combine(node.op, (left, left), (right, right))
            return limits[0] if limits is not None and limits[0] == limits[1] else None
    return None


def join(one: Range, other: Range) -> Range:
    """The range of a value that is one or the other."""
    if one is None or other is None:
        return None
    return (min(one[0], other[0]), max(one[1], other[1]))


def range_limits(parts: Sequence[Range], nodes: Sequence[ast.expr]) -> Range:
    """What a loop variable can hold."""
    step = constant_value(nodes[2], {}) if len(nodes) == 3 else 1
    start, stop = ((0, 0), parts[0]) if len(parts) == 1 else (parts[0], parts[1])
    if start is None or stop is None or not step:
        return None
    return (start[0], max(start[1], stop[1] - 1)) if step > 0 else (min(start[0], stop[0] + 1), start[1])


def combine(op: ast.operator, left: Range, right: Range) -> Range:
    """The range of `left op right`."""
    if isinstance(op, ast.BitAnd):
        tops = [side[1] for side in (left, right) if side is not None and side[0] >= 0]
        if left is not None and right is not None and left[0] == left[1] and right[0] == right[1]:
            return (left[0] & right[0], left[0] & right[0])
        return (0, min(tops)) if tops else None
    if isinstance(op, ast.Mod) and right is not None and right[0] == right[1] and right[0] > 0:
        return (0, right[0] - 1)
    if left is None or right is None:
        return None
    if isinstance(op, ast.BitOr | ast.BitXor):
        top = (1 << max(left[1], right[1], 0).bit_length()) - 1
        return (0, top) if left[0] >= 0 and right[0] >= 0 else None
    if isinstance(op, ast.FloorDiv) and right[0] <= 0:
        return None
    if isinstance(op, ast.LShift | ast.RShift) and not (0 <= right[0] and right[1] <= 63):
        return None
    corners = [_CALCULATE[type(op)](a, b) for a in left for b in right] if type(op) in _CALCULATE else []
    return (min(corners), max(corners)) if corners else None


_CALCULATE: dict[type[ast.operator], Callable[[int, int], int]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.LShift: lambda a, b: a << b,
    ast.RShift: lambda a, b: a >> b,
    ast.FloorDiv: lambda a, b: a // b,
}
