"""A platform without a machine: a clock that tests move by hand, files and network in memory."""

import asyncio

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence
    from typing import Any

    from pyralis.api.answer import Answer, Request
    from pyralis.api.server import Listener, Serve
    from pyralis.core.log import Logger
    from pyralis.core.module import Module


class FakeStorage:
    """Files in a dict; `failing` makes every write raise."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.failing = False
        self.writes = 0

    def read(self, name: str) -> "bytes | None":
        """The file's bytes, or None."""
        return self.files.get(name)

    def write(self, name: str, data: bytes) -> None:
        """Replace the file."""
        if self.failing:
            raise OSError("the fake disk is full")
        self.files[name] = data
        self.writes += 1

    def set_aside(self, name: str) -> str:
        """Keep the file under a name that says so."""
        aside = name + ".broken"
        self.files[aside] = self.files.pop(name)
        return aside


class FakeFile:
    """A file that is read from its beginning to its end."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def read(self, size_bytes: int) -> bytes:
        """As many bytes, or those that are left."""
        piece, self.data = self.data[:size_bytes], self.data[size_bytes:]
        return piece

    def close(self) -> None:
        """There is nothing to give back."""


class FakeSocket:
    """Keeps what was sent; `full` makes it take nothing more."""

    def __init__(self, host: str, port: int, interface: str) -> None:
        self.address = (host, port)
        self.interface = interface
        self.hosts: Sequence[str] = ()
        self.packets: list[bytes] = []
        self.loaded: list[memoryview] = []
        self.room = -1  # how many packets it takes before it is full; any number below zero
        self.full = False
        self.closed = False

    def send(self, packet: "bytes | bytearray | memoryview") -> bool:
        """Keep a copy of the packet."""
        if not self.full:
            self.packets.append(bytes(packet))
        return not self.full

    def load(self, packets: bytearray, stride: int, hosts: "Sequence[str]" = ()) -> None:
        """Keep the packets."""
        self.hosts = hosts
        self.loaded = [memoryview(packets)[start : start + stride] for start in range(0, len(packets), stride)]

    def flush(self, start: int, count: int) -> int:
        """Keep copies of as many as there is room for."""
        count = 0 if self.full else count if self.room < 0 else min(count, self.room)
        self.packets += [bytes(packet) for packet in self.loaded[start : start + count]]
        self.room -= count if self.room >= 0 else 0
        return count

    def close(self) -> None:
        """Remember that it was closed."""
        self.closed = True


class FakeReceiver:
    """Hands out what the test put in; `most_groups` is all it joins."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.arriving: list[tuple[bytes, object]] = []
        self.groups: list[str] = []
        self.most_groups = 20
        self.replies: list[tuple[bytes, object]] = []
        self.closed = False

    def join(self, group: str) -> bool:
        """As many as there is room for."""
        if group not in self.groups and len(self.groups) < self.most_groups:
            self.groups.append(group)
        return group in self.groups

    def receive(self) -> "tuple[bytes, object] | None":
        """The first one that waits."""
        return self.arriving.pop(0) if self.arriving else None

    def reply(self, packet: "bytes | bytearray", sender: object) -> bool:
        """Keep a copy."""
        self.replies.append((bytes(packet), sender))
        return True

    def own_address(self, sender: object) -> bytes:
        """Always the same."""
        return b"\x0a\x00\x00\x02"

    def close(self) -> None:
        """Remember that it was closed."""
        self.closed = True


class FakePins:
    """Keeps what each pin got."""

    def __init__(self, numbers: "list[int]", timing: "tuple[int, int, int, int]") -> None:
        self.numbers = numbers
        self.timing = timing
        self.warning = ""
        self.written: list[tuple[int, bytes]] = []
        self.closed = False

    def write(self, index: int, data: memoryview) -> None:
        """Keep a copy."""
        self.written.append((self.numbers[index], bytes(data)))

    def close(self) -> None:
        """Remember that it was closed."""
        self.closed = True


class FakeAssets:
    """A page of one line."""

    version = "fake"

    def open(self, name: str) -> "bytes | None":
        """The page."""
        return b"<!doctype html>" if name == "index.html" else None


