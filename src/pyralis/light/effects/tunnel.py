"""Tunnel: a flight through a pipe of coloured tiles."""

# A kernel that returns nothing has no '->':
# mypy: disable-error-code="no-untyped-def"

from pyralis.kernel import micropython, ptr8
from pyralis.light.polar import PolarEffect
from pyralis.light.tables import SINE


@micropython.viper
def tunnel(dst: ptr8, colors: ptr8, sine: ptr8, table: ptr8, count: int, phase: int, tiles: int):
    """What is near to the middle is far away; `tiles` lie around the pipe, and it is lit from where we are."""
    at = 0
    i = 0
    sway = sine[(phase >> 8) & 255] << 7
    for _light in range(count):
        angle = (table[i] << 8) + table[i + 1]
        far = (table[i + 2] << 8) + table[i + 3]
        # The pipe winds a little on its way.
        depth = 800000000 // (far + 1200)
        across = angle * tiles + (depth >> 2) + sway
        along = depth + phase * 8
        # Joints between the tiles: two waves that are dark where a tile ends.
        level = sine[(across >> 8) & 255]
        other = sine[(along >> 7) & 255]
        level = level if level < other else other
        level = level * 3 if level < 85 else 255
        light = far >> 6
        light = light if light < 256 else 256
        level = (level * light >> 8) & 255
        color = ((along >> 15) * 48 + (across >> 16) * 80 & 255) * 3
        dst[at] = (colors[color] * level >> 8) & 255
        dst[at + 1] = (colors[color + 1] * level >> 8) & 255
        dst[at + 2] = (colors[color + 2] * level >> 8) & 255
        at += 3
        i += 4


class Tunnel(PolarEffect):
    """A flight through a pipe of coloured tiles."""

    def define_controls(self) -> None:
        """How fast, how many tiles around and in which colours."""
        super().define_controls()
        self.speed = self.add_int("speed", 60, 0, 255)
        self.tiles = self.add_int("tiles", 6, 1, 16)
        self.palette = self.add_palette("neon")

    def render(self, buffer: bytearray, width: int, height: int, depth: int) -> None:
        """Draw at the present phase."""
        phase = self.advance(self.speed * 64)
        tunnel(buffer, self.colors, SINE, self.kept, width * height, phase, self.tiles)
