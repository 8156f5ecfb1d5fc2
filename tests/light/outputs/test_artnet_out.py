"""Art-Net 4: every packet is compared with bytes written by hand from the specification."""

from __future__ import annotations

from typing import Any

import pytest
from network_stage import frame, network_stage, output
from stage import Stage

from pyralis.light.outputs.network import is_ipv4
from pyralis.pal.fake import FakePlatform, FakeSocket

SYNC = bytes.fromhex("4172742d4e657400 0052 000e 00 00")


def artnet(stage: Stage, lights: int = 2, **controls: object) -> Any:
    return output(stage, "ArtNetOut", lights, **controls)


@pytest.fixture
def stage() -> Stage:
    return network_stage()


def test_a_packet_has_the_bytes_of_the_specification(stage: Stage) -> None:
    artnet(stage)
    (packet,) = frame(stage)
    assert packet == (
        b"Art-Net\x00"  # ID
        b"\x00\x50"  # OpCode OpDmx 0x5000, low byte first
        b"\x00\x0e"  # protocol version 14, high byte first
        b"\x01"  # sequence
        b"\x00"  # physical port
        b"\x00"  # universe: low byte
        b"\x00"  # universe: high 7 bits
        b"\x00\x06"  # length, high byte first
        b"\x01\x02\x03\x04\x05\x06"  # two lights, red, green, blue
    )


def test_a_length_is_even(stage: Stage) -> None:
    artnet(stage, lights=3)
    (packet,) = frame(stage)
    assert packet[16:18] == b"\x00\x0a"
    assert packet[18:] == bytes((1, 2, 3, 4, 5, 6, 7, 8, 9, 0))


def test_170_lights_fill_a_universe_and_none_is_split(stage: Stage) -> None:
    artnet(stage, lights=341)
    one, two, three = frame(stage)
    assert [len(packet) for packet in (one, two, three)] == [18 + 510, 18 + 510, 18 + 4]
    assert [packet[16:18] for packet in (one, two, three)] == [b"\x01\xfe", b"\x01\xfe", b"\x00\x04"]
    assert [packet[14:16] for packet in (one, two, three)] == [b"\x00\x00", b"\x01\x00", b"\x02\x00"]
    colours = [(3 * light + channel) % 256 for light in range(341) for channel in (1, 2, 3)]
    assert one[18:] + two[18:] + three[18:21] == bytes(colours)


def test_exactly_170_lights_are_one_packet(stage: Stage) -> None:
    artnet(stage, lights=170)
    assert [len(packet) for packet in frame(stage)] == [18 + 510]


def test_a_universe_has_15_bits_low_byte_first(stage: Stage) -> None:
    artnet(stage, lights=171, start_universe=0x12FF)
    assert [packet[14:16] for packet in frame(stage)] == [b"\xff\x12", b"\x00\x13"]


def test_the_sequence_runs_from_1_to_255_and_never_is_0(stage: Stage) -> None:
    artnet(stage, lights=171)
    sequences = [[packet[12] for packet in frame(stage)] for _ in range(257)]
    assert [one for one, _ in sequences] == [*range(1, 256), 1, 2]
    assert all(one == two for one, two in sequences)


def test_a_sync_packet_follows_the_universes_where_it_is_wanted(stage: Stage) -> None:
    out = artnet(stage, lights=171, sync=True)
    assert len(SYNC) == 14
    assert [packet[:10] for packet in frame(stage)] == [b"Art-Net\x00\x00\x50"] * 2 + [b"Art-Net\x00\x00\x52"]
    assert frame(stage)[-1] == SYNC
    stage.set(out, sync=False)
    assert SYNC not in frame(stage)


@pytest.mark.parametrize(
    ("order", "first_light"),
    [("RGB", "010203"), ("RBG", "010302"), ("GRB", "020103"), ("GBR", "020301"), ("BRG", "030102"), ("BGR", "030201")],
)
def test_colours_are_sent_in_the_order_of_the_lights(stage: Stage, order: str, first_light: str) -> None:
    artnet(stage, color_order=order)
    assert frame(stage)[0][18:21].hex() == first_light


