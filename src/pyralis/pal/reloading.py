"""Reloading: a source of the rig that was saved is loaded while the lights go on, and its modules are made anew.

The version before runs until the new one can, native code included; a mistake is shown on the modules that it keeps
from being made anew. All of this is called between two ticks, but for numba, which compiles in a thread of its own.
"""

import ast
import contextlib
import importlib
import re
import sys
from collections.abc import Iterable
from importlib.util import cache_from_source
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyralis.core.errors import Refusal
from pyralis.core.loading import load_children
from pyralis.core.placeholder import Placeholder
from pyralis.core.stateful import FAILED, StatefulModule
from pyralis.pal.watching import PATIENCE_LOOKS

if TYPE_CHECKING:
    from pyralis.catalogue import Catalogue
    from pyralis.core.manager import ModuleManager

_WHO = "reload"  # in the log
_PLACE_SAID_TWICE = re.compile(r" \([^()]*, line \d+\)(?= \()")  # by Python, and by the log


_Loaded = tuple[type[StatefulModule], tuple[Any, ...]]  # a class, and the kernels that its code calls


class _Fault:
    """Why a type cannot be loaded anew."""

    def __init__(self, text: str, runs: str = "the version before runs on") -> None:
        self.text = _PLACE_SAID_TWICE.sub("", text)
        self.runs = runs
        self.looks = 0


class Reloader:
    """Of the types in use those that wait for their native code, and those whose source has a fault."""

    def __init__(self, manager: "ModuleManager", folder: Path, catalogue: "Catalogue") -> None:
        self._manager = manager
        self._root = folder.parent
        self._homes = _homes(catalogue)
        self._waiting: dict[str, _Loaded] = {}
        self._faults: dict[str, _Fault] = {}

    def load(self, paths: Iterable[Path], catalogue: "Catalogue") -> None:
        """Load what these files hold now; `catalogue` was read after they were saved."""
        log = self._manager.services.log
        importlib.invalidate_caches()
        names = {_dotted(path.relative_to(self._root)) for path in paths}
        for path in paths:
            # Python takes compiled code for that of a source of the same size and second.
            Path(cache_from_source(str(path))).unlink(missing_ok=True)
            log.info(_WHO, f"{self._shown(path)} {'was saved' if path.exists() else 'is gone'}")
        names = _with_dependents(names)
        for name in names:
            _forget(name)
        now = _homes(catalogue)
        problems = {str(problem.path): str(problem) for problem in catalogue.problems}
        for type_name in sorted({*self._homes, *now}):
            if {self._homes.get(type_name), now.get(type_name)} & names:
                self._load_type(type_name, now.get(type_name, ""), problems)
        self._homes.update(now)  # where those were that are gone is still known: they may come back

    def look(self) -> None:
        """Put in place what is ready by now, and show what is wrong where it stays so."""
        for type_name, loaded in list(self._waiting.items()):
            if all(kernel.ready for kernel in loaded[1]):
                del self._waiting[type_name]
                self._put(type_name, loaded)
        for type_name, loaded in self._manager.registry.types.items():
            if type_name in self._homes and type_name not in self._faults and (refusal := _refusal(loaded)):
                self._faults[type_name] = _Fault(refusal, "it runs interpreted, some hundred times slower")
        for type_name, fault in self._faults.items():
            fault.looks += 1
            if fault.looks >= PATIENCE_LOOKS:
                self._show(type_name, fault)

    def _load_type(self, type_name: str, home: str, problems: dict[str, str]) -> None:
        types = self._manager.registry.types
        old = types.pop(type_name, None)
        self._waiting.pop(type_name, None)
        self._faults.pop(type_name, None)
        modules = self._modules(type_name)
        if not modules:
            path = str(self._root.joinpath(*home.split("."))) + ".py"
            if path in problems:
                self._faults[type_name] = _Fault(problems[path].replace(f"{self._root}/", ""))
        elif not home:
            what = f"{self._homes[type_name].replace('.', '/')}.py has no '{type_name}' any more"
            self._faults[type_name] = _Fault(f"{what}: put it back, or delete this module")
        else:
            try:
                self._waiting[type_name] = self._manager.registry.load(type_name)
            except Refusal as refusal:
                self._faults[type_name] = _Fault(refusal.message)
            if old is not None:
                types[type_name] = old

    def _put(self, type_name: str, loaded: "_Loaded") -> None:
        refusal = _refusal(loaded)
        if refusal:
            self._faults[type_name] = _Fault(refusal)
            return
        self._manager.registry.types[type_name] = loaded
        for module in self._modules(type_name):
            self._renew(module)

    def _renew(self, module: StatefulModule) -> None:
        manager = self._manager
        try:
            new = manager.replace(module.id, module.type_name)
        except Refusal as refusal:
            self._faults[module.type_name] = _Fault(refusal.message)
            return
        if isinstance(module, Placeholder):
            self._restore(new, module.saved)

    def _restore(self, module: StatefulModule, saved: dict[str, object]) -> None:
        """Give a module what was kept for it while its type could not be loaded."""
        manager = self._manager
        values = saved.get("controls")
        if isinstance(values, dict):
            manager.set_controls(module.id, dict(manager.fitting_values(module, values)))
        if saved.get("children"):
            load_children(manager, module, saved["children"])
            for below in module.walk()[1:]:
                if isinstance(below, StatefulModule):
                    manager.scheduler.contain(below, below.run_setup)
            parent = module.parent or manager.root
            manager.move(module.id, parent.id or None, parent.children.index(module))  # plans the new ones, too

    def _show(self, type_name: str, fault: _Fault) -> None:
        modules = self._modules(type_name)
        log = self._manager.services.log
        for module in modules:
            text = f"{fault.text}; {fault.runs}" if module.setup_ok else fault.text
            if fault.looks == PATIENCE_LOOKS:
                log.error(module.id, text)
            if (module.status, module.reason) != (FAILED, text) and not module.kernels:
                module.show(FAILED, text)
        if not modules and fault.looks == PATIENCE_LOOKS:
            log.error(_WHO, fault.text)

    def _modules(self, type_name: str) -> list[StatefulModule]:
        return [module for module in self._manager.modules() if module.type_name == type_name]

    def _shown(self, path: Path) -> str:
        return path.relative_to(self._root).as_posix()


