"""What all network outputs share: orders of colours, white, pace, loss, and that a frame allocates nothing."""

from __future__ import annotations

import itertools
import socket
import tracemalloc

import pytest
from network_stage import frame, network_stage, output
from stage import Stage

from pyralis.light.outputs.network import is_ipv4
from pyralis.pal.cpython_udp import UdpSocket

TYPES = {"ArtNetOut": (18, 170, 128), "SacnOut": (126, 170, 128), "DdpOut": (10, 480, 360)}
ORDERS = ["".join(order) for order in itertools.permutations("RGB")]


@pytest.fixture
def stage() -> Stage:
    return network_stage()


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("white", range(5))
@pytest.mark.parametrize("type_name", TYPES)
def test_channels_come_in_every_order(stage: Stage, type_name: str, white: int, order: str) -> None:
    output(stage, type_name, color_order=order, white=white)
    channel = {"R": 1, "G": 2, "B": 3}
    first = [channel[color] for color in order]
    if white:
        first = [level - 1 for level in first]  # what all three have is white's
        first.insert(white - 1, 1)
    header = TYPES[type_name][0]
    assert list(frame(stage)[0][header : header + len(first)]) == first


@pytest.mark.parametrize("type_name", TYPES)
def test_white_is_what_red_green_and_blue_have_in_common_of_the_light(stage: Stage, type_name: str) -> None:
    out = output(stage, type_name, lights=1, white=4)
    stage.set(out.parent, gamma=22)
    out.parent.children[1].children[0].first = 253
    levels = out.parent.wire_levels
    low, middle, high = levels[253], levels[254], levels[255]
    assert list(frame(stage)[0][-4:]) == [0, middle - low, high - low, low]


@pytest.mark.parametrize(("type_name", "facts"), TYPES.items())
def test_no_light_is_split_between_packets(stage: Stage, type_name: str, facts: tuple[int, int, int]) -> None:
    header, rgb, rgbw = facts
    out = output(stage, type_name, lights=2 * rgb + 2)
    assert [len(packet) - header for packet in frame(stage)] == [3 * rgb, 3 * rgb, 6]
    stage.set(out.parent.children[0], length=2 * rgbw + 2)
    stage.set(out, white=1)
    assert [len(packet) - header for packet in frame(stage)] == [4 * rgbw, 4 * rgbw, 8]


@pytest.mark.parametrize("type_name", TYPES)
@pytest.mark.parametrize("lights", [1, 127, 128, 129, 170, 171, 360, 480, 481, 1000])
@pytest.mark.parametrize("white", [0, 4])
def test_what_it_says_it_needs_is_what_it_takes(stage: Stage, type_name: str, lights: int, white: int) -> None:
    out = output(stage, type_name, lights, white=white)
    assert out.heap_bytes() == out.need_bytes(0, lights) == sum(map(len, frame(stage)))


@pytest.mark.parametrize("type_name", TYPES)
def test_a_pace_sends_so_many_packets_a_tick_and_the_next_frame_when_all_are_sent(stage: Stage, type_name: str) -> None:
    lights = 4 * TYPES[type_name][1] + 1
    out = output(stage, type_name, lights, pace=2, fps=120)
    wire = stage.platform.sockets[-1]
    whole = frame(stage).copy()
    assert len(whole) == 2
    for sent in (4, 5):
        out.parent.children[1].children[0].first += 1  # a picture that moves on does not get into a frame on its way
        stage.tick(25)
        assert len(wire.packets) == sent
    stage.tick(25)
    assert len(wire.packets) == 7
    header = TYPES[type_name][0]
    assert wire.packets[5][header] == wire.packets[0][header] + 2
    assert out.health_report() == "OK"


def test_what_the_network_does_not_take_now_is_sent_with_the_next_tick(stage: Stage) -> None:
    out = output(stage, "ArtNetOut", 680)
    expected = [packet[12:] for packet in frame(stage)]
    wire = stage.platform.sockets[-1]
    wire.packets.clear()
    wire.room = 3
    stage.tick(25)
    assert len(wire.packets) == 3
    wire.room = 5
    stage.tick(5)
    wire.room = -1
    assert [packet[13:] for packet in wire.packets] == [packet[1:] for packet in expected]
    assert len({packet[12] for packet in wire.packets}) == 1
    stage.tick(25, times=50)
    assert out.health_report() == "OK"


def test_what_the_network_does_not_take_for_a_whole_tick_is_lost_and_told(stage: Stage) -> None:
    out = output(stage, "ArtNetOut", 680, fps=1)
    wire = stage.platform.sockets[-1]
    while not wire.packets:
        wire.room = 3
        stage.tick(10)
    stage.tick(10)
    wire.room = -1
    stage.tick(10, times=80)
    assert len(wire.packets) == 3
    assert out._lost + out._lost_shown == 1
    assert len(frame(stage)) == 4


@pytest.mark.parametrize("type_name", TYPES)
@pytest.mark.parametrize("target", ["", "localhost", "256.1.1.1"])
def test_a_target_that_is_no_address_disables_the_output(stage: Stage, type_name: str, target: str) -> None:
    out = output(stage, type_name, target=target)
    assert (out.status, out.reason) == ("disabled", f"target '{target}' is not an IPv4 address such as 192.168.1.50")
    stage.set(out, target="10.0.0.1")
    assert out.status == "ok"
    assert frame(stage)
    assert stage.platform.sockets[-1].address[0] == "10.0.0.1"


@pytest.mark.parametrize("target", ["0.0.0.0", "127.0.0.1", "255.255.255.255"])
def test_four_numbers_are_an_address(target: str) -> None:
    assert is_ipv4(target)


@pytest.mark.parametrize("type_name", TYPES)
@pytest.mark.parametrize("controls", [{}, {"white": 4}, {"pace": 1}, {"timecode": True}])
def test_a_frame_allocates_nothing(type_name: str, controls: dict[str, object]) -> None:
    """Nothing is left after a frame, and never is there a copy of the packets, over a real socket."""
    if "timecode" in controls and type_name != "DdpOut":
        return
    stage = network_stage()
    out = output(stage, type_name, 1000, **controls)
    driver = out.parent
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sink:
        sink.bind(("127.0.0.1", 0))
        with UdpSocket("127.0.0.1", sink.getsockname()[1]) as wire:
            wire.load(out._packets, out._stride)

            def frames(count: int) -> None:
                for _ in range(count):
                    out._sent = -1  # as if it were a new picture
                    out.send(driver, driver.buffer)
                    while out._left:
                        out._send_some(wire)

            frames(2)
            tracemalloc.start()
            try:
                frames(1)
                before, _ = tracemalloc.get_traced_memory()
                tracemalloc.reset_peak()
                frames(20)
                _, peak = tracemalloc.get_traced_memory()
                left = tracemalloc.take_snapshot().filter_traces([tracemalloc.Filter(True, "*/pyralis/*")])
            finally:
                tracemalloc.stop()
    assert sum(trace.size for trace in left.traces) < 200, left.statistics("lineno")[:3]  # integers that have grown
    assert peak - before < 2500  # views, as kernels are interpreted here, and numbers of one packet at a time
