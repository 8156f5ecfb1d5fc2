"""Spiral: arms of colour that turn around the middle."""

# A kernel that returns nothing has no '->':
# mypy: disable-error-code="no-untyped-def"

from pyralis.kernel import micropython, ptr8
from pyralis.light.polar import PolarEffect
from pyralis.light.tables import SINE


@micropython.viper
def spiral(dst: ptr8, colors: ptr8, sine: ptr8, table: ptr8, count: int, phase: int, arms: int, twist: int):
    """`arms` of light, wound by `twist` sixteenths of a turn from the middle to the side."""
    at = 0
    i = 0
    for _light in range(count):
        angle = (table[i] << 8) + table[i + 1]
        far = (table[i + 2] << 8) + table[i + 3]
        wound = (far * twist >> 3) - phase
        turn = angle * arms + wound * 3
        part = turn & 255
        turn = (turn >> 8) & 255
        level = (sine[turn] * (256 - part) + sine[(turn + 1) & 255] * part) >> 8
        level = 12 + (level * level >> 8) * 244 // 256
        color = (((far >> 8) + (phase >> 7)) & 255) * 3
        dst[at] = (colors[color] * level >> 8) & 255
        dst[at + 1] = (colors[color + 1] * level >> 8) & 255
        dst[at + 2] = (colors[color + 2] * level >> 8) & 255
        at += 3
        i += 4


class Spiral(PolarEffect):
    """Arms of colour turn around the middle."""

    def define_controls(self) -> None:
        """How fast, how many arms, how far they are wound and in which colours."""
        super().define_controls()
        self.speed = self.add_int("speed", 60, 0, 255)
        self.arms = self.add_int("arms", 3, 1, 12)
        self.twist = self.add_int("twist", 8, 0, 32)
        self.palette = self.add_palette("sunset")

    def render(self, buffer: bytearray, width: int, height: int, depth: int) -> None:
        """Draw at the present phase."""
        phase = self.advance(self.speed * 96)
        spiral(buffer, self.colors, SINE, self.kept, width * height, phase, self.arms, self.twist)
