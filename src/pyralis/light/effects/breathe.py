"""Breathe: one colour that swells and fades."""

from pyralis.light.effect import Effect
from pyralis.light.effects.solid import solid
from pyralis.light.tables import SINE


class Breathe(Effect):
    """All lights swell and fade together, like a breath."""

    dimensions = 3

    def define_controls(self) -> None:
        """How fast, how dark between two breaths and in which colour."""
        super().define_controls()
        self.speed = self.add_int("speed", 60, 0, 255)
        self.rest = self.add_int("rest", 10, 0, 100, "percent")
        self.color = self.add_color("color", "#40a0ff")

    def on_control(self, name: str) -> None:
        """Read the colour once: a text that is cut makes garbage."""
        self.rgb = int(self.color[1:], 16)

    def render(self, buffer: bytearray, width: int, height: int, depth: int) -> None:
        """Fill the buffer, as bright as the breath is deep."""
        phase = self.advance(self.speed * 200)
        part = phase & 255
        turn = phase >> 8
        breath = (SINE[turn] * (256 - part) + SINE[turn + 1 & 255] * part) >> 4  # 0..4080
        breath = breath * breath // 4080
        least = self.rest * 41
        level = least + (4096 - least) * breath // 4080
        red = (self.rgb >> 16) * level >> 12
        green = (self.rgb >> 8 & 255) * level >> 12
        blue = (self.rgb & 255) * level >> 12
        solid(buffer, width * height * depth, min(red, 255), min(green, 255), min(blue, 255))
