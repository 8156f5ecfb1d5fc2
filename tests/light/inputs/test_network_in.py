"""NetworkIn: what the outputs send is what it shows; priorities, time-outs, polls, and 100,000 packets by a madman."""

from __future__ import annotations

import random
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest
from network_stage import frame, network_stage, output, ramp
from stage import Stage

from pyralis.light.inputs import ports

LIGHTS = 400
SENDER, OTHER = ("10.0.0.9", 6454), ("10.0.0.8", 6454)
PORTS = {"ArtNetOut": 6454, "SacnOut": 5568, "DdpOut": 4048}


class Wall:
    """A line of lights that shows what comes."""

    def __init__(self, lights: int = LIGHTS, **controls: object) -> None:
        self.stage = Stage()
        driver = self.stage.add("DriverLayer", gamma=10)
        self.stage.add("Line", driver, length=lights)
        self.layer = self.stage.add("EffectsLayer", driver)
        self.effect = self.stage.add("NetworkIn", self.layer, **controls)

    def socket(self, port: int) -> Any:
        return next(each for each in self.stage.platform.receivers if each.port == port and not each.closed)

    def send(self, type_name: str, packets: list[bytes], sender: object = SENDER) -> bytes:
        """What is shown after these have come."""
        self.socket(PORTS[type_name]).arriving += [(packet, sender) for packet in packets]
        self.stage.tick(20)
        return self.shown()

    def shown(self) -> bytes:
        return bytes(self.layer.buffer)


def sent(type_name: str, lights: int = LIGHTS, **controls: object) -> Callable[[], list[bytes]]:
    """Frames as an output sends them."""
    stage = network_stage()
    output(stage, type_name, lights, **controls)
    return lambda: list(frame(stage))


@pytest.mark.parametrize("type_name", PORTS)
def test_what_an_output_sends_is_shown(type_name: str) -> None:
    wall = Wall()
    assert wall.effect.health_report() == "OK: waiting for packets"
    assert wall.send(type_name, sent(type_name)()) == ramp(LIGHTS)
    assert wall.effect.health_report() == "OK: 3 of 3 universes"


@pytest.mark.parametrize("place", range(1, 5))
@pytest.mark.parametrize("type_name", PORTS)
def test_lights_with_a_white_channel_are_shown_as_they_were(type_name: str, place: int) -> None:
    wall = Wall(white=place)
    assert wall.send(type_name, sent(type_name, white=place)()) == ramp(LIGHTS)
    assert wall.effect.health_report() == "OK: 4 of 4 universes"
    assert wall.effect.heap_bytes() == wall.effect.need_bytes(LIGHTS, 0) == 4 * LIGHTS + 14 * 4


def test_white_is_added_to_the_colours() -> None:
    wall = Wall(2, white=4)
    packet = b"Art-Net\x00\x00\x50\x00\x0e\x01\x00\x00\x00\x00\x08" + bytes([1, 2, 3, 100, 200, 60, 0, 100])
    assert wall.send("ArtNetOut", [packet]) == bytes([101, 102, 103, 255, 160, 100])


def test_ddp_of_lights_with_other_channels_is_left_out() -> None:
    rgb, rgbw = sent("DdpOut")(), sent("DdpOut", white=4)()
    assert not any(Wall().send("DdpOut", rgbw))
    assert not any(Wall(white=4).send("DdpOut", rgb))
    any_kind = [packet[:2] + b"\x01" + packet[3:] for packet in rgbw]
    assert Wall(white=4).send("DdpOut", any_kind) == ramp(LIGHTS)


def test_white_that_goes_leaves_lights_of_three_channels() -> None:
    wall = Wall(white=4)
    wall.send("ArtNetOut", sent("ArtNetOut", white=4)())
    wall.stage.set(wall.effect, white=0)
    wall.stage.tick(20)
    assert wall.shown() == bytes(3 * LIGHTS)
    assert wall.send("ArtNetOut", sent("ArtNetOut")()) == ramp(LIGHTS)


