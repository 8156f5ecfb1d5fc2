"""Several receivers of one output: who gets which lights, and in what packets."""

from __future__ import annotations

import socket
import tracemalloc
from typing import Any

import pytest
from network_stage import network_stage, output, ramp
from stage import Stage

from pyralis.light.outputs.receivers import MOST, parse
from pyralis.light.outputs.shares import divide
from pyralis.pal.cpython_udp import UdpSocket

A, B, C = "10.0.0.1", "10.0.0.2", "10.0.0.3"
HEADERS = {"ArtNetOut": 18, "SacnOut": 126, "DdpOut": 10}


@pytest.fixture
def stage() -> Stage:
    return network_stage()


def frames(stage: Stage) -> dict[str, list[bytes]]:
    """The packets of the next frame by their receiver."""
    sockets = [each for each in stage.platform.sockets if not each.closed]
    for each in sockets:
        each.packets.clear()
    while not any(each.packets for each in sockets):
        stage.tick(25)
    return {each.address[0]: each.packets for each in sockets}


def universes(packets: list[bytes], type_name: str) -> list[int]:
    """What universe each packet is of."""
    if type_name == "ArtNetOut":
        return [packet[14] | packet[15] << 8 for packet in packets]
    return [packet[113] << 8 | packet[114] for packet in packets]


@pytest.mark.parametrize("type_name", ["ArtNetOut", "SacnOut"])
@pytest.mark.parametrize(
    ("target", "shares"),
    [
        (f"{A}, {B}", {A: [5, 6, 7], B: [8, 9]}),
        (f"{A}*1, {B}", {A: [5], B: [6, 7, 8, 9]}),
        (f"{A} , {B}*2 ,{C}", {A: [5, 6], B: [7, 8], C: [9]}),
        (f"{A}*9", {A: [5, 6, 7, 8, 9]}),
        (f"{A}*5, {B}*5", {A: [5, 6, 7, 8, 9]}),
        (f"{A}*3,{B}*2", {A: [5, 6, 7], B: [8, 9]}),
    ],
)
def test_each_gets_its_universes(stage: Stage, type_name: str, target: str, shares: dict[str, list[int]]) -> None:
    out = output(stage, type_name, 4 * 170 + 10, start_universe=5, target=target)
    found = frames(stage)
    assert {address: universes(packets, type_name) for address, packets in found.items()} == shares
    channels = b"".join(packet[HEADERS[type_name] :] for packets in found.values() for packet in packets)
    assert channels == ramp(690)
    assert out.heap_bytes() == sum(len(packet) for packets in found.values() for packet in packets)
    assert out.health_report() == "OK"


def test_each_gets_its_lights_of_a_display_of_its_own(stage: Stage) -> None:
    output(stage, "DdpOut", 1500, target=f"{A}*1000, {B}*7, {C}", offset=2)
    found = frames(stage)
    assert [len(packet) - 10 for packet in found[A]] == [1440, 1440, 120]
    assert [len(packet) - 10 for packet in found[B]] == [21]
    assert [len(packet) - 10 for packet in found[C]] == [1440, 39]
    assert b"".join(packet[10:] for packets in found.values() for packet in packets) == ramp(1500)
    offsets = {address: [int.from_bytes(each[4:8]) for each in packets] for address, packets in found.items()}
    assert offsets == {A: [6, 1446, 2886], B: [6], C: [6, 1446]}
    pushes = {address: [each[0] & 1 for each in packets] for address, packets in found.items()}
    assert pushes == {A: [0, 0, 1], B: [1], C: [0, 1]}
    assert [each[1] for each in found[A]] == [1, 2, 3]
    assert [each[1] for each in frames(stage)[A]] == [4, 5, 6]


def test_ddp_tells_all_the_same_time(stage: Stage) -> None:
    output(stage, "DdpOut", 3, target=f"{A},{B}", timecode=True)
    stage.tick(25, times=60)
    found = frames(stage)
    assert found[A][0][10:14] == found[B][0][10:14] != bytes(4)


