"""What main hands to every module: the platform behind a narrow face, and the services built on it."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any, Protocol

    from pyralis.core.kvstore import Storage
    from pyralis.core.log import Logger
    from pyralis.core.manager import ModuleManager
    from pyralis.core.memory import MemoryGuard
    from pyralis.core.presets import Presets
    from pyralis.core.stateful import StatefulModule

    class DatagramSocket(Protocol):
        """An open UDP socket that never blocks."""

        def send(self, packet: "bytes | bytearray | memoryview") -> bool:
            """Send one packet; False where the network would not take it now."""

        def load(self, packets: bytearray, stride: int, hosts: "Sequence[str]" = ()) -> None:
            """What `flush` sends: packets of `stride` bytes or less in the last one, each to its host if there are."""

        def flush(self, start: int, count: int) -> int:
            """Send `count` packets from number `start` on; how many of them the network took, in that order."""

        def close(self) -> None:
            """Give the socket back."""

    class DatagramReceiver(Protocol):
        """A bound UDP socket that never waits."""

        def join(self, group: str) -> bool:
            """Take what is sent to a multicast group; False where the system has no room for one more."""

        def receive(self) -> "tuple[bytes, object] | None":
            """A packet and its sender, or None where none has come."""

        def reply(self, packet: "bytes | bytearray", sender: object) -> bool:
            """Send to who has sent; False where the network would not take it."""

        def own_address(self, sender: object) -> bytes:
            """The four bytes of the address by which that sender reaches this machine, zeros where unknown."""

        def close(self) -> None:
            """Give the socket back."""

    class ByteStream(Protocol):
        """A file that is open for reading."""

        def read(self, size_bytes: int) -> bytes:
            """As many bytes, or those that are left."""

        def close(self) -> None:
            """Give the file back."""

    class LedPort(Protocol):
        """Open pins with strips of LEDs; `open_pins(numbers, timing)` of a platform that has some, or Refusal."""

        warning: str  # of pins that work, but may make trouble

        def write(self, index: int, data: memoryview) -> None:
            """Send to the pin at that place in the list."""

        def close(self) -> None:
            """Let go of the pins."""

    class Platform(Protocol):
        """The part of a platform that modules and services may use; pal/contract.py has the whole."""

        @property
        def storage(self) -> Storage:
            """Where settings and presets are kept."""

        def ticks_us(self) -> int:
            """A clock in microseconds that may wrap."""

        def ticks_diff_us(self, end_us: int, start_us: int) -> int:
            """Microseconds between two readings of `ticks_us`, wrap included."""

        def heap_free_bytes(self) -> "int | None":
            """Free heap, or None where there is no limit."""

        def heap_used_bytes(self) -> int:
            """Memory in use: the heap on a board, the resident set on a PC."""

        def heap_largest_bytes(self) -> "int | None":
            """The largest free block as far as it can be known without growing the heap."""

        def allocate(self, size_bytes: int) -> bytearray:
            """A zeroed buffer in one piece, or MemoryError where there is none."""

        def collect_garbage(self) -> object:
            """Free what nothing refers to."""

        def forget_code(self, module: str) -> None:
            """Give the memory of code back that nobody uses any more, where memory is short."""

        def open_datagram(self, host: str, port: int, interface: str = "") -> DatagramSocket:
            """A UDP socket towards `host`:`port`, or OSError; multicast leaves by the own address `interface`."""

        def open_receiver(self, port: int) -> DatagramReceiver:
            """A UDP socket that takes what is sent to `port`, or OSError."""

        def open(self, path: str) -> ByteStream:
            """A file of the rig as a stream of bytes, or OSError."""

        def random_id(self) -> str:
            """Eight hex digits that differ at each start and call."""

        def print_line(self, text: str) -> None:
            """Write a line to the console."""

        def error_location(self, error: BaseException) -> str:
            """Where an exception was raised, as `file.py:line`, or an empty text."""

        def type_entries(self) -> "Iterable[dict[str, str]]":
            """The catalogue: type, category, description and module of every type there is."""


class PreviewSlot:
    """The latest preview frame, and how many clients want it; the server sends it, an output fills it."""

    def __init__(self) -> None:
        self.owner: object | None = None  # the output that fills the slot
        self.clients = 0
        self.frame: bytearray | None = None
        self.sequence = 0
        self.positions: Callable[[], bytearray] | None = None
        self.geometry_version = 0
        self.on_frame: Callable[[], None] | None = None

    def claim(self, owner: object, positions: "Callable[[], bytearray]") -> None:
        """Fill the slot from now on; `positions` makes the message that says where the lights are."""
        self.owner = owner
        self.frame = None  # that of another owner has other lights
        self.positions = positions
        self.geometry_version += 1

    def publish(self, frame: bytearray) -> None:
        """Offer a frame; one that no client took yet is lost."""
        self.frame = frame
        self.sequence = (self.sequence + 1) & 0x3FFFFFFF
        if self.on_frame is not None:
            self.on_frame()

    def withdraw(self, owner: object) -> None:
        """Leave the slot to another output."""
        if self.owner is owner:
            self.owner = self.frame = self.positions = None


class Services:
    """The services of one runtime."""

    manager: "ModuleManager"  # for services that change the tree, between ticks or once a second
    presets: "Presets"  # made by who first asks for them
    seldom: "Any"  # of the API: code that gives way …
    wled: "Any"  # … and what it keeps in mind
    next_fade: "Any"  # a driver, and how long its next change takes; None once that has come

    def __init__(self, platform: "Platform", log: "Logger", memory: "MemoryGuard") -> None:
        self.platform = platform
        self.log = log
        self.memory = memory
        self.preview = PreviewSlot()
        self.contain: Callable[..., bool]  # the scheduler's guard …
        self.attempt: Callable[..., tuple[Any, Exception | SystemExit | None]]  # … and what it is made of
        self.set_up_last: StatefulModule | None = None
        self.elapsed_ms = 0  # since the tick before, set by the scheduler
        self.revision = 0  # rises with every change that a client can see

    def next_revision(self) -> int:
        """Count one more visible change."""
        self.revision += 1
        return self.revision
