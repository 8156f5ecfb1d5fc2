"""What may stand inside a kernel: statements, expressions, and how large their values can get.

Ranges are only used where they are certain: 'unknown' (None) is never reported by itself.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from pyralis.kernel.checker_ranges import combine, constant_value, join, range_limits

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pyralis.kernel.checker_ranges import Range

INT32_MIN, INT32_MAX = -(2**31), 2**31 - 1
CONST_MIN, CONST_MAX = -(2**30), 2**30 - 1
_LARGE_FACTOR = 1 << 16  # times an unknown value: a hash, which overflows
_BOOL = "bool"
_INT = "int"
_ITEM_MAX = {"ptr8": 255, "ptr16": 65535}
_RING = (ast.Add, ast.Sub, ast.Mult, ast.LShift)  # their low bits are right even after an overflow
_INSTEAD = {
    "min": "write `a if a < b else b`",
    "max": "write `a if a > b else b`",
    "abs": "write `a if a > 0 else -a`",
    "len": "pass the length as an argument",
    "uint": "use int, and mask",
    "float": "scale, and use int",
    "divmod": "use // and %",
}
_OPERATORS = {
    ast.Div: "'/' makes a float: use // or >>",
    ast.Pow: "'**' is not there: multiply, or shift",
    ast.MatMult: "'@' is not there",
}


class Body:
    """Checks the statements of one kernel; `report(rule, node, message)` takes what is found."""

    def __init__(
        self,
        function: ast.FunctionDef,
        kinds: Mapping[str, str],
        constants: Mapping[str, int],
        locals_of: set[str],
        report: Callable[[str, ast.AST, str], None],
    ) -> None:
        self.statements = function.body
        self.kinds = kinds
        self.constants = constants
        self._report_to = report
        self._silent = True
        self._loop_names: list[str] = []
        self.locals = locals_of - set(kinds)
        self._known: dict[str, Range] = {}  # what a local can hold, from all assignments of the last pass
        self._next: dict[str, Range] = {}

    def check(self) -> None:
        """Learn the ranges of locals in two silent passes, then report in the third."""
        first = self.statements[0]
        documented = isinstance(first, ast.Expr) and isinstance(getattr(first.value, "value", None), str)
        for silent in (True, True, False):
            self._silent = silent
            self._next = {}
            self.block(self.statements[1:] if documented else self.statements)
            self._known = {name: limits for name, limits in self._next.items() if name in self.locals}

    def report(self, rule: str, node: ast.AST, message: str) -> None:
        if not self._silent:
            self._report_to(rule, node, message)

    # Statements

    def block(self, statements: Sequence[ast.stmt]) -> None:
        for statement in statements:
            self.statement(statement)

    def statement(self, node: ast.stmt) -> None:
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            self.assign(node.targets[0], node.value, self.expression(node.value))
        elif isinstance(node, ast.AugAssign):
            combined = ast.BinOp(_as_load(node.target), node.op, node.value)
            value = ast.copy_location(combined, node)
            self.assign(node.target, value, self.expression(value))
        elif isinstance(node, ast.If):
            self.condition(node.test)
            self.block(node.body)
            self.block(node.orelse)
        elif isinstance(node, ast.While) and not node.orelse:
            self.condition(node.test)
            self.block(node.body)
        elif isinstance(node, ast.For) and not node.orelse:
            self.loop(node)
        elif isinstance(node, ast.Return):
            if node.value is not None:
                self.number(node.value)
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            self.call(node.value)
        elif not isinstance(node, ast.Pass | ast.Break | ast.Continue):
            text = ast.unparse(node).splitlines()[0]
            self.report("K2", node, f"`{text}` is outside the subset: use plain assignments, if, while, for and return")

    def assign(self, target: ast.expr, value: ast.expr, result: tuple[str, Range]) -> None:
        kind, limits = result
        if isinstance(target, ast.Subscript):
            self.store(target, value, self.number(value, given=result))
        elif not isinstance(target, ast.Name):
            self.report("K2", target, "one name at a time: write a line for each assignment")
        elif self.kinds.get(target.id, _INT) != _INT or target.id in self.constants:
            self.report("K3", target, f"'{target.id}' is rebound: use another name")
        elif target.id in self._loop_names:
            self.report("K3", target, f"the loop changes its own variable '{target.id}': use another name, or while")
        elif kind == _BOOL:
            self.report("K3", value, "a comparison is not a number: write int(…)")
        elif kind != _INT:
            self.report("K3", value, f"'{target.id}' would be another name for a {kind}: use the parameter itself")
        else:
            self._next[target.id] = join(self._next.get(target.id, limits), limits)

    def store(self, target: ast.Subscript, value: ast.expr, limits: Range) -> None:
        kind = self.pointer(target)
        largest = _ITEM_MAX.get(kind)
        arithmetic = _is_arithmetic(value)
        if largest is not None:
            fits = 0 <= limits[0] and limits[1] <= largest if limits is not None else not arithmetic
            if not fits:
                self.report(
                    "K5", value, f"the value may not fit into {kind}: mask it with `& {largest}`, or clamp it first"
                )
        elif kind == "ptr32" and (limits[0] < 0 if limits is not None else _is_negation(value)):
            self.report("K6", value, "a negative number reads back differently on a board: add an offset, or mask it")

    def loop(self, node: ast.For) -> None:
        call = node.iter
        ranged = isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "range"
        if not (ranged and isinstance(call, ast.Call) and isinstance(node.target, ast.Name)) or call.keywords:
            self.report("K2", node, "loop over range(…) with one variable")
            return
        if len(call.args) == 3 and not constant_value(call.args[2], {}):
            self.report("K3", call, "the step of a range is a literal other than 0: use while for another")
        parts = [self.number(arg) for arg in call.args]
        name = node.target.id
        self.assign(node.target, call, (_INT, range_limits(parts, call.args)))
        self._loop_names.append(name)
        self.block(node.body)
        self._loop_names.pop()

    # Expressions: each returns its kind and the range of its value.

    def condition(self, node: ast.expr) -> None:
        if isinstance(node, ast.BoolOp):
            for value in node.values:
                self.condition(value)
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            self.condition(node.operand)
        elif not (isinstance(node, ast.Constant) and isinstance(node.value, bool)):
            kind, _ = self.expression(node)
            if kind not in (_INT, _BOOL):
                self.report("K3", node, f"a {kind} is not a condition")

    def number(self, node: ast.expr, masked: bool = False, given: tuple[str, Range] | None = None) -> Range:
        kind, limits = given or self.expression(node, masked)
        if kind == _BOOL:
            self.report("K3", node, "a comparison is not a number: write int(…)")
        elif kind != _INT:
            self.report("K3", node, f"a {kind} is not a number: write an index, `{ast.unparse(node)}[…]`")
        return limits

    def expression(self, node: ast.expr, masked: bool = False) -> tuple[str, Range]:
        if isinstance(node, ast.Constant):
            return self.constant(node)
        if isinstance(node, ast.Name):
            return self.name(node)
        if isinstance(node, ast.BinOp):
            return _INT, self.operation(node, masked)
        if isinstance(node, ast.UnaryOp) and not isinstance(node.op, ast.Not):
            return _INT, self.unary(node)
        if isinstance(node, ast.BoolOp | ast.UnaryOp):
            self.condition(node)
            return _BOOL, (0, 1)
        if isinstance(node, ast.Compare):
            return self.comparison(node)
        if isinstance(node, ast.IfExp):
            self.condition(node.test)
            return _INT, join(self.number(node.body), self.number(node.orelse))
        if isinstance(node, ast.Call):
            return self.call(node)
        if isinstance(node, ast.Subscript):
            kind = self.pointer(node)
            return _INT, (0, _ITEM_MAX[kind]) if kind in _ITEM_MAX else None
        self.report("K2", node, f"`{ast.unparse(node)}` is outside the subset: integers, indexes and operators only")
        return _INT, None

    def constant(self, node: ast.Constant) -> tuple[str, Range]:
        if type(node.value) is not int:
            self.report("K2", node, f"{node.value!r} is no integer: kernels know only integers")
            return _INT, None
        if not CONST_MIN <= node.value <= CONST_MAX:
            self.report("K4", node, f"{node.value} is outside -2**30..2**30-1: use a smaller constant")
        return _INT, (node.value, node.value)

    def name(self, node: ast.Name) -> tuple[str, Range]:
        if node.id in self.kinds:
            return self.kinds[node.id], None
        if node.id in self.locals:
            return _INT, self._known.get(node.id)
        value = self.constants.get(node.id)
        if value is None:
            self.report("K2", node, f"global '{node.id}': write `{node.id} = const(…)` in this file, or pass it in")
            return _INT, None
        if not CONST_MIN <= value <= CONST_MAX:
            self.report("K4", node, f"{node.id} is outside -2**30..2**30-1: use a smaller constant")
        return _INT, (value, value)

    def operation(self, node: ast.BinOp, masked: bool) -> Range:
        if type(node.op) in _OPERATORS:
            self.report("K2", node, _OPERATORS[type(node.op)])
            return None
        ring = isinstance(node.op, _RING)
        inner = (masked and ring) or self.masks(node)
        left, right = self.number(node.left, inner), self.number(node.right, inner)
        if (
            isinstance(node.op, ast.LShift | ast.RShift)
            and right is not None
            and not (0 <= right[0] and right[1] <= 31)
        ):
            self.report("K4", node.right, "a shift is 0..31 bits")
            return None
        if isinstance(node.op, ast.FloorDiv | ast.Mod) and right == (0, 0):
            self.report("K5", node.right, "division by zero")
            return None
        limits = combine(node.op, left, right)
        if ring and not masked and self.overflows(node.op, left, right, limits):
            self.report("K4", node, f"`{ast.unparse(node)}` can pass int32: put `& mask` of at most 30 bits around it")
            return None
        return limits

    def masks(self, node: ast.BinOp) -> bool:
        sides = (constant_value(node.left, self.constants), constant_value(node.right, self.constants))
        return isinstance(node.op, ast.BitAnd) and any(side is not None and 0 <= side <= CONST_MAX for side in sides)

    def overflows(self, op: ast.operator, left: Range, right: Range, limits: Range) -> bool:
        if limits is not None:
            return limits[0] < INT32_MIN or limits[1] > INT32_MAX
        if not isinstance(op, ast.Mult):
            return False
        return any(side is not None and side[0] == side[1] and abs(side[0]) >= _LARGE_FACTOR for side in (left, right))

    def unary(self, node: ast.UnaryOp) -> Range:
        value = constant_value(node, self.constants)
        if value is not None and CONST_MIN <= value <= CONST_MAX:
            return (value, value)
        limits = self.number(node.operand)
        if limits is None:
            return None
        return (-limits[1], -limits[0]) if isinstance(node.op, ast.USub) else (~limits[1], ~limits[0])

    def comparison(self, node: ast.Compare) -> tuple[str, Range]:
        if any(isinstance(op, ast.Is | ast.IsNot | ast.In | ast.NotIn) for op in node.ops):
            self.report("K2", node, "compare with <, <=, ==, !=, >=, >")
        for side in (node.left, *node.comparators):
            self.number(side)
        return _BOOL, (0, 1)

    def call(self, node: ast.Call) -> tuple[str, Range]:
        name = ast.unparse(node.func)
        if name == "int" and len(node.args) == 1 and not node.keywords:
            kind, limits = self.expression(node.args[0])
            if kind not in (_INT, _BOOL):
                self.report("K3", node, f"int() of a {kind}: index it")
            return _INT, limits
        if name in _INSTEAD:
            self.report("K2", node, f"{name}() is not there: {_INSTEAD[name]}")
        elif name in ("ptr8", "ptr16", "ptr32"):
            self.report("K3", node, f"{name}() casts: declare a parameter of that type")
        else:
            self.report("K7", node, f"a call of {name}() costs 20 times the work inline: write it out here")
        return _INT, None

    def pointer(self, node: ast.Subscript) -> str:
        """Check an indexed access and return the kind of the pointer, '' where it is none."""
        kind = self.kinds.get(node.value.id, "") if isinstance(node.value, ast.Name) else ""
        if kind in ("", _INT):
            self.report("K2", node, f"`{ast.unparse(node.value)}` is no pointer: pass tables as ptr8, ptr16 or ptr32")
            return ""
        if isinstance(node.slice, ast.Slice | ast.Tuple):
            self.report("K2", node, "a slice is outside the subset: loop over the items")
            return kind
        limits = self.number(node.slice)
        if limits is not None and limits[1] < 0:
            self.report("K5", node.slice, "a negative index writes or reads outside: count from the start")
        return kind


def _as_load(target: ast.expr) -> ast.expr:
    """The target of `x += 1` as the expression that it also is."""
    if isinstance(target, ast.Subscript):
        return ast.copy_location(ast.Subscript(target.value, target.slice, ast.Load()), target)
    return ast.copy_location(ast.Name(target.id, ast.Load()), target) if isinstance(target, ast.Name) else target


def _is_arithmetic(node: ast.expr) -> bool:
    return _is_negation(node) or (isinstance(node, ast.BinOp) and isinstance(node.op, _RING))


def _is_negation(node: ast.expr) -> bool:
    return isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.Invert)