def test_white_lights_are_not_split(stage: Stage) -> None:
    out = output(stage, "ArtNetOut", 300, target=f"{A},{B}", white=4)
    found = frames(stage)
    assert [len(packet) - 18 for packet in found[A]] == [512, 512]
    assert [len(packet) - 18 for packet in found[B]] == [4 * 44]
    stage.set(out, color_order="BGR")
    assert frames(stage)[A][0][18:22] == b"\x02\x01\x00\x01"


def test_a_sync_goes_to_each(stage: Stage) -> None:
    output(stage, "ArtNetOut", 340, target=f"{A},{B}", sync=True)
    for packets in frames(stage).values():
        assert [packet[9] for packet in packets] == [0x50, 0x52]


def test_sacn_is_one_source_that_ends_at_all(stage: Stage) -> None:
    out = output(stage, "SacnOut", 340, target=f"{A},{B}", sync_universe=9)
    found = frames(stage)
    assert [len(packet) for packet in found[A]] == [len(packet) for packet in found[B]] == [636, 49]
    assert {packet[22:38] for packets in found.values() for packet in packets} == {out.component()}
    sequence = found[A][0][111]
    stage.set(out, priority=101)
    found = frames(stage)
    assert [packets[0][111] for packets in found.values()] == [sequence + 1] * 2
    assert {packet[22:38] for packets in found.values() for packet in packets} == {out.component()}
    sockets = stage.platform.sockets[-2:]
    for each in sockets:
        each.packets.clear()
    stage.manager.delete(out.id)
    for each in sockets:
        assert [packet[112] for packet in each.packets] == [0x40] * 3
        assert each.closed


def test_each_has_the_pace(stage: Stage) -> None:
    output(stage, "ArtNetOut", 170 * 8, target=f"{A}*6,{B}*2", pace=2, fps=120)
    assert [len(packets) for packets in frames(stage).values()] == [2, 2]
    stage.tick(1)
    sent = [len(each.packets) for each in stage.platform.sockets]
    assert sent == [4, 2]


def test_one_that_takes_nothing_does_not_hold_up_the_others(stage: Stage) -> None:
    out = output(stage, "ArtNetOut", 510, target=f"{A}*2,{B}")
    stage.platform.sockets[0].full = True
    assert {address: len(packets) for address, packets in frames(stage).items()} == {A: 0, B: 1}
    stage.tick(25, times=80)
    assert out.health_report().endswith("packets a second lost")
    stage.platform.sockets[0].full = False
    stage.tick(25, times=120)
    assert out.health_report() == "OK"


@pytest.mark.parametrize("type_name", HEADERS)
@pytest.mark.parametrize(
    ("target", "reason"),
    [
        (f"{A},", "target '' is not an IPv4 address such as 192.168.1.50"),
        (f"{A}, lamp", "target 'lamp' is not an IPv4 address such as 192.168.1.50"),
        (f"{A}*0, {B}", f"target takes a number behind the * of {A}, such as {A}*4"),
        (f"{A}*, {B}", f"target takes a number behind the * of {A}, such as {A}*4"),
        (f"{A}*-1, {B}", f"target takes a number behind the * of {A}, such as {A}*4"),
        (f"{A}*2, {A}", f"target has {A} twice: once is enough"),
        (
            ",".join(f"10.0.1.{i}" for i in range(MOST + 1)),
            "target has 33 addresses: 32 are the most of one output, add another one",
        ),
        ("x" * 720, f"target '{'x' * 24}' is not an IPv4 address such as 192.168.1.50"),
    ],
)
def test_what_is_wrong_with_a_target_is_said(stage: Stage, type_name: str, target: str, reason: str) -> None:
    out = output(stage, type_name, target=target)
    assert (out.status, out.reason) == ("disabled", reason)
    assert not stage.platform.sockets
    stage.set(out, target=f"{A},{B}")
    assert out.status == "ok"


