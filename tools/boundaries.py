"""Holds the platform boundary: which modules and built-in functions each part of the runtime may use.

Who may import whom *within* the package is import-linter's (pyproject.toml). This looks at what comes from outside:
standard modules, packages, `open`, `print`, clocks. A file that no zone names is refused, so a new part needs a rule.
"""

from __future__ import annotations

import ast
import sys
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PACKAGE = Path(__file__).resolve().parents[1] / "src" / "pyralis"

# Output goes to the log, input comes through the API, files and code through the platform.
_REACHING_OUT = frozenset(
    ("open", "print", "input", "exec", "eval", "compile", "breakpoint", "__import__", "__builtins__")
)
_CLOCKS = frozenset(("sleep", "sleep_ms", "get_event_loop", "get_running_loop"))
# What `sys` has beside facts about the interpreter reaches streams, other modules and the process.
_FACTS_OF_SYS = frozenset(("implementation", "platform"))
_HINTS = {
    "time": "time comes from the platform",
    "socket": "sockets come from the platform",
    "threading": "threads belong to the platform",
    "os": "files and processes belong to the platform",
    "random": "ask the platform, so that tests repeat",
}


@dataclass(frozen=True)
class Zone:
    """What the files of one part may use from outside the package; `modules` None is everything."""

    name: str
    patterns: tuple[str, ...]
    modules: frozenset[str] | None = frozenset()
    builtins: frozenset[str] = frozenset()
    sys: frozenset[str] = _FACTS_OF_SYS


_DATA = frozenset(("array", "binascii", "collections", "json", "math", "struct"))
_BOARD = _DATA | {"asyncio", "errno", "gc", "hashlib", "io", "micropython", "os", "select", "socket", "sys", "time"}
_CHECKING = frozenset(
    ("__future__", "ast", "hashlib", "importlib.util", "operator", "os", "os.path", "pathlib", "pickle")
)

# The first zone that matches holds. Paths are relative to the package.
ZONES = (
    Zone("registry", ("core/registry.py",), _DATA, frozenset(("__import__",))),  # loads a type when it is first used
    Zone("core", ("core/*",), _DATA),
    Zone("light", ("light/*",), _DATA),
    Zone("kernel shim", ("kernel/__init__.py", "kernel/board.py"), frozenset(("micropython", "sys"))),
    # The host's half reads the source of a kernel, to check it and to cut it, and keeps machine code: os says where.
    Zone(
        "kernel host",
        ("kernel/*",),
        _CHECKING | {"llvmlite", "numba", "numpy", "re", "sys", "types", "typing"},
        frozenset(("compile", "open", "print")),
        _FACTS_OF_SYS | {"argv", "exit", "modules", "stderr"},
    ),
    Zone("server", ("api/server.py", "api/hub.py"), _DATA | {"asyncio", "gc", "microdot"}),
    Zone("routes", ("api/*",), _DATA),
    Zone("main", ("main.py",), _DATA | {"asyncio", "gc", "sys"}, sys=_FACTS_OF_SYS | {"argv", "exit"}),
    Zone("start", ("start.py",), frozenset(("sys",))),
    Zone("wire", ("__init__.py", "wire.py")),
    Zone("contract", ("pal/__init__.py", "pal/contract.py"), frozenset(("__future__", "typing"))),
    Zone("receiver of platforms", ("pal/udp_receiver.py",), frozenset(("network", "socket"))),
    Zone(
        "reloading",
        ("pal/own_palettes.py", "pal/reloading.py", "pal/watching.py"),
        frozenset(
            (
                "ast",
                "collections.abc",
                "contextlib",
                "importlib",
                "importlib.util",
                "os",
                "pathlib",
                "re",
                "sys",
                "typing",
            )
        ),
        sys=_FACTS_OF_SYS | {"modules"},
    ),
    Zone("fake platform", ("pal/fake.py",), frozenset(("asyncio",))),
    Zone(
        "board",
        ("pal/micropython.py",),
        _BOARD,
        frozenset(("open", "print")),
        frozenset(dir(sys)) | {"print_exception"},
    ),
    Zone(
        "ESP32",
        ("pal/esp32.py", "pal/esp32_network.py", "pal/esp32_pins.py"),
        _BOARD | {"esp32", "machine", "network", "vfs"},
        frozenset(("open", "print")),
        frozenset(dir(sys)) | {"print_exception"},
    ),
    Zone(
        "host",
        (
            "__main__.py",
            "assets.py",
            "catalogue.py",
            "palette_file.py",
            "pal/cpython*.py",
            "pal/heap_budget.py",
            "deploy/*",
        ),
        None,
    ),
)


