"""ArtNetOut: Art-Net 4 over UDP.

Source of the packet layout: Art-Net 4 protocol release, ArtDmx and ArtSync.
"""

from pyralis.light.outputs.network import NetworkOutput

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyralis.core.services import DatagramSocket, Services

LAST_UNIVERSE = 32767
_HEADER = b"Art-Net\x00\x00\x50\x00\x0e"  # id, OpDmx little-endian, protocol version 14 big-endian
_SYNC = b"Art-Net\x00\x00\x52\x00\x0e\x00\x00"


class ArtNetOut(NetworkOutput):
    """Sends the lights as Art-Net 4, 170 RGB or 128 RGBW lights a universe, to an address or to several."""

    def __init__(self, services: "Services") -> None:
        # The number is never 0: that would switch the receiver's ordering off.
        super().__init__(services, 18, 512, 1, 6454, 12, 255, 0)

    def define_controls(self) -> None:
        """Which universes."""
        super().define_controls()
        self.start_universe = self.add_int("start_universe", 0, 0, LAST_UNIVERSE)
        self.sync = self.add_bool("sync", False)

    def _fits(self, count: int) -> bool:
        """False where the last universe would be passed."""
        if self.start_universe + count - 1 <= LAST_UNIVERSE:
            return True
        self.disable_self(f"{count} universes from {self.start_universe} on pass the last one, {LAST_UNIVERSE}")
        return False

    def _write_header(self, packets: bytearray, start: int, index: int, size: int) -> None:
        """ArtDmx."""
        universe = self.start_universe + index
        packets[start : start + len(_HEADER)] = _HEADER
        packets[start + 14] = universe & 255
        packets[start + 15] = universe >> 8
        packets[start + 16] = size >> 8
        packets[start + 17] = size & 255

    def _end_frame(self, socket: "DatagramSocket") -> None:
        """ArtSync, where it is wanted."""
        if self.sync:
            socket.send(_SYNC)
