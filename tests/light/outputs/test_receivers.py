"""Receivers that others wrote take what the outputs send over a real network: Art-Net, sACN twice, DDP."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import npm_packages
import pytest
from aioartnet.client import ArtNetClient, ArtNetClientProtocol
from network_stage import network_stage, output, ramp
from stage import Stage

from pyralis.light.inputs import packets
from pyralis.light.inputs.poll_reply import Answers
from pyralis.light.inputs.ports import Port
from pyralis.pal.cpython_udp import UdpSocket
from pyralis.pal.udp_receiver import UdpReceiver

LIGHTS = 400
CID = "00112233445566778899aabbccddeeff"
DEADLINE_S = 30
SACN_NPM = "4.6.2"


@pytest.fixture
def stage() -> Iterator[Stage]:
    """Its network is this machine's."""
    made = network_stage()
    made.platform.open_datagram = UdpSocket  # type: ignore[method-assign, assignment]
    yield made
    made.manager.close()


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Sending:
    """Frames go out again and again until the context ends: nobody knows when a receiver is ready."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *error: object) -> None:
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._ended.wait(0.02):
            self._stage.tick(25)


def test_aioartnet_takes_every_universe(stage: Stage) -> None:
    async def receive() -> dict[int, bytes]:
        client = ArtNetClient()
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(
            lambda: ArtNetClientProtocol(client), local_addr=("127.0.0.1", 0)
        )
        port = transport.get_extra_info("sockname")[1]
        output(stage, "ArtNetOut", LIGHTS, port=port, start_universe=0x12FF)
        async with asyncio.timeout(DEADLINE_S):
            while len(client.universes) < 3:
                stage.tick(25)
                await asyncio.sleep(0)
        transport.close()
        return {number: bytes(universe.last_data) for number, universe in client.universes.items()}

    universes = asyncio.run(receive())
    assert sorted(universes) == [0x12FF, 0x1300, 0x1301]
    shown = universes[0x12FF][:510] + universes[0x1300][:510] + universes[0x1301]
    assert shown[: 3 * LIGHTS] == ramp(LIGHTS)


def test_aioartnet_finds_the_device_and_its_universes() -> None:
    async def find() -> Any:
        client = ArtNetClient()
        loop = asyncio.get_running_loop()
        port = free_port()
        client.broadcast_ip = "127.0.0.1"
        transport, _ = await loop.create_datagram_endpoint(
            lambda: ArtNetClientProtocol(client), local_addr=("127.0.0.1", 0)
        )
        node = Stage()
        node.platform.open_receiver = UdpReceiver  # type: ignore[method-assign, assignment]
        listening = Port(node.platform, port)
        poll = b"Art-Net\x00\x00\x20\x00\x0e\x02\x10"
        transport.sendto(poll, ("127.0.0.1", port))
        answers = Answers(False)
        async with asyncio.timeout(DEADLINE_S):
            while sum(len(found.ports) for found in client.nodes.values()) < 6:
                arrived = listening.socket.receive()
                if arrived is not None:
                    answers.answer(listening, *arrived, "Wand", 0x123E, 6)
                await asyncio.sleep(0)
        listening.socket.close()
        transport.close()
        return list(client.nodes.values())

    (node,) = asyncio.run(find())
    assert (node.portName, node.longName, node.ip, node.style) == ("Wand", "Wand", "127.0.0.1", 0)
    assert [(port.is_input, port.universe.portaddress) for port in node.ports] == [
        (False, 0x123E + i) for i in range(6)
    ]


@pytest.fixture
def sacn_receiver() -> Iterator[tuple[Any, int]]:
    import sacn

    port = free_port()
    made = sacn.sACNreceiver(bind_address="127.0.0.1", bind_port=port)
    made.start()
    yield made, port
    made.stop()


@pytest.mark.parametrize("multicast", [False, True])
def test_the_python_package_sacn_takes_every_universe(
    stage: Stage, sacn_receiver: tuple[Any, int], multicast: bool
) -> None:
    receiver, port = sacn_receiver
    found: dict[int, Any] = {}
    ended: list[int] = []
    all_there, all_ended = threading.Event(), threading.Event()

    def take(packet: Any) -> None:
        found[packet.universe] = packet
        if len(found) == 3:
            all_there.set()

    def change(universe: int, changed: str) -> None:
        if changed == "timeout":
            ended.append(universe)
            if len(ended) == 3:
                all_ended.set()

    receiver.register_listener("availability", change)
    for universe in (300, 301, 302):
        receiver.register_listener("universe", take, universe=universe)
        if multicast:
            receiver.join_multicast(universe)
    out = output(
        stage,
        "SacnOut",
        LIGHTS,
        port=port,
        start_universe=300,
        priority=150,
        source_name="Désk",
        cid=CID,
        multicast=multicast,
        interface="127.0.0.1",
    )
    with Sending(stage):
        assert all_there.wait(DEADLINE_S)
    assert b"".join(bytes(found[universe].dmxData)[:510] for universe in (300, 301, 302))[: 3 * LIGHTS] == ramp(LIGHTS)
    assert {(packet.priority, packet.sourceName, bytes(packet.cid).hex()) for packet in found.values()} == {
        (150, "Désk", CID)
    }
    stage.manager.delete(out.id)
    assert all_ended.wait(DEADLINE_S)


def test_the_npm_package_sacn_takes_every_universe(stage: Stage, tmp_path: Path) -> None:
    packages = npm_packages.program("sacn", SACN_NPM, "").parent
    port = free_port()
    # It reads names as ASCII.
    output(stage, "SacnOut", LIGHTS, port=port, start_universe=300, priority=150, source_name="Desk", cid=CID)
    script = Path(__file__).with_name("sacn_receiver.js")
    with Sending(stage):
        done = npm_packages.run(script, str(packages), str(port), "300", "301", "302", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    found = {each["universe"]: each for each in map(json.loads, done.stdout.splitlines())}
    assert b"".join(bytes.fromhex(found[universe]["channels"])[:510] for universe in (300, 301, 302))[
        : 3 * LIGHTS
    ] == ramp(LIGHTS)
    assert {(each["priority"], each["sourceName"], each["cid"]) for each in found.values()} == {(150, "Desk", CID)}


@pytest.mark.parametrize("timecode", [False, True])
def test_the_python_package_for_ddp_reads_every_packet(stage: Stage, timecode: bool) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from ddp import Packet
        from ddp.protocol import ID

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sink:
        sink.bind(("127.0.0.1", 0))
        sink.settimeout(DEADLINE_S)
        output(stage, "DdpOut", 961, port=sink.getsockname()[1], offset=10, timecode=timecode)
        stage.tick(25, times=2)
        found = [Packet.from_bytes(sink.recv(2000)) for _ in range(3)]
    headers = [each.header for each in found]
    assert [header.offset for header in headers] == [30, 1470, 2910]
    assert [header.length for header in headers] == [1440, 1440, 3]
    assert [header.sequence_number for header in headers] == [1, 2, 3]
    assert [(header.packet_type.push, header.packet_type.timecode) for header in headers] == [
        (False, timecode),
        (False, timecode),
        (True, timecode),
    ]
    assert {(header.packet_type.version, header.id) for header in headers} == {(1, ID.DEFAULT)}
    assert b"".join(each.data for each in found) == ramp(961)


@pytest.fixture
def two_sinks() -> Iterator[tuple[socket.socket, socket.socket, int]]:
    """Sockets of two addresses with the same port."""
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as two,
    ):
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
        two.bind(("127.0.0.2", port))
        for sink in (one, two):
            sink.settimeout(DEADLINE_S)
        yield one, two, port


def test_two_receivers_have_a_display_each_for_the_python_package_for_ddp(
    stage: Stage, two_sinks: tuple[socket.socket, socket.socket, int]
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from ddp import Packet

    one, two, port = two_sinks
    output(stage, "DdpOut", 600, port=port, target="127.0.0.1*500, 127.0.0.2")
    stage.tick(25, times=2)
    found = [Packet.from_bytes(sink.recv(2000)) for sink in (one, one, two)]
    assert [each.header.offset for each in found] == [0, 1440, 0]
    assert [each.header.packet_type.push for each in found] == [False, True, True]
    assert [each.header.sequence_number for each in found] == [1, 2, 1]
    assert b"".join(each.data for each in found) == ramp(600)


def test_two_receivers_share_the_universes_for_the_python_package_sacn(
    stage: Stage, two_sinks: tuple[socket.socket, socket.socket, int]
) -> None:
    from sacn.messages.data_packet import DataPacket

    one, two, port = two_sinks
    output(stage, "SacnOut", LIGHTS, port=port, start_universe=300, cid=CID, target="127.0.0.1*2, 127.0.0.2")
    stage.tick(25, times=2)
    found = [DataPacket.make_data_packet(tuple(sink.recv(2000))) for sink in (one, one, two)]
    assert [each.universe for each in found] == [300, 301, 302]
    assert {(bytes(each.cid).hex(), each.sequence) for each in found} == {(CID, 1)}
    assert b"".join(bytes(each.dmxData)[:510] for each in found)[: 3 * LIGHTS] == ramp(LIGHTS)


def test_what_the_python_package_sacn_sends_is_taken() -> None:
    from sacn.messages.data_packet import DataPacket

    channels = tuple(range(1, 11))
    made = DataPacket(tuple(bytes.fromhex(CID)), "Desk", 7, channels, priority=120, sequence=9)
    packet = bytes(made.getBytes())
    universe, sequence, start, end = packets.sacn(packet)  # type: ignore[misc]
    assert (universe, sequence, packet[108], packet[22:38].hex()) == (7, 9, 120, CID)
    assert packet[start:end][:10] == bytes(channels)
