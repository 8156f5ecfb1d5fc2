"""NetworkIn: lights that a console or a sequencer sends."""

from pyralis.kernel import kernels_of
from pyralis.light.effect import Effect
from pyralis.light.inputs import packets, ports
from pyralis.light.inputs.merge import Merge
from pyralis.light.inputs.packets import LAST_PRIORITY, MALFORMED
from pyralis.light.inputs.poll_reply import Answers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyralis.core.services import Services

ART_NET, SACN, DDP = 6454, 5568, 4048
_UNIVERSE_BYTES = 512
_TERMINATED = 0x40


class NetworkIn(Effect):
    """Shows what comes as Art-Net, sACN or DDP; the source with the highest priority wins."""

    dimensions = 3

    def __init__(self, services: "Services") -> None:
        super().__init__(services)
        self._ports: list[ports.Port] = []
        self._picture: bytearray | None = None  # as it comes
        self._light_bytes = 3
        self._part_bytes = 0  # of a universe: no light is split
        self._merge = Merge(0)
        self._taken = self._malformed = 0
        self._answers = Answers(False)

    def define_controls(self) -> None:
        """What to listen to."""
        super().define_controls()
        self.art_net = self.add_bool("art_net", True)
        self.art_net_universe = self.add_int("art_net_universe", 0, 0, 32767)
        self.sacn = self.add_bool("sacn", True)
        self.sacn_universe = self.add_int("sacn_universe", 1, 1, 63999)
        self.ddp = self.add_bool("ddp", True)
        self.priority = self.add_int("priority", 100, 0, LAST_PRIORITY, "of Art-Net and DDP")
        self.timeout = self.add_int("timeout", 2500, 100, 60_000, "ms")
        self.hold = self.add_bool("hold", False)
        self.white = self.add_int("white", 0, 0, 4, "place")

    def on_control(self, name: str) -> None:
        """Other ports or groups."""
        if name in ("art_net", "sacn", "sacn_universe", "art_net_universe", "ddp", "white"):
            self.run_setup()

    def setup(self) -> None:
        """Open the ports; a picture of the same size stays."""
        self._close()
        platform = self.services.platform
        for wanted, number in ((self.art_net, ART_NET), (self.sacn, SACN), (self.ddp, DDP)):
            if wanted:
                self._ports.append(ports.listen(self, platform, number))
        if self.white:
            from pyralis.light.inputs import white

            self._take_white = white.take_white
            self.kernels += tuple([kernel for kernel in kernels_of(white) if not kernel.ready])
        super().setup()

    def resize(self, width: int, height: int, depth: int) -> None:
        """A black picture, and nobody who paints it."""
        self._light_bytes = 4 if self.white else 3
        self._part_bytes = _UNIVERSE_BYTES // self._light_bytes * self._light_bytes
        size_bytes = self._light_bytes * width * height * depth
        self._picture = None  # first, so that the new one may have its place
        self._picture = self.allocate(size_bytes)
        self._merge = Merge(-(-size_bytes // self._part_bytes))
        self._join()

    def _join(self) -> None:
        """The groups of the universes, as many as the system has room for; unicast comes anyway."""
        for port in self._ports:
            if port.number == SACN:
                for part in range(len(self._merge.owners)):
                    universe = self.sacn_universe + part
                    if not port.socket.join(f"239.255.{universe >> 8}.{universe & 255}"):
                        self.services.log.warning(self.id, f"no multicast from universe {universe} on: use unicast")
                        return

    def render(self, buffer: bytearray, width: int, height: int, depth: int) -> None:
        """Take what has come, and show it."""
        for port in self._ports:
            port.pump()
        picture = self._picture
        count = width * height * depth
        if picture is None or len(picture) != self._light_bytes * count:
            return
        for part in self._merge.expire(self.services.elapsed_ms, self.timeout):
            if not self.hold:
                self._blacken(picture, part)
        if self._light_bytes == 3:
            buffer[:] = picture
        else:
            white = self.white - 1
            self._take_white(buffer, picture, count, 0 + (white < 1), 1 + (white < 2), 2 + (white < 3), white)

    def take(self, port: ports.Port, packet: bytes, sender: object) -> None:
        """One packet of a port."""
        if self._picture is None:
            return
        if port.number == ART_NET:
            taken = self._take_art_net(port, packet, sender)
        elif port.number == SACN:
            taken = self._take_sacn(packet)
        else:
            taken = self._take_ddp(packet, sender)
        if taken is MALFORMED:
            self._malformed += 1
        elif taken:
            self._taken += 1

    def _take_art_net(self, port: ports.Port, packet: bytes, sender: object) -> "bool | None":
        found = packets.art_net(packet)
        if not isinstance(found, tuple):
            if found is None:
                first, count = self.art_net_universe, len(self._merge.owners)
                self._answers.answer(port, packet, sender, self.name, first, count)
            return found
        universe, sequence, start, end = found
        part = universe - self.art_net_universe
        return self._paint(part, sender, self.priority, sequence, packet, start, end)

    def _take_sacn(self, packet: bytes) -> "bool | None":
        found = packets.sacn(packet)
        if not isinstance(found, tuple):
            return found
        universe, sequence, start, end = found
        part, source = universe - self.sacn_universe, packet[22:38]
        if packet[112] & _TERMINATED:
            if 0 <= part < len(self._merge.owners):
                self._end(part, source)
            return None
        # 0 is a number like any other here.
        return self._paint(part, source, packet[108], sequence or 256, packet, start, end)

    def _take_ddp(self, packet: bytes, sender: object) -> "bool | None":
        found = packets.ddp(packet, self._light_bytes)
        if not isinstance(found, tuple):
            return found
        offset, start, end = found
        taken = None
        while start < end and offset < len(self._picture or b""):
            part, inside = offset // self._part_bytes, offset % self._part_bytes
            size = min(end - start, self._part_bytes - inside)
            taken = self._paint(part, sender, self.priority, 0, packet, start, start + size, inside) or taken
            start += size
            offset += size
        return taken

    def _paint(
        self, part: int, source: object, priority: int, sequence: int, packet: bytes, start: int, end: int, at: int = 0
    ) -> "bool | None":
        """Write channels into a part, where this source may; None where it may not."""
        picture, merge = self._picture, self._merge
        if picture is None or not 0 <= part < len(merge.owners):
            return None
        if not merge.admits(part, source, priority, sequence):
            return None
        at += part * self._part_bytes
        size = min(end - start, self._part_bytes, len(picture) - at)
        picture[at : at + size] = memoryview(packet)[start : start + size]
        return True

    def _end(self, part: int, source: object) -> None:
        if self._merge.release(part, source) and not self.hold and self._picture is not None:
            self._blacken(self._picture, part)

    def _blacken(self, picture: bytearray, part: int) -> None:
        start, end = part * self._part_bytes, min(len(picture), (part + 1) * self._part_bytes)
        picture[start:end] = bytes(end - start)

    def loop_1s(self) -> None:
        """Answer polls again."""
        self._answers.given = 0

    def need_bytes(self, points: int, lights: int) -> int:
        """The picture, and who paints it."""
        light_bytes = 4 if self.white else 3
        return light_bytes * points + 14 * -(-points // (_UNIVERSE_BYTES // light_bytes))

    def heap_bytes(self) -> int:
        """The picture, and who paints it."""
        return len(self._picture or b"") + 14 * len(self._merge.owners)

    def health_report(self) -> str:
        """Says also what comes."""
        report = super().health_report()
        if report != "OK":
            return report
        painted = sum(owner is not None for owner in self._merge.owners)
        shown = f"OK: {painted} of {len(self._merge.owners)} universes" if painted else "OK: waiting for packets"
        return f"{shown}, {self._malformed} malformed packets dropped" if self._malformed else shown

    def teardown(self) -> None:
        """Close the ports."""
        self._close()
        self._picture = None
        self._merge = Merge(0)

    def _close(self) -> None:
        for port in self._ports:
            ports.leave(self, port)
        self._ports = []
