"""Imports the runtime's pure part and runs it while every way to the machine raises; a program of its own.

`python tests/poisoned.py PACKAGE`: clocks, sockets, files, threads and processes are poisoned, modules that hold them
cannot be imported any more. Then every module of core, light, kernel and the routes is imported, each type of module is
put into a tree and ticked on the fake platform, and the routes answer. Prints what ran.
"""

from __future__ import annotations

import ast  # noqa: F401 - the kernel checker needs it, and it would import what is poisoned
import asyncio  # noqa: F401 - the fake platform lets other tasks run
import builtins
import importlib
import io
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import BuiltinFunctionType, FunctionType
from typing import TYPE_CHECKING, NoReturn

from pyralis import catalogue

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from pyralis.core.stateful import StatefulModule

POISONED = (io, os, select, signal, socket, subprocess, threading, time)
BUILTINS = ("open", "print", "input", "breakpoint")
HALTED = ("posix", "tempfile", "pathlib", "random", "datetime", *(module.__name__ for module in POISONED))
# Sockets; MicroPython; numba.
NOT_PURE = ("api/server.py", "api/hub.py", *(f"kernel/{name}.py" for name in ("board", "numba_ptr", "tuned", "lanes")))
FAILS_ON_PURPOSE = "Fault"
TICKS = 40
REQUESTS = ("/api/system", "/api/types", "/api/modules", "/api/log", "/api/nothing")

_exit = os._exit
_write = sys.stdout.write


class Reached(BaseException):
    """Pure code reached for the machine; no handler for Exception may hide that."""


def raiser(name: str) -> Callable[..., NoReturn]:
    """A function that raises whatever it is called with."""

    def reached(*args: object, **named: object) -> NoReturn:
        raise Reached(name)

    return reached


def pure_modules(package: Path) -> list[str]:
    """Names of all modules that must do without a machine."""
    names = []
    for file in sorted(package.rglob("*.py")):
        path = file.relative_to(package).as_posix()
        if path.startswith(("core/", "light/", "kernel/", "api/")) and path not in NOT_PURE:
            names.append("pyralis." + path.removesuffix(".py").removesuffix("/__init__").replace("/", "."))
    return names


def poison(package: Path) -> None:
    """Make every way to the machine raise, here and in whatever is imported from now on."""
    real_open, sources = open, f"{package / 'light'}{os.sep}"

    def open_source(path: Any, mode: str = "r", *rest: Any, **options: Any) -> Any:
        # The checker reads a kernel's own source, on a PC alone.
        if str(path).startswith(sources) and str(path).endswith(".py") and mode == "r":
            return real_open(path, mode, *rest, **options)
        raise Reached(f"open {path}")

    for module in POISONED:
        for name, value in list(vars(module).items()):
            if not name.startswith("_") and isinstance(value, FunctionType | BuiltinFunctionType | type):
                setattr(module, name, raiser(f"{module.__name__}.{name}"))
    for name in BUILTINS:
        setattr(builtins, name, raiser(name))
    setattr(builtins, "open", open_source)  # noqa: B010 - one signature here is enough
    for name in HALTED:
        sys.modules[name] = None  # type: ignore[assignment] # the import system's way to say no


def import_fault(name: str) -> str:
    """What a module reaches for when it is imported; empty for nothing."""
    try:
        importlib.import_module(name)
    except (Reached, ImportError, AttributeError) as error:
        return f"{name}: {type(error).__name__}: {error}"
    return ""


def build_tree(entries: list[dict[str, str]]) -> tuple[Any, list[StatefulModule]]:
    """A stage with one module of every type, each below one that takes it."""
    from stage import Stage

    stage = Stage()
    stage.platform.types = entries
    driver = stage.add("DriverLayer")
    layer = stage.add("EffectsLayer", driver)
    modules = [driver, layer, stage.add("Grid", driver)]
    parents = {"layout": driver, "output": driver, "layer": driver, "effect": layer, "modifier": layer}
    missing = [entry for entry in entries if entry["type"] not in {module.type_name for module in modules}]
    modules += [stage.add(entry["type"], parents.get(entry["category"])) for entry in missing]
    return stage, modules


def run_tree(stage: Any, modules: list[StatefulModule]) -> None:
    """Tick long enough for every hook, and see that nothing but the module that is made to fail did."""
    stage.tick(times=TICKS)
    for module in modules:
        if not module.setup_ok and module.type_name != FAILS_ON_PURPOSE:
            raise RuntimeError(f"{module.type_name} failed: {module.health_report()}")


def run_routes(stage: Any) -> None:
    """Ask for everything that can be read, and change something."""
    from pyralis.api.answer import Request
    from pyralis.api.routes import Routes
    from pyralis.api.views import SystemView

    system = SystemView(stage.manager, stage.platform.facts())
    routes = Routes(stage.manager, system, lambda: None)
    for path in REQUESTS:
        answer = routes.handle(Request("GET", path))
        if answer.status != (404 if path.endswith("nothing") else 200):
            raise RuntimeError(f"GET {path} answers {answer.status} {answer.value}")
        list(answer.parts or ())
    layer = next(module for module in stage.manager.modules() if module.type_name == "EffectsLayer")
    if routes.handle(Request("DELETE", f"/api/modules/{layer.id}")).status != 200:
        raise RuntimeError("DELETE fails")


def main() -> None:
    """Poison, import, run."""
    package = Path(sys.argv[1]).resolve()
    names = pure_modules(package)
    entries = catalogue.scan(package)
    from pyralis.pal import fake  # noqa: F401 - the one platform that has no machine

    poison(package)
    faults = [fault for name in names if (fault := import_fault(name))]
    if faults:
        raise RuntimeError("\n".join(faults))
    stage, modules = build_tree(entries)
    run_tree(stage, modules)
    run_routes(stage)
    _write(f"{len(names)} modules imported, {len(modules)} types run\n")
    sys.stdout.flush()


if __name__ == "__main__":
    try:
        main()
    except BaseException:  # noqa: BLE001 - the interpreter's own way out would join threads, which are poisoned too
        sys.__excepthook__(*sys.exc_info())
        sys.stderr.flush()
        _exit(1)
    _exit(0)
