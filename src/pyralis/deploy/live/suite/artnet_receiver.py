"""An Art-Net receiver on a port of its own, for devices that reach the loopback address of this machine."""

import socket
import time
from collections.abc import Callable
from types import TracebackType
from typing import NamedTuple, Self

from pyralis.deploy.live.suite.artnet_decoder import Dmx, Sync, decode
from pyralis.deploy.live.suite.polling import DEADLINE_S

HOST = "127.0.0.1"


class Picture(NamedTuple):
    """All universes that a device sent with one sequence number."""

    sequence: int
    universes: dict[int, bytes]

    @property
    def channels(self) -> bytes:
        """All channels, in the order of the universes."""
        return b"".join(self.universes[number] for number in sorted(self.universes))


class Receiver:
    """A bound UDP socket; leaving the context closes it."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((HOST, 0))
        self.port = int(self._socket.getsockname()[1])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()

    def packet(self, timeout_s: float = DEADLINE_S) -> Dmx | Sync:
        """The next packet, decoded; TimeoutError where none comes."""
        self._socket.settimeout(timeout_s)
        return decode(self._socket.recv(2048))

    def picture(self, universes: int) -> Picture:
        """The next whole picture of so many universes."""
        deadline_s = time.monotonic() + DEADLINE_S
        found: dict[int, bytes] = {}
        sequence = -1
        while len(found) < universes:
            packet = self.packet(max(0.001, deadline_s - time.monotonic()))
            if isinstance(packet, Dmx):
                if packet.sequence != sequence:
                    found = {}
                sequence = packet.sequence
                found[packet.universe] = packet.channels
        return Picture(sequence, found)

    def shows(self, fits: Callable[[Picture], bool], what: str, universes: int = 1) -> Picture:
        """The next picture of so many universes that fits."""
        end_s = time.monotonic() + DEADLINE_S
        while True:
            picture = self.picture(universes)
            if fits(picture):
                return picture
            if time.monotonic() > end_s:
                raise AssertionError(f"{what} does not come within {DEADLINE_S:g} s; last came {picture!r:.300}")

    def expect(self, channels: bytes, universes: int = 1) -> None:
        """Wait for a picture of exactly these channels."""
        self.shows(lambda picture: picture.channels == channels, f"a picture of {channels.hex(' ')[:60]}", universes)
