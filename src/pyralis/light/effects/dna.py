"""DNA: two strands that wind around each other, with rungs between them."""

# A kernel that returns nothing has no '->':
# mypy: disable-error-code="no-untyped-def"

from pyralis.kernel import micropython, ptr8
from pyralis.light.effect import Effect
from pyralis.light.tables import SINE

_RUNGS = 8  # a turn


@micropython.viper
def dna(
    dst: ptr8, colors: ptr8, sine: ptr8, width: int, height: int, phase: int, step: int, rung: int, color_step: int
):
    """The helix turns by `step` a column (65536 is once around); a rung stands at every multiple of `rung`."""
    steep_step = step if step < 4096 else 4096
    for x in range(width):
        turn = x * step - phase
        near = (turn & 65535) % rung
        if near > rung >> 1:
            near = rung - near
        # How much of the column is covered by the rung, which moves with the helix.
        rung_level = 256 - (near << 8) // (step + 1)
        rung_level = rung_level * 100 >> 8 if rung_level > 0 else 0
        part = turn & 255
        turn = (turn >> 8) & 255
        wave = sine[turn] * (256 - part) + sine[(turn + 1) & 255] * part - 256
        one = (wave >> 1) * (height - 1) // 127
        two = (height - 1) * 256 - one
        # A strand is thicker where it is steep, so that it has no gaps.
        slope = sine[(turn + 64) & 255] - 128
        front = 160 + slope * 3 // 4
        slope = slope if slope > 0 else -slope
        thick = 400 + (slope * (height - 1) >> 8) * steep_step // 70
        thin = 65536 // thick
        color = ((x * color_step + (phase >> 1)) >> 8) & 255
        other = ((color + 128) & 255) * 3
        color *= 3
        at = x * 3
        for y in range(height):
            line = y << 8
            off = line - one if line > one else one - line
            level = (256 - (off * thin >> 8)) * front >> 8 if off < thick else 0
            off = line - two if line > two else two - line
            second = (256 - (off * thin >> 8)) * (320 - front) >> 8 if off < thick else 0
            if int(line > one) != int(line > two):
                level = level if level > rung_level else rung_level
                second = second if second > rung_level else rung_level
            for channel in range(3):
                value = (colors[color + channel] * level >> 8) + (colors[other + channel] * second >> 8)
                dst[at + channel] = value if value < 255 else 255
            at += width * 3


class DNA(Effect):
    """Two strands wind around each other, with rungs between them."""

    def define_controls(self) -> None:
        """How fast, how often they wind and in which colours."""
        super().define_controls()
        self.speed = self.add_int("speed", 60, 0, 255)
        self.winds = self.add_int("winds", 5, 1, 32, "quarters")
        self.palette = self.add_palette("rainbow")

    def render(self, buffer: bytearray, width: int, height: int, depth: int) -> None:
        """Draw at the present phase."""
        phase = self.advance(self.speed * 256)
        step = self.winds * 16384 // width
        dna(buffer, self.colors, SINE, width, height, phase, step, 65536 // _RUNGS, 32768 // width)
