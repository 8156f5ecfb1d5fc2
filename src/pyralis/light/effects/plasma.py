"""Plasma: waves that bend each other."""

# A kernel that returns nothing has no '->':
# mypy: disable-error-code="no-untyped-def"

from pyralis.kernel import micropython, ptr8
from pyralis.light.effect import Effect
from pyralis.light.tables import SINE


@micropython.viper
def plasma(dst: ptr8, colors: ptr8, sine: ptr8, width: int, height: int, phase: int, waves: int):
    """One slice; `phase` is 16 bit, `waves` are turns across the longer side in sixteenths."""
    span = width if width > height else height
    step = (waves << 12) // span
    for y in range(height):
        b = y * step
        # Slow wide waves shift the places where the others are read: that is what bends them.
        bend_x = sine[((b >> 9) + (phase >> 7)) & 255] * 96
        own_y = b + phase * 3
        at = y * width * 3
        for x in range(width):
            a = x * step
            bend_y = sine[((a >> 9) - (phase >> 8)) & 255] * 96
            level = sine[((a + bend_x + phase) >> 8) & 255]
            level += sine[((own_y + bend_y) >> 8) & 255]
            level += sine[((((a + b) >> 1) - phase * 2 + bend_y) >> 8) & 255]
            color = (((level * 171) >> 8) + (phase >> 8)) & 255
            color *= 3
            dst[at] = colors[color]
            dst[at + 1] = colors[color + 1]
            dst[at + 2] = colors[color + 2]
            at += 3


class Plasma(Effect):
    """Soft waves of colour that bend each other."""

    def define_controls(self) -> None:
        """How fast, how dense and in which colours."""
        super().define_controls()
        self.speed = self.add_int("speed", 60, 0, 255)
        self.scale = self.add_int("scale", 16, 1, 64)
        self.palette = self.add_palette("rainbow")

    def render(self, buffer: bytearray, width: int, height: int, depth: int) -> None:
        """Draw at the present phase."""
        plasma(buffer, self.colors, SINE, width, height, self.advance(self.speed * 64), self.scale)
