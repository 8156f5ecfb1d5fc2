"""MicroPython on a PC (unix port), and the base of every board."""

import asyncio
import gc
import io
import json
import os
import socket
import sys
import time

from pyralis.wire import ASSETS_FILE, BUILD_FILE, RIG_FILE, TYPES_FILE

_COLLECT_AFTER_BYTES = 16384
_DEEPEST_LOCK = 100
_BACKLOG = 32  # a page asks for all its files at once
_RESERVE_BYTES = 28 * 1024  # where the build says none: what a classic ESP32 needs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator, Sequence
    from typing import Any

    from pyralis.api.answer import Answer, Request
    from pyralis.api.server import Serve
    from pyralis.core.log import Logger
    from pyralis.core.module import Module
    from pyralis.pal.udp_receiver import UdpReceiver


class FileStorage:
    """Files in one directory; a rename over an existing file is atomic on LittleFS."""

    def __init__(self, directory: str) -> None:
        self._directory = directory
        make_directories(directory)

    def read(self, name: str) -> "bytes | None":
        """The file's bytes, or None where it is not there."""
        return read_file(f"{self._directory}/{name}")

    def write(self, name: str, data: bytes) -> None:
        """Replace the file in one step."""
        path = f"{self._directory}/{name}"
        with open(path + ".tmp", "wb") as file:
            file.write(data)
        os.rename(path + ".tmp", path)

    def set_aside(self, name: str) -> str:
        """Rename to the first free `name.broken-N`."""
        taken = os.listdir(self._directory)
        number = 1
        while f"{name}.broken-{number}" in taken:
            number += 1
        aside = f"{name}.broken-{number}"
        os.rename(f"{self._directory}/{name}", f"{self._directory}/{aside}")
        return aside


