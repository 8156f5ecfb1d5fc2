"""ArtNetOut: Art-Net 4 over UDP.

Source of the packet layout: Art-Net 4 protocol release, ArtDmx and ArtSync.
"""

from pyralis.light.outputs.network import NetworkOutput

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyralis.core.services import DatagramSocket
    from pyralis.light.inputs.presence import Presence

LAST_UNIVERSE = 32767
_HEADER = b"Art-Net\x00\x00\x50\x00\x0e"  # id, OpDmx little-endian, protocol version 14 big-endian
_SYNC = b"Art-Net\x00\x00\x52\x00\x0e\x00\x00"


class ArtNetOut(NetworkOutput):
    """Sends the lights as Art-Net 4 to one address, 170 RGB or 128 RGBW lights a universe."""

    header_bytes = 18
    padding = 1
    default_port = 6454
    sequence_at = 12  # never 0 there: that would switch the receiver's ordering off
    _presence: "Presence | None" = None

    def define_controls(self) -> None:
        """Which universes."""
        super().define_controls()
        self.start_universe = self.add_int("start_universe", 0, 0, LAST_UNIVERSE)
        self.sync = self.add_bool("sync", False)
        self.discoverable = self.add_bool("discoverable", False)

    def setup(self) -> None:
        """Have consoles find this output, where that is wanted."""
        super().setup()
        if self.discoverable and self.setup_ok:
            from pyralis.light.inputs.presence import Presence

            self._presence = Presence(self)

    def loop(self) -> None:
        """Answer who asks, then send."""
        if self._presence is not None:
            self._presence.port.pump()
        super().loop()

    def loop_1s(self) -> None:
        """Answer polls again."""
        super().loop_1s()
        if self._presence is not None:
            self._presence.answers.given = 0

    def fits(self, count: int) -> bool:
        """False where the last universe would be passed."""
        if self.start_universe + count - 1 <= LAST_UNIVERSE:
            return True
        self.disable_self(f"{count} universes from {self.start_universe} on pass the last one, {LAST_UNIVERSE}")
        return False

    def write_header(self, packets: bytearray, start: int, index: int, size: int) -> None:
        """ArtDmx."""
        universe = self.start_universe + index
        packets[start : start + len(_HEADER)] = _HEADER
        packets[start + 14] = universe & 255
        packets[start + 15] = universe >> 8
        packets[start + 16] = size >> 8
        packets[start + 17] = size & 255

    def end_frame(self, socket: "DatagramSocket") -> None:
        """ArtSync, where it is wanted."""
        if self.sync:
            socket.send(_SYNC)

    def _close(self) -> None:
        super()._close()
        if self._presence is not None:
            self._presence.close()
            self._presence = None
