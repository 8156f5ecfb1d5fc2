"""The kernel language on CPython: a kernel runs interpreted until numba has made machine code of it.

Importing this imports neither numba nor ast: the checker comes with the first kernel, numba with the first compilation.
"""

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType, FunctionType, ModuleType
    from typing import Any, Protocol, TypeVar

    _F = TypeVar("_F", bound=Callable[..., int | None])

    class _Pointer(Protocol):
        def __getitem__(self, index: int, /) -> int: ...
        def __setitem__(self, index: int, value: int, /) -> None: ...

    class ptr8(_Pointer, Protocol):
        """Unsigned bytes: bytearray, memoryview, array."""

    class ptr16(_Pointer, Protocol):
        """Unsigned 16-bit items."""

    class ptr32(_Pointer, Protocol):
        """Unsigned 32-bit items."""

else:

    class ptr8:
        """Unsigned bytes: bytearray, memoryview, array."""

    class ptr16:
        """Unsigned 16-bit items."""

    class ptr32:
        """Unsigned 32-bit items."""


_ITEM_CODES = {"ptr8": "B", "ptr16": "H", "ptr32": "I"}


class KernelError(SyntaxError):
    """A kernel outside the subset: carries file, line and the rule that it breaks."""


def const(value: int) -> int:
    """A number that MicroPython's compiler puts in place of its name."""
    return value


class Kernel:
    """A pixel kernel: call it like the function it was made of."""

    def __init__(self, function: "FunctionType") -> None:
        self.name = function.__name__
        self.function = function
        self.error = ""  # why there is no machine code
        self.refused = False  # by numba, which is a fault of the kernel
        stored, self._code = _known(function)
        # Without its source nobody knows what the kernel writes to; then every buffer must be writable.
        self._stores = [stored is None or name in stored for name in _parameters(function)]
        self.kinds = _kinds(function)
        self._handled = False
        self._run: Callable[..., int | None] = self._interpret
        _enqueue(self)

    def __call__(self, *args: "Any") -> "int | None":
        """Run the function; machine code has a class of its own, of which it is the call."""
        return self._run(*args)

    def __repr__(self) -> str:
        return f"<kernel {self.function.__module__}.{self.name} {'native' if self.native else 'interpreted'}>"

    @property
    def ready(self) -> bool:
        """False while it waits for background compilation."""
        return self._handled or _notify is None

    @property
    def native(self) -> bool:
        """True once calls run machine code."""
        return self._run != self._interpret

    def compile(self) -> bool:
        """Make machine code; False with the reason in `error` where that is not possible, and it stays interpreted."""
        if not self.native:
            self.error = ""
            try:
                self.use(self._compiled())
            except ImportError as error:
                self.error = f"numba cannot be imported ({error}): install the extra 'fast'"
        self._handled = True
        return self.native

    def use(self, run: "Callable[..., int | None]") -> None:
        """Have calls go there: to machine code at once, as a method in between costs half as much as the call."""
        self._run = run
        self.__class__ = type("Kernel", (Kernel,), {"__call__": staticmethod(run)}) if self.native else Kernel

    def _compiled(self) -> "Callable[..., Any]":
        from pyralis.kernel import numba_ptr

        returns = "return" in self.function.__annotations__
        try:
            return numba_ptr.compile_function(
                self.function, self._code, self.kinds, self._stores, returns, _cache_dir()
            )
        except numba_ptr.CompileError as error:
            self.refused = True
            self.error = f"numba cannot compile {self.name}: {error}"
            return self._interpret

    def _interpret(self, *args: "Any") -> "int | None":
        items = [_items(arg, kind) for arg, kind in zip(args, self.kinds, strict=True)]
        result: int | None = self.function(*items)
        return result


def _items(arg: "Any", kind: str) -> "Any":
    """The buffer as unsigned items of the kind's width, as machine code sees it."""
    if kind == "int" or (kind == "ptr8" and type(arg) is bytearray):
        return arg
    code = _ITEM_CODES[kind]
    view: Any = memoryview(arg)
    return view if view.format == code else view.cast("B").cast(code)


def _parameters(function: "FunctionType") -> "tuple[str, ...]":
    return function.__code__.co_varnames[: function.__code__.co_argcount]


