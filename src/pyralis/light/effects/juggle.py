"""Juggle: dots that swing through each other, each at its own pace."""

from pyralis.light.blending import fill
from pyralis.light.effect import Effect
from pyralis.light.effects.sinelon import swing
from pyralis.light.tables import SINE

_DOTS_MAX = 8


class Juggle(Effect):
    """Coloured dots swing through each other, each at its own pace."""

    dimensions = 1

    def define_controls(self) -> None:
        """How fast, how many dots, how long trails and in which colours."""
        super().define_controls()
        self.speed = self.add_int("speed", 60, 0, 255)
        self.dots = self.add_int("dots", 8, 1, _DOTS_MAX)
        self.trail = self.add_int("trail", 60, 0, 255)
        self.palette = self.add_palette("rainbow")

    def render(self, buffer: bytearray, width: int, height: int, depth: int) -> None:
        """Draw each dot."""
        phase = self.advance(self.speed * 24)
        fill(buffer, 3 * width, 0)
        for dot in range(self.dots):
            pace = dot + 7
            swing(buffer, self.colors, SINE, width, phase * pace, (phase >> 8) + dot * 32, 0, self.trail * 4)