@pytest.mark.parametrize(("type_name", "control"), [("ArtNetOut", "art_net_universe"), ("SacnOut", "sacn_universe")])
def test_universes_count_from_the_first_and_others_are_left_alone(type_name: str, control: str) -> None:
    wall = Wall(**{control: 5})
    packets = sent(type_name, 4 * 170 + 1, start_universe=4)()
    assert wall.send(type_name, packets) == ramp(4 * 170 + 1)[510:][: 3 * LIGHTS]


def test_an_offset_of_ddp_may_start_anywhere_and_what_is_beyond_the_end_is_left_out() -> None:
    wall = Wall(lights=200)
    assert wall.send("DdpOut", sent("DdpOut", 300, offset=150)()) == bytes(450) + ramp(50)
    assert wall.send("DdpOut", sent("DdpOut", 300, offset=200)()) == bytes(450) + ramp(50)


def test_the_higher_priority_wins_and_the_lower_one_comes_back_when_it_stops() -> None:
    wall = Wall(lights=2, priority=100)
    art_net = sent("ArtNetOut", 2)
    console = sent("SacnOut", 2, priority=150, color_order="BGR")
    assert wall.send("ArtNetOut", art_net()) == ramp(2)
    assert wall.send("SacnOut", console()) == bytes((3, 2, 1, 6, 5, 4))
    assert wall.send("ArtNetOut", art_net()) == bytes((3, 2, 1, 6, 5, 4))
    wall.stage.tick(1000, times=3)
    assert wall.shown() == bytes(6)
    assert wall.send("ArtNetOut", art_net()) == ramp(2)


def test_a_stream_that_ends_leaves_at_once() -> None:
    stage = network_stage()
    out = output(stage, "SacnOut", 2)
    wall = Wall(lights=2)
    assert wall.send("SacnOut", frame(stage)) == ramp(2)
    socket = stage.platform.sockets[-1]
    socket.packets.clear()
    stage.manager.delete(out.id)
    assert wall.send("SacnOut", socket.packets) == bytes(6)
    assert wall.send("SacnOut", sent("SacnOut", 2, priority=0)()) == ramp(2)


def test_the_last_picture_can_be_held() -> None:
    wall = Wall(lights=2, hold=True)
    wall.send("ArtNetOut", sent("ArtNetOut", 2)())
    wall.stage.tick(1000, times=5)
    assert wall.shown() == ramp(2)
    assert wall.effect.health_report() == "OK: waiting for packets"


def test_of_two_sources_with_one_priority_the_first_one_is_shown() -> None:
    wall = Wall(lights=2)
    assert wall.send("ArtNetOut", sent("ArtNetOut", 2)()) == ramp(2)
    assert wall.send("ArtNetOut", sent("ArtNetOut", 2, color_order="BGR")(), OTHER) == ramp(2)


def test_two_effects_on_one_port_get_each_packet() -> None:
    wall = Wall(lights=2)
    layer = wall.stage.add("EffectsLayer", wall.layer.parent)
    second = wall.stage.add("NetworkIn", layer)
    assert len([each for each in wall.stage.platform.receivers if not each.closed]) == 3
    wall.send("ArtNetOut", sent("ArtNetOut", 2)())
    wall.stage.tick(20)
    assert bytes(wall.layer.buffer) == bytes(layer.buffer) == ramp(2)
    wall.stage.manager.delete(wall.effect.id)
    assert not wall.socket(6454).closed
    wall.stage.manager.delete(second.id)
    assert all(each.closed for each in wall.stage.platform.receivers)
    assert not [port for port in ports._ports if port.platform is wall.stage.platform]


def test_groups_of_all_universes_are_joined_and_what_has_no_room_is_told() -> None:
    wall = Wall(lights=171, sacn_universe=255)
    assert wall.socket(5568).groups == ["239.255.0.255", "239.255.1.0"]
    assert not wall.stage.texts("warning")
    wall = Wall(lights=170 * 21)
    assert wall.stage.texts("warning") == [f"{wall.effect.id}: no multicast from universe 21 on: use unicast"]
    assert wall.effect.status == "ok"