def test_lights_without_a_receiver_are_told_of(stage: Stage) -> None:
    out = output(stage, "ArtNetOut", 171, target=f"{A}*1")
    assert out.reason == "target has room for 1 of 2 universes: raise a number or leave one out"
    stage.set(out.parent.children[0], length=170)
    assert out.status == "ok"
    out = stage.add("DdpOut", out.parent, target=f"{A}*100, {B}*50")
    assert out.reason == "target has room for 150 of 170 lights: raise a number or leave one out"


def test_universes_end_at_the_last_one(stage: Stage) -> None:
    out = output(stage, "ArtNetOut", 171, target=f"{A},{B}", start_universe=32767)
    assert out.reason == "2 universes from 32767 on pass the last one, 32767"


def test_thirty_two_fit_into_the_control(stage: Stage) -> None:
    addresses = [f"192.168.100.{100 + i}" for i in range(MOST)]
    out = output(stage, "DdpOut", 3200, target=", ".join(f"{address}*1000" for address in [*addresses[:3], C]))
    stage.set(out, target=", ".join(f"{address}*100" for address in addresses))
    found = frames(stage)
    assert list(found) == addresses
    assert [len(packets[0]) for packets in found.values()] == [310] * MOST


def test_a_single_address_opens_one_socket_and_loads_nothing_more(stage: Stage) -> None:
    output(stage, "ArtNetOut", 340, target=A)
    assert len(stage.platform.sockets) == 1
    assert stage.platform.sockets[0].hosts == ()


def test_a_system_without_sockets_for_all_says_so(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[Any] = []
    open_datagram = stage.platform.open_datagram

    def open_two(host: str, port: int, interface: str = "") -> Any:
        if len(opened) == 2:
            raise OSError(23, "no more sockets")
        opened.append(open_datagram(host, port, interface))
        return opened[-1]

    monkeypatch.setattr(stage.platform, "open_datagram", open_two)
    out = output(stage, "ArtNetOut", 510, target=f"{A},{B},{C}")
    assert out.status == "failed"
    assert f"at receiver 3 ({C}): name fewer" in out.reason
    assert [each.closed for each in opened] == [True, True]


@pytest.mark.parametrize("numbers", [[-1], [3, -1], [-1, 2, -1], [1, 2, 3], [-1] * 32])
def test_shares_are_all_there_is(numbers: list[int]) -> None:
    for total in range(100):
        shares = divide(numbers, total)
        if shares is None:
            assert total > sum(numbers)
            continue
        assert sum(shares) == total
        free = [share for share, number in zip(shares, numbers, strict=True) if number < 0]
        assert not free or max(free) - min(free) <= 1
        assert all(share <= number for share, number in zip(shares, numbers, strict=True) if number >= 0)


def test_addresses_may_have_spaces_around_them() -> None:
    assert parse(f" {A} * 3 ,{B} ") == ([(A, 3), (B, -1)], "")


@pytest.mark.parametrize("type_name", HEADERS)
def test_a_frame_allocates_nothing(type_name: str) -> None:
    stage = network_stage()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sink:
        sink.bind(("127.0.0.1", 0))
        stage.platform.open_datagram = UdpSocket  # type: ignore[method-assign, assignment]
        port = sink.getsockname()[1]
        out = output(stage, type_name, 1000, target="127.0.0.1,127.0.0.2", port=port)

        def frames(count: int) -> None:
            for _ in range(count):
                out._sent = -1
                out.send(out.parent, out.parent.buffer)
                while out._left:
                    out._send_some(out._socket)

        frames(2)
        tracemalloc.start()
        try:
            frames(20)
            left = tracemalloc.take_snapshot().filter_traces([tracemalloc.Filter(True, "*/pyralis/*")])
        finally:
            tracemalloc.stop()
        out._close()
    assert sum(trace.size for trace in left.traces) < 100, left.statistics("lineno")[:3]
