"""Packing two bytes at a time writes what packing light by light does."""

from __future__ import annotations

import pytest

from pyralis.light.blending import pack
from pyralis.light.gamma import level_table
from pyralis.light.outputs.pairs import PairPacker


@pytest.mark.parametrize("lights", [1, 2, 169, 170, 171, 341])
def test_packets_are_those_of_single_lights(lights: int) -> None:
    picture = bytearray(i * 97 & 255 for i in range(3 * lights))
    expected, packets = bytearray(3 * 528), bytearray(3 * 528)
    packer = PairPacker()
    for brightness in (255, 40):
        levels = level_table(brightness, 22)
        pack(expected, 528, 18, 170, picture, lights, levels, 0, 1, 2)
        packer.pack(packets, 528, 18, 510, picture, levels)
        assert packets == expected
