"""Kernels that have better machine code than numba makes of them give the same bytes."""

import random
from array import array

import pytest

from pyralis.kernel.host import Kernel
from pyralis.kernel.tuned import tuned
from pyralis.light import blending
from pyralis.light.blending import GAP
from pyralis.light.effects.plasma import plasma

ORDERS = ((0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0))


@pytest.fixture(name="chance")
def _chance() -> random.Random:
    return random.Random(1)  # noqa: S311


def compiled(kernel: object) -> Kernel:
    assert isinstance(kernel, Kernel)
    assert kernel.compile(), kernel.error
    return kernel


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("per_packet", [1, 10, 11, 12, 21, 170, 480])
@pytest.mark.parametrize("count", [1, 9, 10, 11, 12, 21, 171, 1000])
def test_packets(chance: random.Random, count: int, per_packet: int, order: tuple[int, int, int]) -> None:
    pack = compiled(blending.pack)
    stride = 18 + 3 * per_packet
    got = bytearray(chance.randbytes(-(-count // per_packet) * stride))
    expected = bytearray(got)
    lights, levels = chance.randbytes(3 * count), chance.randbytes(256)
    pack(got, stride, 18, per_packet, lights, count, levels, *order)
    pack.function(expected, stride, 18, per_packet, lights, count, levels, *order)
    assert got == expected


@pytest.mark.parametrize("share_in_row", [0.0, 0.5, 0.99, 1.0])
@pytest.mark.parametrize("count", [1, 63, 64, 65, 128, 1000])
def test_maps(chance: random.Random, count: int, share_in_row: float) -> None:
    gather = compiled(blending.gather)
    picture = chance.randbytes(3 * count)
    table = array(
        "H",
        (i if chance.random() < share_in_row else chance.choice((GAP, chance.randrange(count))) for i in range(count)),
    )
    got, expected = bytearray(b"\1" * 3 * count), bytearray(3 * count)
    gather(got, picture, table, count)
    gather.function(expected, picture, table, count)
    assert got == expected


def test_a_gap_after_the_last_light_is_black() -> None:
    gather = compiled(blending.gather)
    picture = bytes([7]) * 3 * (GAP + 1)
    table = array("H", range(GAP - 63, GAP + 1))
    got = bytearray(3 * 64)
    gather(got, picture, table, 64)
    assert got == b"\7" * 3 * 63 + bytes(3)


def test_others_are_left_alone() -> None:
    assert isinstance(plasma, Kernel)
    assert tuned(plasma.function) is plasma.function
