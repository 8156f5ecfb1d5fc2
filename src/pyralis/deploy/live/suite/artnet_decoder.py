"""Art-Net 4 packets as a receiver reads them, shares nothing with the sender."""

import struct
from typing import NamedTuple

_ID = b"Art-Net\x00"
_OP_DMX = 0x5000
_OP_SYNC = 0x5200
_PROTOCOL_VERSION = 14
_MAX_CHANNELS = 512


class MalformedPacket(ValueError):
    """A packet that an Art-Net receiver would throw away; the text says why."""


class Dmx(NamedTuple):
    """The channels of one universe."""

    sequence: int
    universe: int  # the 15-bit port address: net, sub-net and universe
    channels: bytes


class Sync(NamedTuple):
    """Show now what came before."""


def decode(packet: bytes) -> Dmx | Sync:
    """One datagram, or MalformedPacket."""
    if len(packet) < 14 or packet[:8] != _ID:
        raise MalformedPacket(f"no Art-Net packet: {packet[:16].hex(' ')}")
    (op_code,) = struct.unpack_from("<H", packet, 8)
    (version,) = struct.unpack_from(">H", packet, 10)
    if version != _PROTOCOL_VERSION:
        raise MalformedPacket(f"protocol version {version}, and it should be {_PROTOCOL_VERSION}")
    if op_code == _OP_SYNC:
        if packet[12:] != b"\x00\x00":
            raise MalformedPacket(f"an ArtSync ends in two zeros: {packet[12:].hex(' ')}")
        return Sync()
    if op_code == _OP_DMX:
        return _decode_dmx(packet)
    raise MalformedPacket(f"opcode {op_code:#06x} is neither ArtDmx nor ArtSync")


def _decode_dmx(packet: bytes) -> Dmx:
    if len(packet) < 18:
        raise MalformedPacket(f"an ArtDmx header has 18 bytes: {packet.hex(' ')}")
    sequence, physical, sub_universe, net, length = struct.unpack_from(">BBBBH", packet, 12)
    if physical or net > 127:
        raise MalformedPacket(f"physical port {physical} and net {net} should be 0 and at most 127")
    if length % 2 or not 2 <= length <= _MAX_CHANNELS:
        raise MalformedPacket(f"{length} channels: an even number from 2 to {_MAX_CHANNELS} is allowed")
    channels = packet[18:]
    if len(channels) != length:
        raise MalformedPacket(f"the header says {length} channels, and {len(channels)} follow")
    return Dmx(sequence, net << 8 | sub_universe, channels)
