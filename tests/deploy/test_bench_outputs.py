"""The bench of outputs: sizes of packets, what the table says, and one real round."""

from __future__ import annotations

from typing import Any

import pytest

from pyralis.deploy.bench import outputs
from pyralis.deploy.bench.outputs import CALLS, PROTOCOLS, OutputsBench, outputs_table
from pyralis.deploy.bench.runtimes import INTERPRETED, NUMBA, VIPER
from pyralis.deploy.rig import Rig
from pyralis.deploy.steps import Step


def test_a_frame_has_as_many_packets_as_its_protocol_says() -> None:
    sizes = {protocol.title: protocol.packet_bytes() for protocol in PROTOCOLS}
    assert {title: len(packets) for title, packets in sizes.items()} == {"Art-Net": 97, "sACN": 97, "DDP": 35}
    assert (sizes["Art-Net"][0], sizes["sACN"][0], sizes["DDP"][0]) == (528, 636, 1450)
    assert sum(sizes["DDP"]) == 35 * 10 + 3 * 128 * 128


def test_the_table_has_medians_and_ratios(rig: Rig) -> None:
    bench = OutputsBench(rig)
    for kind, us in ((NUMBA, 50), (VIPER, 400), (CALLS, 200)):
        for protocol in PROTOCOLS:
            bench.samples_us[kind, protocol.type_name] = [us, 9999, us, 1, us]
    lines = outputs_table(bench).splitlines()
    assert [cell.strip() for cell in lines[2].split("|")[1:-1]] == ["Art-Net", "97", "50", "400", "200", "4.0", "50"]
    assert [line.split("|")[1].strip() for line in lines[3:]] == ["sACN", "DDP"]
    figures: Any = bench.figures()
    assert figures["us"]["DDP"] == {"packets": 35, NUMBA: 50.0, VIPER: 400.0, CALLS: 200.0}


def test_a_real_round_misses_its_target_without_numba(rig: Rig, step: Step, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("_KINDS", (INTERPRETED,)), ("NUMBA", INTERPRETED), ("ROUNDS", 1), ("_SAMPLES", 2)):
        monkeypatch.setattr(outputs, name, value)
    bench = OutputsBench(rig)
    bench.run(step)
    assert {name for kind, name in bench.samples_us if kind == INTERPRETED} == {"ArtNetOut", "SacnOut", "DdpOut"}
    assert [text.split()[0] for text in bench.missed] == ["art_net_us"]
