"""The checker of the kernel language: refuses what some interpreter would run differently, and says what to write.

Command: `python -m pyralis.kernel.checker PATH…`; exit status 1 where a kernel is refused, 2 where a path is wrong.
This file holds what is around a kernel (signature, calls, imports), checker_body what is inside, checker_ranges how
large values get.
"""

from __future__ import annotations

import ast
import re
import sys
from typing import TYPE_CHECKING, NamedTuple

from pyralis.kernel.checker_body import Body
from pyralis.kernel.checker_ranges import constant_value

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from typing import TypeGuard

RULES = {
    "K0": "the file is Python",
    "K1": "parameters are ptr8, ptr16, ptr32 or int, without defaults; '-> int' only where something is returned",
    "K2": "integers and a few operators only: no /, **, float, min, max, abs, len; globals only through const",
    "K3": "a local is an int and stays one; range has a literal step; int(a > b) before arithmetic",
    "K4": "every intermediate is inside int32 or masked at once; constants within 30 bits, shifts 0..31",
    "K5": "no negative index, no division by zero; mask or clamp before a store to ptr8 or ptr16",
    "K6": "nothing negative is stored through ptr32",
    "K7": "no helper calls; fewer than 200 locals",
    "K8": "time is passed as `t & 0x3FFFFFFF`",
    "K9": "a file with kernels uses bytearray and array, not NumPy",
}
MAX_PARAMETERS = 12
MAX_LOCALS = 199
_POINTERS = ("ptr8", "ptr16", "ptr32")
_CLOCK = re.compile(r"_?(now|time|ticks|uptime|monotonic|millis|micros|perf_counter)(_(ms|us|ns))?")


class Violation(NamedTuple):
    """A place where a kernel leaves the subset; `line` counts from 1, `column` from 0."""

    rule: str
    line: int
    column: int
    message: str


def check_source(text: str, filename: str) -> list[Violation]:
    """What is wrong with the kernels in a file, in the order of the lines."""
    if "viper" not in text:
        return []
    try:
        tree = ast.parse(text, filename)
    except SyntaxError as error:
        return [Violation("K0", error.lineno or 1, (error.offset or 1) - 1, error.msg)]
    return sorted(_File(tree).check(), key=lambda found: found[1:3])


def stored_names(text: str) -> dict[str, set[str]]:
    """Parameters that each kernel of a file writes to."""
    return {
        function.name: {
            ast.unparse(node.value)
            for node in ast.walk(function)
            if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store)
        }
        for function in ast.parse(text).body
        if _is_kernel(function)
    }


