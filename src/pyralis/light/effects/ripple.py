"""Ripple: rings that spread from where a drop fell."""

# A kernel that returns nothing has no '->':
# mypy: disable-error-code="no-untyped-def"

from pyralis.kernel import micropython, ptr8
from pyralis.light.blending import fill
from pyralis.light.effect import Effect


@micropython.viper
def ripple(dst: ptr8, colors: ptr8, width: int, height: int, clock: int, drops: int):
    """Each of the `drops` falls anew, somewhere else, in every turn of `clock`; lengths are 1024ths of the side."""
    span = width if width > height else height
    step = 65536 // span
    for drop in range(drops):
        own = clock + (drop << 16) // drops
        mix = (drop * 374761 + (own >> 16) * 668265) & 0x3FFFFFFF
        mix = ((mix ^ (mix >> 13)) * 1274126) & 0x3FFFFFFF
        mix = ((mix ^ (mix >> 11)) * 60493) & 0x3FFFFFFF
        center_x = (((mix >> 20) & 255) * width >> 8) * step >> 6
        center_y = (((mix >> 12) & 255) * height >> 8) * step >> 6
        color = ((mix >> 5) & 255) * 3
        own &= 65535
        radius = 16 + (own * 7 >> 10)
        square = radius * radius
        shrink = 32768 // radius
        level = 256 - (own >> 8)
        level = level * (512 - level) >> 8
        for y in range(height):
            dy = ((y * step) >> 6) - center_y
            if dy < radius + 64 and -dy < radius + 64:
                at = y * width * 3
                for x in range(width):
                    dx = ((x * step) >> 6) - center_x
                    # Near the ring (d * d - r * r) / 2r is how far outside of it a light is; inside it fades slower.
                    off = ((dx * dx + dy * dy - square) >> 4) * shrink >> 12
                    glow = 256 - off * 6 if off > 0 else 256 + off * 2
                    if glow > 0:
                        glow = (glow * glow >> 8) * level >> 8
                        for channel in range(3):
                            value = dst[at + channel] + (colors[color + channel] * glow >> 8)
                            dst[at + channel] = value if value < 255 else 255
                    at += 3


class Ripple(Effect):
    """Rings spread from where drops fall."""

    def define_controls(self) -> None:
        """How fast, how many drops and in which colours."""
        super().define_controls()
        self.speed = self.add_int("speed", 60, 0, 255)
        self.drops = self.add_int("drops", 5, 1, 12)
        self.palette = self.add_palette("neon")

    def render(self, buffer: bytearray, width: int, height: int, depth: int) -> None:
        """Draw the rings that are there now."""
        clock = self.advance(self.speed * 400)
        fill(buffer, 3 * width * height, 0)
        ripple(buffer, self.colors, width, height, clock + (self.turns << 16), self.drops)