def _homes(catalogue: "Catalogue") -> dict[str, str]:
    """The module that each type of the rig's own is in."""
    modules = {entry["type"]: entry["module"] for entry in catalogue.entries}
    return {name: module for name, module in modules.items() if not module.startswith("pyralis.")}


def _refusal(loaded: _Loaded) -> str:
    """What numba has against a kernel, with its place."""
    for kernel in loaded[1]:
        if kernel.refused:
            code = kernel.function.__code__
            lines = [line.strip() for line in kernel.error.splitlines() if line.strip()]
            return f"{lines[0]} {' '.join(lines[1:2])} ({Path(code.co_filename).name}:{code.co_firstlineno})"
    return ""


def _dotted(path: Path) -> str:
    return ".".join(path.with_suffix("").parts)


def _with_dependents(names: set[str]) -> set[str]:
    """These, and the modules of the rig that import any of them, or import what does."""
    tops = {name.partition(".")[0] for name in names}
    imports = {
        name: _imports(name, Path(str(module.__file__)))
        for name, module in sys.modules.copy().items()  # a copy: the thread that compiles imports, too
        if name.partition(".")[0] in tops and getattr(module, "__file__", None)
    }
    found = set(names)
    while more := {name for name, imported in imports.items() if imported & found} - found:
        found |= more
    return found


def _imports(name: str, path: Path) -> set[str]:
    """What a file imports, as `package.module`; also what may be a name inside a module."""
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, SyntaxError):
        return set()  # it was saved too, then, and is loaded for that
    package = name.split(".")
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join([*package[: -node.level], *([node.module] if node.module else [])])
            base = base if node.level else node.module or ""
            found.add(base)
            found.update(f"{base}.{alias.name}" for alias in node.names)
    return found


def _forget(name: str) -> None:
    """Have the next import of a module run its source."""
    sys.modules.pop(name, None)
    package, _, short = name.rpartition(".")
    if package in sys.modules:
        with contextlib.suppress(AttributeError):
            delattr(sys.modules[package], short)
