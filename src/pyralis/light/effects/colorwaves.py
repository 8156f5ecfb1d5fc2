"""Colorwaves: a palette that runs forth and back along the strip, in waves of brightness."""

from pyralis.light.effect import Effect
from pyralis.light.effects.pride2015 import pride
from pyralis.light.tables import SINE


class Colorwaves(Effect):
    """A palette runs forth and back along the strip, in waves of brightness."""

    dimensions = 1

    def define_controls(self) -> None:
        """How fast, how dense and in which colours."""
        super().define_controls()
        self.speed = self.add_int("speed", 60, 0, 255)
        self.bands = self.add_int("bands", 1, 1, 8)
        self.palette = self.add_palette("sunset")

    def render(self, buffer: bytearray, width: int, height: int, depth: int) -> None:
        """Draw at the present phase."""
        pride(buffer, self.colors, SINE, width, self.advance(self.speed * 48), self.bands, 1)
