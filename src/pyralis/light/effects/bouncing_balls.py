"""BouncingBalls: balls that fall, bounce lower and lower, and are thrown up again."""

# A kernel that returns nothing has no '->':
# mypy: disable-error-code="no-untyped-def"

from pyralis.kernel import micropython, ptr8
from pyralis.light.blending import fill
from pyralis.light.effect import Effect

_BALLS_MAX = 16


@micropython.viper
def ball(
    dst: ptr8, colors: ptr8, across: int, along: int, turned: int, phase: int, place: int, radius: int, color: int
):
    """One ball at `place` (256 a light) of the floor; `phase` (16 bit) goes from a throw to the last bounce.

    Each flight takes 7/8 of the time of the one before. `radius` is in sixteenths of a light; where `turned`, up is
    along x.
    """
    flight = 4096
    time = (phase & 65535) * 26168 >> 16  # the sum of twelve flights
    while time >= flight > 900:
        time -= flight
        flight = flight * 7 >> 3
    part = (time << 12) // flight
    part = part if part < 4096 else 4096
    peak = flight * flight >> 10
    rise = (part * (4096 - part) >> 10) * peak >> 12
    up = (rise * (along - 1) >> 10) + ((radius >> 1) - 8 if radius > 16 else 0)
    square = radius * radius
    lowest = (up - radius) >> 4
    lowest = lowest if lowest > 0 else 0
    highest = ((up + radius) >> 4) + 1
    highest = highest if highest < along else along
    first = ((place >> 4) - radius) >> 4
    first = first if first > 0 else 0
    last = (((place >> 4) + radius) >> 4) + 1
    last = last if last < across else across
    for line in range(lowest, highest):
        dy = (line << 4) - up
        for column in range(first, last):
            dx = (column << 4) - (place >> 4)
            if across == 1:
                dx = 0
            cover = ((square - dx * dx - dy * dy) << 8) // square
            if cover > 0:
                cover = cover * 2 if cover < 128 else 256
                at = ((along - 1 - line) * across + column) * 3
                if turned:
                    at = line * 3
                for channel in range(3):
                    value = dst[at + channel]
                    value += (colors[color + channel] - value) * cover >> 8
                    dst[at + channel] = value & 255


class BouncingBalls(Effect):
    """Balls fall, bounce lower and lower, and are thrown up again."""

    def define_controls(self) -> None:
        """How fast, how many, how large and in which colours."""
        super().define_controls()
        self.speed = self.add_int("speed", 60, 0, 255)
        self.balls = self.add_int("balls", 5, 1, _BALLS_MAX)
        self.size = self.add_int("size", 12, 1, 50, "percent")
        self.palette = self.add_palette("rainbow")

    def render(self, buffer: bytearray, width: int, height: int, depth: int) -> None:
        """Draw each ball, on a floor of their own or all on the one end of a strip."""
        phase = self.advance(self.speed * 16)
        fill(buffer, 3 * width * height, 0)
        turned = int(height == 1)
        across = 1 if turned else width
        along = width if turned else height
        radius = max(min(width, height) * self.size * 8 // 100, 16)
        for number in range(self.balls):
            place = ((2 * number + 1) * across * 128 // self.balls - 128) if across > 1 else 0
            own = phase * (11 + number * 5 % 7) + number * 24000
            ball(buffer, self.colors, across, along, turned, own, place, radius, number * 43 % 256 * 3)
