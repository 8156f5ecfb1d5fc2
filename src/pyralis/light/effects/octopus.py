"""Octopus: arms that reach out of the middle and sway."""

# A kernel that returns nothing has no '->':
# mypy: disable-error-code="no-untyped-def"

from pyralis.kernel import micropython, ptr8
from pyralis.light.polar import PolarEffect
from pyralis.light.tables import SINE


@micropython.viper
def octopus(dst: ptr8, colors: ptr8, sine: ptr8, table: ptr8, count: int, phase: int, arms: int):
    """A wave runs along the arms, wider and wider, and bends them; they get thinner towards their ends."""
    at = 0
    i = 0
    for _light in range(count):
        angle = (table[i] << 8) + table[i + 1]
        far = (table[i + 2] << 8) + table[i + 3]
        sway = sine[((far >> 7) - (phase >> 5)) & 255] - 128
        turn = angle * arms + (sway * (far >> 4) >> 3) + phase
        part = turn & 255
        turn = (turn >> 8) & 255
        level = (sine[turn] * (256 - part) + sine[(turn + 1) & 255] * part) >> 8
        level = level + 150 - (far >> 7)
        # Its body pulses.
        body = 400 + sine[(phase >> 4) & 255] - (far >> 4)
        level = level if level > body else body
        level = level if level > 0 else 0
        level = level if level < 255 else 255
        level = level * level >> 8
        color = ((far >> 8) - (phase >> 7) & 255) * 3
        dst[at] = (colors[color] * level >> 8) & 255
        dst[at + 1] = (colors[color + 1] * level >> 8) & 255
        dst[at + 2] = (colors[color + 2] * level >> 8) & 255
        at += 3
        i += 4


class Octopus(PolarEffect):
    """Arms reach out of the middle and sway."""

    def define_controls(self) -> None:
        """How fast, how many arms and in which colours."""
        super().define_controls()
        self.speed = self.add_int("speed", 60, 0, 255)
        self.arms = self.add_int("arms", 8, 1, 16)
        self.palette = self.add_palette("party")

    def render(self, buffer: bytearray, width: int, height: int, depth: int) -> None:
        """Draw at the present phase."""
        phase = self.advance(self.speed * 96)
        octopus(buffer, self.colors, SINE, self.kept, width * height, phase, self.arms)
