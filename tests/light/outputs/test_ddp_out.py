"""DDP: every packet is compared with bytes written by hand from its description."""

from __future__ import annotations

import pytest
from network_stage import frame, network_stage, output, ramp
from stage import Stage


@pytest.fixture
def stage() -> Stage:
    return network_stage()


def test_a_packet_has_the_bytes_of_the_description(stage: Stage) -> None:
    output(stage, "DdpOut")
    assert frame(stage) == [
        b"\x41"  # version 1, push
        b"\x01"  # sequence
        b"\x0b"  # RGB, eight bits a channel
        b"\x01"  # the display itself
        b"\x00\x00\x00\x00"  # offset in bytes
        b"\x00\x06" + ramp(2)
    ]


def test_packets_say_where_they_belong_and_the_last_one_has_all_shown(stage: Stage) -> None:
    output(stage, "DdpOut", lights=961, offset=100_000)
    packets = frame(stage)
    assert [packet[0] for packet in packets] == [0x40, 0x40, 0x41]
    offsets = [300_000, 301_440, 302_880]
    assert [int.from_bytes(packet[4:8], "big") for packet in packets] == offsets
    assert [int.from_bytes(packet[8:10], "big") for packet in packets] == [1440, 1440, 3]
    assert b"".join(packet[10:] for packet in packets) == ramp(961)


def test_lights_with_white_have_four_channels(stage: Stage) -> None:
    output(stage, "DdpOut", lights=361, white=4, offset=10)
    packets = frame(stage)
    assert [packet[2] for packet in packets] == [0x1B, 0x1B]
    assert [int.from_bytes(packet[4:8], "big") for packet in packets] == [40, 1480]


def test_without_push_somebody_else_has_the_lights_shown(stage: Stage) -> None:
    output(stage, "DdpOut", push=False)
    assert frame(stage)[0][0] == 0x40


def test_packets_are_numbered_from_1_to_15(stage: Stage) -> None:
    output(stage, "DdpOut", lights=961)
    numbers = [packet[1] for _ in range(20) for packet in frame(stage)]
    assert numbers == [i % 15 + 1 for i in range(60)]


def test_a_timecode_is_seconds_and_their_65536th_parts_and_the_same_in_all_of_a_frame(stage: Stage) -> None:
    out = output(stage, "DdpOut", lights=481, timecode=True)
    one, two = frame(stage)
    assert (one[0], two[0]) == (0x50, 0x51)
    assert one[10:14] == two[10:14]
    assert (one[14:] + two[14:]) == ramp(481)
    assert out.heap_bytes() == 2 * 14 + 3 * 481
    start = int.from_bytes(one[10:14], "big")
    stage.tick(25, times=59)
    later = int.from_bytes(frame(stage)[0][10:14], "big")
    assert later - start == 60 * 25 * 65536 // 1000
    stage.set(out, timecode=False)
    assert len(frame(stage)[0]) == 10 + 1440