def test_brightness_and_gamma_are_those_of_the_wire(stage: Stage) -> None:
    out = artnet(stage, lights=1)
    stage.set(out.parent, brightness=128, gamma=22)
    out.parent.children[1].children[0].first = 255
    assert frame(stage)[0][18:] == bytes((128, 0, 1, 0))


def test_packets_go_to_target_and_port_and_a_change_takes_a_new_socket(stage: Stage) -> None:
    out = artnet(stage, target="192.168.1.50", port=6455)
    first = stage.platform.sockets[-1]
    assert first.address == ("192.168.1.50", 6455)
    stage.set(out, target="10.0.0.7", port=6454)
    assert stage.platform.sockets[-1].address == ("10.0.0.7", 6454)
    assert [socket.closed for socket in stage.platform.sockets[:-1]] == [True] * (len(stage.platform.sockets) - 1)
    assert frame(stage)


@pytest.mark.parametrize("target", ["", "localhost", "256.1.1.1", "1.2.3", "1.2.3.4.5", "1.2.3.x", "1.2.3.²", "1..2.3"])
def test_a_target_that_is_no_address_disables_the_output_until_it_is_one(stage: Stage, target: str) -> None:
    out = artnet(stage)
    assert not is_ipv4(target)
    stage.set(out, target=target)
    assert (out.status, out.reason) == ("disabled", f"target '{target}' is not an IPv4 address such as 192.168.1.50")
    assert all(socket.closed for socket in stage.platform.sockets)
    stage.set(out, target="10.0.0.1")
    assert out.status == "ok"
    assert frame(stage)


def test_universes_beyond_the_last_one_disable_the_output(stage: Stage) -> None:
    out = artnet(stage, lights=171, start_universe=32_767)
    assert out.reason == "2 universes from 32767 on pass the last one, 32767"
    stage.set(out, start_universe=32_766)
    assert out.status == "ok"
    assert frame(stage)[-1][14:16] == b"\xff\x7f"


def test_packets_are_built_anew_for_another_number_of_lights(stage: Stage) -> None:
    out = artnet(stage, lights=2)
    stage.set(out.parent.children[0], length=171)
    assert [len(packet) for packet in frame(stage)] == [18 + 510, 18 + 4]
    assert out.heap_bytes() == 528 + 22


def test_packets_without_memory_disable_the_output_and_the_lights_go_on(stage: Stage) -> None:
    out = artnet(stage)
    driver = out.parent
    other = stage.add("ArtNetOut", driver)
    stage.platform.heap_limit_bytes = 23
    stage.set(other, port=7000)
    assert (other.status, other.reason[:14]) == ("disabled", "needs 24 bytes")
    assert driver.status == "ok"


def test_an_address_that_the_network_does_not_know_is_a_fault_of_this_output_alone(stage: Stage) -> None:
    def unreachable(host: str, port: int, interface: str = "") -> FakeSocket:
        raise OSError(f"no route to {host}")

    stage.platform.open_datagram = unreachable  # type: ignore[method-assign]
    out = artnet(stage)
    stage.tick(25, times=3)
    assert (out.status, out.reason) == ("failed", "OSError: no route to 127.0.0.1")
    stage.platform.open_datagram = FakePlatform.open_datagram.__get__(stage.platform)  # type: ignore[method-assign]
    stage.set(out, port=7000)
    stage.tick(25, times=20)
    assert out.status == "ok"
    assert frame(stage)


def test_lost_packets_are_told_once_when_it_starts_and_once_when_it_ends(stage: Stage) -> None:
    out = artnet(stage, fps=40)
    stage.tick(25, times=5)
    stage.platform.sockets[-1].full = True
    stage.tick(25, times=200)
    assert out.health_report() == "40 packets a second lost"
    stage.platform.sockets[-1].full = False
    stage.tick(25, times=100)
    assert out.health_report() == "OK"
    said = [text for text in stage.texts() if " packets " in text and text.startswith(out.id)]
    assert len(said) == 2
    assert said[0].endswith(" packets a second lost")
    assert said[1] == f"{out.id}: the network takes all packets again"


def test_an_output_that_goes_closes_its_socket(stage: Stage) -> None:
    out = artnet(stage)
    stage.manager.delete(out.id)
    assert [socket.closed for socket in stage.platform.sockets] == [True]
    assert out.heap_bytes() == 0
