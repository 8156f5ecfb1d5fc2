"""Kernels between buffers: fill, blend, map to lights, pack for the wire. All work on RGB888."""

# A kernel that returns nothing has no '->':
# mypy: disable-error-code="no-untyped-def"

from pyralis.kernel import const, micropython, ptr8, ptr16

MODES = ("normal", "add", "lighten", "multiply", "screen")
_ADD = const(1)
_LIGHTEN = const(2)
_MULTIPLY = const(3)
_SCREEN = const(4)
ORDERS = ("RGB", "RBG", "GRB", "GBR", "BRG", "BGR")  # of colours within a light on the wire
GAP = 65535  # in a map: no light is there
_GAP = const(65535)


@micropython.viper
def fill(dst: ptr8, count_bytes: int, value: int):
    """Set every byte to one value."""
    level = value & 255
    for i in range(count_bytes):
        dst[i] = level


@micropython.viper
def repeat(dst: ptr8, part_bytes: int, count_bytes: int):
    """Copy the first `part_bytes` again and again, up to `count_bytes`."""
    for i in range(part_bytes, count_bytes):
        dst[i] = dst[i - part_bytes]


@micropython.viper
def blend(dst: ptr8, src: ptr8, count_bytes: int, mode: int, opacity: int):
    """Lay `src` over `dst`; `mode` is an index of MODES, `opacity` 0..255."""
    weight = opacity + (opacity >> 7)  # 0..256, so that 255 covers
    for i in range(count_bytes):
        under = dst[i]
        over = src[i]
        if mode == _ADD:
            over += under
            over = over if over < 255 else 255
        elif mode == _LIGHTEN:
            over = over if over > under else under
        elif mode == _MULTIPLY:
            over = (over * under + 255) >> 8
        elif mode == _SCREEN:
            over = 255 - (((255 - over) * (255 - under) + 255) >> 8)
        dst[i] = (under + (((over - under) * weight) >> 8)) & 255


@micropython.viper
def gather(dst: ptr8, src: ptr8, table: ptr16, count: int):
    """Light i gets the colour of logical light table[i], black where that is GAP."""
    at = 0
    for i in range(count):
        source = table[i]
        if source == _GAP:
            dst[at] = 0
            dst[at + 1] = 0
            dst[at + 2] = 0
        else:
            source *= 3
            dst[at] = src[source]
            dst[at + 1] = src[source + 1]
            dst[at + 2] = src[source + 2]
        at += 3


@micropython.viper
def pack(
    dst: ptr8,
    stride: int,
    header: int,
    lights_per_packet: int,
    src: ptr8,
    count: int,
    lut: ptr8,
    red: int,
    green: int,
    blue: int,
):
    """Write lights through `lut` into packets of `stride` bytes, behind their headers.

    `red`, `green` and `blue` are the places 0..2 within a light.
    """
    packet = header
    source = 0
    left = count
    while left > 0:
        lights = left if left < lights_per_packet else lights_per_packet
        at = packet
        for _i in range(lights):
            dst[at + red] = lut[src[source]]
            dst[at + green] = lut[src[source + 1]]
            dst[at + blue] = lut[src[source + 2]]
            at += 3
            source += 3
        packet += stride
        left -= lights
