"""Fireworks: rockets that rise and burst into falling sparks."""

# A kernel that returns nothing has no '->':
# mypy: disable-error-code="no-untyped-def"

from pyralis.kernel import const, micropython, ptr8
from pyralis.light.blending import fill
from pyralis.light.effect import Effect
from pyralis.light.tables import SINE

_BURST = const(22000)  # of 65536: until then it rises
_SPARKS_MAX = 64


@micropython.viper
def rocket(
    dst: ptr8,
    colors: ptr8,
    sine: ptr8,
    across: int,
    along: int,
    turned: int,
    own: int,
    seed: int,
    sparks: int,
):
    """One rocket at its time `own`: a turn of 65536 is a flight, and the next one goes elsewhere.

    Places are 16384ths of the longer side. Where `turned`, up is along x.
    """
    span = across if across > along else along
    mix = (seed * 374761 + (own >> 16) * 668265) & 0x3FFFFFFF
    mix = ((mix ^ (mix >> 13)) * 1274126) & 0x3FFFFFFF
    mix = ((mix ^ (mix >> 11)) * 60493) & 0x3FFFFFFF
    own &= 65535
    unit = 1048576 // span
    middle_x = (60 + ((mix >> 20) & 127)) * (across * unit >> 8) >> 6
    middle_y = (150 + ((mix >> 13) & 63)) * (along * unit >> 8) >> 6
    color = ((mix >> 5) & 255) * 3
    late = own - _BURST
    last = sparks if late >= 0 else 4
    slow = 256 - late * 256 // 43536
    for spark in range(last):
        x = middle_x
        y = middle_y
        if late < 0:
            # It slows down on its way up; four points, the latest brightest.
            rest = 256 - (own - spark * 500) * 256 // 22000
            rest = rest if rest < 256 else 256
            y = middle_y * (65536 - rest * rest >> 4) >> 12
            level = 200 >> spark
        else:
            mix = (mix * 60493 + 12345) & 0x3FFFFFFF
            mix = (mix ^ (mix >> 13)) & 0x3FFFFFFF
            turn = (spark << 8) // sparks + ((mix >> 8) & 7) & 255
            reach = (3600 + ((mix >> 12) & 2047)) * (65536 - slow * slow) >> 16
            x += reach * (sine[turn] - 128) >> 7
            y += reach * (sine[(turn + 64) & 255] - 128) >> 7
            y -= (late >> 7) * (late >> 7) * 5 >> 7
            level = slow
            # Towards its end a spark glitters.
            if slow < 128 and (mix + late >> 9) & 3 == 0:
                level = slow >> 2
        x = x * span >> 6 if across > 1 else 0
        y = y * span >> 6
        if y >= 0 and x >= 0:
            for corner in range(4):
                column = (x >> 8) + (corner & 1)
                line = (y >> 8) + (corner >> 1)
                if column < across and line < along:
                    cover = (x & 255) if corner & 1 else 255 - (x & 255)
                    cover = cover * ((y & 255) if corner > 1 else 255 - (y & 255)) >> 8
                    cover = cover * level >> 7
                    at = ((along - 1 - line) * across + column) * 3
                    if turned:
                        at = line * 3
                    # White at the burst, then in its colour.
                    glare = slow - 220 if late >= 0 and slow > 220 else 0
                    for channel in range(3):
                        value = (colors[color + channel] + glare * 6) * cover >> 8
                        value += dst[at + channel]
                        dst[at + channel] = value if value < 255 else 255


class Fireworks(Effect):
    """Rockets rise and burst into falling sparks."""

    def define_controls(self) -> None:
        """How fast, how many rockets and sparks and in which colours."""
        super().define_controls()
        self.speed = self.add_int("speed", 60, 0, 255)
        self.rockets = self.add_int("rockets", 3, 1, 8)
        self.sparks = self.add_int("sparks", 32, 4, _SPARKS_MAX)
        self.palette = self.add_palette("rainbow")

    def render(self, buffer: bytearray, width: int, height: int, depth: int) -> None:
        """Draw each rocket at its own time."""
        clock = self.advance(self.speed * 384)
        clock += self.turns << 16
        fill(buffer, 3 * width * height, 0)
        turned = int(height == 1)
        across = 1 if turned else width
        along = width if turned else height
        for number in range(self.rockets):
            own = clock + number * 65536 // self.rockets
            rocket(buffer, self.colors, SINE, across, along, turned, own, number, self.sparks)
