"""DdpOut: the Distributed Display Protocol over UDP.

Source of the packet layout: the description of DDP by 3waylabs.
"""

from pyralis.light.outputs.network import NetworkOutput

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyralis.core.services import Services

_HEADER_BYTES = 10
_VERSION_1 = 0x40
_TIMECODE = 0x10
_PUSH = 0x01
_RGB, _RGBW = 0x0B, 0x1B  # eight bits a channel
_DISPLAY = 1
_TIMECODE_AT = 10
_TIMECODE_MS = 65536 * 1000  # after which its seconds start again


class DdpOut(NetworkOutput):
    """Sends the lights as DDP, 480 RGB or 360 RGBW lights a packet, to an address or to several."""

    def __init__(self, services: "Services") -> None:
        super().__init__(services, _HEADER_BYTES, 1440, 0, 4048, 1, 15, 1)
        self.time_ms = 0
        self._clock = self  # whose time it is

    def define_controls(self) -> None:
        """Where in the display the lights start, and when it shows them."""
        super().define_controls()
        self.offset = self.add_int("offset", 0, 0, 1_000_000, "lights")
        self.push = self.add_bool("push", True)
        self.timecode = self.add_bool("timecode", False)

    def on_control(self, name: str) -> None:
        """A timecode makes headers longer."""
        self._header_bytes = _HEADER_BYTES + (4 if self.timecode else 0)
        super().on_control(name)

    def _write_header(self, packets: bytearray, start: int, index: int, size: int) -> None:
        """Flags, kind of data, and where in the display it belongs."""
        is_last = start + self._header_bytes + size == len(packets)
        packets[start] = _VERSION_1 | (_TIMECODE if self.timecode else 0) | (_PUSH if self.push and is_last else 0)
        packets[start + 2] = _RGBW if self.white else _RGB
        packets[start + 3] = _DISPLAY
        offset = (4 if self.white else 3) * self.offset + index * self._channels
        for i in range(4):
            packets[start + 7 - i] = offset >> 8 * i & 255
        packets[start + 8] = size >> 8
        packets[start + 9] = size & 255

    def inherit(self, whole: "DdpOut") -> None:
        """Be a part of another output, that of one of its receivers."""
        self._clock = whole

    def loop(self) -> None:
        """Time goes on, whether a frame is due or not."""
        self.time_ms = (self.time_ms + self.services.elapsed_ms) % _TIMECODE_MS
        super().loop()

    def _number_packets(self, packets: bytearray) -> None:
        """Number the packets, and give all of a frame the same time."""
        super()._number_packets(packets)
        if not self.timecode:
            return
        time_ms = self._clock.time_ms
        seconds, fraction = time_ms // 1000, (time_ms % 1000 << 16) // 1000
        for start in range(_TIMECODE_AT, len(packets), self._stride):
            packets[start] = seconds >> 8
            packets[start + 1] = seconds & 255
            packets[start + 2] = fraction >> 8
            packets[start + 3] = fraction & 255
