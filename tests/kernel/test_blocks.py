"""Kernels that work on blocks of lights give the bytes of the same kernels light by light."""

import random
from array import array
from types import FunctionType

import pytest

from pyralis.kernel import micropython, numba_ptr, ptr8, ptr16, ptr32
from pyralis.kernel.blocks import LIGHTS, cut
from pyralis.kernel.host import Kernel
from pyralis.kernel.tuned import IN_BLOCKS

# Kernels that return nothing have no '->':
# mypy: disable-error-code="no-untyped-def"

COUNTS = (0, 1, LIGHTS - 1, LIGHTS, LIGHTS + 1, 3 * LIGHTS, 3 * LIGHTS + 5)


@micropython.viper
def waves(dst: ptr8, colors: ptr8, table: ptr8, near: ptr8, far: ptr16, start: int, count: int, shift: int):
    """All that a block can do, with numbers of either sign and with more than 16 bits."""
    at = start * 3
    turn = shift * 5
    for x in range(start, count):
        level = table[((far[x] * 3 - turn) >> 4) & 255]
        level += table[((near[x] << 3) + x * 7) & 63]
        level -= table[(((turn - x * 40000) >> 11) * 3) & 127]
        level += near[x] & far[x]
        level += ((near[x] * 30000 - level * 500) & 0xFFFFF) >> 9
        color = ((level * 77) >> 5) & 255
        color *= 3
        red = colors[color]
        green = colors[color + 1]
        blue = colors[color + 2]
        dst[at] = red
        dst[at + 1] = green
        dst[at + 2] = blue
        turn += shift
        at += 3


@micropython.viper
def longs(dst: ptr8, colors: ptr8, table: ptr8, far: ptr32, count: int):
    """What is cut, but has items that no block has."""
    at = 0
    for x in range(count):
        color = table[(far[x] >> 3) & 255] * 3
        red = colors[color]
        green = colors[color + 1]
        blue = colors[color + 2]
        dst[at] = red
        dst[at + 1] = green
        dst[at + 2] = blue
        at += 3


@pytest.fixture(name="chance")
def _chance() -> random.Random:
    return random.Random(1)  # noqa: S311


def compiled(kernel: object) -> Kernel:
    assert isinstance(kernel, Kernel)
    assert kernel.compile(), kernel.error
    return kernel


@pytest.mark.parametrize("start", [0, 1])
@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("shift", [-32768, -5, 0, 1, 255, 65535])
@pytest.mark.parametrize("is_wave", [False, True])
def test_blocks_have_the_bytes_of_single_lights(
    chance: random.Random, start: int, count: int, shift: int, is_wave: bool
) -> None:
    kernel = compiled(waves)
    colors, table, near = chance.randbytes(768), chance.randbytes(256), chance.randbytes(count)
    if is_wave:  # which is looked up in half as many registers
        table = table[:128] + bytes(-level & 255 for level in table[:128])
    far = array("H", chance.randbytes(2 * count))
    got = bytearray(b"\7" * (3 * count + 8))
    expected = bytearray(got)
    kernel(got, colors, table, near, far, start, count, shift)
    kernel.function(expected, colors, table, near, far, start, count, shift)
    assert got == expected


@pytest.mark.parametrize("count", COUNTS)
def test_what_no_block_can_hold_is_compiled_light_by_light(chance: random.Random, count: int) -> None:
    kernel = compiled(longs)
    colors, table = chance.randbytes(768), chance.randbytes(256)
    far = array("I", chance.randbytes(4 * count))
    got, expected = bytearray(3 * count), bytearray(3 * count)
    kernel(got, colors, table, far, count)
    kernel.function(expected, colors, table, far, count)
    assert got == expected


PLAIN = """
@micropython.viper
def plain(dst: ptr8, colors: ptr8, table: ptr8, count: int):
    at = 0
    last = 0
    for x in range(count):
        color = table[x & 255] * 3
        red = colors[color]
        green = colors[color + 1]
        blue = colors[color + 2]
        dst[at] = red
        dst[at + 1] = green
        dst[at + 2] = blue
        at += 3
    dst[0] = last & 255
"""


def test_a_loop_that_fits_is_cut() -> None:
    assert list(cut(PLAIN, "plain.py")) == ["plain"]


@pytest.mark.parametrize(
    ("line", "changed"),
    [
        pytest.param("range(count)", "range(0, count, 2)", id="a light left out"),
        pytest.param("at += 3", "at += 4", id="lights apart"),
        pytest.param("at += 3", "at += 3\n        last = color", id="a step that is none"),
        pytest.param("at += 3", "last += color\n        at += 3", id="a sum over lights"),
        pytest.param("at += 3", "at += 3\n        last += at", id="a step that grows"),
        pytest.param("x & 255", "last & 255", id="no light in the index"),
        pytest.param("x & 255", "x", id="no mask"),
        pytest.param("x & 255", "x & 511", id="more than registers hold"),
        pytest.param("x & 255", "x & 100", id="a mask that is no table's"),
        pytest.param("table[x & 255]", "dst[x & 255]", id="a table that is written to"),
        pytest.param("x & 255] * 3", "x & 255] * dst[x]", id="what the lights before have written"),
        pytest.param("x & 255", "(x // 3) & 255", id="a division"),
        pytest.param("x & 255", "(x << count) & 255", id="a shift by any number"),
        pytest.param("x & 255] * 3", "x & 255] * 3 if x else 0", id="a choice"),
        pytest.param("green =", "color += 3\n        green =", id="two colours"),
        pytest.param("blue = colors[color + 2]", "blue = colors[color]", id="a channel twice"),
        pytest.param("blue = colors[color + 2]", "blue = colors[color + count]", id="a channel anywhere"),
        pytest.param("dst[at + 2]", "dst[at + 1]", id="a byte twice"),
        pytest.param("dst[at]", "dst[at + count]", id="a byte anywhere"),
        pytest.param("dst[0] = last", "dst[0] = x", id="the number of the last light"),
        pytest.param("dst[0] = last", "dst[0] = color", id="the colour of the last light"),
        pytest.param("colors[color + 1]", "dst[color + 1]", id="a colour that is written to"),
        pytest.param("last = 0", "color = 0", id="a value from before the loop"),
    ],
)
def test_any_other_loop_is_left_as_it_is(line: str, changed: str) -> None:
    assert line in PLAIN
    if line == "last = 0":  # … which the first light reads
        text = PLAIN.replace(line, changed).replace("x & 255", "(x + color) & 255").replace("last", "0")
    else:
        text = PLAIN.replace(line, changed)
    assert cut(text, "plain.py") == {}


def test_a_number_that_the_next_loop_makes_anew_is_free_for_blocks() -> None:
    more = "    for x in range(count):\n        color = x & 255\n        dst[x] = color\n"
    assert list(cut(PLAIN + more, "plain.py")) == ["plain"]


def test_blocks_are_what_runs_where_the_processor_has_them(monkeypatch: pytest.MonkeyPatch) -> None:
    made_plainly = []

    def noted(function: FunctionType) -> FunctionType:
        made_plainly.append(function.__name__)
        return function

    monkeypatch.setattr(numba_ptr, "tuned", noted)
    for kernel in (waves, longs):
        assert isinstance(kernel, Kernel)
        numba_ptr.compile_function(kernel.function, kernel._code, kernel.kinds, kernel._stores, False, "")
    assert made_plainly == (["longs"] if IN_BLOCKS else ["waves", "longs"])
