"""The binary messages of `/ws` as a page reads them; shares nothing with the sender."""

import struct
from typing import NamedTuple

_HEADER_BYTES = 12
_VERSION = 1
_FRAME = 1
_POSITIONS = 2


class MalformedMessage(ValueError):
    """A message that no page could show; the text says why."""


class Frame(NamedTuple):
    """The lights as they look."""

    sequence: int
    pixels: bytes  # red, green and blue of each light

    @property
    def lights(self) -> list[tuple[int, int, int]]:
        """Red, green and blue of each light."""
        return [(self.pixels[i], self.pixels[i + 1], self.pixels[i + 2]) for i in range(0, len(self.pixels), 3)]


class Positions(NamedTuple):
    """Where the lights are."""

    width: int
    height: int
    points: list[tuple[int, int, int]]  # x, y and z of each light, in the order of the wiring


def decode(message: bytes) -> Frame | Positions:
    """One binary message, or MalformedMessage."""
    if len(message) < _HEADER_BYTES:
        raise MalformedMessage(f"{len(message)} bytes are no header")
    kind, version, axis_bytes, zero, count = struct.unpack_from("<BBBBI", message)
    if version != _VERSION or zero:
        raise MalformedMessage(f"version {version} and {zero} should be {_VERSION} and 0")
    body = message[_HEADER_BYTES:]
    if kind == _FRAME:
        _check_length(body, 3 * count)
        return Frame(struct.unpack_from("<I", message, 8)[0], body)
    if kind == _POSITIONS and axis_bytes in (1, 2):
        _check_length(body, 3 * count * axis_bytes)
        axes = struct.unpack(f"<{3 * count}{'B' if axis_bytes == 1 else 'H'}", body)
        width, height = struct.unpack_from("<HH", message, 8)
        return Positions(width, height, [(axes[i], axes[i + 1], axes[i + 2]) for i in range(0, 3 * count, 3)])
    raise MalformedMessage(f"kind {kind} with {axis_bytes} bytes an axis is unknown")


def _check_length(body: bytes, expected: int) -> None:
    if len(body) != expected:
        raise MalformedMessage(f"{len(body)} bytes follow the header, and {expected} were announced")
