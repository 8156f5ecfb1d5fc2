"""Soap: colours that are drawn into each other like a film of soap."""

# A kernel that returns nothing has no '->':
# mypy: disable-error-code="no-untyped-def"

from pyralis.kernel import micropython, ptr8
from pyralis.light.effect import Effect
from pyralis.light.tables import SINE


@micropython.viper
def soap(dst: ptr8, colors: ptr8, sine: ptr8, width: int, height: int, phase: int, scale: int, smear: int):
    """A gradient, `scale` sixteenths of the palette across, whose rows and columns are pulled in turns, by `smear`."""
    span = width if width > height else height
    step = (scale << 12) // span
    at = 0
    for y in range(height):
        v = y * step
        pull = sine[((v >> 8) + (phase >> 7)) & 255] * smear
        for x in range(width):
            u = x * step + pull
            down = v + sine[((u >> 8) - (phase >> 8)) & 255] * smear
            u += sine[((down >> 7) + (phase >> 6)) & 255] * (smear >> 1)
            down += sine[((u >> 7) - (phase >> 7)) & 255] * (smear >> 1)
            u += sine[((down >> 7) + 100) & 255] * (smear >> 1)
            color = ((u + down >> 8) + (phase >> 8) & 255) * 3
            # The film shines where it is thick.
            level = 160 + (sine[(down - u >> 8) & 255] * 3 >> 3)
            dst[at] = (colors[color] * level >> 8) & 255
            dst[at + 1] = (colors[color + 1] * level >> 8) & 255
            dst[at + 2] = (colors[color + 2] * level >> 8) & 255
            at += 3


class Soap(Effect):
    """Colours are drawn into each other like a film of soap."""

    def define_controls(self) -> None:
        """How fast, how fine, how far it is smeared and in which colours."""
        super().define_controls()
        self.speed = self.add_int("speed", 60, 0, 255)
        self.scale = self.add_int("scale", 12, 1, 64)
        self.smear = self.add_int("smear", 120, 0, 255)
        self.palette = self.add_palette("candy")

    def render(self, buffer: bytearray, width: int, height: int, depth: int) -> None:
        """Draw at the present phase."""
        soap(buffer, self.colors, SINE, width, height, self.advance(self.speed * 48), self.scale, self.smear)
