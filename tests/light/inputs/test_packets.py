"""What the parsers say of real packets, and of those with one thing wrong."""

from __future__ import annotations

from typing import Any

import pytest
from network_stage import frame, network_stage, output

from pyralis.light.inputs import packets
from pyralis.light.inputs.packets import MALFORMED

PARSERS: dict[str, Any] = {"ArtNetOut": packets.art_net, "SacnOut": packets.sacn, "DdpOut": packets.ddp}


def real(type_name: str, **controls: object) -> bytes:
    """The second packet of three that an output sends."""
    stage = network_stage()
    output(stage, type_name, lights=961, **controls)
    return frame(stage)[1]


def changed(type_name: str, **bytes_at: int) -> Any:
    """What the parser says of such a packet with other bytes; `at_12=3` has byte 12 be 3."""
    packet = bytearray(real(type_name))
    for name, value in bytes_at.items():
        packet[int(name[3:])] = value
    return PARSERS[type_name](bytes(packet))


def test_packets_of_our_own_outputs_say_what_they_are() -> None:
    assert packets.art_net(real("ArtNetOut", start_universe=32_000)) == (32_001, 1, 18, 528)
    assert packets.sacn(real("SacnOut", start_universe=511)) == (512, 1, 126, 636)
    assert packets.ddp(real("DdpOut", offset=10)) == (1470, 10, 1450)
    assert packets.ddp(real("DdpOut", timecode=True)) == (1440, 14, 1454)


@pytest.mark.parametrize("type_name", PARSERS)
def test_a_packet_that_is_cut_anywhere_is_malformed(type_name: str) -> None:
    packet = real(type_name)
    assert all(PARSERS[type_name](packet[:size]) is MALFORMED for size in range(len(packet)))
    assert PARSERS[type_name](packet + b"more") == PARSERS[type_name](packet)


@pytest.mark.parametrize(
    ("type_name", "change"),
    [
        ("ArtNetOut", {"at_0": 0}),
        ("ArtNetOut", {"at_7": 1}),
        ("ArtNetOut", {"at_11": 13}),  # an older protocol
        ("ArtNetOut", {"at_15": 128}),  # universes have 15 bits
        ("ArtNetOut", {"at_16": 3}),  # more channels than a universe has
        ("ArtNetOut", {"at_16": 0, "at_17": 1}),  # fewer than there may be
        ("SacnOut", {"at_1": 0x11}),
        ("SacnOut", {"at_4": 0}),
        ("SacnOut", {"at_16": 0x62}),  # flags
        ("SacnOut", {"at_16": 0x7F}),  # longer than the packet
        ("SacnOut", {"at_38": 0x7F}),
        ("SacnOut", {"at_115": 0x7F}),
        ("SacnOut", {"at_21": 5}),  # vectors
        ("SacnOut", {"at_43": 3}),
        ("SacnOut", {"at_117": 3}),
        ("SacnOut", {"at_118": 0}),
        ("SacnOut", {"at_108": 201}),  # priority
        ("SacnOut", {"at_113": 0, "at_114": 0}),  # universe
        ("SacnOut", {"at_113": 250}),
        ("SacnOut", {"at_123": 0, "at_124": 0}),  # properties
        ("SacnOut", {"at_123": 3}),
        ("DdpOut", {"at_0": 0x80}),  # version
        ("DdpOut", {"at_8": 255}),  # more data than there is
    ],
)
def test_a_packet_with_a_wrong_byte_is_malformed(type_name: str, change: dict[str, int]) -> None:
    assert changed(type_name, **change) is MALFORMED


@pytest.mark.parametrize(
    ("type_name", "change"),
    [
        ("ArtNetOut", {"at_9": 0x52}),  # ArtSync
        ("SacnOut", {"at_21": 8}),  # synchronization
        ("SacnOut", {"at_112": 0x80}),  # preview data
        ("SacnOut", {"at_125": 0xDD}),  # another start code
        ("DdpOut", {"at_0": 0x42}),  # a question
        ("DdpOut", {"at_3": 246}),  # the display's settings
        ("DdpOut", {"at_2": 0x1B}),  # four channels a light
    ],
)
def test_a_packet_of_another_kind_is_none_of_a_picture(type_name: str, change: dict[str, int]) -> None:
    assert changed(type_name, **change) is None
