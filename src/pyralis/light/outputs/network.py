"""NetworkOutput: what all outputs over UDP share: packets built once, filled in place, sent as one burst."""

# A kernel that returns nothing has no '->':
# mypy: disable-error-code="no-untyped-def"

from pyralis.core.controls import is_number
from pyralis.kernel import kernels_of, micropython, ptr8
from pyralis.light.blending import ORDERS, pack
from pyralis.light.output import Output

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyralis.core.services import DatagramSocket, Services
    from pyralis.light.driver_layer import DriverLayer

_KEEP_ALIVE_MS = 800
_REPEATS = 3  # of a picture that does not change: one packet may get lost


@micropython.viper
def number(dst: ptr8, stride: int, at: int, count: int, first: int, step: int, limit: int):
    """Number `count` packets of `stride` bytes in their byte `at`: 1 to `limit`, and on from 1."""
    for i in range(count):
        dst[at] = (1 + (first + i * step) % limit) & 255
        at += stride


class NetworkOutput(Output):
    """Sends the lights to an address, or to several; a protocol says how its packets look."""

    def __init__(
        self,
        services: "Services",
        header_bytes: int,  # before the first channel
        channels: int,  # of a packet, at most; no light is split
        padding: int,  # 1 where a packet has an even number of channels
        port: int,
        sequence_at: int,  # the byte that numbers the packets …
        sequences: int,  # … from 1 on to this …
        sequence_step: int,  # … by frame, or by packet where it is 1
    ) -> None:
        super().__init__(services)
        # Private, as the hooks below are: a board's image has names to spare for what is nobody else's.
        self._header_bytes = header_bytes
        self._channels = channels
        self._padding = padding
        self._default_port = port
        self._sequence_at = sequence_at
        self._sequences = sequences
        self._sequence_step = sequence_step
        self._socket: DatagramSocket | None = None
        self._packets: bytearray | None = None
        self._lights = self._stride = 0  # of a whole packet: lights and bytes
        self._count = 0  # of packets …
        self._left = 0  # … and how many of the present frame are still to be sent
        self._sequence = 0
        self._sent = -1  # version of the picture and of the controls that it was sent with: both only grow …
        self._repeats = 0  # … how often …
        self._idle_ms = 0  # … and how long ago
        self._lost = 0
        self._lost_shown = 0

    def define_controls(self) -> None:
        """Where to and how."""
        super().define_controls()
        self.target = self.add_text("target", "127.0.0.1", 720)
        self.port = self.add_int("port", self._default_port, 1, 65535)
        self.color_order = self.add_select("color_order", ORDERS, ORDERS[0])
        self.white = self.add_int("white", 0, 0, 4, "place")
        self.pace = self.add_int("pace", 0, 0, 1000, "packets a tick")

    def on_control(self, name: str) -> None:
        """Another address or header needs other packets."""
        if name not in ("", "fps", "color_order", "pace"):
            self.run_setup()

    def setup(self) -> None:
        """Build the packets and open the socket."""
        self._close()
        if not is_ipv4(self.target):
            if "," not in self.target and "*" not in self.target:
                self.disable_self(f"target '{self.target[:24]}' is not an IPv4 address such as 192.168.1.50")
                return
            from pyralis.light.outputs.receivers import split  # late: most have one

            split(self)
            return
        driver = self.parent
        if driver is None or not driver.map.count:
            return
        light_bytes = 4 if self.white else 3
        self._lights = self._channels // light_bytes
        self._stride = self._header_bytes + self._lights * light_bytes
        count = -(-driver.map.count // self._lights)
        if not self._fits(count):
            return
        if light_bytes == 4:
            from pyralis.light.outputs import white

            self._pack_white = white.pack_white
            self.kernels += kernels_of(white)
        packets = self.allocate(self.need_bytes(0, driver.map.count))
        for i in range(count):
            start = i * self._stride
            self._write_header(packets, start, i, min(len(packets) - start, self._stride) - self._header_bytes)
        self._count, self._packets = count, packets
        self._socket = self._open(packets)

    def _open(self, packets: bytearray) -> "DatagramSocket":
        """A socket that has the packets."""
        socket = self.services.platform.open_datagram(self.target, self.port)
        socket.load(packets, self._stride)
        return socket

    def _fits(self, count: int) -> bool:
        """False where the protocol cannot address so many packets; then the output is off, and says why."""
        return True

    def _write_header(self, packets: bytearray, start: int, index: int, size: int) -> None:
        """Write the header of a packet that lies at `start` and has so many channels."""

    def loop(self) -> None:
        """Fill the packets where a frame is due, and send what the pace allows."""
        self._idle_ms += self.services.elapsed_ms
        super().loop()
        if self._left and self._socket is not None:
            self._send_some(self._socket)

    def send(self, driver: "DriverLayer", buffer: bytearray) -> None:
        """Fill all packets in one pass, unless some of the frame before still wait or receivers have it already."""
        packets = self._packets
        if self._socket is None or self._left or not self._is_wanted(driver.version + self.revision):
            return
        if packets is None:  # which each of its receivers has
            self._left = self._socket.fill(driver, buffer)  # type: ignore[attr-defined]
            return
        order = self.color_order
        red, green, blue = order.index("R"), order.index("G"), order.index("B")
        # Not four at once: MicroPython would make a tuple of them in every frame.
        stride, header, lights = self._stride, self._header_bytes, self._lights
        levels, count = driver.wire_levels, driver.map.count
        if not self.white:
            pack(packets, stride, header, lights, buffer, count, levels, red, green, blue)
        else:
            white = self.white - 1
            red, green, blue = red + (red >= white), green + (green >= white), blue + (blue >= white)
            self._pack_white(packets, stride, header, lights, buffer, count, levels, red, green, blue, white)
        self._number_packets(packets)
        self._left = self._count

    def _is_wanted(self, version: int) -> bool:
        """True for what is new, some times more, and then often enough that no receiver thinks that it was all."""
        if version != self._sent:
            self._sent = version
            self._repeats = 0
        elif self._repeats < _REPEATS:
            self._repeats += 1
        elif self._idle_ms < _KEEP_ALIVE_MS:
            return False
        self._idle_ms = 0
        return True

    def _number_packets(self, packets: bytearray) -> None:
        """Give the packets of a frame their sequence numbers."""
        step, first = self._sequence_step, self._sequence
        number(packets, self._stride, self._sequence_at, self._count, first, step, self._sequences)
        self._sequence = (first + (self._count if step else 1)) % self._sequences

    def _send_some(self, socket: "DatagramSocket") -> None:
        taken = socket.flush(self._count - self._left, min(self._left, self.pace or self._left))
        self._left -= taken
        if not taken:  # one that takes nothing for a whole tick is not just full
            self._lost += self._left
            self._left = 0
        if not self._left:
            self._end_frame(socket)

    def _end_frame(self, socket: "DatagramSocket") -> None:
        """All packets of a frame are on their way."""

    def loop_1s(self) -> None:
        """Report packets that the network did not take, once when it starts and once when it ends."""
        if bool(self._lost) != bool(self._lost_shown):
            self.touch()
            if self._lost:
                self.services.log.warning(self.id, f"{self._lost} packets a second lost")
            else:
                self.services.log.info(self.id, "the network takes all packets again")
        self._lost_shown, self._lost = self._lost, 0

    def health_report(self) -> str:
        """Says also how many packets get lost."""
        report = super().health_report()
        return f"{self._lost_shown} packets a second lost" if report == "OK" and self._lost_shown else report

    def need_bytes(self, points: int, lights: int) -> int:
        """The packets."""
        light_bytes = 4 if self.white else 3
        data = (light_bytes * lights + self._padding) & ~self._padding
        return data + self._header_bytes * -(-lights // (self._channels // light_bytes))

    def heap_bytes(self) -> int:
        """The packets."""
        return len(self._packets or self._socket or b"")  # type: ignore[arg-type]  # that of several has all packets

    def teardown(self) -> None:
        """Close the socket."""
        self._close()

    def _close(self) -> None:
        self._packets = None
        self._left = 0
        if self._socket is not None:
            self._socket.close()
            self._socket = None


def is_ipv4(text: str) -> bool:
    """True for four numbers of 0 to 255 with dots between them."""
    parts = text.split(".")
    return len(parts) == 4 and all(is_number(part) and len(part) <= 3 and int(part) <= 255 for part in parts)
