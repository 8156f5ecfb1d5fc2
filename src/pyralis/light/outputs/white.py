"""White: the kernel for lights with a white chip of their own; a board loads it only for such lights."""

# A kernel that returns nothing has no '->':
# mypy: disable-error-code="no-untyped-def"

from pyralis.kernel import micropython, ptr8


@micropython.viper
def pack_white(
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
    white: int,
):
    """As `pack`, with four channels a light: what red, green and blue have in common is given to white.

    That is done behind `lut`, where levels are those of the light; `red`, `green`, `blue` and `white` are the places
    0..3 within a light.
    """
    packet = header
    source = 0
    left = count
    while left > 0:
        lights = left if left < lights_per_packet else lights_per_packet
        at = packet
        for _i in range(lights):
            r = lut[src[source]]
            g = lut[src[source + 1]]
            b = lut[src[source + 2]]
            w = r if r < g else g
            w = w if w < b else b
            dst[at + red] = (r - w) & 255
            dst[at + green] = (g - w) & 255
            dst[at + blue] = (b - w) & 255
            dst[at + white] = w
            at += 4
            source += 3
        packet += stride
        left -= lights