class _File:
    """One parsed file: its constants, and its kernels by name."""

    def __init__(self, tree: ast.Module) -> None:
        self.tree = tree
        self.nodes = list(ast.walk(tree))
        self.constants = _constants(tree)
        self.kernels = [node for node in self.nodes if _is_kernel(node)]
        self.found: list[Violation] = []

    def report(self, rule: str, node: ast.AST, message: str) -> None:
        line, column = getattr(node, "lineno", 1), getattr(node, "col_offset", 0)
        self.found.append(Violation(rule, line, column, message))

    def check(self) -> list[Violation]:
        for function in self.kernels:
            self.check_place(function)
            kinds = self.check_signature(function)
            inside = list(ast.walk(function))
            self.check_result(function, inside)
            stored = {node.id for node in inside if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
            body = Body(function, kinds, self.constants, stored, self.report)
            body.check()
            if len(kinds) + len(body.locals) > MAX_LOCALS:
                self.report("K7", function, f"more than {MAX_LOCALS} locals: split the kernel")
        if self.kernels:
            self.check_surroundings()
        return self.found

    def check_place(self, function: ast.FunctionDef) -> None:
        if function not in self.tree.body:
            self.report("K1", function, f"'{function.name}' is nested: move it to the top level of the file")
        if len(function.decorator_list) > 1:
            self.report("K1", function, "another decorator beside @micropython.viper: remove it")
        for decorator in function.decorator_list:
            if _last_name(decorator) == "viper" and ast.unparse(decorator) != "micropython.viper":
                self.report("K1", decorator, "viper is only recognised when spelled out: write @micropython.viper")

    def check_signature(self, function: ast.FunctionDef) -> dict[str, str]:
        args = function.args
        if args.defaults or args.kw_defaults:
            self.report("K1", function, "a kernel has no defaults: let the caller pass every argument")
        if args.posonlyargs or args.kwonlyargs or args.vararg or args.kwarg:
            self.report("K1", function, "plain parameters only: no '/', '*', *args or **kwargs")
        if len(args.args) > MAX_PARAMETERS:
            self.report("K1", function, f"more than {MAX_PARAMETERS} parameters: put some into a table")
        kinds = {}
        for arg in args.args:
            kind = ast.unparse(arg.annotation) if arg.annotation else ""
            if kind not in (*_POINTERS, "int"):
                self.report("K1", arg, f"parameter '{arg.arg}' is annotated '{kind}': write ptr8, ptr16, ptr32 or int")
                kind = "int"
            kinds[arg.arg] = kind
        return kinds

    def check_result(self, function: ast.FunctionDef, inside: Sequence[ast.AST]) -> None:
        values = [node for node in inside if isinstance(node, ast.Return)]
        with_value = [node for node in values if node.value is not None]
        if function.returns is None:
            for node in with_value:
                self.report("K1", node, "a value is returned: declare '-> int'")
        elif ast.unparse(function.returns) != "int":
            self.report("K1", function, "a kernel returns int or nothing: write '-> int', or no '->' at all")
        elif len(with_value) != len(values) or not _always_returns(function.body):
            self.report("K1", function, "'-> int' but not every path returns a value: end with 'return …', or drop it")

    def check_surroundings(self) -> None:
        names = {function.name for function in self.kernels}
        for node in self.nodes:
            if isinstance(node, ast.Import | ast.ImportFrom) and "numpy" in _imported(node):
                self.report(
                    "K9", node, "NumPy beside a kernel: its scalars overflow differently, use bytearray or array"
                )
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
                for arg in node.args:
                    if _CLOCK.fullmatch(_last_name(arg)):
                        self.report("K8", arg, f"pass time as `{ast.unparse(arg)} & 0x3FFFFFFF`")


def _is_kernel(node: ast.AST) -> TypeGuard[ast.FunctionDef]:
    return isinstance(node, ast.FunctionDef) and any(_last_name(each) == "viper" for each in node.decorator_list)


def _constants(tree: ast.Module) -> dict[str, int]:
    """Globals that are written `NAME = const(number)`, which MicroPython replaces when it compiles."""
    found: dict[str, int] = {}
    for node in tree.body:
        if not (isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and len(node.targets) == 1):
            continue
        target, call = node.targets[0], node.value
        if isinstance(target, ast.Name) and isinstance(call.func, ast.Name) and call.func.id == "const" and call.args:
            value = constant_value(call.args[0], found)
            if value is not None:
                found[target.id] = value
    return found


def _last_name(node: ast.AST) -> str:
    """`ticks_ms` of `time.ticks_ms()`, `self.ticks_ms` or `ticks_ms`."""
    if isinstance(node, ast.Call):
        node = node.func
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _imported(node: ast.Import | ast.ImportFrom) -> set[str]:
    names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
    return {name.partition(".")[0] for name in names}


def _always_returns(body: Sequence[ast.stmt]) -> bool:
    last = body[-1]
    if isinstance(last, ast.If):
        return bool(last.orelse) and _always_returns(last.body) and _always_returns(last.orelse)
    return isinstance(last, ast.Return)


def _files(path: Path) -> list[Path]:
    return sorted(path.rglob("*.py")) if path.is_dir() else [path]


def main(arguments: Sequence[str]) -> int:
    """Check files and folders; `--rules` lists the rules."""
    if list(arguments) == ["--rules"]:
        for rule, text in RULES.items():
            print(f"{rule}  {text}")
        return 0
    if not arguments or arguments[0].startswith("-"):
        print("usage: python -m pyralis.kernel.checker PATH… | --rules", file=sys.stderr)
        return 2
    from pathlib import Path

    status = 0
    for argument in arguments:
        for file in _files(Path(argument)):
            try:
                text = file.read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError) as error:
                print(f"{file}: cannot be read: {error}", file=sys.stderr)
                status = 2
                continue
            for found in check_source(text, str(file)):
                print(f"{file}:{found.line}: {found.rule} {found.message}")
                status = max(status, 1)
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
