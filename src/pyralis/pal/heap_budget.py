"""A heap of fixed size on CPython, so that the page and the guard can be tried without a board.

It counts what modules hold, buffers and everything else, and not the interpreter: that is what a board would notice.
"""

import os
import signal
import sys
import types
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyralis.core.module import Module

_LOOK_S = 0.02
_UNSEEN_BYTES = 1024 * 1024  # Python takes memory from the system in steps of this size
# Everyone has them, and no module holds them.
_SHARED = (type, types.ModuleType, types.FunctionType, types.MethodType, types.BuiltinFunctionType, types.FrameType)
_PLAIN = frozenset((str, bytes, bytearray, int, float, bool, type(None)))  # which refer to nothing
_COMPILER = ("numba", "pyralis.kernel")  # a board has none, and what it works with is no module's
# What their objects refer to is the runtime's, or the machine code of a kernel, and no module's.
_NOT_HELD = (*_COMPILER, "pyralis.core", "pyralis.api", "pyralis.pal")


class HeapBudget:
    """So many bytes for all modules; a call that takes more than that gets a MemoryError, even in an endless loop."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self._root: Module | None = None
        self._attempt_code: types.CodeType | None = None
        self._seen_bytes = 0
        self._looking = False

    def watch(self, root: "Module", attempt: Callable[..., object]) -> None:
        """Count what is held below `root`, or by calls from within `attempt`."""
        self._root = root
        self._attempt_code = attempt.__code__
        if hasattr(signal, "setitimer"):  # not on Windows: there an endless loop can only be stopped from outside
            signal.signal(signal.SIGALRM, self._look)
            signal.setitimer(signal.ITIMER_REAL, _LOOK_S, _LOOK_S)

    def used_bytes(self) -> int:
        """Bytes of everything that modules hold."""
        return self._held_bytes([])

    def free_bytes(self) -> int:
        """What is left."""
        return self._limit_bytes - self.used_bytes()

    def _held_bytes(self, others: Iterable[object]) -> int:
        if self._root is None:
            return 0
        modules = self._root.walk()
        known = {id(module) for module in modules} | {id(modules), id(self._root.services)}
        held = [module.__dict__ for module in modules]
        return deep_size_bytes([*held, *others], known)

    def _look(self, _: int, frame: types.FrameType | None) -> None:
        resident = resident_bytes()
        if self._looking or resident < self._seen_bytes + _UNSEEN_BYTES:
            return
        self._looking = True  # however long it takes, the timer goes on
        try:
            self._seen_bytes = resident
            self._check_call(frame)
        finally:
            self._looking = False

    def _check_call(self, frame: types.FrameType | None) -> None:
        inner: list[object] = []
        while frame is not None and frame.f_code is not self._attempt_code:
            if frame.f_globals.get("__name__", "").startswith(_COMPILER):
                inner.clear()  # what it has called works for it
            else:
                inner.append(frame.f_locals)
            frame = frame.f_back
        if frame is not None and self._held_bytes(inner) > self._limit_bytes:
            self._seen_bytes = 0  # memory that is given back may not go back to the system: look again
            raise MemoryError


def deep_size_bytes(roots: list[object], known: set[int]) -> int:
    """Bytes of objects and all they refer to, those with an id in `known` left out."""
    known = set(known)
    waiting = list(roots)
    size_bytes = 0
    while waiting:
        found = waiting.pop()
        if id(found) in known or isinstance(found, _SHARED):
            continue
        known.add(id(found))
        size_bytes += sys.getsizeof(found, 0)
        if type(found) in _PLAIN:
            continue  # most are, and this is done in every tick that takes memory
        if isinstance(found, dict):
            waiting.extend(list(found))
            waiting.extend(list(found.values()))
        elif isinstance(found, list | tuple | set | frozenset):
            waiting.extend(list(found))
        elif isinstance(found, memoryview):
            waiting.append(found.obj)
        elif not type(found).__module__.startswith(_NOT_HELD):
            with suppress(AttributeError):
                waiting.append(found.__dict__)
    return size_bytes


def resident_bytes() -> int:
    """The resident set of this process where the system tells it, else its peak."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return _peak_resident_bytes()


def _peak_resident_bytes() -> int:
    try:
        import resource  # not on Windows
    except ImportError:
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
