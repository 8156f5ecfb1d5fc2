"""Chase: lights that run one behind the other, as around the sign of a theatre."""

# A kernel that returns nothing has no '->':
# mypy: disable-error-code="no-untyped-def"

from pyralis.kernel import micropython, ptr8
from pyralis.light.effect import Effect


@micropython.viper
def chase(dst: ptr8, colors: ptr8, count: int, place: int, hue: int, gap: int):
    """Every `gap` lights one is on, `place` (256 a light) further on; those between glow faintly."""
    whole = gap << 8
    at = 0
    for i in range(count):
        off = ((i << 8) + whole - place) % whole
        # A light goes on as the one before it goes out.
        level = 256 - off if off < 256 else 0
        if off > whole - 256:
            level = off - whole + 256
        level = 12 + (level * level * 244 >> 16)
        color = ((i << 8) // count + hue & 255) * 3
        dst[at] = (colors[color] * level >> 8) & 255
        dst[at + 1] = (colors[color + 1] * level >> 8) & 255
        dst[at + 2] = (colors[color + 2] * level >> 8) & 255
        at += 3


class Chase(Effect):
    """Lights run one behind the other, as around the sign of a theatre."""

    dimensions = 1

    def define_controls(self) -> None:
        """How fast, how far apart and in which colours."""
        super().define_controls()
        self.speed = self.add_int("speed", 60, 0, 255)
        self.gap = self.add_int("gap", 4, 2, 20)
        self.palette = self.add_palette("rainbow")

    def render(self, buffer: bytearray, width: int, height: int, depth: int) -> None:
        """Draw at the present phase; after sixteen gaps the palette has passed."""
        phase = self.advance(self.speed * 1024)
        hue = (self.turns & 15) * 16 + (phase >> 12)
        chase(buffer, self.colors, width, phase * self.gap >> 8, hue, self.gap)