@dataclass(frozen=True)
class Violation:
    """One use of what a zone does not allow."""

    path: str
    line: int
    rule: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.rule}: {self.message}"


def zone_of(path: str) -> Zone | None:
    """The zone of a path relative to the package, None where nobody declared one."""
    return next((zone for zone in ZONES if any(fnmatchcase(path, pattern) for pattern in zone.patterns)), None)


def check_package(package: Path) -> list[Violation]:
    """What every file of a package breaks, by path and line."""
    found: list[Violation] = []
    for file in sorted(package.rglob("*.py")):
        found += check_source(file.relative_to(package).as_posix(), file.read_text(encoding="utf-8"))
    return found


def check_source(path: str, text: str) -> list[Violation]:
    """What one file breaks; `path` is relative to the package and decides what is allowed."""
    zone = zone_of(path)
    if zone is None:
        return [Violation(path, 1, "undeclared", "no zone of tools/boundaries.py says what this may use")]
    if zone.modules is None:
        return []
    visitor = _Visitor(path, zone, zone.modules)
    visitor.visit(ast.parse(text, path))
    return sorted(visitor.found, key=lambda violation: violation.line)


class _Visitor(ast.NodeVisitor):
    """Walks all code that can run, which blocks for type checkers cannot."""

    def __init__(self, path: str, zone: Zone, modules: frozenset[str]) -> None:
        self.path = path
        self.zone = zone
        self.modules = modules
        self.found: list[Violation] = []
        self.aliases: dict[str, str] = {}  # local names of asyncio and sys

    def report(self, node: ast.expr | ast.stmt, rule: str, message: str) -> None:
        self.found.append(Violation(self.path, node.lineno, rule, message))

    def visit_If(self, node: ast.If) -> None:
        if isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            for statement in node.orelse:
                self.visit(statement)
        else:
            self.generic_visit(node)

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self.check_module(node, alias.name)
            self.aliases[alias.asname or alias.name] = alias.name

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        module = node.module or ""
        if node.level:
            self.report(node, "module", "relative imports hide from the import contracts")
            return
        self.check_module(node, module)
        for alias in node.names:
            self.check_member(node, module, alias.name)

    def check_module(self, node: ast.stmt, module: str) -> None:
        top = module.partition(".")[0]
        if top != "pyralis" and module not in self.modules and top not in self.modules:
            hint = _HINTS.get(top, "it is not among the modules that this zone may use")
            self.report(node, "module", f"{self.zone.name} imports {module}: {hint}")

    def check_member(self, node: ast.expr | ast.stmt, module: str, member: str) -> None:
        if module == "sys" and member not in self.zone.sys:
            self.report(node, "sys", f"{self.zone.name} uses sys.{member}")
        if module == "asyncio" and member in _CLOCKS and not self.path.startswith("pal/"):
            self.report(node, "clock", f"{self.zone.name} uses asyncio.{member}: time comes from the platform")

    def visit_Call(self, node: ast.Call) -> None:
        # `sleep(0)` lets other tasks run and measures no time.
        yields = [ast.unparse(argument) for argument in node.args] == ["0"]
        if yields and isinstance(node.func, ast.Attribute) and node.func.attr == "sleep":
            return
        self.generic_visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if isinstance(node.value, ast.Name):
            self.check_member(node, self.aliases.get(node.value.id, ""), node.attr)
        self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> None:
        if node.id in _REACHING_OUT - self.zone.builtins:
            self.report(node, "builtin", f"{self.zone.name} uses {node.id}: what it reaches belongs to the platform")


def report(violations: Sequence[Violation], package: Path) -> Iterator[str]:
    """A line for each violation, with the path as an editor finds it."""
    for violation in violations:
        yield f"{package.as_posix()}/{violation}"


def main(arguments: Sequence[str]) -> int:
    """Check the package, or another copy of it; 1 where something is not allowed."""
    package = Path(arguments[0]) if arguments else PACKAGE
    violations = check_package(package)
    for line in report(violations, package):
        print(line)
    print(f"boundaries: {len(violations)} violations" if violations else "boundaries: all kept")
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
