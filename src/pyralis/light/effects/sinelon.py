"""Sinelon: a dot that swings from end to end and leaves a trail."""

# A kernel that returns nothing has no '->':
# mypy: disable-error-code="no-untyped-def"

from pyralis.kernel import micropython, ptr8
from pyralis.light.blending import fill
from pyralis.light.effect import Effect
from pyralis.light.tables import SINE


@micropython.viper
def swing(dst: ptr8, colors: ptr8, sine: ptr8, count: int, phase: int, color: int, drift: int, tail: int):
    """Lay one dot over a strip: it is where the sine of `phase` is, and was at the phases before.

    The trail is 48 moments long, `tail` of the phase apart; its colour drifts from entry `color` of the palette.
    """
    lower = 0
    for moment in range(48):
        turn = phase - moment * tail
        part = turn & 255
        turn = (turn >> 8) & 255
        wave = sine[turn] * (256 - part) + sine[(turn + 1) & 255] * part - 256
        place = ((wave >> 1) * (count - 1)) // 127
        if moment == 0:
            lower = place
            upper = place
        if place < lower:
            lower = place
        elif place > upper:
            upper = place
        level = 256 - moment * 5
        level = level * level >> 8
        entry = ((color + (moment * drift >> 4)) & 255) * 3
        # All lights between this moment and the one before; those at the ends as far as the dot covers them.
        for i in range(lower >> 8, (upper >> 8) + 2):
            cover = 256
            if i << 8 < lower:
                cover = 256 - (lower - (i << 8))
            elif i << 8 > upper:
                cover = 256 - ((i << 8) - upper)
            cover = cover * level >> 8
            if i < count and cover > 0:
                at = i * 3
                for channel in range(3):
                    value = (colors[entry + channel] * cover) >> 8
                    if dst[at + channel] < value:
                        dst[at + channel] = value & 255
        lower = place
        upper = place


class Sinelon(Effect):
    """A dot swings from end to end and leaves a trail."""

    dimensions = 1

    def define_controls(self) -> None:
        """How fast, how long a trail and in which colours."""
        super().define_controls()
        self.speed = self.add_int("speed", 60, 0, 255)
        self.trail = self.add_int("trail", 128, 0, 255)
        self.palette = self.add_palette("rainbow")

    def render(self, buffer: bytearray, width: int, height: int, depth: int) -> None:
        """Draw the dot; while it swings eight times, the palette passes once."""
        phase = self.advance(self.speed * 64)
        fill(buffer, 3 * width, 0)
        swing(buffer, self.colors, SINE, width, phase * 8, phase >> 8, -12, self.trail * 4)
