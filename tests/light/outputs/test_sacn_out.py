"""sACN (E1.31): every packet is compared with bytes written by hand from the specification."""

from __future__ import annotations

import pytest
from network_stage import frame, network_stage, output, ramp
from stage import Stage

CID = "00112233445566778899aabbccddeeff"


@pytest.fixture
def stage() -> Stage:
    return network_stage()


def test_a_data_packet_has_the_bytes_of_the_specification(stage: Stage) -> None:
    output(stage, "SacnOut", cid=CID, start_universe=300, priority=150, source_name="Désk", sync_universe=7)
    packet = frame(stage)[0]
    assert (
        packet
        == (
            b"\x00\x10\x00\x00"  # preamble and postamble sizes
            b"ASC-E1.17\x00\x00\x00"
            b"\x70\x74"  # root layer: flags 7, length 116 from here on
            b"\x00\x00\x00\x04" + bytes.fromhex(CID) + b"\x70\x5e"  # framing layer: 94 from here on
            b"\x00\x00\x00\x02" + "Désk".encode().ljust(64, b"\x00") + b"\x96"  # priority
            b"\x00\x07"  # synchronization address
            b"\x01"  # sequence
            b"\x00"  # options
            b"\x01\x2c"  # universe
            b"\x70\x11"  # DMP layer: 17 from here on
            b"\x02\xa1\x00\x00\x00\x01"  # set property, address and data type, first address, increment
            b"\x00\x07"  # count, the start code's one included
            b"\x00" + ramp(2)
        )
    )


def test_universes_follow_each_other_and_are_numbered_by_frame(stage: Stage) -> None:
    output(stage, "SacnOut", lights=341, start_universe=255)
    packets = frame(stage)
    assert [packet[113:115] for packet in packets] == [b"\x00\xff", b"\x01\x00", b"\x01\x01"]
    assert b"".join(packet[126:] for packet in packets) == ramp(341)
    assert [len(packet) - 16 for packet in packets] == [
        int.from_bytes(packet[16:18], "big") & 0xFFF for packet in packets
    ]
    numbers = [[packet[111] for packet in frame(stage)] for _ in range(300)]
    assert [one for one, _, _ in numbers] == [(2 + i) & 255 for i in range(300)]
    assert all(len(set(each)) == 1 for each in numbers)


def test_a_source_without_a_cid_of_its_own_makes_one_up_and_keeps_it(stage: Stage) -> None:
    out = output(stage, "SacnOut")
    made = frame(stage)[0][22:38]
    assert made.hex() == "0badcafe0bad4afe8badcafe0badcafe"  # a UUID of version 4, of the fake's random numbers
    stage.platform.random_id = lambda: "12345678"  # type: ignore[method-assign]
    stage.set(out, priority=1)
    assert frame(stage)[0][22:38] == made


@pytest.mark.parametrize("name", ["é" * 32, "😀" * 32, "x" * 32])
def test_a_long_name_is_cut_between_characters(stage: Stage, name: str) -> None:
    output(stage, "SacnOut", source_name=name)
    field = frame(stage)[0][44:108]
    assert field[-1] == 0
    assert name.startswith(field.rstrip(b"\x00").decode())
    assert len(field.rstrip(b"\x00")) >= min(len(name.encode()), 60)


def test_a_sync_packet_follows_each_frame_where_it_is_wanted(stage: Stage) -> None:
    out = output(stage, "SacnOut", lights=171, cid=CID, sync_universe=7962)
    first, second = frame(stage)[-1], frame(stage)[-1]
    assert (
        first
        == (
            b"\x00\x10\x00\x00ASC-E1.17\x00\x00\x00\x70\x21\x00\x00\x00\x08" + bytes.fromhex(CID) + b"\x70\x0b"
            b"\x00\x00\x00\x01"  # a synchronization packet
            b"\x01"  # its own sequence
            b"\x1f\x1a\x00\x00"  # synchronization address, reserved
        )
    )
    assert second[44] == 2
    stage.set(out, sync_universe=0)
    assert [len(packet) for packet in frame(stage)] == [126 + 510, 126 + 3]


def test_by_multicast_each_universe_goes_to_its_own_group(stage: Stage) -> None:
    out = output(stage, "SacnOut", lights=171, multicast=True, start_universe=255, interface="10.0.0.7")
    socket = stage.platform.sockets[-1]
    assert (socket.address, socket.interface) == (("239.255.0.255", 5568), "10.0.0.7")
    assert list(socket.hosts) == ["239.255.0.255", "239.255.1.0"]
    stage.set(out, sync_universe=513)
    assert stage.platform.sockets[-1].address[0] == "239.255.2.1"
    stage.set(out, multicast=False)
    assert list(stage.platform.sockets[-1].hosts) == []


@pytest.mark.parametrize(("name", "value"), [("target", "10.0.0.9"), ("start_universe", 9), ("cid", CID)])
def test_receivers_are_told_three_times_that_universes_end(stage: Stage, name: str, value: object) -> None:
    out = output(stage, "SacnOut", lights=171)
    last = frame(stage)[-1][111]
    socket = stage.platform.sockets[-1]
    socket.packets.clear()
    stage.set(out, **{name: value})
    assert [(packet[112], packet[111], packet[113:115]) for packet in socket.packets] == [
        (0x40, last + times, bytes((0, universe))) for times in (1, 2, 3) for universe in (1, 2)
    ]
    assert socket.closed
    assert frame(stage)[0][112] == 0


def test_an_output_that_goes_ends_its_universes(stage: Stage) -> None:
    out = output(stage, "SacnOut")
    frame(stage)
    socket = stage.platform.sockets[-1]
    stage.manager.delete(out.id)
    assert [packet[112] for packet in socket.packets] == [0, 0x40, 0x40, 0x40]
    assert socket.closed


@pytest.mark.parametrize(
    ("controls", "reason"),
    [
        ({"lights": 171, "start_universe": 63_999}, "2 universes from 63999 on pass the last one, 63999"),
        (
            {"interface": "eth0"},
            "interface 'eth0' is not the IPv4 address of this device: leave it empty for any",
        ),
        ({"cid": "abc"}, "cid takes 32 hex digits that no other source has: leave it empty for one that is made up"),
        ({"cid": "g" * 32}, "cid takes 32 hex digits that no other source has: leave it empty for one that is made up"),
    ],
)
def test_what_cannot_be_sent_disables_the_output_and_says_why(
    stage: Stage, controls: dict[str, object], reason: str
) -> None:
    out = output(stage, "SacnOut", **controls)  # type: ignore[arg-type]
    assert (out.status, out.reason) == ("disabled", reason)
