"""Packets: what Art-Net, sACN and DDP packets say, and whether they are what they seem to be.

A parser gives MALFORMED for bytes that are no packet of its protocol, None for one that is none of a picture, and else
where in the packet the channels are. Sources: as in the outputs of these protocols.
"""

MALFORMED = False
_ART_NET = b"Art-Net\x00"
_OP_DMX = 0x5000
_ACN = b"\x00\x10\x00\x00ASC-E1.17\x00\x00\x00"
_CHANNELS = 512
LAST_PRIORITY = 200
_DDP_LIGHTS = (0x0B, 0x1B)  # kinds of data with eight bits a channel; 0 and 1 are any


def art_net(packet: bytes) -> "tuple[int, int, int, int] | bool | None":
    """Universe, sequence, first and last channel's place, of an ArtDmx."""
    if len(packet) < 12 or packet[:8] != _ART_NET:
        return MALFORMED
    if packet[8] | packet[9] << 8 != _OP_DMX:
        return None
    if len(packet) < 20 or packet[11] < 14 or packet[15] > 127:
        return MALFORMED
    size = packet[16] << 8 | packet[17]
    if not 2 <= size <= _CHANNELS or 18 + size > len(packet):
        return MALFORMED
    return packet[14] | packet[15] << 8, packet[12], 18, 18 + size


def sacn(packet: bytes) -> "tuple[int, int, int, int] | bool | None":
    """Universe, sequence, first and last channel's place, of an E1.31 data packet."""
    if len(packet) < 38 or packet[:16] != _ACN or not _fits(packet, 16):
        return MALFORMED
    if packet[18:22] == b"\x00\x00\x00\x08":
        return None  # synchronization and discovery
    if packet[18:22] != b"\x00\x00\x00\x04" or len(packet) < 126 or not _fits(packet, 38) or not _fits(packet, 115):
        return MALFORMED
    if packet[40:44] != b"\x00\x00\x00\x02" or packet[117:123] != b"\x02\xa1\x00\x00\x00\x01":
        return MALFORMED
    universe, count = packet[113] << 8 | packet[114], packet[123] << 8 | packet[124]
    if packet[108] > LAST_PRIORITY or not 1 <= universe <= 63999:
        return MALFORMED
    if not 1 <= count <= _CHANNELS + 1 or 125 + count > len(packet):
        return MALFORMED
    if packet[125] or packet[112] & 0x80:
        return None  # another start code, or only to be looked at
    return universe, packet[111], 126, 125 + count


def ddp(packet: bytes, light_bytes: int = 3) -> "tuple[int, int, int] | bool | None":
    """Offset, first and last channel's place, of DDP data for lights of three channels, RGB, or four, RGBW."""
    if len(packet) < 10 or packet[0] & 0xC0 != 0x40:
        return MALFORMED
    start = 14 if packet[0] & 0x10 else 10
    if packet[0] & 0x0E:
        return None  # a question, an answer, or lights that are in a file
    size = packet[8] << 8 | packet[9]
    if start + size > len(packet):
        return MALFORMED
    if packet[3] not in (1, 255) or packet[2] not in (0, 1, _DDP_LIGHTS[light_bytes - 3]):
        return None  # not for the lights, or of another kind
    offset = packet[4] << 24 | packet[5] << 16 | packet[6] << 8 | packet[7]
    return offset, start, start + size


def _fits(packet: bytes, at: int) -> bool:
    """True where flags are 7, and the length from `at` on is not longer than the packet."""
    return packet[at] >> 4 == 7 and at + ((packet[at] & 15) << 8 | packet[at + 1]) <= len(packet)
