"""Runs every kernel with checked arithmetic: what the checker cannot know from the source shows here.

Each `+ - * <<` that is not masked at once must stay inside int32, each index inside its buffer, each value that is
stored inside its item, each shift inside 0..31. Sizes and control values are the extremes that users can set.
"""

from __future__ import annotations

import ast
import inspect
import operator
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pyralis.kernel import Kernel, kernels_of
from pyralis.kernel.checker_body import _RING
from pyralis.light import blending
from pyralis.light.outputs import network, white

sys.path.insert(0, str(Path(__file__).parents[1] / "portable"))
import frames

if TYPE_CHECKING:
    from types import ModuleType

EFFECTS = sorted({effect for effect, _ in frames.CASES})
SIZES = ((1, 1, 1), (2, 3, 1), (9, 7, 1), (40, 1, 1), (1, 40, 1), (3, 2, 4))
HUGE = 65535  # lights in a row: the most there can be
LONG = 100
OPERATIONS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.LShift: operator.lshift,
    ast.RShift: operator.rshift,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}


class Overflow(AssertionError):
    """A board would compute something else."""


def checked(name: str, masked: bool, left: int, right: int) -> int:
    """`left name right`, or Overflow."""
    if name in ("LShift", "RShift") and not 0 <= right <= 31:
        raise Overflow(f"shift by {right}")
    if not masked and not all(-(2**31) <= side < 2**31 for side in (left, right)):
        raise Overflow(f"{name} of {left} and {right}")
    result: int = OPERATIONS[getattr(ast, name)](left, right)
    if not masked and not -(2**31) <= result < 2**31:
        raise Overflow(f"{name} of {left} and {right} is {result}")
    return result


class Checked:
    """A buffer that refuses what would be silent in machine code."""

    def __init__(self, items: Any) -> None:
        self.items = items
        self.limit = 1 << 8 * memoryview(items).itemsize

    def __getitem__(self, index: int) -> int:
        if not 0 <= index < len(self.items):
            raise Overflow(f"reads at {index} of {len(self.items)}")
        return int(self.items[index])

    def __setitem__(self, index: int, value: int) -> None:
        if not 0 <= index < len(self.items):
            raise Overflow(f"writes at {index} of {len(self.items)}")
        if not 0 <= value < self.limit:
            raise Overflow(f"stores {value}")
        self.items[index] = value


class Rewrite(ast.NodeTransformer):
    """Replaces arithmetic by calls of `checked`."""

    masked = False

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST:
        load = ast.parse(ast.unparse(node.target), mode="eval").body
        return self.visit(ast.Assign([node.target], ast.BinOp(load, node.op, node.value)))  # type: ignore[no-any-return]

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        before = self.masked
        masking = isinstance(node.op, ast.BitAnd) and any(map(is_mask, (node.left, node.right)))
        mine = before and isinstance(node.op, _RING)
        self.masked = masking or mine
        left, right = self.visit(node.left), self.visit(node.right)
        self.masked = before
        if type(node.op) not in OPERATIONS:
            return ast.BinOp(left, node.op, right)
        name = ast.Constant(type(node.op).__name__)
        return ast.Call(ast.Name("checked", ast.Load()), [name, ast.Constant(mine), left, right], [])

    def generic_visit(self, node: ast.AST) -> ast.AST:
        before, self.masked = self.masked, False
        result = super().generic_visit(node)
        self.masked = before
        return result


def ends(*arguments: int) -> list[int]:
    """A range, of which the middle is left out where it is long: the largest sums are at its end."""
    whole = range(*arguments)
    return list(whole) if len(whole) <= LONG else [*whole[:20], *whole[-20:]]


def is_mask(node: ast.AST) -> bool:
    """True for a literal of at most 30 bits."""
    return isinstance(node, ast.Constant) and isinstance(node.value, int) and 0 <= node.value < 1 << 30


def instrument(kernel: Kernel) -> Any:
    """The kernel's function with checked arithmetic, on checked buffers."""
    tree = ast.parse(inspect.getsource(kernel.function))
    function = tree.body[0]
    assert isinstance(function, ast.FunctionDef)
    function.decorator_list = []
    for arg in function.args.args:
        arg.annotation = None
    function.returns = None
    tree = ast.fix_missing_locations(Rewrite().visit(tree))
    names = {**kernel.function.__globals__, "checked": checked, "range": ends}
    exec(compile(tree, kernel.function.__code__.co_filename, "exec"), names)  # our own source
    made = names[kernel.name]

    def run(*args: Any) -> Any:
        return made(*[arg if isinstance(arg, int) else Checked(arg) for arg in args])

    return run


def check_all(module: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every kernel of a module runs checked for the rest of the test."""
    for kernel in kernels_of(module):
        monkeypatch.setattr(kernel, "_run", instrument(kernel))


def extremes(effect: str) -> list[dict[str, object]]:
    """The defaults, then every number at its lowest and at its highest, and every choice."""
    controls = frames.make(effect, {}, (1, 1, 1)).controls
    bounds = [control for control in controls if control.maximum is not None and control.name != "opacity"]
    numbers = [control for control in bounds if isinstance(control.default, int)]
    low = {control.name: control.minimum for control in numbers}
    high = {control.name: control.maximum for control in numbers}
    choices: list[dict[str, object]] = [
        {**high, control.name: option}
        for control in controls
        if control.kind == "select" and control.name not in ("blend", "palette")
        for option in control.detail
    ]
    return [{}, low, high, *choices]


@pytest.mark.parametrize("effect", EFFECTS)
def test_effect_stays_inside_int32(effect: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """All extremes at all sizes, with phases up to their end."""
    check_all(frames.load(effect), monkeypatch)
    for controls in extremes(effect):
        for size in SIZES:
            made = frames.make(effect, controls, size)
            buffer = bytearray(3 * size[0] * size[1] * size[2])
            for phase in (0, 65535):
                made._phase_milli = phase * 1000
                made.turns = 8191 * phase // 65535
                made.services.elapsed_ms = 1
                made.draw(buffer, *size)


@pytest.mark.parametrize("effect", EFFECTS)
def test_effect_stays_inside_int32_on_the_longest_strip(effect: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As many lights as there can be, along either axis; those in the middle are left out."""
    check_all(frames.load(effect), monkeypatch)
    for size in ((HUGE, 1, 1), (1, HUGE, 1)):
        made = frames.make(effect, {}, size)
        made._phase_milli = 65535 * 1000
        made.services.elapsed_ms = 1
        made.draw(bytearray(3 * HUGE), *size)


def test_blending_and_packets_stay_inside_int32(monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernels between buffers, with the data of the golden frames."""
    for module in (blending, network, white):
        check_all(module, monkeypatch)
    for name in ("fill", "repeat", "gather", "pack", "pack_white", "number", *blending.MODES):
        for count in (1, 35, 90):
            frame = frames.blending_frames(name, count)
            for number in range(6):
                frame(number)


def test_the_check_can_fail() -> None:
    """What it is there for is reported."""
    with pytest.raises(Overflow):
        checked("Mult", False, 1 << 20, 1 << 11)
    assert checked("Mult", True, 1 << 20, 1 << 11) == 1 << 31
    with pytest.raises(Overflow):
        Checked(bytearray(3))[3]
    with pytest.raises(Overflow):
        Checked(bytearray(3))[-1] = 1
    with pytest.raises(Overflow):
        Checked(bytearray(3))[0] = 256
