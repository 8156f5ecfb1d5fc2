"""Rings: coloured rings that grow out of the middle."""

# A kernel that returns nothing has no '->':
# mypy: disable-error-code="no-untyped-def"

from pyralis.kernel import micropython, ptr8
from pyralis.light.polar import PolarEffect
from pyralis.light.tables import SINE


@micropython.viper
def rings(dst: ptr8, colors: ptr8, sine: ptr8, table: ptr8, count: int, clock: int, number: int, inwards: int):
    """`number` rings between the middle and the side; each keeps its colour while `clock` (65536 a ring) moves it."""
    at = 0
    i = 2
    for _light in range(count):
        far = (table[i] << 8) + table[i + 1]
        far = far * number << 1
        place = clock - far
        if inwards:
            place = clock + far
        # A ring is bright in its middle and dark at its edges.
        level = sine[((place >> 8) + 192) & 255]
        level = level * level >> 8
        color = ((place >> 16) * 47 & 255) * 3
        dst[at] = (colors[color] * level >> 8) & 255
        dst[at + 1] = (colors[color + 1] * level >> 8) & 255
        dst[at + 2] = (colors[color + 2] * level >> 8) & 255
        at += 3
        i += 4


class Rings(PolarEffect):
    """Coloured rings grow out of the middle."""

    def define_controls(self) -> None:
        """How fast, how many, which way and in which colours."""
        super().define_controls()
        self.speed = self.add_int("speed", 60, 0, 255)
        self.rings = self.add_int("rings", 4, 1, 32)
        self.inwards = self.add_bool("inwards", False)
        self.palette = self.add_palette("rainbow")

    def render(self, buffer: bytearray, width: int, height: int, depth: int) -> None:
        """Draw at the present phase."""
        clock = self.advance(self.speed * 640)
        clock += self.turns << 16
        rings(buffer, self.colors, SINE, self.kept, width * height, clock, self.rings, int(self.inwards))
