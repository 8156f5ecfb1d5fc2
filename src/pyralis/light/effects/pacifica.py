"""Pacifica: gentle waves of the sea, with foam where they meet."""

# A kernel that returns nothing has no '->':
# mypy: disable-error-code="no-untyped-def"

from pyralis.kernel import micropython, ptr8
from pyralis.light.effect import Effect
from pyralis.light.tables import SINE


@micropython.viper
def pacifica(dst: ptr8, colors: ptr8, sine: ptr8, width: int, height: int, phase: int, waves: int):
    """Three swells, each bent by the one before; `waves` quarters of a turn of the widest lie along the longer side."""
    span = width if width > height else height
    step = (waves << 14) // span
    at = 0
    for y in range(height):
        b = y * step
        for x in range(width):
            a = x * step
            swell = sine[((a + (b >> 1) + phase * 3) >> 8) & 255]
            second = sine[(((b * 3 - a) >> 1) - phase * 5 + swell * 170 >> 8) & 255]
            third = sine[((a * 2 + (b >> 1) + phase * 7 - second * 110) >> 8) & 255]
            color = ((swell + swell + second + third) * 38 >> 8) * 3
            # Foam on the crests of the two short waves, more of it where the wide one is high.
            foam = second + third - 480 + (swell >> 2)
            foam = foam * 2 if foam > 0 else 0
            red = colors[color] + foam
            green = colors[color + 1] + foam
            blue = colors[color + 2] + foam
            dst[at] = red if red < 255 else 255
            dst[at + 1] = green if green < 255 else 255
            dst[at + 2] = blue if blue < 255 else 255
            at += 3


class Pacifica(Effect):
    """Gentle waves of the sea, with foam where they meet."""

    def define_controls(self) -> None:
        """How fast, how many waves and which sea."""
        super().define_controls()
        self.speed = self.add_int("speed", 60, 0, 255)
        self.waves = self.add_int("waves", 5, 1, 32)
        self.palette = self.add_palette("ocean")

    def render(self, buffer: bytearray, width: int, height: int, depth: int) -> None:
        """Draw at the present phase."""
        pacifica(buffer, self.colors, SINE, width, height, self.advance(self.speed * 48), self.waves)
