"""SphereMove: a hollow sphere that flies through the volume."""

# A kernel that returns nothing has no '->':
# mypy: disable-error-code="no-untyped-def"

from pyralis.kernel import micropython, ptr8
from pyralis.light.effect import Effect
from pyralis.light.tables import SINE


@micropython.viper
def sphere_move(dst: ptr8, colors: ptr8, sine: ptr8, width: int, height: int, depth: int, phase: int, radius: int):
    """Its middle swings along each axis at another pace; lengths are 1024ths of the longest side."""
    span = width if width > height else height
    span = span if span > depth else depth
    step = 65536 // span
    turn = (phase * 3 >> 8) & 255
    center_x = sine[turn] * ((width - 1) * step >> 6) >> 8
    turn = ((phase * 5 >> 8) + 64) & 255
    center_y = sine[turn] * ((height - 1) * step >> 6) >> 8
    turn = ((phase * 4 >> 8) + 32) & 255
    center_z = sine[turn] * ((depth - 1) * step >> 6) >> 8
    radius = radius * (160 + (sine[(phase * 7 >> 8) & 255] >> 1)) >> 8
    square = radius * radius
    shrink = 32768 // radius
    at = 0
    for z in range(depth):
        dz = ((z * step) >> 6) - center_z
        for y in range(height):
            dy = ((y * step) >> 6) - center_y
            rest = dz * dz + dy * dy - square
            for x in range(width):
                dx = ((x * step) >> 6) - center_x
                off = (dx * dx + rest >> 4) * shrink >> 12
                glow = 256 - off * 4 if off > 0 else 256 + off * 2
                glow = glow if glow > 0 else 0
                glow = glow * glow >> 8
                color = ((dx + dy + dz >> 2) + (phase >> 6) & 255) * 3
                dst[at] = (colors[color] * glow >> 8) & 255
                dst[at + 1] = (colors[color + 1] * glow >> 8) & 255
                dst[at + 2] = (colors[color + 2] * glow >> 8) & 255
                at += 3


class SphereMove(Effect):
    """A hollow sphere flies through the volume and breathes."""

    dimensions = 3

    def define_controls(self) -> None:
        """How fast, how large and in which colours."""
        super().define_controls()
        self.speed = self.add_int("speed", 60, 0, 255)
        self.size = self.add_int("size", 35, 10, 100, "percent")
        self.palette = self.add_palette("rainbow")

    def render(self, buffer: bytearray, width: int, height: int, depth: int) -> None:
        """Draw at the present phase."""
        phase = self.advance(self.speed * 48)
        sphere_move(buffer, self.colors, SINE, width, height, depth, phase, self.size * 1024 // 100)