class UdpSocket:
    """A UDP socket that drops rather than waits."""

    def __init__(self, host: str, port: int, interface: str) -> None:
        self._port = port
        self._address = address(host, port)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        if interface:
            self._socket.bind(address(interface, 0))
        self._socket.setblocking(False)

    def send(self, packet: "bytes | bytearray | memoryview") -> bool:
        """False where the system would not take the packet."""
        try:
            self._socket.sendto(packet, self._address)
        except OSError:
            return False
        return True

    def load(self, packets: bytearray, stride: int, hosts: "Sequence[str]" = ()) -> None:
        """Views of the packets and their addresses, made once."""
        whole = memoryview(packets)
        self._views: list[tuple[memoryview, Any]] = []
        for start in range(0, len(packets), stride):
            to = address(hosts[start // stride], self._port) if hosts else self._address
            self._views.append((whole[start : start + stride], to))

    def flush(self, start: int, count: int) -> int:
        """How many of the packets the system took."""
        for i in range(start, start + count):
            packet, to = self._views[i]
            try:
                self._socket.sendto(packet, to)
            except OSError:
                return i - start
        return count

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()


class ImageAssets:
    """The page's files as the build packed them, streamed from the file system."""

    def __init__(self, root: str) -> None:
        self._directory = root + "/ui"
        found = read_json(f"{root}/{ASSETS_FILE}")
        self.version = str(found.get("version", "none"))

    def open(self, name: str) -> "object | None":
        """The gzipped file as a stream, or None."""
        if "/" in name or name.startswith("."):
            return None
        try:
            return open(f"{self._directory}/{name}.gz", "rb")
        except OSError:
            return None


class Listener:
    """Accepts connections, whatever happens: asyncio's own stops for good when memory is short for one of them."""

    def __init__(self, serve: "Serve", host: str, port: int) -> None:
        self._serve = serve
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind(address(host, port))
        self._socket.listen(_BACKLOG)
        self._socket.setblocking(False)
        self._task = asyncio.create_task(self._accept_forever())

    def close(self) -> None:
        """Accept no more."""
        self._task.cancel()
        self._socket.close()

    async def _accept_forever(self) -> None:
        arrival = asyncio.StreamReader(self._socket)  # type: ignore[arg-type]
        nothing = bytearray(1)
        while True:
            try:
                await arrival.readinto(nothing)
            except OSError:
                pass  # one cannot read from a socket that listens, but wait until one could
            except MemoryError:
                gc.collect()
            try:
                self._accept()
            except OSError:
                pass  # gone already
            except MemoryError:
                gc.collect()  # this client is turned away, everything else goes on

    def _accept(self) -> None:
        client = self._socket.accept()[0]
        try:
            client.setblocking(False)
            stream: Any = asyncio.StreamReader(client)  # type: ignore[arg-type]  # reads and writes
            asyncio.create_task(self._serve(stream, stream))  # noqa: RUF006  # MicroPython's loop holds its tasks
        except MemoryError:
            client.close()
            raise


class MicroPythonPlatform:
    """MicroPython with a heap of fixed size; runs from an image that the build made."""

    name = "micropython"
    max_connections = 8
    log_bytes = 8192

    def __init__(self, root: str, state: str) -> None:
        # Collected often, so that what lasts is not strewn over the whole heap between what does not.
        gc.threshold(_COLLECT_AFTER_BYTES)
        # MicroPython's own functions, as they are: the clock wraps, and differences are right across that.
        self.ticks_us, self.ticks_diff_us = time.ticks_us, time.ticks_diff
        self.heap_free_bytes, self.heap_used_bytes = gc.mem_free, gc.mem_alloc
        self.collect_garbage = gc.collect
        self.print_line = print
        self._root = root
        # As calibrated for the board, whose words have 32 bits.
        self.reserve_bytes = int(self.build().get("reserve_bytes", _RESERVE_BYTES)) * (2 if sys.maxsize >> 31 else 1)
        self.storage = FileStorage(state)
        self.assets = ImageAssets(root)

    def heap_largest_bytes(self) -> "int | None":
        """By bisection, which is harmless only because this heap cannot grow.

        With lists, as `clear` gives back at once: the address of a bytearray can lie about on the stack for seconds.
        """
        gc.collect()
        low, high = 0, gc.mem_free()
        while high - low > 256:
            middle = (low + high) // 2
            try:
                ([None] * (middle // (8 if sys.maxsize >> 31 else 4))).clear()
                low = middle
            except MemoryError:
                high = middle
        gc.collect()
        return low

    def allocate(self, size_bytes: int) -> bytearray:
        """A zeroed buffer, or MemoryError."""
        return bytearray(size_bytes)

    def watch_heap(self, root: "Module", attempt: "Callable[..., object]") -> None:
        """The heap is no budget: it has its size."""

    def forget_code(self, module: str) -> None:
        """Take a module out of the tables that hold it."""
        package, _, name = module.rpartition(".")
        if module in sys.modules:
            # Overwritten before it is deleted: MicroPython keeps the value of what is deleted.
            sys.modules[module] = None  # type: ignore[assignment]
            del sys.modules[module]
            setattr(sys.modules[package], name, None)

    def open_datagram(self, host: str, port: int, interface: str = "") -> UdpSocket:
        """A UDP socket towards an address."""
        return UdpSocket(host, port, interface)

    def open(self, path: str) -> "Any":
        """A file of the rig as a stream of bytes, or OSError."""
        return open(self._root + "/" + path, "rb")

    def open_receiver(self, port: int) -> "UdpReceiver":
        """A UDP socket that takes packets."""
        from pyralis.pal.udp_receiver import UdpReceiver

        return UdpReceiver(port)

    def error_location(self, error: BaseException) -> str:
        """File and line of the innermost frame, read from the printed traceback."""
        printed = io.StringIO()
        sys.print_exception(error, printed)
        location = ""
        for line in printed.getvalue().split("\n"):
            if line.startswith('  File "') and '", line ' in line:
                path, rest = line[8:].split('", line ', 1)
                number, _, function = rest.partition(", in ")
                # What the build linked has no line numbers: all of it is line 1.
                name = path.split("/")[-1]
                if not name.endswith(".py"):
                    name += ".py"
                location = name + ":" + number if number != "1" else path + ", " + function
        return location

    def type_entries(self) -> "Iterator[dict[str, str]]":
        """Read from the image line by line, so that a long catalogue costs no memory."""
        with open(f"{self._root}/{TYPES_FILE}") as file:
            for line in file:
                yield json.loads(line)

    def facts(self) -> "dict[str, object]":
        """What this machine is."""
        version = ".".join([str(part) for part in sys.implementation[1][:3]])
        return {
            "platform": self.name,
            "implementation": "MicroPython " + version,
            "chip": sys.platform,
            "reset_reason": "start",
        }

    def build(self) -> "dict[str, str]":
        """As the build wrote it."""
        return read_json(f"{self._root}/{BUILD_FILE}")

    def rig(self) -> "dict[str, object]":
        """The rig file in the image."""
        return read_json(f"{self._root}/{RIG_FILE}")

    async def join_network(self, host: str, log: "Logger") -> "tuple[str, str]":
        """The network of a PC is there already."""
        return host, host

    async def listen(self, serve: "Serve", host: str, port: int) -> Listener:
        """A server that lives on when memory runs short."""
        return Listener(serve, host, port)

    def run(self, main: "Coroutine[Any, Any, int]") -> int:
        """An event loop that goes on after a MemoryError of its own."""
        loop = asyncio.get_event_loop()
        task = loop.create_task(main)
        while not task.done():
            try:
                return loop.run_until_complete(task)
            except MemoryError:  # noqa: PERF203
                gc.collect()
        raise MemoryError

    def on_stop(self, call: "Callable[[], None]") -> None:
        """There are no signals: Ctrl-C raises KeyboardInterrupt, which main catches."""

    def after_interrupt(self) -> bool:
        """Unlock the heap: an interrupt in the middle of a collection leaves it locked, and nothing could be saved."""
        import micropython

        if micropython.heap_unlock() > _DEEPEST_LOCK:
            micropython.heap_lock()  # it was not locked, and now is counted below zero
            return False
        return True

    async def sleep_ms(self, duration_ms: int) -> None:
        """Let other tasks run."""
        await asyncio.sleep_ms(duration_ms)

    def start_compiling(self) -> str:
        """Kernels were compiled by the build."""
        return ""

    def routes(self) -> "dict[str, Callable[[str, Request], Answer]]":
        """Paths of the API that only this platform has."""
        return {}

    def random_id(self) -> str:
        """Eight hex digits."""
        return "".join(["%02x" % byte for byte in os.urandom(4)])


def address(host: str, port: int) -> "Any":
    """As sockets want it."""
    return socket.getaddrinfo(host, port)[0][-1]


def read_file(path: str) -> "bytes | None":
    """A file's bytes, or None where it is not there."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return None


def read_json(path: str) -> "dict":  # type: ignore[type-arg]
    """A file's JSON object, or an empty one where it is not there."""
    try:
        with open(path) as file:
            return json.load(file)
    except OSError:
        return {}


def make_directories(path: str) -> None:
    """Make a directory and those above it."""
    made = ""
    for part in path.split("/"):
        made += part + "/"
        try:
            os.mkdir(made)
        except OSError:
            pass  # is there, or the next use will say why it is not
