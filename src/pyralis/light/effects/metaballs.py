"""Metaballs: glowing drops that melt into each other."""

# A kernel that returns nothing has no '->':
# mypy: disable-error-code="no-untyped-def"

from array import array

from pyralis.kernel import micropython, ptr8, ptr16, ptr32
from pyralis.light.effect import Effect
from pyralis.light.tables import SINE

_BALLS_MAX = 8


@micropython.viper
def move(places: ptr16, sine: ptr8, width: int, height: int, phase: int, balls: int):
    """Write x and y of each ball at a 16-bit phase, in 1024ths of the longer side."""
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


@micropython.viper
def metaballs(
    dst: ptr8,
    colors: ptr8,
    places: ptr16,
    fields: ptr32,
    width: int,
    height: int,
    phase: int,
    balls: int,
    size: int,
):
    """The field of `balls` drops of radius `size` in 1024ths of the longer side; `fields` gets that of a row."""
    span = width if width > height else height
    step = 65536 // span
    reach = size * size
    shrink = ((255 << 14) // reach) & 0x3FFFFFFF
    at = 0
    for y in range(height):
        v = (y * step) >> 6
        hue = ((phase >> 7) + (v >> 4)) << 10
        for x in range(width):
            fields[x] = 0
        for ball in range(balls):
            dy = v - places[2 * ball + 1]
            rest = reach - dy * dy
            if rest > 0:
                rest &= 0x3FFFFFFF
                place = places[2 * ball] & 16383
                first = place - size
                first = ((first << 6) // step) if first > 0 else 0
                last = ((place + size) << 6) // step + 2
                last = last if last < width else width
                across = first * step
                for x in range(first, last):
                    dx = ((across >> 6) & 16383) - place
                    across += step
                    near = rest - dx * dx
                    if near < 0:
                        near = 0
                    near = ((near * shrink) >> 14) & 255
                    fields[x] = fields[x] + near * near
        for x in range(width):
            # Dark outside, a soft edge, then the palette deeper and deeper inside, where most lights are.
            field = fields[x]
            glow = field >> 6
            color = ((field >> 9) + (hue >> 10)) & 255
            color *= 3
            if glow > 255:
                red = colors[color]
                green = colors[color + 1]
                blue = colors[color + 2]
                dst[at] = red
                dst[at + 1] = green
                dst[at + 2] = blue
            else:
                dst[at] = ((colors[color] * glow) >> 8) & 255
                dst[at + 1] = ((colors[color + 1] * glow) >> 8) & 255
                dst[at + 2] = ((colors[color + 2] * glow) >> 8) & 255
            at += 3
            hue += step


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
        """The places of the balls, and the field of a row."""
        self.places = array("H", self.allocate(4 * _BALLS_MAX))
        self.fields = array("I", self.allocate(4 * width))

    def render(self, buffer: bytearray, width: int, height: int, depth: int) -> None:
        """Draw at the present phase."""
        phase = self.advance(self.speed * 24)
        radius = self.size * 1024 // 100
        move(self.places, SINE, width, height, phase, self.balls)
        metaballs(buffer, self.colors, self.places, self.fields, width, height, phase, self.balls, radius)
