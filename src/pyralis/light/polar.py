"""Polar: angle and distance of every light as seen from the middle of the picture, for effects that turn."""

# A kernel that returns nothing has no '->':
# mypy: disable-error-code="no-untyped-def"

from pyralis.kernel import micropython, ptr8
from pyralis.light.effect import Effect

ITEM_BYTES = 4  # a light: its angle, 65536 a turn, and its distance, 32768 from the middle to the farther side


@micropython.viper
def polar(table: ptr8, width: int, height: int):
    """Fill a table of ITEM_BYTES a light: two numbers of 16 bits, their high byte first."""
    span = width if width > height else height
    at = 0
    for y in range(height):
        dy = 2 * y + 1 - height
        down = ((dy if dy > 0 else -dy) << 14) // span
        for x in range(width):
            dx = 2 * x + 1 - width
            right = ((dx if dx > 0 else -dx) << 14) // span
            long = right if right > down else down
            short = down if right > down else right
            # The root by Newton, from a start that is at most an eighth too large.
            square = long * long + short * short
            root = long + (short * 3 >> 3) + 1
            root = ((root + square // root) >> 1) + 1
            root = (root + square // root) >> 1
            # An eighth of a turn is 8192: t * (8192 + 0.273 * 4 / pi * 8192 * (1 - t)), within a tenth of a degree.
            slope = (short << 12) // (long + 1)
            angle = (slope * (8192 + ((4096 - slope) * 2847 >> 12))) >> 12
            if down > right:
                angle = 16384 - angle
            if dx < 0:
                angle = 32768 - angle
            if dy < 0:
                angle = 65536 - angle
            table[at] = (angle >> 8) & 255
            table[at + 1] = angle & 255
            table[at + 2] = (root >> 7) & 255
            table[at + 3] = (root << 1) & 255
            at += 4


class PolarEffect(Effect):
    """The base of effects that turn: it keeps angle and distance of each light."""

    def need_bytes(self, points: int, lights: int) -> int:
        """Angle and distance of each light."""
        return ITEM_BYTES * points

    def resize(self, width: int, height: int, depth: int) -> None:
        """See where the lights are."""
        super().resize(width, height, depth)
        polar(self.kept, width, height)