def _kinds(function: "FunctionType") -> "list[str]":
    notes = function.__annotations__
    return [str(getattr(notes[name], "__name__", notes[name])) for name in _parameters(function)]


class _Micropython:
    """Stands for MicroPython's module of that name."""

    const = staticmethod(const)

    @staticmethod
    def viper(function: "_F") -> "_F":
        """Make a Kernel of a function; raises KernelError where it is outside the subset."""
        return Kernel(function)  # type: ignore[arg-type, return-value]


micropython = _Micropython()


# Background compilation. The worker thread takes from `_waiting`, imports put into it.

_waiting: "list[Kernel]" = []
_notify: "Callable[[], None] | None" = None


def queue(notify: "Callable[[], None]") -> None:
    """From now on kernels are not ready until `compile_next` has handled them; `notify` is called when one waits."""
    global _notify
    _notify = notify
    if _waiting:
        notify()


def compile_next() -> bool:
    """Compile one kernel that waits; False when none does. May run in a thread of its own."""
    while _waiting:
        kernel = _waiting.pop(0)
        if not kernel._handled:
            kernel.compile()
            return True
    return False


def _enqueue(kernel: "Kernel") -> None:
    _waiting.append(kernel)
    if _notify is not None:
        _notify()


def kernels_of(module: "ModuleType") -> "tuple[Kernel, ...]":
    """The kernels among a module's globals, imported ones included, and those of the files its classes derive from."""
    found: dict[Kernel, None] = {}
    for value in vars(module).values():
        if isinstance(value, Kernel):
            found[value] = None
        elif isinstance(value, type) and value.__module__ == module.__name__:
            for base in value.__mro__[1:]:
                home = sys.modules.get(base.__module__)
                for kernel in vars(home).values() if home is not None else ():
                    if isinstance(kernel, Kernel) and kernel.function.__module__ == base.__module__:
                        found[kernel] = None
    return tuple(found)


def numba_missing() -> bool:
    """True where numba is not installed; does not import it."""
    from importlib.util import find_spec

    return "numba" not in sys.modules and find_spec("numba") is None


# What passed, by file: the text's hash, for each kernel the parameters that it writes to, and those in blocks.
_checked: "dict[str, tuple[int, dict[str, set[str]], dict[str, CodeType]]]" = {}


def _known(function: "FunctionType") -> "tuple[set[str] | None, CodeType | None]":
    """The parameters that the kernel writes to, and what it is in blocks; raises KernelError for a violation.

    None where its source is gone, and where it cannot be cut.

    The worker thread never comes here: in CPython 3.11 two threads that parse at once break each other's syntax trees.
    """
    path = function.__code__.co_filename
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read()
    except OSError:
        return None, None
    if not text:
        return None, None
    if path not in _checked or _checked[path][0] != hash(text):
        from pyralis.kernel import blocks, checker

        for found in checker.check_source(text, path):
            line_text = text.splitlines()[found.line - 1]
            raise KernelError(f"{found.rule}: {found.message}", (path, found.line, found.column + 1, line_text))
        _checked[path] = hash(text), checker.stored_names(text), blocks.cut(text, path)
    _, stored, code = _checked[path]
    return stored.get(function.__name__, set()), code.get(function.__name__)


def _cache_dir() -> str:
    """Where machine code is kept, '' for nowhere: its name holds what the code depends on besides its own source."""
    import hashlib
    import os

    here = os.path.dirname(__file__)
    digest = hashlib.sha256()
    try:
        for name in ("numba_ptr.py", "tuned.py", "lanes.py", "blocks.py", "host.py"):
            with open(os.path.join(here, name), "rb") as file:
                digest.update(file.read())
    except OSError:
        return ""
    return os.path.join(_user_cache_dir(os.environ), f"kernels-{digest.hexdigest()[:16]}")


def _user_cache_dir(environ: "Any") -> str:
    import os.path

    if environ.get("PYRALIS_CACHE_DIR"):
        return str(environ["PYRALIS_CACHE_DIR"])
    if sys.platform == "win32":
        base = environ.get("LOCALAPPDATA") or os.path.expanduser("~\\AppData\\Local")
    elif sys.platform == "darwin":
        base = os.path.expanduser("~/Library/Caches")
    else:
        base = environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return os.path.join(base, "pyralis")
