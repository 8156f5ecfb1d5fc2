"""tshark's dissectors read from the packets what they are meant to say, and find nothing wrong."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from network_stage import frame, network_stage, output, ramp
from pcap import capture

from pyralis.light.inputs.poll_reply import parse_poll, replies

TIMEOUT_S = 60
CID = "00112233-4455-6677-8899-aabbccddeeff"


@pytest.fixture(scope="module")
def tshark() -> str:
    found = shutil.which("tshark")
    if found is None:
        pytest.skip("there is no tshark: `apt-get install tshark`")
    return found


def dissect(tshark: str, folder: Path, payloads: list[bytes], port: int, protocol: str) -> list[dict[str, list[str]]]:
    """Every field of that protocol in each packet, as texts; whatever is malformed fails the test."""
    file = folder / "packets.pcap"
    file.write_bytes(capture(payloads, port))
    command = [
        tshark,
        "-r",
        str(file),
        "--enable-heuristic",
        "acn",
        "-o",
        "acn.dmx_enable:TRUE",
        "-T",
        "json",
        "--no-duplicate-keys",
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S, check=True)
    found = []
    for packet in json.loads(done.stdout):
        layers = packet["_source"]["layers"]
        assert "_ws.malformed" not in json.dumps(layers), layers
        fields: dict[str, list[str]] = {}
        _collect(layers[protocol], fields)
        found.append(fields)
    assert len(found) == len(payloads)
    return found


def _collect(value: Any, fields: dict[str, list[str]], name: str = "") -> None:
    if isinstance(value, dict):
        for key, inner in value.items():
            _collect(inner, fields, key)
    elif isinstance(value, list):
        for inner in value:
            _collect(inner, fields, name)
    else:
        fields.setdefault(name, []).append(str(value))


def one(fields: dict[str, list[str]], name: str) -> int:
    """The only value of a field."""
    (value,) = fields[name]
    return int(value, 0)


def test_art_net(tshark: str, tmp_path: Path) -> None:
    stage = network_stage()
    output(stage, "ArtNetOut", lights=341, start_universe=0x12FF, sync=True)
    found = dissect(tshark, tmp_path, frame(stage), 6454, "artnet")
    assert [one(each, "artnet.header.opcode") for each in found] == [0x5000] * 3 + [0x5200]
    assert [one(each, "artnet.header.protver") for each in found] == [14] * 4
    assert [one(each, "artnet.output.universe") for each in found[:3]] == [0x12FF, 0x1300, 0x1301]
    assert [one(each, "artnet.output.length") for each in found[:3]] == [510, 510, 4]
    assert [one(each, "artnet.output.sequence") for each in found[:3]] == [1] * 3


@pytest.mark.parametrize(
    ("type_name", "port", "protocol", "universe"),
    [("ArtNetOut", 6454, "artnet", "artnet.output.universe"), ("SacnOut", 5568, "acn", "acn.dmx.universe")],
)
def test_several_receivers(
    tshark: str, tmp_path: Path, type_name: str, port: int, protocol: str, universe: str
) -> None:
    stage = network_stage()
    # Not 257: a universe of one light is too short for the dissector of sACN.
    output(stage, type_name, lights=258, start_universe=300, white=4, target="10.0.0.1*2, 10.0.0.2")
    frame(stage)
    found = [dissect(tshark, tmp_path, each.packets, port, protocol) for each in stage.platform.sockets]
    assert [[one(fields, universe) for fields in packets] for packets in found] == [[300, 301], [302]]
    size, extra = ("artnet.output.length", 0) if protocol == "artnet" else ("acn.dmx.count", 1)
    assert [[one(fields, size) - extra for fields in packets] for packets in found] == [[512, 512], [8]]


def test_poll_replies(tshark: str, tmp_path: Path) -> None:
    poll = parse_poll(b"Art-Net\x00\x00\x20\x00\x0e\x00\x00")
    assert poll is not None
    address = bytes((10, 0, 0, 1))
    packets = [bytes(reply) for reply in replies(poll, address, "Wand", 0x123E, 6, is_output=False)]
    packets += [bytes(reply) for reply in replies(poll, address, "Wand", 1, 1, is_output=True)]
    found = dissect(tshark, tmp_path, packets, 6454, "artnet")
    assert [one(each, "artnet.poll_reply.num_ports") for each in found] == [2, 4, 1]
    assert [each["artnet.poll_reply.ip_address"] for each in found] == [["10.0.0.1"]] * 3
    assert [one(each, "artnet.poll_reply.port_nr") for each in found] == [6454] * 3
    assert [each["artnet.poll_reply.short_name"] for each in found] == [["Wand"]] * 3
    assert [one(each, "artnet.poll_reply.netswitch") for each in found] == [0x12, 0x12, 0]
    assert [one(each, "artnet.poll_reply.subswitch") for each in found] == [3, 4, 0]
    assert [one(each, "artnet.poll_reply.style") for each in found] == [0, 0, 1]
    assert [one(each, "artnet.poll_reply.bind_index") for each in found] == [1, 2, 1]


def test_sacn(tshark: str, tmp_path: Path) -> None:
    stage = network_stage()
    controls: dict[str, object] = {"cid": CID.replace("-", ""), "priority": 150, "source_name": "Désk"}
    # Not 171: a universe of one light is right by E1.31, but too short for this dissector.
    out = output(stage, "SacnOut", lights=172, start_universe=300, sync_universe=0, **controls)
    wire = stage.platform.sockets[-1]
    packets = list(frame(stage))
    stage.manager.delete(out.id)
    found = dissect(tshark, tmp_path, packets + wire.packets[len(packets) :], 5568, "acn")
    assert len(found) == 2 + 3 * 2
    assert [one(each, "acn.dmx.universe") for each in found] == [300, 301] * 4
    assert [one(each, "acn.dmx.seq_number") for each in found] == [1, 1, 2, 2, 3, 3, 4, 4]
    assert [one(each, "acn.dmx.priority") for each in found] == [150] * 8
    assert [one(each, "acn.dmx.count") for each in found] == [511, 7] * 4
    assert [each["acn.cid"] for each in found] == [[CID]] * 8
    assert [each["acn.dmx.source_name"] for each in found] == [["Désk"]] * 8
    assert [each["acn.dmx.option_s"][0] in ("1", "True") for each in found] == [False] * 2 + [True] * 6


def test_what_is_wrong_is_found(tshark: str, tmp_path: Path) -> None:
    """The check itself can fail."""
    stage = network_stage()
    output(stage, "SacnOut", lights=2)
    packet = frame(stage)[0]
    assert packet.endswith(ramp(2))
    with pytest.raises(AssertionError, match="malformed"):
        dissect(tshark, tmp_path, [packet[:100]], 5568, "acn")
