"""Universe discovery: which universes an sACN output tells of, when, and in what packets."""

from __future__ import annotations

import socket
import struct
from typing import Any

import pytest
from network_stage import DISCOVERY, network_stage, output
from sacn.messages.universe_discovery import UniverseDiscoveryPacket
from stage import Stage

from pyralis.light.inputs import packets
from pyralis.light.outputs.sacn_discovery import announce
from pyralis.light.outputs.sacn_out import SacnOut
from pyralis.pal.cpython_udp import UdpSocket

CID = "00112233445566778899aabbccddeeff"
TIMEOUT_S = 10


@pytest.fixture
def stage() -> Stage:
    return network_stage()


def told(stage: Stage) -> list[bytes]:
    """All that was told so far."""
    sockets = [each for each in stage.platform.sockets if each.address[0] == DISCOVERY]
    assert all(each.closed for each in sockets)
    return [packet for each in sockets for packet in each.packets]


def test_a_page_has_the_bytes_of_the_specification(stage: Stage) -> None:
    output(stage, "SacnOut", 171, cid=CID, start_universe=300, source_name="Désk", interface="10.0.0.7")
    stage.tick(500, times=3)
    assert (
        told(stage)
        == [
            b"\x00\x10\x00\x00"  # preamble and postamble sizes
            b"ASC-E1.17\x00\x00\x00"
            b"\x70\x6c"  # root layer: flags 7, length 108 from here on
            b"\x00\x00\x00\x08" + bytes.fromhex(CID) + b"\x70\x56"  # framing layer: 86 from here on
            b"\x00\x00\x00\x02" + "Désk".encode().ljust(64, b"\x00") + bytes(4) + b"\x70\x0c"  # list: 12 from here on
            b"\x00\x00\x00\x01"
            b"\x00\x00"  # page and last page
            b"\x01\x2c\x01\x2d"
        ]
    )
    assert [(each.address[1], each.interface) for each in stage.platform.sockets if each.address[0] == DISCOVERY] == [
        (5568, "10.0.0.7")
    ]


def test_it_is_told_every_ten_seconds(stage: Stage) -> None:
    out = output(stage, "SacnOut")
    stage.tick(100, times=11)
    assert len(told(stage)) == 1
    stage.tick(100, times=99)
    assert len(told(stage)) == 1
    stage.tick(100, times=1)
    assert len(told(stage)) == 2
    stage.set(out, discovery=False)
    stage.tick(100, times=300)
    assert len(told(stage)) == 2


def test_who_sends_nothing_tells_nothing(stage: Stage) -> None:
    output(stage, "SacnOut", target="nowhere")
    stage.tick(100, times=200)
    assert not told(stage)


@pytest.mark.parametrize("target", ["10.0.0.1", "10.0.0.1,10.0.0.2", "10.0.0.1*2,10.0.0.2"])
def test_universes_of_all_receivers_are_told_together(stage: Stage, target: str) -> None:
    output(stage, "SacnOut", 680, cid=CID, start_universe=7, target=target)
    stage.tick(500, times=3)
    (packet,) = told(stage)
    page = UniverseDiscoveryPacket.make_universe_discovery_packet(tuple(packet))
    assert (page.universes, page.sourceName, bytes(page.cid).hex()) == ((7, 8, 9, 10), "Pyralis", CID)
    assert packets.sacn(packet) is None  # for NetworkIn nothing of a picture


@pytest.mark.parametrize(("count", "pages"), [(1, [1]), (512, [512]), (513, [512, 1]), (1024, [512, 512])])
def test_a_page_has_up_to_512(stage: Stage, count: int, pages: list[int]) -> None:
    out: Any = SacnOut(stage.services)
    out.define_controls()
    announce(stage.platform, 5568, "", out._write_root, b"name", range(1, 1 + count))
    found = [UniverseDiscoveryPacket.make_universe_discovery_packet(tuple(page)) for page in told(stage)]
    assert [len(page.universes) for page in found] == pages
    assert [(page.page, page.lastPage) for page in found] == [(i, len(pages) - 1) for i in range(len(pages))]
    assert [universe for page in found for universe in page.universes] == list(range(1, 1 + count))
    assert [page.length for page in found] == [len(page) for page in told(stage)]


def test_a_receiver_in_the_group_gets_it(stage: Stage) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind((DISCOVERY, 0))  # and not what goes to the target
        receiver.settimeout(TIMEOUT_S)
        member = struct.pack("4s4s", socket.inet_aton(DISCOVERY), socket.inet_aton("127.0.0.1"))
        receiver.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, member)
        stage.platform.open_datagram = UdpSocket  # type: ignore[method-assign, assignment]
        out = output(stage, "SacnOut", 341, port=receiver.getsockname()[1], interface="127.0.0.1")
        stage.tick(500, times=3)
        page = UniverseDiscoveryPacket.make_universe_discovery_packet(tuple(receiver.recv(2000)))
        stage.manager.delete(out.id)
    assert page.universes == (1, 2, 3)


def test_without_multicast_the_lights_go_on(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    out = output(stage, "SacnOut")

    def fail(host: str, port: int, interface: str = "") -> None:
        raise OSError(101, "no such network")

    monkeypatch.setattr(stage.platform, "open_datagram", fail)
    stage.tick(500, times=3)
    assert (out.status, out.health_report()) == ("ok", "OK")
