"""Wave: a glowing wave that runs across."""

# A kernel that returns nothing has no '->':
# mypy: disable-error-code="no-untyped-def"

from pyralis.kernel import micropython, ptr8
from pyralis.light.effect import Effect
from pyralis.light.tables import SINE


@micropython.viper
def wave(dst: ptr8, colors: ptr8, sine: ptr8, width: int, height: int, phase: int, step: int):
    """The line bends by two sines, `step` of a turn (65536) a column; on a strip its height is the brightness."""
    reach = height * 20 + 384
    shrink = 65536 // reach
    for x in range(width):
        turn = x * step - phase * 3
        part = turn & 255
        turn = (turn >> 8) & 255
        bend = sine[turn] * (256 - part) + sine[(turn + 1) & 255] * part
        turn = x * (step >> 1) + phase
        part = turn & 255
        turn = (turn >> 8) & 255
        bend = (bend + sine[turn] * (256 - part) + sine[(turn + 1) & 255] * part >> 1) - 256
        place = (bend >> 1) * (height - 1) // 127
        color = ((x << 8) // width + (phase >> 7) & 255) * 3
        at = x * 3
        for y in range(height):
            off = (y << 8) - place
            off = off if off > 0 else -off
            level = 256 - (off * shrink >> 8) if off < reach else 0
            if height == 1:
                level = bend >> 8
            level = level * level >> 8
            dst[at] = (colors[color] * level >> 8) & 255
            dst[at + 1] = (colors[color + 1] * level >> 8) & 255
            dst[at + 2] = (colors[color + 2] * level >> 8) & 255
            at += width * 3


class Wave(Effect):
    """A glowing wave runs across and changes its shape."""

    def define_controls(self) -> None:
        """How fast, how many crests and in which colours."""
        super().define_controls()
        self.speed = self.add_int("speed", 60, 0, 255)
        self.crests = self.add_int("crests", 2, 1, 16)
        self.palette = self.add_palette("rainbow")

    def render(self, buffer: bytearray, width: int, height: int, depth: int) -> None:
        """Draw at the present phase."""
        phase = self.advance(self.speed * 96)
        wave(buffer, self.colors, SINE, width, height, phase, self.crests * 65536 // width)
