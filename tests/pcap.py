"""A capture file made of UDP payloads, for decoders that read one; no network card and no privileges needed."""

from __future__ import annotations

import struct
from collections.abc import Sequence

_IPV4 = 228  # link type: packets start with the IP header
_UDP = 17
_HEADER_BYTES = 28  # IP and UDP
ADDRESS = bytes((10, 0, 0, 1))


def capture(payloads: Sequence[bytes], port: int) -> bytes:
    """A pcap file in which these come from one port to the same on another machine."""
    file = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, _IPV4)
    for number, payload in enumerate(payloads):
        size = _HEADER_BYTES + len(payload)
        ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, size, number, 0, 64, _UDP, 0, ADDRESS, bytes((10, 0, 0, 2)))
        udp = struct.pack(">HHHH", port, port, 8 + len(payload), 0)  # a checksum of 0 is none
        file += struct.pack("<IIII", number, 0, size, size) + ip + udp + payload
    return file