def test_a_protocol_that_is_off_has_no_port() -> None:
    wall = Wall(ddp=False, sacn=False)
    assert [each.port for each in wall.stage.platform.receivers if not each.closed] == [6454]


def test_a_port_that_cannot_be_had_is_a_fault_of_this_effect_alone() -> None:
    wall = Wall()
    real = wall.stage.platform.open_receiver

    def taken(port: int) -> Any:
        raise OSError("address in use")

    wall.stage.platform.open_receiver = taken  # type: ignore[method-assign]
    wall.stage.set(wall.effect, ddp=False)
    wall.stage.tick(20, times=2)
    assert (wall.effect.status, wall.effect.reason) == ("failed", "OSError: address in use")
    assert wall.layer.status == "ok"
    wall.stage.platform.open_receiver = real  # type: ignore[method-assign]
    wall.stage.set(wall.effect, ddp=True)
    wall.stage.tick(20, times=30)
    assert wall.effect.status == "ok"


def test_a_poll_is_answered_to_who_asks_and_no_more_than_ten_a_second() -> None:
    wall = Wall()
    poll = b"Art-Net\x00\x00\x20\x00\x0e\x00\x00"
    wall.send("ArtNetOut", [poll] * 50)
    replies = wall.socket(6454).replies
    assert len(replies) == 10
    assert {sender for _, sender in replies} == {SENDER}
    assert replies[0][0][10:14] == bytes((10, 0, 0, 2))
    assert replies[0][0][173] == 3
    wall.stage.tick(1000)
    wall.send("ArtNetOut", [poll])
    assert len(replies) == 11


def test_what_it_says_it_needs_is_what_it_takes() -> None:
    wall = Wall()
    assert wall.effect.heap_bytes() == wall.effect.need_bytes(LIGHTS, 0) == 1200 + 3 * 14


def hostile(chance: random.Random, real: list[bytes]) -> bytes:
    """A packet with something wrong: bytes changed, cut, grown, or none of any protocol."""
    kind = chance.randrange(4)
    if kind == 0:
        return chance.randbytes(chance.randrange(1500))
    packet = bytearray(chance.choice(real))
    if kind == 1:
        return bytes(packet[: chance.randrange(len(packet))])
    for _ in range(chance.randrange(1, 6)):
        packet[chance.randrange(min(len(packet), 130))] = chance.randrange(256)
    return bytes(packet) + (chance.randbytes(chance.randrange(40)) if kind == 2 else b"")


@pytest.mark.parametrize("white", [0, 4])
def test_a_hundred_thousand_hostile_packets_raise_nothing_and_leave_nothing(white: int) -> None:
    chance = random.Random(4711)  # noqa: S311
    wall = Wall(lights=200, white=white)
    real = [packet for type_name in PORTS for packet in sent(type_name, 200, white=white)()]
    real += [b"Art-Net\x00\x00\x20\x00\x0e\x20\x00\x00\x02\x00\x00", b"Art-Net\x00\x00\x52\x00\x0e\x00\x00"]
    sockets = [wall.socket(port) for port in PORTS.values()]

    def bombard(count: int) -> None:
        for _ in range(count // 100):
            for socket in sockets:
                socket.arriving += [(hostile(chance, real), chance.choice((SENDER, OTHER))) for _ in range(34)]
            wall.stage.tick(20)
            for socket in sockets:
                socket.replies.clear()

    bombard(5_000)
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    bombard(100_000)
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert wall.effect.status == "ok"
    assert wall.effect._malformed > 50_000
    assert wall.effect._taken > 500
    assert len(wall.shown()) == 600
    assert wall.effect.heap_bytes() == (4 if white else 3) * 200 + 2 * 14
    assert after - before < 30_000  # the log's ring and figures of time
    wall.stage.tick(1000, times=4)
    assert wall.shown() == bytes(600)
    assert wall.send("ArtNetOut", sent("ArtNetOut", 200, white=white)()) == ramp(200)
