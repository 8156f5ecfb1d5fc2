"""CPython on a PC: files, sockets, threads and signals of a desktop system."""

import asyncio
import contextlib
import json
import os
import platform
import secrets
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from pyralis import catalogue, kernel
from pyralis.assets import Page
from pyralis.pal.cpython_udp import UdpSocket
from pyralis.pal.heap_budget import HeapBudget, resident_bytes
from pyralis.pal.own_palettes import OwnPalettes
from pyralis.pal.reloading import Reloader
from pyralis.pal.watching import Watcher
from pyralis.palette_file import PALETTE_FILE
from pyralis.wire import RIG_FILE

if TYPE_CHECKING:
    from pyralis.api.answer import Answer, Request
    from pyralis.api.server import Serve
    from pyralis.core.log import Logger
    from pyralis.core.manager import ModuleManager
    from pyralis.core.module import Module
    from pyralis.pal.udp_receiver import UdpReceiver

_PACKAGE = Path(__file__).resolve().parent.parent
_LOOK_S = 0.05  # a save is noticed at the next look, and taken at the one after it
_BUDGET_RESERVE_BYTES = 16 * 1024
_REBOOTED = "PYRALIS_REBOOTED"


class FileStorage:
    """Files in one directory, replaced with write, fsync and rename."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def read(self, name: str) -> bytes | None:
        """The file's bytes, or None where it is not there."""
        try:
            return (self._directory / name).read_bytes()
        except FileNotFoundError:
            return None

    def write(self, name: str, data: bytes) -> None:
        """Replace the file in one step."""
        self._directory.mkdir(parents=True, exist_ok=True)
        temporary = self._directory / (name + ".tmp")
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self._directory / name)

    def set_aside(self, name: str) -> str:
        """Rename to the first free `name.broken-N`."""
        number = 1
        while (self._directory / f"{name}.broken-{number}").exists():
            number += 1
        aside = f"{name}.broken-{number}"
        (self._directory / name).replace(self._directory / aside)
        return aside


class FolderAssets:
    """The page's files, packed when first asked for."""

    def __init__(self, directory: Path) -> None:
        self._page = Page(directory)
        self._packed: dict[str, bytes] = {}
        self.version = self._page.version

    def open(self, name: str) -> bytes | None:
        """The gzipped file, or None."""
        if name not in self._packed and name in self._page.names():
            self._packed[name] = self._page.pack(name)
        return self._packed.get(name)


