"""Sparkle: an effect of your own, to read, to change and to copy.

A new file in `modules/` with a class that derives from Effect is all it takes: restart `pyralis run`, and the page
offers it.
"""

# A kernel that returns nothing has no '->':
# mypy: disable-error-code="no-untyped-def"

from pyralis.kernel import micropython, ptr8
from pyralis.light import palettes
from pyralis.light.effect import Effect


# A kernel is machine code on a PC and on a board: integers only, no calls, every store masked.
@micropython.viper
def sparkle(dst: ptr8, colors: ptr8, count: int, phase: int, length: int):
    """Each light flashes once in a turn of `phase` (16 bit), and fades in `length` of its 256 parts."""
    at = 0
    for i in range(count):
        moment = (i * 40503) & 65535  # looks random, and is the same on every device
        moment = ((moment ^ (moment >> 7)) * 2083) & 65535
        color = (moment >> 8) * 3
        age = (phase - moment) & 65535
        level = 0
        if age // length < 255:
            level = 255 - age // length
        dst[at] = ((colors[color] * level) >> 8) & 255
        dst[at + 1] = ((colors[color + 1] * level) >> 8) & 255
        dst[at + 2] = ((colors[color + 2] * level) >> 8) & 255
        at += 3


class Sparkle(Effect):
    """Lights flash here and there in the colours of a palette, and fade."""

    dimensions = 3  # this effect draws every light itself, in one, two or three dimensions

    def define_controls(self) -> None:
        """What a user can set; each value is also an attribute of that name."""
        super().define_controls()  # blend mode and opacity, which every effect has
        self.speed = self.add_int("speed", 60, 0, 255)
        self.length = self.add_int("length", 40, 1, 255)
        self.palette = self.add_select("palette", palettes.NAMES, "rainbow")

    def on_control(self, name: str) -> None:
        """After a change of the control `name`; once before the start with an empty name."""
        if name in ("", "palette"):
            self.colors = palettes.expand(self.palette)

    def render(self, buffer: bytearray, width: int, height: int, depth: int) -> None:
        """Write every light: three bytes each, x fastest, then y, then z."""
        phase = self.advance(self.speed * 256)  # grows with time and not with frames
        sparkle(buffer, self.colors, width * height * depth, phase, self.length)
