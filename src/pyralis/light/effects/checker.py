"""Checker: a chequered floor that drifts and changes colour."""

# A kernel that returns nothing has no '->':
# mypy: disable-error-code="no-untyped-def"

from pyralis.kernel import micropython, ptr8
from pyralis.light.effect import Effect
from pyralis.light.tables import SINE


@micropython.viper
def checker(dst: ptr8, colors: ptr8, width: int, height: int, left: int, top: int, step: int, hue: int):
    """Fields of two colours that lie across from each other in the palette; a field is 65536 wide, a light `step`.

    Their edges are as soft as a light is wide.
    """
    sharp = 4194304 // step
    at = 0
    for y in range(height):
        place = y * step + top
        # 128 where an edge is, up to 256 in a field and 0 in the next one.
        part = (place & 65535) - 32768
        part = 32768 - (part if part > 0 else -part)
        row = (part >> 4) * sharp >> 11
        row = row if row < 128 else 128
        row = row if (place >> 16) & 1 else -row
        for x in range(width):
            place = x * step + left
            part = (place & 65535) - 32768
            part = 32768 - (part if part > 0 else -part)
            level = (part >> 4) * sharp >> 11
            level = level if level < 128 else 128
            level = level if (place >> 16) & 1 else -level
            level = 128 + (level * row >> 7)
            one = hue * 3
            two = (hue + 128 & 255) * 3
            dst[at] = (colors[one] * level + colors[two] * (256 - level) >> 8) & 255
            dst[at + 1] = (colors[one + 1] * level + colors[two + 1] * (256 - level) >> 8) & 255
            dst[at + 2] = (colors[one + 2] * level + colors[two + 2] * (256 - level) >> 8) & 255
            at += 3


class Checker(Effect):
    """A chequered floor drifts and changes colour."""

    def define_controls(self) -> None:
        """How fast, how many fields and in which colours."""
        super().define_controls()
        self.speed = self.add_int("speed", 60, 0, 255)
        self.fields = self.add_int("fields", 4, 1, 32)
        self.palette = self.add_palette("orange teal")

    def render(self, buffer: bytearray, width: int, height: int, depth: int) -> None:
        """Draw at the present phase; the floor swings around a circle and moves on by whole pairs of fields."""
        phase = self.advance(self.speed * 48)
        step = self.fields * 65536 // max(width, height)
        left = phase * 4 + SINE[phase >> 8] * 256
        top = SINE[(phase >> 8) + 64 & 255] * 512
        checker(buffer, self.colors, width, height, left, top, step, phase >> 8)
