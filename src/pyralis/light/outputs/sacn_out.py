"""SacnOut: streaming ACN over UDP, also known as E1.31.

Source of the packet layout: ANSI E1.31-2018, data packets (chapter 4) and synchronization packets (6.3).
"""

from binascii import unhexlify

from pyralis.light.outputs.network import NetworkOutput, is_ipv4

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyralis.core.services import DatagramSocket, Services

LAST_UNIVERSE = 63999
_ROOT = b"\x00\x10\x00\x00ASC-E1.17\x00\x00\x00"
_DATA = b"\x00\x00\x00\x04"  # vectors of the root layer
EXTENDED = b"\x00\x00\x00\x08"
_SYNC_BYTES = 49
_NAME_BYTES = 63
_OPTIONS_AT = 112
_TERMINATED = 0x40
_TERMINATIONS = 3
_DISCOVERY_S = 10


class SacnOut(NetworkOutput):
    """Sends the lights as sACN (E1.31), 170 RGB or 128 RGBW a universe, to an address, to several, or by multicast."""

    def __init__(self, services: "Services") -> None:
        super().__init__(services, 126, 512, 0, 5568, 111, 256, 0)
        self._cid = b""
        self._sync: bytearray | None = None
        self._seconds = 0  # until all are told what universes there are

    def define_controls(self) -> None:
        """Which universes, and who sends them."""
        super().define_controls()
        self.multicast = self.add_bool("multicast", False)
        self.interface = self.add_text("interface", "", 15)
        self.start_universe = self.add_int("start_universe", 1, 1, LAST_UNIVERSE)
        self.sync_universe = self.add_int("sync_universe", 0, 0, LAST_UNIVERSE)
        self.priority = self.add_int("priority", 100, 0, 200)
        self.source_name = self.add_text("source_name", "Pyralis", 32)
        self.cid = self.add_text("cid", "", 32)
        self.discovery = self.add_bool("discovery", True)

    def on_control(self, name: str) -> None:
        """Receivers are told before universes are left."""
        if name in ("target", "port", "multicast", "interface", "start_universe", "cid"):
            self.terminate()
        super().on_control(name)

    def _fits(self, count: int) -> bool:
        """False where the last universe would be passed, or a text is none of what it should be."""
        reason = ""
        if self.start_universe + count - 1 > LAST_UNIVERSE:
            reason = f"{count} universes from {self.start_universe} on pass the last one, {LAST_UNIVERSE}"
        elif self.interface and not is_ipv4(self.interface):
            reason = f"interface '{self.interface}' is not the IPv4 address of this device: leave it empty for any"
        elif self.cid and not _is_cid(self.cid):
            reason = "cid takes 32 hex digits that no other source has: leave it empty for one that is made up"
        if reason:
            self.disable_self(reason)
        return not reason

    def _open(self, packets: bytearray) -> "DatagramSocket":
        """A socket, and where each universe goes to."""
        platform = self.services.platform
        self._sync = self._sync_packet() if self.sync_universe else None
        if not self.multicast:
            return super()._open(packets)
        group = multicast_group(self.sync_universe or self.start_universe)
        socket = platform.open_datagram(group, self.port, self.interface)
        groups = [multicast_group(self.start_universe + i) for i in range(self._count)]
        socket.load(packets, self._stride, groups)
        return socket

    def _write_header(self, packets: bytearray, start: int, index: int, size: int) -> None:
        """Root, framing and DMP layer of a data packet."""
        end = start + self._header_bytes + size
        self._write_root(packets, start, end, _DATA)
        write(packets, start + 40, b"\x00\x00\x00\x02" + self._name())
        packets[start + 108] = self.priority
        write(packets, start + 109, two_bytes(self.sync_universe))
        write(packets, start + 113, two_bytes(self.start_universe + index))
        write_length(packets, start + 115, end)
        write(packets, start + 117, b"\x02\xa1\x00\x00\x00\x01" + two_bytes(size + 1))

    def _name(self) -> bytes:
        name = self.source_name.encode()
        while len(name) > _NAME_BYTES:
            name = self.source_name[: len(self.source_name) * _NAME_BYTES // len(name)].encode()
        return name

    def _write_root(self, packet: bytearray, start: int, end: int, vector: bytes) -> None:
        write(packet, start, _ROOT)
        write_length(packet, start + 16, end)
        write(packet, start + 18, vector + self.component())
        write_length(packet, start + 38, end)

    def inherit(self, whole: "SacnOut") -> None:
        """Be a part of another output, that of one of its receivers: all are one source."""
        self._cid = whole.component()

    def component(self) -> bytes:
        """Who sends: as its control says, or made up once."""
        if self.cid:
            return unhexlify(self.cid)
        if self._cid:
            return self._cid
        made = bytearray(unhexlify("".join([self.services.platform.random_id() for _ in range(4)])))
        made[6] = made[6] & 0x0F | 0x40  # a UUID of version 4
        made[8] = made[8] & 0x3F | 0x80
        self._cid = bytes(made)
        return self._cid

    def _sync_packet(self) -> bytearray:
        packet = bytearray(_SYNC_BYTES)
        self._write_root(packet, 0, _SYNC_BYTES, EXTENDED)
        write(packet, 40, b"\x00\x00\x00\x01")
        write(packet, 45, two_bytes(self.sync_universe))
        return packet

    def _end_frame(self, socket: "DatagramSocket") -> None:
        """Have receivers show the universes together, where that is wanted."""
        if self._sync is not None:
            self._sync[44] = (self._sync[44] + 1) & 255
            socket.send(self._sync)

    def loop_1s(self) -> None:
        """Tell all receivers now and then which universes there are."""
        super().loop_1s()
        self._seconds -= 1
        if self._seconds > 0 or self._socket is None or not self.discovery:
            return
        from pyralis.light.outputs.sacn_discovery import announce

        self._seconds = _DISCOVERY_S
        universes = range(self.start_universe, self.start_universe + self._count)
        announce(self.services.platform, self.port, self.interface, self._write_root, self._name(), universes)

    def teardown(self) -> None:
        """Tell receivers that nothing more comes, so that they need not wait for it."""
        self.terminate()
        super().teardown()

    def terminate(self) -> None:
        """Say three times that nothing more comes."""
        packets, socket = self._packets, self._socket
        if socket is None:
            return
        if packets is None:  # which each of its receivers has
            for part in socket.parts:  # type: ignore[attr-defined]
                part.terminate()
            return
        for start in range(_OPTIONS_AT, len(packets), self._stride):
            packets[start] |= _TERMINATED
        for _ in range(_TERMINATIONS):
            self._number_packets(packets)
            socket.flush(0, self._count)
        self._close()


def multicast_group(universe: int) -> str:
    """The address of a universe."""
    return f"239.255.{universe >> 8}.{universe & 255}"


def two_bytes(value: int) -> bytes:
    """High byte first."""
    return bytes((value >> 8, value & 255))


def write(packet: bytearray, at: int, data: bytes) -> None:
    """Overwrite bytes from `at` on."""
    packet[at : at + len(data)] = data


def write_length(packet: bytearray, at: int, end: int) -> None:
    """Flags 7 and the length from here to the end of the packet."""
    write(packet, at, two_bytes(0x7000 | end - at))


def _is_cid(text: str) -> bool:
    return len(text) == 32 and all(c in "0123456789abcdefABCDEF" for c in text)
