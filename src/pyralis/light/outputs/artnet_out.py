"""ArtNetOut: Art-Net 4 over UDP, packets built once and filled in place.

Source of the packet layout: Art-Net 4 protocol release, ArtDmx and ArtSync.
"""

from pyralis.core.controls import is_number
from pyralis.light.blending import pack
from pyralis.light.output import Output

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyralis.core.services import DatagramSocket, Services
    from pyralis.light.driver_layer import DriverLayer

HEADER_BYTES = 18
LIGHTS_PER_UNIVERSE = 170  # 510 channels, so that no light is split
LAST_UNIVERSE = 32767
_STRIDE_BYTES = HEADER_BYTES + 3 * LIGHTS_PER_UNIVERSE
_SEQUENCE_AT = 12
_HEADER = b"Art-Net\x00\x00\x50\x00\x0e"  # id, OpDmx little-endian, protocol version 14 big-endian
_SYNC = b"Art-Net\x00\x00\x52\x00\x0e\x00\x00"
ORDERS = ("RGB", "RBG", "GRB", "GBR", "BRG", "BGR")


class ArtNetOut(Output):
    """Sends the lights as Art-Net 4 to one address, 170 RGB lights a universe."""

    def __init__(self, services: "Services") -> None:
        super().__init__(services)
        self._socket: DatagramSocket | None = None
        self._packets: bytearray | None = None
        self._views: list[memoryview] = []
        self._sequence = 0
        self._lost = 0
        self._lost_shown = 0

    def define_controls(self) -> None:
        """Where to and how."""
        super().define_controls()
        self.target = self.add_text("target", "127.0.0.1", 15)
        self.port = self.add_int("port", 6454, 1, 65535)
        self.start_universe = self.add_int("start_universe", 0, 0, LAST_UNIVERSE)
        self.color_order = self.add_select("color_order", ORDERS, "RGB")
        self.sync = self.add_bool("sync", False)

    def on_control(self, name: str) -> None:
        """Another address or universe needs other packets."""
        if name in ("target", "port", "start_universe"):
            self.run_setup()

    def setup(self) -> None:
        """Open the socket and build the packets."""
        self._close()
        if not is_ipv4(self.target):
            self.disable_self(f"target '{self.target}' is not an IPv4 address such as 192.168.1.50")
            return
        driver = self.parent
        if driver is None or not driver.map.count:
            return
        universes = (driver.map.count + LIGHTS_PER_UNIVERSE - 1) // LIGHTS_PER_UNIVERSE
        if self.start_universe + universes - 1 > LAST_UNIVERSE:
            self.disable_self(f"{universes} universes from {self.start_universe} on pass the last one, {LAST_UNIVERSE}")
            return
        self._build(driver.map.count, universes)
        self._socket = self.services.platform.open_datagram(self.target, self.port)

    def _build(self, count: int, universes: int) -> None:
        last_lights = count - (universes - 1) * LIGHTS_PER_UNIVERSE
        last_channels = (3 * last_lights + 1) & ~1  # lengths are even
        packets = self.allocate((universes - 1) * _STRIDE_BYTES + HEADER_BYTES + last_channels)
        whole = memoryview(packets)
        self._views = []
        for i in range(universes):
            start = i * _STRIDE_BYTES
            channels = last_channels if i == universes - 1 else 3 * LIGHTS_PER_UNIVERSE
            universe = self.start_universe + i
            packets[start : start + len(_HEADER)] = _HEADER
            packets[start + 14] = universe & 255
            packets[start + 15] = universe >> 8
            packets[start + 16] = channels >> 8
            packets[start + 17] = channels & 255
            self._views.append(whole[start : start + HEADER_BYTES + channels])
        self._packets = packets

    def send(self, driver: "DriverLayer", buffer: bytearray) -> None:
        """Fill all packets in one pass and send them."""
        packets, socket = self._packets, self._socket
        if packets is None or socket is None:
            return
        order = self.color_order
        red, green, blue = order.index("R"), order.index("G"), order.index("B")
        pack(
            packets,
            _STRIDE_BYTES,
            HEADER_BYTES,
            LIGHTS_PER_UNIVERSE,
            buffer,
            driver.map.count,
            driver.wire_levels,
            red,
            green,
            blue,
        )
        self._sequence = self._sequence % 255 + 1  # 0 would switch the receiver's ordering off
        for view in self._views:
            view[_SEQUENCE_AT] = self._sequence
            if not socket.send(view):
                self._lost += 1
        if self.sync:
            socket.send(_SYNC)

    def loop_1s(self) -> None:
        """Report packets that the network did not take, once when it starts and once when it ends."""
        if bool(self._lost) != bool(self._lost_shown):
            self.touch()
            if self._lost:
                self.services.log.warning(self.id, f"the network took {self._lost} packets less in a second")
            else:
                self.services.log.info(self.id, "the network takes all packets again")
        self._lost_shown, self._lost = self._lost, 0

    def health_report(self) -> str:
        """Says also how many packets get lost."""
        report = super().health_report()
        return f"{self._lost_shown} packets a second lost" if report == "OK" and self._lost_shown else report

    def need_bytes(self, points: int, lights: int) -> int:
        """The packets."""
        return lights * _STRIDE_BYTES // LIGHTS_PER_UNIVERSE

    def heap_bytes(self) -> int:
        """The packets."""
        return len(self._packets or b"")

    def teardown(self) -> None:
        """Close the socket."""
        self._close()

    def _close(self) -> None:
        self._packets = None
        self._views = []
        if self._socket is not None:
            self._socket.close()
            self._socket = None


def is_ipv4(text: str) -> bool:
    """True for four numbers of 0 to 255 with dots between them."""
    parts = text.split(".")
    return len(parts) == 4 and all(is_number(part) and len(part) <= 3 and int(part) <= 255 for part in parts)