class FakePlatform:
    """Deterministic in every respect."""

    name = "fake"
    max_connections = 4
    log_bytes = 8192
    reserve_bytes = 0

    def __init__(self) -> None:
        self.now_us = 0
        self.heap_limit_bytes: int | None = None
        self.largest_block_bytes: int | None = None
        self.collections = 0
        self.forgotten: list[str] = []  # modules whose code was let go
        self.code_bytes = 0  # that each of them gives back
        self.lines: list[str] = []
        self.sockets: list[FakeSocket] = []
        self.receivers: list[FakeReceiver] = []
        self.pins: list[FakePins] = []
        self.types: list[dict[str, str]] = []
        self.storage = FakeStorage()
        self.assets = FakeAssets()
        self.rig_value: dict[str, object] = {}
        self.rig_files: dict[str, bytes] = {}

    def advance_ms(self, duration_ms: int) -> None:
        """Move the clock."""
        self.now_us += duration_ms * 1000

    def ticks_us(self) -> int:
        """The clock, wrapping as a board's does."""
        return self.now_us & 0x3FFFFFFF

    def ticks_diff_us(self, end_us: int, start_us: int) -> int:
        """Right for up to half the range."""
        return ((end_us - start_us + 0x20000000) & 0x3FFFFFFF) - 0x20000000

    def heap_free_bytes(self) -> "int | None":
        """The limit that the test set."""
        return self.heap_limit_bytes

    def heap_used_bytes(self) -> int:
        """Nothing."""
        return 0

    def heap_largest_bytes(self) -> "int | None":
        """All that is free, or less where the test says so."""
        return self.heap_limit_bytes if self.largest_block_bytes is None else self.largest_block_bytes

    def allocate(self, size_bytes: int) -> bytearray:
        """A buffer where there is such a block; the limit stays what the test set."""
        largest_bytes = self.heap_largest_bytes()
        if largest_bytes is not None and size_bytes > largest_bytes:
            raise MemoryError
        return bytearray(size_bytes)

    def watch_heap(self, root: "Module", attempt: "Callable[..., object]") -> None:
        """The limit is what the test set."""

    def collect_garbage(self) -> None:
        """Count the calls."""
        self.collections += 1

    def forget_code(self, module: str) -> None:
        """Note the name, and have what it took count as free."""
        self.forgotten.append(module)
        if self.heap_limit_bytes is not None:
            self.heap_limit_bytes += self.code_bytes

    def open_datagram(self, host: str, port: int, interface: str = "") -> FakeSocket:
        """A socket that keeps its packets."""
        self.sockets.append(FakeSocket(host, port, interface))
        return self.sockets[-1]

    def open_receiver(self, port: int) -> FakeReceiver:
        """A socket that hands out what the test put in."""
        self.receivers.append(FakeReceiver(port))
        return self.receivers[-1]

    def open(self, path: str) -> FakeFile:
        """A file that the test put in, or OSError."""
        if path not in self.rig_files:
            raise OSError("there is no such file")
        return FakeFile(self.rig_files[path])

    def open_pins(self, numbers: "list[int]", timing: "tuple[int, int, int, int]") -> FakePins:
        """Pins that keep what they get."""
        self.pins.append(FakePins(numbers, timing))
        return self.pins[-1]

    def error_location(self, error: BaseException) -> str:
        """Nowhere."""
        return ""

    def type_entries(self) -> "list[dict[str, str]]":
        """What the test put in."""
        return self.types

    def facts(self) -> "dict[str, object]":
        """As a platform tells of itself."""
        return {"platform": "fake", "implementation": "fake 1", "chip": "none", "reset_reason": "power on"}

    def build(self) -> "dict[str, str]":
        """A build that is none."""
        return {"version": "0", "commit": "none", "id": "fake"}

    def rig(self) -> "dict[str, object]":
        """What the test put in."""
        return self.rig_value

    def print_line(self, text: str) -> None:
        """Keep the line."""
        self.lines.append(text)

    async def join_network(self, host: str, log: "Logger") -> "tuple[str, str]":
        """The network of a PC is there already."""
        return host, host

    async def listen(self, serve: "Serve", host: str, port: int) -> "Listener":
        """A real server: what is fake here is the machine."""
        return await asyncio.start_server(serve, host, port)

    def run(self, main: "Coroutine[Any, Any, int]") -> int:
        """A real event loop."""
        return asyncio.run(main)

    async def sleep_ms(self, duration_ms: int) -> None:
        """Move the clock, and let other tasks run once."""
        self.advance_ms(duration_ms)
        await asyncio.sleep(0)

    def on_stop(self, call: "Callable[[], None]") -> None:
        """Nobody stops it."""

    def after_interrupt(self) -> bool:
        """Nothing is broken here."""
        return False

    def start_compiling(self) -> str:
        """Kernels run interpreted."""
        return ""

    def routes(self) -> "dict[str, Callable[[str, Request], Answer]]":
        """Paths of the API that only this platform has."""
        return {}

    def random_id(self) -> str:
        """Not random."""
        return "0badcafe"
