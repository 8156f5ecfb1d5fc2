"""Starfield: a flight through the stars."""

# A kernel that returns nothing has no '->':
# mypy: disable-error-code="no-untyped-def"

from pyralis.kernel import micropython, ptr8
from pyralis.light.blending import fill
from pyralis.light.effect import Effect


@micropython.viper
def starfield(dst: ptr8, colors: ptr8, width: int, height: int, clock: int, stars: int):
    """Each star comes near in a turn of `clock` (65536) and is another one then; each lies over four lights."""
    span = width if width > height else height
    for star in range(stars):
        own = clock + (star << 16) // stars
        mix = (star * 374761 + (own >> 16) * 668265) & 0x3FFFFFFF
        mix = ((mix ^ (mix >> 13)) * 1274126) & 0x3FFFFFFF
        mix = ((mix ^ (mix >> 11)) * 60493) & 0x3FFFFFFF
        own &= 65535
        # Twice: where it is, and where it was, which makes a streak of what is near.
        for trail in range(2):
            away = 100 + (65535 - own >> 5) + trail * 30
            x = (width - 1) * 128
            if width > 1:
                x += (((mix >> 20) & 255) - 128) * 16384 // away * span >> 6
            y = (height - 1) * 128
            if height > 1:
                y += (((mix >> 12) & 255) - 128) * 16384 // away * span >> 6
            level = (own >> 8) * (own >> 8) >> 8 + trail
            color = ((mix >> 4) & 255) * 3
            for corner in range(4):
                column = (x >> 8) + (corner & 1)
                line = (y >> 8) + (corner >> 1)
                if 0 <= column < width and 0 <= line < height:
                    cover = (x & 255) if corner & 1 else 255 - (x & 255)
                    cover = cover * ((y & 255) if corner > 1 else 255 - (y & 255)) >> 8
                    cover = cover * level >> 7
                    at = (line * width + column) * 3
                    for channel in range(3):
                        value = dst[at + channel] + ((colors[color + channel] + 255) * cover >> 9)
                        dst[at + channel] = value if value < 255 else 255


class Starfield(Effect):
    """A flight through the stars."""

    def define_controls(self) -> None:
        """How fast, how many stars and in which tint."""
        super().define_controls()
        self.speed = self.add_int("speed", 60, 0, 255)
        self.stars = self.add_int("stars", 60, 1, 255)
        self.palette = self.add_palette("ice")

    def render(self, buffer: bytearray, width: int, height: int, depth: int) -> None:
        """Draw at the present phase; a small picture has no room for all of the stars."""
        clock = self.advance(self.speed * 256)
        fill(buffer, 3 * width * height, 0)
        stars = min(self.stars, width * height // 8 + 1)
        starfield(buffer, self.colors, width, height, clock + (self.turns << 16), stars)
