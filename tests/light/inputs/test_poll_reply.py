"""ArtPollReply: compared with bytes written by hand from the specification."""

from __future__ import annotations

import pytest

from pyralis.light.inputs.poll_reply import parse_poll, replies

POLL = b"Art-Net\x00\x00\x20\x00\x0e\x00\x00"
ADDRESS = bytes((10, 0, 0, 2))


def test_a_node_tells_who_and_where_it_is() -> None:
    poll = parse_poll(POLL)
    assert poll is not None
    (reply,) = replies(poll, ADDRESS, "Wand", 0x123E, 2, is_output=False)
    assert (
        reply
        == (
            b"Art-Net\x00\x00\x21" + ADDRESS + b"\x36\x19"  # port 6454, low byte first
            b"\x00\x00"  # firmware
            b"\x12\x03"  # net and sub-net
            b"\x00\xff\x00\xd0"  # OEM, UBEA, status 1
            b"\xf0\x7f"  # ESTA, low byte first
            + b"Wand".ljust(18, b"\x00")
            + b"Wand".ljust(64, b"\x00")
            + b"#0001 [0000] OK".ljust(64, b"\x00")
            + b"\x00\x02"  # ports
            b"\x80\x80\x00\x00"  # they take DMX from Art-Net
            b"\x00\x00\x00\x00"
            b"\x80\x80\x00\x00"  # and are in use
            b"\x00\x00\x00\x00"
            b"\x0e\x0f\x00\x00"  # universes within the sub-net
            + bytes(6)
            + b"\x00"  # a node
            + bytes(6)
            + ADDRESS
            + b"\x01\x09"  # bind index, status 2
            + bytes(26)
        )
    )


def test_one_that_sends_is_a_controller_whose_ports_put_dmx_into_art_net() -> None:
    poll = parse_poll(POLL)
    assert poll is not None
    (reply,) = replies(poll, ADDRESS, "Wand", 1, 1, is_output=True)
    assert (reply[174], reply[178], reply[186], reply[200]) == (0x40, 0x80, 1, 1)
    assert (reply[182], reply[190]) == (0, 0)


def test_there_is_a_reply_for_each_four_universes_and_none_crosses_a_sub_net() -> None:
    poll = parse_poll(POLL)
    assert poll is not None
    found = [
        ((reply[18] << 8) + (reply[19] << 4) + reply[190], reply[173], reply[211])
        for reply in replies(poll, ADDRESS, "Wand", 14, 10, is_output=False)
    ]
    assert found == [(14, 2, 1), (16, 4, 2), (20, 4, 3)]


def test_a_poll_for_some_universes_is_answered_by_those_that_have_them() -> None:
    targeted = POLL[:12] + b"\x20\x00" + (20).to_bytes(2, "big") + (18).to_bytes(2, "big")
    poll = parse_poll(targeted)
    assert poll is not None
    assert [reply[211] for reply in replies(poll, ADDRESS, "Wand", 14, 10, is_output=False)] == [2, 3]
    assert replies(poll, ADDRESS, "Wand", 21, 4, is_output=False) == []
    assert len(replies(poll, ADDRESS, "Wand", 20, 1, is_output=False)) == 1


@pytest.mark.parametrize("name", ["é" * 32, "😀" * 32])
def test_names_are_cut_between_characters(name: str) -> None:
    poll = parse_poll(POLL)
    assert poll is not None
    (reply,) = replies(poll, ADDRESS, name, 0, 1, is_output=False)
    for field in (reply[26:44], reply[44:108]):
        assert field[-1] == 0
        assert name.startswith(field.rstrip(b"\x00").decode())


@pytest.mark.parametrize(
    "packet", [b"", POLL[:13], b"art-net\x00" + POLL[8:], POLL[:9] + b"\x21" + POLL[10:], POLL[:11] + b"\x0d\x00\x00"]
)
def test_what_is_no_poll_is_not_answered(packet: bytes) -> None:
    assert parse_poll(packet) is None
