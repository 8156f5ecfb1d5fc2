"""Confetti: lights flash in the colours of a party and fade."""

# A kernel that returns nothing has no '->':
# mypy: disable-error-code="no-untyped-def"

from pyralis.kernel import micropython, ptr8
from pyralis.light.effect import Effect


@micropython.viper
def confetti(dst: ptr8, colors: ptr8, count: int, clock: int, density: int, spread: int):
    """In each turn of `clock` (65536), which is another for each light, it flashes with a chance of `density` in 256.

    Its colour is within `spread` entries of one that moves through the palette.
    """
    at = 0
    for i in range(count):
        mix = (i * 374761 + 12345) & 0x3FFFFFFF
        mix = ((mix ^ (mix >> 13)) * 1274126) & 0x3FFFFFFF
        own = clock + (mix & 65535)
        mix = (i * 374761 + (own >> 16) * 668265) & 0x3FFFFFFF
        mix = ((mix ^ (mix >> 13)) * 1274126) & 0x3FFFFFFF
        mix = ((mix ^ (mix >> 11)) * 60493) & 0x3FFFFFFF
        level = 0
        if (mix >> 14) & 255 < density:
            level = 256 - ((own & 65535) >> 8)
            level = level * level >> 8
        color = ((((mix >> 6) & 255) * spread >> 8) + (clock >> 11)) & 255
        color *= 3
        dst[at] = ((colors[color] * level) >> 8) & 255
        dst[at + 1] = ((colors[color + 1] * level) >> 8) & 255
        dst[at + 2] = ((colors[color + 2] * level) >> 8) & 255
        at += 3


class Confetti(Effect):
    """Lights flash here and there and fade, in colours that wander through a palette."""

    dimensions = 3

    def define_controls(self) -> None:
        """How fast, how many, and in which colours."""
        super().define_controls()
        self.speed = self.add_int("speed", 90, 0, 255)
        self.density = self.add_int("density", 60, 1, 255)
        self.spread = self.add_int("spread", 96, 0, 255)
        self.palette = self.add_palette("rainbow")

    def render(self, buffer: bytearray, width: int, height: int, depth: int) -> None:
        """Draw at the present phase."""
        clock = self.advance(self.speed * 384)
        clock += self.turns << 16
        confetti(buffer, self.colors, width * height * depth, clock, self.density, self.spread)
