"""Plasma: waves that bend each other."""

# A kernel that returns nothing has no '->':
# mypy: disable-error-code="no-untyped-def"

from array import array

from pyralis.kernel import micropython, ptr8, ptr16
from pyralis.light.effect import Effect
from pyralis.light.tables import SINE


@micropython.viper
def plasma(dst: ptr8, colors: ptr8, sine: ptr8, bends: ptr16, width: int, height: int, phase: int, waves: int):
    """One slice; `phase` is 16 bit, `waves` are sixteenths of turns on the longer side; `bends` has `width` items."""
    span = width if width > height else height
    step = (waves << 12) // span
    shift = phase >> 8
    # Slow wide waves shift the places where the others are read: that is what bends them.
    for x in range(width):
        bends[x] = sine[(((x * step) >> 9) - shift) & 255] * 96
    at = 0
    for y in range(height):
        b = y * step
        across = sine[((b >> 9) + (phase >> 7)) & 255] * 96 + phase
        down = b + phase * 3
        slant = b - phase * 4
        a = 0
        for x in range(width):
            bend = bends[x]
            level = sine[((a + across) >> 8) & 255]
            level += sine[((down + bend) >> 8) & 255]
            level += sine[(((a + slant) >> 1) + bend >> 8) & 255]
            color = (((level * 171) >> 8) + shift) & 255
            color *= 3
            red = colors[color]
            green = colors[color + 1]
            blue = colors[color + 2]
            dst[at] = red
            dst[at + 1] = green
            dst[at + 2] = blue
            a += step
            at += 3


class Plasma(Effect):
    """Soft waves of colour that bend each other."""

    def define_controls(self) -> None:
        """How fast, how dense and in which colours."""
        super().define_controls()
        self.speed = self.add_int("speed", 60, 0, 255)
        self.scale = self.add_int("scale", 16, 1, 64)
        self.palette = self.add_palette("rainbow")

    def resize(self, width: int, height: int, depth: int) -> None:
        """What bends a row."""
        self._bends = array("H", self.allocate(2 * width))

    def render(self, buffer: bytearray, width: int, height: int, depth: int) -> None:
        """Draw at the present phase."""
        plasma(buffer, self.colors, SINE, self._bends, width, height, self.advance(self.speed * 64), self.scale)
