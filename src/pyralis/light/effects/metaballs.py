"""Metaballs: glowing drops that melt into each other."""

# A kernel that returns nothing has no '->':
# mypy: disable-error-code="no-untyped-def"

from array import array

from pyralis.kernel import micropython, ptr8, ptr16
from pyralis.light.effect import Effect
from pyralis.light.tables import SINE

_BALLS_MAX = 8


@micropython.viper
def metaballs(
    dst: ptr8, colors: ptr8, sine: ptr8, places: ptr16, width: int, height: int, phase: int, balls: int, size: int
):
    """The field of `balls` drops of radius `size` in 1024ths of the longer side.

    `phase` is 16 bit; `places` gets x and y of each ball, two items a ball.
    """
    span = width if width > height else height
    step = 65536 // span
    for ball in range(balls):
        for axis in range(2):
            # Paths of small whole frequencies come round together when the phase does.
            turn = phase * (1 + ((ball * 2 + axis * 3) % 5)) + ball * 10923 + axis * 16384
            part = turn & 255
            turn = (turn >> 8) & 255
            wave = sine[turn] * (256 - part) + sine[(turn + 1) & 255] * part
            side = width
            if axis:
                side = height
            places[2 * ball + axis] = ((wave * (((side - 1) * step) >> 6)) >> 16) & 65535
    reach = size * size
    shrink = (255 << 14) // reach
    at = 0
    for y in range(height):
        v = (y * step) >> 6
        for x in range(width):
            u = (x * step) >> 6
            field = 0
            for ball in range(balls):
                dx = u - places[2 * ball]
                dy = v - places[2 * ball + 1]
                near = reach - dx * dx - dy * dy
                if near > 0:
                    near = (near * shrink) >> 14
                    field += near * near
            # Dark outside, a soft edge, then the palette deeper and deeper inside.
            glow = field >> 6
            glow = glow if glow < 256 else 256
            color = ((field >> 9) + (phase >> 7) + (u >> 4) + (v >> 4)) & 255
            color *= 3
            dst[at] = ((colors[color] * glow) >> 8) & 255
            dst[at + 1] = ((colors[color + 1] * glow) >> 8) & 255
            dst[at + 2] = ((colors[color + 2] * glow) >> 8) & 255
            at += 3


class Metaballs(Effect):
    """Glowing drops that melt into each other."""

    def define_controls(self) -> None:
        """How many, how large, how fast and in which colours."""
        super().define_controls()
        self.speed = self.add_int("speed", 60, 0, 255)
        self.balls = self.add_int("balls", 6, 1, _BALLS_MAX)
        self.size = self.add_int("size", 36, 10, 100, "percent")
        self.palette = self.add_palette("party")

    def resize(self, width: int, height: int, depth: int) -> None:
        """The places of the balls."""
        self.places = array("H", self.allocate(4 * _BALLS_MAX))

    def render(self, buffer: bytearray, width: int, height: int, depth: int) -> None:
        """Draw at the present phase."""
        phase = self.advance(self.speed * 24)
        radius = self.size * 1024 // 100
        metaballs(buffer, self.colors, SINE, self.places, width, height, phase, self.balls, radius)