class CPythonPlatform:
    """A PC: native kernels compiled by a thread behind the running server, and no limit on memory unless one is set."""

    name = "cpython"
    max_connections = 64
    log_bytes = 8192

    def __init__(self, root: str, state: str, build: str, heap_bytes: int = 0) -> None:
        self._root = Path(root).resolve()
        self._build = build
        self._budget = HeapBudget(heap_bytes) if heap_bytes else None
        self.reserve_bytes = _BUDGET_RESERVE_BYTES if heap_bytes else 0
        self._compiler: threading.Thread | None = None
        self._catalogue: catalogue.Catalogue | None = None
        self._modules = self._root / "modules"
        self._palettes = OwnPalettes(self._root / PALETTE_FILE)
        self._watcher = Watcher(self._modules, self._palettes.path)  # from before any of them is loaded
        self._reloading: asyncio.Task[None] | None = None
        self.storage = FileStorage(Path(state))
        self.assets = FolderAssets(_PACKAGE / "ui")
        sys.path.insert(0, str(self._root))  # for the rig's own `modules` package

    def ticks_us(self) -> int:
        """A clock that does not wrap here."""
        return time.perf_counter_ns() // 1000

    def ticks_diff_us(self, end_us: int, start_us: int) -> int:
        """A plain difference."""
        return end_us - start_us

    def heap_free_bytes(self) -> int | None:
        """What is left of the budget, or no limit."""
        return self._budget.free_bytes() if self._budget else None

    def heap_largest_bytes(self) -> int | None:
        """All that is free: the system's memory has no gaps."""
        return self.heap_free_bytes()

    def heap_used_bytes(self) -> int:
        """What modules hold of the budget; without one the resident set where the system tells it, else its peak."""
        return self._budget.used_bytes() if self._budget else resident_bytes()

    def allocate(self, size_bytes: int) -> bytearray:
        """A zeroed buffer, or MemoryError where the budget has no room for it."""
        if self._budget is not None and size_bytes > self._budget.free_bytes():
            raise MemoryError
        return bytearray(size_bytes)

    def watch_heap(self, root: "Module", attempt: Callable[..., object]) -> None:
        """Count what modules hold against the budget."""
        if self._budget is not None:
            self._budget.watch(root, attempt)

    def collect_garbage(self) -> None:
        """Nothing to do: a budget counts what modules hold, not what is allocated."""

    def forget_code(self, module: str) -> None:
        """Nothing to do: a PC has room for code."""

    def open_datagram(self, host: str, port: int, interface: str = "") -> UdpSocket:
        """A UDP socket towards an address."""
        return UdpSocket(host, port, interface)

    def open(self, path: str) -> BinaryIO:
        """A file of the rig as a stream of bytes, or OSError."""
        return (self._root / path).open("rb")

    def open_receiver(self, port: int) -> "UdpReceiver":
        """A UDP socket that takes packets."""
        from pyralis.pal.udp_receiver import UdpReceiver

        return UdpReceiver(port)

    def error_location(self, error: BaseException) -> str:
        """File and line of the innermost frame, of the rig's own code where it has called; of a syntax error itself."""
        if isinstance(error, SyntaxError) and error.filename:
            return f"{Path(error.filename).name}:{error.lineno}"
        frames = traceback.extract_tb(error.__traceback__)
        own = [frame for frame in frames if Path(frame.filename).is_relative_to(self._modules)]
        frame = own[-1] if own else frames[-1] if frames else None
        return f"{Path(frame.filename).name}:{frame.lineno}" if frame else ""

    def type_entries(self) -> list[dict[str, str]]:
        """Read from the sources when one of the rig was saved, none of them run."""
        return self._types().entries

    def _types(self) -> catalogue.Catalogue:
        if self._catalogue is None:
            self._catalogue = catalogue.read(_PACKAGE, self._modules)
        return self._catalogue

    def reload_live(self, manager: "ModuleManager") -> None:
        """From now on load what is saved below `modules` and of palettes, while everything runs on."""
        reloader = Reloader(manager, self._modules, self._types())
        self._reloading = asyncio.get_running_loop().create_task(self._reload_forever(manager, reloader))

    async def _reload_forever(self, manager: "ModuleManager", reloader: Reloader) -> None:
        while True:
            await asyncio.sleep(_LOOK_S)
            _, error = manager.scheduler.attempt(self._look, manager, reloader)
            if error is not None:
                manager.services.log.error("reload", manager.scheduler.describe(error))

    def _look(self, manager: "ModuleManager", reloader: Reloader) -> None:
        paths = self._watcher.look()
        if self._palettes.path in paths:
            paths.remove(self._palettes.path)
            self._palettes.load(manager)
        if paths:
            self._catalogue = None
            reloader.load(paths, self._types())
        self._palettes.look(manager)
        reloader.look()

    def facts(self) -> dict[str, object]:
        """What this machine is."""
        return {
            "platform": self.name,
            "implementation": f"CPython {platform.python_version()}",
            "chip": platform.machine(),
            "reset_reason": "reboot" if os.environ.get(_REBOOTED) else "start",
        }

    def build(self) -> dict[str, str]:
        """As whoever started the runtime says; unknown where nobody does."""
        found: dict[str, str] = json.loads(self._build) if self._build else {}
        return found

    def rig(self) -> dict[str, object]:
        """The rig file of the root folder."""
        try:
            found: dict[str, object] = json.loads((self._root / RIG_FILE).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        return found

    def print_line(self, text: str) -> None:
        """To standard output, at once."""
        # Where nobody reads the console any longer, or it cannot show this, the log's ring has it.
        with contextlib.suppress(OSError, ValueError):
            print(text, flush=True)

    async def join_network(self, host: str, log: "Logger") -> tuple[str, str]:
        """The network of a PC is there already."""
        if self._compiler is not None:
            self._compiler.start()
        return host, host

    async def listen(self, serve: "Serve", host: str, port: int) -> asyncio.AbstractServer:
        """A server of asyncio."""
        return await asyncio.start_server(serve, host, port)

    def run(self, main: Coroutine[Any, Any, int]) -> int:
        """An event loop of asyncio."""
        return asyncio.run(main)

    async def sleep_ms(self, duration_ms: int) -> None:
        """Let other tasks run."""
        await asyncio.sleep(duration_ms / 1000)

    def on_stop(self, call: Callable[[], None]) -> None:
        """At SIGINT and SIGTERM; where the loop has no signals (Windows), KeyboardInterrupt ends it."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            try:
                loop.add_signal_handler(number, call)
            except NotImplementedError:
                return

    def after_interrupt(self) -> bool:
        """Nothing is broken here."""
        return False

    def start_compiling(self) -> str:
        """Compile kernels in one thread, each as soon as it is imported, once the network is joined."""
        if kernel.numba_missing():
            return "numba is not installed: kernels run interpreted, some hundred times slower; install pyralis[fast]"
        # Importing numba takes a second: tick and server get their turn after half a millisecond of it, not five.
        sys.setswitchinterval(0.0005)
        waiting = threading.Event()
        kernel.queue(waiting.set)
        # Started later: the import of numba takes turns with the start of everything else, and doubles its time.
        self._compiler = threading.Thread(target=_compile_forever, args=(waiting,), name="kernels", daemon=True)
        return ""

    def routes(self) -> dict[str, Callable[[str, "Request"], "Answer"]]:
        """Paths of the API that only this platform has."""
        return {}

    def random_id(self) -> str:
        """Eight hex digits."""
        return secrets.token_hex(4)


def _compile_forever(waiting: threading.Event) -> None:
    while True:
        waiting.wait()
        waiting.clear()
        while kernel.compile_next():
            pass
